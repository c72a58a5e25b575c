"""summary: what a model consists of, as a table: its layers, their output shapes, parameters and FLOPs."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograd import no_grad
from autograd.columns import aligned
from autograd.random import generator

from .module import Module

Shape: TypeAlias = tuple[int, ...]

COLUMNS = ("layer", "type", "output shape", "parameters", "frozen", "FLOPs")
_TEXTS = 3  # columns; the others are numbers


@dataclass
class Row:
    """One line of a :class:`Summary`: a module.

    Attributes
    ----------
    path : str
        Where it is in the model; "" is the model itself.
    kind : str
        Its class.
    trainable, frozen : int
        How many numbers its own parameters have, without those of its sub-modules. A shared parameter is counted in the
        first module that has it.
    calls : int
        How often the model called it.
    outputs : tuple of shapes
        What it returned in the last call, an entry for each array.
    flops : int or None
        The floating point operations of all calls, without those of its sub-modules. None: they are not known.
    """

    path: str
    kind: str
    trainable: int
    frozen: int
    calls: int = 0
    outputs: tuple[Shape, ...] = ()
    flops: int | None = 0

    def cells(self) -> tuple[str, ...]:
        """Return what stands in the columns."""
        return (
            self.path or "(model)",
            self.kind if self.calls < 2 else f"{self.kind} ×{self.calls}",
            ", ".join(map(str, self.outputs)) if self.calls else "not called",
            _number(self.trainable + self.frozen),
            _number(self.frozen),
            _number(self.flops),
        )


@dataclass
class Summary:
    """What :func:`summary` returns: it prints as a table, and Jupyter shows it as one.

    Attributes
    ----------
    rows : list of Row
        One for each module, in the order of ``named_modules()``; a shared module has one row.
    trainable, frozen : int
        How many numbers all the parameters have.
    bytes : int
        The memory that parameters and buffers take.
    """

    rows: list[Row]
    trainable: int
    frozen: int
    bytes: int

    @property
    def parameters(self) -> int:
        """How many numbers all parameters have together."""
        return self.trainable + self.frozen

    @property
    def flops(self) -> int:
        """The floating point operations of one call of the model, as far as they are known."""
        return sum(row.flops or 0 for row in self.rows)

    @property
    def unknown(self) -> list[str]:
        """The classes whose FLOPs are not known."""
        return sorted({row.kind for row in self.rows if row.flops is None})

    def remarks(self) -> list[str]:
        """Return what stands below the table."""
        total = (
            f"{self.parameters:,} parameters ({self.trainable:,} trainable, {self.frozen:,} frozen); with the buffers "
            f"{_size(self.bytes)}."
        )
        flops = f"{self.flops:,} FLOPs a call; a multiplication with an addition counts 2"
        if self.unknown:
            return [total, f"At least {flops}. Not known: {', '.join(self.unknown)} (no method flops)."]
        return [total, f"{flops}."]

    def __str__(self) -> str:
        table = [COLUMNS, *(row.cells() for row in self.rows)]
        return "\n".join([*aligned(table, range(_TEXTS, len(COLUMNS))), *self.remarks()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells()) + "</tr>" for row in self.rows
        )
        remarks = "<br>".join(map(html.escape, self.remarks()))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{remarks}</p>"


def summary(model: Module, *inputs: Any, **options: Any) -> Summary:
    """Say what a model consists of: each layer with its output shape, its parameters, and its FLOPs.

    The model is called once, in evaluation mode and without recording anything. Afterwards it is as it was: its mode,
    hooks, buffers and other attributes; and so are the random generators.

    Parameters
    ----------
    model : Module
        The model. Its own hooks are called as well.
    *inputs : array_like, Tensor, or tuple of int
        What to call the model with. A tuple of ints is a shape, of which an array of zeros is made, in the dtype of the
        model's first parameter. Without any the model is not called.
    **options
        Further arguments of the model, by name.

    Returns
    -------
    Summary
        A table, with the totals below it.

    Raises
    ------
    TypeError
        If `model` is no Module.

    Notes
    -----
    FLOPs are floating point operations: a multiplication with an addition counts 2, a sum, a product, a comparison or a
    function of one number counts 1. Every layer says in its method ``flops`` how many they are (losses do not). What
    the ``forward`` of a module with sub-modules does beside calling them is counted only if its class has that method
    too. The backward pass is not counted; its products take about twice as many.

    Examples
    --------
    >>> import nn
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    >>> nn.summary(net, (32, 8, 8)).parameters
    650
    >>> [(row.path, row.kind, row.outputs) for row in nn.summary(net, (32, 8, 8)).rows]
    [('', 'Sequential', ((32, 10),)), ('0', 'Flatten', ((32, 64),)), ('1', 'Linear', ((32, 10),))]
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary takes a Module, not {type(model).__name__}")
    rows = _rows(model)
    if inputs or options:
        with _undisturbed(model), ExitStack() as hooks, no_grad():
            model.eval()
            for module in model.modules():
                note = partial(_note, rows[id(module)])
                hooks.enter_context(module.register_forward_hook(note, with_kwargs=True))
            model(*(_array(x, model) for x in inputs), **options)
    parameters = list(model.parameters())
    arrays = [*(p.data for p in parameters), *(b for b in model.buffers() if hasattr(b, "dtype"))]
    return Summary(
        list(rows.values()),
        sum(p.size for p in parameters if p.requires_grad),
        sum(p.size for p in parameters if not p.requires_grad),
        sum(array.size * array.dtype.itemsize for array in arrays),
    )


