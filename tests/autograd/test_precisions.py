"""Every call of the table in other dtypes: each precision stays what it is, mixed ones promote as NumPy has it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.backward import gradients
from tests.support.cases import all_groups
from tests.support.cases.common import NUMPY
from tests.support.cases.linalg import COMPOSITIONS
from tests.support.checking import Case, ask, assert_near, directions, leaves, outputs, pulled_back, weights

CASES = all_groups()
for _case in (case for family in COMPOSITIONS for case in family()):
    CASES.setdefault(_case.name, []).append(_case)
by_group = pytest.mark.parametrize("group", CASES)

# What the note of a case says where its dtype is not NumPy's on purpose: there the elements' own type is kept.
OWN_TYPE = ("NumPy: float64", "always float64", "poly of")
UNSUPPORTED = r"^(array type \w+ is unsupported in linalg|ufunc '\w+' not supported for the input types)"
IN_FLOAT64 = ("interp", "bincount", "histogram")  # they compute in float64, whatever comes
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
        if not any(word in case.note for word in IN_FLOAT64):
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


def some(cases: list[Case]) -> list[Case]:
    """Return about eight of many cases, at equal distances."""
    return cases[:: max(1, len(cases) // 8)]


def check_half_precision(case: Case) -> None:
    if case.name != "sinc" or NUMPY >= (2, 1):  # the 0 of NumPy 2.0's is too small a number for half precision
        check_precision(case, np.float16, 2e-2)


@by_group
@pytest.mark.no_cover
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2e-4), (np.longdouble, 1e-9)])
def test_other_precisions_stay_what_they_are(group: str, dtype: type, rtol: float) -> None:
    ask(lambda case: check_precision(case, dtype, rtol), some(CASES[group]))


@by_group
@pytest.mark.no_cover
def test_half_precision_stays_half(group: str) -> None:
    ask(check_half_precision, some(CASES[group]))


@pytest.mark.soak
def test_half_precision_stays_half_in_every_case() -> None:
    ask(check_half_precision, [case for cases in CASES.values() for case in cases])


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
SEVERAL = {
    name: several
    for name, cases in CASES.items()
    if (several := [c for c in cases if len(c.operands) > 1 and not any(w in f"{c.name} {c.note}" for w in OTHERWISE)])
}


def check_promotions(case: Case, pairs: Sequence[tuple[type, type]] = PAIRS) -> None:
    for pair in pairs:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)  # whole numbers are cut off, and divided by
            check_promotion(case, *pair)


@pytest.mark.parametrize("group", SEVERAL)
@pytest.mark.no_cover
def test_mixed_dtypes_follow_numpys_promotion_and_gradients_come_back_in_their_own(group: str) -> None:
    first, *others = SEVERAL[group]
    check_promotions(first)
    for k, case in enumerate(others):  # each meets two pairs of dtypes, and every five cases all of them
        check_promotions(case, PAIRS[k % 5 :: 5])


@pytest.mark.soak
def test_mixed_dtypes_follow_numpys_promotion_in_every_case() -> None:
    ask(check_promotions, [case for cases in SEVERAL.values() for case in cases])


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


# ------------------------------------------------------------------------------------------ whole numbers and booleans

# Where whole numbers are something else on purpose.
NOT_OF_WHOLE_NUMBERS = ("no bounds", "reduceat []", "logaddexp.reduce")


@by_group
def test_whole_numbers_give_what_numpy_gives(group: str) -> None:
    ask(check_whole_numbers, CASES[group])


def check_whole_numbers(case: Case) -> None:
    numbers = all(np.isfinite(o).all() for o in case.operands)
    if numbers and case.name != "astype" and not any(word in case.note for word in NOT_OF_WHOLE_NUMBERS):
        for dtype in (np.int64, np.uint8):
            check_dtype_of_whole_numbers(
                case, tuple(np.asarray(np.abs(o) * 3 + 1).astype(dtype) for o in case.operands)
            )


def check_dtype_of_whole_numbers(case: Case, arrays: tuple[np.ndarray, ...]) -> None:
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
