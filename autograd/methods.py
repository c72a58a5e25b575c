# mypy: disable-error-code="method-assign, assignment"
"""The operators and methods of Tensor: each is an operation of ``rules/`` itself, so that calling it costs one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import operand
from .graph import Leaf, Node
from .rules import elementwise, indexing, linalg, reduction, scan, selection, shape
from .tensor import Tensor


def _reflected(operation: Callable[[Any, Any], Tensor]) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: operation(other, self)


def _in_place(operation: Callable[[Any, Any], Tensor]) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: _rebind(self, operation(self, other))


def _rebind(self: Tensor, result: Tensor) -> Tensor:
    """Take over the array and the node of `result`: what ``t += u`` and ``t[i] = v`` mean. No array is written."""
    if result.shape != self.shape:
        raise ValueError(
            f"in-place syntax would change {self._described()} to shape {result.shape}; write t = t + u instead"
        )
    if not np.can_cast(result.dtype, self.dtype, "same_kind"):
        raise TypeError(
            f"in-place syntax would turn {result.dtype} numbers into the {self.dtype} of {self._described()}; write "
            "t = t + u for a new Tensor"
        )
    result = result if result.dtype == self.dtype else result.astype(self.dtype)
    if isinstance(self.node, Leaf):
        if result.node is not None:
            raise RuntimeError(
                f"in-place syntax on {self._described()}, a leaf, would lose its gradient; write t = t + u for a new "
                "Tensor, or do the update under no_grad()"
            )
        self._data = result.data
        self.mark_written()
        return self
    before = self.node.notes if isinstance(self.node, Node) else None
    self._name, self._data, self.node = self.name, result._data, result.node
    if before is not None and before.retainer is not None and self.node is not None:
        before.retainer = None
        self.retain_grad()
    return self


for _symbol, _operation in {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "pow": elementwise.power,
    "mod": elementwise.remainder,
    "floordiv": elementwise.floor_divide,
    "matmul": linalg.matmul,
}.items():
    setattr(Tensor, f"__{_symbol}__", _operation)
    setattr(Tensor, f"__r{_symbol}__", _reflected(_operation))
    setattr(Tensor, f"__i{_symbol}__", _in_place(_operation))

Tensor.__divmod__ = elementwise.divmod_
Tensor.__rdivmod__ = lambda self, other: elementwise.divmod_(other, self)
Tensor.__round__ = lambda self, ndigits=None: elementwise.round_(self, ndigits or 0)
Tensor.__neg__ = elementwise.negative
Tensor.__pos__ = elementwise.positive
Tensor.__abs__ = Tensor.abs = elementwise.absolute


def _comparison(ufunc: np.ufunc) -> Callable[[Tensor, Any], Any]:
    """Comparisons give plain arrays of booleans: a step has no derivative to record."""

    def compare(self: Tensor, other: Any) -> Any:
        try:
            other = other._data if isinstance(other, Tensor) else operand(other)
        except TypeError:
            return NotImplemented  # Python itself knows about a Tensor and a text: not equal, and in no order
        if other is None:
            return NotImplemented
        return ufunc(self._data, other)

    return compare


Tensor.__lt__, Tensor.__le__ = _comparison(np.less), _comparison(np.less_equal)
Tensor.__gt__, Tensor.__ge__ = _comparison(np.greater), _comparison(np.greater_equal)
Tensor.__eq__, Tensor.__ne__ = _comparison(np.equal), _comparison(np.not_equal)

for _operation in (
    *(elementwise.exp, elementwise.log, elementwise.sqrt, elementwise.sin, elementwise.cos, elementwise.tanh),
    *(elementwise.clip, elementwise.astype),
    *(reduction.mean, reduction.prod, reduction.logsumexp),
    *(shape.ravel, shape.swapaxes, shape.squeeze, shape.broadcast_to),
):
    setattr(Tensor, _operation.__name__, _operation)
Tensor.sum, Tensor.max, Tensor.min = reduction.sum_, reduction.max_, reduction.min_
Tensor.var, Tensor.std = reduction.variance, reduction.standard_deviation
Tensor.flatten, Tensor.round = shape.ravel, elementwise.round_
Tensor.cumsum, Tensor.cumprod = scan.cumsum, scan.cumprod
for _name, _operation in {
    **{"dot": linalg.dot, "trace": linalg.trace, "diagonal": selection.diagonal, "take": selection.take},
    **{
        "repeat": selection.repeat,
        "copy": shape.copy,
        "conj": elementwise.conjugate,
        "conjugate": elementwise.conjugate,
    },
    **{"real": property(elementwise.real), "imag": property(elementwise.imag), "mT": property(shape.matrix_transpose)},
}.items():
    setattr(Tensor, _name, _operation)


def _plain(name: str) -> Callable[..., Any]:
    """Return a method that answers as the bare array does."""

    def answer(self: Tensor, *args: Any, **options: Any) -> Any:
        return getattr(np, name)(self._data, *args, **options)

    answer.__doc__ = f"What NumPy's {name} says of the bare array: nothing is recorded."
    return answer


for _name in ("all", "any", "argsort", "nonzero", "searchsorted"):
    setattr(Tensor, _name, _plain(_name))


def _reshape(self: Tensor, *sizes: Any, order: str = "C") -> Tensor:
    """The same elements in another shape; one length may be −1."""
    return shape.reshape(self, sizes[0] if len(sizes) == 1 else sizes, order)


def _transpose(self: Tensor, *axes: Any) -> Tensor:
    """The axes in another order; without one, reversed."""
    given = axes[0] if len(axes) == 1 and np.ndim(axes[0]) else axes or None
    return shape.transpose(self, given if given is None else tuple(given))


def _argmax(self: Tensor, axis: Any = None, keepdims: bool = False) -> Any:
    """The place of the greatest element along `axis`, as NumPy has it: nothing is recorded."""
    return np.argmax(self._data, axis, keepdims=keepdims)


def _argmin(self: Tensor, axis: Any = None, keepdims: bool = False) -> Any:
    """The place of the least element along `axis`, as NumPy has it: nothing is recorded."""
    return np.argmin(self._data, axis, keepdims=keepdims)


Tensor.reshape = _reshape
Tensor.transpose = _transpose
Tensor.T = property(lambda self: shape.transpose(self), doc="The axes reversed.")
Tensor.argmax, Tensor.argmin = _argmax, _argmin


def _getitem(self: Tensor, index: Any) -> Tensor:
    return indexing.gather(self, indexing.plain_index(index))


def _setitem(self: Tensor, index: Any, value: Any) -> None:
    _rebind(self, indexing.put(self, indexing.plain_index(index), value))


Tensor.__getitem__ = _getitem
Tensor.__setitem__ = _setitem
