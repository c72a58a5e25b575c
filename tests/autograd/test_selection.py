"""Shape, selection, windows and transforms: what they refuse, in which words, and what they give without a Tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.rules import fourier, padding, selection, shape, window

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = np.array([1.0, 2.0, 3.0])

REFUSED: dict[str, tuple[type[Exception], str, Callable[[Any, Any], Any]]] = {
    "rollaxis": (
        ValueError,
        r"^rollaxis: start is 5, but the array has 2 axes; it must be from 0 to 2",
        lambda t, v: np.rollaxis(t, 0, 5),
    ),
    "axis": (
        np.exceptions.AxisError,
        "axis 3 is out of bounds for array of dimension 2",
        lambda t, v: np.take(t, 0, axis=3),
    ),
    "rot90": (
        ValueError,
        r"^rot90: axes are \(0, -2\), one axis twice; a plane has two$",
        lambda t, v: np.rot90(t, axes=(0, -2)),
    ),
    "block": (
        ValueError,
        r"^block: the lists are nested to different depths \(the first to 2\)",
        lambda t, v: np.block([[t], t]),
    ),
    "array_split": (
        ValueError,
        "^array_split: there must be one section or more, not 0$",
        lambda t, v: np.array_split(t, 0),
    ),
    "vsplit": (
        ValueError,
        r"^vsplit needs an array with 2 or more axes, not one of shape \(3,\)$",
        lambda t, v: np.vsplit(v, 3),
    ),
    "hsplit": (
        ValueError,
        r"^hsplit needs an array with 1 or more axes, not one of shape \(\)$",
        lambda t, v: np.hsplit(v[0], 1),
    ),
    "dsplit": (
        ValueError,
        r"^dsplit needs an array with 3 or more axes, not one of shape \(2, 3\)$",
        lambda t, v: np.dsplit(t, 1),
    ),
    "take of a mask": (
        TypeError,
        r"^take takes positions, which are whole numbers, not bool; for a mask write x\[mask\]$",
        lambda t, v: np.take(v, [True, False]),
    ),
    "take's mode": (
        ValueError,
        "^take: mode is 'none', but must be 'raise', 'wrap' or 'clip'$",
        lambda t, v: np.take(v, 0, mode="none"),
    ),
    "take outside": (IndexError, "out of bounds", lambda t, v: np.take(v, 3)),
    "along": (
        ValueError,
        r"positions along an axis need as many axes as the array: they have shape \(1,\), it has \(2, 3\)",
        lambda t, v: np.take_along_axis(t, np.array([0]), 1),
    ),
    "put_along_axis": (
        TypeError,
        r"autograd\.rules\.selection\.put_along_axis\(t, indices, values, axis\) makes a new one",
        lambda t, v: np.put_along_axis(t, np.array([[0]]), 1.0, 1),
    ),
    "put_along_axis of values": (
        TypeError,
        "^np.put_along_axis writes into its argument",
        lambda t, v: np.put_along_axis(A.copy(), np.array([[0]]), t, 1),
    ),
    "where": (ValueError, "^np.where takes a condition alone, or both x and y$", lambda t, v: np.where(A > 2, t)),
    "compress": (
        ValueError,
        r"^compress takes a condition with one axis, not of shape \(2, 3\)$",
        lambda t, v: np.compress(A > 2, t),
    ),
    "select": (
        ValueError,
        "^select takes as many conditions as choices, and one or more: there are 1 conditions and 2",
        lambda t, v: np.select([A > 2], [t, t]),
    ),
    "select of numbers": (
        TypeError,
        "^select takes conditions, which are booleans, not float64$",
        lambda t, v: np.select([A], [t]),
    ),
    "choose": (
        ValueError,
        "^choose: there are 2 choices, so that their numbers go from 0 to 1; others were asked",
        lambda t, v: np.choose(np.array([0, 2]), [v[0], v[1]]),
    ),
    "choose's mode": (
        ValueError,
        "^choose: mode is 'none', but must be 'raise', 'wrap' or 'clip'$",
        lambda t, v: np.choose(0, [v, v], mode="none"),
    ),
    "diag": (
        ValueError,
        r"^diag takes a vector or a matrix, not shape \(1, 2, 3\); np.diagonal takes stacks",
        lambda t, v: np.diag(t[None]),
    ),
    "meshgrid": (
        ValueError,
        "^meshgrid: indexing is 'yx', but must be 'xy' or 'ij'$",
        lambda t, v: selection.meshgrid(v, v, indexing="yx"),
    ),
    "pad's mode": (
        ValueError,
        "^np.pad on a Tensor knows the modes constant, edge, wrap, .*, not 'empty'; put other elements around it with",
        lambda t, v: np.pad(t, 1, "empty"),
    ),
    "pad's width": (ValueError, "^pad_width must be whole numbers from 0 on, not -1$", lambda t, v: np.pad(t, -1)),
    "pad's option": (
        ValueError,
        "^np.pad on a Tensor knows the modes .* own option, not 'edge' with reflect_type, stat_length; put",
        lambda t, v: np.pad(t, 1, "edge", reflect_type="odd", stat_length=2),
    ),
    "pad by a function": (
        ValueError,
        "^np.pad on a Tensor knows the modes",
        lambda t, v: np.pad(t, 1, lambda *a: None),
    ),
    "pad with statistics of nothing": (
        ValueError,
        r"^pad: stat_length is \[0, 0\], but there is no mean of no elements$",
        lambda t, v: np.pad(t, 1, "mean", stat_length=0),
    ),
    "pad's constant": (
        TypeError,
        "^pad has no derivative by its argument 'constant_values'",
        lambda t, v: np.pad(t, 1, constant_values=v[0]),
    ),
    "kernel": (
        ValueError,
        "^kernel must be a whole number from 1 on, or a pair of them, not 0$",
        lambda t, v: window.im2col(t[None, None], 0),
    ),
    "stride": (
        ValueError,
        r"^stride must be a whole number from 1 on, or a pair of them, not \(1, 2, 3\)$",
        lambda t, v: window.im2col(t[None, None], 1, (1, 2, 3)),
    ),
    "im2col": (
        ValueError,
        r"^im2col takes images of shape \(N, C, H, W\), not \(2, 3\)$",
        lambda t, v: window.im2col(t, 1),
    ),
    "im2col's kernel": (
        ValueError,
        r"^a kernel of \(3, 3\) with dilation \(1, 1\) does not fit into an image of \(2, 3\) with padding",
        lambda t, v: window.im2col(t[None, None], 3),
    ),
    "col2im": (
        ValueError,
        r"^col2im takes columns of shape \(N, C \* 2 \* 2, 1 \* 2\) for images of \(2, 3\), not \(1, 2, 3\)$",
        lambda t, v: window.col2im(t[None], (2, 3), 2),
    ),
    "convolve": (
        ValueError,
        r"^convolve takes two vectors, not shapes \(2, 3\) and \(3,\)$",
        lambda t, v: np.convolve(t, v),
    ),
    "correlate": (
        ValueError,
        r"^correlate takes two vectors, not shapes \(3,\) and \(\)$",
        lambda t, v: np.correlate(v, v[0]),
    ),
    "no numbers": (
        ValueError,
        "^a transform needs one number or more, not n = 0$",
        lambda t, v: fourier.rfft_parts(v, n=0),
    ),
    "parts": (
        ValueError,
        r"^irfft_parts: the real part has shape \(3,\), the imaginary part \(2, 3\); they must be equal$",
        lambda t, v: fourier.irfft_parts(v, t),
    ),
    "two parts": (
        ValueError,
        r"^ifft_parts: the real part has shape \(3,\), the imaginary part \(2, 3\); they must be equal$",
        lambda t, v: fourier.ifft_parts(v, t),
    ),
    "lengths": (
        ValueError,
        "^irfftn: there are 1 lengths s for 2 axes; give one for each$",
        lambda t, v: np.fft.irfft2(t, (3,)),
    ),
    "norm of a transform": (
        ValueError,
        "^norm is 'unitary', but must be 'backward', 'ortho' or 'forward'$",
        lambda t, v: fourier.fft_parts(v, norm="unitary"),
    ),
    "complex numbers around": (
        TypeError,
        r"^complex numbers \(complex128\) have no gradient here",
        lambda t, v: np.pad(v, 1, constant_values=1j),
    ),
    "full of complex numbers": (
        TypeError,
        r"^complex numbers \(complex128\) have no gradient here",
        lambda t, v: np.full_like(v, 1j),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_done_is_refused_in_words(what: str) -> None:
    kind, message, call = REFUSED[what]
    with pytest.raises(kind, match=message):
        call(Tensor(A, requires_grad=True), Tensor(V, requires_grad=True))


@pytest.mark.parametrize("name", ["rfft", "ifft", "rfft2", "fftn"])
def test_a_complex_transform_is_refused_and_the_real_one_named(name: str) -> None:
    for requires_grad in (False, True):
        with pytest.raises(TypeError, match=rf"^np\.fft\.{name} works with complex numbers, .*rfft_parts\(t\)"):
            getattr(np.fft, name)(Tensor(A, requires_grad))


def test_where_with_a_condition_alone_says_where() -> None:
    for found, expected in zip(np.where(Tensor(A, True)), np.where(A), strict=True):
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)


def test_filtering_by_way_of_the_two_parts() -> None:
    signal, response = Tensor(np.arange(7.0) ** 2, requires_grad=True), np.array([1.0, 0.5, 0.25, 0.0])
    real, imag = fourier.rfft_parts(signal)
    filtered = fourier.irfft_parts(real * response, imag * response, n=7)
    np.testing.assert_allclose(filtered.data, np.fft.irfft(np.fft.rfft(signal.data) * response, 7))
    filtered.backward(np.eye(7)[2])  # the filter is its own adjoint
    np.testing.assert_allclose(signal.grad.data, np.fft.irfft(np.fft.rfft(np.eye(7)[2]) * response, 7), atol=1e-15)


def test_putting_along_an_axis_leaves_the_original_as_it_is() -> None:
    t = Tensor(A, requires_grad=True)
    result = selection.put_along_axis(t, np.array([[0], [2]]), -1.0, axis=1)
    assert result.data.tolist() == [[-1.0, 2.0, 3.0], [4.0, 5.0, -1.0]]
    assert t.data.tolist() == A.tolist()


def test_an_index_that_is_changed_later_does_not_change_the_gradient() -> None:
    places, t = np.array([0, 1]), Tensor(V, requires_grad=True)
    y = np.take(t, places)
    places[:] = 2
    y.backward(np.ones(2))
    assert t.grad.data.tolist() == [1.0, 1.0, 0.0]


def test_a_larger_dtype_of_the_values_does_not_enlarge_the_array() -> None:
    single = Tensor(V.astype(np.float32), requires_grad=True)
    assert np.insert(single, 1, 5.0).dtype == np.insert(single.data, 1, 5.0).dtype == np.float32
    assert np.pad(single, 1, constant_values=2.0).dtype == np.float32
    assert np.select([V > 1], [single]).dtype == np.float32


WITHOUT: dict[str, Callable[[], Any]] = {
    "tile": lambda: shape.tile(A, 2),
    "block": lambda: shape.block([[A, A]]),
    "hstack": lambda: shape.hstack([V, V]),
    "atleast_2d": lambda: shape.atleast_2d([1.0, 2.0]),
    "take": lambda: selection.take(A, [1, 0], 1),
    "take_along_axis": lambda: selection.take_along_axis(A, np.array([[0], [1]]), 1),
    "put_along_axis": lambda: selection.put_along_axis(A, np.array([[0], [1]]), 1.0, 1),
    "insert": lambda: selection.insert(A, 0, 1.0, 1),
    "pad": lambda: padding.pad(A, 1, "wrap"),
    "meshgrid": lambda: selection.meshgrid(V, V)[0],
    "resize of nothing": lambda: selection.resize(np.zeros(0), 2),
    "im2col": lambda: window.im2col(A[None, None], 2),
    "rfft_parts": lambda: fourier.rfft_parts(A)[0],
}


@pytest.mark.parametrize("what", WITHOUT)
def test_without_a_tensor_the_result_is_a_bare_array(what: str) -> None:
    assert type(WITHOUT[what]()) is np.ndarray


def test_a_dictionary_of_widths_pads_the_axes_that_it_names() -> None:
    padded = (
        np.pad(Tensor(A), {-1: (0, 1)})
        if np.lib.NumpyVersion(np.__version__) >= "2.2.0"
        else padding.pad(A, {-1: (0, 1)})
    )
    np.testing.assert_array_equal(np.asarray(padded), np.pad(A, ((0, 0), (0, 1))))
