"""Law 6: leaves count how often they are written, and a sweep refuses an array that is no longer the one it saved."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest

from autograd import Tensor, no_grad, primitive, vjp
from autograd.backward import gradients

WRITES: dict[str, Callable[[Tensor], None]] = {}


def write(f: Callable[[Tensor], None]) -> Callable[[Tensor], None]:
    WRITES[f.__name__] = f
    return f


@write
def mark_written(w: Tensor) -> None:
    w.data[...] = 7.0
    w.mark_written()


@write
def assign_data(w: Tensor) -> None:
    w.data = np.full(w.shape, 7.0)


@write
def in_place_under_no_grad(w: Tensor) -> None:
    with no_grad():
        w *= 7.0


@write
def set_items_under_no_grad(w: Tensor) -> None:
    with no_grad():
        w[...] = 7.0


SAVING: dict[str, tuple[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "multiply": ("multiply", lambda x, w: x * w),
    "matmul": ("matmul", lambda x, w: x @ w),
    "a slice": ("multiply", lambda x, w: x * w[:]),
    "transposed twice": ("matmul", lambda x, w: x @ w.T.T),
    "reshaped": ("matmul", lambda x, w: x @ w.reshape(4).reshape(2, 2)),
    "part of a split": ("multiply", lambda x, w: x[:1] * np.split(w, 2)[0]),
    "log": ("log", lambda x, w: np.log(w) + x),
}


@pytest.mark.parametrize("how", WRITES)
@pytest.mark.parametrize("what", SAVING)
def test_a_leaf_written_after_a_rule_saved_it_refuses_the_backward(how: str, what: str) -> None:
    name, function = SAVING[what]
    x = Tensor(np.eye(2), requires_grad=True)
    w = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True, name="weight")
    loss = function(x, w).sum()
    WRITES[how](w)
    message = (
        rf"the leaf 'weight' was written \(by an optimiser, .*\) after {name} had used it, so the gradient would mix "
        rf"old "
        "and new values; go backward before the update, or run the forward pass again"
    )
    with pytest.raises(RuntimeError, match=message):
        loss.backward()
    assert x.grad is None
    assert w.grad is None
    function(x, w).sum().backward()
    assert w.grad is not None


def test_an_unnamed_leaf_is_told_by_its_shape() -> None:
    w = Tensor(np.ones((2, 3)), requires_grad=True)
    loss = (w * w).sum()
    w.mark_written()
    with pytest.raises(RuntimeError, match=r"^a leaf of shape \(2, 3\) was written"):
        loss.backward()


NOT_SAVING: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": lambda x, w: x + w,
    "subtract": lambda x, w: x - w[::-1],
    "times a number": lambda x, w: x + w * 3.0,
    "exp, which needs its answer": lambda x, w: x + np.exp(w),
    "sum": lambda x, w: x * w.sum(),
    "a constant factor": lambda x, w: x * 1.0 + w.T * np.ones(2),
    "concatenate": lambda x, w: np.concatenate([x, w]),
    "split": lambda x, w: x[:1] + np.split(w, 2)[0],
}


@pytest.mark.parametrize("how", WRITES)
@pytest.mark.parametrize("what", NOT_SAVING)
def test_a_write_matters_only_where_a_rule_needs_the_array(how: str, what: str) -> None:
    x = Tensor(np.eye(2), requires_grad=True)
    w = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True)
    expected = gradients([NOT_SAVING[what](x, w).sum()], [x, w], [None])
    loss = NOT_SAVING[what](x, w).sum()
    WRITES[how](w)
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, expected[0])
    np.testing.assert_array_equal(w.grad.data, expected[1])


def test_a_write_into_an_operand_that_no_rule_needs_does_not_matter_beside_a_sequence_that_one_needs() -> None:
    scaled = primitive(
        lambda xs, w: xs[0] * xs[1] + w,
        name="scaled",
        sequence="xs",
        xs=lambda g, xs: [g * xs[1], g * xs[0]],
        w=lambda g: g,
    )
    x, y, w = (Tensor([v], requires_grad=True) for v in (2.0, 3.0, 5.0))
    total = scaled([x, y], w)
    w.mark_written()
    total.backward(retain_graph=True)
    assert [t.grad.tolist() for t in (x, y, w)] == [[3.0], [2.0], [1.0]]
    y.mark_written()
    with pytest.raises(RuntimeError, match="was written"):
        total.backward()


def test_a_write_before_the_use_is_no_matter() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    view = w[:]
    assign_data(w)
    (w * w).sum().backward()
    assert w.grad.data.tolist() == [14.0, 14.0]
    assert view.shape == (2,)


def test_a_write_into_one_leaf_does_not_disturb_another() -> None:
    x, w = Tensor([2.0], requires_grad=True), Tensor([3.0], requires_grad=True)
    y = x * 5.0 + x * x
    w.mark_written()
    (y * 1.0).sum().backward()
    assert x.grad.item() == 9.0


def test_two_training_steps_need_no_more_than_a_new_forward_pass() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        loss = (w * w).sum()
        w.grad = None
        loss.backward()
        with no_grad():
            w -= 0.25 * w.grad
    np.testing.assert_array_equal(w.data, [0.125, 0.25])


def written(leaf: Tensor, value: float) -> None:
    """Write into a leaf as an optimiser does."""
    leaf.data[...] = value
    leaf.mark_written()


def test_a_write_is_noticed_by_a_sweep_that_ends_above_the_leaf() -> None:
    w = Tensor([2.0], requires_grad=True, name="w")
    _, pull = vjp(lambda x: (w * x).sum(), np.array([3.0]))
    written(w, 100.0)
    with pytest.raises(RuntimeError, match="the leaf 'w' was written"):
        pull(1.0)


def test_a_write_is_noticed_through_a_view_of_any_operand() -> None:
    second = primitive(lambda s, x: x, name="second", s=lambda g, s: 0 * s, x=lambda g: g)
    first = primitive(lambda xs: xs[0], name="first", sequence="xs", xs=lambda g: [g, *[None] * 9])
    w, x, s = (Tensor([v], requires_grad=True) for v in (2.0, 3.0, 1.0))
    for view in (lambda: second(s, w), lambda: second(w.data, w), lambda: first([w, *[s] * 9])):
        y = (view() * x).sum()
        written(w, 100.0)
        with pytest.raises(RuntimeError, match="was written"):
            y.backward()


def test_a_detached_leaf_a_copy_and_a_frozen_leaf_know_nothing_of_writes() -> None:
    w, x = Tensor([2.0], requires_grad=True), Tensor([3.0], requires_grad=True)
    y = (w.detach() * x * copy.copy(w)).sum()
    written(w, 100.0)
    y.backward()
    assert x.grad.tolist() == [4.0]
    y = (w * x).sum()
    w.requires_grad_(False)
    with pytest.raises(RuntimeError, match="was written"):
        y.backward()
