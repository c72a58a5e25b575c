"""Losses."""

from __future__ import annotations

import numpy as np

from nn import functional as F

from . import Call

RNG = np.random.default_rng(10)
TARGET = np.array([2, 0, 3])
CASES: dict[str, Call] = {
    "cross_entropy": (lambda x: F.cross_entropy(x, TARGET), (RNG.standard_normal((3, 4)),)),
    "cross_entropy, not reduced": (lambda x: F.cross_entropy(x, TARGET, "none"), (RNG.standard_normal((3, 4)),)),
    "cross_entropy, other axis": (lambda x: F.cross_entropy(x, TARGET, "sum", 0), (RNG.standard_normal((4, 3)),)),
}
