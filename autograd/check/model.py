"""check_model: the gradient check of a model with its loss, parameter by parameter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..backward import gradients
from ..graph import enable_grad
from ..random import Rng, generator
from ..rules.elementwise import alias
from ..tensor import Tensor
from .before import overlaps, refuse_elsewhere
from .compare import IN_FLOAT64, Subject, compare
from .function import is_floating
from .generators import Replay
from .result import CheckResult

BESIDE = 1e-3  # a gradient is measured by this part of the greatest one, if it is itself smaller: it may be zero


def check_model(
    model: Any,
    loss_fn: Callable[..., Any],
    *batch: Any,
    order: int = 1,
    raise_exception: bool = False,
    rng: Rng = 0,
) -> CheckResult:
    """Compare the gradients of a model's loss with measured ones, for each parameter and floating point input.

    The loss is ``loss_fn(model(*batch[:-1]), batch[-1])``. A deep copy of the model is checked, with its parameters in
    float64; the model itself stays as it is, in its mode, with its gradients, its generators and its running
    statistics. How an entry is judged, :func:`autograd.gradcheck` says.

    Parameters
    ----------
    model : Module
        Callable, with ``named_parameters()``. Parameters that require no gradient are held constant. Dropout drops the
        same units in every run.
    loss_fn : callable
        Takes the model's output and the target, returns a Tensor.
    *batch : array_like or Tensor
        The inputs of the model, and the target last, as ``check_model(model, loss_fn, x, y)``.
    order : {1, 2}, default 1
        2: the gradient of the gradient is checked as well.
    raise_exception : bool, default False
        Raise if a parameter or an input fails.
    rng : Generator, int or None, default 0
        Draws weights and directions; the same every time unless you say otherwise.

    Returns
    -------
    CheckResult
        True unless a row failed; a row for each parameter, by its name, and for each floating point input. Of a model
        in lower precision each row has the gap: how far the gradient in that precision is from the one in float64.

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
    name = type(model).__name__
    if not callable(getattr(model, "named_parameters", None)):
        raise TypeError(
            f"check_model needs a model with named_parameters(), as an nn.Module has, not {name}; for a plain "
            "function use gradcheck"
        )
    if len(batch) < 2:
        raise TypeError(
            f"check_model(model, loss_fn, *batch) needs the inputs and the target, and got {len(batch)} array(s); "
            "write check_model(model, loss_fn, x, y)"
        )
    *inputs, target = batch
    values = dict(model.named_parameters())
    refuse_elsewhere(name, values | {f"input {i}": x for i, x in enumerate(inputs)} | {"target": target})
    single, model = (copy.deepcopy((model, loss_fn)) for _ in range(2))  # together: they may share parameters
    model, loss_fn = model
    if callable(getattr(model, "double", None)):
        model.double()  # the running statistics too
    for _, parameter in model.named_parameters():
        _to_float64(parameter)
    leaves = {key: parameter for key, parameter in model.named_parameters() if parameter.requires_grad}
    moved = {i: Tensor(x, requires_grad=True, dtype=np.float64) for i, x in enumerate(inputs) if is_floating(x)}
    leaves |= {f"input {i}": leaf for i, leaf in moved.items()}
    if not leaves:
        raise TypeError(
            f"nothing in {name} requires a gradient: all its parameters are frozen (requires_grad=False), and no "
            "input is of floating point numbers"
        )

    def run() -> Any:
        return loss_fn(model(*(alias(moved[i]) if i in moved else x for i, x in enumerate(inputs))), target)

    given = {f"input {i}": x for i, x in enumerate(inputs)} | {"target": target}
    notes = overlaps(given)
    gaps = _gaps(single, inputs, target, leaves, run)
    if gaps or any(is_floating(x) and getattr(x, "dtype", np.float64) != np.float64 for x in inputs):
        notes.append(IN_FLOAT64)
    constants = {key: x for key, x in given.items() if isinstance(x, np.ndarray) and key not in leaves}
    subject = Subject(name, run, leaves, constants, (model, loss_fn), tuple(notes))
    result = compare(subject, order, generator(rng), False)
    result = replace(result, rows=tuple(replace(row, gap=gaps.get(row.name)) for row in result.rows))
    if raise_exception:
        result.raise_if_failed()
    return result


def _to_float64(parameter: Tensor) -> None:
    """Give a parameter of the copy double precision: it begins anew as a leaf, wherever the model keeps it."""
    wanted = parameter.requires_grad
    parameter.requires_grad_(False)
    parameter._data = parameter._data.astype(np.float64)
    if wanted:
        parameter._begin()


def _gaps(
    single: tuple[Any, Callable[..., Any]],
    inputs: list[Any],
    target: Any,
    leaves: dict[str, Tensor],
    run: Callable[[], Any],
) -> dict[str, float]:
    """Return for each parameter of lower precision how far its gradient is from that in float64.

    That is relative to the greatest element. Both runs begin with the same random numbers.
    """
    model, loss_fn = single
    own = {key: p for key, p in model.named_parameters() if p.requires_grad and p.dtype != np.float64}
    if not own:
        return {}
    dtype = next(iter(own.values())).dtype
    given = [x.astype(dtype) if is_floating(x) and not isinstance(x, float) else x for x in inputs]
    goal = target.astype(dtype) if is_floating(target) and not isinstance(target, float) else target
    low = _gradients(lambda: loss_fn(model(*given), goal), list(own.values()), single)
    high = _gradients(run, [leaves[key] for key in own], (run,))
    sizes = {key: float(np.max(abs(h), initial=0.0)) for key, h in zip(own, high, strict=True) if h is not None}
    least = BESIDE * max(sizes.values(), default=0.0)
    with np.errstate(all="ignore"):
        found = {
            key: float(np.max(abs(g - h), initial=0.0) / max(sizes[key], least, 1e-300))
            for key, g, h in zip(own, low, high, strict=True)
            if g is not None and h is not None
        }
    return {key: gap for key, gap in found.items() if np.isfinite(gap)}


def _gradients(run: Callable[[], Any], leaves: list[Tensor], sources: tuple[Any, ...]) -> list[Any]:
    """Return the gradients of the sum of a loss; generators are put back afterwards."""
    replay = Replay(*sources)
    try:
        with enable_grad(), np.errstate(all="ignore"):
            loss = run()
            if not isinstance(loss, Tensor) or not loss.requires_grad:
                return [None] * len(leaves)
            return gradients([loss], leaves, [np.ones_like(loss._data)])
    finally:
        replay.rewind()
