"""The table of calls that every primitive is tested with: see :class:`tests.support.checking.Case`.

Values are chosen away from corners and steps; what happens on them is a convention, tested in test_conventions.py.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np

from autograd import rules
from autograd.primitive import TABLE, Primitive
from autograd.rules.elementwise import alias, astype, clip
from autograd.rules.indexing import gather, put, scatter
from autograd.rules.reduction import logsumexp
from tests.support.checking import Case
from tests.support.strict_array import StrictArray

Shape = tuple[int, ...]

SHAPES: tuple[Shape, ...] = ((), (0,), (1,), (3,), (2, 3), (2, 1, 3))
VIEWS: dict[str, tuple[Shape, Callable[[Any], Any]]] = {
    "transposed": ((3, 2), lambda a: a.T),
    "reversed": ((4,), lambda a: a[::-1]),
    "every second": ((2, 6), lambda a: a[:, 1::2]),
    "backwards in both": ((2, 4), lambda a: a[::-1, ::-2]),
    "broadcast": ((3,), lambda a: a[None, :, None]),
}


def spread(shape: Shape, low: float, high: float, seed: str) -> np.ndarray:
    """Return numbers between `low` and `high`, no two alike, at equal distances and in random order."""
    n = int(np.prod(shape, dtype=int))
    grid = low + (high - low) * (np.arange(n) + 0.37) / max(n, 1)
    return np.random.default_rng(crc32(seed.encode())).permutation(grid).reshape(shape)


# ------------------------------------------------------------------------------------------------- element by element

DOMAINS: dict[np.ufunc, tuple[float, float]] = {
    **dict.fromkeys((np.negative, np.positive, np.square, np.exp, np.expm1, np.sin, np.cos, np.arctan), (-2.0, 2.0)),
    **dict.fromkeys((np.sinh, np.cosh, np.tanh, np.arcsinh, np.absolute, np.sign), (-2.0, 2.0)),
    **dict.fromkeys((np.log, np.sqrt, np.reciprocal), (0.4, 3.0)),
    np.log1p: (-0.6, 2.0),
    np.tan: (-1.1, 1.1),
    **dict.fromkeys((np.arcsin, np.arccos, np.arctanh), (-0.7, 0.7)),
    np.arccosh: (1.4, 3.0),
    **dict.fromkeys((np.floor, np.ceil, np.trunc, np.rint), (-2.9, 2.9)),
}
STEPS = (np.sign, np.floor, np.ceil, np.trunc, np.rint)


def unary() -> Iterator[Case]:
    for f, (low, high) in DOMAINS.items():
        for shape in SHAPES:
            x = spread(shape, low, high, f.__name__)
            if f in STEPS:
                x = np.where(np.abs(2 * x - np.rint(2 * x)) < 0.1, x + 0.06, x)
            yield Case(f.__name__, f, f, (x,))
        for note, (shape, view) in VIEWS.items():
            x = spread(shape, low, high, note)
            if f in STEPS:
                x = np.where(np.abs(2 * x - np.rint(2 * x)) < 0.1, x + 0.06, x)
            through = _through(f, view)
            yield Case(f.__name__, through, through, (x,), note)


def _through(f: Callable[..., Any], view: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *operands: f(*map(view, operands))


PAIRS: tuple[tuple[Shape, Shape], ...] = (
    *(((), ()), ((3,), ()), ((), (2, 3)), ((0,), (1,)), ((0, 3), (3,)), ((3,), (3,)), ((1,), (1,)), ((1,), (4,))),
    *(((2, 3), (3,)), ((2, 1), (2, 3)), ((2, 1, 3), (4, 1)), ((1, 1), (3,))),
)
RANGES: dict[np.ufunc, tuple[tuple[float, float], tuple[float, float]]] = {
    **dict.fromkeys((np.add, np.subtract, np.multiply, np.logaddexp), ((-2.0, 2.0), (-2.0, 2.0))),
    np.divide: ((-2.0, 2.0), (0.5, 2.0)),
    np.power: ((0.4, 2.0), (-2.0, 2.0)),
    **dict.fromkeys((np.maximum, np.minimum), ((-2.0, 2.0), (-1.9, 2.1))),
}


def binary() -> Iterator[Case]:
    for f, (of_x, of_y) in RANGES.items():
        for one, other in PAIRS:
            yield Case(f.__name__, f, f, (spread(one, *of_x, "x"), spread(other, *of_y, "y")))
        for note, (shape, view) in VIEWS.items():
            through = _through(f, view)
            yield Case(f.__name__, through, through, (spread(shape, *of_x, "x"), spread(shape, *of_y, "y")), note)
    x = np.array([-2.0, -0.5, 0.7, 3.0])
    for exponent in (0, 1, 2, 3, -1, -2, 2.0, -1.0, np.float64(3)):
        f = _power_of(exponent)
        yield Case("power", f, f, (x,), f"exponent {type(exponent).__name__} {exponent}")
    whole = np.array([2.0, 3.0, -1.0, 0.0])
    yield Case("power", lambda x: x ** _beside(x, whole), lambda x: x**whole, (x,), "whole float64 exponents")
    for base in (2, 0.5, np.float64(3)):
        g = _base_of(base)
        yield Case("power", g, g, (x,), f"base {type(base).__name__} {base}")


def _power_of(exponent: Any) -> Callable[[Any], Any]:
    return lambda x: x**exponent


def _base_of(base: Any) -> Callable[[Any], Any]:
    return lambda y: base**y


def choosing() -> Iterator[Case]:
    x, low, high = spread((2, 3), -2, 2, "x"), np.array([-1.5, -1.0, -0.5]), np.array([[0.4], [1.1]])
    for shape in SHAPES:
        a = spread(shape, -2, 2, "clip")
        yield Case("clip", lambda x: np.clip(x, -0.8, 0.9), lambda x: np.clip(x, -0.8, 0.9), (a,))
        yield Case("clip", lambda x: clip(x, -0.8), lambda x: np.maximum(x, -0.8), (a,), "from below")
        yield Case("clip", lambda x: x.clip(None, 0.9), lambda x: np.minimum(x, 0.9), (a,), "from above")
        mask = spread(shape, -1, 1, "mask") > 0
        f = _chosen_by(mask)
        yield Case("where", f, f, (a, a + 1.0))
    yield Case("clip", np.clip, np.clip, (x, low, high), "bounds with a gradient")
    yield Case("clip", lambda x: np.clip(x, None, None), lambda x: x + 0.0, (x,), "no bounds")
    f = _chosen_by(np.array([True, False, True]))
    yield Case("where", f, f, (x, np.array(0.5)), "broadcast")
    yield Case("where", f, f, (np.array([[1.0], [2.0]]), x), "broadcast")


def _chosen_by(mask: np.ndarray) -> Callable[..., Any]:
    return lambda x, y: np.where(_beside(x, mask), x, y)


def _beside(x: Any, array: np.ndarray) -> Any:
    """Return an array in the library of `x`, with which NumPy's may not mix."""
    return StrictArray(array) if isinstance(getattr(x, "data", None), StrictArray) else array


