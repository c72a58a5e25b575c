"""What the course says of the rules: its table, and the paths on a loss that is steep one way and shallow the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import optim
from autograd import Tensor

RULES: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD": lambda w: optim.SGD(w, lr=0.01),
    "SGD, momentum": lambda w: optim.SGD(w, lr=0.01, momentum=0.9),
    "SGD, Nesterov": lambda w: optim.SGD(w, lr=0.01, momentum=0.9, nesterov=True),
    "AdaGrad": lambda w: optim.Adagrad(w, lr=0.01),
    "RMSProp": lambda w: optim.RMSprop(w, lr=0.01),
    "RMSProp, momentum": lambda w: optim.RMSprop(w, lr=0.01, momentum=0.5),
    "Adadelta": lambda w: optim.Adadelta(w),
    "Adam": lambda w: optim.Adam(w, lr=0.01),
    "AMSGrad": lambda w: optim.Adam(w, lr=0.01, amsgrad=True),
    "AdamW": lambda w: optim.AdamW(w, lr=0.01, weight_decay=0),
    "Adamax": lambda w: optim.Adamax(w, lr=0.01),
    "NAdam": lambda w: optim.NAdam(w, lr=0.01),
    "RAdam": lambda w: optim.RAdam(w, lr=0.01),
}


def steps(name: str, gradients: list[Any]) -> np.ndarray:
    """Return how far each gradient moved the parameter."""
    w = Tensor(np.zeros(np.shape(gradients[0])), True)
    optimizer, places = RULES[name]([w]), [w.data.copy()]
    for g in gradients:
        w.grad = Tensor(np.asarray(g, dtype=float))
        optimizer.step()
        places.append(w.data.copy())
    return np.diff(places, axis=0)


def test_every_rule_is_in_the_table() -> None:
    assert set(optim.table()) == set(RULES)
    kinds = {thing for name in optim.__all__ if isinstance(thing := getattr(optim, name), type)}
    rules = {kind for kind in kinds if issubclass(kind, optim.Optimizer) and kind.elementwise}
    assert {rule for kind in rules for rule in kind.traits} == set(RULES)


def test_the_table_is_aligned_and_names_the_papers() -> None:
    head, *rows = str(optim.table()).splitlines()
    marks = {tuple(i for i, letter in enumerate(row) if letter in "✓✗") for row in rows}
    assert len(marks) == 1
    assert len(marks.pop()) == 4
    papers = [row[head.index("paper") :] for row in rows]
    assert papers == [traits.paper for traits in optim.table().values()]
    assert all(re.fullmatch(r"\w.* (19|20)\d\d", paper) for paper in papers)
    shown = optim.table()._repr_html_()
    assert "<th>bias correction</th><th>paper</th></tr>" in shown
    assert "<tr><td>Adamax</td><td>✓</td><td>✗</td><td>✓</td><td>✓</td><td>Kingma &amp; Ba 2015</td></tr>" in shown


@pytest.mark.parametrize("name", RULES)
def test_first_moments_go_on_when_the_gradient_is_gone(name: str) -> None:
    moved = steps(name, [[1.0]] * 20 + [[0.0]])
    assert (moved[-1, 0] != 0) == optim.table()[name].first_moments


@pytest.mark.parametrize("name", [name for name in RULES if name != "Adamax"])  # it has a maximum in their place
def test_second_moments_make_steep_and_shallow_steps_alike(name: str) -> None:
    steep, shallow = steps(name, [[100.0, 1.0]] * 50)[-1]
    assert (abs(steep / shallow - 1) < 0.1) == optim.table()[name].second_moments


@pytest.mark.parametrize("name", [name for name, traits in optim.table().items() if traits.second_moments])
@pytest.mark.no_cover
def test_leaky_moments_forget_a_large_gradient(name: str) -> None:
    moved = np.abs(steps(name, [[100.0]] + [[1.0]] * 8000)[:, 0])
    undisturbed = np.abs(steps(name, [[1.0]] * 8001)[:, 0])
    assert (moved[-1] > 0.9 * undisturbed[-1]) == optim.table()[name].leaky


@pytest.mark.parametrize("name", [name for name, traits in optim.table().items() if traits.leaky])
@pytest.mark.no_cover
def test_bias_correction_makes_the_first_step_as_long_as_the_later_ones(name: str) -> None:
    moved = np.abs(steps(name, [[1.0]] * 3000)[:, 0])
    assert (0.8 < moved[0] / moved[-1] < 1.2) == optim.table()[name].bias_correction


# ------------------------------------------------------------------------------------------------------------ the paths


def path(optimizer: Callable[..., optim.Optimizer], loss: Callable[..., Any], start: list[float], n: int) -> np.ndarray:
    w = Tensor(start, True)
    rule, places = optimizer([w]), [w.data.copy()]
    for _ in range(n):
        rule.zero_grad()
        loss(w).backward()
        rule.step()
        places.append(w.data.copy())
    return np.array(places)


def ravine(w: Tensor) -> Tensor:
    return 0.5 * (w[0] ** 2 + 50 * w[1] ** 2)


def test_gradient_descent_jitters_across_the_ravine_and_crawls_along_it() -> None:
    places = path(lambda w: optim.SGD(w, lr=0.038), ravine, [-10.0, 1.0], 40)
    assert (np.sign(places[1:20, 1]) != np.sign(places[:19, 1])).all()
    assert (places[:, 0] < -2).all()


def test_momentum_overshoots_and_arrives_sooner() -> None:
    plain = path(lambda w: optim.SGD(w, lr=0.02), ravine, [-10.0, 1.0], 150)
    heavy = path(lambda w: optim.SGD(w, lr=0.02, momentum=0.85), ravine, [-10.0, 1.0], 150)
    assert plain[:, 0].max() < 0 < heavy[:, 0].max()
    arrived = [int(np.argmax(np.abs(places).max(axis=1) < 0.5)) for places in (plain, heavy)]
    assert 0 < arrived[1] < arrived[0]


def test_adadelta_finds_its_own_step_and_comes_down_the_ravine() -> None:
    places = path(lambda w: optim.Adadelta(w), ravine, [-2.0, 1.0], 3000)
    assert np.abs(places[-1]).max() < 0.05


def rosenbrock(w: Tensor) -> Tensor:
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


@pytest.mark.parametrize(
    ("optimizer", "n"),
    [
        (lambda w: optim.SGD(w, lr=5e-4, momentum=0.9), 3000),
        (lambda w: optim.SGD(w, lr=5e-4, momentum=0.9, nesterov=True), 3000),
        (lambda w: optim.Adagrad(w, lr=0.5), 3000),
        (lambda w: optim.RMSprop(w, lr=1e-3), 4000),
        (lambda w: optim.Adam(w, lr=0.02), 3000),
        (lambda w: optim.Adam(w, lr=0.1, amsgrad=True), 3000),
        (lambda w: optim.Adamax(w, lr=0.05), 3000),
        (lambda w: optim.NAdam(w, lr=0.02), 3000),
        (lambda w: optim.RAdam(w, lr=5e-3), 4000),
    ],
)
@pytest.mark.no_cover
def test_rules_find_the_end_of_rosenbrocks_valley(optimizer: Callable[..., optim.Optimizer], n: int) -> None:
    end = path(optimizer, rosenbrock, [-0.5, 1.0], n)[-1]
    assert rosenbrock(Tensor([-0.5, 1.0])).item() > 50
    assert rosenbrock(Tensor(end)).item() < 0.02