def _rows(model: Module) -> dict[int, Row]:
    """Return a row for each module, by its identity, with its own parameters counted."""
    rows: dict[int, Row] = {}
    counted: set[int] = set()
    for path, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if id(p) not in counted]
        counted |= {id(p) for p in own}
        trainable = sum(p.size for p in own if p.requires_grad)
        rows[id(module)] = Row(path, type(module).__name__, trainable, sum(p.size for p in own) - trainable)
    return rows


def _note(row: Row, module: Module, args: Any, kwargs: Any, result: Any) -> None:
    """Count one call of a module: the hook."""
    given, row.outputs = _shapes((args, kwargs)), _shapes(result)
    if not args and not kwargs:  # it computes something of its parameters alone, as a parametrisation does
        given = ((),)
    row.calls += 1
    flops = module.flops(given[0], row.outputs[0]) if given and row.outputs else None
    if flops is None and any(True for _ in module.children()):
        flops = 0  # they count for themselves
    row.flops = None if flops is None or row.flops is None else row.flops + flops


@contextmanager
def _undisturbed(model: Module) -> Iterator[None]:
    """Put everything back afterwards: attributes of the modules, what buffers hold, states of random generators."""
    attributes = [(vars(module), dict(vars(module))) for module in model.modules()]
    buffers = [(buffer, buffer.copy()) for buffer in model.buffers() if hasattr(buffer, "__setitem__")]
    own = [value for _, before in attributes for value in before.values() if isinstance(value, np.random.Generator)]
    generators = [(one.bit_generator, one.bit_generator.state) for one in (generator(), *own)]
    try:
        yield
    finally:
        for now, before in attributes:
            now.clear()
            now.update(before)
        for buffer, values in buffers:
            buffer[...] = values
        for bits, state in generators:
            bits.state = state


def _array(x: Any, model: Module) -> Any:
    """Return an input as it is, or zeros of the shape that it says."""
    if not isinstance(x, tuple) or not all(isinstance(n, int | np.integer) for n in x):
        return x
    like = next((p.data for p in model.parameters()), np.zeros(0, dtype=np.float32))
    return np.zeros_like(like, shape=x)


def _shapes(value: Any) -> tuple[Shape, ...]:
    """Return the shapes of all arrays in a result, or in the arguments of a call."""
    shapes: list[Shape] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            one = tuple(one.values())
        if isinstance(one, (tuple, list)):
            waiting += reversed(one)
        elif hasattr(one, "shape"):
            shapes.append(tuple(one.shape))
    return tuple(shapes)


def _size(count: int) -> str:
    """Return a number of bytes in the greatest unit of which there is one."""
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= one:
            return f"{count / one:,.1f} {unit}"
    return f"{count} bytes"


def _number(n: int | None) -> str:
    return "?" if n is None else f"{n:,}" if n else ""
