"""The laws of the engine, four, five and eight: what a graph leaves behind, how deep it can be, what a scalar keeps."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, primitive
from autograd.graph import Notes
from autograd.rules.reduction import logsumexp
from tests.support.memory import alive, collector_off, nodes_below, watch

# ----------------------------------------------------------------------------------------------- 4: no reference cycles


def everything_about(tensor: Tensor) -> list[Any]:
    nodes = nodes_below(tensor)
    arrays = [a for n in nodes for a in (n.saved or ()) if isinstance(a, np.ndarray)]
    return watch(tensor, *nodes, *arrays)


def network(x: Tensor, w: Tensor) -> Tensor:
    hidden = np.tanh(x @ w + 0.5)
    left, right = np.split(hidden, 2, axis=1)
    return logsumexp(np.concatenate([left * right, hidden[:, :1]], axis=1)).sum() + np.prod(hidden)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("tracing", [False, True])
def test_law_4_a_dropped_graph_is_gone_without_the_collector(create_graph: bool, tracing: bool) -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3) / 7, requires_grad=True, name="x")
    w = Tensor(np.arange(12.0).reshape(3, 4) / 13, requires_grad=True)
    with collector_off():
        if tracing:
            with autograd.trace():
                loss = network(x, w)
        else:
            loss = network(x, w)
        loss.retain_grad()
        handle = loss.register_hook(lambda g: 2 * g)
        loss.backward(create_graph=create_graph)
        if create_graph:
            (x.grad * x.grad).sum().backward(create_graph=True)
        references = everything_about(loss) + watch(x.grad, w.grad)
        if create_graph:
            references += everything_about(x.grad)
        handle.remove()
        del loss, handle
        x.grad = w.grad = None
        own = [x.node, w.node, x.data, w.data]
        assert [thing for thing in alive(references) if not any(thing is o for o in own)] == []
        leaves = watch(x, w, *own)
        del x, w, own
        assert alive(leaves) == []


def test_law_4_a_leaf_whose_gradient_has_a_graph_is_gone_too() -> None:
    with collector_off():
        x = Tensor(2.0, requires_grad=True)
        (x * x * x).backward(create_graph=True)
        references = watch(x, x.node, x.grad, x.grad.node)
        del x
        assert alive(references) == []


def test_law_4_a_rule_that_raises_leaves_nothing_behind() -> None:
    def fail(g: Any) -> Any:
        raise ArithmeticError("no")

    broken = primitive(lambda x: x * 1, name="broken", x=fail)
    with collector_off():
        x = Tensor(np.ones(3), requires_grad=True)
        y = (broken(np.exp(x)) * 2).sum()
        references = everything_about(y)
        for create_graph in (False, True):
            with pytest.raises(ArithmeticError) as problem:
                y.backward(retain_graph=True, create_graph=create_graph)
            problem.value.__traceback__ = None
            del problem
        assert x.grad is None
        del x, y
        assert alive(references) == []


def test_law_4_a_removed_hook_keeps_nothing_alive() -> None:
    class Witness:
        def __call__(self, g: Tensor) -> None: ...

    with collector_off():
        x = Tensor(1.0, requires_grad=True)
        hook = Witness()
        handle = x.register_hook(hook)
        references = watch(hook)
        handle.remove()
        del hook, handle
        assert alive(references) == []


def test_law_4_a_retained_gradient_does_not_keep_its_tensor_alive() -> None:
    with collector_off():
        x = Tensor([1.0, 2.0], requires_grad=True)
        y = x * 2.0
        y.retain_grad()
        z = y.sum()
        references = watch(y)
        del y
        assert alive(references) == []
        z.backward()
        assert x.grad.data.tolist() == [2.0, 2.0]


# ----------------------------------------------------------------------------------------------- 5: nothing recurses


@pytest.mark.no_cover
def test_law_5_a_chain_of_a_million_scalar_operations_goes_forward_backward_and_away() -> None:
    with collector_off():
        x = Tensor(1.0, requires_grad=True)
        y = x
        for _ in range(500_000):
            y = -(-y)
        references = watch(y, y.node, y.node.parents[0])
        y.backward()
        assert x.grad.item() == 1.0
        del y
        assert alive(references) == []


@pytest.mark.no_cover
def test_law_5_a_chain_of_a_million_that_was_never_swept_goes_away() -> None:
    with collector_off():
        x = Tensor(1.0, requires_grad=True)
        y = x * 1.0
        references = watch(y.node)
        for _ in range(500_000):
            y = -(-y)
        del y
        assert alive(references) == []


@pytest.mark.no_cover
def test_law_5_a_deep_chain_can_be_differentiated_twice_traced_and_printed() -> None:
    with collector_off(), autograd.trace():
        x = Tensor(1.0, requires_grad=True)
        y = x
        for _ in range(19_999):
            y = y * x
        assert repr(y) == "Tensor(1.0, made by multiply)"
        y.backward(create_graph=True)
        first, x.grad = x.grad, None
        references = watch(y.node, first.node)
        first.backward()
        assert (first.item(), x.grad.item()) == (20_000.0, 20_000.0 * 19_999.0)
        del y, first
        assert alive(references) == []


@pytest.mark.no_cover
def test_law_5_a_chain_of_views_is_swept_in_time_proportional_to_its_length() -> None:
    x = Tensor(np.ones(4), requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y[::-1]
    (y * y).sum().backward()
    assert x.grad.data.tolist() == [2.0] * 4


@pytest.mark.no_cover
def test_law_5_a_sum_of_a_hundred_thousand_tensors() -> None:
    xs = [Tensor(float(i), requires_grad=True) for i in range(100_000)]
    total = sum(xs)
    assert total.item() == 100_000 * 99_999 / 2
    total.backward()
    assert all(x.grad.item() == 1.0 for x in xs)


@pytest.mark.no_cover
def test_law_5_a_sequence_operand_of_a_hundred_thousand_tensors() -> None:
    xs = [Tensor([float(i)], requires_grad=True) for i in range(100_000)]
    joined = np.concatenate(xs)
    (joined * 2.0).sum().backward()
    assert all(x.grad.item() == 2.0 for x in xs)


@pytest.mark.no_cover
def test_law_5_a_node_with_a_hundred_thousand_consumers() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = np.exp(x)
    np.stack([y * 1.0 for _ in range(100_000)]).sum().backward()
    np.testing.assert_allclose(x.grad.data, 100_000 * np.exp([1.0, 2.0]))


# ----------------------------------------------------------------------------------- 8: scalars keep value and gradient


def test_law_8_scalar_results_keep_value_and_gradient() -> None:
    x, y, z = (Tensor(v, requires_grad=True) for v in (-2.0, 5.0, -4.0))
    q = x + y
    f = q * z
    g, h = -f, np.clip(f, -20.0, 0.0)  # recorded each in a way of its own: of two operands, of one, of any number
    f.backward()
    assert [float(t.node.value) for t in (x, y, z, q, f, g, h)] == [-2.0, 5.0, -4.0, 3.0, -12.0, 12.0, -12.0]
    assert [float(t.node.grad) for t in (x, y, z, q, f)] == [-4.0, -4.0, 3.0, -4.0, 1.0]


def test_law_8_scalar_outputs_of_several_keep_theirs_and_larger_ones_do_not() -> None:
    x = Tensor([3.0, 4.0], requires_grad=True)
    both = autograd.primitive(lambda x: (x[0] * x[1], x + 1.0), name="both", x=lambda g, x: g[0] * x[::-1] + g[1])
    area, longer = both(x)
    (area + longer.sum()).backward()
    assert (area.node.value, area.node.grad) == (12.0, 1.0)
    assert (longer.node.value, longer.node.grad) == (None, None)
    assert x.grad.tolist() == [5.0, 4.0]


def test_law_8_a_scalar_leaf_shows_its_present_value() -> None:
    x = Tensor(2.0, requires_grad=True)
    x.data = 5.0
    assert x.node.value == 5.0
    x.data[...] = 7.0
    x.mark_written()
    assert x.node.value == 7.0


def test_law_8_scalar_constants_beside_an_operand_are_kept_for_the_drawing() -> None:
    x = Tensor(2.0, requires_grad=True)
    assert (x * 3.0).node.notes.constants == (None, 3.0)
    assert (x * 3.0).node.notes.source is None
    assert (3.0 - x).node.notes.constants == (3.0, None)
    assert (x * x).node.notes is None


def test_law_8_larger_values_are_kept_only_under_trace() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    part = np.split(x, 2)[0].node
    for node in (x.node, y.node, np.exp(x).node, np.sort(x).node, part, part.parents[0]):
        assert node.value is None
        assert node.notes is None
    y.sum().backward()
    assert y.node.grad is None
    x.mark_written()
    assert x.node.value is None
    with autograd.trace():
        z = np.exp(x * 2.0)
        z.sum().backward()
    np.testing.assert_array_equal(z.node.notes.value, np.exp([2.0, 4.0]))
    np.testing.assert_array_equal(z.node.grad, [1.0, 1.0])
    np.testing.assert_array_equal(z.node.parents[0].notes.value, [2.0, 4.0])
    np.testing.assert_array_equal(z.node.parents[0].grad, np.exp([2.0, 4.0]))


def test_law_8_trace_keeps_all_outputs_of_several_and_each_of_them() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with autograd.trace():
        part = np.split(x, 2)[1]
    several = part.node.parents[0]
    assert [v.tolist() for v in several.notes.value] == [[1.0], [2.0]]
    assert part.node.notes.value.tolist() == [2.0]
    assert several.notes.source == part.node.notes.source
    assert several.notes.source[0] == __file__


def test_law_8_what_a_hook_notes_first_has_room_for_all_that_can_be_noted() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for t in (x, x * 2.0):
        t.register_hook(lambda g: None)
        notes = [getattr(t.node.notes, name) for name in Notes.__slots__ if name != "hooks"]
        assert not any(notes)


def test_law_8_trace_notes_the_line_of_the_user() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with autograd.trace():
        y = np.exp(x); here = inspect.currentframe().f_lineno  # noqa: E702  # fmt: skip
    file, line, function = y.node.notes.source
    assert (file, line) == (__file__, here)
    assert function == "test_law_8_trace_notes_the_line_of_the_user"


def test_law_8_trace_gives_variables_their_names_and_keeps_those_that_are_given() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="input")
    with autograd.trace():
        y = x * x
        _hidden = y + 1.0
        total = _hidden.sum()
    assert (x.name, y.name, _hidden.name, total.name) == ("input", "y", None, "total")


def test_law_8_trace_at_the_level_of_a_module_or_of_a_class_leaves_the_variables_there() -> None:
    program = """
with autograd.trace():
    y = x * x
class Inside:
    with autograd.trace():
        z = x + 1.0
"""
    variables = {"autograd": autograd, "x": Tensor(2.0, requires_grad=True)}
    exec(program, variables)
    assert (variables["x"].name, variables["y"].name) == ("x", "y")
    assert variables["Inside"].z.name == "z"


def test_law_8_trace_that_ends_in_an_error_names_nothing() -> None:
    y = Tensor([1.0])
    with pytest.raises(ZeroDivisionError), autograd.trace():
        _ = 1 / 0
    assert y.name is None