def copies() -> Iterator[Case]:
    for shape in SHAPES:
        x = spread(shape, -2, 2, "copies")
        yield Case("alias", alias, lambda x: x, (x,))
        yield Case("astype", lambda x: astype(x, np.float64), lambda x: x.copy(), (x,))
        yield Case("astype", lambda x: x.astype(np.longdouble), lambda x: x.astype(np.longdouble), (x,), "longdouble")


# --------------------------------------------------------------------------------------------------------- reductions


def axes_of(ndim: int) -> Iterator[Any]:
    """Yield every axis and tuple of axes that an array of so many can be reduced along, some of them negative."""
    yield None
    yield ()
    for n in range(1, ndim + 1):
        for axes in combinations(range(ndim), n):
            yield axes
            yield tuple(a - ndim for a in reversed(axes))
            if n == 1:
                yield axes[0]
                yield axes[0] - ndim


def _log_sum_exp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The reference for logsumexp: its definition, with the greatest element taken out."""
    greatest = np.max(x, axis=axis, keepdims=True)
    logs = np.log(np.sum(np.exp(x - greatest), axis=axis, keepdims=True)) + greatest
    return logs if keepdims else np.squeeze(logs, axis=tuple(range(np.ndim(x))) if axis is None else axis)


REDUCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    **{f.__name__: (f, f) for f in (np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min)},
    "logsumexp": (logsumexp, _log_sum_exp),
}


def reductions() -> Iterator[Case]:
    for name, (f, reference) in REDUCTIONS.items():
        for shape in ((), (1,), (3,), (2, 3), (2, 1, 3)):
            x = spread(shape, -2, 2, name)
            for axis in axes_of(len(shape)):
                n = x.size if axis is None else int(np.prod([shape[i] for i in np.atleast_1d(axis).astype(int)]))
                if name == "std" and n == 1:
                    continue  # the root of 0 has no slope
                for keepdims in (False, True):
                    note = f"axis={axis}{', kept' if keepdims else ''}"
                    g, r = (_along(h, axis=axis, keepdims=keepdims) for h in (f, reference))
                    yield Case(name, g, r, (x,), note)
        empty = (((0, 3), 1), ((3, 0), 0)) if name in ("sum", "prod") else (((0, 3), 1),)
        for shape, axis in empty:
            yield Case(name, _along(f, axis=axis), _along(reference, axis=axis), (np.ones(shape),), f"axis={axis}")
        for note, (shape, view) in VIEWS.items():
            g, r = (_through(_along(h, axis=0), view) for h in (f, reference))
            if not (name == "std" and note == "broadcast"):
                yield Case(name, g, r, (spread(shape, -2, 2, note),), note)
    for f in (np.var, np.std):
        for axis in (None, 0, 1, (0, 1)):
            g = _along(f, axis=axis, ddof=1)
            yield Case(f.__name__, g, g, (spread((3, 4), -2, 2, "ddof"),), f"axis={axis}, ddof=1")
    for zeros in ([0], [0, 4], [0, 1, 2]):
        x = spread((2, 3), 0.5, 2, "zeros")
        x.reshape(-1)[zeros] = 0.0
        for axis in (None, 0, 1):
            g = _along(np.prod, axis=axis)
            yield Case("prod", g, g, (x,), f"zeros at {zeros}, axis={axis}")


def _along(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return lambda x: f(x, **options)


# --------------------------------------------------------------------------------------- shapes, indices and matrices


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


def all_cases() -> list[Case]:
    """Return the whole table."""
    families = (unary, binary, choosing, copies, reductions, moves, indexing)
    return [case for family in families for case in family()]


def all_primitives() -> dict[str, Primitive]:
    """Return every primitive of the derivative table, by name, also those that no NumPy function stands for."""
    found = {}
    for page in pkgutil.iter_modules(rules.__path__):
        for thing in vars(importlib.import_module(f"{rules.__name__}.{page.name}")).values():
            found[getattr(thing, "primitive", None)] = None
    for operation in TABLE.values():
        found[getattr(operation, "primitive", None)] = None
    return {entry.name: entry for entry in found if isinstance(entry, Primitive)}
