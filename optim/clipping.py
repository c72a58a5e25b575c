"""Clipping: gradients made smaller before a step, so that a cliff in the loss does not throw the parameters away."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.arrays import as_array

from .options import is_number
from .parameters import called, listed


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients by one number, so that their norm, as one long vector, is at most `max_norm`.

    Where it is already, no bit of them changes; PyTorch scales by 1 − 2e−6 what just meets a `max_norm` of 0.5.

    Parameters
    ----------
    parameters : Tensor, or iterable of Tensor
        Whose ``grad`` are scaled, in place; those without a gradient are passed over.
    max_norm : float
        What the norm may be.
    norm_type : float, default 2
        p of the p-norm; ``math.inf`` for the largest element.
    error_if_nonfinite : bool, default False
        Raise if the norm is infinite or NaN. Otherwise the gradients become 0, or NaN.

    Returns
    -------
    float
        The norm before.

    Raises
    ------
    RuntimeError
        If `error_if_nonfinite`, and it is so; the message names the parameters. No gradient has been changed then.
    ValueError
        If `max_norm` is negative, `norm_type` not positive, or there are no parameters.

    References
    ----------
    Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks" (2013).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([3.0, 4.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.clip_grad_norm_([w], max_norm=1.0)
    10.0
    >>> w.grad.data.round(6)
    array([0.6, 0.8])
    """
    _refuse_negative(max_norm=max_norm)
    if not is_number(norm_type) or not norm_type > 0:
        raise ValueError(f"norm_type must be a number above 0, and is {norm_type!r}")
    params = _with_gradient(parameters, "clip_grad_norm_")
    norms = [_norm(as_array(p.grad), norm_type) for p in params]
    total = _norm(np.array(norms), norm_type)
    if error_if_nonfinite and not math.isfinite(total):
        bad = [called(p) for p, norm in zip(params, norms, strict=True) if not math.isfinite(norm)]
        raise RuntimeError(f"the norm of the gradients is {total}, because of {', '.join(bad) or 'their number'}")
    if not total <= max_norm:
        for parameter in params:
            _scale(parameter, max_norm / (total + 1e-6))  # PyTorch's 1e-6
    return total


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Bring each element of the gradients between −clip_value and clip_value, in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over.
    clip_value : float
        The greatest absolute value, not below 0.

    Raises
    ------
    ValueError
        If `clip_value` is negative, or there are no parameters.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([0.1, 4.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.clip_grad_value_([w], 1.0)
    >>> w.grad
    Tensor([0.2, 1. ])
    """
    _refuse_negative(clip_value=clip_value)
    for parameter in _with_gradient(parameters, "clip_grad_value_"):
        g = as_array(parameter.grad)
        _replace(parameter, np.clip(g, -clip_value, clip_value))


def clip_grad_adaptive_(parameters: Tensor | Iterable[Tensor], clipping: float = 0.01, eps: float = 1e-3) -> None:
    """Scale the gradient of each unit (a row of a weight) so that its norm is at most `clipping` times the unit's own.

    Parameters
    ----------
    parameters : Tensor, or iterable of Tensor
        Whose ``grad`` are scaled, in place. A vector or a number is one unit for each element.
    clipping : float, default 0.01
        λ: ‖G‖ ≤ λ max(‖W‖, ε).
    eps : float, default 1e−3
        ε, so that a unit of zeros can be trained.

    Raises
    ------
    ValueError
        If `clipping` or `eps` is negative, or there are no parameters.

    References
    ----------
    Brock, De, Smith & Simonyan, "High-performance large-scale image recognition without normalization" (2021).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([[3.0, 4.0], [0.0, 0.1]], requires_grad=True)
    >>> (w * 10.0).sum().backward()
    >>> optim.clip_grad_adaptive_([w], 0.1)
    >>> w.grad.data.round(4)
    array([[0.3536, 0.3536],
           [0.0071, 0.0071]])
    """
    _refuse_negative(clipping=clipping, eps=eps)
    for parameter in _with_gradient(parameters, "clip_grad_adaptive_"):
        g, most = as_array(parameter.grad), clipping * np.maximum(_unit_norms(parameter.data), eps)
        norms = _unit_norms(g)
        _replace(parameter, np.where(norms > most, g * (most / np.maximum(norms, 1e-6)), g))


# ---------------------------------------------------------------------------------------------------------- the helpers


def _with_gradient(parameters: Tensor | Iterable[Tensor], function: str) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else listed(parameters, function)
    for parameter in given:
        if not isinstance(parameter, Tensor):
            raise TypeError(
                f"{function} takes parameters, which are Tensors, and was given a {type(parameter).__name__}; write "
                "model.parameters()"
            )
    return [parameter for parameter in given if parameter.grad is not None]


def _refuse_negative(**numbers: Any) -> None:
    for name, number in numbers.items():
        if not is_number(number) or not number >= 0:
            raise ValueError(f"{name} must be a number that is not negative, and is {number!r}")


def _norm(g: Any, p: float) -> float:
    """Return the p-norm of all elements; large ones of single precision do not overflow."""
    if math.isinf(p):
        return _number(np.abs(g).max(initial=0))
    with np.errstate(over="ignore"):
        norm = math.sqrt(_number(np.vdot(g, g))) if p == 2 else _number((np.abs(g) ** p).sum() ** (1 / p))
    largest = _number(np.abs(g).max(initial=0)) if not math.isfinite(norm) else 0.0
    if math.isfinite(largest) and largest:
        return largest * _norm(g / largest, p)
    return norm


def _number(x: Any) -> float:
    """Return the number that NumPy, or an array without axes, holds."""
    return float(x.item())


def _unit_norms(x: Any) -> Any:
    """Return the norm of each unit: over all axes but the first."""
    if x.ndim < 2:
        return np.abs(x)
    return np.sqrt((x * x).sum(axis=tuple(range(1, x.ndim)), keepdims=True))


def _scale(parameter: Tensor, factor: float) -> None:
    _replace(parameter, as_array(parameter.grad) * factor)


def _replace(parameter: Tensor, values: Any) -> None:
    """Write the gradient in place: others may hold it. One with a graph of its own is replaced, and so is a number."""
    grad = parameter.grad
    array = grad._data if isinstance(grad, Tensor) else grad
    in_place = hasattr(array, "__array_function__") and not (isinstance(grad, Tensor) and grad.requires_grad)
    if in_place:
        array[...] = values  # type: ignore[index]
    else:
        parameter.grad = Tensor(values)
