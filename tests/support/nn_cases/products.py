"""Products with weights."""

from __future__ import annotations

import numpy as np

from nn import functional as F

from . import Call

RNG = np.random.default_rng(9)
CASES: dict[str, Call] = {
    "linear": (F.linear, tuple(RNG.standard_normal(shape) for shape in [(2, 3, 4), (5, 4), (5,)])),
    "linear, of one vector": (F.linear, tuple(RNG.standard_normal(shape) for shape in [(4,), (5, 4), (5,)])),
    "linear, no bias": (F.linear, tuple(RNG.standard_normal(shape) for shape in [(3, 4), (5, 4)])),
}
