"""Calls of the functions that reduce axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.reduction import logsumexp
from tests.support.cases.common import VIEWS, along, axes_of, spread, through
from tests.support.checking import Case


def _log_sum_exp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The reference for logsumexp: its definition, with the greatest element taken out."""
    greatest = np.max(x, axis=axis, keepdims=True)
    logs = np.log(np.sum(np.exp(x - greatest), axis=axis, keepdims=True)) + greatest
    return logs if keepdims else np.squeeze(logs, axis=tuple(range(np.ndim(x))) if axis is None else axis)


REDUCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    **{f.__name__: (f, f) for f in (np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min)},
    "logsumexp": (logsumexp, _log_sum_exp),
}


def reductions() -> Iterator[Case]:
    for name, (f, reference) in REDUCTIONS.items():
        for shape in ((), (1,), (3,), (2, 3), (2, 1, 3)):
            x = spread(shape, -2, 2, name)
            for axis in axes_of(len(shape)):
                n = x.size if axis is None else int(np.prod([shape[i] for i in np.atleast_1d(axis).astype(int)]))
                if name == "std" and n == 1:
                    continue  # the root of 0 has no slope
                for keepdims in (False, True):
                    note = f"axis={axis}{', kept' if keepdims else ''}"
                    g, r = (along(h, axis=axis, keepdims=keepdims) for h in (f, reference))
                    yield Case(name, g, r, (x,), note)
        empty = (((0, 3), 1), ((3, 0), 0)) if name in ("sum", "prod") else (((0, 3), 1),)
        for shape, axis in empty:
            yield Case(name, along(f, axis=axis), along(reference, axis=axis), (np.ones(shape),), f"axis={axis}")
        for note, (shape, view) in VIEWS.items():
            g, r = (through(along(h, axis=0), view) for h in (f, reference))
            if not (name == "std" and note == "broadcast"):
                yield Case(name, g, r, (spread(shape, -2, 2, note),), note)
    for f in (np.var, np.std):
        for axis in (None, 0, 1, (0, 1)):
            g = along(f, axis=axis, ddof=1)
            yield Case(f.__name__, g, g, (spread((3, 4), -2, 2, "ddof"),), f"axis={axis}, ddof=1")
    for zeros in ([0], [0, 4], [0, 1, 2]):
        x = spread((2, 3), 0.5, 2, "zeros")
        x.reshape(-1)[zeros] = 0.0
        for axis in (None, 0, 1):
            g = along(np.prod, axis=axis)
            yield Case("prod", g, g, (x,), f"zeros at {zeros}, axis={axis}")


FAMILIES = (reductions,)
