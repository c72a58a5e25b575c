"""The complex step: derivatives without a difference, exact to the last digits.

For an analytic function f(x + ih) = f(x) + ih·f'(x) − h²f''(x)/2 − …, so that Im f(x + ih)/h is f'(x) up to h², and h
may be 10⁻⁶⁰: nothing is subtracted, and nothing cancels. A Tensor holds real numbers, but the record of a run knows
what each primitive was called with: it is played back on complex numbers, by the primitives' forward functions, with
all branches as they were (they depend on the real part, which does not move).

It is a second witness, and not a free one: it sees what was recorded. What left the graph and came back (``.data``,
``detach()``) does not move here, and differences know better; they are asked first.

W. Squire & G. Trapp, "Using complex variables to estimate derivatives of real functions" (1998).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..graph import Leaf, Node
from .record import Record

H = 1e-60
_ROOMS = ("autograd.", "nn.")  # whose functions the tables below speak of

# Primitives whose forward function is right for complex numbers as it is.
ANALYTIC = frozenset(
    """
    add subtract multiply divide true_divide negative positive square reciprocal mul sub truediv neg pos
    exp expm1 exp2 log log1p log2 log10 sqrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh
    deg2rad radians rad2deg degrees
    sum mean prod cumsum cumprod matmul einsum inv solve det cofactor convolve diagonal on_diagonal
    reshape ravel transpose swapaxes moveaxis expand_dims squeeze broadcast_to flip roll stack concatenate split pad
    tril triu copy alias gather scatter permute where sliding_window_view add_windows im2col col2im
    linear softmax log_softmax layer_norm rms_norm group_norm batch_norm fixed_batch_norm dropout embedding add_rows
    avg_pool spread conv2d conv_transpose2d correlate2d mse_loss
    scaled_dot_product_attention sigmoid silu glu
    """.split()  # noqa: SIM905 — a list of words is read as one
)


def _put(a: Mapping[str, Any]) -> Any:
    result = np.array(a["x"], dtype=complex)
    result[a["index"]] = a["value"]
    return result


def _by_sign(x: Any, slope: Callable[[Any], Any]) -> Any:
    return x * slope(np.real(x))


def _in_parts(a: Mapping[str, Any]) -> Any:
    x, y = np.broadcast_arrays(a["x"], a["y"])
    return x, y


def _variance(a: Mapping[str, Any]) -> Any:
    x = a["x"]
    where = True if a.get("where") is None else a["where"]
    centred = x - np.mean(x, a["axis"], keepdims=True, where=where)
    n = np.sum(np.ones(x.shape), a["axis"], keepdims=a["keepdims"], where=where)
    return np.sum(centred * centred, a["axis"], keepdims=a["keepdims"], where=where) / (n - a["ddof"])


def _larger(a: Mapping[str, Any], sign: float) -> Any:
    x, y = _in_parts(a)
    difference = sign * (np.real(x) - np.real(y))
    return np.where(difference > 0, x, np.where(difference < 0, y, (x + y) / 2))


def _extreme(a: Mapping[str, Any]) -> Any:
    """The mean of the elements whose real part is the result's: the convention at a tie."""
    x, axis = a["x"], a["axis"]
    if a.get("where", True) is not True or type(a.get("initial")) in (int, float):
        raise NotImplementedError
    ans = np.real(a["ans"])
    kept = ans if a["keepdims"] or axis is None else np.expand_dims(ans, axis)
    chosen = np.real(x) == kept
    count = np.sum(chosen, axis, keepdims=a["keepdims"])
    return np.sum(np.where(chosen, x, 0), axis, keepdims=a["keepdims"]) / count


def _clipped(a: Mapping[str, Any]) -> Any:
    x, low, high = a["x"], a["min"], a["max"]
    if np.iscomplexobj(low) or np.iscomplexobj(high):
        raise NotImplementedError
    x = x if low is None else np.where(np.real(x) >= low, x, low)
    return x if high is None else np.where(np.real(x) <= high, x, high)


def _log_sum_exp(a: Mapping[str, Any]) -> Any:
    x, axis = a["x"], a["axis"]
    top = np.max(np.real(x), axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis, keepdims=True)) + top
    return total if a["keepdims"] else np.squeeze(total, axis)


def _cross_entropy(a: Mapping[str, Any]) -> Any:
    x, target, axis = a["logits"], a["target"], a["axis"]
    if getattr(target, "dtype", np.dtype(float)).kind not in "iu" or np.ndim(x) != 2 or np.ndim(target) != 1:
        raise NotImplementedError
    x = np.moveaxis(x, axis, -1)
    losses = _log_sum_exp({"x": x, "axis": -1, "keepdims": False}) - x[np.arange(len(target)), target]
    if a["reduction"] == "none":
        return losses
    return np.mean(losses) if a["reduction"] == "mean" else np.sum(losses)


