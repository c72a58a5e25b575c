"""Calls of the functions of linear algebra: primitives, and (`compositions`) what is written with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.decompositions import cofactor
from tests.support.cases.common import Shape, spread, through
from tests.support.checking import Case

EINSUMS: dict[str, tuple[Shape, ...]] = {
    **{"ij->ji": ((2, 3),), "ij->": ((2, 3),), "ij->j": ((2, 3),), "ij": ((2, 3),), "ba": ((2, 3),), "i": ((0,),)},
    **{"ii": ((3, 3),), "ii->i": ((3, 3),), "iii->i": ((2, 2, 2),), "iji->j": ((2, 3, 2),), "ijij->": ((2, 3, 2, 3),)},
    **{"...ii->...": ((2, 3, 3),), "...": ((2, 3),), "i...->...": ((2, 3, 1),), "->": ((),), "jj": ((1, 1),)},
    **{"ij,jk->ik": ((2, 3), (3, 4)), "ij , jk": ((2, 3), (3, 1)), "i,i": ((3,), (3,)), "i,j->ji": ((3,), (2,))},
    **{"bij,bjk->bik": ((2, 2, 3), (2, 3, 1)), "...ij,...jk->...ik": ((4, 1, 2, 3), (2, 3, 2))},
    **{"...,...": ((2, 3), (3,)), "...i,i->...": ((2, 3), (3,)), "ii,i->": ((3, 3), (3,)), "ij,->i": ((2, 3), ())},
    **{
        "...i,...i->...": ((2, 1, 3), (3,)),
        "i...,...": ((2, 3), (1,)),
        "ij,kl->il": ((2, 3), (2, 2)),
        "...a,b...->...ab": ((2, 3), (2, 2)),
    },
    **{
        "ij,jk,kl->il": ((2, 3), (3, 2), (2, 4)),
        "i,ij,j": ((2,), (2, 3), (3,)),
        "ii,jj,ij->ij": ((2, 2), (3, 3), (2, 3)),
    },
}


def einsums() -> Iterator[Case]:
    def case(subscripts: str, shapes: tuple[Shape, ...], note: str = "", **options: Any) -> Case:
        xs = tuple(np.asarray(spread(s, -2, 2, f"{subscripts}{k}")) for k, s in enumerate(shapes))
        f = _given(np.einsum, subscripts, **options)
        return Case("einsum", f, f, xs, subscripts + note)

    for subscripts, shapes in EINSUMS.items():
        yield case(subscripts, shapes)
    for optimize in (True, "greedy", ["einsum_path", (0, 2), (0, 1)]):
        yield case("i,ij,j->", ((2,), (2, 3), (3,)), f", optimize={optimize}", optimize=optimize)
    f = lambda a, b: np.einsum("ij,jk->ki", a.T, b[:, ::-2])  # noqa: E731
    yield Case("einsum", f, f, (spread((3, 2), -2, 2, "a"), spread((3, 4), -2, 2, "b")), "views")


def _given(f: Callable[..., Any], *first: Any, **options: Any) -> Callable[..., Any]:
    return lambda *operands: f(*first, *operands, **options)


def regular(*shape: int) -> np.ndarray:
    """Return matrices of full rank with singular values well apart from each other and from 0."""
    a = spread(shape, -0.6, 0.6, "regular")
    m, n = shape[-2:]
    return a + np.eye(m, n) * (1.5 + np.arange(n))


def symmetric(a: Any) -> Any:
    """Return the symmetric part: NumPy reads one triangle only, and the gradients are those of the whole."""
    return (a + a.swapaxes(-1, -2)) / 2


def signed(results: Any) -> Any:
    """Return results of eigh or svd with vectors of a fixed sign, which LAPACK may turn at the smallest move."""
    if len(results) == 2:
        return results[0], results[1] * np.sign(results[1].sum(axis=-2, keepdims=True))
    u, s, vh = results
    sign = np.sign(u.sum(axis=-2, keepdims=True))
    return u * sign, s, vh * sign.swapaxes(-1, -2)


def singular(*shape: int, rank: int) -> np.ndarray:
    u, s, vh = np.linalg.svd(regular(*shape))
    return u[..., :rank] * s[..., None, :rank] @ vh[..., :rank, :]


SQUARE: tuple[Shape, ...] = ((1, 1), (2, 2), (3, 3), (4, 4), (2, 3, 3), (2, 1, 2, 2))


def inverses() -> Iterator[Case]:
    for shape in SQUARE:
        yield Case("inv", np.linalg.inv, np.linalg.inv, (regular(*shape),))
    f = through(np.linalg.inv, lambda a: a[:, ::-1].T)
    yield Case("inv", f, f, (regular(3, 3),), "views")
    for one, other in (
        *(
            ((1, 1), (1,)),
            ((3, 3), (3,)),
            ((3, 3), (3, 2)),
            ((2, 3, 3), (3,)),
            ((2, 3, 3), (3, 1)),
            ((2, 2), (3, 2, 1)),
        ),
        *(((4, 1, 2, 2), (3, 2, 2)), ((2, 2), (2, 0))),
    ):
        yield Case("solve", np.linalg.solve, np.linalg.solve, (regular(*one), spread(other, -2, 2, "b")))
    f = lambda a, b: np.linalg.solve(a.T, b[::-1].T)  # noqa: E731
    yield Case("solve", f, f, (regular(3, 3), spread((2, 3), -2, 2, "b")), "views")
    for shape in ((3, 3), (4, 2), (2, 4), (1, 1), (3, 1), (2, 3, 2), (2, 2, 3)):
        yield Case("pinv", np.linalg.pinv, np.linalg.pinv, (regular(*shape),))
    f = _given(np.linalg.pinv, rcond=1e-8)
    yield Case("pinv", f, f, (regular(3, 2),), "rcond")
    f = _given(np.linalg.pinv, rtol=1e-8)
    yield Case("pinv", f, f, (regular(3, 2),), "rtol")
    f = through(np.linalg.pinv, lambda a: a[::-1].T)
    yield Case("pinv", f, f, (regular(3, 2),), "views")


def determinants() -> Iterator[Case]:
    for shape in SQUARE:
        for a, note in ((regular(*shape), ""), (regular(*shape)[..., ::-1].copy(), "negative")):
            yield Case("det", np.linalg.det, np.linalg.det, (a,), note)
            yield Case("slogdet", np.linalg.slogdet, np.linalg.slogdet, (a,), note)
            yield Case("cofactor", cofactor, cofactor, (a,), note)
    for note, a in (
        *((f"rank {r} of {n}", singular(n, n, rank=r)) for n, r in ((1, 0), (2, 1), (3, 2), (3, 1), (3, 0), (4, 3))),
        *(("a stack, one singular", np.stack([regular(3, 3), singular(3, 3, rank=2)])), ("identity", np.eye(3))),
    ):
        yield Case("det", np.linalg.det, np.linalg.det, (a,), note)
    f = through(np.linalg.det, lambda a: a[::-1].T)
    yield Case("det", f, f, (regular(3, 3),), "views")


def decompositions() -> Iterator[Case]:
    for shape in SQUARE:
        f = through(np.linalg.cholesky, symmetric)
        yield Case("cholesky", f, f, (regular(*shape),))
        f = through(lambda a: signed(np.linalg.eigh(a)), symmetric)
        yield Case("eigh", f, f, (regular(*shape),))
    f = through(lambda a: signed(np.linalg.eigh(a, UPLO="U")), symmetric)
    yield Case("eigh", f, f, (regular(3, 3),), "upper")
    f = through(lambda a: signed(np.linalg.eigh(a, "L")), lambda a: symmetric(a[::-1, ::-1].T))
    yield Case("eigh", f, f, (regular(3, 3),), "views")
    for shape in ((1, 1), (3, 3), (4, 2), (3, 1), (2, 3, 2), (2, 2, 2)):
        yield Case("qr", np.linalg.qr, np.linalg.qr, (regular(*shape),))
    f = through(np.linalg.qr, lambda a: a[:, ::-1].T)
    yield Case("qr", f, f, (regular(2, 3),), "views")
    for shape in ((1, 1), (2, 2), (3, 3), (4, 2), (2, 4), (3, 1), (1, 3), (2, 3, 2), (2, 2, 3), (2, 2, 2)):
        f = lambda a: signed(np.linalg.svd(a, full_matrices=False))  # noqa: E731
        yield Case("svd", f, f, (regular(*shape),))
    for shape in ((3, 2), (2, 3)):
        yield Case("svd", f, f, (np.eye(*shape) * np.arange(1, 1 + shape[1]),), "a singular value of 1")
    f = through(f, lambda a: a[::-1].T)
    yield Case("svd", f, f, (regular(3, 2),), "views")


def norms() -> Iterator[Case]:
    for shape, axis in (
        *(((), None), ((3,), None), ((1,), 0), ((2, 3), None), ((2, 3), 0), ((2, 3), -1), ((2, 1, 3), (0, -1))),
        *(((2, 1, 3), None), ((2, 2, 3), (2, 1))),
    ):
        for keepdims in (False, True):
            f = _given(np.linalg.norm, axis=axis, keepdims=keepdims)
            yield Case("norm", f, f, (spread(shape, -2, 2, "norm"),), f"axis={axis}{', kept' if keepdims else ''}")
    f = through(_given(np.linalg.norm, axis=0), lambda a: a[:, ::-2].T)
    yield Case("norm", f, f, (spread((2, 4), -2, 2, "norm"),), "views")


FAMILIES = (einsums, inverses, determinants, decompositions, norms)


# ---------------------------------------------------------------------------------------- what needs no rule of its own


def products() -> Iterator[Case]:
    def case(f: Callable[..., Any], *shapes: Shape, note: str = "", **options: Any) -> Case:
        xs = tuple(np.asarray(spread(s, -2, 2, f"{f.__name__}{k}")) for k, s in enumerate(shapes))
        g = _given(f, **options)
        return Case(f"{f.__module__}.{f.__name__}", g, g, xs, note or str(options or ""))

    for f in (np.dot, np.inner):
        for one, other in (
            ((), ()),
            ((), (3,)),
            ((2, 3), ()),
            ((3,), (3,)),
            ((0,), (0,)),
            ((2, 3), (3,)),
            ((1,), (1,)),
        ):
            yield case(f, one, other)
    yield case(np.dot, (2, 3), (3, 4))
    yield case(np.dot, (2, 1, 3), (3, 2))
    yield case(np.dot, (2, 3), (2, 3, 4))
    yield case(np.dot, (3,), (2, 3, 2))
    yield case(np.inner, (2, 3), (4, 3))
    yield case(np.inner, (2, 1, 3), (2, 3))
    for one, other in (((3,), (3,)), ((2, 3), (2, 3)), ((), ()), ((2, 3), (3, 2))):
        yield case(np.vdot, one, other)
    for one, other in (((3,), (2,)), ((2, 2), (3,)), ((), (2,)), ((0,), (2,))):
        yield case(np.outer, one, other)
    for axes in (0, 1, 2, (1, 0), (-1, -2), ([0, 1], [1, 0]), [(1,), (0,)]):
        yield case(np.tensordot, (2, 2), (2, 2), axes=axes)
    yield case(np.tensordot, (2, 3, 4), (4, 2, 5), axes=([0, 2], [1, 0]))
    yield case(np.tensordot, (2, 0), (0, 3), axes=1)
    for one, other in (((2, 3), (3, 2)), ((3,), (2, 2)), ((2, 1, 2), (3,)), ((), (2,)), ((1, 1), (1, 1))):
        yield case(np.kron, one, other)
    yield case(np.cross, (3,), (3,))
    yield case(np.cross, (2, 3), (3,))
    yield case(np.cross, (2, 3), (4, 1, 3), axisc=0)
    yield case(np.cross, (3, 2), (2, 3), axisa=0, axisb=1, axisc=0)
    yield case(np.cross, (3, 2), (3, 2), axis=0)
    for offset in (-3, -1, 0, 1, 2, 5):
        yield case(np.trace, (2, 3), offset=offset)
    yield case(np.trace, (3, 2, 4), offset=-1, axis1=-1, axis2=0)
    yield case(np.trace, (1, 1))
    for n in (-2, -1, 0, 1, 2, 3, 5):
        g = _given(lambda a, n=n: np.linalg.matrix_power(a, n))
        yield Case("numpy.linalg.matrix_power", g, g, (regular(2, 3, 3),), f"n={n}")
    for shapes in (
        ((2, 3), (3, 2)),
        ((2, 5), (5, 1), (1, 4), (4, 3)),
        ((3,), (3, 2), (2,)),
        ((3,), (3,)),
        ((3,), (3, 2)),
    ):
        g = _given(lambda *xs: np.linalg.multi_dot(xs))
        xs = tuple(spread(s, -2, 2, f"chain{k}") for k, s in enumerate(shapes))
        yield Case("numpy.linalg.multi_dot", g, g, xs)
    yield case(np.linalg.matmul, (2, 2, 3), (3, 2))
    yield case(np.linalg.outer, (2,), (3,))
    yield case(np.linalg.tensordot, (2, 3), (3, 2), axes=1)
    yield case(np.linalg.cross, (2, 3), (2, 3))
    yield case(np.linalg.trace, (2, 3, 4), offset=1)
    yield case(np.linalg.matrix_transpose, (2, 3, 4))
    yield case(np.linalg.vecdot, (2, 3), (3,))
    yield case(np.linalg.vecdot, (3, 2), (3, 1), axis=0)
    for name, one, other in (
        *(
            ("vecdot", (2, 3), (4, 1, 3)),
            ("vecdot", (3,), (3,)),
            ("matvec", (2, 3), (3,)),
            ("matvec", (2, 2, 3), (2, 3)),
        ),
        *(("vecmat", (3,), (3, 2)), ("vecmat", (2, 1, 3), (2, 3, 2))),
    ):
        if hasattr(np, name):  # NumPy 2.0 has vecdot, NumPy 2.2 the other two
            g = _given(getattr(np, name))
            xs = (spread(one, -2, 2, "a"), spread(other, -2, 2, "b"))
            yield Case(f"numpy.{name}", g, g, xs)


def other_decompositions() -> Iterator[Case]:
    def case(name: str, f: Callable[..., Any], r: Callable[..., Any], *xs: np.ndarray, note: str = "") -> Case:
        return Case(f"numpy.linalg.{name}", f, r, xs, note)

    f = through(_given(np.linalg.cholesky, upper=True), symmetric)
    yield case("cholesky", f, f, regular(3, 3), note="upper")
    for uplo in "LU":
        f = through(_given(np.linalg.eigvalsh, UPLO=uplo), symmetric)
        yield case("eigvalsh", f, f, regular(2, 3, 3), note=uplo)
    yield case("qr", np.linalg.qr, np.linalg.qr, regular(2, 4), note="wide")
    yield case("qr", np.linalg.qr, np.linalg.qr, regular(2, 1, 3), note="wide")
    for shape in ((3, 3), (3, 2), (2, 3)):
        f = _given(np.linalg.qr, mode="r")
        yield case("qr", f, f, regular(*shape), note="r")
    for shape in ((3, 3), (2, 3, 2), (2, 3)):
        f = _given(np.linalg.svd, compute_uv=False)
        yield case("svd", f, f, regular(*shape), note="values")
        yield case("svdvals", np.linalg.svdvals, np.linalg.svdvals, regular(*shape))
    f = lambda a: signed(np.linalg.svd(a))  # noqa: E731
    yield case("svd", f, f, regular(3, 3), note="full, square")
    for shape, of_b in (((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 4), (2,)), ((3, 3), (3, 1))):
        f = lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0]  # noqa: E731
        yield case("lstsq", f, f, regular(*shape), spread(of_b, -2, 2, "b"))


def other_norms() -> Iterator[Case]:
    for ord in (0, 1, 2, 3, -3, 0.5, 2.5, -2.5, np.inf, -np.inf):
        for shape, axis in (((4,), None), ((2, 3), 0), ((2, 1, 3), -1)):
            for keepdims in (False, True):
                f = _given(np.linalg.norm, ord=ord, axis=axis, keepdims=keepdims)
                yield Case(
                    "norm of vectors", f, f, (spread(shape, 0.4, 2, "v"),), f"ord={ord}, axis={axis}, {keepdims}"
                )
    for ord in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        for shape, axes in (((3, 2), None), ((3, 3), (1, 0)), ((2, 3, 4), (-1, 0)), ((2, 3, 4), (0, 2))):
            for keepdims in (False, True):
                f = _given(np.linalg.norm, ord=ord, axis=axes, keepdims=keepdims)
                yield Case("norm of matrices", f, f, (regular(*shape),), f"ord={ord}, {axes}, {keepdims}")
    for options in ({}, {"axis": (0, 2)}, {"axis": 1, "ord": 3}, {"axis": (2, -2), "keepdims": True, "ord": 1}):
        f = _given(np.linalg.vector_norm, **options)
        yield Case("vector_norm", f, f, (spread((2, 3, 2), -2, 2, "v"),), str(options))
    for options in ({}, {"ord": "nuc"}, {"ord": 1, "keepdims": True}):
        f = _given(np.linalg.matrix_norm, **options)
        yield Case("matrix_norm", f, f, (spread((2, 3, 2), -2, 2, "m"),), str(options))


def condition_numbers() -> Iterator[Case]:
    for p in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        for shape in ((2, 2), (2, 3, 3)):
            f = _given(np.linalg.cond, p=p)
            yield Case("numpy.linalg.cond", f, f, (regular(*shape),), f"p={p}")
    for shape in ((3, 2), (2, 2, 3)):
        yield Case("numpy.linalg.cond", np.linalg.cond, np.linalg.cond, (regular(*shape),), "of what is not square")


def tensors() -> Iterator[Case]:
    a = regular(6, 6).reshape(2, 3, 6)
    for shape, axes in (((2, 3, 6), None), ((2, 3, 2, 3), None), ((6, 2, 3), (0,))):
        b = spread((2, 3), -2, 2, "b")
        f = lambda a, b, axes=axes: np.linalg.tensorsolve(a, b, axes)  # noqa: E731
        operand = a.reshape(shape) if axes is None else np.ascontiguousarray(np.moveaxis(a, -1, 0))
        yield Case("numpy.linalg.tensorsolve", f, f, (operand, b), f"axes={axes}")
    for shape, ind in (((2, 3, 6), 2), ((6, 2, 3), 1), ((2, 3, 3, 2), 2)):
        f = _given(np.linalg.tensorinv, ind=ind)
        yield Case("numpy.linalg.tensorinv", f, f, (a.reshape(shape),), f"ind={ind}")
    for offset in (-1, 0, 2):
        for shape in ((2, 3), (2, 3, 3), (4, 1, 2, 3)):
            f = _given(np.linalg.diagonal, offset=offset)
            yield Case("numpy.linalg.diagonal", f, f, (spread(shape, -2, 2, "d"),), f"offset={offset}")


COMPOSITIONS = (products, other_decompositions, other_norms, condition_numbers, tensors)
