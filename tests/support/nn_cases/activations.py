"""Non-linearities."""

from __future__ import annotations

import numpy as np

from nn import functional as F

from . import Call

RNG = np.random.default_rng(8)
X = RNG.standard_normal((3, 4))
CASES: dict[str, Call] = {
    "relu": (F.relu, (X,)),
    "tanh": (F.tanh, (X,)),
    "softmax": (lambda x: F.softmax(x, axis=0), (X,)),
    "log_softmax": (F.log_softmax, (X,)),
}
