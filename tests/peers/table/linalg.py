"""Linear algebra: products, inverses, determinants, decompositions, norms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from tests.peers.table import Function, Peer, filled, peer, peer_of_list
from tests.support.cases.common import spread
from tests.support.cases.linalg import EINSUMS, SQUARE, regular, symmetric

MATRIX = ((1, 1), (3, 3), (4, 2), (2, 4), (3, 1), (2, 3, 2), (2, 2, 3))


def products() -> Iterator[Peer]:
    for one, other in (
        *(((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4))),
        *(((5, 1, 2, 3), (4, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((2, 0), (0, 3)), ((0,), (0,))),
    ):
        yield peer("np.matmul", torch.matmul, one, other)
        if len(one) > 1 < len(other):
            yield peer("np.linalg.matmul", torch.matmul, one, other)
    for one, other in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4))):
        yield peer("np.dot", torch.matmul, one, other)
    yield peer("np.dot", torch.multiply, (), (2, 3))
    yield peer("np.dot", lambda a, b: torch.tensordot(a, b, ([2], [1])), (2, 1, 3), (2, 3, 4))
    for one, other in (((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3)), ((), (3,))):
        yield peer("np.inner", torch.inner, one, other)
    yield peer("np.vdot", torch.vdot, (3,), (3,))
    yield peer("np.vdot", lambda a, b: torch.vdot(a.flatten(), b.flatten()), (2, 3), (3, 2))
    for name in ("np.outer", "np.linalg.outer"):
        yield peer(name, torch.outer, (3,), (2,))
    yield peer("np.outer", lambda a, b: torch.outer(a.flatten(), b), (2, 2), (3,))
    for axes in (0, 1, 2, ([1], [0]), ([0, 1], [1, 0])):
        for name in ("np.tensordot", "np.linalg.tensordot"):
            yield peer(name, lambda a, b, d=axes: torch.tensordot(a, b, d), (2, 2), (2, 2), axes=axes)
    for one, other in (((2, 3), (3, 2)), ((3,), (2, 2)), ((2, 1, 2), (3,)), ((1, 1), (1, 1))):
        yield peer("np.kron", torch.kron, one, other)
    for axis in (0, -1):
        yield peer("np.cross", lambda a, b, d=axis: torch.linalg.cross(a, b, dim=d), (3, 3), (3, 3), axis=axis)
        yield peer("np.linalg.cross", lambda a, b, d=axis: torch.linalg.cross(a, b, dim=d), (3, 3), (3, 3), axis=axis)
        for name in ("np.vecdot", "np.linalg.vecdot"):
            yield peer(name, lambda a, b, d=axis: torch.linalg.vecdot(a, b, dim=d), (3, 2, 3), (3, 1, 3), axis=axis)
    yield peer("np.matvec", lambda a, b: torch.einsum("...ij,...j->...i", a, b), (2, 2, 3), (2, 3))
    yield peer("np.vecmat", lambda a, b: torch.einsum("...i,...ij->...j", a, b), (2, 1, 3), (2, 3, 2))
    for k in (-1, 0, 1, 2):
        yield peer("np.trace", lambda a, k=k: a.diagonal(k).sum(), (2, 3), offset=k)
        yield peer("np.linalg.trace", lambda a, k=k: a.diagonal(k, -2, -1).sum(-1), (2, 3, 4), offset=k)
    for subscripts, shapes in EINSUMS.items():
        labels = subscripts.replace(" ", "")
        if labels not in ("->", "...ii->...", "i...->...", "i...,..."):  # PyTorch refuses some, or sums nothing
            yield Peer(
                "np.einsum",
                lambda *xs, s=subscripts: np.einsum(s, *xs),
                lambda *xs, s=labels: torch.einsum(s, *xs),
                filled(shapes),
                subscripts,
            )


def powers() -> Iterator[Peer]:
    for n in (-2, -1, 0, 1, 2, 3, 5):
        yield peer("np.linalg.matrix_power", lambda a, n=n: torch.linalg.matrix_power(a, n), regular(2, 3, 3), n=n)
    for shapes in (((2, 3), (3, 2)), ((2, 5), (5, 1), (1, 4), (4, 3)), ((3,), (3, 2), (2,)), ((3,), (3, 2))):
        yield peer_of_list("np.linalg.multi_dot", torch.linalg.multi_dot, *shapes)


def inverses() -> Iterator[Peer]:
    for shape in SQUARE:
        yield peer("np.linalg.inv", torch.linalg.inv, regular(*shape))
        for a in (regular(*shape), regular(*shape)[..., ::-1].copy()):
            yield peer("np.linalg.det", torch.linalg.det, a)
            yield peer("np.linalg.slogdet", torch.linalg.slogdet, a)
    for one, other in (((1, 1), (1,)), ((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 1)), ((2, 2), (3, 2, 1))):
        yield peer("np.linalg.solve", torch.linalg.solve, regular(*one), other)
    for shape in MATRIX:
        yield peer("np.linalg.pinv", torch.linalg.pinv, regular(*shape))
    for shape, other in (((4, 2), (4, 3)), ((2, 4), (2, 1)), ((3, 3), (3, 1)), ((4, 2), (4, 1))):
        yield Peer(
            "np.linalg.lstsq",
            lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0],
            lambda a, b: torch.linalg.pinv(a) @ b,  # torch.linalg.lstsq has no second derivative
            (regular(*shape), spread(other, -2, 2, "b")),
        )
    cube = regular(6, 6)
    yield peer("np.linalg.tensorinv", torch.linalg.tensorinv, cube.reshape(2, 3, 6), ind=2)
    yield peer("np.linalg.tensorsolve", torch.linalg.tensorsolve, cube.reshape(2, 3, 6), (2, 3))


def of_fixed_sign(results: Any) -> Any:
    """Return results of eigh or svd with vectors whose sign is one library's as much as the other's."""
    if len(results) == 2:
        return results[0], results[1] * sign(results[1].sum(-2))[..., None, :]
    u, s, vh = results
    return u * sign(u.sum(-2))[..., None, :], s, vh * sign(u.sum(-2))[..., :, None]


def sign(x: Any) -> Any:
    return torch.sign(x) if isinstance(x, torch.Tensor) else np.sign(x)


def on_symmetric(f: Function) -> Function:
    return lambda a: f((a + a.mT) / 2)


def decompositions() -> Iterator[Peer]:
    for shape in SQUARE:
        for upper in (False, True):
            options = {"upper": upper} if upper else {}
            yield Peer(
                "np.linalg.cholesky",
                lambda a, o=options: np.linalg.cholesky(symmetric(a), **o),
                on_symmetric(lambda a, u=upper: torch.linalg.cholesky(a, upper=u)),
                (regular(*shape),),
                str(options),
            )
        for uplo in "LU":
            yield Peer(
                "np.linalg.eigh",
                lambda a, u=uplo: of_fixed_sign(np.linalg.eigh(symmetric(a), u)),
                on_symmetric(lambda a, u=uplo: of_fixed_sign(torch.linalg.eigh(a, u))),
                (regular(*shape),),
                uplo,
            )
            yield Peer(
                "np.linalg.eigvalsh",
                lambda a, u=uplo: np.linalg.eigvalsh(symmetric(a), u),
                on_symmetric(lambda a, u=uplo: torch.linalg.eigvalsh(a, u)),
                (regular(*shape),),
                uplo,
            )
    for shape in ((1, 1), (3, 3), (4, 2), (3, 1), (2, 3, 2)):
        yield peer("np.linalg.qr", torch.linalg.qr, regular(*shape))
    for shape in ((3, 3), (3, 2)):
        yield peer("np.linalg.qr", lambda a: torch.linalg.qr(a).R, regular(*shape), mode="r")
    for shape in MATRIX:
        yield Peer(
            "np.linalg.svd",
            lambda a: of_fixed_sign(np.linalg.svd(a, full_matrices=False)),
            lambda a: of_fixed_sign(torch.linalg.svd(a, full_matrices=False)),
            (regular(*shape),),
        )
        yield peer("np.linalg.svdvals", torch.linalg.svdvals, regular(*shape))
        yield peer("np.linalg.svd", torch.linalg.svdvals, regular(*shape), compute_uv=False)
    for p in (None, 2, 1, np.inf, "fro"):
        theirs: Function = lambda a, p=p: torch.linalg.norm(a, p or 2) * torch.linalg.norm(a.inverse(), p or 2)  # noqa: E731
        yield peer("np.linalg.cond", theirs, regular(3, 3), p=p)  # torch.linalg.cond has no second derivative


def norms() -> Iterator[Peer]:
    for ord in (None, 1, 2, 3, -3, 0.5, 2.5, np.inf, -np.inf, 0):
        for shape, axis in (((4,), None), ((2, 3), 0), ((2, 1, 3), -1)):
            for keep in (False, True):
                theirs = lambda x, p=ord, a=axis, k=keep: torch.linalg.norm(x, p, a, k)  # noqa: E731
                yield peer("np.linalg.norm", theirs, shape, between=(0.4, 2), ord=ord, axis=axis, keepdims=keep)
    for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        for shape, axes in (((3, 2), None), ((3, 3), (1, 0)), ((2, 3, 4), (-1, 0)), ((2, 3, 4), (0, 2))):
            theirs = lambda x, p=ord, a=axes: torch.linalg.matrix_norm(x, p, (-2, -1) if a is None else a)  # noqa: E731
            yield peer("np.linalg.norm", theirs, regular(*shape), ord=ord, axis=axes)
        yield peer("np.linalg.matrix_norm", lambda x, p=ord: torch.linalg.matrix_norm(x, p), regular(2, 3, 2), ord=ord)
    yield peer("np.linalg.norm", torch.linalg.norm, (2, 3, 2))


FAMILIES = (products, powers, inverses, decompositions, norms)
