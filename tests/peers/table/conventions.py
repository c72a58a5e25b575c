"""At ties, corners and bounds, where a derivative is a convention: calls where both have the same, and where not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from tests.peers.table import Function, Peer, function_named

INF, NAN = np.inf, np.nan


def at(name: str, theirs: Function, *operands: object, second: bool = True, **options: object) -> Peer:
    """Return a call at special points."""
    function, note = function_named(name), ", ".join([str(list(operands)), *(f"{k}={v}" for k, v in options.items())])
    points = tuple(np.array(o, dtype=float) for o in operands)
    return Peer(name, lambda *xs: function(*xs, **options), theirs, points, note, second)


def alike() -> list[Peer]:
    """Return calls at special points where PyTorch has the same convention; `second` says whether twice over."""
    norms = [
        at("np.linalg.norm", lambda x, p=p: torch.linalg.norm(x, p), points, second=p in (0, 1, INF, -INF), ord=p)
        for p in (None, 0, 0.5, 1, 1.5, 3, INF, -INF)
        for points in ([0, 0], [0, 2, -2])
    ]
    return [
        at("np.absolute", torch.abs, [-2, 0, 3]),
        at("np.sign", torch.sign, [-2, 0, 3]),
        at("np.floor", torch.floor, [-1, 0, 1]),
        at("np.round", torch.round, [-1.5, 0.5, 1]),
        at("np.sqrt", torch.sqrt, [0, 4]),
        at("np.reciprocal", torch.reciprocal, [0, 1]),
        at("np.log", torch.log, [0, 1]),
        at("np.arccosh", torch.arccosh, [1, 2], second=False),
        at("np.sinc", torch.sinc, [0, 1, 0.5], second=False),  # PyTorch's second derivative at 0 is NaN
        at("np.maximum", torch.maximum, [1, 2, 4], [1, 3, 3]),
        at("np.minimum", torch.minimum, [1, 2, 4], [1, 3, 3]),
        at("np.arctan2", torch.arctan2, 0, 0, second=False),
        at("np.arctan2", torch.arctan2, 3e200, 4e200),
        at("np.copysign", torch.copysign, [-2, 0, 3], [1, -1, -0.0], second=False),
        at("np.remainder", torch.remainder, [6, -6.5], [2, 2]),
        at("np.fmod", torch.fmod, [6, -6.5], [2, 2]),
        at("np.power", torch.pow, [0, 0, 0], [0, 1, 2], second=False),
        at("np.power", torch.pow, [-2], [2]),
        Peer("np.power", lambda x: x**0, lambda x: x**0, (np.array([0.0, -3.0]),), "to 0"),
        Peer("np.power", lambda x: x**1, lambda x: x**1, (np.array([0.0, -3.0]),), "to 1"),
        Peer("np.power", lambda x: x**2, lambda x: x**2, (np.array([0.0, -3.0]),), "to 2"),
        Peer("np.power", lambda x: x**0.5, lambda x: x**0.5, (np.array([0.0, 3.0]),), "to 1/2"),
        Peer("np.power", lambda y: 0.0**y, lambda y: 0.0**y, (np.array([0.0, 1.0, 2.5]),), "of 0", second=False),
        at("np.clip", lambda x: x.clamp(-1, 1), [-2, -1, 0, 1, 2], min=-1, max=1),
        at("np.clip", torch.clamp, [0, 1, 5], 1, 3),
        at("np.clip", torch.clamp, [1, 2.5, 4], [3, 3, 3], [2, 2, 2]),
        at("np.nan_to_num", torch.nan_to_num, [1, NAN, INF, -INF]),
        at("np.max", torch.amax, [2, 2, 1, 2]),
        at("np.min", lambda x: x.amin(1), [[2, 2, 1], [1, 1, 1]], axis=1),
        at("np.amax", torch.max, [2, 2, 1, 2]),
        at("np.max", torch.amax, [INF, 1, INF]),
        at("np.ptp", lambda x: x.amax() - x.amin(), [1, 1, 3]),
        at("np.median", lambda x: x.quantile(0.5), [1, 2, 2, 2, 7]),
        at("np.median", lambda x: x.quantile(0.5), [1, NAN, 3]),
        at("np.sort", lambda x: x.sort(stable=True).values, [5, 1, 5, 1]),
        at("np.std", lambda x: x.std(correction=0), [3, 3, 3], second=False),
        at("np.prod", torch.prod, [2, 0, 3]),
        at("np.prod", torch.prod, [2, 0, 0]),
        at("np.cumprod", lambda x: x.cumprod(0), [2, 0, 0, 3]),
        at("np.nansum", torch.nansum, [1, NAN]),
        at("autograd.rules.reduction.logsumexp", lambda x: x.logsumexp(0), [-INF, 0]),
        at("np.linalg.det", torch.linalg.det, [[1, 2], [2, 4]]),
        at("np.linalg.det", torch.linalg.det, np.zeros((3, 3)), second=False),
        at("np.linalg.svdvals", torch.linalg.svdvals, np.eye(2)),
        at("np.linalg.eigvalsh", torch.linalg.eigvalsh, np.eye(2)),
        at("np.linalg.norm", lambda x: torch.linalg.norm(x, dim=1), [[0, 0], [3, 4]], second=False, axis=1),
        Peer(
            "np.where",
            lambda x: np.where(x > 0, np.sqrt(x), 0.0),
            lambda x: torch.where(x > 0, x.sqrt(), 0.0),
            (np.array([-1.0, 4.0]),),
            "NaN on the side not taken",
        ),
        *norms,
    ]


class Difference(NamedTuple):
    """A call where the conventions differ: the gradient of the sum of its results here, and why it is that."""

    call: Peer
    gradient: list[object]
    why: str


HALVES = "half to each side at a tie, as maximum and minimum have it, PyTorch's too; there the first operand has all"
FIRST = "a running extremum belongs to the first that reached it, as argmax says; there the last equal one has it"
BY_VALUE = "the norm's gradient at 0 is 0, whichever the norm; there an arbitrary U Vᵀ of equal singular values"


def exact_here() -> list[Peer]:
    """Return calls whose second derivative exists, and is right here, where PyTorch's is wrong: it has 0 · x^(y − 1).

    The mixed derivative of x^y at y = 0 is x^(−1), as that of exp(y log x).
    """
    return [
        at(name, lambda x, y: torch.exp(y * torch.log(x)), [2, 0.5, 3], [0, 0, 1])
        for name in ("np.power", "np.float_power")
    ]


def unlike() -> list[Difference]:
    """Return calls at special points where PyTorch has another convention."""
    nuclear, spectral = (lambda x, p=p: torch.linalg.norm(x, p) for p in ("nuc", 2))
    zeros = [[0.0, 0.0], [0.0, 0.0]]
    return [
        Difference(at("np.fmax", torch.fmax, [1, 2], [1, 3]), [[0.5, 0], [0.5, 1]], HALVES),
        Difference(at("np.fmin", torch.fmin, [1, 2], [1, 3]), [[0.5, 1], [0.5, 0]], HALVES),
        Difference(
            at("np.max", lambda x: x.max(1).values, [[2, 2, 1]], axis=1),
            [[[0.5, 0.5, 0]]],
            "ties share the gradient equally, as PyTorch's amax has it; its max along an axis takes one of them",
        ),
        Difference(
            at("np.max", torch.amax, [1, NAN, 3]), [[0, 1, 0]], "the gradient stays with the NaN; there all are NaN"
        ),
        Difference(
            at("np.hypot", torch.hypot, 0, 0), [0, 0], "the norm's gradient at 0 is 0, of two numbers too; there NaN"
        ),
        Difference(at("np.maximum.accumulate", lambda x: x.cummax(0).values, [1, 3, 3, 2]), [[1, 3, 0, 0]], FIRST),
        Difference(at("np.minimum.accumulate", lambda x: x.cummin(0).values, [2, 1, 1]), [[1, 2, 0]], FIRST),
        Difference(at("np.linalg.norm", nuclear, zeros, ord="nuc"), [zeros], BY_VALUE),
        Difference(at("np.linalg.norm", spectral, zeros, ord=2), [zeros], BY_VALUE),
        Difference(
            at("autograd.rules.reduction.logsumexp", lambda x: x.logsumexp(0), [-INF, -INF]),
            [[0, 0]],
            "of nothing at all the sum stays 0 when an element moves; there NaN",
        ),
    ]
