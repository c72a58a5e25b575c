"""Pooling: the functions and the layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, grad
from nn import functional as F

KERNELS, STRIDES, PADDINGS = [1, 2, (3, 2), 4], [None, 1, (2, 3)], [0, 1, (1, 0)]
SIZES = {1: [(7,), (8,)], 2: [(7, 8), (5, 9)]}


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def slope_of(x: Any, function: Callable[[Tensor], Tensor], upstream: Any = 1.0) -> Any:
    """Return the gradient of ⟨upstream, function(x)⟩."""
    leaf = Tensor(x, True)
    (function(leaf) * upstream).sum().backward()
    return leaf.grad.data


def assert_pytorchs(torch: Any, name: str, x: Any, *arguments: Any, **options: Any) -> bool:
    """Assert that a function gives PyTorch's result and gradient, or that both refuse; return whether they did not."""
    a, b = Tensor(x, True), torch.tensor(x, requires_grad=True)
    try:
        z = getattr(torch.nn.functional, name)(b, *arguments, **options)
    except RuntimeError:
        with pytest.raises(ValueError, match=name):
            getattr(F, name)(a, *arguments, **options)
        return False
    y = getattr(F, name)(a, *arguments, **options)
    assert y.shape == tuple(z.shape)
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12, atol=1e-12)
    upstream = numbers(*y.shape, seed=1)
    y.backward(upstream)
    z.backward(torch.tensor(upstream))
    np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-12, atol=1e-12)
    return True


# ---------------------------------------------------------------------------------------------------- against PyTorch's


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product(KERNELS, STRIDES)])
def test_maxima_over_images_are_pytorchs(torch: Any, kernel: Any, stride: Any) -> None:
    done = [
        assert_pytorchs(torch, "max_pool2d", numbers(2, 3, *size), kernel, stride, padding, dilation, ceil_mode)
        for size, padding, dilation, ceil_mode in itertools.product(SIZES[2], PADDINGS, [1, 2], [False, True])
    ]
    assert sum(done) >= 8


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product(KERNELS, STRIDES)])
def test_means_over_images_are_pytorchs(torch: Any, kernel: Any, stride: Any) -> None:
    options = itertools.product(SIZES[2], PADDINGS, [False, True], [False, True], [None, 5])
    done = [
        assert_pytorchs(torch, "avg_pool2d", numbers(2, 3, *size), kernel, stride, padding, ceil, include, divisor)
        for size, padding, ceil, include, divisor in options
    ]
    assert sum(done) >= 16


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product([1, 2, 3, (5,)], [None, 1, (3,)])])
def test_pooling_of_sequences_is_pytorchs(torch: Any, kernel: Any, stride: Any) -> None:
    for size, padding, ceil_mode in itertools.product(SIZES[1], [0, 1], [False, True]):
        x = numbers(2, 3, *size)
        for dilation in (1, 2):
            assert_pytorchs(torch, "max_pool1d", x, kernel, stride, padding, dilation, ceil_mode)
        for include in (False, True):
            assert_pytorchs(torch, "avg_pool1d", x, kernel, stride, padding, ceil_mode, include)


@pytest.mark.parametrize("output", [1, 2, (3, 5), (None, 4), (9, 1)], ids=str)
@pytest.mark.parametrize("kind", ["avg", "max"])
def test_adaptive_pooling_is_pytorchs(torch: Any, kind: str, output: Any) -> None:
    for size in [(7, 8), (5, 5), (6, 9)]:
        assert assert_pytorchs(torch, f"adaptive_{kind}_pool2d", numbers(2, 3, *size), output)
    along = output if isinstance(output, int) else output[1]
    assert assert_pytorchs(torch, f"adaptive_{kind}_pool1d", numbers(2, 3, 7), along)


