"""The graph that a program leaves behind: its nodes, and when they are recorded.

A *node* is one operation that happened. It knows the primitive that ran, the nodes of the operands that want a gradient
(its parents), and the few bare arrays that the derivative rules will ask for. It never holds the Tensor that it made,
so that no reference cycle exists: a graph is gone as soon as nobody looks at it.

A *leaf* is where the graph ends: a Tensor that the user made with ``requires_grad=True``.

Both are numbered at birth by one clock. An operand is always older than what was made of it, so the numbers order the
backward sweep, and they date the writes into leaves as well.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import os
import sys
import weakref
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .primitive import Primitive
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

tick = itertools.count(1).__next__  # the clock: atomic in CPython, so threads may share it

RECORD, TRACE = 1, 2  # the bits of the mode
mode: ContextVar[int] = ContextVar("autograd mode", default=RECORD)


class Notes:
    """What is rarely known about a node: kept apart so that an ordinary node stays small."""

    __slots__ = ("name", "hooks", "retainer", "scopes", "constants", "cuts", "source", "value", "saved")

    def __init__(self) -> None:
        self.name: str | None = None
        self.hooks: dict[int, Callable[[Any], Any]] = {}
        self.retainer: weakref.ref[Tensor] | None = None  # the Tensor that asked for its gradient
        self.scopes: list[tuple[int, str, str]] = []  # modules that returned this node: (first number, name, class)
        self.constants: tuple[Any, ...] = ()  # per operand: its value, if it is no parent; None where it is one
        self.cuts: tuple[Any, ...] = ()  # per operand: why a Tensor is no parent; None where it is one, or no Tensor
        self.source: tuple[str, int, str] | None = None  # file, line number and function of the user's code
        self.value: Any = None  # the node's value, if it is larger than a scalar and was traced
        self.saved: tuple[Any, ...] | None = None  # what a sweep releases, if it was traced


class Node:
    """One recorded operation.

    Attributes
    ----------
    number : int
        Birth number. Parents always have smaller ones.
    primitive : Primitive
        What ran, and the derivative rules for it.
    parents : tuple of (Node, Leaf or None)
        One entry per operand; None where the operand wants no gradient.
    saved : tuple or None
        The arrays and options that the rules will ask for, in the order of ``primitive.names``; None once a backward
        sweep has used and released them.
    shape, dtype
        Those of the result.
    value, grad : scalar or None
        For zero-dimensional results: the value, and the gradient that the last sweep brought. They cost nothing to keep
        and make the drawing of a scalar graph complete.
    notes : Notes or None
        Name, hooks, scope, source line, …
    """

    __slots__ = ("number", "primitive", "parents", "saved", "shape", "dtype", "value", "grad", "notes", "__weakref__")

    written = 0  # only leaves are ever written to

    def __init__(
        self,
        primitive: Primitive,
        parents: tuple[Node | Leaf | None, ...],
        saved: tuple[Any, ...],
        shape: tuple[int, ...],
        dtype: Any,
    ) -> None:
        self.number = tick()
        self.primitive = primitive
        self.parents = parents
        self.saved: tuple[Any, ...] | None = saved
        self.shape = shape
        self.dtype = dtype
        self.value: Any = None
        self.grad: Any = None
        self.notes: Notes | None = None

    def __repr__(self) -> str:
        return f"<Node {self.number}: {self.primitive.name} → {self.dtype}{list(self.shape)}>"


class View(Node):
    """An operation whose result shares the memory of an operand, such as reshape, transpose or a slice.

    Writing into the leaf below changes the result too, so what saved the result must learn of that write.
    """

    __slots__ = ("origin",)

    def __init__(self, origin: Node | Leaf, *args: Any) -> None:
        super().__init__(*args)
        self.origin: Any = origin.origin if isinstance(origin, View) else origin  # whose memory it is

    @property
    def written(self) -> int:  # type: ignore[override]
        """The time of the last write into the leaf whose memory this is."""
        return self.origin.written


class Leaf:
    """The end of the graph under a Tensor that was made with ``requires_grad=True``.

    It has a Node's attributes and finds its Tensor by a weak reference, so that the gradient of a gradient (which
    mentions the leaf) can be stored in the Tensor without a cycle.
    """

    __slots__ = ("number", "tensor", "shape", "dtype", "value", "grad", "notes", "written", "__weakref__")

    primitive = None
    parents: tuple[()] = ()
    saved: tuple[()] = ()

    def __init__(self, tensor: Tensor) -> None:
        self.number = tick()
        self.tensor = weakref.ref(tensor)
        self.shape = tensor._data.shape
        self.dtype = tensor._data.dtype
        self.value: Any = tensor._data if tensor._data.ndim == 0 else None
        self.grad: Any = None
        self.notes: Notes | None = None
        self.written = 0  # the time of the last write into the Tensor's array

    def __repr__(self) -> str:
        return f"<Leaf {self.number}: {self.dtype}{list(self.shape)}>"


class Handle:
    """What ``register_hook`` returns: ``remove()`` takes the hook off. As a context manager it does so on leaving."""

    _keys = itertools.count()

    def __init__(self, hooks: dict[int, Callable[[Any], Any]], hook: Callable[[Any], Any]) -> None:
        self._hooks = hooks
        self._key = next(self._keys)
        hooks[self._key] = hook

    def remove(self) -> None:
        """Take the hook off; a second time does nothing."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def notes_of(node: Node | Leaf) -> Notes:
    """Return the node's notes, made on first use."""
    if node.notes is None:
        node.notes = Notes()
    return node.notes


