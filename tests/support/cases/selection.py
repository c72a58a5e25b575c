"""Calls of the functions that pick elements, and of those that put more between or around them.

Those written with operations stand under the name of the operation that does the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules import selection
from tests.support.cases.common import SHAPES, VIEWS, Shape, along, beside, spread, through
from tests.support.checking import Case


def case(name: str, f: Callable[..., Any], *shapes: Shape, note: str = "") -> Case:
    return Case(name, f, f, tuple(spread(s, -2, 2, f"{name}{k}") for k, s in enumerate(shapes)), note)


def by_position() -> Iterator[Case]:
    for indices in (1, [0, 2, 0], np.array([[2, 1], [1, 1]]), np.array([], dtype=int), np.int64(-1)):
        for axis in (None, 0, 1, -1):
            f = along(np.take, indices=indices, axis=axis)
            yield case("gather", f, (3, 4), note=f"take {indices}, axis={axis}".replace("\n", ""))
    for mode in ("wrap", "clip"):
        yield case("gather", along(np.take, indices=[-5, 7, 1, -1], axis=1, mode=mode), (2, 3), note=f"take, {mode}")
        yield case("gather", along(np.take, indices=[-5, 7], mode=mode), (2, 3), note=f"take from all, {mode}")
    yield case("ravel", along(np.take, indices=0), (), note="take from a scalar")
    for shape, axis in (((3,), 0), ((2, 3), 1), ((2, 3), 0), ((2, 3), -2), ((2, 1, 3), 2), ((2, 3), None)):
        order = np.argsort(spread(shape, -2, 2, "order"), axis=axis)
        yield case("gather", lambda x, i=order, a=axis: np.take_along_axis(x, i, a), shape, note=f"along axis {axis}")
        first = order[:1] if axis is None else np.take(order, [0], axis=axis)
        yield Case(
            "put",
            lambda x, v, i=first, a=axis: selection.put_along_axis(x, i, v, a),
            lambda x, v, i=first, a=axis: _put(x, i, v, a),
            (spread(shape, -2, 2, "x"), spread(first.shape, -2, 2, "v")),
            f"along axis {axis}",
        )
    one = np.array([[0], [1]])
    yield case("gather", lambda x: np.take_along_axis(x, one, 1), (2, 3), note="one along an axis")
    twice = np.array([[0, 0, 2]])
    yield case("gather", lambda x: np.take_along_axis(x, twice, 1), (2, 3), note="spread out along the other axis")


def _put(x: np.ndarray, indices: np.ndarray, values: np.ndarray, axis: int | None) -> np.ndarray:
    result = x.copy()
    np.put_along_axis(result, indices, values, axis)
    return result


def by_condition() -> Iterator[Case]:
    holds = np.array([True, False, True])
    yield case("gather", lambda x: np.compress(holds, x, axis=1), (2, 3), note="compress")
    yield case("gather", lambda x: np.compress(holds[:2], x, axis=-1), (2, 3), note="compress, short")
    yield case("gather", lambda x: np.compress([1, 0, 1, 1], x), (2, 3), note="compress all")
    yield case("gather", lambda x: np.extract(np.eye(2, 3) > 0, x), (2, 3), note="extract")
    for shape in SHAPES:
        x = spread(shape, -2, 2, "select")
        low, high = x < -0.5, x > 0.7
        yield case("where", lambda x, y, c=low: np.where(beside(x, c), x, y), shape, shape, note="by np.where")
        yield case("where", _selected(low, high), shape, shape, note="select")
        number = (np.arange(x.size) % 3).reshape(shape)
        yield case("gather", _chosen(number), shape, shape, (), note="choose")
        if x.size:
            for mode in ("wrap", "clip"):
                yield case("gather", _chosen(number * 2 - 1, mode), shape, shape, (), note=f"choose, {mode}")
    x = spread((2, 3), -2, 2, "both")
    yield case("where", _selected(x > 0.5, x > -0.5, 1.5), (2, 3), (2, 3), note="select, conditions that overlap")
    yield case("where", _selected(x > 0.5, x[0] > -0.5), (), (3,), note="select, spread out")
    yield case("where", lambda x, y: np.select([beside(x, holds)], [x], y), (2, 3), (), note="select, default")
    yield case("gather", _chosen(np.array([2, 0, 1])), (2, 3), (3,), (2, 1), note="choose, spread out")


def _selected(one: np.ndarray, other: np.ndarray, default: Any = 0) -> Callable[..., Any]:
    return lambda x, y: np.select([beside(x, one), beside(x, other)], [x, y], default)


def _chosen(number: np.ndarray, mode: str = "raise") -> Callable[..., Any]:
    return lambda *xs: np.choose(beside(xs[0], number), xs, mode=mode)


def triangles() -> Iterator[Case]:
    for k in (0, 1, -1, 3, -4):
        for shape in ((2, 3), (3, 2), (0, 2)):
            if -shape[0] < k < shape[1]:
                yield case("diagonal", along(np.diagonal, offset=k), shape, note=f"offset {k}")
                yield case("diagonal", along(np.diag, k=k), shape, note=f"diag {k}")
        for shape in ((3,), (0,), (1,)):
            yield case("on_diagonal", along(np.diag, k=k), shape, note=f"diag {k}")
        yield case("on_diagonal", along(np.diagflat, k=k), (2, 2), note=f"diagflat {k}")
        for f in (np.tril, np.triu):
            for shape in ((0,), (1,), (3,), (2, 3), (2, 1, 3), (2, 3, 3)):
                yield case(f.__name__, along(f, k=k), shape, note=f"k={k}")
    yield case("diagonal", along(np.diagonal, offset=-2), (4, 3), note="two below")
    yield case("on_diagonal", np.diagflat, (), note="diagflat of a scalar")
    for f in (np.tril, np.triu):
        for note, (shape, view) in VIEWS.items():
            yield case(f.__name__, through(f, view), shape, note=note)
    for one, other in ((0, 1), (1, 0), (0, 2), (-1, 0), (2, 1), (1, -1)):
        for k in (-1, 0, 1):
            f = along(np.diagonal, offset=k, axis1=one, axis2=other)
            yield case("diagonal", f, (3, 4, 2), note=f"axes {one}, {other}, offset {k}")
            part = spread(np.shape(f(np.zeros((3, 4, 2)))), -2, 2, "part")
            yield Case(
                "on_diagonal", _placed(k, one, other), _placed_by_numpy(k, one, other), (part,), f"{k, one, other}"
            )


def _placed(k: int, one: int, other: int) -> Callable[[Any], Any]:
    return lambda x: selection.on_diagonal(x, (3, 4, 2), k, one, other)


def _placed_by_numpy(k: int, one: int, other: int) -> Callable[[Any], Any]:
    def placed(x: np.ndarray) -> np.ndarray:
        places = np.diagonal(np.arange(24).reshape(3, 4, 2), k, one, other)
        result = np.zeros(24, dtype=x.dtype)
        result[places] = x
        return result.reshape(3, 4, 2)

    return placed


def more_and_fewer() -> Iterator[Case]:
    for shape in SHAPES:
        for axis in (None, *range(-len(shape), len(shape))):
            yield case("broadcast_to", along(np.repeat, repeats=2, axis=axis), shape, note=f"repeat, axis={axis}")
        for new in (5, (2, 4), (0,), ()):
            name = "concatenate" if shape == (0,) else "gather"
            yield case(name, along(np.resize, new_shape=new), shape, note=f"resize to {new}")
    for repeats, axis in (([2, 0, 3], 1), ([1, 2], 0), ([3], -1), (np.arange(6), None), (0, 0)):
        name = "broadcast_to" if axis == 0 and repeats == 0 else "gather"
        yield case(name, along(np.repeat, repeats=repeats, axis=axis), (2, 3), note=f"repeat {repeats}, axis={axis}")
    for obj in (1, [0, 2], slice(0, 3, 2), np.array([-1, -1]), np.arange(4) % 3 == 0, np.array([], dtype=int)):
        yield case("gather", along(np.delete, obj=obj, axis=1), (2, 4), note=f"delete {obj}")
    yield case("gather", along(np.delete, obj=[1, 4]), (2, 3), note="delete from all")
    for obj, axis, old, new in (
        *((1, None, (3,), ()), (-1, 0, (3,), (2,)), ([0, 2], 0, (3,), (2,)), ([2, 2, 0], 0, (3,), (3,))),
        *((1, 1, (2, 3), ()), (1, 1, (2, 3), (2,)), ([1], 1, (2, 3), (2, 1)), (0, 0, (2, 3), (3,))),
        *(
            (2, -1, (2, 3), (4, 2)),
            ([0, 3], 1, (2, 3), (2, 2)),
            ([0, 3], 1, (2, 3), (2,)),
            ([1, 0], None, (2, 3), (2,)),
        ),
        *((slice(0, 2), 1, (2, 3), (2, 2)), (0, 0, (0,), ()), (1, 0, (2, 1, 3), (1, 1, 3))),
    ):
        f = _inserted(obj, axis)
        yield case("concatenate", f, old, new, note=f"insert at {obj}, axis={axis}")


def _inserted(obj: Any, axis: int | None) -> Callable[[Any, Any], Any]:
    return lambda x, v: np.insert(x, obj, v, axis)


FAMILIES = (by_position, by_condition, triangles, more_and_fewer)
