"""Dtypes: Python's numbers never promote, and a Tensor holds real numbers only; floating ones have gradients."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, primitive
from autograd.backward import gradients
from autograd.rules.fourier import irfft_parts, rfft_parts

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
