"""Batch normalisation as layers, with learned γ and β, and the running statistics."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor

from . import functional as F
from .functional import options
from .functional.channel_normalisation import refuse_single
from .module import Module
from .parameter import Parameter


class _BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share: all but the shapes that they take."""

    taken: ClassVar[dict[int, str]] = {}  # number of axes → what follows C in the shape
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: DTypeLike = np.float32,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        kind = type(self).__name__
        options.sizes(kind, num_features=num_features)
        options.dtypes(dtype)
        options.numbers(kind, least=0, eps=eps)
        options.flags(kind, affine=affine, track_running_stats=track_running_stats, bias=bias)
        if momentum is not None:
            weight = "the weight of a new value in the running one (or None: all batches count alike)"
            options.parts(kind, weight, momentum=momentum)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = Parameter(np.ones(num_features), dtype=dtype) if affine else None
        self.bias = Parameter(np.zeros(num_features), dtype=dtype) if affine and bias else None
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if track_running_stats else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.asarray(0, np.int64) if track_running_stats else None)

    def forward(self, x: Tensor) -> Tensor:
        """Return γ (x − μ)/√(σ² + ε) + β, of the shape of x; in training, update the running statistics."""
        shape = np.shape(x)
        self._refuse_shape(shape)
        follow = self.training and self.track_running_stats
        by_batch = self.training or not self.track_running_stats
        if by_batch:
            refuse_single(self._described, shape)
        running = self.running_mean, self.running_var
        momentum = self._weight_of_next() if follow else 0.0
        y = F.batch_norm(x, *running, self.weight, self.bias, by_batch, momentum, self.eps)
        if follow:
            self.num_batches_tracked += 1
        return y

    def _weight_of_next(self) -> float:
        """Return how much the next batch counts in the running statistics."""
        return 1 / (self.num_batches_tracked.item() + 1) if self.momentum is None else self.momentum

    def reset_running_stats(self) -> None:
        """Forget the running statistics: mean 0, variance 1, no batch counted.

        With ``momentum=None`` a pass over the training data in training mode then refreshes them: they are the averages
        over all of its batches, for the weights as they are.
        """
        if self.track_running_stats:
            self.running_mean = np.zeros_like(self.running_mean)
            self.running_var = np.ones_like(self.running_var)
            self.num_batches_tracked = np.zeros_like(self.num_batches_tracked)

    def _refuse_shape(self, shape: tuple[int, ...]) -> None:
        if len(shape) not in self.taken or shape[1] != self.num_features:
            taken = " or ".join(f"(N, {self.num_features}{rest})" for rest in self.taken.values())
            raise ValueError(f"{self._described()} takes x of shape {taken}, but x has shape {shape}")

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 2 for each element (scale and shift), 6 with the statistics of the batch."""
        return math.prod(input_shape) * (6 if self.training or not self.track_running_stats else 2)

    def extra_repr(self) -> str:
        """Return the options."""
        bias = ", bias=False" if self.affine and self.bias is None else ""
        return (
            f"num_features={self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}{bias}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Normalise each feature over the batch: y = γ (x − μ)/√(σ² + ε) + β. See :func:`nn.functional.batch_norm`.

    In training μ and σ² are those of the batch, and running averages follow them; in evaluation they are the running
    averages. The layer stands after a linear one and before the non-linearity.

    Parameters
    ----------
    num_features : int
        C, the number of features.
    eps : float, default 1e-5
        ε, which keeps the quotient finite.
    momentum : float or None, default 0.1
        running ← (1 − momentum)·running + momentum·new. None: the running statistics are the averages over all batches
        since they were reset.
    affine : bool, default True
        Whether γ and β are there, and learned.
    track_running_stats : bool, default True
        False: there are no running statistics, and evaluation too takes those of the batch.
    dtype : data-type, default float32
        Of the parameters and the running statistics.
    bias : bool, default True
        Whether β is there.

    Attributes
    ----------
    weight, bias : Parameter of shape (num_features,), or None
        γ, at first 1, and β, at first 0.
    running_mean, running_var : array of shape (num_features,), or None
        The running statistics, buffers; the variance is the unbiased one.
    num_batches_tracked : array of shape (), or None
        How many batches they have followed.

    Raises
    ------
    ValueError
        If there is no feature, or `momentum` is not from 0 to 1.

    References
    ----------
    Ioffe & Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift"
    (2015).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.BatchNorm1d(2)
    >>> layer(np.array([[1.0, 10.0], [3.0, 30.0]], dtype=np.float32)).data.round(3)
    array([[-1., -1.],
           [ 1.,  1.]], dtype=float32)
    >>> layer.running_mean
    array([0.2, 2. ], dtype=float32)
    """

    taken: ClassVar = {2: "", 3: ", L"}


class BatchNorm2d(_BatchNorm):
    """Normalise each feature map over the batch and its pixels: :class:`BatchNorm1d` for images.

    Every map has one mean and one variance, over all examples and places; the layer stands after a convolution and
    before the non-linearity.

    Parameters
    ----------
    num_features : int
        C, the number of feature maps.
    eps : float, default 1e-5
        ε, which keeps the quotient finite.
    momentum : float or None, default 0.1
        As in :class:`BatchNorm1d`.
    affine : bool, default True
        Whether γ and β are there, and learned.
    track_running_stats : bool, default True
        As in :class:`BatchNorm1d`.
    dtype : data-type, default float32
        Of the parameters and the running statistics.
    bias : bool, default True
        Whether β is there.

    Attributes
    ----------
    weight, bias : Parameter of shape (num_features,), or None
        γ, at first 1, and β, at first 0.
    running_mean, running_var : array of shape (num_features,), or None
        The running statistics, buffers; the variance is the unbiased one.
    num_batches_tracked : array of shape (), or None
        How many batches they have followed.

    Raises
    ------
    ValueError
        If there is no feature map, or `momentum` is not from 0 to 1.

    References
    ----------
    Ioffe & Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift"
    (2015).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.BatchNorm2d(3)
    >>> layer(np.ones((4, 3, 8, 8), dtype=np.float32)).shape
    (4, 3, 8, 8)
    """

    taken: ClassVar = {4: ", H, W"}
