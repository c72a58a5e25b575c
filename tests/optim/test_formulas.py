"""The update rules are the formulas of their papers: each written out once more, on arrays of its own, step after step.

No other library is asked here; that the steps are PyTorch's too is asked in ``test_rules.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from optim import packing

SHAPES = [(3, 4), (5,), ()]
Path = Iterator[Any]


def descent(w: Any, g: Any, weight_decay: float, maximize: bool) -> Any:
    return (-g if maximize else g) + weight_decay * w


def decayed(w: Any, g: Any, lr: float, weight_decay: float, maximize: bool, decoupled: bool) -> tuple[Any, Any]:
    """Return w and g after the decay: that of w itself, or of the loss."""
    if decoupled:
        return w - lr * weight_decay * w, descent(w, g, 0.0, maximize)
    return w, descent(w, g, weight_decay, maximize)


def sgd(
    w: Any, gradients: Any, lr: float = 0.001, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False,
    weight_decay: float = 0.0, maximize: bool = False,
) -> Path:  # fmt: skip
    b = None
    for g in gradients:
        g = descent(w, g, weight_decay, maximize)
        b = g if b is None else momentum * b + (1 - dampening) * g
        w = w - lr * (g + momentum * b if nesterov else b if momentum else g)
        yield w


def adam(
    w: Any, gradients: Any, lr: float = 0.001, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
    weight_decay: float = 0.0, amsgrad: bool = False, maximize: bool = False, decoupled_weight_decay: bool = False,
) -> Path:  # fmt: skip
    (beta1, beta2), m, v, greatest = betas, 0.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        w, g = decayed(w, g, lr, weight_decay, maximize, decoupled_weight_decay)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        greatest = np.maximum(greatest, v)
        second = (greatest if amsgrad else v) / (1 - beta2**t)
        w = w - lr * m / (1 - beta1**t) / (np.sqrt(second) + eps)
        yield w


def adamw(w: Any, gradients: Any, weight_decay: float = 0.01, **options: Any) -> Path:
    return adam(w, gradients, weight_decay=weight_decay, decoupled_weight_decay=True, **options)


def adamax(
    w: Any, gradients: Any, lr: float = 0.002, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
    weight_decay: float = 0.0, maximize: bool = False,
) -> Path:  # fmt: skip
    (beta1, beta2), m, u = betas, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        g = descent(w, g, weight_decay, maximize)
        m, u = beta1 * m + (1 - beta1) * g, np.maximum(beta2 * u, np.abs(g) + eps)
        w = w - lr / (1 - beta1**t) * m / u
        yield w


def nadam(
    w: Any, gradients: Any, lr: float = 0.002, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
    weight_decay: float = 0.0, momentum_decay: float = 0.004, decoupled_weight_decay: bool = False,
    maximize: bool = False,
) -> Path:  # fmt: skip
    (beta1, beta2), m, v = betas, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        w, g = decayed(w, g, lr, weight_decay, maximize, decoupled_weight_decay)
        mu = [beta1 * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in range(1, t + 2)]  # μ₁ … μₜ₊₁
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        first = mu[t] * m / (1 - math.prod(mu)) + (1 - mu[t - 1]) * g / (1 - math.prod(mu[:t]))
        w = w - lr * first / (np.sqrt(v / (1 - beta2**t)) + eps)
        yield w


def radam(
    w: Any, gradients: Any, lr: float = 0.001, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
    weight_decay: float = 0.0, decoupled_weight_decay: bool = False, maximize: bool = False,
) -> Path:  # fmt: skip
    (beta1, beta2), m, v = betas, 0.0, 0.0
    limit = 2 / (1 - beta2) - 1
    for t, g in enumerate(gradients, start=1):
        w, g = decayed(w, g, lr, weight_decay, maximize, decoupled_weight_decay)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        rho, step = limit - 2 * t * beta2**t / (1 - beta2**t), m / (1 - beta1**t)
        if rho > 5:
            r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            step = step * r * math.sqrt(1 - beta2**t) / (np.sqrt(v) + eps)
        w = w - lr * step
        yield w


def rmsprop(
    w: Any, gradients: Any, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0,
    momentum: float = 0.0, centered: bool = False, maximize: bool = False,
) -> Path:  # fmt: skip
    m, v, b = 0.0, 0.0, 0.0
    for g in gradients:
        g = descent(w, g, weight_decay, maximize)
        m, v = alpha * m + (1 - alpha) * g, alpha * v + (1 - alpha) * g**2
        b = momentum * b + g / (np.sqrt(v - m**2 if centered else v) + eps)
        w = w - lr * b
        yield w


def adagrad(
    w: Any, gradients: Any, lr: float = 0.01, lr_decay: float = 0.0, weight_decay: float = 0.0,
    initial_accumulator_value: float = 0.0, eps: float = 1e-10, maximize: bool = False,
) -> Path:  # fmt: skip
    v = initial_accumulator_value
    for t, g in enumerate(gradients, start=1):
        g = descent(w, g, weight_decay, maximize)
        v = v + g**2
        w = w - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(v) + eps)
        yield w


def adadelta(
    w: Any, gradients: Any, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0,
    maximize: bool = False,
) -> Path:  # fmt: skip
    u, v = 0.0, 0.0
    for g in gradients:
        g = descent(w, g, weight_decay, maximize)
        v = rho * v + (1 - rho) * g**2
        step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u = rho * u + (1 - rho) * step**2
        w = w - lr * step
        yield w


FORMULAS: dict[type[optim.Optimizer], Callable[..., Path]] = {
    **{optim.SGD: sgd, optim.Adam: adam, optim.AdamW: adamw, optim.Adamax: adamax, optim.NAdam: nadam},
    **{optim.RAdam: radam, optim.RMSprop: rmsprop, optim.Adagrad: adagrad, optim.Adadelta: adadelta},
}
BETAS = {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.3, "weight_decay": 0.3, "maximize": True}
CASES: list[tuple[type[optim.Optimizer], dict[str, Any]]] = [
    *((rule, {}) for rule in FORMULAS),  # what the options are if nobody gives them
    (optim.SGD, {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.3}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    (optim.Adam, BETAS),
    (optim.Adam, {**BETAS, "amsgrad": True}),
    (optim.Adam, {**BETAS, "decoupled_weight_decay": True}),
    (optim.AdamW, {**BETAS, "amsgrad": True}),
    (optim.Adamax, BETAS),
    (optim.NAdam, {**BETAS, "momentum_decay": 0.1}),
    (optim.NAdam, {**BETAS, "momentum_decay": 0.1, "decoupled_weight_decay": True}),
    (optim.RAdam, {**BETAS, "betas": (0.5, 0.9)}),
    (optim.RAdam, {**BETAS, "betas": (0.5, 0.9), "decoupled_weight_decay": True}),
    (optim.RMSprop, {"lr": 0.1, "alpha": 0.5, "eps": 0.1, "weight_decay": 0.3, "maximize": True}),
    (optim.RMSprop, {"lr": 0.1, "alpha": 0.5, "eps": 0.1, "momentum": 0.9}),
    (optim.RMSprop, {"lr": 0.1, "alpha": 0.5, "eps": 0.1, "momentum": 0.9, "centered": True, "weight_decay": 0.3}),
    (optim.Adagrad, {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.3, "initial_accumulator_value": 0.5, "eps": 0.1}),
    (optim.Adagrad, {"lr": 0.1, "maximize": True}),
    (optim.Adadelta, {"lr": 0.5, "rho": 0.5, "eps": 0.1, "weight_decay": 0.3, "maximize": True}),
]


def test_there_is_a_formula_for_every_rule() -> None:
    kinds = {thing for name in optim.__all__ if isinstance(thing := getattr(optim, name), type)}
    assert set(FORMULAS) == {kind for kind in kinds if issubclass(kind, optim.Optimizer) and kind.elementwise}


@pytest.mark.parametrize(("rule", "options"), CASES)
def test_every_step_is_the_formulas(
    monkeypatch: pytest.MonkeyPatch, rule: Callable[..., optim.Optimizer], options: dict[str, Any]
) -> None:
    monkeypatch.setattr(packing, "PIECE", 7)  # so that the matrix is cut up, and the others come together
    rng = np.random.default_rng(0)
    start = [rng.standard_normal(shape) for shape in SHAPES]
    steps = [[rng.standard_normal(shape) for shape in SHAPES] for _ in range(12)]
    params = [nn.Parameter(a) for a in start]
    optimizer = rule(params, **options)
    formula = FORMULAS[type(optimizer)]
    paths = [formula(a, own, **options) for a, own in zip(start, zip(*steps, strict=True), strict=True)]
    for step in steps:
        for parameter, g in zip(params, step, strict=True):
            parameter.grad = Tensor(g)
        optimizer.step()
        for parameter, path in zip(params, paths, strict=True):
            np.testing.assert_allclose(parameter.data, next(path), rtol=1e-10, atol=1e-12)
