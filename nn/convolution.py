"""Convolutional layers, for sequences and for images."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .functional.convolution import Padding, padding_of
from .functional.windows import PerAxis, per_axis, refuse_other_axes
from .module import Module
from .parameter import Parameter

_MODES: dict[str, Any] = {  # PyTorch's words → NumPy's
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


class Convolution(Module):
    """What all convolutional layers share: their options, and parameters with PyTorch's initial distribution."""

    axes: ClassVar[int]
    transposed: ClassVar[bool] = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis,
        padding: Padding,
        output_padding: PerAxis,
        dilation: PerAxis,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: DTypeLike,
        rng: Rng,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        _refuse_channels(name, in_channels, out_channels, groups)
        options.flags(name, bias=bias)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes, 1)
        self.stride = per_axis(name, "stride", stride, self.axes, 1)
        self.dilation = per_axis(name, "dilation", dilation, self.axes, 1)
        self.output_padding = per_axis(name, "output_padding", output_padding, self.axes, 0)
        self._widths = padding_of(name, padding, self.kernel_size, self.stride, self.dilation)
        self.padding = padding if isinstance(padding, str) else tuple(before for before, _ in self._widths)
        self.groups = groups
        self.padding_mode = padding_mode
        rng = generator(rng)
        inner, outer = (out_channels, in_channels) if self.transposed else (in_channels, out_channels)
        shape = (outer, inner // groups, *self.kernel_size)
        bound = math.prod(shape[1:]) ** -0.5
        self.weight = Parameter(rng.uniform(-bound, bound, shape), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, out_channels), dtype=dtype) if bias else None

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 2 for each product of a pixel and a weight, and 1 for each bias that is added."""
        pixels = math.prod(input_shape if self.transposed else output_shape)
        products = pixels * math.prod(self.weight.shape[1:])
        return 2 * products + (math.prod(output_shape) if self.bias is not None else 0)

    def extra_repr(self) -> str:
        """Return the channels, and the options that are not the default."""
        chosen: dict[str, tuple[Any, Any]] = {  # with their defaults
            "padding": (self.padding, (0,) * self.axes),
            "dilation": (self.dilation, (1,) * self.axes),
            "output_padding": (self.output_padding, (0,) * self.axes),
            "groups": (self.groups, 1),
            "bias": (self.bias is not None, True),
            "padding_mode": (self.padding_mode, "zeros"),
        }
        others = "".join(f", {name}={value}" for name, (value, default) in chosen.items() if value != default)
        channels = f"{self.in_channels}, {self.out_channels}"
        return f"{channels}, kernel_size={self.kernel_size}, stride={self.stride}{others}"


def _refuse_channels(layer: str, in_channels: int, out_channels: int, groups: int) -> None:
    options.sizes(layer, in_channels=in_channels, out_channels=out_channels, groups=groups)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"{layer}: in_channels={in_channels} and out_channels={out_channels} must both be divisible by "
            f"groups={groups}"
        )


class _Forward(Convolution):
    """What Conv1d and Conv2d share."""

    function: ClassVar[Any]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerAxis,
        stride: PerAxis = 1,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        name = type(self).__name__
        if padding_mode not in _MODES:
            raise ValueError(f"{name}: padding_mode must be one of {', '.join(_MODES)}, not {padding_mode!r}")
        shape = (in_channels, out_channels, kernel_size)
        super().__init__(*shape, stride, padding, 0, dilation, groups, bias, padding_mode, dtype, rng)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution: shape (N, in_channels, …) → (N, out_channels, …), or both without the N."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            x, padding = self._padded(x), 0
        return self.function(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _padded(self, x: Any) -> Any:
        refuse_other_axes(self._described(), x, self.axes)
        whole = ((0, 0),) * (np.ndim(x) - self.axes)
        return np.pad(x, (*whole, *self._widths), mode=_MODES[self.padding_mode])


class Conv1d(_Forward):
    """Slide learned kernels along sequences. See :func:`nn.functional.conv1d`.

    Parameters
    ----------
    in_channels : int
        Channels of x.
    out_channels : int
        Channels of y: one for each kernel.
    kernel_size : int
        Length of the kernels.
    stride : int, default 1
        How far they move at a time.
    padding : int, "valid" or "same", default 0
        How many elements are put on each side.
    dilation : int, default 1
        How far apart the elements are that neighbouring elements of a kernel meet.
    groups : int, default 1
        So many convolutions side by side, each of its own share of the channels.
    bias : bool, default True
        Whether b is added.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What is put there: zeros, the sequence reflected at its ends, its last element, or its other end.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (out_channels, in_channels / groups, kernel_size)
        The kernels, at first uniform on ±1/√n, n = in_channels / groups · kernel_size.
    bias : Parameter of shape (out_channels,), or None
        b, at first from the same distribution.

    Raises
    ------
    ValueError
        If an option is out of range, or the channels cannot be divided into the groups.

    References
    ----------
    Waibel, Hanazawa, Hinton, Shikano & Lang, "Phoneme recognition using time-delay neural networks" (1989).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Conv1d(16, 33, 3, stride=2, rng=0)(np.ones((20, 16, 50), dtype=np.float32)).shape
    (20, 33, 24)
    """

    axes = 1
    function = staticmethod(F.conv1d)


class Conv2d(_Forward):
    """Slide learned kernels over images. See :func:`nn.functional.conv2d`.

    Parameters
    ----------
    in_channels : int
        Channels of x.
    out_channels : int
        Channels of y: one for each kernel.
    kernel_size : int or pair of ints
        Height and width of the kernels.
    stride : int or pair of ints, default 1
        How far they move at a time, down and across.
    padding : int, pair of ints, "valid" or "same", default 0
        How many pixels are put above and below, left and right. "same", with a stride of 1, gives y the size of x.
    dilation : int or pair of ints, default 1
        How far apart the pixels are that neighbouring elements of a kernel meet.
    groups : int, default 1
        So many convolutions side by side, each of its own share of the channels.
    bias : bool, default True
        Whether b is added.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What is put there: zeros, the image reflected at its edges, the pixels of its edges, or those of the opposite
        edges.
    dtype : data-type, default float32
        Of the parameters.
    rng : Generator or int, optional
        Where the initial values come from; default: the library's generator, see ``autograd.seed``.

    Attributes
    ----------
    weight : Parameter of shape (out_channels, in_channels / groups, *kernel_size)
        The kernels, at first uniform on ±1/√n, where n, the fan-in, is the number of weights of one kernel.
    bias : Parameter of shape (out_channels,), or None
        b, at first from the same distribution.

    Raises
    ------
    ValueError
        If an option is out of range, or the channels cannot be divided into the groups.

    Notes
    -----
    The initial distribution is PyTorch's.

    References
    ----------
    LeCun, Boser, Denker, Henderson, Howard, Hubbard & Jackel, "Backpropagation applied to handwritten zip code
    recognition" (1989).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Conv2d(1, 8, 3, padding="same", rng=0)
    >>> layer
    Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1), padding=same)
    >>> layer(np.ones((5, 1, 28, 28), dtype=np.float32)).shape
    (5, 8, 28, 28)
    """

    axes = 2
    function = staticmethod(F.conv2d)
