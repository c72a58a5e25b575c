"""Calls of the functions that move, join, cut and pick elements, and of matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.indexing import gather, put, scatter
from tests.support.cases.common import SHAPES, Shape, spread
from tests.support.checking import Case


def moves() -> Iterator[Case]:
    def case(name: str, f: Callable[..., Any], *shapes: Shape, note: str = "") -> Case:
        return Case(name, f, f, tuple(spread(s, -2, 2, f"{name}{k}") for k, s in enumerate(shapes)), note)

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


FAMILIES = (moves, indexing)
