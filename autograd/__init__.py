"""Define-by-run automatic differentiation on NumPy: write models in plain Python, see the graph, check the gradients.

>>> import autograd
>>> x = autograd.Tensor(3.0, requires_grad=True)
>>> y = x * x + 1
>>> y.backward()
>>> x.grad
Tensor(6.0)

- ``Tensor``: an array that remembers how it was computed; NumPy's functions work on it, and are recorded
- ``grad``, ``value_and_grad``, ``vjp``, ``jvp``, ``jacobian``, ``hessian``, ``hvp``: derivatives of plain functions
- ``gradcheck``, ``check_model``: whether a gradient is right; more in ``autograd.check``
- ``draw``: a picture of the graph; more in ``autograd.draw``
- ``primitive``: an operation of your own, from a function and its derivative
- ``no_grad``, ``enable_grad``, ``trace``, ``detect_anomaly``: what is recorded
- ``seed``: the same random numbers again

Layers are in ``nn``, optimisers in ``optim``, data and the loop in ``training``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import memory, methods, protocols  # noqa: F401 — they complete Tensor, and set up the memory of its arrays
from .anomaly import detect_anomaly
from .graph import enable_grad, no_grad, trace
from .primitive import primitive
from .random import seed
from .tensor import Tensor

if TYPE_CHECKING:
    from .check import check_model, gradcheck
    from .draw import draw
    from .functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = [
    "Tensor",
    "check_model",
    "detect_anomaly",
    "draw",
    "enable_grad",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "no_grad",
    "primitive",
    "seed",
    "trace",
    "value_and_grad",
    "vjp",
]

# What stands above the engine is loaded when it is first asked for: `import autograd` is the engine alone.
_ROOMS = {
    "check": ("check_model", "gradcheck"),
    "functional": ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"),
    "draw": ("draw",),
}
_LATER = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    room = import_module(f"{__name__}.{_LATER[name]}")
    found = room if name == _LATER[name] else getattr(room, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
