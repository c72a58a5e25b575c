"""Where the windows of convolutions and poolings lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from .options import is_whole
from .products import _shape

Operation: TypeAlias = Callable[..., Any]  # what records
PerAxis: TypeAlias = int | tuple[int, ...]  # one number for all axes of an image, or one for each
Widths: TypeAlias = tuple[tuple[int, int], ...]  # for each axis of an image: (before, behind)


class Window(NamedTuple):
    """What slides over the last axes of an array; a number for each of these axes.

    Attributes
    ----------
    kernel : tuple of int
        How many elements there are in the window.
    stride : tuple of int
        How far it moves at a time.
    padding : tuple of pairs of int
        How many elements are put before and behind the array.
    dilation : tuple of int
        How far apart the elements of the window are.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Widths
    dilation: tuple[int, ...]

    @property
    def extent(self) -> tuple[int, ...]:
        """How many elements the window reaches over."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def padded(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Return the size of an array of this size with the padding."""
        return tuple(n + before + behind for n, (before, behind) in zip(size, self.padding, strict=True))

    def places(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Return in how many places the window fits into an array of this size with the padding."""
        spans = zip(self.padded(size), self.extent, self.stride, strict=True)
        return tuple((n - e) // s + 1 for n, e, s in spans)

    def spread(self, places: tuple[int, ...]) -> tuple[int, ...]:
        """Return the size of the smallest array in which the window has so many places."""
        options = zip(places, self.stride, self.padding, self.extent, strict=True)
        return tuple((n - 1) * s - before - behind + e for n, s, (before, behind), e in options)

    def at(self, offset: tuple[int, ...], places: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the index, into the padded array, of one element of the window in all its places."""
        steps = zip(offset, self.dilation, self.stride, places, strict=True)
        return (..., *(slice(o * d, o * d + s * (n - 1) + 1, s) for o, d, s, n in steps))

    def inner(self, size: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the index, into the padded array, of the array itself."""
        return (..., *(slice(before, before + n) for n, (before, _) in zip(size, self.padding, strict=True)))


def per_axis(function: str, option: str, value: Any, axes: int, least: int) -> tuple[int, ...]:
    """Return an option as a whole number for each axis, or raise ValueError: one number stands for all axes."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(numbers) == 1:
        numbers *= axes
    if len(numbers) != axes or any(not is_whole(n) or n < least for n in numbers):
        several = f", or {axes} of them" if axes > 1 else ""
        raise ValueError(f"{function}: {option} must be a whole number from {least} on{several}, not {value!r}")
    return tuple(int(n) for n in numbers)


def refuse_other_axes(function: str, x: Any, axes: int) -> None:
    """Raise ValueError unless x is one example, channels first, or a batch of them."""
    shape = _shape(x)
    if len(shape) not in (axes + 1, axes + 2):
        one = "(C, L)" if axes == 1 else "(C, H, W)"
        raise ValueError(
            f"{function} takes x of shape (N, {one[1:]}, or {one} for one example, not {shape}; x.reshape(…) or "
            "x[:, None] gives it the axis that it lacks"
        )
