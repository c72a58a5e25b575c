"""Embedding."""

from __future__ import annotations

import numpy as np

from nn import functional as F
from nn.functional.embedding import _add_rows

from . import Call

RNG = np.random.default_rng(14)
INDICES = np.array([[0, 3, 3], [4, 0, 3]])
WEIGHT = RNG.standard_normal((5, 2))
CASES: dict[str, Call] = {
    "embedding": (lambda w: F.embedding(INDICES, w), (WEIGHT,)),
    "embedding, a single word": (lambda w: F.embedding(3, w), (WEIGHT,)),
    "embedding, rows added up": (lambda x: _add_rows(x, INDICES, 5), (RNG.standard_normal((2, 3, 2)),)),
    "one_hot": (lambda x: x[:, None] * F.one_hot((x.data > 0).astype(int), 2), (RNG.standard_normal(3),)),
}