def name_of(node: Node | Leaf) -> str | None:
    """Return the name that the user or a Module gave to the Tensor of this node, or None."""
    return node.notes.name if node.notes is not None else None


# ------------------------------------------------------------------------------------------------------------ the modes


# What to go back to, innermost first. It lives in the context and not in the object, so that one object may be entered
# by several threads, and again inside itself.
_before: ContextVar[Any] = ContextVar("autograd modes before", default=None)


class _Mode:
    """A context manager, also a decorator, that changes the mode of the current thread or task and puts it back."""

    def _change(self, now: int) -> int:
        raise NotImplementedError("a mode says how it changes the present one")

    def __enter__(self) -> Any:
        now = mode.get()
        _before.set((now, _before.get()))
        mode.set(self._change(now))
        return self

    def __exit__(self, *exception: object) -> None:
        now, earlier = _before.get()
        _before.set(earlier)
        mode.set(now)

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            name = getattr(function, "__qualname__", function)
            raise TypeError(
                f"{type(self).__name__} cannot decorate the generator {name}: its body runs after the call returns; "
                f"use `with {type(self).__name__}():` inside it"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def coroutine(*args: Any, **kwargs: Any) -> Any:
                with type(self)():
                    return await function(*args, **kwargs)

            return coroutine  # type: ignore[return-value]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


class no_grad(_Mode):
    """Record nothing: results want no gradient. A context manager and a decorator.

    Examples
    --------
    >>> from autograd import Tensor, no_grad
    >>> w = Tensor(3.0, requires_grad=True)
    >>> with no_grad():
    ...     print((w * w).requires_grad)
    False
    """

    def _change(self, now: int) -> int:
        return now & ~RECORD


class enable_grad(_Mode):
    """Record again, inside :class:`no_grad`. A context manager and a decorator.

    Examples
    --------
    >>> from autograd import Tensor, enable_grad, no_grad
    >>> w = Tensor(3.0, requires_grad=True)
    >>> with no_grad(), enable_grad():
    ...     print((w * w).requires_grad)
    True
    """

    def _change(self, now: int) -> int:
        return now | RECORD


class trace(_Mode):
    """Record for the eye: every node keeps its value, its gradient, its operands and the source line that made it.

    Outside of it only zero-dimensional values are kept, since they cost nothing. On leaving, Tensors in the caller's
    local variables that have no name yet take the name of their variable. A context manager; as a decorator it names
    nothing.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Tensor([1.0, 2.0], requires_grad=True)
    >>> with autograd.trace():
    ...     y = x * x
    >>> y.name
    'y'
    """

    def _change(self, now: int) -> int:
        return now | TRACE

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        if exception[0] is None:
            _name_variables(sys._getframe(1))


def _name_variables(frame: FrameType) -> None:
    """Give Tensors without a name the name of the local variable that they are in."""
    from .tensor import Tensor

    variables = frame.f_locals
    for name, value in variables.items():
        if isinstance(value, Tensor) and value.name is None and not name.startswith("_"):
            value.name = name
    if type(variables) is dict and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        variables.clear()  # until Python 3.12 the frame keeps this copy, and with it the whole graph


def is_recording() -> bool:
    """Return whether operations are being recorded in this thread or task."""
    return bool(mode.get() & RECORD)


# ----------------------------------------------------------------------------------------------- notes for the drawings

_HOME = Path(__file__).parent.parent
_ROOMS = tuple(f"{_HOME / room}{os.sep}" for room in ("autograd", "nn", "optim", "training"))


class Cut:
    """Why a Tensor requires no gradient: what a drawing shows as a wire that is cut.

    Attributes
    ----------
    reason : str
        ``detach()``, ``no_grad()``, or what kind of numbers it holds.
    operation : str or None
        What made it of others that do require a gradient.
    origins : tuple of (Node or Leaf)
        These others.
    name : str or None
        What the Tensor was called then.
    tensor : weakref.ref
        The Tensor.
    """

    __slots__ = ("reason", "operation", "origins", "name", "tensor")

    def __init__(self, reason: str, tensor: Any, operation: str | None = None, origins: tuple[Any, ...] = ()) -> None:
        self.reason, self.operation, self.origins = reason, operation, origins
        self.name: str | None = tensor.name
        self.tensor = weakref.ref(tensor)  # it may get a name later


def mark_cut(result: Tensor, operation: str, operands: Sequence[Any]) -> None:
    """Note on a Tensor without a node that it was made of such as have one, directly or by way of others without."""
    operands = [one for each in operands for one in (each if type(each) in (list, tuple) else (each,))]
    cuts = [getattr(operand, "cut", None) for operand in operands]
    origins = [node for operand in operands if (node := getattr(operand, "node", None)) is not None]
    origins += [node for cut in cuts if cut is not None for node in cut.origins]
    if origins:
        earlier = next((cut.reason for cut in cuts if cut is not None), "no_grad()")
        reason = "detach()" if operation == "detach" else earlier
        result.cut = Cut(reason, result, operation, tuple(dict.fromkeys(origins)))


def _cut_of(operand: Any) -> Any:
    """Return why a Tensor among the operands is no parent, or None if it is one, or is no Tensor."""
    if type(operand) in (list, tuple):
        return tuple(_cut_of(one) for one in operand)
    if not hasattr(operand, "_name") or operand.node is not None:
        return None
    if (cut := getattr(operand, "cut", None)) is not None:
        return cut
    return Cut("requires_grad=False" if operand.dtype.kind == "f" else f"{operand.dtype} has no gradient", operand)


def annotate(node: Node, value: Any, operands: Sequence[Any], tracing: bool, given: Sequence[Any] = ()) -> None:
    """Note the operands that are no parents and, under ``trace()``, the value and the user's source line.

    `given` are the operands as they were given, Tensors among them.
    """
    notes = notes_of(node)
    notes.constants = tuple(
        operand if parent is None and (tracing or getattr(operand, "ndim", 0) == 0) else None
        for parent, operand in zip(node.parents, operands, strict=False)
    )
    if tracing:
        notes.cuts = tuple(map(_cut_of, given))
        notes.value = value
        notes.saved = node.saved
        notes.source = _source_line()


def _source_line() -> tuple[str, int, str] | None:
    """Return file, line and function of the nearest caller outside this library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_ROOMS):
        frame = frame.f_back
    return frame and (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def mark_scope(result: Any, first: int, name: str, kind: str) -> None:
    """Note that a Module returned `result`: what it is made of and is no older than `first` belongs to that Module.

    Called once per Module call, so that recording an operation need not ask which Module is running.
    """
    for tensor in result if isinstance(result, (tuple, list)) else (result,):
        node = getattr(tensor, "node", None)
        if node is not None and node.number >= first:
            notes_of(node).scopes.append((first, name, kind))
