"""Matrices that keep lengths, that change nothing, that are mostly zero."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import init


def new(*shape: int, dtype: Any = np.float64) -> nn.Parameter:
    return nn.Parameter(np.zeros(shape), dtype=dtype, name="fc.weight")


def convolve(x: Any, weight: Any, groups: int = 1) -> Any:
    """Convolve images (channels, *axes) with an odd kernel, keeping their size: the definition, in plain NumPy."""
    axes = tuple(range(1, x.ndim))
    padded = np.pad(x, [(0, 0)] + [(k // 2, k // 2) for k in weight.shape[2:]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=axes)
    results = []
    for w, own in zip(np.split(weight, groups), np.split(windows, groups), strict=True):
        kernel_axes = list(range(x.ndim, own.ndim))
        results.append(np.tensordot(w, own, axes=([1, *range(2, w.ndim)], [0, *kernel_axes])))
    return np.concatenate(results)


@pytest.mark.parametrize("gain", [1.0, math.sqrt(2)])
@pytest.mark.parametrize(
    "shape", [(50, 50), (30, 50), (50, 30), (16, 3, 3, 3), (64, 3, 3, 3), (8, 4, 5), (1, 7), (7, 1)]
)
def test_all_singular_values_of_an_orthogonal_matrix_are_the_gain(shape: tuple[int, ...], gain: float) -> None:
    w = init.orthogonal_(new(*shape), gain, rng=0).data.reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-13)
    np.testing.assert_allclose(np.linalg.svd(w, compute_uv=False), gain, rtol=1e-13)


def test_orthogonal_in_float32_is_orthogonal_to_its_precision() -> None:
    w = init.orthogonal_(new(100, 100, dtype=np.float32), rng=0).data
    np.testing.assert_allclose(w @ w.T, np.eye(100), atol=1e-6)


def test_all_orthogonal_matrices_are_equally_probable() -> None:
    """Uniform ones have as many reflections as rotations, columns uniform on the sphere, and a trace of variance 1."""
    rng = np.random.default_rng(0)
    drawn = np.array([init.orthogonal_(new(3, 3), rng=rng).data for _ in range(4000)])
    assert abs(np.linalg.det(drawn).mean()) < 3 / math.sqrt(4000)
    traces = np.trace(drawn, axis1=1, axis2=2)
    assert abs(traces.mean()) < 3 / math.sqrt(4000)
    assert abs(traces.var() - 1) < 3 * np.std((traces - traces.mean()) ** 2) / math.sqrt(4000)
    elements = np.sort(drawn.reshape(-1, 9), axis=0)[400::800]  # a coordinate of the sphere is uniform from −1 to 1
    np.testing.assert_allclose(elements, np.outer([-0.8, -0.4, 0, 0.4, 0.8], np.ones(9)), atol=0.06)


def test_a_deep_linear_network_of_orthogonal_matrices_keeps_every_length() -> None:
    """Its Jacobian has the singular values 1 after 100 layers; with Xavier's weights they spread over many decades."""

    def singular_values(initialiser: Any) -> Any:
        rng = np.random.default_rng(0)
        layers = [nn.Linear(20, 20, bias=False, dtype=float) for _ in range(100)]
        for layer in layers:
            initialiser(layer.weight, rng=rng)
        x = Tensor(np.eye(20), True)
        y = nn.Sequential(*layers)(x)
        upstream = rng.standard_normal(y.shape)
        y.backward(upstream)
        if initialiser is init.orthogonal_:
            np.testing.assert_allclose(
                np.linalg.norm(x.grad.data, axis=1), np.linalg.norm(upstream, axis=1), rtol=1e-10
            )
        return np.linalg.svd(y.data, compute_uv=False)

    np.testing.assert_allclose(singular_values(init.orthogonal_), 1, rtol=1e-11)
    spread = singular_values(init.xavier_normal_)
    assert spread[0] / spread[-1] > 1e10


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_eye_hands_on_the_inputs(torch: Any, shape: tuple[int, int]) -> None:
    w = init.eye_(new(*shape))
    np.testing.assert_array_equal(w.data, torch.nn.init.eye_(torch.empty(shape)).numpy())
    x = np.arange(1.0, 1 + shape[1])
    n = min(shape)
    np.testing.assert_array_equal(nn.functional.linear(x, w).data, [*x[:n], *[0] * (shape[0] - n)])


DIRAC = [((4, 4, 3), 1), ((4, 4, 3, 5), 1), ((4, 4, 3, 3, 3), 1), ((4, 2, 3, 3), 2), ((4, 1, 5), 4), ((1, 1, 1), 1)]


@pytest.mark.parametrize(("shape", "groups"), DIRAC)
def test_dirac_is_the_identity_of_the_convolution(shape: tuple[int, ...], groups: int) -> None:
    x = np.random.default_rng(0).standard_normal((shape[1] * groups, *(7, 6, 5)[: len(shape) - 2]))
    np.testing.assert_array_equal(convolve(x, init.dirac_(new(*shape), groups).data, groups), x)
    np.testing.assert_array_equal(convolve(x, init.identity_(new(*shape), 0.5, groups).data, groups), 0.5 * x)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kind", [nn.Conv1d, nn.Conv2d])
def test_a_convolution_with_dirac_kernels_hands_on_its_input(kind: Any, groups: int) -> None:
    layer = kind(4, 4, 3, padding="same", groups=groups, bias=False, dtype=float)
    init.dirac_(layer.weight, groups)
    x = np.random.default_rng(0).standard_normal((2, 4, *(6, 5)[: layer.weight.ndim - 2]))
    np.testing.assert_array_equal(layer(x).data, x)


