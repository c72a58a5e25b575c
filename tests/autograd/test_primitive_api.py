"""primitive(): gates of one's own, in both forms, and the declarations that it refuses."""

from __future__ import annotations

import inspect
import math
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, primitive
from autograd.backward import gradients
from autograd.primitive import TABLE, Primitive

A = np.array([1.0, 2.0])


def first_and_second(f: Callable[..., Tensor], at: float) -> tuple[float, float]:
    x = Tensor(at, requires_grad=True)
    (first,) = gradients([f(x)], [x], [None], create_graph=True)
    (second,) = gradients([first], [x], [None])
    return first.item(), float(second)


def test_a_gate_in_plain_form_has_its_second_derivative_by_itself() -> None:
    swish = primitive(
        lambda x: x / (1 + np.exp(-x)), name="swish", x=lambda g, x, ans: g * (ans + (1 - ans) / (1 + np.exp(-x)))
    )
    s = 1 / (1 + math.exp(-0.7))
    y, slope = 0.7 * s, s + 0.7 * s * (1 - s)
    first, second = first_and_second(swish, 0.7)
    assert swish(Tensor(0.7)).item() == pytest.approx(y)
    assert first == pytest.approx(slope)
    assert second == pytest.approx(2 * s * (1 - s) + 0.7 * s * (1 - s) * (1 - 2 * s))


def test_a_gate_in_decorator_form() -> None:
    @primitive(x=lambda g, x, k: g * k * x ** (k - 1))
    def raised(x: Any, k: int = 3) -> Any:
        """x to the k."""
        return x**k

    assert (raised.__name__, raised.__doc__) == ("raised", "x to the k.")
    assert isinstance(raised.primitive, Primitive)
    assert repr(raised.primitive) == "<primitive raised(x, k)>"
    assert first_and_second(raised, 2.0) == (12.0, 12.0)
    assert first_and_second(lambda x: raised(x, 2), 5.0) == (10.0, 2.0)
    assert first_and_second(lambda x: raised(k=2, x=x), 5.0) == (10.0, 2.0)


@pytest.mark.parametrize("f", [math.exp, lambda x: math.exp(x)], ids=["math.exp", "a lambda"])
def test_a_gate_may_be_written_with_math(f: Callable[[Any], Any]) -> None:
    gate = primitive(f, name="exp", x=lambda g, ans: g * ans)
    x = Tensor(1.0, requires_grad=True)
    y = gate(x)
    y.backward()
    assert y.item() == x.grad.item() == math.e
    assert repr(y) == f"Tensor({math.e}, made by exp)"


def test_a_gate_of_two_written_with_math() -> None:
    gate = primitive(
        lambda x, y: math.hypot(x, y), name="hypot", x=lambda g, x, ans: g * x / ans, y=lambda g, y, ans: g * y / ans
    )
    x, y = Tensor(3.0, requires_grad=True), Tensor(4.0, requires_grad=True)
    gate(x, y).backward()
    assert (x.grad.item(), y.grad.item()) == (0.6, 0.8)


