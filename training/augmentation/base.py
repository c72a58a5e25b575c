"""What an augmentation is, and several in a row."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np

from autograd.random import Rng, generator
from nn.functional import options


class Augmentation:
    """Changes a batch of images at random; the labels stay.

    One of your own defines ``apply(x, rng)``, which returns a new array for images x of shape (N, …, H, W).

    Parameters
    ----------
    channels : {"first", "last"}, default "first"
        Whether images are (N, C, H, W) or (N, H, W, C). Images without an axis of channels, (N, H, W), are "first".

    Raises
    ------
    ValueError
        If `channels` is neither.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Augmentation
    >>> class Negative(Augmentation):
    ...     def apply(self, x, rng):
    ...         chosen = rng.random(len(x)) < 0.5
    ...         return np.where(chosen[:, None, None], 1 - x, x)
    >>> Negative()(np.ones((4, 1, 1)), rng=1).ravel()
    array([1., 1., 0., 1.])
    """

    real = True  # whether it computes with the pixels: integers are refused

    def __init__(self, channels: str = "first") -> None:
        if channels not in ("first", "last"):
            raise ValueError(f"channels are 'first' or 'last', not {channels!r}")
        self.channels = channels

    def __call__(self, x: Any, y: Any = None, rng: Rng = None) -> Any:
        """Return the batch changed: an array, or with labels the pair of both.

        Parameters
        ----------
        x : ndarray of shape (N, C, H, W), (N, H, W, C) or (N, H, W)
            The images. They stay as they are.
        y : ndarray of shape (N, …), optional
            The labels.
        rng : Generator or int, optional
            Where the random numbers come from; default: the library's generator, see ``autograd.seed``.
        """
        self._refuse(x)
        last = self.channels == "last"
        new = self.apply(np.moveaxis(x, -1, 1) if last else x, generator(rng))
        new = np.ascontiguousarray(np.moveaxis(new, 1, -1)) if last else new
        return new if y is None else (new, y)

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        """Return images (N, …, H, W) changed, as a new array."""
        raise NotImplementedError(f"{type(self).__name__} must define apply(x, rng)")

    def __repr__(self) -> str:
        defaults = {name: option.default for name, option in signature(type(self)).parameters.items()}
        options = {name: vars(self)[name] for name in defaults if name in vars(self)}
        shown = (f"{name}={value!r}" for name, value in options.items() if value != defaults[name])
        return f"{type(self).__name__}({', '.join(shown)})"

    def _refuse(self, x: Any) -> None:
        name = type(self).__name__
        if not isinstance(x, np.ndarray) or x.ndim < (4 if self.channels == "last" else 3):
            given = f"shape {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__
            expected = "(N, H, W, C)" if self.channels == "last" else "(N, C, H, W) or (N, H, W)"
            raise ValueError(f"{name} takes a batch of images {expected} in an array, not {given}")
        if self.real and x.dtype.kind != "f":
            raise TypeError(f"{name} computes with the pixels, which must be floating-point, not {x.dtype}: x / 255")


class Compose(Augmentation):
    """One augmentation after the other.

    Parameters
    ----------
    augmentations : sequence of Augmentation
        In their order.

    Raises
    ------
    TypeError
        If one of them is something else.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Compose, Flip, RandomCrop
    >>> augment = Compose([RandomCrop(32, padding=4), Flip()])
    >>> augment(np.zeros((8, 3, 32, 32), dtype=np.float32), rng=0).shape
    (8, 3, 32, 32)
    """

    def __init__(self, augmentations: Sequence[Augmentation]) -> None:
        super().__init__()
        if strange := [one for one in augmentations if not isinstance(one, Augmentation)]:
            raise TypeError(
                f"Compose takes a sequence of Augmentations, and one of these is a {type(strange[0]).__name__}"
            )
        self.augmentations = list(augmentations)

    def __call__(self, x: Any, y: Any = None, rng: Rng = None) -> Any:
        """Return the batch changed by all of them. See :meth:`Augmentation.__call__`."""
        rng = generator(rng)
        for one in self.augmentations:
            result = one(x, y, rng)
            x, y = (result, None) if y is None else result
        return x if y is None else (x, y)

    def __repr__(self) -> str:
        return f"Compose({self.augmentations})"


def refuse_probability(name: str, p: float) -> None:
    """Raise ValueError if p is no probability."""
    if not options.is_number(p) or not 0 <= p <= 1:
        raise ValueError(f"{name} needs a probability from 0 to 1, not p={p!r}")


def refuse_negative(name: str, **given: float) -> None:
    """Raise ValueError for an option that is below 0 or not finite."""
    for option, value in given.items():
        if not options.is_number(value) or not 0 <= value < float("inf"):
            raise ValueError(f"{name} needs {option} ≥ 0, and finite, not {value!r}")


def pair(name: str, option: str, value: int | tuple[int, int], least: int) -> tuple[int, int]:
    """Return an option for height and width that may be given as one number.

    Raises
    ------
    ValueError
        If it is neither one whole number nor two, or one is below `least`.
    """
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or any(not isinstance(one, (int, np.integer)) or one < least for one in both):
        raise ValueError(
            f"{name} needs {option} as a whole number or a pair (height, width), each at least {least}, not {value!r}"
        )
    return both
