"""Non-linearities as layers, for :class:`nn.Sequential`; in a ``forward`` those of ``nn.functional`` do as well."""

from __future__ import annotations

from autograd import Tensor

from . import functional as F
from .module import Module


class ReLU(Module):
    """The rectifier max(x, 0), element by element: see :func:`nn.functional.relu`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.ReLU()(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0), of the shape of x."""
        return F.relu(x)


class Tanh(Module):
    """The hyperbolic tangent, element by element: see :func:`nn.functional.tanh`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Tanh()(np.array([-20.0, 0.0, 20.0]))
    array([-1.,  0.,  1.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh x, of the shape of x."""
        return F.tanh(x)
