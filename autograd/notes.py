"""What is noted in the graph for drawings and reports: source lines, constants, cut wires, the Modules of a result."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from .graph import ANOMALY, KEEP, TRACE, WATCH, Node, notes_of

if TYPE_CHECKING:
    from .tensor import Tensor

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


def annotate(
    node: Node,
    value: Any,
    operands: Sequence[Any],
    state: int,
    arguments: Sequence[Any] | None = None,
    given: Sequence[Any] = (),
) -> None:
    """Note the operands that are no parents and, where the mode says so, the value and the user's source line.

    Under ``detect_anomaly()`` the value is looked at, too. `arguments` are all that the primitive was called with, if
    there are more than the operands; `given` are the operands as they were given, Tensors among them.
    """
    notes = notes_of(node)
    notes.constants = tuple(
        operand if parent is None and (state & TRACE or getattr(operand, "ndim", 0) == 0) else None
        for parent, operand in zip(node.parents, operands, strict=False)
    )
    if state & TRACE:
        notes.cuts = tuple(map(_cut_of, given))
        notes.value = value
        notes.saved = node.saved
    if state & WATCH:
        notes.source = _source_line()
    if state & KEEP:
        notes.arguments = tuple(operands if arguments is None else arguments)
    if state & ANOMALY:
        from .anomaly import examine

        examine(node, value, operands)


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