@pytest.mark.parametrize(
    ("shape", "groups"), [*DIRAC, ((6, 2, 3), 1), ((2, 6, 3), 1), ((6, 2, 4), 3), ((8, 3, 2, 2), 2)]
)
def test_dirac_is_pytorchs(torch: Any, shape: tuple[int, ...], groups: int) -> None:
    expected = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
    np.testing.assert_array_equal(init.dirac_(new(*shape), groups).data, expected)


@pytest.mark.parametrize(
    ("shape", "groups", "ones"),
    [
        ((2, 3), 1, [(0, 0), (1, 1)]),
        ((3, 2), 1, [(0, 0), (1, 1)]),
        ((3, 2, 3), 1, [(0, 0, 1), (1, 1, 1)]),
        ((2, 3, 3, 5), 1, [(0, 0, 1, 2), (1, 1, 1, 2)]),
        ((4, 1, 4), 2, [(0, 0, 2), (2, 0, 2)]),  # the first output of each group has what its input is
        ((4, 3, 1), 2, [(0, 0, 0), (1, 1, 0), (2, 0, 0), (3, 1, 0)]),
    ],
)
def test_as_many_inputs_are_handed_on_as_there_are_outputs_for(
    shape: tuple[int, ...], groups: int, ones: list[tuple[int, ...]]
) -> None:
    expected = np.zeros(shape)
    for place in ones:
        expected[place] = 1
    calls = [init.eye_] if len(shape) == 2 else [lambda w: init.dirac_(w, groups)]
    for call in (*calls, lambda w: init.identity_(w, groups=groups)):
        w = nn.Parameter(np.full(shape, 7.0))
        assert call(w) is w
        np.testing.assert_array_equal(w.data, expected)


def test_identity_is_eye_times_the_gain_for_a_matrix() -> None:
    np.testing.assert_array_equal(init.identity_(new(2, 3), gain=3.0).data, [[3, 0, 0], [0, 3, 0]])


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_sparse_sets_the_part_of_each_column_to_zero(torch: Any, sparsity: float) -> None:
    ours = init.sparse_(new(37, 200), sparsity, std=0.5, rng=0).data
    theirs = torch.nn.init.sparse_(torch.empty(37, 200), sparsity, std=0.5).numpy()
    zeros = math.ceil(sparsity * 37)
    assert set((ours == 0).sum(axis=0)) == set((theirs == 0).sum(axis=0)) == {zeros}
    if kept := np.count_nonzero(ours):
        assert ours[ours != 0].std() == pytest.approx(0.5, rel=3 / math.sqrt(2 * kept))
        assert abs(ours.sum() / kept) < 3 * 0.5 / math.sqrt(kept)


@pytest.mark.parametrize(("sparsity", "zeros"), [(0.0, 0), (0.1, 1), (0.5, 5), (0.51, 6), (1.0, 10)])
def test_the_number_of_zeros_of_sparse_is_rounded_up(sparsity: float, zeros: int) -> None:
    w = init.sparse_(new(10, 2000), sparsity, rng=0).data
    assert set((w == 0).sum(axis=0)) == {zeros}
    if zeros < 10:
        assert w[w != 0].std() == pytest.approx(0.01, rel=0.03)


def test_sparse_without_spread_is_zero() -> None:
    assert (init.sparse_(nn.Parameter(np.ones((3, 4))), 0.5, std=0.0).data == 0).all()


def test_the_zeros_of_sparse_are_anywhere_in_the_column_and_in_each_column_elsewhere() -> None:
    zero = init.sparse_(new(20, 2000), 0.5, rng=0).data == 0
    frequency = zero.mean(axis=1)
    assert np.abs(frequency - 0.5).max() < 4 * 0.5 / math.sqrt(2000)
    assert len({column.tobytes() for column in zero.T}) > 1900


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: init.orthogonal_(new(3)),
            r"orthogonal_ is for weights of two axes or more.*'fc\.weight' has shape \(3,\)",
        ),
        (
            lambda: init.eye_(new(3, 3, 3)),
            r"eye_ is for weights of two axes, \(rows, columns\); dirac_ is for convolutions",
        ),
        (lambda: init.dirac_(new(3, 3)), r"dirac_ is for weights of three axes or more.*; eye_ is for matrices"),
        (lambda: init.identity_(new(3)), r"identity_ is for weights of two axes or more"),
        (lambda: init.dirac_(new(4, 2, 3), groups=3), "dirac_: .*'fc.weight' has 4 output channels, .*groups=3"),
        (lambda: init.identity_(new(4, 2, 3), groups=0), "identity_: groups must be a whole number from 1 on, not 0"),
        (lambda: init.dirac_(new(4, 2, 3), groups=0), "dirac_: groups must be a whole number from 1 on, not 0"),
        (lambda: init.dirac_(new(4, 2, 3), groups=2.0), r"dirac_: groups must be a whole number from 1 on, not 2\.0"),
        (lambda: init.sparse_(new(3, 3), -0.1), "from 0 to 1, not -0.1"),
        (lambda: init.sparse_(new(3, 3, 3), 0.5), r"sparse_ is for weights of two axes, .*shape \(3, 3, 3\)"),
        (
            lambda: init.sparse_(new(3, 3), 1.5),
            "sparsity is the part of each column that is zero, from 0 to 1, not 1.5",
        ),
        (lambda: init.sparse_(new(3, 3), 0.5, std=-1.0), "sparse_: a standard deviation is not negative, and std=-1.0"),
    ],
)
def test_shapes_and_options_that_do_not_fit_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
