"""Normalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import functional as F

from . import Call

RNG = np.random.default_rng(12)


def _operands(shape: tuple[int, ...], *parameters: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(RNG.standard_normal(s) for s in (shape, *parameters))


def _case(function: Callable[..., Any], *shapes: tuple[int, ...], **options: Any) -> Call:
    """Return a call to which x is added: the sum of squares of what is normalised does not depend on x."""
    return lambda x, *rest: function(x, *rest, **options) + x, tuple(RNG.standard_normal(s) for s in shapes)


def _batch_norm(x: Any, weight: Any = None, bias: Any = None, training: bool = True) -> Any:
    mean = np.ones_like(x.data, shape=x.shape[1:2]) * 0.3
    return F.batch_norm(x, mean, mean + 1.5, weight, bias, training)


def _shifted(x: Any, bias: Any) -> Any:
    return F.layer_norm(x, 4, bias=bias)


def _over(function: Callable[..., Any], setting: Any) -> Callable[..., Any]:
    return lambda x, *parameters, **options: function(x, setting, *parameters, **options)


CASES: dict[str, Call] = {
    "batch_norm": _case(_batch_norm, (4, 3), (3,), (3,)),
    "batch_norm, of sequences": _case(_batch_norm, (3, 2, 4), (2,), (2,)),
    "batch_norm, of images": _case(_batch_norm, (2, 3, 2, 2), (3,), (3,)),
    "batch_norm, no parameters": _case(_batch_norm, (4, 3)),
    "batch_norm, scale only": _case(_batch_norm, (4, 3), (3,)),
    "batch_norm, evaluated": _case(_batch_norm, (4, 3), (3,), (3,), training=False),
    "batch_norm, evaluated images": _case(_batch_norm, (2, 3, 2, 2), (3,), (3,), training=False),
    "batch_norm, evaluated, no parameters": _case(_batch_norm, (2, 3, 2), training=False),
    "layer_norm": _case(_over(F.layer_norm, 4), (3, 4), (4,), (4,)),
    "layer_norm, several axes": _case(_over(F.layer_norm, (3, 2)), (2, 3, 2), (3, 2), (3, 2)),
    "layer_norm, no parameters": _case(_over(F.layer_norm, 4), (2, 2, 4)),
    "layer_norm, scale only": _case(_over(F.layer_norm, 4), (3, 4), (4,)),
    "layer_norm, shift only": _case(_shifted, (3, 4), (4,)),
    "rms_norm": _case(_over(F.rms_norm, 4), (3, 4), (4,), eps=1e-3),
    "rms_norm, several axes": _case(_over(F.rms_norm, (3, 2)), (2, 3, 2), (3, 2)),
    "rms_norm, no parameters": _case(_over(F.rms_norm, 4), (2, 2, 4)),
    "group_norm": _case(_over(F.group_norm, 2), (2, 4, 3), (4,), (4,)),
    "group_norm, of vectors": _case(_over(F.group_norm, 2), (3, 6), (6,), (6,)),
    "group_norm, of images": _case(_over(F.group_norm, 3), (2, 3, 2, 2), (3,), (3,)),
    "group_norm, no parameters": _case(_over(F.group_norm, 1), (2, 2, 3)),
}
