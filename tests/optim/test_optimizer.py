"""Optimizer: its groups, its state, its errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor


def parameters(n: int = 2) -> list[nn.Parameter]:
    return [nn.Parameter(np.ones(i + 1), name=f"p{i}") for i in range(n)]


def with_gradients(params: list[nn.Parameter]) -> list[nn.Parameter]:
    for parameter in params:
        parameter.grad = Tensor(np.ones(parameter.shape))
    return params


def test_groups_have_options_of_their_own() -> None:
    one, two = with_gradients(parameters())
    sgd = optim.SGD([{"params": [one]}, {"params": two, "lr": 0.5}], lr=0.1)
    sgd.step()
    assert one.data[0] == pytest.approx(0.9)
    assert two.data[0] == pytest.approx(0.5)
    assert [g["momentum"] for g in sgd.param_groups] == [0, 0]


def test_an_option_can_be_changed_on_the_way() -> None:
    one, _ = params = with_gradients(parameters())
    sgd = optim.SGD(params, lr=0.1)
    sgd.param_groups[0]["lr"] = 0.5
    sgd.step()
    assert one.data[0] == 0.5


def test_a_group_can_be_added_later() -> None:
    one, two = with_gradients(parameters())
    sgd = optim.SGD([one], lr=0.1)
    sgd.add_param_group({"params": [two], "lr": 0.2})
    sgd.step()
    assert two.data[0] == pytest.approx(0.8)


@pytest.mark.parametrize("given", [Tensor(1.0), 0.5, "loss"])
def test_a_step_takes_a_function_and_says_so(given: Any) -> None:
    with pytest.raises(
        TypeError, match=rf"SGD\.step takes a function .*not a {type(given).__name__}; after loss\.back"
    ):
        optim.SGD(parameters()).step(given)


def test_zero_grad_forgets_all_gradients() -> None:
    params = with_gradients(parameters())
    optim.SGD(params).zero_grad()
    assert [p.grad for p in params] == [None, None]


def test_it_is_shown_with_its_groups_and_options() -> None:
    one, two = parameters()
    assert repr(optim.Adadelta([{"params": [one]}, {"params": [two], "lr": 0.5}])) == (
        "Adadelta(\n"
        "  1 parameters, 1 elements: lr=1.0, rho=0.9, eps=1e-06, weight_decay=0.0, maximize=False\n"
        "  1 parameters, 2 elements: lr=0.5, rho=0.9, eps=1e-06, weight_decay=0.0, maximize=False\n"
        ")"
    )


def test_a_rule_of_ones_own_is_one_method() -> None:
    class SignDescent(optim.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        def update(self, w: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
            w -= group["lr"] * np.sign(g)

    (w,) = params = with_gradients(parameters(1))
    SignDescent(params, lr=0.25).step()
    assert w.tolist() == [0.75]
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        optim.Optimizer(params, {}).step()


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "SGD got no parameters; an iterator .* can be used only once"),
        ([{"params": []}], ValueError, "SGD got no parameters"),
        (iter([]), ValueError, "SGD got no parameters"),
        (Tensor([1.0], True), TypeError, r"not a single Tensor; write \[parameter\]"),
        (nn.Linear(1, 1), TypeError, r"the parameters of Linear, not itself; write model\.parameters\(\)"),
        ({nn.Parameter([1.0])}, TypeError, "in an order that stays, not a set"),
        ({"params": [nn.Parameter([1.0])]}, TypeError, "in an order that stays, not a dict"),
        (3, TypeError, "SGD takes an iterable of parameters, not int"),
        ([np.ones(1)], TypeError, "SGD trains Tensors, and was given a ndarray$"),
        (nn.Linear(1, 1).named_parameters(), TypeError, r"a tuple; write model\.parameters\(\), not named_parameters"),
        ([Tensor([1.0], True) * 2], TypeError, r"trains leaves, but a parameter of shape \(1,\) was computed"),
        (
            [{"params": parameters(), "learning_rate": 1}],
            ValueError,
            "SGD has no option 'learning_rate'; it has lr",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(params: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        optim.SGD(params)


def test_a_parameter_that_comes_twice_is_refused_and_named() -> None:
    one, two = parameters()
    with pytest.raises(ValueError, match="the parameter 'p0' comes twice"):
        optim.SGD([one, two, one])
    sgd = optim.SGD([one])
    with pytest.raises(ValueError, match="the parameter 'p0' comes twice"):
        sgd.add_param_group({"params": [one]})
    assert len(sgd.param_groups) == 1


def test_a_gradient_of_another_shape_is_refused() -> None:
    (w,) = parameters(1)
    w.grad = Tensor([[1.0]])
    with pytest.raises(ValueError, match=r"the parameter 'p0' has shape \(1, 1\), but its values have \(1,\)"):
        optim.SGD([w]).step()


def test_the_state_is_counted_through_the_groups() -> None:
    one, two, three = with_gradients(parameters(3))
    sgd = optim.SGD([{"params": [one, two]}, {"params": [three], "lr": 0.5}], lr=0.1, momentum=0.9)
    two.grad = None
    sgd.step()
    state = sgd.state_dict()
    assert [g["params"] for g in state["param_groups"]] == [[0, 1], [2]]
    assert [g["lr"] for g in state["param_groups"]] == [0.1, 0.5]
    assert {number: of["momentum_buffer"].tolist() for number, of in state["state"].items()} == {
        0: [1.0],
        2: [1.0, 1.0, 1.0],
    }


def test_loading_restores_the_options_and_converts_to_the_parameters_dtype() -> None:
    source, target = with_gradients(parameters()), [nn.Parameter(p.data, dtype=np.float32) for p in parameters()]
    adam = optim.Adam(source, lr=0.5)
    adam.step()
    other = optim.Adam(target)
    other.load_state_dict(adam.state_dict())
    assert other.param_groups[0]["lr"] == 0.5
    assert other.state[target[0]]["step"] == 1
    assert other.state[target[1]]["exp_avg"].dtype == np.float32


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    adam, other = optim.Adam(with_gradients(parameters())), optim.Adam(parameters(3))
    with pytest.raises(ValueError, match=r"Adam: it has groups of \[2\] parameters, and here are groups of \[3\]"):
        other.load_state_dict(adam.state_dict())
    adam.step()
    state = adam.state_dict()
    state["state"][1]["exp_avg"] = np.ones(7)
    state["param_groups"][0]["lr"] = 0.7
    with pytest.raises(ValueError, match=r"'p1': exp_avg of shape \(2,\) expected, \(7,\) given"):
        adam.load_state_dict(state)
    assert adam.param_groups[0]["lr"] == 0.001
    assert adam.state[adam.param_groups[0]["params"][1]]["exp_avg"].shape == (2,)


def test_a_step_that_is_refused_has_moved_nothing() -> None:
    one, two = params = with_gradients(parameters())
    two.grad = Tensor(np.ones(7))
    with pytest.raises(
        ValueError, match=r"the gradient of the parameter 'p1' has shape \(7,\), but its values have \(2,\)"
    ):
        optim.SGD(params, lr=0.1).step()
    assert one.data.tolist() == [1.0]


def test_a_frozen_parameter_with_an_old_gradient_stays_as_it_is() -> None:
    one, _ = params = with_gradients(parameters())
    one.requires_grad_(False)
    optim.SGD(params, lr=0.1).step()
    assert one.data.tolist() == [1.0]


def test_a_gradient_may_be_given_as_an_array() -> None:
    one, _ = params = parameters()
    one.grad = np.ones(1)
    optim.SGD(params, lr=0.1, momentum=0.9).step()
    assert one.data[0] == pytest.approx(0.9)


def test_a_state_of_another_rule_or_out_of_its_limits_is_refused_and_changes_nothing() -> None:
    sgd, adam = optim.SGD(parameters(), lr=0.1), optim.Adam(parameters(), lr=0.2)
    with pytest.raises(ValueError, match="not one of Adam, which has no option momentum"):
        adam.load_state_dict(sgd.state_dict())
    wrong = sgd.state_dict()
    wrong["param_groups"][0]["lr"] = -5
    with pytest.raises(ValueError, match="lr must not be negative"):
        sgd.load_state_dict(wrong)
    with pytest.raises(ValueError, match=r"remembers parameters \[9\], and here are 2"):
        sgd.load_state_dict({**sgd.state_dict(), "state": {9: {}}})
    assert (sgd.param_groups[0]["lr"], adam.param_groups[0]["lr"]) == (0.1, 0.2)


def test_a_group_without_parameters_is_refused() -> None:
    with pytest.raises(ValueError, match="a group needs 'params', and this one has only 'lr'"):
        optim.SGD([{"lr": 1.0}])
    with pytest.raises(TypeError, match=r"a group is a dict \{'params': …\}, not a Parameter"):
        optim.SGD(parameters()).add_param_group(nn.Parameter([1.0]))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="flat must be True, False or None, not 'yes'"):
        optim.SGD(parameters(), flat="yes")  # type: ignore[arg-type]


def test_a_state_is_a_copy_that_later_steps_do_not_change() -> None:
    params = with_gradients(parameters())
    adam = optim.Adam(params, lr=0.1)
    adam.step()
    state = adam.state_dict()
    before = [of["exp_avg"].copy() for of in state["state"].values()]
    adam.step()
    for of, values in zip(state["state"].values(), before, strict=True):
        np.testing.assert_array_equal(of["exp_avg"], values)
        assert of["step"] == 1


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"state": [1]}, "'state' is no dict of dicts"),
        ({"state": {0: 1}}, "'state' is no dict of dicts"),
        ({"param_groups": {}}, "'param_groups' is no list of groups"),
        ({"param_groups": [{}]}, "'param_groups' is no list of groups"),
    ],
)
def test_a_state_of_another_form_is_refused(wrong: dict[str, Any], what: str) -> None:
    adam = optim.Adam(parameters())
    with pytest.raises(ValueError, match=rf"^this is not what the state_dict\(\) of Adam returns: {what}$"):
        adam.load_state_dict({**adam.state_dict(), **wrong})


@pytest.mark.parametrize("thing", [{}, nn.Linear(1, 1).state_dict(), None])
def test_what_is_no_state_of_an_optimiser_is_refused(thing: Any) -> None:
    message = r"this is not what the state_dict\(\) of Adam returns: it (lacks 'state', 'param_groups'|is no dict)"
    with pytest.raises(ValueError, match=message):
        optim.Adam(parameters()).load_state_dict(thing)
