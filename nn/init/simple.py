"""Initial values that do not look at the shape: constants, and one distribution for all elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.random import Rng, generator

from ..parameter import T, write
from .writing import shape_of


def constant_(tensor: T, val: float) -> T:
    """Write the same number everywhere.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor
        Of any shape.
    val : float
        The number.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    TypeError
        If it is no leaf Tensor of floating point numbers. (So do all initialisers.)

    Examples
    --------
    >>> import nn
    >>> layer = nn.Linear(3, 2)
    >>> nn.init.constant_(layer.bias, 0.1)
    Parameter([0.1, 0.1], dtype=float32, name='bias', requires_grad=True)
    """
    return write(tensor, np.full(shape_of(tensor, "constant_", val=val), val))


def zeros_(tensor: T) -> T:
    """Write 0 everywhere: the start of a bias.

    It is no start for the weights of a hidden layer: all its neurons would compute the same, get the same gradient, and
    stay the same for ever.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor
        Of any shape.

    Returns
    -------
    Tensor
        The same one.

    Examples
    --------
    >>> import nn
    >>> nn.init.zeros_(nn.Parameter([1.0, 2.0]))
    Parameter([0., 0.], requires_grad=True)
    """
    return write(tensor, np.zeros(shape_of(tensor, "zeros_")))


def ones_(tensor: T) -> T:
    """Write 1 everywhere: the start of the gain of a normalisation layer.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor
        Of any shape.

    Returns
    -------
    Tensor
        The same one.

    Examples
    --------
    >>> import nn
    >>> nn.init.ones_(nn.Parameter([0.0, 2.0]))
    Parameter([1., 1.], requires_grad=True)
    """
    return write(tensor, np.ones(shape_of(tensor, "ones_")))


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> T:
    """Draw from N(mean, std²). With std=0.01 these are the "small random numbers" of the course.

    Small random numbers do for small networks. In deep ones the activations shrink from layer to layer, and the
    gradients with them; large ones (std=1) saturate the units.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor
        Of any shape.
    mean : float, default 0
        The mean.
    std : float, default 1
        The standard deviation.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If `std` is negative.

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.normal_(nn.Linear(300, 200).weight, std=0.01, rng=0)
    >>> round(float(weight.data.std()), 3)
    0.01
    """
    shape = shape_of(tensor, "normal_", mean=mean, std=std)
    if not std >= 0:
        raise ValueError(f"normal_: a standard deviation is not negative, and std={std}")
    return write(tensor, generator(rng).normal(mean, std, shape))


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> T:
    """Draw uniformly from the interval from a to b.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor
        Of any shape.
    a, b : float, default 0 and 1
        The ends of the interval. The standard deviation is (b − a)/√12.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If `a` is greater than `b`.

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.uniform_(nn.Linear(300, 200).weight, -0.5, 0.5, rng=0)
    >>> bool(abs(weight.data).max() <= 0.5)
    True
    """
    shape = shape_of(tensor, "uniform_", a=a, b=b)
    _refuse_interval("uniform_", a, b)
    return write(tensor, generator(rng).uniform(a, b, shape))


def trunc_normal_(
    tensor: T, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, rng: Rng = None
) -> T:
    """Draw from N(mean, std²) under the condition that the number lies between a and b.

    The numbers are exactly so distributed, however improbable the interval is: nothing is clipped. Their standard
    deviation is less than `std`: 0.88·std for an interval of two of them on each side.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor
        Of any shape.
    mean, std : float, default 0 and 1
        Of the normal distribution that is truncated.
    a, b : float, default −2 and 2
        The ends of the interval, as values (not as multiples of std). They may be infinite.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If `std` is not positive, or `a` greater than `b`.

    References
    ----------
    Robert, "Simulation of truncated normal variables" (1995).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.trunc_normal_(nn.Linear(300, 200).weight, std=0.02, a=-0.04, b=0.04, rng=0)
    >>> bool(abs(weight.data).max() <= 0.04), round(float(weight.data.std()) / 0.02, 2)
    (True, 0.88)
    """
    shape = shape_of(tensor, "trunc_normal_", mean=mean, std=std, a=a, b=b)
    if not (math.isfinite(mean) and math.isfinite(std)):
        raise ValueError(f"trunc_normal_: mean and std are finite, and here they are {mean} and {std}")
    if not std > 0:
        raise ValueError(f"trunc_normal_: a standard deviation to truncate is positive, and std={std}")
    _refuse_interval("trunc_normal_", a, b)
    low, high = (a - mean) / std, (b - mean) / std
    if low == math.inf or high == -math.inf:
        raise ValueError(f"trunc_normal_: the normal distribution gives no number between a={a} and b={b}")
    standard = _truncated(generator(rng), math.prod(shape), low, high)
    return write(tensor, (mean + std * standard).clip(a, b).reshape(shape))  # rounding may have left the interval


def _refuse_interval(initialiser: str, a: float, b: float) -> None:
    if not a <= b:
        raise ValueError(f"{initialiser}: the interval goes from a to b, and a={a} is greater than b={b}")


def _truncated(rng: np.random.Generator, size: int, low: float, high: float) -> Any:
    """Return standard normal numbers between two bounds, by proposing and rejecting.

    Normal numbers are proposed where enough of them fall between the bounds. Elsewhere the density falls from `low` to
    `high`, or is nearly flat: an exponential, or uniform, proposal follows it closely.
    """
    if high < 0:
        return -_truncated(rng, size, -high, -low)
    common = math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)) > 0.5  # this is twice the probability
    found = np.empty(0)
    while found.size < size:
        n = size - found.size
        if common:
            x = rng.standard_normal(n)
            kept = x[(low <= x) & (x <= high)]
        elif low <= 0:
            x = rng.uniform(low, high, n)
            kept = x[rng.random(n) <= np.exp(-x * x / 2)]
        else:
            step = -np.log1p(rng.random(n) * math.expm1(-low * (high - low))) / low
            kept = low + step[rng.random(n) <= np.exp(-step * step / 2)]
        found = np.concatenate([found, kept])
    return found
