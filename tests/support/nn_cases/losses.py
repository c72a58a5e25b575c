"""Losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import functional as F
from nn.functional.likelihood import log_odds
from tests.support.cases.common import beside

from . import Call

RNG = np.random.default_rng(10)
TARGET = np.array([2, 0, 3])
SOME = np.array([2, -100, 3])
RNG_OF_PIXELS = np.random.default_rng(11)
PIXELS = RNG_OF_PIXELS.integers(4, size=(2, 3, 2))
SCORES = RNG.standard_normal((3, 4))
CHANCES = F.softmax(RNG.standard_normal((3, 4)))
WEIGHT = np.array([0.5, 1.0, 2.0, 0.3])
SIGNS = np.where(RNG.random((3, 4)) < 0.5, -1.0, 1.0)
BITS = (SIGNS + 1) / 2
TWO = (SCORES, RNG.standard_normal((3, 4)))
REDUCTIONS: tuple[Any, ...] = ("mean", "sum", "none")

CLASSES: dict[str, Call] = {
    "cross_entropy": (lambda x: F.cross_entropy(x, TARGET), (SCORES,)),
    "cross_entropy, not reduced": (lambda x: F.cross_entropy(x, TARGET, reduction="none"), (SCORES,)),
    "cross_entropy, other axis": (lambda x: F.cross_entropy(x, TARGET, reduction="sum", axis=0), (SCORES.T,)),
    "cross_entropy, weighted": (lambda x: F.cross_entropy(x, TARGET, beside(x, WEIGHT)), (SCORES,)),
    "cross_entropy, of some": (
        lambda x: F.cross_entropy(x, beside(x, SOME), beside(x, WEIGHT), label_smoothing=0.2),
        (SCORES,),
    ),
    "cross_entropy, of probabilities": (F.cross_entropy, (SCORES, CHANCES)),
    "cross_entropy, of pixels": (lambda x: F.cross_entropy(x, PIXELS), (RNG_OF_PIXELS.standard_normal((2, 4, 3, 2)),)),
    "nll_loss": (lambda x: F.nll_loss(x, TARGET), (SCORES,)),
    "nll_loss, weighted": (lambda x: F.nll_loss(x, beside(x, SOME), beside(x, WEIGHT), reduction="sum"), (SCORES,)),
    "multiclass_svm_loss": (lambda x: F.multiclass_svm_loss(x, TARGET), (SCORES,)),
    "multiclass_svm_loss, squared": (lambda x: F.multiclass_svm_loss(x, TARGET, 0.5, True, "none"), (SCORES,)),
    "multiclass_svm_loss, some margins kept": (lambda x: F.multiclass_svm_loss(5 * x, TARGET), (SCORES,)),
    "multiclass_svm_loss, other axis": (
        lambda x: F.multiclass_svm_loss(x, TARGET, reduction="sum", axis=0),
        (SCORES.T,),
    ),
}
NUMBERS: dict[str, Call] = {
    f"{name}, {reduction}": (lambda x, t, f=function, r=reduction: f(x, t, reduction=r), operands)
    for reduction in REDUCTIONS
    for name, function, operands in (
        ("mse_loss", F.mse_loss, TWO),
        ("l1_loss", F.l1_loss, TWO),
        ("adaline_loss", F.adaline_loss, TWO),
        ("huber_loss", F.huber_loss, TWO),
        ("smooth_l1_loss", F.smooth_l1_loss, TWO),
        ("kl_div", F.kl_div, (SCORES, CHANCES)),
        ("binary_cross_entropy", F.binary_cross_entropy, (RNG.uniform(0.1, 0.9, (3, 4)), CHANCES)),
        ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits, (SCORES, CHANCES)),
    )
}
CASES: dict[str, Call] = {
    **CLASSES,
    **NUMBERS,
    "hinge_loss": (lambda x: F.hinge_loss(x, beside(x, SIGNS)), (SCORES,)),
    "hinge_loss, squared": (lambda x: F.hinge_loss(x, beside(x, SIGNS), 0.5, True, "none"), (SCORES,)),
    "perceptron_loss": (lambda x: F.perceptron_loss(x, beside(x, BITS)), (SCORES,)),
    "mse_loss, weighted": (lambda x, t: F.mse_loss(x, t, weight=beside(x, CHANCES)), TWO),
    "l1_loss, weighted": (lambda x, t: F.l1_loss(x, t, "sum", beside(x, CHANCES)), TWO),
    "huber_loss, weighted": (lambda x, t: F.huber_loss(x, t, "mean", 0.4, beside(x, CHANCES)), TWO),
    "smooth_l1_loss, sharper": (lambda x, t: F.smooth_l1_loss(x, t, beta=0.3), TWO),
    "smooth_l1_loss, sharp": (lambda x, t: F.smooth_l1_loss(x, t, beta=0.0), TWO),
    "kl_div, of logarithms": (lambda x, t: F.kl_div(x, t, "batchmean", log_target=True), TWO),
    "binary_cross_entropy, weighted": (
        lambda x: F.binary_cross_entropy(x, beside(x, BITS), beside(x, WEIGHT)),
        (RNG.uniform(0.1, 0.9, (3, 4)),),
    ),
    "binary_cross_entropy, its log odds": (log_odds, (RNG.uniform(0.1, 0.9, (3, 4)),)),
    "binary_cross_entropy_with_logits, weighted": (
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, beside(x, WEIGHT), "sum", beside(x, WEIGHT[::-1])),
        (SCORES, CHANCES),
    ),
}
