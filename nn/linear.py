"""Layers that multiply by a matrix."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .module import Module
from .parameter import Parameter


class Linear(Module):
    """The fully connected layer: y = x Wᵀ + b.

    Parameters
    ----------
    in_features : int
        Length of the last axis of x.
    out_features : int
        Length of the last axis of y.
    bias : bool, default True
        Whether b is added.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (out_features, in_features)
        W, at first uniform on ±1/√in_features.
    bias : Parameter of shape (out_features,), or None
        b, at first from the same distribution.

    Raises
    ------
    ValueError
        If a number of features is no whole number from 1 on, or `bias` is neither True nor False.

    Notes
    -----
    The initial distribution is PyTorch's, after LeCun, Bottou, Orr & Müller, "Efficient BackProp" (1998): the variance
    is 1/(3·in_features).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Linear(3, 2, rng=0)
    >>> layer(np.ones((5, 3), dtype=np.float32)).shape
    (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        options.sizes("Linear", in_features=in_features, out_features=out_features)
        options.flags("Linear", bias=bias)
        self.in_features = in_features
        self.out_features = out_features
        rng = generator(rng)
        bound = in_features**-0.5
        self.weight = Parameter(rng.uniform(-bound, bound, (out_features, in_features)), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, out_features), dtype=dtype) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Return x Wᵀ + b: shape (…, in_features) → (…, out_features)."""
        return F.linear(x, self.weight, self.bias)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass."""
        return math.prod(output_shape) * (2 * self.in_features + (self.bias is not None))

    def extra_repr(self) -> str:
        """Return the options."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
