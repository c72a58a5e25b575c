"""Dropout: with a seed, so that every call drops the same elements."""

from __future__ import annotations

import numpy as np

from nn import functional as F

from . import Call

RNG = np.random.default_rng(13)
CASES: dict[str, Call] = {
    "dropout": (lambda x: F.dropout(x, 0.4, rng=3), (RNG.standard_normal((3, 4)),)),
    "dropout, original form": (lambda x: F.dropout(x, 0.4, rng=3, inverted=False), (RNG.standard_normal((3, 4)),)),
    "dropout, original form evaluated": (
        lambda x: F.dropout(x, 0.4, training=False, inverted=False),
        (RNG.standard_normal((3, 4)),),
    ),
    "dropout, evaluated": (lambda x: F.dropout(x, 0.4, training=False), (RNG.standard_normal((3, 4)),)),
    "dropout, all of it": (lambda x: F.dropout(x, 1.0), (RNG.standard_normal(3),)),
    "dropout, a number": (lambda x: F.dropout(x, 0.4, rng=1), (RNG.standard_normal(()),)),
    "dropout2d": (lambda x: F.dropout2d(x, 0.4, rng=3), (RNG.standard_normal((2, 3, 2, 2)),)),
}