def test_the_operands_of_a_function_written_in_c_are_named_by_the_rules() -> None:
    angle = primitive(math.atan2, a=lambda g, a, b: g * b / (a * a + b * b), b=lambda g, a, b: -g * a / (a * a + b * b))
    y, x = Tensor(1.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    angle(y, x).backward()
    assert (y.grad.item(), x.grad.item()) == (0.4, -0.2)


def test_on_bare_arrays_a_gate_is_its_function() -> None:
    double = primitive(lambda x: 2 * x, name="double", x=lambda g: 2 * g)
    assert type(double(np.ones(2))) is np.ndarray
    assert double(3.0) == 6.0
    assert double(Tensor([1.0])).node is None


def test_on_bare_arrays_the_table_is_numpy() -> None:
    for function, values in ((np.exp, (A,)), (np.add, (A, 2.0)), (np.subtract, ([3.0, 5.0], A)), (np.sum, (A, 0))):
        np.testing.assert_array_equal(TABLE[function](*values), function(*values))
        assert not isinstance(TABLE[function](*values), Tensor)


def test_what_is_no_number_is_refused_also_where_there_is_no_tensor() -> None:
    for function, values in ((np.exp, ("a",)), (np.add, ("a", 1.0)), (np.add, (1.0, "a")), (np.sum, ("a",))):
        with pytest.raises(TypeError, match="a Tensor holds numbers, not str"):
            TABLE[function](*values)


def test_an_entry_calls_its_function_or_another_with_the_values_of_all_parameters() -> None:
    entry = primitive(lambda x, y, *, k=2.0: (x - y) * k, name="gate", x=lambda g, k: g * k).primitive
    assert entry.call([7.0, 4.0, 5.0]) == 15.0
    assert entry.call([7.0, 4.0, 5.0], lambda x, y, *, k: (x, y, k)) == (7.0, 4.0, 5.0)


CUBE_ROOTS: dict[str, Callable[..., Any]] = {
    "x": lambda g, x: g * np.cbrt(x) / (3.0 * x),
    "ans": lambda g, ans: g / (3.0 * ans * ans),
    "x, ans": lambda g, x, ans: g * ans / (3.0 * x),
    "ans, x": lambda g, ans, x: g * ans / (3.0 * x),
}


@pytest.mark.parametrize("ask", CUBE_ROOTS)
@pytest.mark.parametrize("forward", [np.cbrt, lambda x: np.cbrt(x)], ids=["a ufunc", "a function"])
def test_a_rule_gets_what_it_asks_for_in_the_order_that_it_asks(ask: str, forward: Any) -> None:
    root = primitive(forward, name="root", x=CUBE_ROOTS[ask])
    x = Tensor([8.0, 27.0], requires_grad=True)
    root(x).sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.data, [1 / 12, 1 / 27])


def test_a_rule_may_return_none_or_a_number_for_a_gradient() -> None:
    gate = primitive(lambda x, y: x + 0 * y, name="gate", x=lambda g: 1.0, y=lambda g: None)
    x, y = Tensor(np.ones((2, 2)), requires_grad=True), Tensor(np.ones((2, 2)), requires_grad=True)
    for create_graph in (False, True):
        x.grad = None
        gate(x, y).sum().backward(create_graph=create_graph)
        np.testing.assert_array_equal(x.grad.data, np.ones((2, 2)))
        assert y.grad is None


@pytest.mark.parametrize("create_graph", [False, True])
def test_what_only_the_rule_of_a_constant_asks_for_is_not_kept(create_graph: bool) -> None:
    shifted = primitive(lambda x, y: x * x + y, name="shifted", x=lambda g, x: 2.0 * g * x, y=lambda g: g)
    x, y = Tensor([2.0, 3.0], requires_grad=True), Tensor([5.0, 7.0], requires_grad=True)
    of_both, of_x, of_y = shifted(x, y), shifted(x, y.data), shifted(x.data, y)
    assert of_y.node.saved == (None,)
    assert [len(t.node.saved) for t in (of_both, of_x)] == [1, 1]
    assert of_both.node.saved[0] is of_x.node.saved[0] is x.data
    (of_both + of_x + of_y).sum().backward(create_graph=create_graph)
    assert (x.grad.tolist(), y.grad.tolist()) == ([8.0, 12.0], [2.0, 2.0])


def test_the_shape_of_an_operand_is_known_also_of_a_number_and_of_each_of_a_sequence() -> None:
    shapes: list[Any] = []

    def rule(g: Any, y_shape: Any, zs_shape: Any) -> Any:
        shapes.append((y_shape, zs_shape))
        return g

    total = primitive(lambda x, y, zs: x + y + zs[0] + zs[1], sequence="zs", x=rule, y=lambda g: g, zs=lambda g: [g, g])
    for y in (2.0, np.ones(1), Tensor([1.0])):
        total(Tensor([1.0], requires_grad=True), y, [1, [1.0]]).backward()
    assert shapes == [((), [(), (1,)]), ((1,), [(), (1,)]), ((1,), [(), (1,)])]


def test_a_list_as_an_operand_is_an_array_for_function_and_rule() -> None:
    kinds: list[type] = []

    def forward(x: Any, y: Any) -> Any:
        kinds.append(type(y))
        return x * y

    def rule(g: Any, y: Any) -> Any:
        kinds.append(type(y))
        return g * y

    product = primitive(forward, name="product", x=rule, y=lambda g, x: g * x)
    x = Tensor([1.0, 2.0], requires_grad=True)
    product(x, [3.0, 4.0]).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert kinds == [np.ndarray, np.ndarray]


