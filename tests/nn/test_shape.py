"""Layers that change nothing, or the shape alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, gradcheck
from tests.support.strict_array import StrictArray

X = np.arange(120.0).reshape(2, 3, 4, 5)


def test_the_identity_gives_back_what_it_was_given() -> None:
    x = Tensor(X, requires_grad=True)
    assert nn.Identity(54, unused=True)(x) is x
    assert nn.Identity()(X) is X
    assert repr(nn.Identity(54)) == "Identity()"


@pytest.mark.parametrize(
    ("options", "shape"),
    [((), (2, 60)), ((0,), (120,)), ((1, 2), (2, 12, 5)), ((-2,), (2, 3, 20)), ((0, -3), (6, 4, 5)), ((2, 2), X.shape)],
)
def test_flatten_makes_one_axis_of_several(options: tuple[int, ...], shape: tuple[int, ...], torch: Any) -> None:
    layer = nn.Flatten(*options)
    y = layer(Tensor(X))
    assert y.shape == shape
    np.testing.assert_array_equal(y.data, torch.nn.Flatten(*options)(torch.tensor(X)).numpy())
    np.testing.assert_array_equal(layer(X), y.data)
    assert layer(StrictArray(X)).shape == shape


@pytest.mark.parametrize(
    ("axis", "sizes", "shape"),
    [
        (1, (3, 1), (2, 3, 1, 4, 5)),
        (-1, (5,), X.shape),
        (2, [2, -1], (2, 3, 2, 2, 5)),
        (0, (-1, 2, 1), (1, 2, 1, 3, 4, 5)),
    ],
)
def test_unflatten_makes_several_of_one(axis: int, sizes: Any, shape: tuple[int, ...], torch: Any) -> None:
    layer = nn.Unflatten(axis, sizes)
    y = layer(Tensor(X))
    assert y.shape == shape
    np.testing.assert_array_equal(y.data, torch.nn.Unflatten(axis, tuple(sizes))(torch.tensor(X)).numpy())
    assert layer(StrictArray(X)).shape == shape


def test_gradients_pass_and_the_two_undo_each_other() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Unflatten(1, (3, 4, 5)))
    np.testing.assert_array_equal(net(X), X)
    assert gradcheck(lambda x: (net(x) * X).sum(), (X,))


def test_flatten_takes_a_batch_of_nothing() -> None:
    assert nn.Flatten()(np.ones((0, 3, 2))).shape == (0, 6)
    assert nn.Unflatten(1, (3, 2))(np.ones((0, 6))).shape == (0, 3, 2)
    assert nn.Unflatten(1, (-1, 2))(np.ones((4, 0))).shape == (4, 0, 2)
    assert nn.Unflatten(1, (-1, 2))(np.ones((0, 6))).shape == (0, 3, 2)


def test_they_show_their_options() -> None:
    assert repr(nn.Flatten(0, 2)) == "Flatten(start_axis=0, end_axis=2)"
    assert repr(nn.Unflatten(1, [3, -1])) == "Unflatten(axis=1, unflattened_size=(3, -1))"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.Flatten(4), r"Flatten '0': x of shape \(2, 3, 4, 5\) has no axis 4"),
        (nn.Flatten(0, -5), r"x of shape \(2, 3, 4, 5\) has no axis -5"),
        (nn.Flatten(2, 1), r"Flatten '0': start_axis=2 comes after end_axis=1 in x of shape .*; give them in order"),
        (nn.Unflatten(7, (1,)), "Unflatten '0': x of shape .* has no axis 7"),
        (nn.Unflatten(1, (2, 2)), r"axis 1 of x of shape \(2, 3, 4, 5\) has length 3, which cannot be made \(2, 2\)"),
        (nn.Unflatten(1, (2, -1)), r"has length 3, which cannot be made \(2, -1\)"),
        (nn.Unflatten(1, (0, -1)), r"has length 3, which cannot be made \(0, -1\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(layer: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.Sequential(layer)(X)


@pytest.mark.parametrize("sizes", [(), (-1, -1), (2, -3)])
def test_lengths_that_mean_nothing_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="unflattened_size must be lengths, of which one may be -1"):
        nn.Unflatten(1, sizes)