@pytest.mark.parametrize(
    ("name", "arguments", "options"),
    [
        ("MaxPool1d", (2,), {}),
        ("MaxPool1d", (3, 2), {"padding": 1, "dilation": 2, "ceil_mode": True}),
        ("MaxPool2d", (2,), {}),
        ("MaxPool2d", ((3, 2), 2), {"padding": (1, 0), "ceil_mode": True}),
        ("AvgPool1d", (2,), {}),
        ("AvgPool1d", (3, 2), {"padding": 1, "count_include_pad": False}),
        ("AvgPool2d", (2,), {}),
        ("AvgPool2d", ((3, 2), 2), {"padding": 1, "ceil_mode": True, "divisor_override": 3}),
        ("AdaptiveAvgPool1d", (3,), {}),
        ("AdaptiveAvgPool2d", ((3, None),), {}),
        ("AdaptiveMaxPool1d", (3,), {}),
        ("AdaptiveMaxPool2d", (1,), {}),
    ],
)
def test_layers_are_pytorchs(torch: Any, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    ours, theirs = getattr(nn, name)(*arguments, **options), getattr(torch.nn, name)(*arguments, **options)
    assert repr(ours) == repr(theirs)
    assert not ours.state_dict()
    size = SIZES[int(name[-2])][0]
    for shape in [(2, 3, *size), (3, *size)]:  # a batch, and one example
        x = numbers(*shape).astype(np.float32)
        leaf, theirs_leaf = Tensor(x, True), torch.tensor(x, requires_grad=True)
        y, z = ours(leaf), theirs(theirs_leaf)
        (y * y).sum().backward()
        (z * z).sum().backward()
        assert y.dtype == leaf.grad.dtype == np.float32
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(leaf.grad.data, theirs_leaf.grad.numpy(), rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------------------------------------------------- conventions


def test_equal_maxima_share_the_gradient_equally() -> None:
    x = np.array([[[3.0, 1.0, 2.0, 2.0], [3.0, 3.0, 2.0, 2.0]]])
    expected = [[[4.0, 0.0, 3.0, 3.0], [4.0, 4.0, 3.0, 3.0]]]
    for pool in (lambda t: F.max_pool2d(t, 2), lambda t: F.adaptive_max_pool2d(t, (1, 2))):
        np.testing.assert_allclose(slope_of(x, pool, np.array([12.0, 12.0])), expected)


def test_equal_maxima_share_in_windows_that_overlap() -> None:
    ties = np.ones((1, 4))
    np.testing.assert_allclose(slope_of(ties, lambda t: F.max_pool1d(t, 2, stride=1)), [[0.5, 1.0, 1.0, 0.5]])
    np.testing.assert_allclose(
        slope_of(ties, lambda t: F.max_pool1d(t, 3, 1, padding=1)), [[5 / 6, 7 / 6, 7 / 6, 5 / 6]]
    )


def test_the_second_gradient_goes_to_the_same_elements() -> None:
    x = Tensor([[3.0, 3.0, 1.0, 2.0]], True)
    slope = grad(lambda t: (F.max_pool1d(t, 2) ** 3).sum())(x)
    slope.sum().backward()
    np.testing.assert_allclose(x.grad.data, [[9.0, 9.0, 0.0, 12.0]])  # 6y, where the maxima are, in shares


def test_padding_is_never_the_maximum() -> None:
    x = -np.ones((1, 3, 3))
    np.testing.assert_array_equal(F.max_pool2d(x, 2, padding=1), -np.ones((1, 2, 2)))
    np.testing.assert_array_equal(F.max_pool2d(x.astype(int), 2, padding=1), -np.ones((1, 2, 2), dtype=int))


def test_padding_takes_no_gradient_from_elements_of_minus_infinity() -> None:
    x = Tensor(np.full((1, 1, 2, 2), -np.inf), True)
    y = F.max_pool2d(x, 2, padding=1)
    y.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert (y.data == -np.inf).all()
    assert x.grad.tolist() == [[[[1.0, 2.0], [3.0, 4.0]]]]
    lone = Tensor(np.ones((1, 1, 1)), True)  # it lies between the two elements of the window, which see padding alone
    F.max_pool1d(lone, 2, padding=1, dilation=2).sum().backward()
    assert lone.grad.tolist() == [[[0.0]]]


def test_a_nan_makes_its_window_nan_and_no_other() -> None:
    x = np.arange(8.0).reshape(1, 8)
    x[0, 1] = np.nan
    for pool in (F.max_pool1d, F.avg_pool1d):
        np.testing.assert_array_equal(np.isnan(pool(x, 2)), [[True, False, False, False]])
        assert np.isfinite(slope_of(x, lambda t, pool=pool: pool(t, 2))).all()
    for pool in (F.adaptive_max_pool1d, F.adaptive_avg_pool1d):
        np.testing.assert_array_equal(np.isnan(pool(x, 3)), [[True, False, False]])


def test_integers_have_means_and_maxima() -> None:
    x = np.array([[1, 2, 4, 8]])
    np.testing.assert_array_equal(F.max_pool1d(x, 2), [[2, 8]])
    for y in (F.avg_pool1d(x, 2), F.adaptive_avg_pool1d(x, 2)):
        np.testing.assert_array_equal(y, [[1.5, 6.0]])


def test_global_pooling_takes_all_of_an_image() -> None:
    x = numbers(2, 3, 4, 5)
    np.testing.assert_allclose(nn.AdaptiveAvgPool2d(1)(x)[..., 0, 0], x.mean(axis=(2, 3)))
    np.testing.assert_array_equal(nn.AdaptiveMaxPool2d(1)(x)[..., 0, 0], x.max(axis=(2, 3)))


def test_nothing_is_written_into_what_is_given() -> None:
    x = numbers(2, 3, 6, 6)
    before, leaf = x.copy(), Tensor(x).requires_grad_()
    for pool in (F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d):
        for size in (1, 3):
            pool(leaf, size).sum().backward()
    np.testing.assert_array_equal(x, before)


def test_operations_are_counted() -> None:
    assert nn.MaxPool2d((2, 3)).flops((5, 1, 4, 6), (5, 1, 2, 2)) == 20 * 5
    assert nn.MaxPool1d(2).flops((1, 4), (1, 2)) == 2
    assert nn.AvgPool2d(2).flops((5, 1, 4, 6), (5, 1, 2, 3)) == 30 * 4
    assert nn.AvgPool1d(2).flops((1, 4), (1, 2)) == 4
    assert nn.AdaptiveAvgPool2d(1).flops((5, 3, 4, 6), (5, 3, 1, 1)) == 15 * 24
    assert nn.AdaptiveMaxPool1d(2).flops((3, 5), (3, 2)) == 3 * (3 + 3)


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("name", "shape", "arguments", "message"),
    [
        (
            "max_pool2d",
            (4, 4),
            (2,),
            r"max_pool2d takes x of shape \(N, C, H, W\), or \(C, H, W\) for one .*, not \(4, 4\)",
        ),
        ("avg_pool1d", (4,), (2,), r"avg_pool1d takes x of shape \(N, C, L\), or \(C, L\) for one example, not \(4,\)"),
        ("max_pool2d", (1, 4, 4), (0,), r"kernel_size must be a whole number from 1 on, or 2 of them, not 0"),
        ("max_pool2d", (1, 4, 4), ((2, 2, 2),), r"kernel_size must be .*, not \(2, 2, 2\)"),
        ("max_pool2d", (1, 4, 4), (2, 0), r"stride must be a whole number from 1 on, .*, not 0"),
        (
            "max_pool2d",
            (1, 4, 4),
            (2, 2, 2),
            r"padding must be at most half of the window, not \(2, 2\) for kernel_size",
        ),
        ("avg_pool2d", (1, 4, 4), (3, 2, 2), r"padding must be at most half of the window"),
        ("max_pool2d", (1, 4, 4), (2, 2, 0, 0), r"dilation must be a whole number from 1 on"),
        (
            "max_pool2d",
            (1, 4, 4),
            (5,),
            r"kernel_size \(5, 5\) with dilation \(1, 1\) does not fit into x of shape \(1, 4, 4\)",
        ),
        (
            "avg_pool2d",
            (1, 4, 4),
            (2, 2, 0, False, True, 0),
            r"divisor_override must be a whole number other than 0, not 0",
        ),
        (
            "adaptive_avg_pool2d",
            (1, 4, 4),
            (0,),
            r"output_size must be a whole number from 1 on, or None for .*, not 0",
        ),
        ("adaptive_max_pool2d", (1, 4, 4), ((None, 2, 1),), r"or 2 of them, not \(None, 2, 1\)"),
        ("adaptive_avg_pool1d", (1, 0), (1,), r"there is nothing to pool in x of shape \(1, 0\)"),
    ],
)
def test_pooling_that_cannot_be_is_refused(name: str, shape: Any, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(F, name)(np.ones(shape), *arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("MaxPool2d", (0,), r"MaxPool2d: kernel_size must be a whole number from 1 on"),
        ("MaxPool1d", (2, 2, 2), r"MaxPool1d: padding must be at most half of the window"),
        ("AvgPool1d", (2, 0), r"AvgPool1d: stride must be"),
        ("AvgPool2d", (2, 2, 0, False, True, 1.5), r"AvgPool2d: divisor_override must be .*, not 1\.5"),
        ("AdaptiveAvgPool2d", ((1, -1),), r"AdaptiveAvgPool2d: output_size must be .*, not \(1, -1\)"),
        ("AdaptiveMaxPool1d", ("all",), r"AdaptiveMaxPool1d: output_size must be .*, not 'all'"),
    ],
)
def test_layers_that_cannot_be_are_refused(name: str, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(nn, name)(*arguments)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.MaxPool2d(9), (1, 1, 3, 3), r"MaxPool2d '1': a window of kernel_size \(9, 9\) .* does not fit into x of"),
        (nn.MaxPool1d(2), (3,), r"MaxPool1d '1' takes x of shape \(N, C, L\), or \(C, L\) for one example, not \(3,\)"),
        (nn.AvgPool1d(4), (1, 1, 3), r"AvgPool1d '1': a window of kernel_size \(4,\) .* does not fit"),
        (nn.AvgPool2d(2), (3, 3), r"AvgPool2d '1' takes x of shape \(N, C, H, W\)"),
        (nn.AdaptiveAvgPool2d(1), (1, 1, 0, 3), r"AdaptiveAvgPool2d '1': there is nothing to pool in x of shape"),
        (nn.AdaptiveMaxPool1d(1), (3,), r"AdaptiveMaxPool1d '1' takes x of shape \(N, C, L\)"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_name_of_the_layer(
    layer: nn.Module, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        nn.Sequential(nn.Identity(), layer)(np.ones(shape))


@pytest.mark.parametrize("name", ["max_pool1d", "max_pool2d", "adaptive_max_pool1d", "adaptive_max_pool2d"])
def test_indices_of_the_maxima_are_refused(name: str) -> None:
    layer = {"m": "MaxPool", "a": "AdaptiveMaxPool"}[name[0]] + name[-2:]
    for take in (
        lambda: getattr(F, name)(np.ones((1, 4, 4)), 2, return_indices=True),
        lambda: getattr(nn, layer)(2, return_indices=True),
    ):
        with pytest.raises(
            NotImplementedError, match="return_indices=True is not supported, because nothing here takes"
        ):
            take()
