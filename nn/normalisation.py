"""Normalisation of each example as layers, with learned γ and β."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.arrays import plain

from . import functional as F
from .functional import options
from .functional.normalisation import as_shape, refuse_features
from .module import Module
from .parameter import Parameter


class LayerNorm(Module):
    """Normalise each example over its features: y = γ (x − μ)/√(σ² + ε) + β. See :func:`nn.functional.layer_norm`.

    Parameters
    ----------
    normalized_shape : int or sequence of ints
        The lengths of the last axes, over which μ and σ² are taken.
    eps : float, default 1e-5
        ε, which keeps the quotient finite.
    elementwise_affine : bool, default True
        Whether γ and β are there, and learned.
    bias : bool, default True
        Whether β is.
    dtype : data-type, default float32
        Of the parameters.

    Attributes
    ----------
    weight, bias : Parameter of shape `normalized_shape`, or None
        γ, at first 1, and β, at first 0.

    Raises
    ------
    ValueError
        If a length is not positive.

    References
    ----------
    Ba, Kiros & Hinton, "Layer normalization" (2016).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.LayerNorm(2)(np.array([[1.0, 3.0], [10.0, 30.0]], dtype=np.float32)).data.round(3)
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        options.numbers("LayerNorm", least=0, eps=eps)
        options.flags("LayerNorm", elementwise_affine=elementwise_affine, bias=bias)
        self.normalized_shape = _positive(as_shape(normalized_shape), "LayerNorm")
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape), dtype=dtype) if elementwise_affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape), dtype=dtype) if elementwise_affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Return γ (x − μ)/√(σ² + ε) + β, of the shape of x."""
        refuse_features(self._described, np.shape(x), self.normalized_shape)
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 5 for each element (mean, difference, variance, quotient), one more for γ and one for β."""
        return math.prod(input_shape) * (5 + (self.weight is not None) + (self.bias is not None))

    def extra_repr(self) -> str:
        """Return the options."""
        bias = ", bias=False" if self.elementwise_affine and self.bias is None else ""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}{bias}"


class RMSNorm(Module):
    """Divide each example by the root mean square of its features. See :func:`nn.functional.rms_norm`.

    Parameters
    ----------
    normalized_shape : int or sequence of ints
        The lengths of the last axes, over which the mean is taken.
    eps : float, optional
        ε, which keeps the quotient finite. Default: the distance from 1 to the next number of x's dtype.
    elementwise_affine : bool, default True
        Whether γ is there, and learned.
    dtype : data-type, default float32
        Of the parameter.

    Attributes
    ----------
    weight : Parameter of shape `normalized_shape`, or None
        γ, at first 1.

    Raises
    ------
    ValueError
        If a length is not positive.

    References
    ----------
    Zhang & Sennrich, "Root mean square layer normalization" (2019).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.RMSNorm(2)(np.array([[6.0, 8.0]], dtype=np.float32)).data.round(3)
    array([[0.849, 1.131]], dtype=float32)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        if eps is not None:
            options.numbers("RMSNorm", least=0, eps=eps)
        options.flags("RMSNorm", elementwise_affine=elementwise_affine)
        self.normalized_shape = _positive(as_shape(normalized_shape), "RMSNorm")
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape), dtype=dtype) if elementwise_affine else None

    def forward(self, x: Tensor) -> Tensor:
        """Return γ x/√(mean(x²) + ε), of the shape of x."""
        refuse_features(self._described, np.shape(x), self.normalized_shape)
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 3 for each element (mean of squares, quotient), and one more for γ."""
        return math.prod(input_shape) * (3 + (self.weight is not None))

    def extra_repr(self) -> str:
        """Return the options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Normalise each example over groups of its channels. See :func:`nn.functional.group_norm`.

    Parameters
    ----------
    num_groups : int
        Into how many groups the channels are divided; each has one μ and one σ² in each example. 1 group is layer
        normalisation over all of an example, as many groups as channels are instance normalisation.
    num_channels : int
        C.
    eps : float, default 1e-5
        ε, which keeps the quotient finite.
    affine : bool, default True
        Whether γ and β are there, one for each channel, and learned.
    dtype : data-type, default float32
        Of the parameters.
    bias : bool, default True
        Whether β is.

    Attributes
    ----------
    weight, bias : Parameter of shape (num_channels,), or None
        γ, at first 1, and β, at first 0.

    Raises
    ------
    ValueError
        If the channels cannot be divided into so many groups.

    References
    ----------
    Wu & He, "Group normalization" (2018).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GroupNorm(2, 4)(np.array([[1.0, 3.0, 10.0, 30.0]], dtype=np.float32)).data.round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: DTypeLike = np.float32,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        options.sizes("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        options.numbers("GroupNorm", least=0, eps=eps)
        options.flags("GroupNorm", affine=affine, bias=bias)
        if num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_channels={num_channels} cannot be divided into num_groups={num_groups} equal groups"
            )
        self.num_groups = plain(num_groups)
        self.num_channels = plain(num_channels)
        self.eps = eps
        self.affine = affine
        self.weight = Parameter(np.ones(num_channels), dtype=dtype) if affine else None
        self.bias = Parameter(np.zeros(num_channels), dtype=dtype) if affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Return γ (x − μ)/√(σ² + ε) + β, of the shape of x."""
        shape = np.shape(x)
        if len(shape) < 2 or shape[1] != self.num_channels:
            channels = self.num_channels
            raise ValueError(
                f"{self._described()} takes x of shape (N, {channels}) or (N, {channels}, …), but x has shape {shape}"
            )
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 5 for each element (mean, difference, variance, scale), and one more for β."""
        return math.prod(input_shape) * (5 + (self.bias is not None))

    def extra_repr(self) -> str:
        """Return the options."""
        bias = ", bias=False" if self.affine and self.bias is None else ""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}{bias}"


def _positive(shape: tuple[int, ...], kind: str) -> tuple[int, ...]:
    if not shape or not all(options.is_whole(n) and n > 0 for n in shape):
        raise ValueError(f"{kind}: normalized_shape must be a whole number from 1 on, or several, not {shape}")
    return tuple(map(int, shape))
