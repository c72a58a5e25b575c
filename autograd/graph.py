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
import sys
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .anomaly import Guard
    from .primitive import Primitive
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

tick = itertools.count(1).__next__  # the clock: atomic in CPython, so threads may share it

RECORD, TRACE, ANOMALY, NAN_ONLY, KEEP = 1, 2, 4, 8, 16  # the bits of the mode
WATCH = TRACE | ANOMALY  # every operation is looked at
mode: ContextVar[int] = ContextVar("autograd mode", default=RECORD)


class Notes:
    """What is rarely known about a node: kept apart so that an ordinary node stays small."""

    __slots__ = (
        *("name", "hooks", "retainer", "scopes", "constants", "arguments", "cuts"),
        *("source", "value", "saved", "guard"),
    )

    def __init__(self) -> None:
        self.name: str | None = None
        self.hooks: dict[int, Callable[[Any], Any]] = {}
        self.retainer: weakref.ref[Tensor] | None = None  # the Tensor that asked for its gradient
        self.scopes: list[tuple[int, str, str]] = []  # modules that returned this node: (first number, name, class)
        self.constants: tuple[Any, ...] = ()  # per operand: its value, if it is no parent; None where it is one
        self.arguments: tuple[Any, ...] = ()  # all that the primitive was called with, if that was kept
        self.cuts: tuple[Any, ...] = ()  # per operand: why a Tensor is no parent; None where it is one, or no Tensor
        self.source: tuple[str, int, str] | None = None  # file, line number and function of the user's code
        self.value: Any = None  # the node's value, if it is larger than a scalar and was traced
        self.saved: tuple[Any, ...] | None = None  # what a sweep releases, if it was traced
        self.guard: Guard | None = None  # under detect_anomaly()


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
        self.origin: Any = origin_of(origin)

    @property
    def written(self) -> int:  # type: ignore[override]
        """The time of the last write into the leaf whose memory this is."""
        return self.origin.written


def origin_of(node: Any) -> Any:
    """Return the node in whose memory a node's result lies: itself, or what it is a view of in the end."""
    return node.origin if isinstance(node, View) else node


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
        if not callable(hook):
            raise TypeError(f"a hook is a function, and {hook!r} cannot be called")
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
                with self:
                    return await function(*args, **kwargs)

            return coroutine  # type: ignore[return-value]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self:
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


class keep_arguments(_Mode):
    """Trace, and keep with every node all that its primitive was called with, so that it can be run once more.

    The gradient check looks at single nodes by it.
    """

    def _change(self, now: int) -> int:
        return now | RECORD | TRACE | KEEP


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
