"""Errors that were put in on purpose: one entry of a gradient multiplied by a factor."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.backward import gradients

from .calls import Call

NOTHING = 1e-8  # an entry that is zero to within this part of |φ/x| has no error of 1 %


def wrong_at(places: Any, factor: float) -> Callable[..., Any]:
    """Return the identity, with the gradient multiplied at some places of the flattened operand."""

    def pull(g: Any) -> Any:
        g = np.array(g, dtype=np.float64, order="C")
        g.reshape(-1)[places] *= factor
        return g

    return primitive(lambda x: x * 1.0, name="planted", x=pull)


def with_errors(call: Call, factor: float, rng: np.random.Generator) -> Iterator[Callable[..., Any]]:
    """Yield the function of a call with one entry of the gradient by one operand wrong: for each operand one."""
    for k, place in _places(call, rng):
        planted = wrong_at([place], factor)

        def function(*operands: Any, k: int = k, planted: Callable[..., Any] = planted) -> Any:
            return call.function(*operands[:k], planted(operands[k]), *operands[k + 1 :])

        yield function


def _places(call: Call, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield for each operand its number, and an entry by which some output has a derivative that is not nothing.

    An error of 1 % is one of the derivative of each output by this entry; one of them has to be there.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        leaves = [Tensor(x, requires_grad=True) for x in call.operands]
        result = call.function(*leaves)
        outputs = [y for y in (result if isinstance(result, (tuple, list)) else (result,)) if y.dtype.kind == "f"]
        size = sum(float(np.sqrt(np.sum(y.data**2))) for y in outputs)
        seeds = [rng.uniform(0.5, 1.5, y.shape) for y in outputs]
        found = gradients(outputs, leaves, seeds) if any(y.requires_grad for y in outputs) else [None] * len(leaves)
    for k, (g, x) in enumerate(zip(found, call.operands, strict=True)):
        if g is None or not np.isfinite(g).all():
            continue
        sizes = np.where(x == 0, np.median(abs(x[x != 0])) if np.any(x) else 1.0, abs(x))
        there = np.flatnonzero(abs(g) * sizes > NOTHING * size)
        if len(there):
            yield k, int(rng.choice(there))
