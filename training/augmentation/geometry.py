"""Augmentations that move pixels: flip, crop, translate, rotate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nn.functional import options

from .base import Augmentation, pair, refuse_negative, refuse_probability

_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


class Flip(Augmentation):
    """Mirror each image with probability p: left and right change places.

    Parameters
    ----------
    p : float, default 0.5
        The probability.
    vertical : bool, default False
        Top and bottom change places instead.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If p is no probability.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Flip
    >>> Flip(p=1)(np.array([[[1, 2], [3, 4]]]))
    array([[[2, 1],
            [4, 3]]])
    """

    real = False

    def __init__(self, p: float = 0.5, vertical: bool = False, channels: str = "first") -> None:
        super().__init__(channels)
        refuse_probability("Flip", p)
        self.p = p
        self.vertical = vertical

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return some of the images (N, …, H, W) mirrored."""
        chosen = rng.random(len(x)) < self.p
        new = x.copy()
        new[chosen] = np.flip(x[chosen], axis=-2 if self.vertical else -1)
        return new


class RandomCrop(Augmentation):
    """Cut a piece out of each image, at random, after padding it.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the piece.
    padding : int or (int, int), default 0
        How many pixels are added above and below, left and right.
    mode : {"constant", "edge", "reflect", "symmetric", "wrap"}, default "constant"
        Of what they are made, as ``numpy.pad`` names it.
    fill : float, default 0.0
        Their value, where the mode is "constant".
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If an option is out of range; on a call, if the padded images are smaller than the piece.

    References
    ----------
    He, Zhang, Ren & Sun, "Deep residual learning for image recognition" (2016): 32 × 32 pieces of CIFAR-10 images that
    were padded by 4.

    Examples
    --------
    >>> import numpy as np
    >>> from training import RandomCrop
    >>> RandomCrop(2)(np.arange(9).reshape(1, 3, 3), rng=0)
    array([[[4, 5],
            [7, 8]]])
    """

    real = False

    def __init__(
        self,
        size: int | tuple[int, int],
        padding: int | tuple[int, int] = 0,
        mode: str = "constant",
        fill: float = 0.0,
        channels: str = "first",
    ) -> None:
        super().__init__(channels)
        if mode not in _MODES:
            raise ValueError(f"RandomCrop pads in mode {', '.join(_MODES)}, not {mode!r}")
        self.size = pair("RandomCrop", "size", size, least=1)
        self.padding = pair("RandomCrop", "padding", padding, least=0)
        self.mode = mode
        options.numbers(type(self).__name__, fill=fill)
        self.fill = fill

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return a piece of each image: (N, …, H, W) → (N, …, *size)."""
        padded = _padded(x, self.padding, self.mode, self.fill)
        spare = [there - size for there, size in zip(padded.shape[-2:], self.size, strict=True)]
        if min(spare) < 0:
            raise ValueError(
                f"RandomCrop cannot cut {self.size} out of images of {x.shape[-2:]} with padding {self.padding}: "
                "make size smaller or padding larger"
            )
        return _pieces(padded, [rng.integers(0, most, len(x), endpoint=True) for most in spare], self.size)


class Translate(Augmentation):
    """Move each image by a whole number of pixels, at random; what comes in is `fill`.

    Parameters
    ----------
    shift : int or (int, int)
        The most that images move up or down, left or right.
    fill : float, default 0.0
        The value of the pixels that come in.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If `shift` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Translate
    >>> Translate((0, 1))(np.arange(1, 5).reshape(1, 2, 2), rng=0)
    array([[[2, 0],
            [4, 0]]])
    """

    real = False

    def __init__(self, shift: int | tuple[int, int], fill: float = 0.0, channels: str = "first") -> None:
        super().__init__(channels)
        self.shift = pair("Translate", "shift", shift, least=0)
        options.numbers(type(self).__name__, fill=fill)
        self.fill = fill

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W) moved, of the same shape."""
        padded = _padded(x, self.shift, "constant", self.fill)
        return _pieces(padded, [rng.integers(0, 2 * most, len(x), endpoint=True) for most in self.shift], x.shape[-2:])


class Rotate(Augmentation):
    """Turn each image about its centre by a random angle; pixels between pixels are bilinear.

    Parameters
    ----------
    degrees : float
        The angle is uniform on ±degrees.
    fill : float, default 0.0
        The value outside the image.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If `degrees` is negative.
    TypeError
        On a call, if the pixels are no floating-point numbers.
    ImportError
        On a call, if SciPy is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Rotate
    >>> Rotate(30)(np.ones((2, 3, 8, 8)), rng=0).shape
    (2, 3, 8, 8)
    """

    def __init__(self, degrees: float, fill: float = 0.0, channels: str = "first") -> None:
        super().__init__(channels)
        refuse_negative("Rotate", degrees=degrees)
        self.degrees = degrees
        options.numbers(type(self).__name__, fill=fill)
        self.fill = fill

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W) turned, of the same shape."""
        return rotated(x, rng.uniform(-self.degrees, self.degrees, len(x)), self.fill)


def rotated(x: Any, degrees: Any, fill: float = 0.0) -> Any:
    """Return images (N, …, H, W), each turned by its angle, counter-clockwise.

    Where a pixel of the result comes from is the pixel turned back. With a frame of `fill` around each, all images
    stand in one tall picture, which SciPy samples in one call. For 128 images of 3 × 32 × 32 that takes as long as
    image by image, for 1 × 28 × 28 half as long, for 8 × 8 a seventh.
    """
    try:
        from scipy import ndimage
    except ImportError as error:
        raise ImportError("Rotate needs SciPy; install it with: pip install 'seegrad[training]'") from error
    height, width = x.shape[-2:]
    planes = _padded(x.reshape(len(x), math.prod(x.shape[1:-2]), height, width), (1, 1), "constant", fill)
    angle = np.deg2rad(degrees)[:, None, None]
    down, right = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    row = np.cos(angle) * down + np.sin(angle) * right + (height - 1) / 2
    column = np.cos(angle) * right - np.sin(angle) * down + (width - 1) / 2
    row, column = np.clip(row + 1, 0, height + 1), np.clip(column + 1, 0, width + 1)  # in the frame: all beyond is fill
    first = (height + 2) * np.arange(planes.shape[0] * planes.shape[1]).reshape((*planes.shape[:2], 1, 1))
    rows, columns = np.broadcast_arrays(row[:, None] + first, column[:, None])
    tall = planes.reshape(-1, width + 2).astype(
        np.promote_types(x.dtype, np.float32), copy=False
    )  # SciPy has no float16
    return ndimage.map_coordinates(tall, [rows, columns], order=1).reshape(x.shape).astype(x.dtype, copy=False)


def _padded(x: Any, padding: tuple[int, int], mode: str, fill: float) -> Any:
    """Return images with pixels around them."""
    widths = [(0, 0)] * (x.ndim - 2) + [(one, one) for one in padding]
    return np.pad(x, widths, mode, **({"constant_values": fill} if mode == "constant" else {}))  # type: ignore[call-overload]


def _pieces(x: Any, corners: Sequence[Any], size: tuple[int, int]) -> Any:
    """Return of each image the piece of that size that begins at its own row and column."""
    top, left = corners
    return sliding_window_view(x, size, axis=(-2, -1))[np.arange(len(x)), ..., top, left, :, :]
