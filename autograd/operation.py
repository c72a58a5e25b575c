"""What calling an operation does: run the forward function and, if somebody will want a gradient, record a node.

There are three: for ufuncs of one operand and of two, and for anything. The first two are the third with all unrolled
that can be, because programs on small arrays spend their time here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import operand, refuse_complex
from .graph import RECORD, TRACE, Node, View, annotate, mode
from .several import output
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .primitive import Primitive


def unary(entry: Primitive) -> Callable[..., Any]:
    """Return the operation of a ufunc of one operand."""
    forward = entry.forward
    keep_x, keep_ans = entry.operands[0] in entry.names, "ans" in entry.names
    ans_first = entry.names[:1] == ("ans",)

    def operation(x: Any) -> Any:
        if not isinstance(x, Tensor):
            return forward(operand(x))
        parent = x.node
        x = x._data
        ans = forward(x)
        if parent is None or not (state := mode.get()) & RECORD:
            return wrap(ans)
        if not keep_ans:
            saved: tuple[Any, ...] = (x,) if keep_x else ()
        elif not keep_x:
            saved = (ans,)
        else:
            saved = (ans, x) if ans_first else (x, ans)
        node = Node(entry, (parent,), saved, ans.shape, ans.dtype)
        if not node.shape:
            node.value = ans
        if state & TRACE:
            annotate(node, ans, (), True, (x,))
        return wrap(ans, node)

    return operation


def binary(entry: Primitive) -> Callable[..., Any]:
    """Return the operation of a ufunc of two operands."""
    forward = entry.forward
    layouts = [entry.layout(wanted) for wanted in ((True, False), (False, True), (True, True))]

    def operation(x: Any, y: Any) -> Any:
        x_node = y_node = None
        if isinstance(x, Tensor):
            x_node = x.node
            x = x._data
            if isinstance(y, Tensor):
                y_node = y.node
                y = y._data
            else:
                y = operand(y)
        elif isinstance(y, Tensor):
            x = operand(x)
            y_node = y.node
            y = y._data
        else:
            return forward(operand(x), operand(y))
        ans = forward(x, y)
        if (x_node is None and y_node is None) or not (state := mode.get()) & RECORD:
            return wrap(ans)
        layout = layouts[(x_node is not None) + 2 * (y_node is not None) - 1]
        if layout:
            values = (x, y, ans)
            saved = tuple([None if i is None else values[i] for i in layout])
        else:
            saved = ()
        node = Node(entry, (x_node, y_node), saved, ans.shape, ans.dtype)
        if not node.shape:
            node.value = ans
            if x_node is None or y_node is None:
                annotate(node, ans, (x, y), False)
        if state & TRACE:
            annotate(node, ans, (x, y), True)
        return wrap(ans, node)

    return operation


def general(entry: Primitive) -> Callable[..., Any]:
    """Return the operation of any primitive."""
    call = _positional(entry.forward, entry.keywords)
    places = {name: i for i, name in enumerate(entry.parameters)}
    defaults = [entry.defaults.get(name) for name in entry.parameters]
    required = [name for name in entry.parameters if name not in entry.defaults]
    operands = [places[name] for name in entry.operands]
    options = [i for i in range(len(places)) if i not in operands]
    sequence = places[entry.sequence] if entry.sequence else None

    def bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        values = [*args, *defaults[len(args) :]]
        for name, value in kwargs.items():
            if places.get(name, -1) < len(args):
                raise TypeError(f"{entry!r} got an unexpected or repeated argument {name!r}")
            values[places[name]] = value
        missing = [name for name in required[len(args) :] if name not in kwargs]
        if missing or len(values) > len(places):
            raise TypeError(f"{entry!r} takes {len(required)} to {len(places)} arguments, {len(args)} were given")
        return values

    def operation(*args: Any, **kwargs: Any) -> Any:
        values = bind(args, kwargs)
        bare = True
        parents: list[Any] = []
        for i in operands:
            value = values[i]
            if i == sequence and isinstance(value, Tensor):
                value = list(value)
            if isinstance(value, Tensor):
                bare = False
                parents.append(value.node)
                values[i] = value._data
            elif i == sequence:
                bare = bare and not any(isinstance(v, Tensor) for v in value)
                parents.append(tuple([v.node if isinstance(v, Tensor) else None for v in value]))
                values[i] = [v._data if isinstance(v, Tensor) else operand(v) for v in value]
            else:
                parents.append(None)
                values[i] = operand(value)
        for i in options:
            if isinstance(values[i], Tensor):
                values[i] = _without_derivative(entry, entry.parameters[i], values[i])
        ans = call(values)
        if entry.residuals:
            ans, *residuals = ans
        else:
            residuals = []
        if bare:
            return ans
        if type(ans) is float:  # of a gate written with `math`
            ans = np.float64(ans)
        elif type(ans) is list:
            ans = tuple(ans)
        wanted = tuple([p is not None and (type(p) is not tuple or any(p)) for p in parents])
        if not any(wanted) or not (state := mode.get()) & RECORD:
            for a in ans if type(ans) is tuple else (ans,):
                refuse_complex(a.dtype)
            return wrap(ans) if type(ans) is not tuple else tuple([wrap(a) for a in ans])
        available = [*values, *residuals, ans, wanted]
        saved = tuple(
            [None if i is None else available[i] if i >= 0 else _shape(available[~i]) for i in entry.layout(wanted)]
        )
        several = type(ans) is tuple
        if any(a.dtype.kind != "f" for a in (ans if several else (ans,))):
            raise TypeError(
                f"{entry.name} computed numbers that are no floating point numbers out of a Tensor that requires a "
                "gradient, and those have none; apply it to t.detach()"
            )
        shape, dtype = (
            (tuple([a.shape for a in ans]), tuple([a.dtype for a in ans])) if several else (ans.shape, ans.dtype)
        )
        origin = _origin(ans, parents, [values[i] for i in operands])
        arguments = (entry, tuple(parents), saved, shape, dtype)
        node = Node(*arguments) if origin is None else View(origin, *arguments)
        if not several and not node.shape:
            node.value = ans
        if state & TRACE or (node.value is not None and None in parents):
            annotate(node, ans, [values[i] for i in operands], bool(state & TRACE), values)
        return wrap(ans, node) if type(ans) is not tuple else tuple([output(node, i, a) for i, a in enumerate(ans)])

    return operation


def _origin(ans: Any, parents: Sequence[Any], values: Sequence[Any]) -> Any:
    """Return the parent whose array an output shares the memory of, or None."""
    for parent, value in zip(parents, values, strict=True):
        if type(parent) is tuple:
            if (origin := _origin(ans, parent, value)) is not None:
                return origin
        elif parent is not None and _shares_memory(ans, value):
            return parent
    return None


def _shares_memory(ans: Any, x: Any) -> bool:
    """Return whether an output is the operand `x` itself or a view of it: NumPy's views know who owns their memory."""
    if type(ans) is tuple:
        return any(_shares_memory(a, x) for a in ans)
    return ans is x or _owner(ans) is _owner(x)


def _owner(array: Any) -> Any:
    """Return the array that a view is of, or a view of; as_strided puts an object of its own between them."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def _positional(forward: Callable[..., Any], keywords: int) -> Callable[[list[Any]], Any]:
    """Return the function of the list of all arguments; the last `keywords` of them can be given by name only."""
    if not keywords:
        return lambda values: forward(*values)
    names = list(inspect.signature(forward).parameters)[-keywords:]
    return lambda values: forward(*values[:-keywords], **dict(zip(names, values[-keywords:], strict=True)))


def _shape(value: Any) -> Any:
    return [np.shape(v) for v in value] if type(value) is list else np.shape(value)


def _without_derivative(entry: Primitive, name: str, tensor: Tensor) -> Any:
    if tensor.node is not None:
        raise TypeError(
            f"{entry.name} has no derivative by its argument {name!r}, which is a Tensor that requires a gradient; "
            f"pass {name}.detach(), or write a primitive with a rule for it"
        )
    return tensor._data
