"""Law 6: arrays that the graph holds are never written to, and gradients share no memory."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import optim
from autograd import Tensor, no_grad, primitive
from autograd.backward import gradients
from tests.support.memory import arrays_saved, share_memory

# --------------------------------------------------------------------------------------------- in-place syntax rebinds

IN_PLACE: dict[str, Callable[[Tensor, Any], Any]] = {
    "+=": lambda t, u: t.__iadd__(u),
    "-=": lambda t, u: t.__isub__(u),
    "*=": lambda t, u: t.__imul__(u),
    "/=": lambda t, u: t.__itruediv__(u),
    "**=": lambda t, u: t.__ipow__(u),
    "[0]=": lambda t, u: t.__setitem__(0, u),
    "[mask]=": lambda t, u: t.__setitem__(np.array([True, False]), u),
}


@pytest.mark.parametrize("syntax", IN_PLACE)
@pytest.mark.parametrize("requires_grad", [False, True])
def test_in_place_syntax_writes_no_array(syntax: str, requires_grad: bool) -> None:
    source = np.array([2.0, 3.0])
    t = Tensor(source, requires_grad) * 1.0 if requires_grad else Tensor(source)
    before, kept = t.data, t.data.copy()
    IN_PLACE[syntax](t, 5.0)
    np.testing.assert_array_equal(before, kept)
    np.testing.assert_array_equal(source, [2.0, 3.0])
    assert t.data is not before
    assert t.requires_grad is requires_grad


def test_in_place_syntax_gives_the_gradient_of_what_was_computed() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2.0
    z = np.exp(y)
    y += x
    y[0] = 10.0 * x[2]
    y[1:] *= x[1:]
    (y.sum() + z.sum()).backward()
    expected = 2 * np.exp(2 * np.array([1.0, 2.0, 3.0])) + [0.0, 12.0, 18.0 + 10.0]
    np.testing.assert_allclose(x.grad.data, expected)


def test_in_place_syntax_keeps_the_object_the_name_and_the_dtype() -> None:
    t = Tensor(np.ones(2, np.float32), name="t")
    same = t
    t += np.array([1.0, 2.0])
    assert t is same
    assert (t.name, t.dtype, t.data.tolist()) == ("t", np.float32, [2.0, 3.0])


@pytest.mark.parametrize("index", [(), ...])
def test_in_place_syntax_on_a_scalar_result(index: Any) -> None:
    x = Tensor(2.0, requires_grad=True)
    y = x * 3.0
    y[index] = x * x
    y.backward()
    assert x.grad.item() == 4.0


def test_a_leaf_refuses_in_place_syntax_unless_it_is_an_update() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    with pytest.raises(
        RuntimeError,
        match=r"in-place syntax on Tensor 'w', a leaf, would lose its gradient; write t = t \+ u .* under no_grad\(\)",
    ):
        w += 1.0
    with pytest.raises(RuntimeError, match="a leaf, would lose its gradient"):
        w[0] = 1.0
    assert w.data.tolist() == [1.0, 2.0]
    with no_grad():
        w -= np.array([0.5, 0.5])
        w[0] = 9.0
    assert w.data.tolist() == [9.0, 1.5]
    assert w.is_leaf
    assert w.requires_grad


def test_in_place_syntax_refuses_another_shape_and_changes_nothing() -> None:
    t = Tensor([1.0, 2.0], name="t")
    with pytest.raises(
        ValueError, match=r"in-place syntax would change Tensor 't' to shape \(2, 2\); write t = t \+ u"
    ):
        t += np.ones((2, 2))
    assert t.data.tolist() == [1.0, 2.0]


# ----------------------------------------------------------------------------------- gradients are nobody else's arrays

SUMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "x + y": lambda x, y: x + y,
    "x + y + x": lambda x, y: x + y + x,
    "reshaped": lambda x, y: (x.reshape(2, 2) + y.reshape(2, 2)).reshape(4),
    "broadcast": lambda x, y: (x.sum() + y.sum()) * np.ones(4),
    "split and joined": lambda x, y: np.concatenate([*np.split(x, 2), *np.split(y, 2)])[:4] + x + y,
    "hidden sum": lambda x, y: (x + y) * 1.0 + (x + y),
}


@pytest.mark.parametrize("what", SUMS)
@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_share_memory_with_nothing(what: str, create_graph: bool) -> None:
    x, y = Tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True), Tensor([5.0, 6.0, 7.0, 8.0], requires_grad=True)
    z = SUMS[what](x, y)
    z.retain_grad()
    seed = np.array([1.0, 10.0, 100.0, 1000.0])
    seen: list[Any] = []
    x.register_hook(lambda g: seen.append(g))
    z.backward(seed, retain_graph=True, create_graph=create_graph)
    handed_out = [x.grad, y.grad, z.grad, *seen]
    for one, other in combinations([*handed_out, seed, x, y, z], 2):
        assert not share_memory(one, other)
    for grad in handed_out:
        assert not any(share_memory(grad, saved) for saved in arrays_saved(z))
    kept = [np.array(g.data) for g in handed_out]
    for grad in handed_out:
        grad *= 0.5
        grad.data[...] = 0.0
    np.testing.assert_array_equal(seed, [1.0, 10.0, 100.0, 1000.0])
    x.grad = y.grad = z.grad = None
    z.backward(seed, create_graph=create_graph)
    np.testing.assert_array_equal(x.grad.data, kept[0])
    np.testing.assert_array_equal(y.grad.data, kept[1])


@pytest.mark.parametrize("create_graph", [False, True])
def test_clipping_one_gradient_in_place_leaves_the_other(create_graph: bool) -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    (x + y).backward(create_graph=create_graph)
    assert x.grad is not y.grad
    x.grad *= 0.0
    assert (x.grad.item(), y.grad.item()) == (0.0, 1.0)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_that_writes_into_its_gradient_changes_nobody_elses(create_graph: bool) -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)

    def spoil(g: Tensor) -> None:
        g.data[...] = 77.0
        g *= 2.0

    x.register_hook(spoil)
    (x + y).sum().backward(create_graph=create_graph)
    assert x.grad.data.tolist() == [1.0, 1.0]
    assert y.grad.data.tolist() == [1.0, 1.0]


def test_a_recorded_gradient_has_a_place_of_its_own_in_the_graph() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    w = Tensor([5.0, 6.0], requires_grad=True, name="w")
    (x + y).backward(w, create_graph=True)
    seen: list[Any] = []
    x.grad.register_hook(lambda g: seen.append(g.data.tolist()))
    x.grad.name = "slope"
    assert (y.grad.name, w.name) == (None, "w")
    assert not x.grad.is_leaf
    (x.grad * 10.0 + y.grad).backward(np.ones(2))
    assert seen == [[10.0, 10.0]]
    assert w.grad.data.tolist() == [11.0, 11.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_gradient_can_be_clipped_in_place_though_a_leaf_was_the_upstream_one(create_graph: bool) -> None:
    x, w = Tensor([1.0, 2.0], requires_grad=True), Tensor([5.0, 6.0], requires_grad=True)
    (+x).backward(w, create_graph=create_graph)
    x.grad *= 0.5
    assert x.grad.data.tolist() == [2.5, 3.0]
    assert w.data.tolist() == [5.0, 6.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_second_sweep_adds_up_in_a_new_array(create_graph: bool) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * 2.0).sum().backward()
    first = x.grad
    kept = first.data
    (x * 3.0).sum().backward(create_graph=create_graph)
    assert first.data is kept
    assert kept.tolist() == [2.0, 2.0]
    assert x.grad.data.tolist() == [5.0, 5.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_of_plain_outputs_share_no_memory_either(create_graph: bool) -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    seed = np.ones(2)
    a, b = gradients([x + y], [x, y], [seed], create_graph=create_graph)
    assert not share_memory(a, b)
    assert not share_memory(a, seed)


def test_a_leaf_owns_its_array_and_a_constant_shares_it() -> None:
    array = np.ones(3)
    assert not share_memory(Tensor(array, requires_grad=True), array)
    assert share_memory(Tensor(array), array)
    assert share_memory(Tensor(array).detach(), array)
    assert share_memory(Tensor(Tensor(array)), array)


def written_by_an_optimiser(leaf: Tensor) -> None:
    leaf.grad = Tensor(np.ones(leaf.shape))
    optim.SGD([leaf], lr=1.0).step()


def test_what_was_used_as_a_constant_and_is_trained_later_leaves_the_graph_as_it_was() -> None:
    for again in (False, True):
        x, w = Tensor([2.0, 3.0], requires_grad=True), Tensor([5.0, 7.0], requires_grad=again)
        w.requires_grad = False
        loss = (x * w).sum()
        w.requires_grad = True
        written_by_an_optimiser(w)
        loss.backward()
        assert x.grad.tolist() == [5.0, 7.0]


def test_a_detached_result_that_is_trained_leaves_the_graph_as_it_was() -> None:
    x = Tensor([2.0, 3.0], requires_grad=True)
    y = x * 2.0
    loss = (y * y).sum()
    for view in (y, y[::-1]):
        written_by_an_optimiser(view.detach().requires_grad_())
    loss.backward()
    assert x.grad.tolist() == [16.0, 24.0]


def constants_of(w: Tensor) -> dict[str, Tensor]:
    """Return Tensors without a graph, each with the numbers of a leaf of two elements."""
    same, recorded = primitive(lambda x: x, name="same", x=lambda g: g), w[::-1]
    with no_grad():
        seen = {"a view": w[:], "one of several views": np.split(w, [2])[0], "a view of a view": w[::-1][::-1]}
        seen |= {"a view of a recorded view": recorded[::-1], "what is handed on": same(w)}
    return {**seen, "a copy": Tensor(w), "detached": w.detach(), "a view, detached": w[:].detach()}


@pytest.mark.parametrize("name", constants_of(Tensor([5.0, 7.0], requires_grad=True)))
def test_a_step_of_the_optimiser_does_not_reach_what_was_taken_from_a_leaf_before(name: str) -> None:
    x, w = Tensor([2.0, 3.0], requires_grad=True), Tensor([5.0, 7.0], requires_grad=True)
    constant = constants_of(w)[name]
    loss = (x * constant).sum()
    written_by_an_optimiser(w)
    loss.backward()
    assert (x.grad.tolist(), constant.tolist()) == ([5.0, 7.0], [5.0, 7.0])


def test_a_view_of_what_is_no_leaf_shares_its_memory_whether_it_is_recorded_or_not() -> None:
    constant, computed = Tensor(np.ones(4)), Tensor(np.ones(4), requires_grad=True) * 2.0
    assert share_memory(constant[1:], constant)
    assert share_memory(computed[1:], computed)
    with no_grad():
        assert share_memory(computed[1:], computed)


# ----------------------------------------------------------------------------------------- what belongs to the caller


def test_an_index_that_the_caller_changes_afterwards_is_the_one_that_was_used() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    for index in (np.array([0, 1]), [0, 1], np.array([True, True, False])):
        x.grad = None
        y = x[index].sum()
        index[0] = index[0] * 0 + (2 if not isinstance(index, np.ndarray) or index.dtype != bool else False)
        y.backward()
        assert x.grad.tolist() == [1.0, 1.0, 0.0]


def test_an_assigned_array_stays_the_callers() -> None:
    w, array = Tensor([1.0, 2.0], requires_grad=True), np.array([3.0, 4.0])
    w.data = array
    w.data[0] = 9.0
    assert array.tolist() == [3.0, 4.0]


def test_retain_grad_follows_in_place_syntax() -> None:
    x = Tensor(2.0, requires_grad=True)
    y = x * x
    y.retain_grad()
    y *= 3.0
    y.backward()
    assert y.grad.item() == 1.0


def test_in_place_syntax_does_not_turn_numbers_into_another_kind() -> None:
    counts = Tensor([1, 2])
    with pytest.raises(TypeError, match=r"would turn float64 numbers into the int64 of .*; write t = t \+ u"):
        counts += 0.5
    assert counts.tolist() == [1, 2]


def test_a_gradient_does_not_reach_a_tensor_that_has_moved_on() -> None:
    w, x = Tensor([2.0], requires_grad=True), Tensor([3.0], requires_grad=True)
    y = (w + x).sum()
    w.requires_grad_(False)
    y.backward()
    assert (w.grad, x.grad.tolist()) == (None, [1.0])


def test_a_copy_of_a_leaf_with_a_recorded_gradient_has_the_gradient_and_not_its_graph() -> None:
    x = Tensor(2.0, requires_grad=True)
    (x * x).backward(create_graph=True)
    again = copy.deepcopy(x)
    assert (again.grad.item(), again.grad.requires_grad, x.grad.requires_grad) == (4.0, False, True)


def test_a_rule_with_a_second_form_and_a_sequence_can_be_differentiated_twice() -> None:
    rule = {"xs": lambda g, xs: [g * xs[1], g * xs[0]]}
    product = primitive(lambda xs: xs[0] * xs[1], sequence="xs", again=lambda xs: xs[0] * xs[1], **rule)
    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    product([x, y]).backward(create_graph=True)
    assert (x.grad.item(), y.grad.item()) == (3.0, 2.0)
    slope, x.grad, y.grad = x.grad, None, None
    slope.backward()
    assert (x.grad, y.grad.item()) == (None, 1.0)


def test_whole_numbers_computed_from_a_tensor_that_needs_a_gradient_are_refused() -> None:
    rounded = primitive(lambda x: np.round(x).astype(int), name="rounded", x=lambda g: g)
    with pytest.raises(TypeError, match=r"rounded computed numbers that are no floating .*; apply it to t\.detach\(\)"):
        rounded(Tensor([2.5], requires_grad=True))
    assert rounded(Tensor([2.4])).tolist() == [2]
    parts = primitive(lambda x: (x * 2, np.round(x).astype(int)), name="parts", x=lambda g: 2 * g[0])
    with pytest.raises(TypeError, match=r"parts computed numbers that are no floating .*; apply it to t\.detach\(\)"):
        parts(Tensor([2.5], requires_grad=True))
    assert [part.tolist() for part in parts(Tensor([2.4]))] == [[4.8], [2]]
