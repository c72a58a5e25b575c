"""Transposed convolutional layers, which make images and sequences larger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.random import Rng

from . import functional as F
from .convolution import Convolution
from .functional.convolution import refuse_output_padding
from .functional.windows import PerAxis, Window, per_axis, refuse_other_axes


class _Transposed(Convolution):
    """What ConvTranspose1d and ConvTranspose2d share."""

    transposed = True
    function: ClassVar[Any]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: PerAxis = 0,
        output_padding: PerAxis = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: PerAxis = 1,
        padding_mode: str = "zeros",
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        name = type(self).__name__
        if padding_mode != "zeros":
            raise ValueError(f"{name}: padding_mode can only be 'zeros', not {padding_mode!r}")
        padding = per_axis(name, "padding", padding, self.axes, 0)
        shape = (in_channels, out_channels, kernel_size)
        super().__init__(*shape, stride, padding, output_padding, dilation, groups, bias, padding_mode, dtype, rng)
        refuse_output_padding(name, self.output_padding, self.stride, self.dilation)

    def forward(self, x: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Return the transposed convolution: shape (N, in_channels, …) → (N, out_channels, …), or both without the N.

        Parameters
        ----------
        x : Tensor
            Of shape (N, in_channels, …), or (in_channels, …).
        output_size : sequence of int, optional
            The size that the result is to have, out of those that the stride leaves open. Default: what
            `output_padding` says.
        """
        more = self.output_padding if output_size is None else self._missing(x, output_size)
        return self.function(x, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _missing(self, x: Any, output_size: Sequence[int]) -> tuple[int, ...]:
        """Return the output padding with which the result has this size."""
        refuse_other_axes(self._described(), x, self.axes)
        least = Window(self.kernel_size, self.stride, self._widths, self.dilation).spread(np.shape(x)[-self.axes :])
        more = tuple(w - m for w, m in zip(tuple(output_size)[-self.axes :], least, strict=False))
        if len(output_size) not in (self.axes, np.ndim(x)) or any(
            not 0 <= m < s for m, s in zip(more, self.stride, strict=True)
        ):
            most = tuple(m + s - 1 for m, s in zip(least, self.stride, strict=True))
            raise ValueError(
                f"{self._described()}: of x of shape {np.shape(x)} comes an output of a size from {least} to {most}, "
                f"and output_size={tuple(output_size)} was asked for"
            )
        return more


class ConvTranspose1d(_Transposed):
    """Spread sequences out with learned kernels. See :func:`nn.functional.conv_transpose1d`.

    Parameters
    ----------
    in_channels : int
        Channels of x.
    out_channels : int
        Channels of y.
    kernel_size : int
        Length of the kernels.
    stride : int, default 1
        How far apart in the output the kernels of neighbouring elements are.
    padding : int, default 0
        How many elements of the output are cut off on each side.
    output_padding : int, default 0
        How many elements the output has more at its end. Less than the stride or the dilation.
    groups : int, default 1
        So many transposed convolutions side by side, each of its own share of the channels.
    bias : bool, default True
        Whether b is added.
    dilation : int, default 1
        How far apart in the output neighbouring elements of a kernel are.
    padding_mode : "zeros"
        No other.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (in_channels, out_channels / groups, kernel_size)
        The kernels, at first uniform on ±1/√n, n = out_channels / groups · kernel_size.
    bias : Parameter of shape (out_channels,), or None
        b, at first from the same distribution.

    Raises
    ------
    ValueError
        If an option is out of range, or the channels cannot be divided into the groups.

    References
    ----------
    Zeiler, Krishnan, Taylor & Fergus, "Deconvolutional networks" (2010).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.ConvTranspose1d(8, 4, 4, stride=2, padding=1, rng=0)(np.ones((5, 8, 10), dtype=np.float32)).shape
    (5, 4, 20)
    """

    axes = 1
    function = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_Transposed):
    """Spread images out with learned kernels. See :func:`nn.functional.conv_transpose2d`.

    It is the transpose of the linear map of a ``Conv2d`` with the same options, and takes images of the size that comes
    out of that one to the size that went in.

    Parameters
    ----------
    in_channels : int
        Channels of x.
    out_channels : int
        Channels of y.
    kernel_size : int or pair of ints
        Height and width of the kernels.
    stride : int or pair of ints, default 1
        How far apart in the output the kernels of neighbouring pixels are.
    padding : int or pair of ints, default 0
        How many rows and columns of the output are cut off on each side.
    output_padding : int or pair of ints, default 0
        How many rows and columns the output has more, below and on the right. Less than the stride or the dilation.
    groups : int, default 1
        So many transposed convolutions side by side, each of its own share of the channels.
    bias : bool, default True
        Whether b is added.
    dilation : int or pair of ints, default 1
        How far apart in the output neighbouring elements of a kernel are.
    padding_mode : "zeros"
        No other.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (in_channels, out_channels / groups, *kernel_size)
        The kernels, at first uniform on ±1/√n, where n is out_channels / groups times the elements of a kernel. (That
        is PyTorch's distribution; the fan-in proper has in_channels in the place of out_channels.)
    bias : Parameter of shape (out_channels,), or None
        b, at first from the same distribution.

    Raises
    ------
    ValueError
        If an option is out of range, or the channels cannot be divided into the groups.

    References
    ----------
    Zeiler, Krishnan, Taylor & Fergus, "Deconvolutional networks" (2010). Dumoulin & Visin, "A guide to convolution
    arithmetic for deep learning" (2016).

    Examples
    --------
    >>> import numpy as np, nn
    >>> up = nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, rng=0)
    >>> x = np.ones((5, 16, 14, 14), dtype=np.float32)
    >>> up(x).shape, up(x, output_size=(28, 28)).shape
    ((5, 8, 27, 27), (5, 8, 28, 28))
    """

    axes = 2
    function = staticmethod(F.conv_transpose2d)
