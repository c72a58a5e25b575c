"""Augmentations that change the values of pixels: brightness, contrast, noise, cutout."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.functional import options

from .base import Augmentation, pair, refuse_negative

Limits = tuple[float, float] | None


class Brightness(Augmentation):
    """Add to each image a number of its own, uniform on ±amount.

    Parameters
    ----------
    amount : float, default 0.2
        The most that is added.
    limits : (float, float), optional
        Where the pixels are cut off: (0, 1) for images that are from 0 to 1. Default: nowhere.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If `amount` is negative.
    TypeError
        On a call, if the pixels are no floating-point numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Brightness
    >>> Brightness(0.5)(np.zeros((3, 1, 1)), rng=0).ravel().round(3)
    array([ 0.137, -0.23 , -0.459])
    """

    def __init__(self, amount: float = 0.2, limits: Limits = None, channels: str = "first") -> None:
        super().__init__(channels)
        refuse_negative("Brightness", amount=amount)
        self.amount = amount
        self.limits = limits

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W) brighter or darker."""
        return _within(self.limits, x + _one_each(x, rng.uniform(-self.amount, self.amount, len(x))))


class Contrast(Augmentation):
    """Multiply the distance of pixels from the mean of their image by a number, uniform on 1 ± amount.

    Parameters
    ----------
    amount : float, default 0.2
        0 leaves the images as they are; with 1 they may become all grey.
    limits : (float, float), optional
        Where the pixels are cut off. Default: nowhere.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If `amount` is negative, or more than 1, which would make negatives.
    TypeError
        On a call, if the pixels are no floating-point numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Contrast
    >>> Contrast(0.5)(np.array([[[-1.0, 1.0]]]), rng=0).round(3)
    array([[[-1.137,  1.137]]])
    """

    def __init__(self, amount: float = 0.2, limits: Limits = None, channels: str = "first") -> None:
        super().__init__(channels)
        refuse_negative("Contrast", amount=amount)
        if amount > 1:
            raise ValueError(
                f"Contrast needs an amount of at most 1, not {amount}: more would turn images to negatives"
            )
        self.amount = amount
        self.limits = limits

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W) with more contrast or less."""
        mean = x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)
        return _within(
            self.limits, mean + _one_each(x, rng.uniform(1 - self.amount, 1 + self.amount, len(x))) * (x - mean)
        )


class Noise(Augmentation):
    """Add Gaussian noise to every pixel.

    Parameters
    ----------
    std : float, default 0.1
        Its standard deviation.
    limits : (float, float), optional
        Where the pixels are cut off. Default: nowhere.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If `std` is negative.
    TypeError
        On a call, if the pixels are no floating-point numbers.

    References
    ----------
    Bishop, "Training with noise is equivalent to Tikhonov regularization" (1995).

    Examples
    --------
    >>> import numpy as np
    >>> from training import Noise
    >>> Noise(0.1)(np.zeros((1, 1, 3)), rng=0).round(3)
    array([[[ 0.013, -0.013,  0.064]]])
    """

    def __init__(self, std: float = 0.1, limits: Limits = None, channels: str = "first") -> None:
        super().__init__(channels)
        refuse_negative("Noise", std=std)
        self.std = std
        self.limits = limits

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W) with noise."""
        return _within(self.limits, x + (self.std * rng.standard_normal(x.shape)).astype(x.dtype, copy=False))


class Cutout(Augmentation):
    """Cover a rectangle of each image; its centre is any pixel, so that part of it may lie outside.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the rectangle.
    fill : float, default 0.0
        With what it is covered.
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C).

    Raises
    ------
    ValueError
        If `size` is less than 1.

    References
    ----------
    DeVries & Taylor, "Improved regularization of convolutional neural networks with cutout" (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from training import Cutout
    >>> Cutout(2)(np.ones((1, 3, 4), dtype=int), rng=0)
    array([[[1, 1, 1, 1],
            [1, 0, 0, 1],
            [1, 0, 0, 1]]])
    """

    real = False

    def __init__(self, size: int | tuple[int, int], fill: float = 0.0, channels: str = "first") -> None:
        super().__init__(channels)
        self.size = pair("Cutout", "size", size, least=1)
        options.numbers(type(self).__name__, fill=fill)
        self.fill = fill

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W), each with a part of it covered."""
        rows, columns = (
            _stripe(rng.integers(0, length, len(x)), size, length)
            for length, size in zip(x.shape[-2:], self.size, strict=True)
        )
        covered = rows[:, :, None] & columns[:, None, :]
        covered = covered.reshape(len(x), *[1] * (x.ndim - 3), *x.shape[-2:])
        return np.where(covered, np.asarray(self.fill, x.dtype), x)


def _stripe(centre: Any, size: int, length: int) -> Any:
    """Return for each centre which of the positions 0 … length − 1 a stripe around it covers: (N, length)."""
    first = centre - size // 2
    distance = np.arange(length) - first[:, None]
    return (distance >= 0) & (distance < size)


def _one_each(x: Any, numbers: Any) -> Any:
    """Return a number for each image, in the images' dtype, that broadcasts over its pixels."""
    return numbers.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 1))


def _within(limits: Limits, x: Any) -> Any:
    return x if limits is None else np.clip(x, *limits)
