"""Penalties: what they add up, over which parameters, and what the course says of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, grad, gradcheck
from autograd.backward import gradients
from nn import functional as F
from nn import penalties

RNG = np.random.default_rng(13)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 3, dtype=np.float64, rng=0), nn.Tanh(), nn.Linear(3, 2, dtype=np.float64, rng=1))


def weights(model: nn.Module) -> list[Any]:
    return [model[0].weight.data, model[2].weight.data]


# ------------------------------------------------------------------------------------------------------------- formulas

FORMULAS: list[tuple[str, Callable[..., Any], Callable[[Any], Any], Callable[[Any], Any]]] = [
    ("l2", penalties.l2, lambda w: (w**2).sum(), lambda w: 2 * w),
    ("l1", penalties.l1, lambda w: abs(w).sum(), np.sign),
    ("elastic", penalties.elastic, lambda w: (w**2 + abs(w)).sum(), lambda w: 2 * w + np.sign(w)),
    (
        "elastic of 0.3",
        lambda model: penalties.elastic(model, 0.3),
        lambda w: (0.3 * w**2 + abs(w)).sum(),
        lambda w: 0.6 * w + np.sign(w),
    ),
    (
        "group_lasso",
        penalties.group_lasso,
        lambda w: sum(np.sqrt(row.size) * np.linalg.norm(row) for row in w),
        lambda w: np.sqrt(w[0].size) * w / np.linalg.norm(w, axis=1, keepdims=True),
    ),
    (
        "group_lasso of columns",
        lambda model: penalties.group_lasso(model, axis=1),
        lambda w: sum(np.sqrt(column.size) * np.linalg.norm(column) for column in w.T),
        lambda w: np.sqrt(len(w)) * w / np.linalg.norm(w, axis=0),
    ),
]


@pytest.mark.parametrize(("name", "penalty", "value", "slope"), FORMULAS, ids=[name for name, *_ in FORMULAS])
def test_the_penalty_of_a_model_is_the_formula_over_its_weights(
    name: str, penalty: Callable[..., Any], value: Callable[[Any], Any], slope: Callable[[Any], Any]
) -> None:
    model = network()
    found = penalty(model)
    found.backward()
    assert found.shape == ()
    np.testing.assert_allclose(found.data, sum(value(w) for w in weights(model)), rtol=1e-14)
    for layer in (model[0], model[2]):
        np.testing.assert_allclose(layer.weight.grad.data, slope(layer.weight.data), rtol=1e-13)
        assert layer.bias.grad is None


@pytest.mark.parametrize(("name", "penalty", "value", "slope"), FORMULAS, ids=[name for name, *_ in FORMULAS])
def test_first_and_second_gradients_are_slopes(name: str, penalty: Any, value: Any, slope: Any) -> None:
    w, v = RNG.standard_normal((3, 4)), RNG.standard_normal((2, 3))
    assert gradcheck(lambda w, v: penalty([w, v]), (w, v))

    def of_slopes(w: Tensor) -> Tensor:
        first = grad(lambda w: penalty([w]))(w)
        return (first * first * np.arange(12).reshape(3, 4)).sum()

    assert gradcheck(of_slopes, (w,))


def test_the_kernels_of_a_convolution_are_grouped_by_their_channels() -> None:
    w = RNG.standard_normal((3, 2, 5, 5))
    into_each = sum(np.sqrt(50) * np.sqrt((w[i] ** 2).sum()) for i in range(3))
    out_of_each = sum(np.sqrt(75) * np.sqrt((w[:, i] ** 2).sum()) for i in range(2))
    assert penalties.group_lasso([Tensor(w)]).item() == pytest.approx(into_each)
    assert penalties.group_lasso([Tensor(w)], axis=1).item() == pytest.approx(out_of_each)
    assert penalties.group_lasso([Tensor(w)], axis=-3).item() == pytest.approx(out_of_each)


def test_the_gradient_at_zero_is_zero() -> None:
    w = Tensor([[0.0, 0.0], [3.0, 4.0], [-1.0, 0.0]], True)
    for penalty, expected in (
        (penalties.l1, [[0.0, 0.0], [1.0, 1.0], [-1.0, 0.0]]),
        (penalties.group_lasso, np.sqrt(2) * np.array([[0.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])),
    ):
        (g,) = gradients([penalty([w])], [w], [None])
        np.testing.assert_allclose(g, expected, rtol=1e-15)


def test_float32_stays_float32() -> None:
    model = nn.Linear(4, 3, rng=0)
    for _, penalty, _, _ in FORMULAS:
        found = penalty(model)
        (g,) = gradients([found], [model.weight], [None])
        assert found.dtype == g.dtype == np.float32


# ----------------------------------------------------------------------------------------- what the course says of them


def test_of_two_weights_with_one_score_l2_prefers_the_one_that_is_spread_out_and_l1_is_indifferent() -> None:
    x = np.ones(4)
    narrow, spread = Tensor([1.0, 0.0, 0.0, 0.0], True), Tensor([0.25, 0.25, 0.25, 0.25], True)
    assert (narrow * x).sum().item() == (spread * x).sum().item() == 1.0
    assert penalties.l2([spread]).item() == 0.25 < penalties.l2([narrow]).item() == 1.0
    assert penalties.l1([spread]).item() == penalties.l1([narrow]).item() == 1.0


def fitted(penalty: Callable[..., Any], strength: float) -> np.ndarray:
    """Return the weights that proportional steps find for a target that depends on two of eight inputs."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 8))
    d = x[:, 0] - 2 * x[:, 3] + 0.1 * rng.standard_normal(60)
    w = nn.Parameter(0.5 * rng.standard_normal((1, 8)))
    rule = optim.SGD([w], lr=0.05)
    for step in range(600):
        rule.param_groups[0]["lr"] = 0.05 * 0.99**step
        rule.zero_grad()
        (F.mse_loss(F.linear(x, w), d[:, None]) + strength * penalty([w])).backward()
        rule.step()
    return w.data[0]


