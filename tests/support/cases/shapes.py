"""Calls of the functions that move, join, cut and pick elements, and of matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.indexing import gather, put, scatter
from tests.support.cases.common import SHAPES, VIEWS, Shape, along, spread, through
from tests.support.checking import Case


def case(name: str, f: Callable[..., Any], *shapes: Shape, note: str = "") -> Case:
    """Return a call of NumPy's own function; for one written with operations, `name` is that of the first of them."""
    return Case(name, f, f, tuple(spread(s, -2, 2, f"{name}{k}") for k, s in enumerate(shapes)), note)


def moves() -> Iterator[Case]:
    for order in "CF":
        yield case("reshape", lambda x, order=order: np.reshape(x, (3, 2), order=order), (2, 3), note=f"order {order}")
        yield case("ravel", lambda x, order=order: np.ravel(x, order=order), (2, 1, 3), note=f"order {order}")
    for old, new in (((2, 3), -1), ((0,), (0, 3)), ((), (1, 1)), ((1,), ()), ((2, 3), (3, -1))):
        yield case("reshape", lambda x, new=new: x.reshape(new), old, note=f"to {new}")
    for shape in SHAPES:
        yield case("ravel", np.ravel, shape)
        yield case("transpose", np.transpose, shape)
    for axes in ((1, 2, 0), (-1, 0, 1), [2, 0, 1], (0, -2, 2)):
        yield case("transpose", lambda x, axes=axes: np.transpose(x, axes), (2, 1, 3), note=f"axes {axes}")
    for a, b in ((0, 2), (-1, 1), (1, 1)):
        yield case("swapaxes", lambda x, a=a, b=b: np.swapaxes(x, a, b), (2, 1, 3), note=f"{a}, {b}")
    for a, b in ((0, -1), ((0, 1), (-1, 0)), ([2], [0])):
        yield case("moveaxis", lambda x, a=a, b=b: np.moveaxis(x, a, b), (2, 4, 3), note=f"{a} to {b}")
    yield case("squeeze", np.squeeze, (3, 1), note="an axis behind")
    for axis in (None, 1, (0, 2), -3):
        yield case("squeeze", lambda x, axis=axis: np.squeeze(x, axis=axis), (1, 1, 1, 3), note=f"axis={axis}")
    for axis in (0, -1, (0, 2), (-1, 0)):
        yield case("expand_dims", lambda x, axis=axis: np.expand_dims(x, axis), (2, 3), note=f"axis={axis}")
    for old, new in (((), (2, 3)), ((3,), (2, 3)), ((2, 1), (4, 2, 3)), ((1,), (0,)), ((3,), (3,))):
        yield case("broadcast_to", lambda x, new=new: np.broadcast_to(x, new), old, note=f"to {new}")
    for axis, shapes in ((0, ((2, 3), (1, 3), (0, 3))), (-1, ((2, 1), (2, 4))), (None, ((2, 3), (), (4,)))):
        yield case("concatenate", lambda *xs, axis=axis: np.concatenate(xs, axis), *shapes, note=f"axis={axis}")
    for axis in (0, 1, -1, -3):
        yield case("stack", lambda *xs, axis=axis: np.stack(xs, axis=axis), (2, 3), (2, 3), note=f"axis={axis}")
    yield case("stack", lambda *xs: np.stack(xs), (), (), ())
    for cut, axis in ((2, 0), (3, -1), ([1, 3], 0), ([0, 2, 2], 1), ([9], 0)):
        yield case("split", lambda x, cut=cut, axis=axis: np.split(x, cut, axis), (4, 3), note=f"{cut}, axis={axis}")
    for one, other in (
        *(((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4))),
        *(((5, 1, 2, 3), (4, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((1, 1), (1, 1)), ((2, 0), (0, 3))),
        *(((0, 3), (3, 2)), ((2, 1), (1, 3)), ((1, 2, 3), (5, 3, 1)), ((0,), (0,))),
    ):
        yield case("matmul", np.matmul, one, other)
    yield case("matmul", lambda x, y: x.T @ y[::-1].T, (3, 2), (4, 3), note="views")


def turns() -> Iterator[Case]:
    for shape in SHAPES:
        yield case("copy", np.copy, shape)
        yield case("flip", np.flip, shape)
        yield case("roll", lambda x: np.roll(x, 1), shape)
        for axis in range(-len(shape), len(shape)):
            yield case("flip", along(np.flip, axis=axis), shape, note=f"axis={axis}")
            yield case("roll", along(np.roll, shift=-2, axis=axis), shape, note=f"axis={axis}")
    for note, (shape, view) in VIEWS.items():
        yield case("flip", through(np.flip, view), shape, note=note)
        yield case("roll", through(lambda x: np.roll(x, 2), view), shape, note=note)
        yield case("copy", through(np.copy, view), shape, note=note)
    yield case("flip", along(np.flip, axis=(0, -1)), (2, 1, 3), note="two axes")
    yield case("flip", np.flipud, (2, 3), note="flipud")
    yield case("flip", np.fliplr, (2, 3), note="fliplr")
    for k in (-1, 0, 1, 2, 3, 5):
        yield case("flip" if k % 4 else "gather", along(np.rot90, k=k), (2, 3), note=f"rot90, {k} times")
        yield case("flip" if k % 4 else "gather", along(np.rot90, k=k, axes=(2, 0)), (2, 1, 3), note=f"rot90, {k}")
    yield case("roll", along(np.roll, shift=(1, -2), axis=(0, 1)), (2, 3), note="two axes")
    yield case("roll", along(np.roll, shift=1, axis=(0, 1)), (2, 3), note="one shift, two axes")
    yield case("roll", along(np.roll, shift=(4, 3), axis=1), (2, 3), note="two shifts, one axis")
    yield case("roll", along(np.roll, shift=np.int64(2)), (5,), note="NumPy's number")
    for reps in (2, (2,), (3, 1), (2, 1, 2), (0, 2), 0):
        for shape in SHAPES:
            yield case("broadcast_to", along(np.tile, reps=reps), shape, note=f"tile {reps}")
    for axis, start in ((2, 0), (0, 3), (1, 1), (-1, 1), (0, -1), (1, 2)):
        yield case("moveaxis", along(np.rollaxis, axis=axis, start=start), (2, 4, 3), note=f"rollaxis {axis}, {start}")
    yield case("swapaxes", lambda x: np.matrix_transpose(x), (2, 4, 3), note="matrix_transpose")
    yield case("swapaxes", lambda x: np.linalg.matrix_transpose(x), (2, 3), note="linalg.matrix_transpose")
    yield case("transpose", lambda x: np.permute_dims(x, (1, 2, 0)), (2, 4, 3), note="permute_dims")


JOINS: dict[str, tuple[Callable[..., Any], tuple[tuple[Shape, ...], ...]]] = {
    "hstack": (np.hstack, (((), ()), ((3,), (2,)), ((2, 3), (2, 1)), ((2, 1, 3), (2, 2, 3)), ((0,), (1,)), ((), (2,)))),
    "vstack": (np.vstack, (((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (1, 1, 3)), ((0,), (0,)))),
    "dstack": (np.dstack, (((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (2, 1, 1)), ((0,), (0,)))),
    "column_stack": (np.column_stack, (((), ()), ((3,), (3,)), ((3,), (3, 2)), ((2, 1, 3), (2, 2, 3)), ((0,), (0,)))),
    "append": (lambda xs: np.append(*xs), (((), ()), ((3,), (2,)), ((2, 3), (1,)), ((2, 1, 3), (0,)))),
    "concat": (lambda xs: np.concat(xs, axis=0), (((3,), (2,)), ((2, 3), (1, 3)))),
    "append along an axis": (lambda xs: np.append(*xs, axis=1), (((2, 3), (2, 1)),)),
    "block, one row": (lambda xs: np.block(list(xs)), (((), ()), ((3,), ()), ((2, 3), (2, 1)))),
    "block, one column": (lambda xs: np.block([[x] for x in xs]), (((), ()), ((3,), (3,)), ((2, 3), (3,)))),
    "block, square": (
        lambda xs: np.block([[xs[0], xs[1]], [xs[2], xs[3]]]),
        (
            ((2, 3), (2, 1), (1, 3), (1, 1)),
            ((), (), (), ()),
            ((2, 2, 3), (2, 2, 1), (2, 1, 3), (2, 1, 1)),
            ((1,), (2,), (2,), ()),
        ),
    ),
    "block, three deep": (lambda xs: np.block([[[xs[0]], [xs[1]]]]), (((2, 3), (3,)),)),
}


def joints() -> Iterator[Case]:
    for note, (f, many) in JOINS.items():
        for shapes in many:
            if note == "concat" and not hasattr(np, "concat"):
                continue
            yield case("concatenate", lambda *xs, f=f: f(xs), *shapes, note=note)
    for shape in SHAPES:
        yield case("copy", np.block, shape, note="block of one")
    for shape in ((3,), (2, 3), (2, 1, 3), (0, 2), (1,)):
        if hasattr(np, "unstack"):
            yield case("moveaxis", lambda x: np.unstack(x) or x.sum(), shape, note="unstack")
            yield case("moveaxis", lambda x: np.unstack(x, axis=-1) or x.sum(), shape, note="unstack, last axis")
    for cut, axis in ((3, 0), (2, 1), ([1, 2], 0), (7, -1), (np.int64(2), 0)):
        yield case(
            "split", lambda x, cut=cut, axis=axis: np.array_split(x, cut, axis), (4, 5), note=f"array, {cut}, {axis}"
        )
    yield case("split", along(np.array_split, indices_or_sections=2), (0,), note="array_split of nothing")
    yield case("split", lambda x: np.vsplit(x, 2), (4, 3), note="vsplit")
    yield case("split", lambda x: np.vsplit(x, [1]), (2, 1, 3), note="vsplit")
    yield case("split", lambda x: np.hsplit(x, [1]), (4, 3), note="hsplit")
    yield case("split", lambda x: np.hsplit(x, 2), (4,), note="hsplit of a vector")
    yield case("split", lambda x: np.dsplit(x, 3), (2, 1, 3), note="dsplit")


def of_several() -> Iterator[Case]:
    """Functions of any number of arrays."""
    for shapes in (((), (2, 3)), ((3,), (2, 1)), ((2, 1, 3), (3,), ()), ((0,), (1,)), ((3,),)):
        xs = tuple(spread(s, -2, 2, f"several {k}") for k, s in enumerate(shapes))
        yield Case("broadcast_to", np.broadcast_arrays, np.broadcast_arrays, xs, "broadcast_arrays")
        for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
            yield Case("reshape", f, f, xs, f.__name__)
    for shapes in (((3,), (2,)), ((2,), (1,), (4,)), ((3,),), ((), (2,)), ((0,), (2,))):
        xs = tuple(spread(s, -2, 2, f"grid {k}") for k, s in enumerate(shapes))
        for indexing in ("xy", "ij"):
            for sparse in (False, True):
                f = _grid(indexing, sparse)
                yield Case("ravel", f, f, xs, f"meshgrid {indexing}{', sparse' if sparse else ''}")


def _grid(indexing: str, sparse: bool) -> Callable[..., Any]:
    return lambda *xs: np.meshgrid(*xs, indexing=indexing, sparse=sparse)


INDICES: dict[str, Any] = {
    **{"int": 1, "negative": (-1, 0), "slice": slice(None, None, -2), "ellipsis": (..., 1), "none": (None, 0, None)},
    **{"mask": np.arange(12).reshape(3, 4) % 5 < 2, "partial mask": np.array([True, False, True]), "bool": True},
    **{"repeats": np.array([0, 2, 0, 0]), "list": [1, 1], "pairs": (np.array([0, 1, 0]), np.array([3, 3, 3]))},
    **{"outer": (np.array([[0], [1]]), np.array([1, 1, 2])), "mixed": (slice(0, 2), np.array([0, 0]))},
    **{"empty": np.array([], dtype=int), "everything": (), "zero-dimensional": np.array(1), "apart": ([0, 2], None, 1)},
}


def indexing() -> Iterator[Case]:
    x = spread((3, 4), -2, 2, "x")
    for note, index in INDICES.items():
        part = spread(np.shape(x[index]), -2, 2, "part")

        def added(p: Any, index: Any = index) -> Any:
            result = np.zeros((3, 4), dtype=p.dtype)
            np.add.at(result, index, p)
            return result

        def replaced(x: Any, v: Any, index: Any = index) -> Any:
            result = x.copy()
            result[index] = v
            return result

        take = _taken(index)
        yield Case("gather", take, take, (x,), note)
        yield Case("scatter", lambda p, index=index: scatter(p, index, (3, 4)), added, (part,), note)
        yield Case("put", lambda x, v, index=index: put(x, index, v), replaced, (x, part), note)
    yield Case("gather", lambda x: gather(x, (0, 1)), lambda x: x[0, 1], (x,), "one element")
    yield Case(
        "put", lambda x, v: put(x, slice(2), v), lambda x, v: np.concatenate([[v, v], x[2:]]), (x, x[0]), "spread out"
    )


def _taken(index: Any) -> Callable[[Any], Any]:
    return lambda x: x[index]


FAMILIES = (moves, turns, joints, of_several, indexing)