def test_a_parameter_without_a_rule_takes_no_gradient() -> None:
    scale = primitive(lambda x, weight: x * weight, name="scale", x=lambda g, weight: g * weight)
    x, weight = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    with pytest.raises(
        TypeError,
        match=r"^scale has no derivative by its argument 'weight', which is a Tensor that requires a gradient; pass "
        r"weight\.detach\(\), or write a primitive with a rule for it$",
    ):
        scale(x, weight)
    scale(x, weight.detach()).sum().backward()
    assert x.grad.data.tolist() == [3.0, 4.0]


def test_several_outputs_may_come_as_a_list() -> None:
    both = primitive(lambda x: [x + 1, x * 2], name="both", x=lambda g: g[0] + 2 * g[1])
    x = Tensor([1.0], requires_grad=True)
    up, twice = both(x)
    (up + twice).backward()
    assert x.grad.item() == 3.0
    assert repr(up) == "Tensor([2.], made by output 0)"


def test_an_option_by_keyword_only() -> None:
    @primitive(x=lambda g, k: g * k)
    def scaled(x: Any, *, k: float = 2.0) -> Any:
        return x * k

    x = Tensor(1.0, requires_grad=True)
    (scaled(x) + scaled(x, k=5.0)).backward()
    assert x.grad.item() == 7.0


def test_a_gate_can_stand_for_a_function_of_numpy() -> None:
    with pytest.raises(TypeError, match=r"^np\.spacing is about the gaps between floating point numbers"):
        np.spacing(Tensor(8.0))
    try:
        primitive(np.spacing, x=lambda g: 3 * g)
        x = Tensor(8.0, requires_grad=True)
        np.spacing(x).backward()
        assert x.grad.item() == 3.0
    finally:
        del TABLE[np.spacing]


def test_replacing_a_rule_is_possible_for_a_graph_to_come_only() -> None:
    gate = primitive(lambda x: x * 1, name="gate", x=lambda g: g)
    x = Tensor(1.0, requires_grad=True)
    y = gate(x)
    gate = primitive(lambda x: x * 1, name="gate", x=lambda g: 5 * g)
    y.backward()
    assert x.grad.item() == 1.0
    gate(x).backward()
    assert x.grad.item() == 6.0


# -------------------------------------------------------------------------------------------- declarations it refuses


def f(x: Any, y: Any) -> Any:
    return x * y