def test_l1_makes_weights_sparse_and_l2_makes_all_of_them_small() -> None:
    sparse, small = fitted(penalties.l1, 0.2), fitted(penalties.l2, 0.2)
    useless = [1, 2, 4, 5, 6, 7]
    assert (abs(sparse[useless]) < 1e-3).all()
    assert (abs(small[useless]) > 1e-3).any()
    assert abs(sparse[[0, 3]]).min() > 0.5


def test_the_full_loss_grows_with_the_strength_of_the_penalty() -> None:
    model, x, y = network(), RNG.standard_normal((5, 4)), [0, 1, 0, 1, 1]
    data = F.cross_entropy(model(x), y).item()
    r = sum((w**2).sum() for w in weights(model))
    for strength in (0.0, 0.1, 10.0):
        full = F.cross_entropy(model(x), y) + strength * penalties.l2(model)
        assert full.item() == pytest.approx(data + strength * r, rel=1e-13)


def test_twice_the_strength_of_l2_is_an_optimisers_weight_decay() -> None:
    here, there = nn.Linear(4, 3, bias=False, rng=0), nn.Linear(4, 3, bias=False, rng=0)
    x, y = np.ones((2, 4), dtype=np.float32), [0, 2]
    by_penalty, by_decay = (
        optim.SGD(here.parameters(), lr=0.1),
        optim.SGD(there.parameters(), lr=0.1, weight_decay=0.02),
    )
    for _ in range(3):
        for model, rule, strength in ((here, by_penalty, 0.01), (there, by_decay, 0.0)):
            rule.zero_grad()
            (F.cross_entropy(model(x), y) + strength * penalties.l2(model)).backward()
            rule.step()
    np.testing.assert_allclose(here.weight.data, there.weight.data, rtol=1e-5)


# ----------------------------------------------------------------------------------------------------- which parameters


def test_weights_are_penalised_and_neither_biases_nor_slopes() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.PReLU(3), nn.Maxout(3, 2))
    chosen = [name for name, p in model.named_parameters() if penalties.weights_only(name, p)]
    assert chosen == ["0.weight", "2.weight"]


@pytest.mark.parametrize(("name", "penalty", "value", "slope"), FORMULAS[:3], ids=[name for name, *_ in FORMULAS[:3]])
def test_a_choice_of_ones_own_is_by_name_and_parameter(name: str, penalty: Any, value: Any, slope: Any) -> None:
    model = network()
    everything = penalty(model, select=lambda name, parameter: True)
    assert everything.item() == pytest.approx(sum(value(p.data) for p in model.parameters()))
    last = penalty(model, select=lambda name, parameter: name.startswith("2.") and parameter.size > 2)
    assert last.item() == pytest.approx(value(model[2].weight.data))


def test_of_parameters_that_are_given_all_are_penalised() -> None:
    layer = nn.Linear(4, 3, dtype=np.float64, rng=0)
    assert penalties.l2(layer.parameters()).item() == pytest.approx(sum((p.data**2).sum() for p in layer.parameters()))
    assert penalties.group_lasso([layer.bias]).item() == pytest.approx(abs(layer.bias.data).sum())


def test_what_is_shared_counts_once_and_what_is_frozen_gets_no_gradient() -> None:
    layer = nn.Linear(3, 3, dtype=np.float64, rng=0)
    assert penalties.l2(nn.Sequential(layer, layer)).item() == pytest.approx((layer.weight.data**2).sum())
    model = network()
    model[0].weight.requires_grad_(False)
    found = penalties.l2(model)
    found.backward()
    assert found.item() == pytest.approx(sum((w**2).sum() for w in weights(model)))
    assert model[0].weight.grad is None
    np.testing.assert_allclose(model[2].weight.grad.data, 2 * model[2].weight.data)


@pytest.mark.parametrize("penalty", [penalties.l2, penalties.l1, penalties.elastic, penalties.group_lasso])
@pytest.mark.parametrize(
    ("penalised", "options", "error", "message"),
    [
        (
            nn.PReLU(),
            {},
            ValueError,
            "no parameter of PReLU was selected for the penalty, of: weight; by default weights",
        ),
        (nn.ReLU(), {}, ValueError, "no parameter of ReLU was selected for the penalty, of: none"),
        (nn.Linear(2, 2), {"select": lambda name, p: False}, ValueError, "of Linear was selected .*, of: weight, bias"),
        (Tensor([1.0]), {}, TypeError, "of a list of parameters, not of a Tensor; put a single parameter into a list"),
        (3.0, {}, TypeError, "of a list of parameters, not of a float"),
        ([np.ones(3)], {}, TypeError, "a penalty is of parameters, and there is a ndarray among them"),
        ([], {}, ValueError, "no parameter to penalise: the list is empty"),
        (
            [Tensor([1.0])],
            {"select": penalties.weights_only},
            TypeError,
            "select chooses among the parameters of a mode",
        ),
    ],
)
def test_what_cannot_be_penalised_is_refused(
    penalty: Any, penalised: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        penalty(penalised, **options)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="elastic: beta must be a number from 0 on, not -1"):
        penalties.elastic(network(), beta=-1)
    with pytest.raises(
        ValueError, match=r"the parameter 'weight' has shape \(3, 4\), without an axis 2 to group along"
    ):
        penalties.group_lasso(nn.Linear(4, 3), axis=2)
    with pytest.raises(ValueError, match=r"a parameter has shape \(\), without an axis 0"):
        penalties.group_lasso([Tensor(1.0)])
