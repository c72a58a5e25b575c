"""Dtypes: each precision stays what it is, mixed ones promote as NumPy has it, and a Tensor holds real numbers only."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, primitive
from autograd.backward import gradients
from autograd.rules.fourier import irfft_parts, rfft_parts
from tests.support.cases import all_cases
from tests.support.cases.common import NUMPY
from tests.support.cases.linalg import COMPOSITIONS
from tests.support.checking import Case, assert_near, directions, leaves, outputs, pulled_back, weights

CASES: dict[str, list[Case]] = {}
for _case in [*all_cases(), *(case for family in COMPOSITIONS for case in family())]:
    CASES.setdefault(_case.name, []).append(_case)
by_name = pytest.mark.parametrize("name", CASES)

# What the note of a case says where its dtype is not NumPy's on purpose: there the elements' own type is kept.
OWN_TYPE = ("NumPy: float64", "always float64", "poly of")
UNSUPPORTED = r"^(array type \w+ is unsupported in linalg|ufunc '\w+' not supported for the input types)"
COARSE = "odd, reflect"  # differences of differences: seven digits of half a precision's four


def called(f: Callable[..., Any], operands: Any) -> list[Any] | None:
    """Return the results of a call, or None where there are none: NumPy has not everything for every dtype."""
    try:
        return outputs(f(*operands))
    except (TypeError, ValueError, ArithmeticError):  # whole numbers make singular matrices and weights of 0
        return None


def same_dtypes(found: list[Any], expected: list[Any], case: Case) -> None:
    if not any(word in f"{case.note} of" for word in OWN_TYPE) and case.name != "astype":
        assert [f.dtype for f in found] == [np.asarray(e).dtype for e in expected], case


def check_precision(case: Case, dtype: type, rtol: float) -> None:
    """Assert that a precision is kept forward, backward, in the recorded sweep and in the second one."""
    arrays = tuple(np.asarray(o, dtype=dtype) for o in case.operands)
    expected, xs = called(case.reference, arrays), leaves(arrays)
    if expected is None or ("polyfit" in case.note and called(np.linalg.pinv, [np.eye(2, dtype=dtype)]) is None):
        if "interp" not in case.note:  # it computes in float64, whatever comes
            with pytest.raises(TypeError, match=UNSUPPORTED):
                case.operation(*xs)
        return
    if case.name == "bessel_i0" and dtype is np.longdouble:
        return  # NumPy has the function, SciPy the derivative, and that in double precision
    results = outputs(case.operation(*xs))
    same_dtypes(results, expected, case)
    seeds = [np.asarray(w, dtype=r.dtype) for w, r in zip(weights(case), results, strict=True)]
    ws = leaves(seeds)
    bare = gradients(results, xs, seeds, retain_graph=True)
    first = gradients(results, xs, ws, create_graph=True)
    assert [g.dtype for g in (*first, *bare)] == [np.dtype(dtype)] * 2 * len(arrays), case
    second = gradients(first, [*xs, *ws], [np.asarray(d, dtype=dtype) for d in directions(arrays)])
    assert all(g is None or g.dtype == x.dtype for g, x in zip(second, [*xs, *ws], strict=True)), case
    exact = pulled_back(case, [a.astype(np.float64) for a in arrays], [s.astype(np.float64) for s in seeds])
    for g, recorded, e in zip(bare, first, exact, strict=True):
        near(recorded.data, g, 4 * np.finfo(dtype).eps, f"{case}: recorded")
        if COARSE not in case.note:
            near(g, e, rtol, f"{case}: gradient in {np.dtype(dtype)}")


def near(found: Any, expected: Any, rtol: float, what: str) -> None:
    """Assert that two arrays are equal up to `rtol` of the greatest element."""
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    scale = np.max(np.abs(expected), initial=0.1)
    if not np.max(np.abs(found - expected), initial=0.0) <= rtol * scale:  # most are, and this is quick
        assert_near(found, expected, rtol, what)


@by_name
def test_half_precision_stays_half(name: str) -> None:
    if name == "sinc" and NUMPY < (2, 1):
        pytest.skip("the 0 of NumPy 2.0's sinc is too small a number for half precision")
    for case in CASES[name]:
        check_precision(case, np.float16, 2e-2)


@by_name
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2e-4), (np.longdouble, 1e-9)])
def test_other_precisions_stay_what_they_are(name: str, dtype: type, rtol: float) -> None:
    for case in CASES[name][:: max(1, len(CASES[name]) // 8)]:
        check_precision(case, dtype, rtol)


def test_half_precision_counts_beyond_2048() -> None:
    matrix = Tensor(np.ones((2100, 2100), dtype=np.float16), requires_grad=True)
    np.trace(matrix).backward()
    np.testing.assert_array_equal(matrix.grad.data, np.eye(2100))


# ------------------------------------------------------------------------------------------------------- mixed dtypes

PAIRS = (
    *((np.float32, np.float64), (np.float64, np.float32), (np.float16, np.float32), (np.float32, np.longdouble)),
    *((np.int64, np.float32), (np.float32, np.int64), (np.int8, np.float16), (np.float16, np.int8)),
    *((np.bool_, np.float32), (np.float32, np.bool_)),
)
# What is not NumPy's in the note of a case, for the pairs of which the second is not what it is for here.
OTHERWISE = {
    "spread out": "the reference concatenates",
    "trapezoid over": "NumPy's differences of booleans are booleans, and no distances",
    "gradient by the points": "NumPy's differences of booleans are booleans, and no distances",
    "huber": "a length of one bit",
    "geomspace": "whole numbers and booleans are cut off to 0, which lies outside",
    "polyfit": "the reference is no function of NumPy's",
    "interp": "NumPy takes no extended precision for points; here all of it is float64",
    "nanvar about": "NumPy writes the distances from the mean into the array's own type",
    "nanstd about": "NumPy writes the distances from the mean into the array's own type",
}
if NUMPY < (2, 1):
    OTHERWISE["power"] = "NumPy 2.0's operator ** of two numbers keeps the first one's type"
SEVERAL = [name for name, cases in CASES.items() if any(len(c.operands) > 1 for c in cases)]


@pytest.mark.parametrize("name", SEVERAL)
def test_mixed_dtypes_follow_numpys_promotion_and_gradients_come_back_in_their_own(name: str) -> None:
    for case in CASES[name]:
        if len(case.operands) > 1 and not any(word in f"{case.name} {case.note}" for word in OTHERWISE):
            for pair in PAIRS:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore", RuntimeWarning)  # whole numbers are cut off, and divided by
                    check_promotion(case, *pair)


def check_promotion(case: Case, one: type, other: type) -> None:
    arrays = tuple(np.asarray(o).astype(other if k else one) for k, o in enumerate(case.operands))
    expected = called(case.reference, arrays)
    if expected is None:
        return
    xs = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    moving, results = [x for x in xs if x.requires_grad], called(case.operation, xs)
    if results is None and arrays[0].dtype.kind != "f":
        with pytest.raises(TypeError, match="require"):  # numbers with a gradient among whole ones, which have none
            case.operation(*xs)
        return
    assert results is not None, f"{case}, {one}, {other}"
    same_dtypes(results, expected, case)
    for f, e in zip(results, expected, strict=True):
        near(f.data, e, 8 * max(np.finfo(x.dtype).eps for x in moving), str(case))
    seeds = [np.linspace(-1, 2, r.size, dtype=r.dtype).reshape(r.shape) for r in results]
    for create_graph in (False, True):
        found = gradients(results, moving, seeds, retain_graph=True, create_graph=create_graph)
        assert [(g.dtype, g.shape) for g in found] == [(x.dtype, x.shape) for x in moving], f"{case}, {one}, {other}"


# --------------------------------------------------------------------------------------------------- Python's numbers

WITH_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "operators": lambda t: ((2 * t + 1) / 3 - 0.5) ** 2 % 7 + 2.5**t + (9 // t) + (t > 1),
    "where": lambda t: np.where(t > 1, t, 0.5),
    "clip": lambda t: np.clip(t, -1.0, 1.25),
    "maximum": lambda t: np.maximum(t, 1.1) + np.fmin(1, t),
    "heaviside": lambda t: np.heaviside(t, 0.5) * t + np.copysign(t, -1) + np.arctan2(t, 2) + np.hypot(3.0, t),
    "pad": lambda t: np.pad(t, 1, constant_values=1.5),
    "select": lambda t: np.select([t > 1, t > 0.6], [t, t * 2], 0.1),
    "select, whole numbers": lambda t: np.select([t > 1, t > 0.6], [t, np.array(1, np.int8)], 0.1),
    "average": lambda t: np.average(t, weights=t),
    "trapezoid": lambda t: np.trapezoid(t, dx=0.3),
    "linspace": lambda t: np.linspace(0, t, 3) + np.linspace(t, 2.5, 3) + np.logspace(0, t, 3),
    "diff": lambda t: np.diff(t, prepend=0.0, append=1),
    "ediff1d": lambda t: np.ediff1d(t, to_begin=0.5),
    "insert": lambda t: np.insert(t, 1, 0.5),
    "nan_to_num": lambda t: np.nan_to_num(t, nan=1.0),
    "quantile": lambda t: np.quantile(t, 0.3) + np.quantile(t, [0.1, 0.4]).sum() + np.percentile(t, 30),
    "put": lambda t: assigned(t * 1.0, 0.25),
    "round": lambda t: round(t * 1.7, 1) + np.ldexp(t, 2),
    "mean and the like": lambda t: t.mean() + t.var(ddof=1) + t.std() + t.prod() + t.logsumexp() + t.max(),
    "sinc": lambda t: np.sinc(t) + np.deg2rad(t) + np.log10(t) + np.exp2(t) + np.cbrt(t),
}


def assigned(t: Tensor, value: float) -> Tensor:
    t[0] = value
    return t


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_python_numbers_never_promote(name: str, dtype: type) -> None:
    t = Tensor([0.5, 0.75, 1.5], requires_grad=True, dtype=dtype)
    result = WITH_NUMBERS[name](t)
    assert result.dtype == dtype
    (first,) = gradients([result], [t], [np.ones(result.shape, dtype=dtype)], create_graph=True)
    assert first.dtype == dtype
    if first.requires_grad:
        (first * first).sum().backward()
        assert t.grad.dtype == dtype


# ------------------------------------------------------------------------------------------ whole numbers and booleans


# Where whole numbers are something else on purpose.
NOT_OF_WHOLE_NUMBERS = ("no bounds", "reduceat []", "logaddexp.reduce")


@by_name
def test_whole_numbers_give_what_numpy_gives(name: str) -> None:
    for case in CASES[name]:
        numbers = all(np.isfinite(o).all() for o in case.operands)
        if numbers and name != "astype" and not any(word in case.note for word in NOT_OF_WHOLE_NUMBERS):
            for dtype in (np.int64, np.uint8):
                check_whole_numbers(case, tuple(np.asarray(np.abs(o) * 3 + 1).astype(dtype) for o in case.operands))


def check_whole_numbers(case: Case, arrays: tuple[np.ndarray, ...]) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # whole numbers are cut off, and divided by
        expected = called(case.reference, arrays)
        if expected is None:
            return
        for f, e in zip(outputs(case.operation(*map(Tensor, arrays))), expected, strict=True):
            bare = f.data if isinstance(f, Tensor) else f
            assert not getattr(f, "requires_grad", False)
            assert bare.dtype == np.asarray(e).dtype or any(word in f"{case.note} of" for word in OWN_TYPE), case
            np.testing.assert_allclose(bare, e, rtol=1e-10, atol=1e-10, err_msg=str(case))


@pytest.mark.parametrize("data", [1, [1, 2], True, np.arange(3, dtype=np.uint8), np.array([True, False])])
def test_whole_numbers_cannot_require_a_gradient(data: Any) -> None:
    dtype = np.asarray(data).dtype
    text = (
        rf"^the Tensor of shape {re.escape(str(np.shape(data)))} has dtype {dtype} and cannot require a gradient: only "
        r"floating point numbers have one; write 1\.0 for 1, or pass dtype=float$"
    )
    with pytest.raises(TypeError, match=text):
        Tensor(data, requires_grad=True)
    t = Tensor(data)
    with pytest.raises(TypeError, match=text):
        t.requires_grad_()
    with pytest.raises(TypeError, match=text):
        t.requires_grad = True
    assert Tensor(data, requires_grad=True, dtype=float).requires_grad


def test_whole_numbers_are_computed_with_as_numpy_does() -> None:
    n = np.array([7, -3, 2])
    t = Tensor(n)
    for f in (
        *(lambda x: x + 1, lambda x: x // 2, lambda x: x % 4, lambda x: x**2, lambda x: -x, lambda x: x / 2, np.sign),
        *(np.sum, np.prod, np.mean, np.max, np.cumsum, np.sort, np.median, np.abs, np.diff, np.sqrt),
    ):
        with np.errstate(invalid="ignore"):
            found, expected = f(t), f(n)
        assert (found.dtype, found.requires_grad) == (expected.dtype, False)
        np.testing.assert_array_equal(found.data, expected)


def test_what_becomes_whole_numbers_requires_no_gradient() -> None:
    t = Tensor([1.5, 2.5], requires_grad=True)
    whole = t.astype(int)
    assert (whole.dtype, whole.requires_grad, whole.tolist()) == (int, False, [1, 2])


def test_a_gradient_is_not_lost_in_whole_numbers() -> None:
    t = Tensor([1.5, 2.5], requires_grad=True)
    with pytest.raises(TypeError, match=r"^insert: values that require a gradient would lose it among int64 numbers"):
        np.insert(Tensor(np.arange(3, dtype=np.int64)), [0, 1], t)
    with pytest.raises(TypeError, match=r"^ediff1d: an end of float64 numbers does not fit beside int64 differences;"):
        np.ediff1d(Tensor(np.arange(3, dtype=np.int64)), to_end=t)


# ---------------------------------------------------------------------------------------------------- complex numbers

T = Tensor([1.0, 2.0], requires_grad=True)
M = Tensor([[2.0, 1.0], [0.0, 1.0]])
C = np.array([1j, 2.0])
COMPLEX: dict[str, Callable[[], Any]] = {
    "Tensor(1j)": lambda: Tensor(1j),
    "Tensor([1, 1j])": lambda: Tensor([1, 1j]),
    "Tensor(array)": lambda: Tensor(C, dtype=float),
    "Tensor(dtype=)": lambda: Tensor([1.0], dtype=complex),
    "t.data =": lambda: setattr(Tensor([1.0, 2.0]), "data", C),
    "t.astype": lambda: T.astype(np.complex64),
    "t * 1j": lambda: T * 1j,
    "1j - t": lambda: 1j - T,
    "array * t": lambda: C * T,
    "array @ t": lambda: C @ T,
    "t ** 1j": lambda: T**1j,
    "t[0] = 1j": lambda: assigned(Tensor([1.0, 2.0]), 1j),
    "np.multiply": lambda: np.multiply(C, T),
    "np.where": lambda: np.where([True, False], T, 1j),
    "np.clip": lambda: np.clip(T, 0.0, 1j),
    "np.concatenate": lambda: np.concatenate([T, C]),
    "np.stack": lambda: np.stack([C, T]),
    "np.block": lambda: np.block([T, C]),
    "np.append": lambda: np.append(T, 1j),
    "np.insert": lambda: np.insert(T, 0, 1j),
    "np.select": lambda: np.select([C.real > 1], [T], 1j),
    "np.choose": lambda: np.choose([0, 1], [T, C]),
    "np.einsum": lambda: np.einsum("i,i", T, C),
    "np.dot": lambda: np.dot(T, C),
    "np.vdot": lambda: np.vdot(C, T),
    "np.kron": lambda: np.kron(T, C),
    "np.tensordot": lambda: np.tensordot(T, C, 1),
    "np.convolve": lambda: np.convolve(T, C),
    "np.linalg.solve": lambda: np.linalg.solve(M, C),
    "np.average": lambda: np.average(T, weights=C),
    "np.diff": lambda: np.diff(T, prepend=1j),
    "np.trapezoid": lambda: np.trapezoid(T, C),
    "np.interp": lambda: np.interp(T, [0.0, 1.0], C),
    "upstream gradient": lambda: (T * 2.0).backward(C),
    "a primitive of one's own": lambda: primitive(lambda x: x * 1j, name="turn", x=lambda g: g)(M),
    "a rule of one's own": lambda: primitive(lambda x: x * 1, name="turn", x=lambda g: g * 1j)(T).backward(np.ones(2)),
}


@pytest.mark.parametrize("way", COMPLEX)
def test_complex_numbers_are_refused_wherever_they_come_in(way: str) -> None:
    text = r"^complex numbers \(complex(64|128)\) have no gradient here; compute with the real and the imaginary part"
    with pytest.raises(TypeError, match=text):
        COMPLEX[way]()
    assert T.grad is None


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "ihfft", "fft2", "ifft2", "rfft2", "fftn", "ifftn", "rfftn"])
def test_transforms_to_complex_numbers_are_refused_and_say_which_to_use(name: str) -> None:
    text = rf"^np\.fft\.{name} works with complex numbers, and a Tensor holds real ones.*rfft_parts.*rules\.fourier"
    with pytest.raises(TypeError, match=text):
        getattr(np.fft, name)(M)


def test_a_transform_of_real_numbers_to_real_numbers_has_a_gradient() -> None:
    back = irfft_parts(*rfft_parts(T), n=2)
    np.testing.assert_allclose(back.data, [1.0, 2.0])
    np.testing.assert_allclose(gradients([back], [T], [np.array([3.0, 4.0])])[0], [3.0, 4.0])


@pytest.mark.parametrize("name", ["linalg.eig", "linalg.eigvals", "sort_complex"])
def test_functions_whose_results_are_complex_are_refused(name: str) -> None:
    function = getattr(np.linalg, name.removeprefix("linalg."), None) or getattr(np, name)
    with pytest.raises(TypeError, match=rf"^np\.{name} gives complex numbers, and a Tensor holds real ones; "):
        function(M)


@pytest.mark.parametrize("f", [np.sqrt, np.log, lambda t: t**0.5], ids=["sqrt", "log", "power"])
def test_what_has_no_real_value_is_nan_as_in_numpy_and_not_complex(f: Callable[..., Any]) -> None:
    with np.errstate(invalid="ignore"):
        result = f(Tensor([-4.0]))
    assert result.dtype == np.float64
    assert np.isnan(result.data).all()


# ------------------------------------------------------------------------------------------------- arrays like another

LIKE: dict[str, Callable[[Any], Any]] = {
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "full_like": lambda t: np.full_like(t, 2.0),
    "zeros": lambda t: np.zeros((2, 3), dtype=np.float16, like=t),
    "ones": lambda t: np.ones(3, like=t),
    "full": lambda t: np.full((2,), 1.5, like=t),
    "arange": lambda t: np.arange(4, like=t),
    "eye": lambda t: np.eye(2, like=t),
    "identity": lambda t: np.identity(2, like=t),
    "tri": lambda t: np.tri(2, like=t),
    "array": lambda t: np.array([1.0, 2.0], like=t),
    "asarray": lambda t: np.asarray([1.0, 2.0], like=t),
}


@pytest.mark.parametrize("name", LIKE)
def test_arrays_like_a_tensor_are_plain(name: str) -> None:
    array = np.array([[1.5, 2.5]], dtype=np.float32)
    found, expected = LIKE[name](Tensor(array, requires_grad=True)), LIKE[name](array)
    assert type(found) is np.ndarray
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_empty_arrays_like_a_tensor_are_plain() -> None:
    t = Tensor(np.ones((2, 3), dtype=np.float32), requires_grad=True)
    for found in (np.empty_like(t), np.empty((2, 3), np.float32, like=t)):
        assert type(found) is np.ndarray
        assert (found.dtype, found.shape) == (np.float32, (2, 3))
