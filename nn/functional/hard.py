"""Piecewise linear stand-ins for the smooth non-linearities, which cost no exponential.

Convention for the slope at a corner: that of the flat side; where neither is flat, at the corners of hardswish, that of
the outer side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand


@primitive(
    name="hardtanh",
    x=lambda g, ans, min_val, max_val: g * ((ans > min_val) & (ans < max_val)),
)
def _hardtanh(x: Any, min_val: float, max_val: float) -> Any:
    return np.clip(x, min_val, max_val)


def hardtanh(x: Operand, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Limit to a range: x between `min_val` and `max_val`, the nearer of the two elsewhere. The slope at both is 0.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.
    min_val, max_val : float, default −1.0, 1.0
        The range.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If the range is empty.

    References
    ----------
    Collobert, "Large scale machine learning" (2004).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import hardtanh
    >>> hardtanh(np.array([-2.0, 0.5, 2.0]))
    array([-1. ,  0.5,  1. ])
    """
    refuse_range(min_val, max_val)
    return _hardtanh(x, min_val, max_val)


def refuse_range(min_val: float, max_val: float) -> None:
    """Raise ValueError unless there is something between the two."""
    if not min_val < max_val:
        raise ValueError(f"hardtanh: min_val must be less than max_val, but they are {min_val} and {max_val}")


def relu6(x: Operand) -> Tensor:
    """Rectify, up to 6: min(max(x, 0), 6). The slope at 0 and at 6 is 0.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    References
    ----------
    Krizhevsky, "Convolutional deep belief networks on CIFAR-10" (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import relu6
    >>> relu6(np.array([-1.0, 3.0, 8.0]))
    array([0., 3., 6.])
    """
    return _hardtanh(x, 0.0, 6.0)


def _rising(x: Any, dtype: Any) -> Any:
    """Return 1 where hardsigmoid has its slope of 1/6, and 0 elsewhere."""
    return np.less(np.abs(x), 3).astype(dtype)


@primitive(name="hardsigmoid", x=lambda g, x: _rising(x, g.dtype) * g / 6)
def _hardsigmoid(x: Any) -> Any:
    return np.clip(x + 3.0, 0.0, 6.0) / 6


def hardsigmoid(x: Operand) -> Tensor:
    """Straight line in the place of the logistic function: x/6 + ½, limited to 0 and 1. The slope at ±3 is 0.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    References
    ----------
    Howard et al., "Searching for MobileNetV3" (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import hardsigmoid
    >>> hardsigmoid(np.array([-3.0, 0.0, 10.0]))
    array([0. , 0.5, 1. ])
    """
    return _hardsigmoid(x)


def _pull_hardswish(g: Any, x: Any) -> Any:
    """Return g · (hardsigmoid(x) + x/6 on the rise), which is a number also where x is infinite."""
    limited = _hardtanh(x, -3.0, 3.0)
    return (_rising(x, g.dtype) * limited + limited + 3.0) * g / 6


@primitive(name="hardswish", x=_pull_hardswish)
def _hardswish(x: Any) -> Any:
    return np.clip(x + 3.0, 0.0, 6.0) * x / 6


def hardswish(x: Operand) -> Tensor:
    """Stand-in for x·σ(x): x·hardsigmoid(x). The slope at −3 is 0, and at 3 it is 1.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    References
    ----------
    Howard et al., "Searching for MobileNetV3" (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import hardswish
    >>> hardswish(np.array([-3.0, 0.0, 3.0, 10.0]))
    array([-0.,  0.,  3., 10.])
    """
    return _hardswish(x)
