"""The sweep as a user meets it: what backward() does, what it refuses, hooks, retained gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, no_grad, primitive
from autograd.backward import gradients


@pytest.fixture
def x() -> Tensor:
    return Tensor([1.0, 2.0, 3.0], requires_grad=True, name="x")


# --------------------------------------------------------------------------------------------------------- what it does


def test_gradients_add_up_over_sweeps_and_uses(x: Tensor) -> None:
    (x * x + x).sum().backward()
    assert x.grad.data.tolist() == [3.0, 5.0, 7.0]
    (2.0 * x).sum().backward()
    assert x.grad.data.tolist() == [5.0, 7.0, 9.0]
    assert not x.grad.requires_grad


def test_a_leaf_is_its_own_graph() -> None:
    x = Tensor(3.0, requires_grad=True)
    x.backward()
    x.backward()
    assert x.grad.item() == 2.0


def test_each_node_is_visited_once_in_a_diamond_of_many_paths() -> None:
    visits = []

    def rule(g: Any) -> Any:
        visits.append(1)
        return g

    same = primitive(lambda x: x * 1, name="same", x=rule)
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):  # 2⁶⁰ paths
        y = same(y) + same(y)
    y.backward()
    assert x.grad.item() == 2.0**60
    assert len(visits) == 120


def test_operands_without_gradient_get_none() -> None:
    x, constant = Tensor([1.0], requires_grad=True), Tensor([2.0])
    (x * constant).backward()
    assert constant.grad is None


def test_one_element_in_any_shape_needs_no_gradient() -> None:
    for shape in ((), (1,), (1, 1, 1)):
        x = Tensor(np.full(shape, 3.0), requires_grad=True)
        (x * x).backward()
        assert x.grad.shape == shape
        assert x.grad.item() == 6.0


@pytest.mark.parametrize(
    "gradient",
    [[1.0, 2.0, 3.0], (1, 2, 3), np.array([1, 2, 3]), np.array([1, 2, 3], np.float32), Tensor([1.0, 2.0, 3.0])],
    ids=lambda g: type(g).__name__,
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_the_upstream_gradient_may_be_given_in_any_form(x: Tensor, gradient: Any, create_graph: bool) -> None:
    (x * 2.0).backward(gradient, create_graph=create_graph)
    assert x.grad.data.tolist() == [2.0, 4.0, 6.0]
    assert x.grad.dtype == np.float64


def test_an_upstream_gradient_with_a_gradient_is_differentiated(x: Tensor) -> None:
    w = Tensor([1.0, 1.0, 1.0], requires_grad=True)
    (x * x).backward(gradient=w, create_graph=True)
    x.grad.sum().backward()
    assert w.grad.data.tolist() == [2.0, 4.0, 6.0]


def test_retain_graph_allows_another_sweep(x: Tensor) -> None:
    y = (x * x).sum()
    for times in (1, 2, 3):
        y.backward(retain_graph=True)
        assert x.grad.data.tolist() == [2.0 * times, 4.0 * times, 6.0 * times]


def test_create_graph_retains_and_gives_gradients_that_record(x: Tensor) -> None:
    y = (x * x * x).sum()
    y.backward(create_graph=True)
    first, x.grad = x.grad, None
    assert first.requires_grad
    first.sum().backward(retain_graph=True)
    assert x.grad.data.tolist() == [6.0, 12.0, 18.0]
    x.grad = None
    y.backward()
    assert x.grad.data.tolist() == [3.0, 12.0, 27.0]


def test_recorded_gradients_add_up_with_their_graphs(x: Tensor) -> None:
    (x * x).sum().backward(create_graph=True)
    (x * x * x).sum().backward(create_graph=True)
    total, x.grad = x.grad, None
    assert total.data.tolist() == [5.0, 16.0, 33.0]
    total.sum().backward()
    assert x.grad.data.tolist() == [8.0, 14.0, 20.0]


def test_detach_stops_the_gradient(x: Tensor) -> None:
    y = (x * x).detach()
    assert not y.requires_grad
    (x * y).sum().backward()
    assert x.grad.data.tolist() == [1.0, 4.0, 9.0]


def test_gradients_by_inner_tensors_do_not_go_past_them(x: Tensor) -> None:
    y = x * 2.0
    z = (y * y).sum()
    by_y, by_other = gradients([z], [y, Tensor([1.0], requires_grad=True)], [None], retain_graph=True)
    assert by_y.tolist() == [4.0, 8.0, 12.0]
    assert by_other is None
    by_x, by_y, by_z = gradients([z, z], [x, y, z], [None, 10.0])
    assert by_z == 11.0
    assert by_y is None or by_y.tolist() == [44.0, 88.0, 132.0]
    assert by_x is None, "the sweep does not go past z"
    assert x.grad is None


def test_gradients_of_an_output_that_is_older_than_the_input(x: Tensor) -> None:
    older = (x * x).sum()
    younger = x * 3.0
    (found,) = gradients([older, (younger * younger).sum()], [younger], [None, None])
    assert found.tolist() == [6.0, 12.0, 18.0]


# ------------------------------------------------------------------------------------------------------ what it refuses


def refuse_constant(x: Tensor) -> None:
    Tensor([1.0], name="constant").backward()


def refuse_missing(x: Tensor) -> None:
    (x * x).backward()


def refuse_shape(x: Tensor) -> None:
    (x * x).backward(np.ones((3, 1)))


def refuse_second(x: Tensor) -> None:
    y = np.exp(x) * x
    with_grad = x.grad
    y.sum().backward()
    x.grad = with_grad
    y.sum().backward()


REFUSED: dict[str, tuple[type[Exception], str, Callable[[Tensor], None]]] = {
    "no gradient": (
        RuntimeError,
        r"^backward\(\) on Tensor 'constant', which requires no gradient: no operand was made with "
        r"requires_grad=True, or "
        r"it was computed under no_grad\(\) or from detached Tensors$",
        refuse_constant,
    ),
    "several elements": (
        ValueError,
        r"^backward\(\) on the Tensor of shape \(3,\) needs the upstream gradient, because it has 3 elements, not one; "
        r"reduce it \(t\.sum\(\), t\.mean\(\)\) or pass gradient= of shape \(3,\)$",
        refuse_missing,
    ),
    "another shape": (
        ValueError,
        r"^gradient has shape \(3, 1\), but the Tensor of shape \(3,\) has shape \(3,\); they must be equal$",
        refuse_shape,
    ),
    "released": (
        RuntimeError,
        r"^this graph was swept before, and what multiply had saved for its derivative is released; call "
        r"backward\(retain_graph=True\) the first time, or add up the losses and go backward once$",
        refuse_second,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_backward_refuses_it_says_and_leaves_the_gradients_as_they_were(what: str, x: Tensor) -> None:
    kind, message, attempt = REFUSED[what]
    before = x.grad = Tensor([7.0, 7.0, 7.0])
    with pytest.raises(kind, match=message):
        attempt(x)
    assert x.grad is before
    assert x.grad.data.tolist() == [7.0, 7.0, 7.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_that_raises_leaves_every_gradient_as_it_was(x: Tensor, create_graph: bool) -> None:
    def fail(g: Any) -> Any:
        raise ArithmeticError("no derivative today")

    broken = primitive(lambda x: x * 1, name="broken", x=fail)
    early, late = Tensor([1.0, 1.0, 1.0], requires_grad=True), Tensor([1.0, 1.0, 1.0], requires_grad=True)
    early.grad = kept = Tensor([5.0, 5.0, 5.0])
    middle = late * 2.0
    middle.retain_grad()
    y = (broken(x) * early + middle).sum()
    with pytest.raises(ArithmeticError, match="no derivative today"):
        y.backward(create_graph=create_graph)
    assert x.grad is None
    assert late.grad is None
    assert middle.grad is None
    assert early.grad is kept
    assert kept.data.tolist() == [5.0] * 3


@pytest.mark.parametrize("spoilt", [np.ones(3), [1.0], 3.0], ids=lambda s: type(s).__name__)
def test_a_grad_that_is_no_tensor_is_refused_or_added_to_but_never_half_done(x: Tensor, spoilt: Any) -> None:
    y = Tensor([1.0, 1.0, 1.0], requires_grad=True)
    try:
        y.grad = spoilt
        (x * y).sum().backward()
    except (TypeError, ValueError):
        assert x.grad is None, "the sweep stored one gradient and failed at another"
    else:
        assert x.grad is not None
        assert y.grad.shape == (3,)


# ---------------------------------------------------------------------------------------------------------------- hooks


@pytest.mark.parametrize("create_graph", [False, True])
def test_hooks_see_the_whole_gradient_once_in_the_order_of_registration(x: Tensor, create_graph: bool) -> None:
    seen: list[Any] = []
    y = x * 2.0
    y.register_hook(lambda g: seen.append(("first", g.data.tolist())))
    y.register_hook(lambda g: seen.append(("second", g.data.tolist())))
    x.register_hook(lambda g: seen.append(("leaf", g.data.tolist())))
    (y + y * y).sum().backward(create_graph=create_graph)
    assert seen == [("first", [5.0, 9.0, 13.0]), ("second", [5.0, 9.0, 13.0]), ("leaf", [10.0, 18.0, 26.0])]


@pytest.mark.parametrize("create_graph", [False, True])
def test_what_a_hook_returns_replaces_the_gradient_for_those_behind(x: Tensor, create_graph: bool) -> None:
    seen: list[Any] = []
    y = x * 2.0
    y.register_hook(lambda g: 10 * g)
    y.register_hook(lambda g: seen.append(g.data.tolist()))
    y.retain_grad()
    y.sum().backward(create_graph=create_graph)
    assert seen == [[10.0] * 3]
    assert y.grad.data.tolist() == [10.0] * 3
    assert x.grad.data.tolist() == [20.0] * 3


@pytest.mark.parametrize("answer", [[1.0, 2.0, 3.0], np.array([1, 2, 3]), Tensor([1.0, 2.0, 3.0])], ids=repr)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_may_answer_in_any_form(x: Tensor, answer: Any, create_graph: bool) -> None:
    x.register_hook(lambda g: answer)
    (x * 2.0).sum().backward(create_graph=create_graph)
    assert x.grad.data.tolist() == [1.0, 2.0, 3.0]
    assert x.grad is not answer


def test_a_hooks_answer_is_recorded_in_a_recorded_sweep() -> None:
    x = Tensor(3.0, requires_grad=True)
    x.register_hook(lambda g: g * g)
    (x * x).backward(create_graph=True)
    first, x.grad = x.grad, None
    assert first.item() == 36.0  # (2x)²
    gradient = gradients([first], [x], [None])[0]
    assert gradient == 24.0**2  # d(4x²)/dx = 8x, which passes the hook as well


def test_a_hook_with_another_shape_is_refused(x: Tensor) -> None:
    x.register_hook(lambda g: np.ones(2))
    with pytest.raises(
        ValueError,
        match=r"^a gradient hook returned shape \(2,\) for a gradient of shape \(3,\); it must return the same "
        r"shape, or "
        "None to leave the gradient as it is$",
    ):
        x.sum().backward()
    assert x.grad is None


def test_a_hook_that_raises_leaves_the_gradients_as_they_were(x: Tensor) -> None:
    y = Tensor([1.0, 1.0, 1.0], requires_grad=True)

    def fail(g: Tensor) -> None:
        raise KeyError("hook")

    x.register_hook(fail)
    with pytest.raises(KeyError):
        (x * y).sum().backward()
    assert x.grad is None
    assert y.grad is None


def test_hooks_can_be_removed_twice_and_by_leaving_a_block(x: Tensor) -> None:
    seen: list[int] = []
    handle = x.register_hook(lambda g: seen.append(1))
    with x.register_hook(lambda g: seen.append(2)) as inner:
        assert inner is not handle
        x.sum().backward()
    x.sum().backward()
    handle.remove()
    handle.remove()
    x.sum().backward()
    assert seen == [1, 2, 1]


def test_a_hook_may_remove_itself_and_others_during_the_sweep(x: Tensor) -> None:
    seen: list[str] = []

    def once(g: Tensor) -> None:
        seen.append("once")
        handle.remove()

    handle = x.register_hook(once)
    x.register_hook(lambda g: seen.append("always"))
    x.sum().backward()
    x.sum().backward()
    assert seen == ["once", "always", "always"]


def test_hooks_run_at_gradients_too_and_at_their_targets(x: Tensor) -> None:
    x.register_hook(lambda g: 3 * g)
    assert gradients([x.sum()], [x], [None])[0].tolist() == [3.0, 3.0, 3.0]


# -------------------------------------------------------------------------------------------------------- retained


def test_a_retained_gradient_is_filled_in_and_adds_up(x: Tensor) -> None:
    y = x * 2.0
    y.retain_grad()
    y.retain_grad()
    z = (y * y).sum()
    z.backward(retain_graph=True)
    assert y.grad.data.tolist() == [4.0, 8.0, 12.0]
    z.backward()
    assert y.grad.data.tolist() == [8.0, 16.0, 24.0]
    x.retain_grad()
    assert (x * 1.0).grad is None


@pytest.mark.parametrize("what", ["retain_grad", "register_hook"])
def test_what_requires_no_gradient_has_none_to_keep_or_to_hook(what: str, x: Tensor) -> None:
    with no_grad():
        y = x * 2.0
    message = (
        rf"^{what}\(\) on the Tensor of shape \(3,\), which requires no gradient; make it \(or an operand of it\) with "
        r"requires_grad=True, and not under no_grad\(\)$"
    )
    with pytest.raises(RuntimeError, match=message):
        y.retain_grad() if what == "retain_grad" else y.register_hook(lambda g: None)
