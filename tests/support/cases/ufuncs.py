"""Calls of the methods of ufuncs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.support.cases.common import PAIRS, axes_of, beside, spread
from tests.support.checking import Case

REDUCED: dict[np.ufunc, str] = {
    **{np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min"},
    **{np.fmax: "nanmax", np.fmin: "nanmin", np.logaddexp: "logsumexp"},
}


def _close(ufunc: np.ufunc, axis: Any, **options: Any) -> Callable[[Any], Any]:
    """The reference: NumPy's own, but for logaddexp, where its order of addition has other digits than log Σ exp."""
    if ufunc is not np.logaddexp:
        return lambda x: ufunc.reduce(x, axis=axis, **options)
    return lambda x: np.log(np.sum(np.exp(x - x.max(axis, keepdims=True)), axis, **options)) + x.max(axis, **options)


def reduced() -> Iterator[Case]:
    for ufunc, name in REDUCED.items():
        for shape in ((1,), (3,), (2, 3), (2, 1, 3)):
            x = spread(shape, -2, 2, name)
            for axis in axes_of(len(shape)):
                for keepdims in (False, True):
                    f = lambda x, u=ufunc, a=axis, k=keepdims: u.reduce(x, axis=a, keepdims=k)  # noqa: E731
                    note = f"{ufunc.__name__}.reduce, axis={axis}{', kept' if keepdims else ''}"
                    yield Case(name, f, _close(ufunc, axis, keepdims=keepdims), (x,), note)
    x, mask = spread((2, 3), -2, 2, "x"), np.array([[True, False, True], [True, True, False]])
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin):
        f = lambda x, u=ufunc: u.reduce(x, initial=0.3, where=beside(x, mask), axis=1)  # noqa: E731
        yield Case(REDUCED[ufunc], f, f, (x,), f"{ufunc.__name__}.reduce, where, initial")
    f = lambda x: np.add.reduce(x, dtype=np.longdouble)  # noqa: E731
    yield Case("sum", f, f, (x,), "add.reduce in longdouble")
    y = np.array([[0.0, 1.0, 2.0], [0.5, 0.5, 0.5]])
    f = lambda x: np.logaddexp.reduce(x, axis=1, where=beside(x, mask))  # noqa: E731
    yield Case("logsumexp", f, lambda x: np.log((np.exp(x) * mask).sum(1)), (y,), "logaddexp.reduce, where")
    f = lambda x: np.logaddexp.reduce(x, axis=1, initial=0.5)  # noqa: E731
    reference = lambda x: np.logaddexp(0.5, np.log(np.exp(x - x.max(1, keepdims=True)).sum(1)) + x.max(1))  # noqa: E731
    yield Case("logaddexp", f, reference, (x,), "logaddexp.reduce, initial")


def reduced_at() -> Iterator[Case]:
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        for places in ([0, 2, 3], [3, 1, 1, 0, 3], [4], []):
            for shape, axis in (((5,), 0), ((5, 2), 0), ((2, 5), 1), ((2, 5, 1), -2)):
                f = lambda x, u=ufunc, p=places, a=axis: u.reduceat(x, np.array(p, int), axis=a)  # noqa: E731
                name = REDUCED[ufunc] if places else "gather"
                yield Case(
                    name,
                    f,
                    f,
                    (np.round(8 * spread(shape, -2, 2, "at")) / 8,),
                    f"{ufunc.__name__}.reduceat {places}, axis={axis}",
                )


def outers() -> Iterator[Case]:
    for ufunc in (np.add, np.subtract, np.multiply, np.maximum, np.arctan2):
        for a, b in PAIRS:
            x, y = spread(a, 0.5, 2.0, "x"), spread(b, 0.6, 2.1, "y")
            yield Case(ufunc.__name__, ufunc.outer, ufunc.outer, (x, y), f"outer {a}, {b}")


FAMILIES = (reduced, reduced_at, outers)
