"""Functions that work element by element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from tests.peers.table import VIEWS, Function, Peer, filled, peer
from tests.support.cases.common import PAIRS, SHAPES, spread


def floor_divide(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.div(x, y, rounding_mode="floor")  # torch.floor_divide has no derivative


# Name → what it is in PyTorch, and the range of the operand.
UNARY: dict[str, tuple[Function, float, float]] = {
    "np.negative": (torch.negative, -2, 2),
    "np.positive": (torch.positive, -2, 2),
    "np.square": (torch.square, -2, 2),
    "np.reciprocal": (torch.reciprocal, 0.4, 3),
    "np.deg2rad": (torch.deg2rad, -2, 2),
    "np.radians": (torch.deg2rad, -2, 2),
    "np.rad2deg": (torch.rad2deg, -2, 2),
    "np.degrees": (torch.rad2deg, -2, 2),
    "np.exp": (torch.exp, -2, 2),
    "np.exp2": (torch.exp2, -2, 2),
    "np.expm1": (torch.expm1, -2, 2),
    "np.log": (torch.log, 0.4, 3),
    "np.log2": (torch.log2, 0.4, 3),
    "np.log10": (torch.log10, 0.4, 3),
    "np.log1p": (torch.log1p, -0.6, 2),
    "np.sqrt": (torch.sqrt, 0.4, 3),
    "np.cbrt": (lambda x: x.sign() * x.abs() ** (1 / 3), -3, 2),
    "np.sin": (torch.sin, -2, 2),
    "np.cos": (torch.cos, -2, 2),
    "np.tan": (torch.tan, -1.1, 1.1),
    "np.arcsin": (torch.arcsin, -0.7, 0.7),
    "np.arccos": (torch.arccos, -0.7, 0.7),
    "np.arctan": (torch.arctan, -2, 2),
    "np.sinh": (torch.sinh, -2, 2),
    "np.cosh": (torch.cosh, -2, 2),
    "np.tanh": (torch.tanh, -2, 2),
    "np.arcsinh": (torch.arcsinh, -2, 2),
    "np.arccosh": (torch.arccosh, 1.4, 3),
    "np.arctanh": (torch.arctanh, -0.7, 0.7),
    "np.sinc": (torch.sinc, -2.5, 2.5),
    "np.absolute": (torch.abs, -2, 2),
    "np.fabs": (torch.abs, -2, 2),
    "np.sign": (torch.sign, -2, 2),
    "np.floor": (torch.floor, -2.9, 2.9),
    "np.ceil": (torch.ceil, -2.9, 2.9),
    "np.trunc": (torch.trunc, -2.9, 2.9),
    "np.fix": (torch.fix, -2.9, 2.9),
    "np.rint": (torch.round, -2.9, 2.9),
    "np.round": (torch.round, -2.9, 2.9),
    "np.around": (torch.round, -2.9, 2.9),
    "np.nan_to_num": (torch.nan_to_num, -2, 2),
    "np.copy": (torch.clone, -2, 2),
    "np.real": (torch.real, -2, 2),
    "np.conj": (torch.conj, -2, 2),
    "np.real_if_close": (torch.real, -2, 2),
    "np.imag": (lambda x: x * 0, -2, 2),
    "np.angle": (torch.angle, -2, 2),
    "np.i0": (torch.special.i0, -2.5, 2.5),
    "np.modf": (lambda x: (x.frac(), x.trunc()), -2.9, 2.9),
    "np.frexp": (torch.frexp, 0.4, 3),
}

# Name → what it is in PyTorch, and the ranges of the two operands.
BINARY: dict[str, tuple[Function, tuple[float, float], tuple[float, float]]] = {
    "np.add": (torch.add, (-2, 2), (-2, 2)),
    "np.subtract": (torch.subtract, (-2, 2), (-2, 2)),
    "np.multiply": (torch.multiply, (-2, 2), (-2, 2)),
    "np.divide": (torch.divide, (-2, 2), (0.5, 2)),
    "np.power": (torch.pow, (0.4, 2), (-2, 2)),
    "np.float_power": (torch.float_power, (0.4, 2), (-2, 2)),
    "np.floor_divide": (floor_divide, (-5.6, 6.3), (1.9, 2.1)),
    "np.remainder": (torch.remainder, (-5.6, 6.3), (1.9, 2.1)),
    "np.fmod": (torch.fmod, (-5.6, 6.3), (1.9, 2.1)),
    "np.divmod": (lambda x, y: (floor_divide(x, y), torch.remainder(x, y)), (-5.6, 6.3), (-2.1, -1.9)),
    "np.logaddexp": (torch.logaddexp, (-2, 2), (-2, 2)),
    "np.logaddexp2": (torch.logaddexp2, (-2, 2), (-2, 2)),
    "np.hypot": (torch.hypot, (-2, 2), (0.4, 2)),
    "np.arctan2": (torch.arctan2, (-2, 2), (-2.1, 1.9)),
    "np.copysign": (torch.copysign, (-2, 2), (-2.1, 1.9)),
    "np.maximum": (torch.maximum, (-2, 2), (-1.9, 2.1)),
    "np.minimum": (torch.minimum, (-2, 2), (-1.9, 2.1)),
    "np.fmax": (torch.fmax, (-2, 2), (-1.9, 2.1)),
    "np.fmin": (torch.fmin, (-2, 2), (-1.9, 2.1)),
}


def seen(one: Peer, mine: Function, theirs: Function, note: str) -> Peer:
    """Return the same call on views of its operands."""
    return replace(
        one,
        mine=lambda *xs: one.mine(*map(mine, xs)),
        theirs=lambda *xs: one.theirs(*map(theirs, xs)),
        note=f"{one.note} {note}".strip(),
    )


def unary() -> Iterator[Peer]:
    for name, (theirs, low, high) in UNARY.items():
        for shape in SHAPES:
            yield peer(name, theirs, shape, between=(low, high))
        for note, (shape, *view) in VIEWS.items():
            yield seen(peer(name, theirs, shape, between=(low, high)), *view, note)


def binary() -> Iterator[Peer]:
    for name, (theirs, of_x, of_y) in BINARY.items():
        for one, other in PAIRS:
            yield peer(name, theirs, spread(one, *of_x, "x"), spread(other, *of_y, "y"))
        for note, (shape, *view) in VIEWS.items():
            yield seen(peer(name, theirs, spread(shape, *of_x, "x"), spread(shape, *of_y, "y")), *view, note)
    x = np.array([-2.0, -0.5, 0.7, 3.0])
    for exponent in (0, 1, 2, 3, -1, -2, 0.5, 2.0):
        inside = np.abs(x) if exponent == 0.5 else x
        yield Peer("np.power", lambda x, n=exponent: x**n, lambda x, n=exponent: x**n, (inside,), f"to {exponent}")
    for base in (2, 0.5):
        yield Peer("np.power", lambda x, b=base: b**x, lambda x, b=base: b**x, (x,), f"of {base}")
    whole = np.array([2.0, 3.0, -1.0, 0.0])
    yield Peer("np.power", lambda x: x**whole, lambda x: x ** torch.tensor(whole), (x,), "to whole numbers")


def with_options() -> Iterator[Peer]:
    yield Peer("np.astype", lambda x: np.astype(x, np.float64), torch.clone, filled(((2, 3),)))
    for shape in SHAPES:
        yield peer("np.round", lambda x: torch.round(x, decimals=1), shape, decimals=1)
        bits = np.arange(int(np.prod(shape))).reshape(shape) % 4 - 2
        ldexp = peer("np.ldexp", lambda x, b=bits: torch.ldexp(x, torch.tensor(b, dtype=x.dtype)), shape)
        yield replace(ldexp, mine=lambda x, b=bits: np.ldexp(x, b))
        for low, high in ((-0.8, 0.9), (-0.8, None), (None, 0.9)):
            yield peer("np.clip", lambda x, a=low, b=high: torch.clamp(x, a, b), shape, min=low, max=high)
    gaps = np.array([1.0, np.nan, np.inf, -np.inf, -3.0])
    yield peer("np.nan_to_num", torch.nan_to_num, gaps)
    yield peer("np.nan_to_num", lambda x: x.nan_to_num(7, 8, 9), gaps, nan=7.0, posinf=8.0, neginf=9.0)
    x, y = np.array([-1.0, np.nan, 2.0, 0.5]), np.array([np.nan, 3.0, 1.0, 0.7])
    yield peer("np.fmax", torch.fmax, x, y)
    yield peer("np.fmin", torch.fmin, x, y)
    bounds = np.array([-1.5, -1.0, -0.5]), np.array([[0.4], [1.1]])
    yield peer("np.clip", torch.clamp, (2, 3), *bounds)
    signs = np.array([7.3, -7.3, 7.3, -7.3, 0.4]), np.array([2.0, 2.0, -2.0, -2.0, 3.0])
    for name in ("np.remainder", "np.fmod", "np.floor_divide", "np.divmod"):
        yield peer(name, BINARY[name][0], *signs)


def chosen() -> Iterator[Peer]:
    for one, other in (((3,), (3,)), ((2, 3), ()), ((2, 1), (3,)), ((0,), (0,)), ((), ())):
        holds = np.arange(int(np.prod(shape := np.broadcast_shapes(one, other)))).reshape(shape) % 2 == 0
        yield Peer(
            "np.where",
            lambda x, y, c=holds: np.where(c, x, y),
            lambda x, y, c=holds: torch.where(torch.tensor(c), x, y),
            (np.asarray(spread(one, -2, 2, "x")), np.asarray(spread(other, -2, 2, "y"))),
        )
    yield Peer(
        "np.select",
        lambda x, y: np.select([x > 0.5, x > -0.5], [x, y], 1.5),
        lambda x, y: torch.where(x > 0.5, x, torch.where(x > -0.5, y, 1.5)),
        (spread((2, 3), -2, 2, "x"), spread((2, 3), -2, 2, "y")),
    )


FAMILIES = (unary, binary, with_options, chosen)
