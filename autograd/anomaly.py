"""detect_anomaly: where the first NaN comes from, and which saved array was changed behind the graph's back.

Under it every recorded operation looks at its result and every derivative rule's answer is looked at, so that the first
number that is none stops the program where it arises. What an operation saves for its rule is hashed, and hashed again
when the rule uses it: a write into a bare NumPy array, which nothing else could notice, comes to light.

Outside of it none of this happens, and nothing is paid for it.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import numpy as np

from .arrays import in_numpy
from .graph import ANOMALY, NAN_ONLY, Leaf, Node, _Mode, mode, name_of, notes_of

Pull = Callable[[Node, Any], Sequence[Any]]


class detect_anomaly(_Mode):
    """Stop at the first NaN or infinity, forward or backward, and at arrays that were changed behind the graph's back.

    A context manager and a decorator. Put it around the forward *and* the backward pass: the exception then names the
    operation, the source line that called it, the module that was running, and the range of the numbers that went in.
    Only what is recorded is watched. It looks at every number several times, so it is for finding an error, not for
    training.

    Parameters
    ----------
    infinity : bool, default True
        Whether infinity counts as well. False looks for NaN alone, for programs in which infinities are meant. (−∞ in
        a constant is taken as a mask, as before a softmax, and may be handed on; it may not arise.)

    Raises
    ------
    FloatingPointError
        From the operation that gave the first such number, or from ``backward()`` for the rule that did. No ``grad``
        has been changed then.
    RuntimeError
        From ``backward()``, if an array that a rule needs is no longer what it was when it was saved.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, detect_anomaly
    >>> x = Tensor([0.0, 4.0], requires_grad=True, name="x")
    >>> with detect_anomaly(), np.errstate(divide="ignore"):
    ...     try:
    ...         np.sqrt(x).sum().backward()
    ...     except FloatingPointError as problem:
    ...         print(str(problem).partition(",")[0])
    the derivative of sqrt by x gave inf (1 of 2 elements
    """

    def __init__(self, infinity: bool = True) -> None:
        self.infinity = infinity

    def _change(self, now: int) -> int:
        return (now & ~NAN_ONLY) | ANOMALY | (0 if self.infinity else NAN_ONLY)


class Guard:
    """What a node notes about itself while it is watched."""

    __slots__ = ("digests", "module")

    def __init__(self, module: str | None, digests: tuple[Any, ...]) -> None:
        self.module = module  # the module that was running, as errors call it
        self.digests = digests  # of each entry of node.saved


# ---------------------------------------------------------------------------------------------------------- forward


def examine(node: Node, value: Any, operands: Sequence[Any]) -> None:
    """Look at what an operation has just computed, and hash what its node has saved."""
    notes_of(node).guard = Guard(_module_running(), tuple(_digest(saved) for saved in node.saved or ()))
    strange = _first_strange(value)
    if strange is None:
        return
    name, given = node.primitive.name, list(_described(node, operands))
    for text, _, brought in given:
        if brought:
            raise FloatingPointError(
                f"{name} was given {brought} in {text}{_where(node)}; it came from outside of the graph: look at the "
                "data, at the parameters, and at what was computed without being recorded"
            )
    if any(_is_masked(part) for part in _arrays(operands)):
        strange = _first_strange(value, masked=True)
        if strange is None:
            return
    ranges = "; ".join(f"{text} {extent}" for text, extent, _ in given)
    raise FloatingPointError(
        f"{name} gave {strange}{_where(node)}; it was given {ranges}; keep them inside the domain of {name}, or "
        f"smaller (learning rate, initial values, scale of the data){_if_meant(strange)}"
    )


def _described(node: Node, operands: Sequence[Any]) -> Iterator[tuple[str, str, str | None]]:
    """Yield each operand in words, the range of its numbers, and what is strange about them."""
    parents: Sequence[Any] = node.parents
    for name, operand, parent in zip(node.primitive.operands, operands, parents, strict=False):
        several = type(operand) is list
        for i, one in enumerate(operand if several else [operand]):
            if one is None:
                continue
            end = parent[i] if several else parent
            called = f"{name}[{i}]" if several else name
            if isinstance(end, Leaf):
                called += f", the leaf {name_of(end)!r}" if name_of(end) else ", a leaf"
            array = _in_numpy(one)
            yield f"{called} of shape {array.shape}", _extent(array), _strange(array, not isinstance(end, Leaf))


# --------------------------------------------------------------------------------------------------------- backward


def pull(recorded: Pull | None, node: Node, g: Any) -> Sequence[Any]:
    """Apply the rules of a node (by `recorded`, if the sweep is) and look at all that goes in and comes out."""
    primitive = node.primitive
    _refuse_changed(node)
    if strange := _first_strange(g):
        raise FloatingPointError(
            f"the gradient that arrived at {primitive.name} holds {strange}, though every rule gave finite ones: "
            f"it was passed to backward(), returned by a hook, or grew too large in a sum{_where(node)}"
        )
    pulled = primitive.pull(g, node.saved or (), node.parents) if recorded is None else recorded(node, g)
    for name, parent, part in zip(primitive.operands, node.parents, pulled, strict=True):
        if parent is not None and (strange := _first_strange(part)):
            saved = zip(primitive.names, node.saved or (), strict=True)
            extents = [("the upstream gradient", g), *((n, v) for n, v in saved if v is not None)]
            ranges = "; ".join(f"{n} {_extent(_in_numpy(v))}" for n, value in extents for v in _arrays(value))
            raise FloatingPointError(
                f"the derivative of {primitive.name} by {name} gave {strange}{_where(node)}; its rule was given "
                f"{ranges}; keep the operands away from where the slope is infinite{_if_meant(strange)}"
            )
    return pulled


def refuse_strange_end(node: Node | Leaf, g: Any) -> None:
    """Raise if the gradient with which a sweep ends holds what no rule gave: a hook did, or a sum overflowed."""
    if strange := _first_strange(g):
        name = name_of(node)
        raise FloatingPointError(
            f"the gradient of {f'Tensor {name!r}' if name else f'a Tensor of shape {node.shape}'} holds {strange}, "
            "though every rule gave finite ones: it was passed to backward(), returned by a hook, or grew too large "
            "in a sum"
        )


def _refuse_changed(node: Node) -> None:
    """Raise if an array is not what it was when saved; the writes that the library dates are refused elsewhere."""
    guard = node.notes.guard if node.notes is not None else None
    if guard is None:
        return
    primitive, ends = node.primitive, dict(zip(node.primitive.operands, node.parents, strict=True))
    for name, value, digest in zip(primitive.names, node.saved or (), guard.digests, strict=True):
        parent: Any = ends.get(name)
        dated = any(p is not None and p.written > node.number for p in (parent if type(parent) is tuple else [parent]))
        if not dated and _digest(value) != digest:
            what = "its own result" if name == "ans" else f"its operand {name}"
            if isinstance(parent, Leaf):
                what += f", the leaf {name_of(parent)!r}," if name_of(parent) else f", a leaf of shape {parent.shape},"
            raise RuntimeError(
                f"{primitive.name} saved {what} for its derivative, and the array was changed since, by a write into "
                f"the bare NumPy array (or a view of it) that the graph cannot see{_where(node)}; change it after "
                "backward(), change a copy, or assign to .data of a leaf, which is noted"
            )


# ------------------------------------------------------------------------------------------------------- in words


def _first_strange(value: Any, masked: bool = False) -> str | None:
    return next((strange for part in _arrays(value) if (strange := _strange(part, masked))), None)


def _is_masked(value: Any) -> bool:
    return bool((_in_numpy(value) == -np.inf).any())


def _strange(value: Any, masked: bool = False) -> str | None:
    """Return how many numbers of an array are none, and where the first of them is; None if all are numbers.

    `masked`: −∞ is as good as a number.
    """
    array = _in_numpy(value)
    if array.dtype.kind != "f":
        return None
    wrong = np.isnan(array) if mode.get() & NAN_ONLY else ~np.isfinite(array)
    if masked:
        wrong &= array != -np.inf
    if not (count := wrong.sum()):
        return None
    place = tuple(int(i) for i in np.unravel_index(wrong.argmax(), wrong.shape))
    if not place:
        return f"{array[()]}"
    return f"{array[place]} ({count} of {array.size} elements, the first at {list(place)}, of shape {array.shape})"


def _extent(array: Any) -> str:
    if not array.size or array.dtype.kind not in "fiu":
        return f"({array.dtype})"
    low, high = array.min(), array.max()
    return f"from {low:.6g} to {high:.6g}" if array.ndim else f"= {low:.6g}"


def _if_meant(strange: str) -> str:
    meant = "; if infinity is meant, as in a mask: detect_anomaly(infinity=False)"
    return meant if "inf" in strange.partition(" ")[0] else ""


def _where(node: Node) -> str:
    """Return the source line that called the operation, and the module that was running."""
    notes = node.notes
    if notes is None or notes.source is None:
        return " (record the forward pass under detect_anomaly() as well to see which line this was)"
    file, line, function = notes.source
    text = linecache.getline(file, line).strip()
    module = f", in {notes.guard.module}" if notes.guard is not None and notes.guard.module else ""
    return f", at {file}:{line} in {function}{f': {text}' if text else ''}{module}"


def _module_running() -> str | None:
    """Return the module whose ``forward`` is the innermost that is running, by its path in the model."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "forward" and frame.f_code.co_varnames[:1] == ("self",):
            variables = frame.f_locals
            described = getattr(variables.get("self"), "_described", None)
            if type(variables) is dict:
                variables.clear()  # until Python 3.12 the frame keeps this copy, and with it the graph
            if described is not None:
                return str(described())
        frame = frame.f_back
    return None


def _arrays(value: Any) -> Iterator[Any]:
    """Yield the arrays in a value, in lists and tuples."""
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _arrays(part)
    elif hasattr(value, "dtype"):
        yield value


def _in_numpy(value: Any) -> Any:
    """Return an array, a number or a Tensor as an array in NumPy's memory."""
    return in_numpy(getattr(value, "_data", value))


def _digest(value: Any) -> Any:
    """Return what is another for other numbers; for what is no array, nothing."""
    return tuple(hashlib.blake2b(_in_numpy(part).tobytes(), digest_size=16).digest() for part in _arrays(value))
