"""Running sums and products, differences and areas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from tests.peers.table import VIEWS, Function, Peer, peer
from tests.peers.table.elementwise import seen
from tests.peers.table.reductions import gaps_at
from tests.support.cases.common import SHAPES, spread

# Name → what it is in PyTorch along an axis.
RUNNING: dict[str, Function] = {
    "np.cumsum": torch.cumsum,
    "np.cumprod": torch.cumprod,
    "np.cumulative_sum": torch.cumsum,
    "np.cumulative_prod": torch.cumprod,
    "np.nancumsum": lambda x, axis: gaps_at(0.0)(x).cumsum(axis),
    "np.nancumprod": lambda x, axis: gaps_at(1.0)(x).cumprod(axis),
}
ACCUMULATED: dict[str, Function] = {
    "np.add.accumulate": torch.cumsum,
    "np.multiply.accumulate": torch.cumprod,
    "np.maximum.accumulate": lambda x, axis: torch.cummax(x, axis).values,
    "np.minimum.accumulate": lambda x, axis: torch.cummin(x, axis).values,
    "np.logaddexp.accumulate": torch.logcumsumexp,
}


def running() -> Iterator[Peer]:
    for name, theirs in RUNNING.items():
        for shape in SHAPES[1:]:
            for axis in range(-len(shape), len(shape)):
                yield peer(name, lambda x, f=theirs, a=axis: f(x, a), shape, axis=axis)
            if len(shape) == 1 or "cumulative" not in name:
                yield peer(name, lambda x, f=theirs: f(x.flatten(), 0), shape, axis=None)
        for note, (shape, *view) in VIEWS.items():
            yield seen(peer(name, lambda x, f=theirs: f(x, 0), shape, axis=0), *view, note)
        for zeros in ([0], [4], [1, 3], [0, 1, 2, 3, 4]):
            x = spread((5,), 0.5, 2, "zeros")
            x[zeros] = 0.0
            yield peer(name, lambda x, f=theirs: f(x, 0), x)
            if "nan" in name:
                yield peer(name, lambda x, f=theirs: f(x, 0), np.where(np.arange(5) == 2, np.nan, x))
    for name, theirs in ACCUMULATED.items():
        for shape in (*SHAPES[1:], (5, 2), (9,)):
            for axis in range(-len(shape), len(shape)):
                yield peer(name, lambda x, f=theirs, a=axis: f(x, a), shape, axis=axis)


def differences() -> Iterator[Peer]:
    for shape in ((1,), (3,), (2, 3), (2, 1, 3)):
        for axis in range(-len(shape), len(shape)):
            for n in (1, 2):
                yield peer("np.diff", lambda x, n=n, a=axis: torch.diff(x, n, a), shape, n=n, axis=axis)
            yield peer("np.trapezoid", lambda x, a=axis: torch.trapezoid(x, dx=0.3, dim=a), shape, dx=0.3, axis=axis)
    yield Peer(
        "np.diff",
        lambda a, p, q: np.diff(a, prepend=p, append=q),
        lambda a, p, q: torch.diff(a, prepend=p, append=q),
        (spread((2, 3), -2, 2, "a"), spread((2, 1), -2, 2, "p"), spread((2, 2), -2, 2, "q")),
        "between two ends",
    )
    yield Peer(
        "np.ediff1d",
        lambda a, p, q: np.ediff1d(a, p, q),
        lambda a, p, q: torch.cat([q, torch.diff(a.flatten()), p]),
        (spread((2, 3), -2, 2, "a"), spread((1,), -2, 2, "p"), spread((2,), -2, 2, "q")),
        "between two ends",
    )
    yield peer("np.trapezoid", torch.trapezoid, (4,), (4,))
    yield peer("np.trapezoid", torch.trapezoid, (2, 4), (4,))
    yield peer("np.trapezoid", torch.trapezoid, (2, 4), (2, 4))


def between_points(x: torch.Tensor, xp: torch.Tensor, fp: torch.Tensor) -> torch.Tensor:
    """Return the line through points that are in order of xp, at places within them."""
    i = torch.searchsorted(xp.detach(), x.detach(), right=True) - 1
    return fp[i] + (x - xp[i]) / (xp[i + 1] - xp[i]) * (fp[i + 1] - fp[i])


def lines() -> Iterator[Peer]:
    xp, fp = np.array([-2.0, 0.2, 0.9, 3.3]), np.array([0.4, -1.0, 2.0, 1.1])
    for shape in SHAPES:
        yield peer("np.interp", between_points, np.asarray(spread(shape, -1.9, 3.0, "interp")), xp, fp)


FAMILIES = (running, differences, lines)
