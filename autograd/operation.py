"""What calling an operation does: run the forward function and, if somebody will want a gradient, record a node.

Here for ufuncs of one operand and of two, with all unrolled that can be, because programs on small arrays spend their
time here; and in ``general.py`` for anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .arrays import operand
from .graph import RECORD, TRACE, WATCH, Node, mode
from .notes import annotate, mark_cut
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
            return wrap(ans) if not mode.get() & TRACE else cut_off(ans, entry, (x,))
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
    names = (*entry.operands, "ans")
    pickers = [entry.picker(names, wanted) for wanted in ((True, False), (False, True), (True, True))]

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
            return wrap(ans) if not mode.get() & TRACE else cut_off(ans, entry, (x, y))
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


def cut_off(ans: Any, entry: Primitive, operands: Sequence[Any]) -> Tensor:
    """Return a result that was not recorded, under ``trace()``: the drawing tells why it has no gradient."""
    result = wrap(ans)
    mark_cut(result, entry.name, operands)
    return result
