"""Penalties R(W) on the parameters of a model: the second part of the full loss L = (1/N)ΣLᵢ + λR(W).

Each takes a model, and then by default its weights, those parameters that have two axes or more: not the biases, nor
the gains of normalisation layers. Or it takes parameters themselves, and then all of them. The penalty of each is added
up; λ is the caller's. Added to the loss, a penalty has its part in every optimiser's gradient; an optimiser's own
``weight_decay`` is another thing wherever gradients are rescaled, as in Adam.

Convention: where a penalty has a corner, |w| at 0 and ‖w‖ at 0, its gradient is 0.

>>> import numpy as np, nn
>>> net = nn.Sequential(nn.Linear(4, 8, rng=0), nn.ReLU(), nn.Linear(8, 3, rng=1))
>>> x, y = np.ones((5, 4), dtype=np.float32), [0, 1, 2, 0, 1]
>>> loss = nn.functional.cross_entropy(net(x), y) + 1e-3 * nn.penalties.l2(net)
>>> loss.backward()
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor

from .functional import options
from .module import Module
from .parameter import Parameter

__all__ = [
    "elastic",
    "group_lasso",
    "l1",
    "l2",
    "weights_only",
]

Select: TypeAlias = Callable[[str, Parameter], bool]
Penalised: TypeAlias = Module | Iterable[Tensor]


def weights_only(name: str, parameter: Parameter) -> bool:
    """Say whether a parameter is a weight: whether it has two axes or more.

    Parameters
    ----------
    name : str
        Its path in the model.
    parameter : Parameter
        The parameter.

    Returns
    -------
    bool

    Examples
    --------
    >>> import nn
    >>> [name for name, p in nn.Linear(3, 2).named_parameters() if nn.penalties.weights_only(name, p)]
    ['weight']
    """
    return parameter.ndim >= 2


def l2(model: Penalised, select: Select | None = None) -> Tensor:
    """Sum of squares, ΣW²: of two weights that say the same it prefers the one that is spread out.

    Parameters
    ----------
    model : Module, or iterable of Tensors
        What is penalised: a model, or parameters.
    select : callable of (name, parameter) → bool, optional
        Which parameters of a model. Default: :func:`weights_only`.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    TypeError
        If `model` is neither, or `select` is given with parameters.
    ValueError
        If nothing is selected.

    Notes
    -----
    There is no ½: the gradient is 2W, and an optimiser's ``weight_decay`` of 2λ is the same as λ times this.

    References
    ----------
    Hoerl & Kennard, "Ridge regression: biased estimation for nonorthogonal problems" (1970); Krogh & Hertz, "A simple
    weight decay can improve generalization" (1991).

    Examples
    --------
    >>> import nn
    >>> [nn.penalties.l2([nn.Parameter(w)]).item() for w in ([1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25])]
    [1.0, 0.25]
    """
    return _total(np.square(p).sum() for p in _selected(model, select))


def l1(model: Penalised, select: Select | None = None) -> Tensor:
    """Sum of absolute values, Σ|W|: it pulls every weight by the same amount, and so brings many to 0.

    Parameters
    ----------
    model : Module, or iterable of Tensors
        What is penalised: a model, or parameters.
    select : callable of (name, parameter) → bool, optional
        Which parameters of a model. Default: :func:`weights_only`.

    Returns
    -------
    Tensor of shape ()
        Its gradient is the sign of W, which is 0 at 0.

    Raises
    ------
    TypeError
        If `model` is neither, or `select` is given with parameters.
    ValueError
        If nothing is selected.

    References
    ----------
    Tibshirani, "Regression shrinkage and selection via the lasso" (1996).

    Examples
    --------
    >>> import nn
    >>> [nn.penalties.l1([nn.Parameter(w)]).item() for w in ([1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25])]
    [1.0, 1.0]
    """
    return _total(np.abs(p).sum() for p in _selected(model, select))


def elastic(model: Penalised, beta: float = 1.0, select: Select | None = None) -> Tensor:
    """Both together, Σ(βW² + |W|): sparse as with L1, and alike for inputs that are alike as with L2.

    Parameters
    ----------
    model : Module, or iterable of Tensors
        What is penalised: a model, or parameters.
    beta : float, default 1.0
        β: how much the squares count, beside the absolute values.
    select : callable of (name, parameter) → bool, optional
        Which parameters of a model. Default: :func:`weights_only`.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    TypeError
        If `model` is neither, or `select` is given with parameters.
    ValueError
        If nothing is selected, or beta is below 0.

    References
    ----------
    Zou & Hastie, "Regularization and variable selection via the elastic net" (2005).

    Examples
    --------
    >>> import nn
    >>> nn.penalties.elastic([nn.Parameter([-0.5, 1.0])], beta=2.0).item()
    4.0
    """
    options.numbers("elastic", least=0, beta=beta)
    parameters = _selected(model, select)
    return beta * l2(parameters) + l1(parameters)


def group_lasso(model: Penalised, axis: int = 0, select: Select | None = None) -> Tensor:
    """Sum of the norms of groups, Σ √n‖w_g‖ over groups of n weights: it brings whole groups to 0.

    Parameters
    ----------
    model : Module, or iterable of Tensors
        What is penalised: a model, or parameters.
    axis : int, default 0
        A group is what has the same place along it. 0: a row of a weight, all that goes into one unit (or one channel
        of a convolution); 1: a column, all that one input gives.
    select : callable of (name, parameter) → bool, optional
        Which parameters of a model. Default: :func:`weights_only`.

    Returns
    -------
    Tensor of shape ()
        The gradient of the norm of a group of zeros is 0.

    Raises
    ------
    TypeError
        If `model` is neither, or `select` is given with parameters.
    ValueError
        If nothing is selected, or a parameter has no such axis.

    References
    ----------
    Yuan & Lin, "Model selection and estimation in regression with grouped variables" (2006).

    Examples
    --------
    >>> import nn
    >>> nn.penalties.group_lasso([nn.Parameter([[3.0, 4.0], [0.0, 0.0]])]).round(4).item()  # √2·5
    7.0711
    """
    return _total(_norms(p, axis) for p in _selected(model, select))


def _norms(parameter: Tensor, axis: int) -> Tensor:
    """Return √n times the sum of the norms of what has the same place along `axis`."""
    if not -parameter.ndim <= axis < parameter.ndim:
        name = f"the parameter {parameter.name!r}" if parameter.name else "a parameter"
        raise ValueError(f"group_lasso: {name} has shape {parameter.shape}, without an axis {axis} to group along")
    axis %= parameter.ndim
    groups = parameter.shape[axis]
    n = parameter.size // max(groups, 1)
    rest = (axis, *(i for i in range(parameter.ndim) if i != axis))
    norms = np.linalg.norm(parameter.transpose(rest).reshape(groups, n), axis=1)
    return math.sqrt(n) * norms.sum()


def _selected(model: Penalised, select: Select | None) -> list[Any]:
    """Return the parameters to penalise."""
    if isinstance(model, Module):
        wanted = select or weights_only
        named = list(model.named_parameters())
        chosen = [parameter for name, parameter in named if wanted(name, parameter)]
        if not chosen:
            names = ", ".join(name for name, _ in named) or "none"
            raise ValueError(
                f"no parameter of {type(model).__name__} was selected for the penalty, of: {names}; by default weights "
                "are, which have two axes or more, others by select=lambda name, parameter: …"
            )
        return chosen
    if isinstance(model, Tensor) or not isinstance(model, Iterable):
        raise TypeError(
            f"a penalty is of a model, or of a list of parameters, not of a {type(model).__name__}; put a single "
            "parameter into a list"
        )
    if select is not None:
        raise TypeError("select chooses among the parameters of a model; of a list of parameters all are penalised")
    found = list(model)
    if strange := [type(p).__name__ for p in found if not isinstance(p, Tensor)]:
        raise TypeError(f"a penalty is of parameters, and there is a {strange[0]} among them")
    if not found:
        raise ValueError("there is no parameter to penalise: the list is empty")
    return found


def _total(penalties: Iterable[Tensor]) -> Tensor:
    first, *others = penalties
    for penalty in others:
        first = first + penalty
    return first
