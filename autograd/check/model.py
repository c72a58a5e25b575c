"""check_model: the gradient check of a model with its loss, parameter by parameter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..random import Rng, generator
from ..rules.elementwise import alias
from ..tensor import Tensor
from .compare import Variables, compare
from .function import is_floating
from .numeric import STEP
from .result import CheckResult


def check_model(
    model: Any,
    loss_fn: Callable[..., Any],
    *batch: Any,
    raise_exception: bool = False,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    step: float = STEP,
    samples: int | None = 20,
    rng: Rng = 0,
) -> CheckResult:
    """Compare the gradients of a model's loss with central differences, for each parameter and floating point input.

    The loss is ``loss_fn(model(*batch[:-1]), batch[-1])``. A deep copy of the model is checked, with its parameters in
    float64; the model itself stays as it is, in its mode and with its gradients. How an entry is judged,
    :func:`autograd.gradcheck` says.

    Parameters
    ----------
    model : Module
        Callable, with ``named_parameters()``. Parameters that require no gradient are held constant. The same batch
        must give the same loss: put dropout into ``eval()`` mode.
    loss_fn : callable
        Takes the model's output and the target, returns a Tensor.
    *batch : array_like or Tensor
        The inputs of the model, and the target last, as ``check_model(model, loss_fn, x, y)``.
    raise_exception : bool, default False
        Raise if a parameter or an input fails.
    rtol, atol, step
        As for :func:`autograd.gradcheck`.
    samples : int or None, default 20
        How many entries of each parameter and input to check, chosen at random ("20 of 640" in the table); None for
        all.
    rng : Generator, int or None, default 0
        Draws the samples; the same every time unless you say otherwise.

    Returns
    -------
    CheckResult
        True unless a row failed; a row for each parameter, by its name, and for each floating point input.

    Raises
    ------
    GradientError
        If `raise_exception` and a row fails: the table, and a sentence on the worst entry.
    TypeError
        If the model has no ``named_parameters()``, or the batch no target, or nothing requires a gradient.
    ValueError
        If the loss is not finite, or differs between two runs.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, check_model
    >>> class Line:
    ...     def __init__(self):
    ...         self.slope = Tensor(np.float32(2.0), requires_grad=True)
    ...     def named_parameters(self):
    ...         yield "slope", self.slope
    ...     def __call__(self, x):
    ...         return self.slope * x
    >>> result = check_model(Line(), lambda y, t: ((y - t) ** 2).mean(), np.ones(3), np.zeros(3))
    >>> bool(result), [row.name for row in result.rows]
    (True, ['slope', 'input 0'])
    """
    subject = type(model).__name__
    if not callable(getattr(model, "named_parameters", None)):
        raise TypeError(
            f"check_model needs a model with named_parameters(), as an nn.Module has, not {subject}; for a plain "
            "function use gradcheck"
        )
    if len(batch) < 2:
        raise TypeError(
            f"check_model(model, loss_fn, *batch) needs the inputs and the target, and got {len(batch)} array(s); "
            "write check_model(model, loss_fn, x, y)"
        )
    model = copy.deepcopy(model)
    *inputs, target = batch
    converted = any(x.dtype != np.float64 for x in inputs if is_floating(x) and not isinstance(x, float))
    variables: Variables = {}
    for name, parameter in model.named_parameters():
        converted |= parameter.dtype != np.float64
        _to_float64(parameter)
        if parameter.requires_grad:
            variables[name] = parameter
    leaves = {i: Tensor(x, requires_grad=True, dtype=np.float64) for i, x in enumerate(inputs) if is_floating(x)}
    variables |= {f"input {i}": leaf for i, leaf in leaves.items()}
    if not variables:
        raise TypeError(
            f"nothing in {subject} requires a gradient: all its parameters are frozen (requires_grad=False), and no "
            "input is of floating point numbers"
        )

    def evaluate() -> Any:
        return loss_fn(model(*(alias(leaves[i]) if i in leaves else x for i, x in enumerate(inputs))), target)

    return compare(
        subject,
        evaluate,
        variables,
        samples=samples,
        step=step,
        rtol=rtol,
        atol=atol,
        rng=generator(rng),
        converted=converted,
        raise_exception=raise_exception,
    )


def _to_float64(parameter: Tensor) -> None:
    """Give a parameter of the copy double precision: it begins anew as a leaf, wherever the model keeps it."""
    wanted = parameter.requires_grad
    parameter.requires_grad_(False)
    parameter._data = parameter._data.astype(np.float64)
    parameter.requires_grad_(wanted)
