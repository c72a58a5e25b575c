"""What a sweep goes through and what it leaves alone, and what a rule is given on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, no_grad, primitive
from autograd.backward import gradients
from autograd.graph import is_recording
from tests.support.strict_array import StrictArray

GRADIENTS: dict[str, Any] = {
    "none": None,
    "a list": [1.0, 2.0, 3.0],
    "an array": np.ones(3),
    "a Tensor": Tensor([1.0, 2.0, 3.0]),
    "a Tensor that requires a gradient": Tensor([1.0, 2.0, 3.0], requires_grad=True),
}


@pytest.fixture
def x() -> Tensor:
    return Tensor([1.0, 2.0, 3.0], requires_grad=True, name="x")


def watched(seen: list[Any], name: str = "watched") -> Any:
    """Return an operation that leaves its operand as it is, whose rule notes what it is given."""

    def rule(g: Any, x: Any) -> Any:
        seen.append((type(g), type(x)))
        return g * 1.0

    return primitive(lambda x: x * 1.0, name=name, x=rule)


# ------------------------------------------------------------------------------------------------- what a rule is given


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_gets_tensors_in_a_recorded_sweep_and_arrays_in_any_other(
    x: Tensor, gradient: str, create_graph: bool
) -> None:
    seen: list[Any] = []
    y = watched(seen)(watched(seen)(x))
    (y.sum() if gradient == "none" else y).backward(GRADIENTS[gradient], create_graph=create_graph)
    kind = Tensor if create_graph else np.ndarray
    assert seen == [(kind, kind)] * 2
    assert type(x.grad) is Tensor
    assert x.grad.requires_grad == (create_graph and "requires" in gradient)


def test_a_tensor_that_a_rule_gets_has_its_name() -> None:
    names: list[Any] = []

    def rule(g: Any, x: Any) -> Any:
        names.append(x.name)
        return g * 1.0

    same = primitive(lambda x: x * 1.0, name="same", x=rule)
    x = Tensor(2.0, requires_grad=True, name="x")
    y = x * x
    y.name = "y"
    (same(x) + same(y)).backward(create_graph=True)
    assert sorted(names) == ["x", "y"]


def test_so_it_does_at_the_very_end_of_a_scalar_where_no_gradient_is_given() -> None:
    for value in (np.array(3.0), np.array([3.0])):
        seen: list[Any] = []
        y = watched(seen)(Tensor(value, requires_grad=True))
        y.backward(retain_graph=True)
        y.backward(create_graph=True)
        assert seen == [(type(y.data + 0.0), np.ndarray), (Tensor, Tensor)]


@pytest.mark.parametrize("answer", GRADIENTS)
@pytest.mark.parametrize("create_graph", [False, True])
def test_so_it_does_behind_a_hook_whatever_the_hook_answers(x: Tensor, answer: str, create_graph: bool) -> None:
    seen: list[Any] = []
    y = watched(seen)(x)
    y.register_hook(lambda g: GRADIENTS[answer])
    y.sum().backward(create_graph=create_graph)
    assert seen == [(Tensor, Tensor) if create_graph else (np.ndarray, np.ndarray)]
    assert x.grad.requires_grad == (create_graph and "requires" in answer)


@pytest.mark.parametrize("gradient", [[1, 2, 3], np.array([1, 2, 3], np.float32)], ids=["ints", "float32"])
@pytest.mark.parametrize("create_graph", [False, True])
def test_an_upstream_gradient_takes_the_dtype_of_the_output_also_where_the_output_is_a_leaf(
    x: Tensor, gradient: Any, create_graph: bool
) -> None:
    seen: list[Any] = []
    x.register_hook(lambda g: seen.append(g.dtype))
    x.backward(gradient, create_graph=create_graph)
    assert seen == [np.float64]
    assert x.grad.dtype == np.float64
    assert x.grad.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("recording", [False, True])
def test_a_hook_runs_in_the_mode_in_which_backward_was_called_unless_the_sweep_is_recorded(recording: bool) -> None:
    for create_graph in (False, True):
        x = Tensor(3.0, requires_grad=True)
        y, seen = x * x, []
        x.register_hook(lambda g, seen=seen: seen.append(is_recording()))
        if recording:
            y.backward(retain_graph=True, create_graph=create_graph)
            gradients([y], [x], [None], create_graph=create_graph)
        else:
            with no_grad():
                y.backward(retain_graph=True, create_graph=create_graph)
                gradients([y], [x], [None], create_graph=create_graph)
        assert seen == [recording or create_graph] * 2


def test_gradients_that_are_recorded_are_so_under_no_grad_as_well(x: Tensor) -> None:
    y = (x * x * x).sum()
    with no_grad():
        (slope,) = gradients([y], [x], [None], create_graph=True)
    assert gradients([slope.sum()], [x], [None])[0].tolist() == [6.0, 12.0, 18.0]


# ------------------------------------------------------------------------------------------------- what it goes through


def test_the_gradient_of_an_input_by_itself_is_the_upstream_one(x: Tensor) -> None:
    y = x * 2.0
    for end in (x, y):
        assert gradients([end], [end], [[1.0, 2.0, 3.0]])[0].tolist() == [1.0, 2.0, 3.0]


def test_nothing_older_than_the_oldest_input_is_gone_through(x: Tensor) -> None:
    seen: list[Any] = []
    x.register_hook(seen.append)
    older = watched(seen)(x)
    root = watched(seen)(older)
    end = Tensor([4.0, 5.0, 6.0], requires_grad=True)
    (found,) = gradients([(end * end + older).sum(), root], [end], [None, np.ones(3)])
    assert found.tolist() == [8.0, 10.0, 12.0]
    assert seen == []
    (older * root).sum().backward()  # and nothing of it is released
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_node_with_a_hook_keeps_no_gradient_but_a_scalar(x: Tensor) -> None:
    y = x * 2.0
    total = y.sum()
    for t in (x, y, total):
        t.register_hook(lambda g: None)
    total.backward()
    assert (x.node.grad, y.node.grad, total.node.grad) == (None, None, 1.0)


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_output_of_several_that_leads_nowhere_counts_as_zero_in_the_memory_of_the_others(create_graph: bool) -> None:
    x = Tensor(StrictArray(np.array([1.0, 2.0, 3.0])), requires_grad=True)
    used = np.split(x, 3)[1]
    (used * used).sum().backward(create_graph=create_graph)
    assert type(x.grad.data) is StrictArray
    assert x.grad.data.get().tolist() == [0.0, 4.0, 0.0]


# ---------------------------------------------------------------------------------------------------- what it hands out


def test_an_array_that_nobody_else_holds_is_handed_out_uncopied() -> None:
    made: list[int] = []

    def rule(g: Any) -> Any:
        product = g * 3.0
        made.append(product.__array_interface__["data"][0])
        return product

    thrice = primitive(lambda x: x * 3.0, name="thrice", x=rule)
    x = Tensor(np.ones(1000), requires_grad=True)
    thrice(x).sum().backward()
    (found,) = gradients([thrice(x).sum()], [x], [None])
    assert [g.__array_interface__["data"][0] for g in (x.grad.data, found)] == made


def test_a_sweep_that_is_not_recorded_leaves_a_gradient_without_a_graph_whatever_was_there(x: Tensor) -> None:
    (x * x).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    (x * 3.0).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0, 9.0]
    assert not x.grad.requires_grad


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_grad_of_another_shape_is_refused(x: Tensor, create_graph: bool) -> None:
    x.grad = before = Tensor(5.0)
    message = (
        r"^grad of Tensor 'x' was set to an array of shape \(\), to which a gradient of shape \(3,\) cannot be added; "
        r"set it to None, or to an array of the Tensor's shape$"
    )
    with pytest.raises(ValueError, match=message):
        (x * x).sum().backward(create_graph=create_graph)
    assert x.grad is before


# ------------------------------------------------------------------------------- sequences, and forms for a second time


def weighted(together_none: bool = False) -> Any:
    """Return (x + y) w as an operation of the sequence [x, y] and of w."""
    return primitive(
        lambda xs, w: (xs[0] + xs[1]) * w,
        name="weighted",
        sequence="xs",
        xs=lambda g, w: None if together_none else [g * w, g * w],
        w=lambda g, xs: g * (xs[0] + xs[1]),
    )


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_sequence_and_an_operand_beside_it_have_gradients_of_their_own(create_graph: bool) -> None:
    x, y, w = (Tensor([v], requires_grad=True) for v in (2.0, 3.0, 5.0))
    weighted()([x, y], w).backward(create_graph=create_graph)
    assert [t.grad.tolist() for t in (x, y, w)] == [[5.0], [5.0], [5.0]]
    x.grad = w.grad = None
    weighted()([x, [3.0]], w).backward(create_graph=create_graph)
    assert [t.grad.tolist() for t in (x, w)] == [[5.0], [5.0]]
    w.grad = None
    weighted()([[2.0], [4.0]], w).backward(create_graph=create_graph)
    assert w.grad.tolist() == [6.0]


def test_a_rule_may_say_none_for_a_whole_sequence() -> None:
    x, y, w = (Tensor([v], requires_grad=True) for v in (2.0, 3.0, 5.0))
    weighted(together_none=True)([x, y], w).backward()
    assert (x.grad, y.grad, w.grad.tolist()) == (None, None, [5.0])


def product_with_a_second_form() -> Any:
    """Return x y z, whose rule cannot be differentiated, as an operation of the sequence [x, y] and of z."""

    def rule(g: Any, xs: Any, z: Any) -> Any:
        return [g * xs[1] * z, g * xs[0] * z], g * xs[0] * xs[1]

    def plain(xs: Any, z: Any) -> Any:
        return xs[0] * xs[1] * z

    return primitive(plain, name="product", sequence="xs", together=rule, again=plain)


def test_a_second_form_takes_constants_of_any_kind_beside_what_is_differentiated() -> None:
    product, x = product_with_a_second_form(), Tensor([2.0], requires_grad=True)
    for constant in (3.0, [3.0], np.array([3.0]), Tensor([3.0])):
        for y in (product([x, x], constant), product([x, constant], x), product([constant, x], x)):
            (slope,) = gradients([y], [x], [None], create_graph=True)
            assert slope.tolist() == [12.0]
            assert gradients([slope], [x], [None])[0].tolist() == [6.0]


def test_a_second_form_of_one_tensor_many_times_over_counts_each_once() -> None:
    x = Tensor([2.0], requires_grad=True)
    (slope,) = gradients([product_with_a_second_form()([x, x], x)], [x], [None], create_graph=True)
    assert slope.tolist() == [12.0]
    assert gradients([slope], [x], [None])[0].tolist() == [12.0]


def test_a_second_form_gets_operands_and_options_that_the_rule_does_not_ask_for() -> None:
    def raised(x: Any, power: int = 3) -> Any:
        return np.exp(x) ** power

    growth = primitive(raised, x=lambda g, ans, power: g * power * ans, again=raised)
    x = Tensor(0.0, requires_grad=True)
    for y, expected in ((growth(x), (3.0, 9.0)), (growth(x, 2), (2.0, 4.0))):
        (slope,) = gradients([y], [x], [None], create_graph=True)
        assert (slope.item(), gradients([slope], [x], [None])[0]) == expected


def test_a_residual_that_is_no_array_is_no_hindrance_to_a_second_derivative() -> None:
    power = primitive(lambda x: (x**3, 3), name="power", residuals=("n",), x=lambda g, x, n: g * n * x ** (n - 1))
    x = Tensor(2.0, requires_grad=True)
    (slope,) = gradients([power(x)], [x], [None], create_graph=True)
    assert (slope.item(), gradients([slope], [x], [None])[0]) == (12.0, 12.0)
