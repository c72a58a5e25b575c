"""One recorded run of a plain function, and the derivatives that can be taken through it.

The function runs on Tensors. Each argument that is differentiated gets a node of its own there, and the sweeps end at
these nodes. That is all that nesting needs: an inner derivative ends at other nodes than an outer one, so a variable of
one level is never taken for a variable of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .backward import flat, gradients
from .graph import Leaf, Node, enable_grad, is_recording
from .primitive import Primitive
from .rules.elementwise import alias
from .tensor import Tensor, wrap

Function = Callable[..., Any]

_ARGUMENT = Primitive(lambda x: x, {"x": lambda g: g}, "argument")


class Evaluation:
    """One recorded evaluation of a function, and the derivatives that can be pulled and pushed through it.

    Attributes
    ----------
    inputs : list of Tensor
        The differentiated arguments, each at a node of its own, where the sweeps end.
    outputs : list of Tensor
        What the function returned; a constant is a Tensor without a node.
    several : bool
        Whether that was a tuple.
    tensors : bool
        Whether an argument was a Tensor, and so the results are.
    open : bool
        Whether the outputs depend on something outside of this run that requires a gradient.
    """

    def __init__(self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], places: Sequence[int]) -> None:
        self.f = f
        self.recorded = is_recording()
        given = list(args)
        with enable_grad():
            self.inputs = [_input(args[i], i) for i in places]
            for i, x in zip(places, self.inputs, strict=True):
                given[i] = wrap(x._data, x.node)  # f may rebind it in place, and x still ends the sweep
            result = f(*given, **kwargs)
        self.several = isinstance(result, (tuple, list))
        self.outputs = [_output(f, y) for y in (result if self.several else (result,))]
        tensors = [args[i] for i in places if isinstance(args[i], Tensor)]
        self.tensors = bool(tensors)
        self.open = any(t.requires_grad for t in tensors) or _depends_on_others(self.outputs, self.inputs)

    def scalar(self) -> Tensor:
        """Return the only output, of one element, or raise."""
        if self.several:
            raise TypeError(
                f"{name_of(self.f)} returned a tuple of {len(self.outputs)}, and a gradient is that of one scalar; "
                "return the scalar alone, or use vjp or jacobian"
            )
        (y,) = self.outputs
        if y.size != 1:
            raise ValueError(
                f"{name_of(self.f)} returned shape {y.shape}, and a gradient is that of a scalar; reduce the output "
                "with .sum() or .mean(), or use jacobian for the derivatives of all its elements"
            )
        return y

    def pull(self, outputs: list[Tensor], cotangents: Sequence[Any], again: bool = False) -> list[Any]:
        """Return Jᵀu: the gradients of ⟨u, outputs⟩ by the inputs. With `again` more sweeps are to come."""
        record = self._to_record(cotangents)
        found = gradients(outputs, self.inputs, cotangents, again, record)
        return [self._result(x, g, record, cotangents) for x, g in zip(self.inputs, found, strict=True)]

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Return Jv, by transposing u ↦ Jᵀu."""
        record = self._to_record(tangents)
        moving = [y for y in self.outputs if y.requires_grad]
        probes = [_beginning(np.zeros_like(y._data)) for y in moving]
        pulled = gradients(moving, self.inputs, probes, create_graph=True)
        pairs = [(g, v) for g, v in zip(pulled, tangents, strict=True) if g is not None]
        pushed = gradients([g for g, _ in pairs], probes, [v for _, v in pairs], create_graph=record)
        found = iter(pushed)
        return [self._result(y, next(found) if y.requires_grad else None, record, tangents) for y in self.outputs]

    def values(self) -> Any:
        """Return what the function returned, for the caller to keep."""
        values = [self.value(y) for y in self.outputs]
        return tuple(values) if self.several else values[0]

    def value(self, y: Tensor) -> Any:
        """Return an output for the caller to keep: recorded, as a Tensor, or as an array of its own."""
        if self.open and self.recorded:
            return y
        return wrap(y._data) if self.tensors else y._data.copy()[()]

    def _to_record(self, seeds: Sequence[Any]) -> bool:
        """Return whether somebody can ask for the derivative of a sweep that starts from these seeds."""
        return is_recording() and (self.open or any(isinstance(s, Tensor) and s.requires_grad for s in seeds))

    def _result(self, of: Tensor, g: Any, record: bool, seeds: Sequence[Any]) -> Any:
        """Return what a sweep has brought for a Tensor, for the caller to keep; None means zero."""
        g = np.zeros_like(of._data) if g is None else g
        if isinstance(g, Tensor):
            return g
        return wrap(g) if record or self.tensors or any(isinstance(s, Tensor) for s in seeds) else g[()]


def _input(value: Any, place: int) -> Tensor:
    """Return an argument as a Tensor at a new node of its own, behind which lies the caller's, if it requires grad."""
    if type(value) is int:
        value = float(value)
    tensor = value if isinstance(value, Tensor) else Tensor(value)
    if tensor.dtype.kind != "f":
        raise TypeError(
            f"argument {place} has dtype {tensor.dtype}, and only floating point numbers have a derivative; give it as "
            "float (1.0 for 1, array.astype(float)), or leave it out of argnums"
        )
    return alias(tensor) if tensor.requires_grad else _beginning(tensor.data.copy())


def _beginning(array: Any) -> Tensor:
    """Return a Tensor at a node with nothing behind it: no leaf, so that nobody outside can mean it."""
    node = Node(_ARGUMENT, (None,), (), array.shape, array.dtype)
    if array.ndim == 0:
        node.value = array
    return wrap(array, node)


def _output(f: Function, y: Any) -> Tensor:
    """Return an output as a Tensor; a plain number or array is a constant."""
    if y is None:
        raise TypeError(f"{name_of(f)} returned None; the function to differentiate must return its result")
    return y if isinstance(y, Tensor) else Tensor(y)


def _depends_on_others(outputs: Iterable[Tensor], inputs: Iterable[Tensor]) -> bool:
    """Return whether the outputs depend on something that requires a gradient and is none of the inputs.

    What is older than the inputs was there before the run, so the walk never goes far into an outer graph.
    """
    seen = {x.node.number for x in inputs if x.node is not None}
    first = min(seen, default=0)
    waiting: list[Any] = [y.node for y in outputs if y.node is not None]
    while waiting:
        node = waiting.pop()
        if node.number in seen:
            continue
        if node.number < first or type(node) is Leaf:
            return True
        seen.add(node.number)
        waiting.extend(parent for parent in flat(node.parents) if parent is not None)
    return False


def name_of(f: Function) -> str:
    """Return what errors call a function."""
    return getattr(f, "__name__", type(f).__name__)