REFUSED: dict[str, tuple[str, Callable[[], Any]]] = {
    "a rule for no parameter": (
        r"^primitive f: there are rules for z, w, but its parameters are x, y; a rule is named after the operand "
        r"that it "
        "differentiates by$",
        lambda: primitive(f, z=lambda g: g, w=lambda g: g),
    ),
    "no rule": (
        r"^primitive f: there is no derivative rule; give one per operand, as in primitive\(f, x=lambda g: …\)$",
        lambda: primitive(f),
    ),
    "only None for a rule": ("^primitive f: there is no derivative rule", lambda: primitive(f, x=None)),
    "a rule that asks for something strange": (
        r"^primitive f: a rule asks for answer; beside g it can ask for ans, wanted, x, x_shape, y, y_shape$",
        lambda: primitive(f, x=lambda g, answer: g),
    ),
    "a shared rule that asks for something strange": (
        "^primitive f: a rule asks for z; beside g",
        lambda: primitive(f, together=lambda g, z: (g, g)),
    ),
    "a function of any number of operands": (
        r"^a primitive's forward function names each of its parameters, and this one has \*xs; take a sequence instead",
        lambda: primitive(lambda *xs: xs[0], name="any", xs=lambda g: g),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_declaration_is_refused_at_once(what: str) -> None:
    message, attempt = REFUSED[what]
    with pytest.raises(TypeError, match=message):
        attempt()


def test_a_residual_that_depends_on_the_operand_refuses_to_falsify_a_second_derivative() -> None:
    gate = primitive(lambda x: (np.exp(x), np.exp(x)), name="gate", residuals=("e",), x=lambda g, e: g * e)
    x = Tensor(1.0, requires_grad=True)
    gate(x).backward()
    assert x.grad.item() == math.e
    message = (
        r"^gate has no second derivative: its rule uses the residual 'e', whose own derivative is not known; give "
        r"primitive\(…, again=\) the same function written with differentiable operations$"
    )
    with pytest.raises(RuntimeError, match=message):
        gate(x).backward(create_graph=True)


def test_a_residual_of_positions_is_no_hindrance() -> None:
    first = primitive(
        lambda x: (x[0] * 3.0, np.array(0)), name="first", residuals=("i",), x=lambda g, x, i: _at(g * 3.0, x, i)
    )
    x = Tensor([1.0, 2.0], requires_grad=True)
    (slope,) = gradients([first(x) * first(x)], [x], [None], create_graph=True)
    assert gradients([slope[0]], [x], [None])[0].tolist() == [18.0, 0.0]


def _at(g: Any, x: Any, i: Any) -> Any:
    return g * (np.arange(x.shape[0]) == i)


def test_a_rule_may_ask_for_the_members_of_a_sequence() -> None:
    product = primitive(
        lambda factors: factors[0] * factors[1],
        name="product",
        sequence="factors",
        factors=lambda g, factors: [g * factors[1], g * factors[0]],
    )
    x, y = Tensor([3.0], requires_grad=True), Tensor([4.0], requires_grad=True)
    assert product([np.array([3.0]), np.array([4.0])]).tolist() == [12.0]
    (first,) = gradients([product([x * x, y])], [x], [None], create_graph=True)
    assert first.item() == 2 * 3.0 * 4.0
    by_x, by_y = gradients([first], [x, y], [None])
    assert (by_x.item(), by_y.item()) == (2 * 4.0, 2 * 3.0)


WRONG_CALLS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "too few": ("missing 1 required positional argument: 'y'", lambda gate: gate(Tensor(1.0))),
    "too many": ("takes from 2 to 3 positional arguments but 4 were given", lambda gate: gate(Tensor(1.0), 1, 1, 1)),
    "unknown": ("got an unexpected keyword argument 'z'", lambda gate: gate(Tensor(1.0), 1.0, z=1.0)),
    "repeated": ("got multiple values for argument 'x'", lambda gate: gate(Tensor(1.0), 1.0, x=1.0)),
}


@pytest.mark.parametrize("what", WRONG_CALLS)
def test_a_wrong_call_names_the_primitive_and_what_is_wrong(what: str) -> None:
    gate = primitive(lambda x, y, k=1: k * x * y, name="gate", x=lambda g, y: g * y, y=lambda g, x: g * x)
    message, attempt = WRONG_CALLS[what]
    with pytest.raises(TypeError, match=r"^gate\(\) " + message):
        attempt(gate)


def test_a_traceback_shows_the_line_of_the_operation_that_was_written_for_a_primitive() -> None:
    fails = primitive(lambda x, k=1: x[k], name="fails", x=lambda g: g)
    with pytest.raises(IndexError) as caught:
        fails(Tensor([1.0]))
    lines = traceback.format_exception(caught.value)
    assert any("general.py: fails" in line and "_forward(_x, k)" in line for line in lines)


def test_the_signature_of_an_operation_is_that_of_its_function() -> None:
    def gate(x: Any, y: Any, power: int = 2, *, scale: float = 1.0) -> Any:
        return scale * x * y**power

    operation = primitive(gate, x=lambda g, y: g * y, y=lambda g, x: g * x)
    assert inspect.signature(operation) == inspect.signature(gate)
    assert gate not in TABLE
    assert operation(Tensor(1.0), 3.0, scale=2.0).item() == 18.0
    with pytest.raises(TypeError, match="positional"):
        operation(1.0, 3.0, 2, 2.0)


def test_a_function_that_fails_records_nothing() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="matmul"):
        x @ x
    with pytest.raises(ValueError, match="broadcast"):
        x + np.ones(4)
    (x * 1.0).sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.ones((2, 3)))


def test_a_function_that_returns_nothing_is_told() -> None:
    forgetful = primitive(lambda x: None, name="forgetful", x=lambda g: g)
    message = "^the forward function of this primitive returned None; does it end in `return`?"
    with pytest.raises(TypeError, match=message):
        forgetful(Tensor(1.0, requires_grad=True))


def test_an_option_declared_as_a_number_is_one_of_pythons() -> None:
    def scaled(x: Any, factor: float = 1.0, times: int = 1) -> Any:
        assert (type(factor), type(times)) == (float, int)
        return x * factor * times

    operation = primitive(scaled, x=lambda g, factor, times: g * factor * times)
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    y = operation(x, np.float64(0.5), times=np.int64(3))
    assert y.dtype == np.float32
    y.sum().backward()
    assert x.grad.tolist() == [1.5, 1.5]
