"""Contact sheets: every image in its place, in its colours, with its label."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest

from training import Flip, Mixup, RandomCrop, contact_sheet

matplotlib.use("agg")
GREY = np.random.default_rng(0).random((5, 1, 4, 6))
COLOUR = np.random.default_rng(1).random((3, 4, 6, 3))


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    matplotlib.pyplot.close("all")


def picture(ax: Any) -> Any:
    (image,) = ax.get_images()
    return np.asarray(image.get_array())


def found(image: Any, sheet: Any) -> list[tuple[int, int]]:
    """Where an image (H, W, 3) stands in the picture."""
    height, width = image.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (height, width), axis=(0, 1))
    hits = np.isclose(windows, image.transpose(2, 0, 1)).all(axis=(2, 3, 4))
    return [(int(i), int(j)) for i, j in np.argwhere(hits)]


def coloured(images: Any) -> Any:
    scaled = (images - images.min()) / (images.max() - images.min())
    return np.repeat(scaled[:, 0, :, :, None], 3, axis=3)


def test_the_images_stand_in_rows_in_their_order() -> None:
    sheet = picture(contact_sheet(GREY, columns=2))
    places = [found(image, sheet) for image in coloured(GREY)]
    assert [len(place) for place in places] == [1] * 5
    assert [place for (place,) in places] == [(i * 5, j * 7) for i in range(3) for j in range(2)][:5]
    assert (sheet[-4:, 7:] == 1).all()  # where there is no image, it is white


def test_with_an_augmentation_each_row_is_an_image_and_its_versions() -> None:
    ax = contact_sheet(GREY, Flip(), versions=4, labels=list("abcde"), rng=3)
    sheet, rng = picture(ax), np.random.default_rng(3)
    versions = [GREY, *(Flip()(GREY, rng=rng) for _ in range(4))]
    for j, images in enumerate(versions):
        scaled = (images - GREY.min()) / (GREY.max() - GREY.min())
        for i, image in enumerate(scaled[:, 0]):
            assert (5 * i, 7 * j + (2 if j else 0)) in found(np.repeat(image[:, :, None], 3, axis=2), sheet)
    assert [text.get_text() for text in ax.get_yticklabels()] == list("abcde")
    assert ax.get_title() == "Flip()"


def test_colours_and_limits_are_as_given() -> None:
    sheet = picture(contact_sheet(COLOUR, channels="last", limits=(0, 1)))
    assert all(found(image, sheet) for image in COLOUR)
    first = picture(contact_sheet(COLOUR.transpose(0, 3, 1, 2), limits=(0, 1)))
    np.testing.assert_array_equal(first, sheet)
    assert picture(contact_sheet(np.full((1, 2, 2), 7)))[0, 0, 0] == 0  # all alike: no division by zero


def test_labels_stand_above_the_images_in_room_of_their_own() -> None:
    ax = contact_sheet(np.zeros((3, 8, 8)), labels=[4, 5, 6], columns=2, limits=(0, 1))
    assert [text.get_text() for text in ax.texts] == ["4", "5", "6"]
    assert [text.get_position()[0] for text in ax.texts] == [4, 13, 4]
    assert (picture(ax)[:2] == 1).all()


def test_smaller_versions_and_mixed_labels_are_drawn() -> None:
    contact_sheet(GREY, RandomCrop(3), rng=0)
    contact_sheet(COLOUR, Mixup(1.0, classes=3), labels=[0, 1, 2], channels="last", rng=0)
    with pytest.raises(ValueError, match="Mixup mixes the labels too: give it y"):
        contact_sheet(GREY, Mixup(classes=3))


def test_it_draws_where_it_is_told() -> None:
    ax = matplotlib.pyplot.subplots()[1]
    assert contact_sheet(GREY, ax=ax) is ax


@pytest.mark.parametrize(("images", "options", "text"), [
    (GREY[0, 0], {}, r"at least one image with 1 or 3 channels, .* this is \(4, 6\) with channels='first'"),
    (COLOUR, {}, r"this is \(3, 4, 6, 3\) with channels='first'"),
    (GREY[:0], {}, r"this is \(0, 1, 4, 6\)"),
    (GREY, {"labels": [1]}, "there are 5 images and 1 labels"),
    (GREY, {"channels": "middle"}, "channels are 'first' or 'last', not 'middle'"),
])  # fmt: skip
def test_what_cannot_be_drawn_says_why(images: Any, options: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        contact_sheet(images, **options)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    text = r"^contact_sheet needs Matplotlib; install it with: pip install 'seegrad\[training\]'$"
    with pytest.raises(ImportError, match=text):
        contact_sheet(GREY)
