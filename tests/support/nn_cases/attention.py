"""Attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import functional as F

from . import Call

ALLOWED = np.array([[True, False, True], [False, False, False]])  # the second query may look at nothing


def arrays(*shapes: tuple[int, ...]) -> tuple[Any, ...]:
    rng = np.random.default_rng(17)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def attention(query: Any, key: Any, value: Any, mask: Any = None, **options: Any) -> Any:
    return F.scaled_dot_product_attention(query, key, value, mask, **options)


QKV = arrays((2, 2, 3), (2, 3, 3), (2, 3, 2))
CASES: dict[str, Call] = {
    "scaled_dot_product_attention": (attention, QKV),
    "scaled_dot_product_attention, numbers as mask": (attention, (*QKV, *arrays((2, 3)))),
    "scaled_dot_product_attention, booleans as mask": (lambda q, k, v: attention(q, k, v, ALLOWED), QKV),
    "scaled_dot_product_attention, causal with a mask": (
        lambda q, k, v, mask: attention(q, k, v, mask, is_causal=True),
        (*QKV, *arrays((2, 1, 3))),
    ),
    "scaled_dot_product_attention, dropout": (lambda q, k, v: attention(q, k, v, dropout_p=0.4, rng=2), QKV),
    "scaled_dot_product_attention, scale": (lambda q, k, v: attention(q, k, v, scale=0.3), QKV),
    "scaled_dot_product_attention, scale of 2": (lambda q, k, v: attention(q, k, v, scale=2.0), QKV),
    "scaled_dot_product_attention, one for all": (attention, arrays((2, 2, 3), (3, 3), (2, 1, 3, 2))),
    "scaled_dot_product_attention, grouped heads": (
        lambda q, k, v: attention(q, k, v, enable_gqa=True),
        arrays((4, 2, 3), (2, 2, 3), (1, 2, 2)),
    ),
}
