"""Rectifiers as layers, for :class:`nn.Sequential`; in a ``forward`` those of ``nn.functional`` do as well."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.arrays import plain
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .module import Module
from .parameter import Parameter
from .pointwise import Pointwise


class ReLU(Pointwise):
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


class LeakyReLU(Pointwise):
    """The rectifier that leaks, max(x, 0) + s·min(x, 0): see :func:`nn.functional.leaky_relu`.

    Parameters
    ----------
    negative_slope : float, default 0.01
        s.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.LeakyReLU(0.1)(np.array([-10.0, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        options.numbers("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0) + s·min(x, 0), of the shape of x."""
        return F.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"negative_slope={self.negative_slope}"


class PReLU(Pointwise):
    """The rectifier that learns its leak, max(x, 0) + a·min(x, 0): see :func:`nn.functional.prelu`.

    Parameters
    ----------
    num_parameters : int, default 1
        How many slopes there are: 1 for all channels, or as many as x has channels on axis 1.
    init : float, default 0.25
        The value of a at the start.
    dtype : data-type, default float32
        Of the parameter.

    Attributes
    ----------
    weight : Parameter of shape (num_parameters,)
        a. (Do not decay it: with a penalty on a it becomes the ReLU.)

    Raises
    ------
    ValueError
        If the number of slopes is not positive.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.PReLU()(np.array([-1.0, 2.0])).data
    array([-0.25,  2.  ])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: DTypeLike = np.float32) -> None:
        super().__init__()
        options.sizes("PReLU", num_parameters=num_parameters)
        options.numbers("PReLU", init=init)
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init), dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0) + a·min(x, 0), of the shape of x."""
        return F.prelu(x, self.weight)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"num_parameters={self.num_parameters}"


class ELU(Pointwise):
    """The exponential linear unit, x above 0, α(eˣ − 1) below: see :func:`nn.functional.elu`.

    Parameters
    ----------
    alpha : float, default 1.0
        α.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.ELU()(np.array([-100.0, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        options.numbers("ELU", alpha=alpha)
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Return x above 0 and α(eˣ − 1) below, of the shape of x."""
        return F.elu(x, self.alpha)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"alpha={self.alpha}"


class SELU(Pointwise):
    """The scaled exponential linear unit λ·elu(x, α): see :func:`nn.functional.selu`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.SELU()(np.array([-100.0, 0.0, 1.0])).round(4)
    array([-1.7581,  0.    ,  1.0507])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return λ·elu(x, α), of the shape of x."""
        return F.selu(x)


class Maxout(Module):
    """The greatest of k linear functions, max(W₁x + b₁, …, W_kx + b_k): see :func:`nn.functional.maxout`.

    It has k times the parameters of a :class:`nn.Linear`, and is its own non-linearity: with two pieces it can be that
    layer followed by a ReLU (W₂ = 0), or by a leaky ReLU (W₂ = s·W₁).

    Parameters
    ----------
    in_features : int
        Length of the last axis of x.
    out_features : int
        Length of the last axis of the result.
    pieces : int, default 2
        k.
    bias : bool, default True
        Whether the b are added.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (pieces·out_features, in_features)
        W₁ to W_k one below the other, at first uniform on ±1/√in_features.
    bias : Parameter of shape (pieces·out_features,), or None
        b₁ to b_k, at first from the same distribution.

    Raises
    ------
    ValueError
        If a number of features, or of pieces, is not positive.

    References
    ----------
    Goodfellow, Warde-Farley, Mirza, Courville & Bengio, "Maxout networks" (2013).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Maxout(3, 2, rng=0)
    >>> layer(np.ones((5, 3), dtype=np.float32)).shape
    (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        pieces: int = 2,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        options.sizes("Maxout", in_features=in_features, out_features=out_features, pieces=pieces)
        options.flags("Maxout", bias=bias)
        self.in_features = plain(in_features)
        self.out_features = plain(out_features)
        self.pieces = plain(pieces)
        rng = generator(rng)
        bound, rows = self.in_features**-0.5, self.pieces * self.out_features
        self.weight = Parameter(rng.uniform(-bound, bound, (rows, in_features)), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, rows), dtype=dtype) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Return the greatest of the Wᵢx + bᵢ: shape (…, in_features) → (…, out_features)."""
        return F.maxout(F.linear(x, self.weight, self.bias), self.pieces)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass: the linear functions, and comparisons."""
        piece = 2 * self.in_features + (self.bias is not None)
        return math.prod(output_shape) * (self.pieces * piece + self.pieces - 1)

    def extra_repr(self) -> str:
        """Return the options."""
        features = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{features}, pieces={self.pieces}, bias={self.bias is not None}"
