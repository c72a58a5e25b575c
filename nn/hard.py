"""Piecewise linear stand-ins for the smooth non-linearities, as layers."""

from __future__ import annotations

from autograd import Tensor

from . import functional as F
from .functional import options
from .functional.hard import refuse_range
from .pointwise import Pointwise


class Hardtanh(Pointwise):
    """Limits to a range, x between `min_val` and `max_val`: see :func:`nn.functional.hardtanh`.

    Parameters
    ----------
    min_val, max_val : float, default −1.0, 1.0
        The range.

    Raises
    ------
    ValueError
        If the range is empty.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Hardtanh()(np.array([-2.0, 0.5, 2.0]))
    array([-1. ,  0.5,  1. ])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        options.numbers("Hardtanh", min_val=min_val, max_val=max_val)
        refuse_range(min_val, max_val)
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Tensor) -> Tensor:
        """Return x within the range, of the shape of x."""
        return F.hardtanh(x, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class ReLU6(Pointwise):
    """The rectifier that ends at 6, min(max(x, 0), 6): see :func:`nn.functional.relu6`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.ReLU6()(np.array([-1.0, 3.0, 8.0]))
    array([0., 3., 6.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return min(max(x, 0), 6), of the shape of x."""
        return F.relu6(x)


class Hardsigmoid(Pointwise):
    """A straight line for the logistic function, x/6 + ½ limited to 0 and 1: see :func:`nn.functional.hardsigmoid`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Hardsigmoid()(np.array([-3.0, 0.0, 10.0]))
    array([0. , 0.5, 1. ])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x/6 + ½ limited to 0 and 1, of the shape of x."""
        return F.hardsigmoid(x)


class Hardswish(Pointwise):
    """A stand-in for x·σ(x), x·hardsigmoid(x): see :func:`nn.functional.hardswish`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Hardswish()(np.array([0.0, 3.0, 10.0]))
    array([ 0.,  3., 10.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x·hardsigmoid(x), of the shape of x."""
        return F.hardswish(x)
