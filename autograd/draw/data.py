"""What a snapshot consists of: plain data, which cannot change and holds nothing that lives."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import numpy as np

from ..arrays import in_numpy

FEW = 8  # arrays of so many elements are kept in full

Kind = Literal["operation", "parameter", "constant", "unknown"]

named = functools.cache(str)  # NumPy takes its time to say what a dtype is called


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is told of an array: its statistics, and all elements if they are few.

    Attributes
    ----------
    shape : tuple of int
        The length of each axis.
    elements : tuple of numbers or None
        All of them, the last axis running fastest.
    low, mean, high, rms : float or None
        The smallest, the mean, the largest, and the root of the mean square of the elements that are finite; None if
        there are none.
    zeros, nans, infinities : int
        How many elements are exactly that.
    """

    shape: tuple[int, ...]
    elements: tuple[float, ...] | None
    low: float | None
    mean: float | None
    high: float | None
    rms: float | None
    zeros: int = 0
    nans: int = 0
    infinities: int = 0

    @property
    def is_zero(self) -> bool:
        """Whether there are elements, and each is exactly 0."""
        return self.zeros > 0 and self.rms == 0 and not self.is_bad

    @property
    def is_bad(self) -> bool:
        """Whether an element is NaN or infinite."""
        return bool(self.nans or self.infinities)

    def scalar(self) -> float | None:
        """Return the number that this is, if it is a single one without axes."""
        return self.elements[0] if self.elements is not None and not self.shape else None


def numbers_of(array: Any) -> Numbers:
    """Return what is told of an array.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.draw.data import numbers_of
    >>> numbers_of(np.arange(100.0).reshape(10, 10)).mean
    49.5
    """
    if not array.shape:
        return _of_a_scalar(array.item())
    array = in_numpy(array)
    shape, size = array.shape, array.size
    elements = tuple(array.reshape(-1).tolist()) if size <= FEW else None
    if not size:
        return Numbers(shape, elements, None, None, None, None)
    with np.errstate(all="ignore"):
        wide = array.astype("float64")  # squares overflow float16
        low, high = float(wide.min()), float(wide.max())
        nans = infinities = 0
        if not (math.isfinite(low) and math.isfinite(high)):
            nans, infinities = int((wide != wide).sum()), int((abs(wide) == math.inf).sum())
            wide = wide[abs(wide) < math.inf]
            if not wide.size:
                return Numbers(shape, elements, None, None, None, None, 0, nans, infinities)
            low, high = float(wide.min()), float(wide.max())
        largest = max(abs(low), abs(high))  # taken out, so that no square underflows or overflows
        rms = largest * float(np.square(wide / largest).mean() ** 0.5) if largest else 0.0
        zeros = int((wide == 0).sum())
        return Numbers(shape, elements, low, float(wide.mean()), high, rms, zeros, nans, infinities)


def _of_a_scalar(x: float) -> Numbers:
    if not math.isfinite(x):
        return Numbers((), (x,), None, None, None, None, 0, int(x != x), int(x == x))
    return Numbers((), (x,), float(x), float(x), float(x), abs(float(x)), int(x == 0))


@dataclass(frozen=True, slots=True)
class Saved:
    """An array that a node keeps for its derivative rules.

    `memory` numbers the distinct pieces of memory of a snapshot: what two nodes keep of the same has the same number.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    size: int  # in bytes
    memory: int


@dataclass(frozen=True, slots=True)
class Vertex:
    """One operation, or what an operation was applied to: a parameter, a constant, or something that nobody kept.

    Attributes
    ----------
    number : int
        Its place in ``Snapshot.vertices``.
    kind : {"operation", "parameter", "constant", "unknown"}
        A parameter is a leaf that requires a gradient. Unknown is an operand that requires none and was not kept.
    operation : str or None
        What an operation is called; of a constant, what made it although no gradient comes back through it.
    name : str or None
        What the Tensor is called.
    shape, dtype
        Those of the result; None for an operation with several outputs, which are vertices of their own.
    value, gradient : Numbers or None
        As far as they are known.
    scope : int or None
        The innermost Module call that it belongs to: a place in ``Snapshot.scopes``.
    is_output : bool
        Whether the drawing was asked for this one.
    is_rewritten : bool
        Whether its array was written after an operation had used it, so that its value is not the one that was used.
    index : str or None
        What stands in the brackets of ``x[…]``, as long as the derivative rule needs it: until after backward.
    source : (str, int, str) or None
        File, line and function that made it, if it was traced.
    reason : str or None
        Why a Tensor gets no gradient: ``detach()``, ``no_grad()``, ``requires_grad=False``, …, if it was traced.
    saved : tuple of Saved
        The arrays that its derivative rules will ask for, as far as they are still there.
    is_backward : bool
        Whether a recorded sweep made it: a part of the gradient's own graph.
    """

    number: int
    kind: Kind
    operation: str | None = None
    name: str | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    value: Numbers | None = None
    gradient: Numbers | None = None
    scope: int | None = None
    is_output: bool = False
    is_rewritten: bool = False
    index: str | None = None
    source: tuple[str, int, str] | None = None
    reason: str | None = None
    saved: tuple[Saved, ...] = ()
    is_backward: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """Vertex `tail` is the operand called `operand` of vertex `head`.

    Attributes
    ----------
    tail, head : int
        Places in ``Snapshot.vertices``.
    operand : str
        What the operation calls it.
    rule : str or None
        The text of the derivative rule: the gradient by the operand, from the upstream gradient g.
    factor : str or None
        The local derivative, where the rule is g times something.
    local : float or None
        Its value, where operand and result are scalars.
    contribution : Numbers or None
        What the operand receives through this edge in the backward sweep: upstream × local.
    cut : str or None
        Why no gradient comes back here.
    """

    tail: int
    head: int
    operand: str
    rule: str | None = None
    factor: str | None = None
    local: float | None = None
    contribution: Numbers | None = None
    cut: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """One call of a Module; `parent` is the call that it happened in."""

    number: int
    name: str
    kind: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A graph at one moment: every number in it is a place in one of these tuples. Scopes follow their parents.

    `sweep` has the vertices in the order in which ``backward()`` visits them.
    """

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    scopes: tuple[Scope, ...]
    sweep: tuple[int, ...] = ()

    @property
    def saved_bytes(self) -> int:
        """How much memory is kept for the backward sweep; what several operations share counts once."""
        return sum({one.memory: one.size for vertex in self.vertices for one in vertex.saved}.values())

    def to_dict(self) -> dict[str, Any]:
        """Return it as dictionaries, lists, numbers and strings, which JSON can hold.

        What is None or empty is left out; numbers that JSON does not know are the strings ``"nan"``, ``"inf"`` and
        ``"-inf"``.

        Examples
        --------
        >>> from autograd import Tensor
        >>> from autograd.draw.snapshot import take
        >>> take([Tensor(3.0, requires_grad=True, name="x")]).to_dict()["vertices"][0]["value"]["elements"]
        [3.0]
        """
        return plain(self)


def plain(value: Any) -> Any:
    """Return data as JSON can hold them."""
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: plain(one) for name, one in pairs if one is not None and one is not False and one != ()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
