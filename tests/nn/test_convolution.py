"""Convolutions and their transposes, as functions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F
from nn.functional import convolution_maps as maps

KERNELS, STRIDES, PADDINGS = [(1, 1), (3, 3), (2, 3)], [1, (2, 1), 3], [1, (0, 2)]


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def assert_pytorchs(torch: Any, name: str, *arrays: Any, **options: Any) -> None:
    """Assert that a function gives PyTorch's result, and the same gradients by all operands."""
    ours, theirs = [Tensor(a, True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    y, z = getattr(F, name)(*ours, **options), getattr(torch.nn.functional, name)(*theirs, **options)
    assert y.shape == tuple(z.shape)
    upstream = numbers(*y.shape, seed=1)
    y.backward(upstream)
    z.backward(torch.tensor(upstream))
    near(y.data, z.detach().numpy())
    for a, b in zip(ours, theirs, strict=True):
        near(a.grad.data, b.grad.numpy())


def near(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def by_definition(x: Any, w: Any, groups: int = 1) -> Any:
    """Return Σ w[o, c, i, j] x[n, c, p + i, q + j], term by term."""
    (kh, kw), (rows, across) = w.shape[2:], (x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1)
    y = np.zeros((len(x), len(w), rows, across))
    per, channels = len(w) // groups, w.shape[1]
    for o, c, i, j in itertools.product(range(len(w)), range(channels), range(kh), range(kw)):
        y[:, o] += w[o, c, i, j] * x[:, o // per * channels + c, i : i + rows, j : j + across]
    return y


# -------------------------------------------------------------------------------------------------------- the functions


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product(KERNELS, STRIDES)])
def test_convolutions_of_images_are_pytorchs(torch: Any, kernel: tuple[int, int], stride: Any) -> None:
    for padding, dilation, groups in itertools.product(PADDINGS, [1, (1, 2)], [1, 2]):
        operands = numbers(2, 4, 9, 8), numbers(6, 4 // groups, *kernel), numbers(6)
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        assert_pytorchs(torch, "conv2d", *operands, **options)


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product(KERNELS, STRIDES)])
def test_transposed_convolutions_of_images_are_pytorchs(torch: Any, kernel: tuple[int, int], stride: Any) -> None:
    for padding, dilation, groups in itertools.product(PADDINGS, [1, 2], [1, 2]):
        operands = numbers(2, 6, 6, 5), numbers(6, 4 // groups, *kernel), numbers(4)
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        most = np.maximum(np.broadcast_to(stride, 2), dilation) - 1
        for more in {(0, 0), tuple(most.tolist())}:
            assert_pytorchs(torch, "conv_transpose2d", *operands, output_padding=more, **options)


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"), [*itertools.product([1, 2], [0, 1], [1, 3], [1, 2])]
)
def test_convolutions_of_sequences_are_pytorchs(
    torch: Any, stride: int, padding: int, dilation: int, groups: int
) -> None:
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    operands = numbers(2, 4, 9), numbers(6, 4 // groups, 3), numbers(6)
    assert_pytorchs(torch, "conv1d", *operands, **options)
    operands = numbers(2, 6, 5), numbers(6, 4 // groups, 3), numbers(4)
    for more in {0, max(stride, dilation) - 1}:
        assert_pytorchs(torch, "conv_transpose1d", *operands, output_padding=more, **options)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (1, 5)])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")  # PyTorch pads with a copy
def test_padding_in_words_is_pytorchs(torch: Any, padding: str, kernel: tuple[int, int]) -> None:
    for dilation in (1, (1, 2)):
        assert_pytorchs(
            torch, "conv2d", numbers(2, 2, 9, 9), numbers(3, 2, *kernel), padding=padding, dilation=dilation
        )
    assert F.conv2d(numbers(1, 2, 9, 9), numbers(3, 2, *kernel), padding="same").shape == (1, 3, 9, 9)


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"])
def test_one_example_needs_no_batch(torch: Any, name: str) -> None:
    size = (5, 6)[: int(name[-2])]
    assert_pytorchs(torch, name, numbers(2, *size), numbers(2, 2, *[3] * len(size)), numbers(2))


@pytest.mark.parametrize(
    ("channels", "outputs", "kernel", "groups"),
    [
        (1, 2, (3, 3), 1),  # few outputs: columns with the overhang in them
        (2, 80, (2, 2), 1),  # many outputs: without
        (20, 2, (1, 1), 1),
        (4, 8, (3, 5), 2),
        (2, 1, (7, 9), 1),  # one row of places
    ],
)
def test_blocks_of_any_length_give_the_sum_of_the_definition(
    monkeypatch: Any, channels: int, outputs: int, kernel: tuple[int, int], groups: int
) -> None:
    x, w = numbers(7, channels, 7, 9), numbers(outputs, channels // groups, *kernel)
    expected = by_definition(x, w, groups)
    u = numbers(*expected.shape, seed=1)
    found = []
    for cache in (0, 3000, 10**9):
        monkeypatch.setattr(maps, "_CACHE", cache)
        a, b = Tensor(x, True), Tensor(w, True)
        y = F.conv2d(a, b, groups=groups)
        y.backward(u)
        near(y.data, expected)
        found.append((a.grad.data, b.grad.data))
    for by_x, by_w in found:  # the form is linear in x and in w, and its gradients say so
        np.testing.assert_allclose((by_x * x).sum(), (expected * u).sum(), rtol=1e-10)
        np.testing.assert_allclose((by_w * w).sum(), (expected * u).sum(), rtol=1e-10)
        near(by_x, found[0][0])
        near(by_w, found[0][1])


@pytest.mark.parametrize("order", [*itertools.permutations(range(4))], ids=str)
def test_the_layout_in_memory_does_not_matter(order: tuple[int, ...]) -> None:
    x, w, u = numbers(3, 2, 6, 7), numbers(4, 2, 3, 2), numbers(3, 4, 4, 6, seed=1)
    found = []
    for laid in (np.ascontiguousarray, lambda a: a.transpose(order).copy().transpose(np.argsort(order))):
        a, b = Tensor(laid(x)), Tensor(laid(w))
        y = F.conv2d(a.requires_grad_(), b.requires_grad_())
        y.backward(laid(u))
        found.append((y.data, a.grad.data, b.grad.data, F.conv_transpose2d(laid(u), laid(w))))
    for one, other in zip(*found, strict=True):
        near(one, other)
        assert other.flags.c_contiguous


def test_the_transposed_convolution_is_the_transpose() -> None:
    x, w, y = numbers(2, 3, 7, 8), numbers(5, 3, 3, 2), numbers(2, 5, 4, 3, seed=1)
    options: dict[str, Any] = {"stride": (2, 3), "padding": 1}
    there = F.conv2d(x, w, **options)
    back = F.conv_transpose2d(y, w, output_padding=(0, 2), **options)
    assert back.shape == x.shape
    np.testing.assert_allclose((there * y).sum(), (x * back).sum(), rtol=1e-12)


def test_an_infinite_pixel_stays_where_it_is() -> None:
    x = numbers(2, 1, 8, 8)
    expected = F.conv2d(x, np.ones((1, 1, 3, 3)))
    x[0, 0, 2, 7] = np.inf
    y = F.conv2d(x, np.ones((1, 1, 3, 3)))
    touched = np.zeros(y.shape, bool)
    touched[0, 0, :3, 5] = True
    assert np.isinf(y[touched]).all()
    near(y[~touched], expected[~touched])


def test_the_columns_are_not_kept_for_the_backward_sweep() -> None:
    x, w, b = numbers(2, 3, 6, 6), numbers(4, 3, 3, 3), numbers(4)
    node = F.conv2d(Tensor(x), Tensor(w, True), Tensor(b, True)).node
    kept = [value for value in node.saved if isinstance(value, np.ndarray)]
    assert [value.shape for value in kept] == [x.shape]  # all that the gradient by the weight needs


def test_single_precision_stays_and_a_bias_of_higher_precision_is_not_rounded_down() -> None:
    layer = nn.Conv2d(2, 3, 3)
    x = Tensor(numbers(2, 2, 5, 5).astype(np.float32), True)
    y = layer(x)
    y.sum().backward()
    assert {t.dtype for t in (y, x.grad, layer.weight.grad, layer.bias.grad)} == {np.dtype("f4")}
    one = np.ones((1, 1, 1, 1), dtype=np.float32)
    assert F.conv2d(one, one, np.array([1e-9])).item() == 1 + 1e-9


def test_an_empty_batch_gives_an_empty_batch() -> None:
    x, w = Tensor(np.ones((0, 2, 5, 5)), True), Tensor(np.ones((3, 2, 2, 2)), True)
    y = F.conv2d(x, w)
    y.sum().backward()
    assert y.shape == (0, 3, 4, 4)
    np.testing.assert_array_equal(w.grad.data, np.zeros((3, 2, 2, 2)))


def test_nothing_is_written_into_what_is_given() -> None:
    arrays = [numbers(2, 2, 5, 5), numbers(3, 2, 3, 3), numbers(3), numbers(2, 3, 5, 5)]
    before = [a.copy() for a in arrays]
    x, w, b = (Tensor(a) for a in arrays[:3])
    for tensor in (x, w, b):
        tensor.requires_grad_()
    F.conv2d(x, w, b, padding=1).backward(arrays[3])
    for a, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, copy)


# ------------------------------------------------------------------------------------------------------------- refusals


def test_a_wrong_number_of_channels_names_the_layer_and_both_shapes() -> None:
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Sequential(nn.Conv2d(3, 4, 3)))
    message = (
        r"conv2d: the weight '1\.0\.weight' of shape \(4, 3, 3, 3\) with groups=1 takes x of shape \(N, 3, H, W\), "
    )
    with pytest.raises(ValueError, match=message + r"but x has shape \(2, 8, 5, 5\); give x 3 channels"):
        net(np.ones((2, 1, 7, 7), dtype=np.float32))
    with pytest.raises(ValueError, match=r"takes x of shape \(N, 6, L\), but x has shape \(1, 4, 5\)"):
        F.conv_transpose1d(np.ones((1, 4, 5)), np.ones((6, 1, 3)))


