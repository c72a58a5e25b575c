"""Contact sheets: a batch of images, or what an augmentation makes of them, at a glance."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.random import Rng, generator

from .base import Augmentation


def contact_sheet(
    images: Any,
    augmentation: Augmentation | None = None,
    versions: int = 7,
    labels: Sequence[Any] | None = None,
    columns: int = 8,
    channels: str = "first",
    limits: tuple[float, float] | None = None,
    rng: Rng = None,
    ax: Any = None,
) -> Any:
    """Draw images side by side; with an augmentation, each image in a row with random versions of it.

    Parameters
    ----------
    images : array of shape (N, C, H, W), (N, H, W, C) or (N, H, W)
        In grey (C = 1) or in colour (C = 3).
    augmentation : Augmentation, optional
        Then there is a row for each image: the image itself, a gap, and what the augmentation makes of it.
    versions : int, default 7
        How often it is called.
    labels : sequence of length N, optional
        What is written above the images, or beside their rows. The augmentation gets them as y.
    columns : int, default 8
        Images in a row, without an augmentation.
    channels : {"first", "last"}, default "first"
        Where the channels are.
    limits : (float, float), optional
        The values that are black and white. Default: the least and the greatest of `images`.
    rng : Generator or int, optional
        Of the augmentation; default: the library's generator, see ``autograd.seed``.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If these are no images, or not as many labels as images.
    ImportError
        If Matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from training import Rotate, contact_sheet, digits
    >>> X, y = digits(images=True)
    >>> contact_sheet(X[:5], Rotate(30), labels=y[:5], rng=0).get_title()
    'Rotate(degrees=30)'
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("contact_sheet needs Matplotlib; install it with: pip install 'seegrad[training]'") from error
    images = np.asarray(images)
    _refuse(images, channels, labels)
    if limits is None and images.size:
        limits = images.min(), images.max()
    rows = _rows(images, augmentation, versions, labels, columns, generator(rng))
    cells = [[_coloured(image, channels, limits) for image in row] for row in rows]
    canvas, corners = _mosaic(cells, above=labels is not None and augmentation is None, apart=augmentation is not None)
    if ax is None:
        size = max(0.8, 7 / max(len(row) for row in cells)) * max(len(row) for row in cells)
        ax = plt.subplots(figsize=(size, size * canvas.shape[0] / canvas.shape[1] + 0.6), layout="constrained")[1]
    ax.imshow(canvas, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    if augmentation is not None:
        ax.set_title(textwrap.fill(repr(augmentation), 80), fontsize="small")
    if labels is not None and augmentation is not None:
        ax.set_yticks([row[0][0] + cells[0][0].shape[0] / 2 for row in corners], [str(label) for label in labels])
        ax.tick_params(length=0)
    elif labels is not None:
        places = ((corner, cell) for row in zip(corners, cells, strict=True) for corner, cell in zip(*row, strict=True))
        for label, ((top, left), cell) in zip(labels, places, strict=True):
            ax.text(left + cell.shape[1] / 2, top - 0.5, str(label), ha="center", va="bottom", fontsize="small")
    return ax


def _refuse(images: Any, channels: str, labels: Sequence[Any] | None) -> None:
    """Raise ValueError for what cannot be drawn."""
    if channels not in ("first", "last"):
        raise ValueError(f"channels are 'first' or 'last', not {channels!r}")
    colours = images.shape[1 if channels == "first" else -1] if images.ndim == 4 else 1
    if images.ndim not in (3, 4) or colours not in (1, 3) or images.size == 0:
        raise ValueError(
            f"a contact sheet shows at least one image with 1 or 3 channels, of shape (N, C, H, W), (N, H, W) or, with "
            f"channels='last', (N, H, W, C); this is {images.shape} with channels={channels!r}"
        )
    if labels is not None and len(labels) != len(images):
        raise ValueError(f"there are {len(images)} images and {len(labels)} labels")


def _rows(
    images: Any,
    augmentation: Augmentation | None,
    versions: int,
    labels: Sequence[Any] | None,
    columns: int,
    rng: np.random.Generator,
) -> list[list[Any]]:
    """Return which images stand in which row."""
    if augmentation is None:
        return [list(images[first : first + columns]) for first in range(0, len(images), columns)]
    y = None if labels is None else np.asarray(labels)
    made = [augmentation(images, y, rng) for _ in range(versions)]
    return [list(row) for row in zip(images, *(one if y is None else one[0] for one in made), strict=True)]


def _coloured(image: Any, channels: str, limits: Any) -> Any:
    """Return an image as (H, W, 3), from 0 to 1."""
    low, high = (float(limit) for limit in limits)
    if image.ndim == 2:
        image = image[:, :, None]
    elif channels == "first":
        image = np.moveaxis(image, 0, -1)
    scaled = np.clip((image.astype(float) - low) / ((high - low) or 1.0), 0, 1)
    return np.broadcast_to(scaled, (*scaled.shape[:2], 3))


def _mosaic(cells: list[list[Any]], above: bool, apart: bool) -> tuple[Any, list[list[tuple[int, int]]]]:
    """Return all images in one on white, and where the upper left corner of each is.

    `above` leaves room over each for a label, `apart` some after the first column.
    """
    height, width = (max(cell.shape[axis] for row in cells for cell in row) for axis in (0, 1))
    gap = max(1, round(0.06 * max(height, width)))
    band = round(0.25 * height) if above else 0
    lead = 2 * gap if apart else 0
    across = max(len(row) for row in cells)
    canvas = np.ones((len(cells) * (band + height + gap) - gap, across * (width + gap) - gap + lead, 3))
    corners = []
    for i, row in enumerate(cells):
        corners.append([(i * (band + height + gap) + band, j * (width + gap) + (j and lead)) for j in range(len(row))])
        for (top, left), cell in zip(corners[-1], row, strict=True):
            canvas[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return canvas, corners
