"""Functions that pick elements, put some in, and surround them with more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from tests.peers.table import VIEWS, Peer, filled, peer
from tests.peers.table.elementwise import seen
from tests.support.cases.common import spread


def by_position() -> Iterator[Peer]:
    for indices in ([0, 2, 0], [[2, 1], [1, 1]], [-1, 0]):
        places = torch.tensor(indices)
        yield peer("np.take", lambda x, p=places: x.flatten()[p], (3, 4), indices=indices)
        for axis in (0, 1, -1):
            theirs = lambda x, p=places, a=axis: x.movedim(a, 0)[p].movedim(  # noqa: E731
                tuple(range(p.ndim)), tuple(range(a % 2, a % 2 + p.ndim))
            )
            yield peer("np.take", theirs, (3, 4), indices=indices, axis=axis)
    for shape, axis in (((3,), 0), ((2, 3), 1), ((2, 3), 0), ((2, 3), -2), ((2, 1, 3), 2)):
        order = np.argsort(spread(shape, -2, 2, "order"), axis=axis)
        yield peer(
            "np.take_along_axis",
            lambda x, i=order, a=axis: torch.take_along_dim(x, torch.tensor(i), a),
            shape,
            indices=order,
            axis=axis,
        )
    number = np.array([[2, 0, 1], [1, 1, 0]])
    yield Peer(
        "np.choose",
        lambda *xs: np.choose(number, xs),
        lambda *xs: torch.take_along_dim(torch.stack(torch.broadcast_tensors(*xs)), torch.tensor(number)[None], 0)[0],
        filled(((2, 3), (3,), (2, 1))),
    )
    for name, index in (
        *(("one", 1), ("slice", slice(None, None, 2)), ("ellipsis", (..., 1)), ("new axes", (None, 0, None))),
        *(("mask", np.arange(12).reshape(3, 4) % 5 < 2), ("repeats", np.array([0, 2, 0, 0]))),
        *(
            ("pairs", (np.array([0, 1, 0]), np.array([3, 3, 3]))),
            ("outer", (np.array([[0], [1]]), np.array([1, 1, 2]))),
        ),
        *(("mixed", (slice(0, 2), np.array([0, 0]))), ("apart", ([0, 2], None, 1))),
    ):
        yield Peer(
            "autograd.rules.indexing.gather", lambda x, i=index: x[i], lambda x, i=index: x[i], filled(((3, 4),)), name
        )
        if name not in ("repeats", "pairs", "outer", "mixed"):  # of several values for one place, PyTorch keeps any
            part = np.zeros((3, 4))[index].shape
            yield Peer("autograd.rules.indexing.put", assigned(index), assigned(index), filled(((3, 4), part)), name)


def assigned(index: object) -> object:
    """Return ``x[index] = v``, on a copy: in-place syntax is the same in both."""

    def assign(x: object, v: object) -> object:
        x = x * 1.0
        x[index] = v
        return x

    return assign


def by_condition() -> Iterator[Peer]:
    holds = [True, False, True]
    yield Peer(
        "np.compress", lambda x: np.compress(holds, x, 1), lambda x: x[:, torch.tensor(holds)], filled(((2, 3),))
    )
    corner = np.eye(2, 3) > 0
    yield Peer(
        "np.extract",
        lambda x: np.extract(corner, x),
        lambda x: torch.masked_select(x, torch.tensor(corner)),
        filled(((2, 3),)),
    )


def triangles() -> Iterator[Peer]:
    for k in (0, 1, -1, 2):
        yield peer("np.diag", lambda x, k=k: torch.diag(x, k), (3,), k=k)
        yield peer("np.diag", lambda x, k=k: torch.diag(x, k), (3, 4), k=k)
        yield peer("np.diagflat", lambda x, k=k: torch.diagflat(x, k), (2, 2), k=k)
        yield peer("np.tril", lambda x, k=k: torch.tril(x, k), (2, 3, 3), k=k)
        yield peer("np.triu", lambda x, k=k: torch.triu(x, k), (2, 3), k=k)
        yield peer("np.linalg.diagonal", lambda x, k=k: torch.linalg.diagonal(x, offset=k), (2, 3, 4), offset=k)
        for one, other in ((0, 1), (1, 0), (0, 2), (-1, 0)):
            theirs = lambda x, k=k, i=one, j=other: torch.diagonal(x, k, i, j)  # noqa: E731
            yield peer("np.diagonal", theirs, (3, 4, 3), offset=k, axis1=one, axis2=other)
    for name in ("np.tril", "np.triu"):
        for note, (shape, *view) in VIEWS.items():
            if len(shape) > 1:
                yield seen(peer(name, getattr(torch, name.removeprefix("np.")), shape), *view, note)


def more_and_fewer() -> Iterator[Peer]:
    yield peer("np.delete", lambda x: torch.cat([x[:, :1], x[:, 2:]], 1), (2, 4), obj=1, axis=1)
    yield peer("np.delete", lambda x: x.flatten()[torch.tensor([0, 2, 3, 5])], (2, 3), obj=[1, 4])
    between = lambda x, v: torch.cat([x[:, :1], v[:, None], x[:, 1:]], 1)  # noqa: E731
    yield Peer("np.insert", lambda x, v: np.insert(x, 1, v, 1), between, filled(((2, 3), (2,))))
    ends = lambda x, v: torch.stack([v[0], x[0], x[1], v[1], x[2]])  # noqa: E731
    yield Peer("np.insert", lambda x, v: np.insert(x, [0, 2], v), ends, filled(((3,), (2,))))


def padding() -> Iterator[Peer]:
    for shape in ((), (0,), (3,), (2, 3), (2, 1, 3)):
        around = (2, 1) * len(shape)
        theirs = lambda x, w=around: torch.nn.functional.pad(x, w, value=1.5)  # noqa: E731
        yield peer("np.pad", theirs, shape, pad_width=(2, 1), constant_values=1.5)
    pads = {"edge": "replicate", "reflect": "reflect", "wrap": "circular"}
    for mode, word in pads.items():
        theirs = lambda x, w=word: torch.nn.functional.pad(x, (1, 2, 0, 1), w)  # noqa: E731
        yield peer("np.pad", theirs, (1, 2, 3, 4), pad_width=((0, 0), (0, 0), (0, 1), (1, 2)), mode=mode)
    mirrored = lambda x: torch.cat([x[:2].flip(0), x, x[-1:]])  # noqa: E731
    yield peer("np.pad", mirrored, (3,), pad_width=(2, 1), mode="symmetric")


FAMILIES = (by_position, by_condition, triangles, more_and_fewer, padding)
