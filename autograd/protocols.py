"""NumPy's two protocols: how ``np.exp(t)``, ``np.add(array, t)`` and ``np.concatenate([t, u])`` come to record.

NumPy asks a Tensor among its arguments what to do. The answer is the operation in the derivative table; for functions
that have no derivative by their nature (comparisons, argmax, shape …), the plain result on the bare arrays; for all
others a TypeError. Nothing is ever detached in silence.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .graph import is_recording
from .primitive import TABLE
from .rules import PLAIN, REFUSED
from .rules.plain import LIKE
from .rules.ufunc import method_of
from .tensor import Tensor


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """Answer NumPy's call of a ufunc, or of one of its methods, with a Tensor among the operands."""
    if not options and method == "__call__" and ufunc in TABLE:  # np.exp(t): the way that is taken most
        return TABLE[ufunc](*inputs)
    out = options.pop("out", None)
    if out is not None:
        return _write_into(out, ufunc, method, inputs, options)
    if method == "at":
        return _write_into(inputs[:1], ufunc, method, inputs, options)
    if ufunc not in TABLE and "scipy.special" in sys.modules:  # SciPy's functions have a page, opened with SciPy
        from .rules import special  # noqa: F401
    if ufunc in PLAIN:
        return getattr(ufunc, method)(*_bare(inputs), **_bare(options))
    operation = TABLE.get(ufunc) if method == "__call__" else method_of(ufunc, method)
    if operation is None:
        raise _no_rule(ufunc, "" if method == "__call__" else f".{method}")
    if method in ("reduce", "accumulate"):
        options.setdefault("axis", 0)
    options = {k: v for k, v in options.items() if not (k == "where" and v is True)}
    return _apply(operation, _name(ufunc), inputs, options)


def array_function(self: Tensor, function: Callable[..., Any], types: Iterable[type], args: Any, kwargs: Any) -> Any:
    """Answer NumPy's call of any other function with a Tensor among the arguments."""
    if isinstance(kwargs.get("out"), Tensor):
        raise _no_writing(_name(function))
    if function in PLAIN:
        return function(*_bare(args), **_bare(kwargs))
    if function in LIKE:
        return function(*args, like=self.data, **kwargs)
    if function not in TABLE:
        raise _no_rule(function)
    operation = TABLE[function]
    if _has_no_names(function):
        return _apply(operation, _name(function), args, kwargs)
    theirs, ours = _parameters(function), _parameters(operation)
    leading = _leading(operation)
    named = dict(zip(theirs, args, strict=False)) | kwargs
    # Operands go by their place, since NumPy calls them a, x, ary, arrays …; options by their name.
    return _apply(
        operation,
        _name(function),
        (),
        {ours[theirs.index(k)] if k in theirs[:leading] else k: v for k, v in named.items()},
    )


@functools.cache
def _has_no_names(function: Callable[..., Any]) -> bool:
    """Return whether the operands go by their place alone: np.einsum's; and functions in C before NumPy 2.4."""
    try:
        return any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(function).parameters.values())
    except ValueError:
        return True


def _leading(operation: Callable[..., Any]) -> int:
    """Return how many parameters of an operation, from the first, go up to the last operand."""
    entry = getattr(operation, "primitive", None)
    return 1 if entry is None else 1 + max(entry.parameters.index(name) for name in entry.operands)


def _apply(operation: Callable[..., Any], name: str, operands: Iterable[Any], options: dict[str, Any]) -> Any:
    """Call the operation; NumPy's mark for 'not given' is left out, and what it does not take refused, but for None."""
    takes = _parameters(operation)
    options = {"shape" if k == "newshape" else k: v for k, v in options.items()}  # np.reshape's word in NumPy 2.0
    given = {k: v for k, v in options.items() if v is not np._NoValue and (v is not None or k in takes)}
    strange = [k for k in given if k not in takes and "kwargs" not in takes]
    if strange:
        raise TypeError(
            f"{name} on a Tensor does not take {', '.join(f'{k}=' for k in strange)}; it takes "
            f"{', '.join(takes)}. Use other operations, or t.detach() if no gradient is needed"
        )
    return operation(*operands, **given)


@functools.cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters; those of an operation are its forward function's."""
    entry = getattr(function, "primitive", None)
    return entry.parameters if entry is not None else tuple(inspect.signature(function).parameters)


def _write_into(out: tuple[Any, ...], ufunc: np.ufunc, method: str, inputs: Any, options: Any) -> Any:
    """Do ``array += t`` and ``np.add.at(array, places, t)``: allowed where no gradient is lost by it."""
    wanted = any(isinstance(i, Tensor) and i.requires_grad for i in inputs)
    if (wanted and is_recording() and ufunc not in PLAIN) or any(isinstance(o, Tensor) for o in out):
        raise _no_writing(_name(ufunc) + (".at" if method == "at" else ""))
    return getattr(ufunc, method)(*_bare(inputs), **({} if method == "at" else {"out": out}), **options)


def _no_writing(name: str) -> TypeError:
    return TypeError(
        f"{name}(…, out=) cannot record: a Tensor is never written into, and writing one that requires a gradient into "
        "an array would lose the gradient; write array = array + t, or use t.detach() or no_grad()"
    )


def _bare(value: Any) -> Any:
    """Return the same arguments with bare arrays in the place of Tensors."""
    if isinstance(value, Tensor):
        return value._data
    if isinstance(value, (tuple, list)):
        return type(value)(_bare(v) for v in value)
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items()}
    return value


@functools.cache
def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", str(function))
    if isinstance(function, np.ufunc):
        of_scipy = hasattr(sys.modules.get("scipy.special"), name) and getattr(np, name, None) is not function
        return f"scipy.special.{name}" if of_scipy else f"np.{name}"
    module = getattr(function, "__module__", "numpy") or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{name}"


def _no_rule(function: Callable[..., Any], method: str = "") -> TypeError:
    name = _name(function) + method
    if function in REFUSED:
        return TypeError(f"{name} {REFUSED[function]}; t.detach().data is the bare array")
    return TypeError(
        f"{name} has no derivative rule here, so it cannot be applied to a Tensor; apply it to t.detach().data if no "
        "gradient is needed, or give it a rule with autograd.primitive"
    )


Tensor.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = array_function  # type: ignore[attr-defined]
