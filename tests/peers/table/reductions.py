"""Functions that reduce axes: sums, extrema, spreads, those past gaps, and what is read off sorted elements."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch

from tests.peers.table import VIEWS, Function, Peer, peer
from tests.peers.table.elementwise import seen
from tests.support.cases.common import axes_of, spread

SHAPES = ((), (1,), (3,), (2, 3), (2, 1, 3))


def gaps_at(number: float) -> Function:
    return lambda rows: torch.where(rows.isnan(), number, rows)


def nanvar(rows: torch.Tensor, ddof: int = 0) -> torch.Tensor:
    deviation = gaps_at(0.0)(rows - rows.nanmean(-1, keepdim=True))
    return (deviation**2).sum(-1) / ((~rows.isnan()).sum(-1) - ddof)


# Name → what it is in PyTorch, of rows that are reduced to one number each.
REDUCTIONS: dict[str, Function] = {
    "np.sum": lambda rows: rows.sum(-1),
    "np.mean": lambda rows: rows.mean(-1),
    "np.prod": lambda rows: rows.prod(-1),
    "np.max": lambda rows: rows.amax(-1),
    "np.min": lambda rows: rows.amin(-1),
    "np.amax": lambda rows: rows.amax(-1),
    "np.amin": lambda rows: rows.amin(-1),
    "np.ptp": lambda rows: rows.amax(-1) - rows.amin(-1),
    "np.var": lambda rows: rows.var(-1, correction=0),
    "np.std": lambda rows: rows.std(-1, correction=0),
    "np.average": lambda rows: rows.mean(-1),
    "np.median": lambda rows: rows.quantile(0.5, -1),
    "np.add.reduce": lambda rows: rows.sum(-1),
    "np.multiply.reduce": lambda rows: rows.prod(-1),
    "np.maximum.reduce": lambda rows: rows.amax(-1),
    "np.minimum.reduce": lambda rows: rows.amin(-1),
    "np.logaddexp.reduce": lambda rows: rows.logsumexp(-1),
    "np.linalg.vector_norm": lambda rows: torch.linalg.vector_norm(rows, 2, -1),
    "autograd.rules.reduction.logsumexp": lambda rows: rows.logsumexp(-1),
}
PAST_GAPS: dict[str, Function] = {
    "np.nansum": lambda rows: rows.nansum(-1),
    "np.nanmean": lambda rows: rows.nanmean(-1),
    "np.nanprod": lambda rows: gaps_at(1.0)(rows).prod(-1),
    "np.nanmax": lambda rows: gaps_at(-np.inf)(rows).amax(-1),
    "np.fmax.reduce": lambda rows: gaps_at(-np.inf)(rows).amax(-1),
    "np.fmin.reduce": lambda rows: gaps_at(np.inf)(rows).amin(-1),
    "np.nanmin": lambda rows: gaps_at(np.inf)(rows).amin(-1),
    "np.nanvar": nanvar,
    "np.nanstd": lambda rows: nanvar(rows).sqrt(),
    "np.nanmedian": lambda rows: rows.nanquantile(0.5, -1),
}


def reduced(f: Function, axis: object, keepdims: bool) -> Function:
    """Return a function of rows as one of arrays that are reduced along any axes."""

    def theirs(x: torch.Tensor) -> torch.Tensor:
        axes = range(x.ndim) if axis is None or x.ndim == 0 else [i % x.ndim for i in np.ravel(axis).astype(int)]
        rest = [i for i in range(x.ndim) if i not in axes]
        rows = x.permute((*rest, *axes)).reshape([x.shape[i] for i in rest] + [math.prod(x.shape[i] for i in axes)])
        kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
        return f(rows).reshape(kept if keepdims else [x.shape[i] for i in rest])

    return theirs


def reductions() -> Iterator[Peer]:
    for name, theirs in (REDUCTIONS | PAST_GAPS).items():
        for shape in SHAPES:
            for axis in axes_of(len(shape)):
                if name in ("np.std", "np.nanstd") and np.size(np.std(np.zeros(shape), axis)) == math.prod(shape):
                    continue  # of one number it is 0, where PyTorch's second gradient is NaN
                for keepdims in (False, True):
                    yield peer(name, reduced(theirs, axis, keepdims), shape, axis=axis, keepdims=keepdims)
        for note, (shape, *view) in VIEWS.items():
            if note != "broadcast" or name not in ("np.std", "np.nanstd"):
                yield seen(peer(name, reduced(theirs, 0, False), shape, axis=0), *view, note)
    x = np.array([[1.0, np.nan, -0.5, 2.0], [0.3, 0.4, np.nan, np.nan]])
    for name, theirs in PAST_GAPS.items():
        for axis in (None, 1, (0, 1)):
            yield peer(name, reduced(theirs, axis, True), x, axis=axis, keepdims=True)


def with_options() -> Iterator[Peer]:
    for axis in (None, 0, 1, (0, 1)):
        yield peer("np.var", lambda x, a=axis: torch.var(x, a, correction=1), (3, 4), axis=axis, ddof=1)
        yield peer("np.std", lambda x, a=axis: torch.std(x, a, correction=1), (3, 4), axis=axis, ddof=1)
        yield peer("np.nanvar", reduced(lambda x: nanvar(x, 1), axis, False), (3, 4), axis=axis, ddof=1)
    for zeros in ([0], [0, 4], [0, 1, 2]):
        x = spread((2, 3), 0.5, 2, "zeros")
        x.reshape(-1)[zeros] = 0.0
        for axis in (None, 0, 1):
            yield peer("np.prod", reduced(lambda r: r.prod(-1), axis, False), x, axis=axis)
    for shape, axis in (((0, 3), 0), ((0, 3), 1), ((3, 0), 1), ((0,), None)):
        for name in ("np.sum", "np.prod", "np.nansum", "np.nanprod"):
            yield peer(name, reduced((REDUCTIONS | PAST_GAPS)[name], axis, False), shape, axis=axis)


def averages() -> Iterator[Peer]:
    for axis in (None, 0, 1, (0, 1)):
        yield Peer(
            "np.average",
            lambda a, w, i=axis: np.average(a, i, w),
            lambda a, w, i=axis: (a * w).sum(i) / w.sum(i),
            (spread((2, 3), -2, 2, "a"), spread((2, 3), 0.2, 2, "w")),
            f"weighted, axis={axis}",
        )
    yield Peer(
        "np.average",
        lambda a, w: np.average(a, 1, w),
        lambda a, w: (a * w).sum(1) / w.sum(),
        (spread((2, 3), -2, 2, "a"), spread((3,), 0.2, 2, "w")),
        "weights of one axis",
    )


def quantiles() -> Iterator[Peer]:
    gaps = np.array([[1.0, np.nan, -0.5, 2.0], [0.3, 0.4, np.nan, 0.7]])
    for q in (0.0, 0.3, 0.85, 1.0, (0.1, 0.5)):
        fractions = torch.tensor(q, dtype=torch.float64)
        for axis in (None, 0, -1):
            for keepdims in (False, True):
                options = {"axis": axis, "keepdims": keepdims}
                theirs = lambda x, q=fractions, a=axis, k=keepdims: torch.quantile(x, q, a, k)  # noqa: E731
                past = lambda x, q=fractions, a=axis, k=keepdims: torch.nanquantile(x, q, a, k)  # noqa: E731
                percent = (np.array(q) * 100).tolist()
                yield peer("np.quantile", theirs, (4, 3), q=q, **options)
                yield peer("np.percentile", theirs, (4, 3), q=percent, **options)
                if isinstance(q, float):
                    yield peer("np.nanquantile", past, gaps, q=q, **options)
                    yield peer("np.nanpercentile", past, gaps, q=percent, **options)
    for method in ("lower", "higher", "midpoint", "nearest", "linear"):
        theirs = lambda x, m=method: torch.quantile(x, 0.2, 0, interpolation=m)  # noqa: E731
        yield peer("np.quantile", theirs, (3, 2), q=0.2, axis=0, method=method)


def orders() -> Iterator[Peer]:
    for shape in ((1,), (3,), (2, 3), (2, 1, 3), (0,)):
        for axis in range(-len(shape), len(shape)):
            yield peer("np.sort", lambda x, a=axis: x.sort(a).values, shape, axis=axis)
        yield peer("np.sort", lambda x: x.flatten().sort().values, shape, axis=None)
    yield peer("np.sort", lambda x: x.sort(stable=True).values, np.array([2.0, 0.5, 2.0, 0.5]), kind="stable")
    yield Peer(
        "np.partition",
        lambda x: np.partition(x, 1, -1)[..., 1],
        lambda x: x.kthvalue(2, -1).values,
        (spread((2, 4), -2, 2, "partition"),),
        "the one in its place",
    )
    for axis in (None, 0, 1):
        for ord in (1, 3, 0.5, np.inf, -np.inf):
            yield peer(
                "np.linalg.vector_norm",
                lambda x, p=ord, a=axis: torch.linalg.vector_norm(x, p, a),
                (2, 3),
                ord=ord,
                axis=axis,
            )


FAMILIES = (reductions, with_options, averages, quantiles, orders)
