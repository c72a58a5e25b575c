"""The same functions here and in PyTorch, of which random programs are made: name → (ours, PyTorch's).

They are composed so that every value stays of ordinary size: a disagreement is a wrong rule, not a lost digit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nn import functional as F

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the random programs have no peer to agree with")

Function = Callable[..., Any]
UNARY: dict[str, tuple[Function, Function]] = {
    "negative": (lambda a: -a, lambda a: -a),
    "tanh": (np.tanh, torch.tanh),
    "sin": (np.sin, torch.sin),
    "cos": (np.cos, torch.cos),
    "exp of tanh": (lambda a: np.exp(np.tanh(a)), lambda a: torch.exp(torch.tanh(a))),
    "expm1 of sin": (lambda a: np.expm1(np.sin(a)), lambda a: torch.expm1(torch.sin(a))),
    "log": (lambda a: np.log(a * a + 0.5), lambda a: torch.log(a * a + 0.5)),
    "log1p": (lambda a: np.log1p(np.square(a)), lambda a: torch.log1p(torch.square(a))),
    "sqrt": (lambda a: np.sqrt(a * a + 1), lambda a: torch.sqrt(a * a + 1)),
    "arctan": (np.arctan, torch.arctan),
    "arcsinh": (np.arcsinh, torch.arcsinh),
    "arcsin": (lambda a: np.arcsin(0.8 * np.tanh(a)), lambda a: torch.arcsin(0.8 * torch.tanh(a))),
    "arctanh": (lambda a: np.arctanh(0.7 * np.sin(a)), lambda a: torch.arctanh(0.7 * torch.sin(a))),
    "sinh": (lambda a: np.sinh(np.sin(a)), lambda a: torch.sinh(torch.sin(a))),
    "cosh": (lambda a: np.cosh(np.sin(a)), lambda a: torch.cosh(torch.sin(a))),
    "tan": (lambda a: np.tan(np.sin(a)), lambda a: torch.tan(torch.sin(a))),
    "reciprocal": (lambda a: np.reciprocal(a * a + 1), lambda a: torch.reciprocal(a * a + 1)),
    "cube": (lambda a: np.tanh(a) ** 3, lambda a: torch.tanh(a) ** 3),
    "absolute": (abs, abs),
    "clip": (lambda a: a.clip(-1.0, 0.9), lambda a: a.clamp(-1.0, 0.9)),
    "sigmoid": (F.sigmoid, torch.sigmoid),
    "gelu": (F.gelu, torch.nn.functional.gelu),
    "silu": (F.silu, torch.nn.functional.silu),
    "softplus": (F.softplus, torch.nn.functional.softplus),
    "leaky relu": (lambda a: F.leaky_relu(a, 0.3), lambda a: torch.nn.functional.leaky_relu(a, 0.3)),
    "floor": (lambda a: np.floor(a) * 0.1 + a, lambda a: torch.floor(a) * 0.1 + a),
}
BINARY: dict[str, tuple[Function, Function]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b),
    "multiply": (lambda a, b: np.tanh(a) * b, lambda a, b: torch.tanh(a) * b),
    "divide": (lambda a, b: a / (b * b + 1), lambda a, b: a / (b * b + 1)),
    "power": (
        lambda a, b: (np.tanh(a) + 1.5) ** np.tanh(b),
        lambda a, b: (torch.tanh(a) + 1.5) ** torch.tanh(b),
    ),
    "maximum": (np.maximum, torch.maximum),
    "minimum": (np.minimum, torch.minimum),
    "logaddexp": (np.logaddexp, torch.logaddexp),
    "where": (
        lambda a, b: np.where(a > b, np.sin(a), b),
        lambda a, b: torch.where(a > b, torch.sin(a), b),
    ),
}
REDUCING: dict[str, tuple[Function, Function]] = {
    "sum": (lambda a, i, k: a.sum(i, k) * 0.3, lambda a, i, k: a.sum(i, k) * 0.3),
    "mean": (lambda a, i, k: a.mean(i, k), lambda a, i, k: a.mean(i, k)),
    "var": (lambda a, i, k: a.var(i, keepdims=k), lambda a, i, k: a.var(i, unbiased=False, keepdim=k)),
    "std": (
        lambda a, i, k: (a * a + 0.1).std(i, 0, k),
        lambda a, i, k: (a * a + 0.1).std(i, unbiased=False, keepdim=k),
    ),
    "max": (lambda a, i, k: a.max(i, k), lambda a, i, k: a.amax(i, k)),
    "min": (lambda a, i, k: a.min(i, k), lambda a, i, k: a.amin(i, k)),
    "prod": (lambda a, i, k: np.tanh(a).prod(i, k), lambda a, i, k: torch.tanh(a).prod(i, k)),
    "logsumexp": (lambda a, i, k: a.logsumexp(i, k), lambda a, i, k: a.logsumexp(i, k)),
}
MOVING: dict[str, tuple[Function, Function]] = {
    "transpose": (lambda a: a.T, lambda a: a.permute(*reversed(range(a.ndim)))),
    "ravel": (lambda a: a.ravel(), lambda a: a.reshape(-1)),
    "swap": (lambda a: a.swapaxes(0, -1), lambda a: a.swapaxes(0, -1)),
    "new axis": (lambda a: a[None], lambda a: a[None]),
    "reverse": (lambda a: a[::-1], lambda a: a.flip(0)),
    "repeat": (lambda a: a[np.array([0, -1, 0])], lambda a: a[torch.tensor([0, -1, 0])]),
    "every second": (lambda a: a[..., ::2], lambda a: a[..., ::2]),
    "outer": (lambda a: a.reshape(-1, 1) @ a.reshape(1, -1), lambda a: a.reshape(-1, 1) @ a.reshape(1, -1)),
    "square matrix": (lambda a: a.reshape(1, -1) @ a.reshape(-1, 1), lambda a: a.reshape(1, -1) @ a.reshape(-1, 1)),
    "stack": (lambda a: np.stack([a, np.sin(a), a]), lambda a: torch.stack([a, torch.sin(a), a])),
    "concatenate": (lambda a: np.concatenate([a, a * 2.0]), lambda a: torch.cat([a, a * 2.0])),
    "split": (lambda a: np.split(a, [1])[0] + 1.0, lambda a: torch.tensor_split(a, [1])[0] + 1.0),
    "sort": (lambda a: np.sort(a, axis=0), lambda a: torch.sort(a, dim=0, stable=True)[0]),
    "roll": (lambda a: np.roll(a, 1, axis=-1), lambda a: torch.roll(a, 1, -1)),
    "differences": (lambda a: np.diff(a, axis=0), lambda a: torch.diff(a, dim=0)),
    "cumsum": (lambda a: np.cumsum(a, axis=-1) * 0.5, lambda a: torch.cumsum(a, -1) * 0.5),
    "cumprod": (lambda a: np.cumprod(np.tanh(a), axis=0), lambda a: torch.cumprod(torch.tanh(a), 0)),
    "softmax": (lambda a: F.softmax(a, -1), lambda a: torch.softmax(a, -1)),
    "log softmax": (lambda a: F.log_softmax(a, 0), lambda a: torch.log_softmax(a, 0)),
    "layer norm": (
        lambda a: F.layer_norm(a, a.shape[-1:], eps=0.1),
        lambda a: torch.nn.functional.layer_norm(a, a.shape[-1:], eps=0.1),
    ),
    "pad": (lambda a: np.pad(a, 1) * 0.9, lambda a: torch.nn.functional.pad(a, [1, 1] * a.ndim) * 0.9),
    "along": (
        lambda a: np.take_along_axis(a, np.argsort(a.data, 0, kind="stable"), 0) * 2.0,
        lambda a: torch.take_along_dim(a, torch.argsort(a, dim=0, stable=True), 0) * 2.0,
    ),
    "outer difference": (lambda a: np.subtract.outer(a, a) * 0.5, lambda a: _outer(torch, a) * 0.5),
}
# Two operands of any shapes, which are made fit: the second takes what it needs of the first's size, over and over.
JOINING: dict[str, tuple[Function, Function]] = {
    "matrix product": (lambda a, b: _row(a) @ _row(b).T, lambda a, b: _row(a) @ _row(b).T),
    "concatenate": (
        lambda a, b: np.concatenate([a.ravel(), b.ravel(), a.ravel()]),
        lambda a, b: torch.cat([a.reshape(-1), b.reshape(-1), a.reshape(-1)]),
    ),
    "stack": (
        lambda a, b: np.stack(np.broadcast_arrays(a, b), axis=-1),
        lambda a, b: torch.stack(torch.broadcast_tensors(a, b), -1),
    ),
    "einsum": (lambda a, b: np.einsum("i,j->ji", a.ravel(), b.ravel()), lambda a, b: _einsum(torch, a, b)),
    "linear": (
        lambda a, b: F.linear(_row(a), _row(b)),
        lambda a, b: torch.nn.functional.linear(_row(a), _row(b)),
    ),
    "solve": (
        lambda a, b: np.linalg.solve(_regular(np.tanh(_row(a)), np.eye(3, dtype=a.dtype)), _row(b).T),
        lambda a, b: torch.linalg.solve(_regular(torch.tanh(_row(a)), torch.eye(3, dtype=a.dtype)), _row(b).T),
    ),
}


def _row(a: Any) -> Any:
    """Return a matrix of three columns, which fits every other one; what has another number of elements is an error."""
    return a.reshape(-1, 3)


def _regular(a: Any, identity: Any) -> Any:
    return a.T @ a + identity


def _outer(torch: Any, a: Any) -> Any:
    return a.reshape(*a.shape, *[1] * a.ndim) - a


def _einsum(torch: Any, a: Any, b: Any) -> Any:
    return torch.einsum("i,j->ji", a.reshape(-1), b.reshape(-1))


# Indices that fit at least one axis of three, most of them any; they are the same in both libraries.
INDICES: dict[str, Any] = {
    "first": 0,
    "last": -1,
    "slice": slice(1, None),
    "every second": (Ellipsis, slice(None, None, 2)),
    "ellipsis": (Ellipsis, 0),
    "new axis": (None, Ellipsis, None),
    "everything": (),
    "whole": Ellipsis,
    "repeats": [0, -1, 0],
    "none at all": slice(0, 0),
    "mask": np.array([True, False, True]),
    "pairs": (np.array([0, 1, 1]), np.array([2, 0, 2])),
    "out of range": 7,
}
TABLES = {"unary": UNARY, "binary": BINARY, "reducing": REDUCING, "moving": MOVING, "joining": JOINING}

# What some functions decide by: where these numbers are 0, they are at a corner, of which both libraries must be sure.
CORNERS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("absolute", "leaky relu"), lambda a: a),
    "clip": lambda a: np.stack([a + 1.0, a - 0.9]),
    "floor": lambda a: a - np.rint(a),
    **dict.fromkeys(("maximum", "minimum", "where"), lambda a, b: a - b),
    **dict.fromkeys(("max", "min", "sort", "along"), lambda a: np.subtract.outer(a.ravel(), a.ravel())),
}


def is_clear(name: str, ours: list[Any], theirs: list[Any]) -> bool:
    """Say whether rounding cannot turn what a function decides: it is at a corner in both libraries, or near in none.

    The operands are bare arrays.
    """
    if name not in CORNERS:
        return True
    try:
        a, b = (np.asarray(CORNERS[name](*operands[: 2 if name in BINARY else 1])) for operands in (ours, theirs))
    except ValueError:  # shapes that do not fit: both will say so
        return True
    nearest = 1e-7 if a.dtype == np.float64 else 1e-3
    return bool(np.array_equal(a == 0, b == 0) and not np.any((a != 0) & (np.abs(a) < nearest)))