@pytest.mark.parametrize(
    ("x", "weight", "options", "message"),
    [
        ((5, 5), (1, 1, 3, 3), {}, r"conv2d takes x of shape \(N, C, H, W\), or \(C, H, W\) for one .*, not \(5, 5\)"),
        (
            (1, 5, 5),
            (1, 3, 3),
            {},
            r"the weight must have shape \(O, C / groups, KH, KW\), none of them 0, not \(1, 3, 3\)",
        ),
        ((1, 5, 5), (0, 1, 3, 3), {}, r"none of them 0, not \(0, 1, 3, 3\)"),
        ((1, 5, 5), (4, 1, 3, 3), {"bias": np.ones(3)}, r"the bias must have shape \(4,\), one number for each output"),
        ((2, 5, 5), (3, 1, 3, 3), {"groups": 2}, r"the 3 output channels of the weight, .*, cannot be divided into 2"),
        ((2, 5, 5), (2, 1, 3, 3), {"groups": 0}, r"groups must be a whole number from 1 on, not 0"),
        (
            (1, 2, 5),
            (1, 1, 3, 3),
            {},
            r"a kernel of \(3, 3\), .* reaches over \(3, 3\), but x of shape \(1, 2, 5\) has only",
        ),
        ((1, 5, 5), (1, 1, 3, 3), {"dilation": 3}, r"with dilation \(3, 3\) reaches over \(7, 7\), .* only \(5, 5\)"),
        ((1, 5, 5), (1, 1, 3, 3), {"stride": 0}, r"stride must be a whole number from 1 on, or 2 of them, not 0"),
        ((1, 5, 5), (1, 1, 3, 3), {"stride": (1, 1, 1)}, r"stride must be .*, or 2 of them, not \(1, 1, 1\)"),
        ((1, 5, 5), (1, 1, 3, 3), {"dilation": 1.5}, r"dilation must be a whole number .*, not 1\.5"),
        ((1, 5, 5), (1, 1, 3, 3), {"padding": -1}, r"padding must be a whole number from 0 on, .*, not -1"),
        ((1, 5, 5), (1, 1, 3, 3), {"padding": "full"}, r"padding must be 'valid', 'same' or numbers, not 'full'"),
        (
            (1, 5, 5),
            (1, 1, 3, 3),
            {"padding": "same", "stride": 2},
            r"padding='same' needs a stride of 1, not \(2, 2\)",
        ),
    ],
)
def test_convolutions_that_cannot_be_are_refused(x: Any, weight: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        F.conv2d(np.ones(x), np.ones(weight), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"output_padding": 2, "stride": 2},
            r"output_padding must be less than the stride or the dilation, not \(2, 2\)",
        ),
        ({"padding": 4}, r"gives an output of size \(-1, -1\); make the padding smaller"),
        (
            {"groups": 2},
            r"the 3 input channels of the weight, of shape \(3, 1, 3, 3\), cannot be divided into 2 groups",
        ),
    ],
)
def test_transposed_convolutions_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="conv_transpose2d: .*" + message):
        F.conv_transpose2d(np.ones((3, 5, 5)), np.ones((3, 1, 3, 3)), **options)
