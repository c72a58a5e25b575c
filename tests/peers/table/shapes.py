"""Functions that move, join and cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from tests.peers.table import VIEWS, Peer, peer, peer_of_list
from tests.peers.table.elementwise import seen
from tests.support.cases.common import SHAPES, spread


def moves() -> Iterator[Peer]:
    for old, new in (((2, 3), (3, 2)), ((2, 3), (-1,)), ((0,), (0, 3)), ((), (1, 1)), ((1,), ())):
        yield peer("np.reshape", lambda x, s=new: x.reshape(s), old, shape=new)
    yield peer("np.reshape", lambda x: x.T.reshape(2, 3).T, (2, 3), shape=(3, 2), order="F")
    yield peer("np.ravel", lambda x: x.T.reshape(-1), (2, 3), order="F")
    for shape in SHAPES:
        backwards = tuple(reversed(range(len(shape))))
        yield peer("np.ravel", torch.ravel, shape)
        yield peer("np.transpose", lambda x, b=backwards: x.permute(b), shape)
    for axes in ((1, 2, 0), (-1, 0, 1), (0, -2, 2)):
        for name in ("np.transpose", "np.permute_dims"):
            yield peer(name, lambda x, a=axes: x.permute(a), (2, 4, 3), axes=axes)
    for a, b in ((0, 2), (-1, 1), (1, 1)):
        yield peer("np.swapaxes", lambda x, a=a, b=b: x.swapaxes(a, b), (2, 4, 3), axis1=a, axis2=b)
    for a, b in ((0, -1), ((0, 1), (-1, 0)), (2, 0)):
        yield peer("np.moveaxis", lambda x, a=a, b=b: x.movedim(a, b), (2, 4, 3), source=a, destination=b)
    for axis, start, place in ((2, 0, 0), (0, 3, 2), (1, 1, 1), (-1, 1, 1), (0, -1, 1)):
        yield peer("np.rollaxis", lambda x, a=axis, p=place: x.movedim(a, p), (2, 4, 3), axis=axis, start=start)
    for name in ("np.matrix_transpose", "np.linalg.matrix_transpose"):
        yield peer(name, lambda x: x.mT, (2, 4, 3))
    yield peer("np.squeeze", torch.squeeze, (1, 2, 1, 3))
    for axis in (0, -2, (0, 2)):
        yield peer("np.squeeze", lambda x, a=axis: x.squeeze(a), (1, 2, 1, 3), axis=axis)
    for axis in (0, 1, -1):
        yield peer("np.expand_dims", lambda x, a=axis: x.unsqueeze(a), (2, 3), axis=axis)
    for old, new in (((), (2, 3)), ((3,), (2, 3)), ((2, 1), (4, 2, 3)), ((1,), (0,)), ((3,), (3,))):
        yield peer("np.broadcast_to", lambda x, s=new: x.broadcast_to(s), old, shape=new)
        full = lambda v, s=new: np.full_like(v, v, shape=s)  # noqa: E731
        yield Peer("np.full_like", full, lambda v, s=new: v.broadcast_to(s), (spread(old, -2, 2, "full"),), f"to {new}")
    for shapes in (((), (2, 3)), ((3,), (2, 1)), ((2, 1, 3), (3,), ()), ((0,), (1,))):
        yield peer("np.broadcast_arrays", torch.broadcast_tensors, *shapes)
        for n in (1, 2):
            theirs = getattr(torch, f"atleast_{n}d")
            yield peer(f"np.atleast_{n}d", lambda *xs, f=theirs: f(xs), *shapes)
    for shape in SHAPES:
        yield peer("np.atleast_3d", torch.atleast_3d, shape)


def turns() -> Iterator[Peer]:
    for shape in SHAPES:
        every = tuple(range(len(shape)))
        yield peer("np.flip", lambda x, e=every: x.flip(e), shape)
        yield peer("np.roll", lambda x: x.roll(1), shape, shift=1)
        for axis in range(-len(shape), len(shape)):
            yield peer("np.flip", lambda x, a=axis: x.flip(a), shape, axis=axis)
            yield peer("np.roll", lambda x, a=axis: x.roll(-2, a), shape, shift=-2, axis=axis)
        for reps in ((2,), (3, 1), (2, 1, 2), (0, 2)):
            yield peer("np.tile", lambda x, r=reps: x.tile(r), shape, reps=reps)
        yield peer("np.repeat", lambda x: x.repeat_interleave(2), shape, repeats=2)
    for note, (shape, *view) in VIEWS.items():
        yield seen(peer("np.flip", lambda x: x.flip(0), shape, axis=0), *view, note)
        yield seen(peer("np.roll", lambda x: x.roll(2), shape, shift=2), *view, note)
        yield seen(peer("np.copy", torch.clone, shape), *view, note)
    yield peer("np.flip", lambda x: x.flip(0, -1), (2, 1, 3), axis=(0, -1))
    yield peer("np.flipud", torch.flipud, (2, 3))
    yield peer("np.fliplr", torch.fliplr, (2, 3))
    for k in (-1, 0, 1, 2, 3, 5):
        yield peer("np.rot90", lambda x, k=k: torch.rot90(x, k, (2, 0)), (2, 1, 3), k=k, axes=(2, 0))
    yield peer("np.roll", lambda x: x.roll((1, -2), (0, 1)), (2, 3), shift=(1, -2), axis=(0, 1))
    for repeats, axis in (([2, 0, 3], 1), ([1, 2], 0), (3, -1)):
        times = torch.tensor(repeats)
        theirs = lambda x, t=times, a=axis: x.repeat_interleave(t, a)  # noqa: E731
        yield peer("np.repeat", theirs, (2, 3), repeats=repeats, axis=axis)
    row = lambda x: x.flatten().tile(3)[:8].reshape(2, 4)  # noqa: E731
    yield peer("np.resize", row, (2, 2), new_shape=(2, 4))


def joints() -> Iterator[Peer]:
    for axis, shapes in ((0, ((2, 3), (1, 3), (0, 3))), (-1, ((2, 1), (2, 4)))):
        for name in ("np.concatenate", "np.concat"):
            yield peer_of_list(name, lambda xs, a=axis: torch.cat(xs, a), *shapes, axis=axis)
        yield peer("np.append", lambda x, y, a=axis: torch.cat((x, y), a), *shapes[:2], axis=axis)
    flat = lambda *xs: torch.cat([x.flatten() for x in xs])  # noqa: E731
    yield peer_of_list("np.concatenate", lambda xs: flat(*xs), (2, 3), (), (4,), axis=None)
    yield peer("np.append", flat, (2, 3), ())
    for axis in (0, 1, -1, -3):
        yield peer_of_list("np.stack", lambda xs, a=axis: torch.stack(xs, a), (2, 3), (2, 3), axis=axis)
    yield peer_of_list("np.stack", torch.stack, (), (), ())
    for name, shapes in (
        *(("hstack", ((), ())), ("hstack", ((3,), (2,))), ("hstack", ((2, 3), (2, 1))), ("hstack", ((0,), (1,)))),
        *(("vstack", ((), ())), ("vstack", ((3,), (3,))), ("vstack", ((2, 3), (3,))), ("vstack", ((2, 3), (1, 3)))),
        *(("dstack", ((), ())), ("dstack", ((3,), (3,))), ("dstack", ((2, 3), (2, 3))), ("dstack", ((0,), (0,)))),
        *(("column_stack", ((), ())), ("column_stack", ((3,), (3, 2))), ("column_stack", ((2, 3), (2, 1)))),
    ):
        yield peer_of_list(f"np.{name}", getattr(torch, name), *shapes)
    yield Peer(
        "np.block",
        lambda a, b, c, d: np.block([[a, b], [c, d]]),
        lambda a, b, c, d: torch.cat([torch.cat([a, b], 1), torch.cat([c, d], 1)]),
        tuple(np.random.default_rng(0).normal(size=s) for s in ((2, 3), (2, 1), (1, 3), (1, 1))),
    )
    for shapes in (((3,), (2,)), ((2,), (1,), (4,)), ((3,),)):
        for indexing in ("xy", "ij"):
            theirs = lambda *xs, i=indexing: torch.meshgrid(*xs, indexing=i)  # noqa: E731
            yield peer("np.meshgrid", theirs, *shapes, indexing=indexing)


def cuts() -> Iterator[Peer]:
    for cut, axis in ((2, 0), (3, -1), ([1, 3], 0), ([0, 2, 2], 1)):
        theirs = lambda x, c=cut, a=axis: torch.tensor_split(x, c, a)  # noqa: E731
        yield peer("np.split", theirs, (4, 3), indices_or_sections=cut, axis=axis)
    for cut, axis in ((3, 0), (2, 1), ([1, 2], 0), (7, -1)):
        theirs = lambda x, c=cut, a=axis: torch.tensor_split(x, c, a)  # noqa: E731
        yield peer("np.array_split", theirs, (4, 5), indices_or_sections=cut, axis=axis)
    for name, shape, cut in (
        *(("vsplit", (4, 3), 2), ("vsplit", (2, 1, 3), [1]), ("hsplit", (4, 3), [1]), ("hsplit", (4,), 2)),
        ("dsplit", (2, 1, 3), 3),
    ):
        yield peer(f"np.{name}", lambda x, f=name, c=cut: getattr(torch, f)(x, c), shape, indices_or_sections=cut)
    for axis in (0, -1):
        yield peer("np.unstack", lambda x, a=axis: x.unbind(a), (2, 1, 3), axis=axis)


FAMILIES = (moves, turns, joints, cuts)