# Those that need another one: from the arguments by name, and `ans`, the real result.
INSTEAD: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    **dict.fromkeys(("absolute", "fabs", "abs"), lambda a: _by_sign(a["x"], np.sign)),
    "relu": lambda a: _by_sign(a["x"], lambda r: r > 0),
    "hardtanh": lambda a: np.where(
        (np.real(a["x"]) > a["min_val"]) & (np.real(a["x"]) < a["max_val"]), a["x"], np.real(a["ans"])
    ),
    "maximum": lambda a: _larger(a, 1.0),
    "minimum": lambda a: _larger(a, -1.0),
    **dict.fromkeys(("max", "min"), _extreme),
    "clip": _clipped,
    "put": _put,
    "var": _variance,
    "std": lambda a: np.sqrt(_variance(a)),
    "logsumexp": _log_sum_exp,
    "cross_entropy": _cross_entropy,
    **dict.fromkeys(("power", "pow"), lambda a: np.power(a["x"] + 0j, a["y"])),
    "hypot": lambda a: np.sqrt(a["x"] * a["x"] + a["y"] * a["y"]),
    "logaddexp": lambda a: np.real(a["ans"]) + np.log(np.exp(a["x"] - a["ans"]) + np.exp(a["y"] - a["ans"])),
    **{f.__name__: lambda a: np.real(a["ans"]) for f in (np.sign, np.floor, np.ceil, np.trunc, np.rint)},
}


def push(record: Record, tangents: Mapping[int, Any]) -> list[Any] | None:
    """Return the derivatives of the outputs along a direction, or None if a primitive on the way is on no table.

    Parameters
    ----------
    record : Record
        Of the run.
    tangents : mapping of int → array
        The direction: for the leaves that move, by birth number.
    """
    moved: dict[int, Any] = {}
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # an imaginary part was thrown away
            for node in record.nodes:
                if isinstance(node, Leaf):
                    if node.number in tangents:
                        tensor = node.tensor()
                        assert tensor is not None
                        moved[node.number] = tensor._data + 1j * H * tangents[node.number]
                elif any(_number(parent) in moved for parent in _flat(node.parents)):
                    moved[node.number] = _replayed(node, moved)
    except (NotImplementedError, TypeError, ValueError, KeyError, AttributeError, np.exceptions.ComplexWarning):
        return None
    found = []
    for y in record.outputs:
        z = moved.get(y.node.number) if y.node is not None else None
        found.append(np.zeros(y.shape) if z is None else np.imag(z) / H)
    return found


def _replayed(node: Node, moved: Mapping[int, Any]) -> Any:
    """Return the result of one node, with complex numbers for the operands that move."""
    entry, notes = node.primitive, node.notes
    assert notes is not None
    if entry.name.startswith("output "):  # of a primitive with several
        return entry.forward(moved[node.parents[0].number])  # type: ignore[union-attr]
    values = list(notes.arguments)
    parents: tuple[Any, ...] = node.parents
    for name, parent in zip(entry.operands, parents, strict=True):
        place = entry.parameters.index(name)
        if isinstance(parent, tuple):
            values[place] = [moved.get(_number(p), v) for p, v in zip(parent, values[place], strict=True)]
        else:
            values[place] = moved.get(_number(parent), values[place])
    name = _known_as(entry)
    if (instead := INSTEAD.get(name)) is not None:
        return instead(dict(zip(entry.parameters, values, strict=True)) | {"ans": notes.value})
    if name not in ANALYTIC:
        raise NotImplementedError
    for operand in entry.operands:  # all of them: forward functions write one into the other
        place = entry.parameters.index(operand)
        values[place] = _as_complex(values[place])
    ans = entry.call(values)
    ans = ans[0] if entry.residuals else ans
    return tuple(ans) if isinstance(ans, list) else ans


def _as_complex(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_complex(one) for one in value]
    return value + 0j if getattr(getattr(value, "dtype", None), "kind", "") == "f" else value


def _known_as(entry: Any) -> str:
    """Return the name under which the tables know a forward function; a user's own is on none."""
    forward = entry.forward
    module = str(getattr(forward, "__module__", ""))
    if isinstance(forward, np.ufunc) or module in ("_operator", "operator", "numpy") or module.startswith("numpy."):
        return str(forward.__name__)
    code = getattr(forward, "__code__", None)
    ours = code is not None and code.co_filename.startswith(_HOMES) and module.startswith(_ROOMS)
    return str(entry.name) if ours else ""


_ABOVE = Path(__file__).parents[2]
_HOMES = tuple(str(_ABOVE / room) for room in ("autograd", "nn"))


def _flat(parents: tuple[Any, ...]) -> list[Any]:
    return [p for parent in parents for p in (parent if isinstance(parent, tuple) else (parent,))]


def _number(parent: Any) -> int:
    return 0 if parent is None else int(parent.number)
