"""Each rule speaks of a network that has the illness, and is silent about one that has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from training import Advices, Monitor, diagnose

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(100, 10)).astype(np.float32), rng.integers(0, 4, 100)


def deep(layer: Callable[[], nn.Module] = nn.ReLU, init: Any = nn.init.he_normal_, depth: int = 6) -> nn.Sequential:
    """A network of so many hidden layers of 50 units."""
    parts: list[nn.Module] = []
    for n in range(depth):
        linear = nn.Linear(10 if n == 0 else 50, 50, rng=n)
        init(linear.weight, rng=n)
        parts += [linear, layer()]
    return nn.Sequential(*parts, nn.Linear(50, 4, rng=99))


def normal(std: float) -> Any:
    return lambda weight, rng: nn.init.normal_(weight, std=std, rng=rng)


def found(model: nn.Module, x: Any = X, optimizer: Any = None) -> Advices:
    return diagnose(model, F.cross_entropy, (x, Y), optimizer)


def thrown_off() -> nn.Sequential:
    model = deep()
    model[2].bias.data = np.where(np.arange(50) < 30, -50.0, 0.0)
    return model


def constant() -> nn.Sequential:
    model = deep()
    nn.init.zeros_(model[4].weight)
    return model


def with_nan() -> nn.Sequential:
    model = deep()
    model[2].weight.data = np.full((50, 50), np.inf)
    return model


def trained(lr: float) -> Any:
    model = deep(depth=2)
    return found(model, optimizer=optim.SGD(model.parameters(), lr=lr))


def ill_and_well() -> dict[str, Any]:
    """By rule: the advice on a network that is ill, where and with which number; and on one like it that is well."""
    tanh = lambda std: deep(nn.Tanh, normal(std))  # noqa: E731
    return {
        "dead": (lambda: found(thrown_off()), "3", 0.6, lambda: found(deep())),
        "saturated": (lambda: found(tanh(1.0)), "3", None, lambda: found(tanh(0.14))),
        "vanishing": (
            lambda: found(deep(nn.Sigmoid, nn.init.xavier_normal_)), "0", None,
            lambda: found(deep(nn.Tanh, nn.init.xavier_normal_)),
        ),
        "exploding": (lambda: found(deep(nn.ReLU, normal(1.0))), "0", None, lambda: found(deep())),
        "collapsing": (lambda: found(tanh(0.01)), "10", None, lambda: found(tanh(0.14))),
        "growing": (lambda: found(deep(nn.ReLU, normal(1.0))), "10", None, lambda: found(deep())),
        "alike": (lambda: found(constant()), "4.weight", 0.0, lambda: found(deep())),
        "not a number": (lambda: found(with_nan()), "2", None, lambda: found(deep())),
        "input": (lambda: found(deep(), 255 * abs(X)), "the input", None, lambda: found(deep())),
        "rate too high": (lambda: trained(3.0), "4.weight", None, lambda: trained(0.03)),
        "rate too low": (lambda: trained(1e-7), "4.weight", None, lambda: trained(0.03)),
    }  # fmt: skip


@pytest.mark.parametrize("rule", ill_and_well())
def test_a_rule_speaks_of_the_ill_and_is_silent_about_the_well(rule: str) -> None:
    ill, where, number, well = ill_and_well()[rule]
    spoken = [advice for advice in ill() if advice.rule == rule]
    assert where in [advice.where for advice in spoken]
    for advice in spoken:
        assert advice.seen
        assert advice.cause
        assert advice.remedy
        if number is not None and advice.where == where:
            assert advice.number == pytest.approx(number, abs=0.1)
    assert rule not in well().rules()


def test_a_healthy_network_gets_no_advice() -> None:
    model = deep()
    nothing = found(model, optimizer=optim.SGD(model.parameters(), lr=0.01))
    assert not nothing
    assert str(nothing) == "Nothing is wrong that could be seen from here."
    assert nothing._repr_html_() == "<p>Nothing is wrong that could be seen from here.</p>"


def test_advice_names_sign_number_cause_and_remedy() -> None:
    advices = found(thrown_off())
    text = str(advices)
    assert text.startswith("3: 6")
    for part in (
        "% of the units gave 0 for every example",
        "Likely cause: a step that was too large",
        "Remedy: a smal",
    ):
        assert part in text
    assert advices._repr_html_().startswith("<ul><li><b>3</b>: ")
    sick = str(found(deep(nn.Sigmoid, nn.init.xavier_normal_)))
    for remedy in ("initialisation", "batch normalisation", "not sigmoid"):
        assert remedy in sick


def test_a_loss_that_is_no_number_is_told() -> None:
    model = deep()
    advices = diagnose(model, lambda scores, y: F.cross_entropy(scores, y) * np.nan, (X, Y))
    assert (advices[0].rule, advices[0].where) == ("not a number", "the loss")


def test_nothing_is_changed_by_a_diagnosis() -> None:
    model = nn.Sequential(nn.Linear(10, 20, rng=0), nn.BatchNorm1d(20), nn.ReLU(), nn.Dropout(0.5, rng=3),
                          nn.Linear(20, 4, rng=1)).eval()  # fmt: skip
    adam = optim.Adam(model.parameters(), lr=0.1)
    before, random = model.state_dict(), model[3].rng.bit_generator.state
    import autograd.random

    library = autograd.random.generator().bit_generator.state
    diagnose(model, F.cross_entropy, (X, Y), adam)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    assert not adam.state
    assert not model.training
    assert all(p.grad is None for p in model.parameters())
    assert model[3].rng.bit_generator.state == random
    assert autograd.random.generator().bit_generator.state == library


def test_a_monitor_gives_the_same_advice() -> None:
    model = thrown_off()
    with Monitor(model) as monitor:
        F.cross_entropy(model(X), Y).backward()
        monitor.step()
    assert monitor.advice() == found(model)
