"""The laws of the engine, one to three: rules, their three lives, broadcasting (see DESIGN.md, section 2).

Four, five and eight are in test_laws_of_graphs.py, six is test_memory.py, seven is test_modes.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, primitive
from autograd.backward import gradients
from tests.support.memory import alive, nodes_below, watch

# ---------------------------------------------------- 1: a rule is a pure function, and the node keeps what it asks for


def test_law_1_a_node_keeps_what_the_rules_ask_for_and_nothing_else() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    assert (x + y).node.saved == ()
    product = (x * y).node
    assert dict(zip(product.primitive.names, product.saved, strict=True)) == {"x": x.data, "y": y.data}
    exponential = np.exp(x)
    assert len(exponential.node.saved) == 1
    assert exponential.node.saved[0] is exponential.data
    assert x.reshape(2, 1).node.saved == ((2,), "C")


def test_law_1_an_operand_without_gradient_makes_no_one_save_the_other() -> None:
    x, constant = Tensor([1.0, 2.0], requires_grad=True), np.array([3.0, 4.0])
    saved = dict(zip(("x", "y"), [None, None], strict=True)) | dict(
        zip((x * constant).node.primitive.names, (x * constant).node.saved, strict=True)
    )
    assert saved["x"] is None
    assert saved["y"] is constant


def test_law_1_arrays_that_no_rule_asks_for_are_freed_while_the_graph_lives() -> None:
    big = np.ones(1000)
    (reference,) = watch(big)
    x = Tensor(np.ones(1000), requires_grad=True)
    y = (x + big) - big
    del big
    assert reference() is None, "add kept an operand that its rules do not need"
    y.sum().backward()


def test_law_1_intermediate_values_that_no_rule_asks_for_are_freed() -> None:
    x = Tensor(np.ones(1000), requires_grad=True)
    middle = x + 1.0
    references = watch(middle, middle.data)
    y = (middle - 2.0).sum()
    del middle
    assert not alive(references)
    y.backward()


def test_law_1_a_scalar_result_does_not_keep_large_constants_either() -> None:
    first = primitive(lambda x, y: x[0] + y[0], name="first", x=lambda g, x_shape: g, y=lambda g: g)
    constant = np.ones(1000)
    (reference,) = watch(constant)
    result = first(Tensor([1.0], requires_grad=True), constant)
    del constant
    assert reference() is None
    assert result.item() == 2.0


def test_law_1_what_was_saved_is_released_by_the_sweep_unless_it_is_retained() -> None:
    x = Tensor(np.ones(10), requires_grad=True)
    y = np.exp(x)
    z = y.sum()
    z.backward(retain_graph=True)
    assert all(node.saved is not None for node in nodes_below(z))
    (reference,) = watch(y.data)
    del y
    assert reference() is not None
    z.backward()
    assert reference() is None


def test_law_1_several_outputs_share_one_node_and_bring_their_gradients_together() -> None:
    calls = []

    def rule(g: Any, x: Any) -> Any:
        calls.append([np.asarray(part).tolist() for part in g])
        return g[0] * 2 * x + g[1] * 3 * x * x

    powers = primitive(lambda x: (x * x, x * x * x), name="powers", x=rule)
    x = Tensor([1.0, 2.0], requires_grad=True)
    square, cube = powers(x)
    assert [square.data.tolist(), cube.data.tolist()] == [[1.0, 4.0], [1.0, 8.0]]
    (square + 10 * cube).sum().backward()
    assert calls == [[[1.0, 1.0], [10.0, 10.0]]]
    assert x.grad.data.tolist() == [32.0, 124.0]
    x.grad = None
    square, cube = powers(x)
    cube.sum().backward()
    assert calls[1] == [[0.0, 0.0], [1.0, 1.0]], "the output that nobody used has gradient 0"
    assert x.grad.data.tolist() == [3.0, 12.0]


def test_law_1_several_outputs_can_be_differentiated_twice() -> None:
    powers = primitive(lambda x: (x * x, x * x * x), name="powers", x=lambda g, x: g[0] * 2 * x + g[1] * 3 * x * x)
    x = Tensor([1.0, 2.0], requires_grad=True)
    square, cube = powers(x)
    (first,) = gradients([(square * cube).sum()], [x], [None], create_graph=True)
    (second,) = gradients([first.sum()], [x], [None])
    np.testing.assert_allclose(first.data, 5 * x.data**4)
    np.testing.assert_allclose(second, 20 * x.data**3)


def test_law_1_a_rule_may_ask_for_its_own_several_answers() -> None:
    both = primitive(lambda x: (np.exp(x), np.exp(-x)), name="both", x=lambda g, ans: g[0] * ans[0] - g[1] * ans[1])
    x = Tensor(0.5, requires_grad=True)
    up, down = both(x)
    (first,) = gradients([up * 2.0 + down], [x], [None], create_graph=True)
    (second,) = gradients([first + 10.0 * up], [x], [None])  # the answer is asked for by the rule and by the user
    np.testing.assert_allclose(first.item(), 2 * np.exp(0.5) - np.exp(-0.5))
    np.testing.assert_allclose(second, 2 * np.exp(0.5) + np.exp(-0.5) + 10 * np.exp(0.5))


def test_law_1_an_operand_may_be_a_sequence_of_some_that_want_a_gradient() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([2.0, 3.0], requires_grad=True)
    joined = np.concatenate([x, [9.0], y, x, Tensor([8.0])])
    joined.backward(np.arange(6.0))
    assert x.grad.data.tolist() == [0.0 + 4.0]
    assert y.grad.data.tolist() == [2.0, 3.0]


@pytest.mark.parametrize("function", [np.concatenate, np.stack])
def test_law_1_a_tensor_is_a_sequence_of_its_rows(function: Any) -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = function(x)
    seed = np.arange(6.0).reshape(y.shape) + 1
    y.backward(seed)
    np.testing.assert_array_equal(x.grad.data, seed.reshape(2, 3))


def test_law_1_rules_can_share_one_computation_and_learn_what_is_wanted() -> None:
    asked = []

    def both(g: Any, x: Any, y: Any, wanted: tuple[bool, ...]) -> tuple[Any, Any]:
        asked.append(wanted)
        return g * y if wanted[0] else None, g * x if wanted[1] else None

    multiply = primitive(lambda x, y, scale=1.0: scale * x * y, name="multiply", together=both)
    x, y = Tensor([2.0], requires_grad=True), Tensor([5.0], requires_grad=True)
    multiply(x, y).backward()
    assert (x.grad.item(), y.grad.item()) == (5.0, 2.0)
    multiply(x, np.array([7.0])).backward()
    assert x.grad.item() == 12.0
    assert asked == [(True, True), (True, False)]
    (first,) = gradients([multiply(x, y)], [x], [None], create_graph=True)
    assert gradients([first], [y], [None])[0].tolist() == [1.0]


def test_law_1_options_reach_a_rule_by_name_however_they_were_given() -> None:
    seen = []

    def rule(g: Any, k: Any, axis: Any) -> Any:
        seen.append((k, axis))
        return g * k

    scaled = primitive(lambda x, k=2.0, axis=None: k * x, name="scaled", x=rule)
    x = Tensor([1.0, 2.0], requires_grad=True)
    for result in (scaled(x), scaled(x, 3.0, 1), scaled(x, axis=0), scaled(x=x, axis=2, k=4.0)):
        result.sum().backward()
    assert seen == [(2.0, None), (3.0, 1), (2.0, 0), (4.0, 2)]


# --------------------------------------------------------------------------------------------- 2: one rule, three lives


def test_law_2_a_fused_function_has_a_second_form_for_the_recorded_sweep() -> None:
    used = []

    def fast(g: Any, x: Any) -> Any:
        used.append("fast")
        return g * np.asarray(3 * x * x)

    def slow(x: Any) -> Any:
        used.append("again")
        return x * x * x

    cube = primitive(lambda x: x**3, name="cube", x=fast, again=slow)
    x = Tensor([1.0, 2.0], requires_grad=True)
    cube(x).sum().backward()
    assert used == ["fast"]
    (first,) = gradients([cube(x).sum()], [x], [None], create_graph=True)
    assert used == ["fast", "again"]
    (second,) = gradients([first.sum()], [x], [None], create_graph=True)
    (third,) = gradients([second.sum()], [x], [None])
    np.testing.assert_allclose(first.data, 3 * x.data**2)
    np.testing.assert_allclose(second.data, 6 * x.data)
    np.testing.assert_allclose(third, 6.0)


def test_law_2_the_second_form_may_have_several_outputs_and_options() -> None:
    f = primitive(
        lambda x, y, k=1.0: (k * x * y, x + y),
        name="f",
        x=lambda g, y, k: g[0] * k * y + g[1],
        y=lambda g, x, k: g[0] * k * x + g[1],
        again=lambda x, y, k: (k * x * y, x + y),
    )
    x, y = Tensor([3.0], requires_grad=True), Tensor([4.0], requires_grad=True)
    product, total = f(x, y, k=2.0)
    (first,) = gradients([product * total], [x], [None], create_graph=True)
    assert first.item() == 2 * (2 * 3.0 * 4.0 + 4.0**2)
    assert gradients([first], [y], [None])[0].tolist() == [2 * (2 * 3.0 + 2 * 4.0)]


def test_law_2_the_second_form_keeps_operands_apart_that_are_one_and_the_same() -> None:
    f = primitive(
        lambda x, y: x * x * y,
        name="f",
        x=lambda g, x, y: g * 2 * x * y,
        y=lambda g, x: g * x * x,
        again=lambda x, y: x * x * y,
    )
    x = Tensor(2.0, requires_grad=True)
    (first,) = gradients([f(x, x)], [x], [None], create_graph=True)
    assert first.item() == 3 * 2.0**2
    assert gradients([first], [x], [None])[0] == 6 * 2.0


def test_law_2_derivatives_go_to_any_order() -> None:
    x = Tensor(0.3, requires_grad=True)
    derivative = np.sin(x) * np.exp(x)
    for order in range(1, 9):
        (derivative,) = gradients([derivative], [x], [None], create_graph=True)
        expected = np.sqrt(2.0) ** order * np.exp(0.3) * np.sin(0.3 + order * np.pi / 4)
        np.testing.assert_allclose(derivative.item(), expected, rtol=1e-12)


def test_law_2_residuals_serve_the_fast_rule_and_the_second_form_the_recorded_one() -> None:
    f = primitive(
        lambda x: (np.exp(x), np.exp(x)),
        name="f",
        residuals=("e",),
        x=lambda g, e: g * e,
        again=lambda x: np.exp(x),
    )
    x = Tensor(1.0, requires_grad=True)
    (first,) = gradients([f(x) * x], [x], [None], create_graph=True)
    np.testing.assert_allclose(first.item(), 2 * np.e)
    np.testing.assert_allclose(gradients([first], [x], [None])[0], 3 * np.e)


# ------------------------------------------------------------------- 3: broadcasting and dtypes are the engine's affair


def test_law_3_a_rule_that_knows_no_broadcasting_works_on_all_shapes() -> None:
    times = primitive(lambda x, y: x * y, name="times", x=lambda g, y: g * y, y=lambda g, x: g * x)
    for one, other in (((), (2, 3)), ((3,), (2, 3)), ((2, 1), (3,)), ((1, 1, 1), (2,)), ((0,), (1,))):
        x, y = Tensor(np.full(one, 2.0), requires_grad=True), Tensor(np.full(other, 3.0), requires_grad=True)
        times(x, y).sum().backward()
        repeated = np.broadcast(x.data, y.data).size
        assert x.grad.shape == one
        assert y.grad.shape == other
        np.testing.assert_array_equal(x.grad.data, np.full(one, 3.0 * repeated / max(x.size, 1)))
        np.testing.assert_array_equal(y.grad.data, np.full(other, 2.0 * repeated / max(y.size, 1)))


def test_law_3_a_gradient_that_is_the_same_along_an_axis_is_spread_out() -> None:
    total = primitive(lambda x: x.sum(), name="total", x=lambda g: g)
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    (5.0 * total(x)).backward()
    np.testing.assert_array_equal(x.grad.data, np.full((2, 3), 5.0))
    half = primitive(lambda x: x / 2, name="half", x=lambda g: 0.5)
    half(x).backward(np.ones((2, 3)))
    np.testing.assert_array_equal(x.grad.data, np.full((2, 3), 5.5))


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_law_3_a_gradient_has_the_dtype_of_its_leaf_whatever_the_rule_returns(dtype: Any, create_graph: bool) -> None:
    wide = primitive(lambda x: x * 2, name="wide", x=lambda g: g.astype(np.float64) * np.float64(2.0))
    x = Tensor(np.ones(3, dtype), requires_grad=True)
    wide(x).backward(np.ones(3), create_graph=create_graph)
    assert x.grad.dtype == dtype
    y = Tensor(np.ones(3), requires_grad=True)
    (x * y).sum().backward(create_graph=create_graph)
    assert (x.grad.dtype, y.grad.dtype) == (dtype, np.float64)


def test_law_3_a_shape_that_does_not_fit_names_the_rule() -> None:
    wrong = primitive(lambda x: x * 2, name="wrong", x=lambda g: np.ones((4, 5)))
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(ValueError, match=r"a derivative rule of wrong returned a gradient of shape .*\(3,\)"):
        wrong(x).sum().backward()
    assert x.grad is None
