"""What calling an operation does: run the forward function and, if somebody will want a gradient, record a node.

There are three: for ufuncs of one operand and of two, and for anything. The first two are the third with all unrolled
that can be, because programs on small arrays spend their time here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import operand, refuse_complex
from .graph import RECORD, TRACE, WATCH, Leaf, Node, View, mode
from .notes import annotate, mark_cut
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
        a = x._data
        ans = forward(a)
        if parent is None or not (state := mode.get()) & RECORD:
            return wrap(ans) if not mode.get() & TRACE else _cut_off(ans, entry, (x,))
        if not keep_ans:
            saved: tuple[Any, ...] = (a,) if keep_x else ()
        elif not keep_x:
            saved = (ans,)
        else:
            saved = (ans, a) if ans_first else (a, ans)
        node = Node(entry, (parent,), saved, ans.shape, ans.dtype)
        if not node.shape:
            node.value = ans
        if state & WATCH:
            annotate(node, ans, (a,), state, None, (x,))
        return wrap(ans, node)

    return operation


def binary(entry: Primitive) -> Callable[..., Any]:
    """Return the operation of a ufunc of two operands."""
    forward = entry.forward
    pickers = [_picker(entry.layout(wanted)) for wanted in ((True, False), (False, True), (True, True))]

    def operation(x: Any, y: Any) -> Any:
        x_node = y_node = None
        if isinstance(x, Tensor):
            x_node = x.node
            a = x._data
            if isinstance(y, Tensor):
                y_node = y.node
                b = y._data
            else:
                b = operand(y)
        elif isinstance(y, Tensor):
            a = operand(x)
            y_node = y.node
            b = y._data
        else:
            return forward(operand(x), operand(y))
        ans = forward(a, b)
        if (x_node is None and y_node is None) or not (state := mode.get()) & RECORD:
            return wrap(ans) if not mode.get() & TRACE else _cut_off(ans, entry, (x, y))
        pick = pickers[(x_node is not None) + 2 * (y_node is not None) - 1]
        node = Node(entry, (x_node, y_node), pick((a, b, ans, None)), ans.shape, ans.dtype)
        if not node.shape:
            node.value = ans
            if x_node is None or y_node is None:
                annotate(node, ans, (a, b), 0)
        if state & WATCH:
            annotate(node, ans, (a, b), state, None, (x, y))
        return wrap(ans, node)

    return operation


def _cut_off(ans: Any, entry: Primitive, operands: Sequence[Any]) -> Tensor:
    """Return a result that was not recorded, under ``trace()``: the drawing tells why it has no gradient."""
    result = wrap(ans)
    mark_cut(result, entry.name, operands)
    return result


def _picker(layout: tuple[int | None, ...]) -> Callable[[tuple[Any, Any, Any, None]], tuple[Any, ...]]:
    """Return the function of (x, y, ans, None) that picks what the rules ask for."""
    places = [3 if i is None else i for i in layout]
    if len(places) < 2:  # itemgetter of one place gives no tuple, but that of a slice does
        return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
    return itemgetter(*places)


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
        if kwargs or not len(required) <= len(args) <= len(places):
            values = bind(args, kwargs)
        else:
            values = [*args, *defaults[len(args) :]]
        bare = True
        parents: list[Any] = []
        for i in operands:
            value = values[i]
            if i == sequence:
                several = list(value)
                bare = bare and not any(isinstance(v, Tensor) for v in several)
                parents.append(tuple([v.node if isinstance(v, Tensor) else None for v in several]))
                values[i] = [v._data if isinstance(v, Tensor) else operand(v) for v in several]
            elif isinstance(value, Tensor):
                bare = False
                parents.append(value.node)
                values[i] = value._data
            else:
                parents.append(None)
                values[i] = operand(value)
        for i in options:
            if isinstance(values[i], Tensor):
                values[i] = _without_derivative(entry, entry.parameters[i], values[i])
        ans = call(values)
        residuals = ()
        if entry.residuals:
            ans, *residuals = ans
        if bare:
            return ans
        if sequence is None:
            wanted = tuple([p is not None for p in parents])
        else:
            wanted = tuple([p is not None and (type(p) is not tuple or any(p)) for p in parents])
        state = mode.get() if True in wanted else mode.get() & TRACE
        given: list[Any] = []
        if state & TRACE:
            bound = bind(args, kwargs)
            given = [bound[i] for i in operands]
        kind = type(ans)
        if kind is tuple or kind is list:
            return record_several(tuple(ans), values, residuals, parents, wanted, state, given)
        if kind is float:  # of a gate written with `math`
            ans = np.float64(ans)
        if not state & RECORD:
            refuse_complex(ans.dtype)
            if True in wanted:
                ans = _apart(ans, parents, [values[i] for i in operands])
            return _cut_off(ans, entry, given) if state & TRACE else wrap(ans)
        if ans.dtype.kind != "f":
            raise _no_floats(entry)
        node = made(ans, values, residuals, parents, wanted, ans.shape, ans.dtype)
        if not node.shape:
            node.value = ans
        if state & WATCH or (not node.shape and None in parents):
            annotate(node, ans, [values[i] for i in operands], state, values, given)
        return wrap(ans, node)

    def made(
        ans: Any, values: list[Any], residuals: Any, parents: list[Any], wanted: Any, shape: Any, dtype: Any
    ) -> Node:
        available = [*values, *residuals, ans, wanted]
        saved = [None if i is None else available[i] if i >= 0 else _shape(available[~i]) for i in entry.layout(wanted)]
        origin = _origin(ans, parents, [values[i] for i in operands])
        if origin is None:
            return Node(entry, tuple(parents), tuple(saved), shape, dtype)
        return View(origin, entry, tuple(parents), tuple(saved), shape, dtype)

    def record_several(
        ans: tuple[Any, ...], values: list[Any], residuals: Any, parents: list[Any], wanted: Any, state: int, given: Any
    ) -> tuple[Tensor, ...]:
        if not state & RECORD:
            for a in ans:
                refuse_complex(a.dtype)
            if True in wanted:
                ans = tuple([_apart(a, parents, [values[i] for i in operands]) for a in ans])
            return tuple([_cut_off(a, entry, given) if state & TRACE else wrap(a) for a in ans])
        if any(a.dtype.kind != "f" for a in ans):
            raise _no_floats(entry)
        shapes, dtypes = tuple([a.shape for a in ans]), tuple([a.dtype for a in ans])
        node = made(ans, values, residuals, parents, wanted, shapes, dtypes)
        if state & WATCH:
            annotate(node, ans, [values[i] for i in operands], state, values, given)
        return tuple([output(node, i, a) for i, a in enumerate(ans)])

    return operation


def _no_floats(entry: Primitive) -> TypeError:
    return TypeError(
        f"{entry.name} computed numbers that are no floating point numbers out of a Tensor that requires a gradient, "
        "and those have none; apply it to t.detach()"
    )


def _origin(ans: Any, parents: Sequence[Any], values: Sequence[Any]) -> Any:
    """Return the parent whose array an output is, or is a view of, or None: views know who owns their memory."""
    owners = [_owner(a) for a in ans] if type(ans) is tuple else [_owner(ans)]
    for parent, value in zip(parents, values, strict=True):
        if type(parent) is tuple:
            if (origin := _origin(ans, parent, value)) is not None:
                return origin
        elif parent is not None:
            owner = _owner(value)
            for one in owners:
                if one is owner:
                    return parent
    return None


def _apart(ans: Any, parents: Sequence[Any], values: Sequence[Any]) -> Any:
    """Return a result that was not recorded; one in the memory of a leaf is copied, since nobody dates writes to it."""
    origin = _origin(ans, parents, values)
    return ans.copy() if isinstance(origin.origin if isinstance(origin, View) else origin, Leaf) else ans


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
