"""Polynomials, numerical derivatives, statistics, sets, numbers at equal distances, and functions of functions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from tests.peers.table import Function, Peer, filled, peer
from tests.peers.table.windows import full_convolution
from tests.support.cases.common import SHAPES, spread


def polynomials() -> Iterator[Peer]:
    for shape in SHAPES:
        cubic = lambda p, x: ((p[0] * x + p[1]) * x + p[2]) * x + p[3]  # noqa: E731
        yield peer("np.polyval", cubic, (4,), shape)
    longer = lambda a, b: torch.cat([a[:1], a[1:] + b])  # noqa: E731
    yield peer("np.polyadd", longer, (3,), (2,))
    yield peer("np.polysub", lambda a, b: longer(a, -b), (3,), (2,))
    yield peer("np.polymul", full_convolution, (3,), (2,))
    yield peer("np.polyder", lambda p: p[:-1] * torch.tensor([3.0, 2.0, 1.0]), (4,))
    yield peer("np.polyint", lambda p: torch.cat([p / torch.tensor([3.0, 2.0, 1.0]), p[:1] * 0]), (3,))
    yield Peer("np.polydiv", np.polydiv, divided, (np.array([0.7, -1.1, 0.4]), np.array([1.3, 0.6])))
    yield peer("np.poly", by_zeros, (3,))
    for n, increasing in ((3, False), (4, True)):
        theirs: Function = lambda x, n=n, i=increasing: powers(x, n) if i else powers(x, n).flip(1)  # noqa: E731
        yield peer("np.vander", theirs, (4,), N=n, increasing=increasing)
    x, y = np.array([0.3, 1.0, 1.6, 2.5, 3.1]), spread((5,), -2, 2, "y")
    fitted = lambda x, y: torch.linalg.pinv(powers(x, 3).flip(1)) @ y  # noqa: E731
    yield Peer("np.polyfit", lambda x, y: np.polyfit(x, y, 2), fitted, (x, y))


def powers(x: torch.Tensor, n: int) -> torch.Tensor:
    return x[:, None] ** torch.arange(n)  # torch.vander writes in place, and has no derivative of x⁰ and x¹ thereby


def divided(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return quotient and remainder of a square and a line."""
    first = u[0] / v[0]
    second = (u[1] - first * v[1]) / v[0]
    return torch.stack([first, second]), (u[2] - second * v[1])[None]


def by_zeros(z: torch.Tensor) -> torch.Tensor:
    """Return the cubic with three zeros, by Vieta's formulas."""
    a, b, c = z
    return torch.stack([torch.ones_like(a), -(a + b + c), a * b + b * c + c * a, -a * b * c])


def slopes() -> Iterator[Peer]:
    for shape in ((3,), (4, 3), (3, 4, 5)):
        for order in (1, 2):
            yield peer("np.gradient", lambda x, e=order: torch.gradient(x, edge_order=e), shape, edge_order=order)
    for axis in (0, -1):
        theirs: Function = lambda x, a=axis: torch.gradient(x, spacing=0.3, dim=a)[0]  # noqa: E731
        yield Peer("np.gradient", lambda x, a=axis: np.gradient(x, 0.3, axis=a), theirs, filled(((3, 4),)))
    turns = np.array([0.3, 4.0, -2.5, 9.0, 3.0])
    whole = torch.tensor(np.unwrap(turns) - turns)
    yield peer("np.unwrap", lambda x: x + whole, turns)


def statistics() -> Iterator[Peer]:
    weights = np.array([0.4, 1.1, 0.7, 0.9])
    for ddof in (0, 1):
        yield peer("np.cov", lambda x, c=ddof: torch.cov(x, correction=c), (3, 4), ddof=ddof)
        theirs: Function = lambda x, w, c=ddof: torch.cov(x, correction=c, aweights=w)  # noqa: E731
        mine: Function = lambda x, w, c=ddof: np.cov(x, ddof=c, aweights=w)  # noqa: E731
        if not ddof:  # PyTorch takes weights that require a gradient for what they are only if nothing is subtracted
            yield Peer("np.cov", mine, theirs, (*filled(((3, 4),)), weights), "weighted")
    yield peer("np.cov", torch.cov, (4,))
    yield peer("np.corrcoef", torch.corrcoef, (3, 4))
    places, edges = np.array([2, 0, 2, 1]), np.array([0.0, 1.0, 2.0, 3.0])
    sums: Function = lambda w: torch.zeros(3, dtype=w.dtype).index_add(0, torch.tensor(places), w)  # noqa: E731
    yield Peer("np.bincount", lambda w: np.bincount(places, w), sums, filled(((4,),)))
    yield Peer("np.histogram", lambda w: np.histogram(places + 0.5, edges, weights=w)[0], sums, filled(((4,),)))


def sets() -> Iterator[Peer]:
    rising: Function = lambda *xs: torch.cat(xs).sort().values  # noqa: E731
    yield peer("np.unique", lambda x: x.flatten().sort().values, (2, 3))
    for name in ("all", "counts", "inverse"):
        f = getattr(np, f"unique_{name}")
        yield Peer(f"np.unique_{name}", lambda x, f=f: f(x).values, rising, filled(((4,),)))
    yield peer("np.unique_values", rising, (4,))
    yield peer("np.union1d", rising, (3,), (4,))
    yield peer("np.setxor1d", rising, (3,), (4,))
    yield Peer("np.setdiff1d", lambda x: np.setdiff1d(x, np.array([7.0])), rising, filled(((4,),)))
    yield Peer("np.trim_zeros", lambda x: np.trim_zeros(np.pad(x, (1, 2))), torch.clone, filled(((4,),)))


def between(start: torch.Tensor, stop: torch.Tensor) -> torch.Tensor:
    """Return five numbers at equal distances along a new first axis."""
    steps = torch.linspace(0, 1, 5, dtype=start.dtype).reshape(5, *[1] * max(start.ndim, stop.ndim))
    return start * (1 - steps) + stop * steps


def lines() -> Iterator[Peer]:
    for one, other in (((), ()), ((3,), ()), ((2, 3), (3,)), ((0,), (1,))):
        positive = (spread(one, 0.4, 3, "start"), spread(other, 0.5, 2, "stop"))
        yield peer("np.linspace", between, one, other, num=5)
        yield peer("np.logspace", lambda a, b: 10 ** between(a, b), one, other, num=5)
        yield peer("np.geomspace", lambda a, b: between(a.log(), b.log()).exp(), *map(np.asarray, positive), num=5)


def of_functions() -> Iterator[Peer]:
    x = spread((2, 3, 4), -2, 2, "x")
    yield Peer(
        "np.apply_along_axis",
        lambda x: np.apply_along_axis(lambda row: row * row.sum(), 1, x),
        lambda x: x * x.sum(1, keepdim=True),
        (x,),
    )
    yield Peer(
        "np.apply_over_axes",
        lambda x: np.apply_over_axes(np.sum, x, (0, 2)),
        lambda x: x.sum((0, 2), keepdim=True),
        (x,),
    )
    yield Peer(
        "np.piecewise",
        lambda x: np.piecewise(x, [x < -0.5, x > 0.7], [np.exp, lambda part: part**3, np.sin]),
        lambda x: torch.where(x < -0.5, x.exp(), torch.where(x > 0.7, x**3, x.sin())),
        (x,),
    )


FAMILIES = (polynomials, slopes, statistics, sets, lines, of_functions)
