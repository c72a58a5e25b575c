"""Augmentation: whole batches as loops over images would have them, seeded, composed, channels first and last."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import autograd
import nn
from training import (
    Augmentation,
    Brightness,
    Compose,
    Contrast,
    Cutout,
    Flip,
    Mixup,
    Noise,
    RandomCrop,
    Rotate,
    Translate,
)
from training.augmentation.geometry import rotated

X = np.random.default_rng(0).random((12, 3, 7, 9)) + 0.1
Y = np.arange(12) % 3
MAKE: list[Callable[..., Augmentation]] = [
    lambda **o: Flip(**o),
    lambda **o: Flip(0.5, vertical=True, **o),
    lambda **o: RandomCrop((5, 6), **o),
    lambda **o: RandomCrop(7, padding=(2, 1), mode="reflect", **o),
    lambda **o: Translate((2, 3), fill=0.5, **o),
    lambda **o: Rotate(40, **o),
    lambda **o: Brightness(0.3, **o),
    lambda **o: Contrast(0.3, limits=(0, 1), **o),
    lambda **o: Noise(0.1, **o),
    lambda **o: Cutout((3, 4), fill=0.5, **o),
]
EACH = [make() for make in MAKE]
SEEDS = range(20)


# ---------------------------------------------------------------------------------------------- what all have in common


@pytest.mark.parametrize("augment", [*EACH, Compose(EACH[:4]), Compose([])], ids=repr)
def test_a_seed_decides_labels_stay_and_nothing_given_is_written_into(augment: Augmentation) -> None:
    x, kept = X.copy(), X.copy()
    new, y = augment(x, Y, rng=1)
    np.testing.assert_array_equal(x, kept)
    assert y is Y
    np.testing.assert_array_equal(new, augment(x, rng=np.random.default_rng(1)))
    autograd.seed(1)
    np.testing.assert_array_equal(new, augment(x))
    if not isinstance(augment, Compose) or augment.augmentations:
        assert not np.array_equal(new, augment(x, rng=2))
        assert not np.shares_memory(new, x)


@pytest.mark.parametrize("make", MAKE)
def test_channels_last_and_no_channels_are_the_same_images(make: Callable[..., Augmentation]) -> None:
    if not isinstance(make(), Noise):  # which has a number for each place in memory
        last = make(channels="last")(X.transpose(0, 2, 3, 1), rng=1)
        np.testing.assert_array_equal(last, make()(X, rng=1).transpose(0, 2, 3, 1))
        assert last.flags.c_contiguous
    np.testing.assert_array_equal(make()(X[:, 0], rng=1), make()(X[:, :1], rng=1)[:, 0])


@pytest.mark.parametrize("augment", EACH, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
def test_the_dtype_stays_and_bytes_are_refused_where_pixels_are_computed(augment: Augmentation, dtype: Any) -> None:
    x = (100 * X).astype(dtype)
    if augment.real and dtype is np.uint8:
        text = rf"{type(augment).__name__} computes with the pixels, which must be floating-point, not uint8: x / 255"
        with pytest.raises(TypeError, match=text):
            augment(x, rng=0)
    else:
        assert augment(x, rng=0).dtype == dtype


@pytest.mark.parametrize("augment", EACH, ids=repr)
def test_a_batch_of_no_images_is_one_too(augment: Augmentation) -> None:
    assert len(augment(X[:0], rng=0)) == 0


def test_composing_is_calling_one_after_the_other_with_one_generator() -> None:
    parts = [RandomCrop(7, padding=2), Flip(), Mixup(1.0, classes=3), Brightness()]
    rng, x, y = np.random.default_rng(3), X, Y
    for part in parts:
        x, y = part(x, y, rng)
    x2, y2 = Compose(parts)(X, Y, rng=3)
    np.testing.assert_array_equal(x, x2)
    np.testing.assert_array_equal(y, y2)
    nested = Compose([Compose(parts[:2]), Compose(parts[2:])])(X, Y, rng=3)
    np.testing.assert_array_equal(nested[0], x)


# -------------------------------------------------------------------------------------------- each against a plain loop


@pytest.mark.parametrize("vertical", [False, True])
def test_flip_mirrors_about_p_of_the_images(vertical: bool) -> None:
    x = np.random.default_rng(0).random((2000, 2, 3))
    new, count = Flip(0.3, vertical)(x, rng=0), 0
    for old, image in zip(x, new, strict=True):
        mirrored = old[::-1] if vertical else old[:, ::-1]
        assert np.array_equal(image, old) != np.array_equal(image, mirrored)
        count += np.array_equal(image, mirrored)
    assert count == pytest.approx(600, abs=80)
    np.testing.assert_array_equal(Flip(0)(x), x)


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
def test_a_crop_is_a_piece_of_the_padded_image_and_every_place_comes(mode: str) -> None:
    x, seen = X[:, :2], set()
    padding = [(0, 0), (2, 2), (1, 1)]
    options = {"constant_values": 0.25} if mode == "constant" else {}
    for seed in SEEDS:
        new = RandomCrop((9, 8), (2, 1), mode, fill=0.25)(x, rng=seed)
        assert new.shape == (12, 2, 9, 8)
        for old, image in zip(x, new, strict=True):
            padded = np.pad(old, padding, mode, **options)  # type: ignore[call-overload]
            (place,) = [
                (i, j) for i in range(3) for j in range(4) if np.array_equal(padded[:, i : i + 9, j : j + 8], image)
            ]
            seen.add(place)
    assert seen == {(i, j) for i in range(3) for j in range(4)}


def test_translate_moves_every_pixel_by_the_same_and_fills() -> None:
    seen = set()
    for seed in SEEDS:
        for old, image in zip(X, Translate((1, 2), fill=-1)(X, rng=seed), strict=True):
            found = []
            for down in range(-1, 2):
                for right in range(-2, 3):
                    moved = np.full_like(old, -1)
                    for i, j in np.ndindex(7, 9):
                        if 0 <= i - down < 7 and 0 <= j - right < 9:
                            moved[:, i, j] = old[:, i - down, j - right]
                    if np.array_equal(moved, image):
                        found.append((down, right))
            assert len(found) == 1
            seen.update(found)
    assert len(seen) == 15


@pytest.mark.parametrize("shape", [(7, 9), (8, 8), (1, 5)])
@pytest.mark.parametrize("fill", [0.0, 0.7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rotation_is_scipys_image_by_image(shape: tuple[int, int], fill: float, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x, degrees = rng.random((9, 2, *shape)).astype(dtype), rng.uniform(-180, 180, 9)
    new = rotated(x, degrees, fill)
    for old, angle, image in zip(x, degrees, new, strict=True):
        for plane, turned in zip(old, image, strict=True):
            options = {"reshape": False, "order": 1, "mode": "grid-constant", "cval": fill}
            expected = ndimage.rotate(plane, angle, axes=(-1, -2), **options)
            np.testing.assert_allclose(turned, expected, atol=1e-12 if dtype is np.float64 else 1e-6)


def test_a_quarter_turn_moves_pixels_and_mixes_none() -> None:
    x = np.random.default_rng(0).random((2, 1, 6, 6))
    for quarters in range(4):
        turned = rotated(x, np.full(2, 90.0 * quarters))
        np.testing.assert_allclose(turned, np.rot90(x, quarters, axes=(-2, -1)), atol=1e-12)


def test_the_angles_are_all_within_and_different() -> None:
    spot = np.zeros((400, 41, 41))
    spot[:, 20, 40] = 1
    turned = Rotate(20)(spot, rng=0)
    rows, columns = (np.array([np.unravel_index(image.argmax(), image.shape) for image in turned]) - 20).T
    angles = np.rad2deg(np.arctan2(rows, columns))
    assert np.abs(angles).max() <= 21.5  # a pixel more
    assert angles.min() < -15
    assert angles.max() > 15


@pytest.mark.parametrize("limits", [None, (0.2, 0.9)])
def test_brightness_and_contrast_are_a_number_for_each_image(limits: Any) -> None:
    rng = np.random.default_rng(5)
    shift, scale = rng.uniform(-0.3, 0.3, 12), np.random.default_rng(5).uniform(0.7, 1.3, 12)
    brighter, stronger = Brightness(0.3, limits)(X, rng=5), Contrast(0.3, limits)(X, rng=5)
    for n, image in enumerate(X):
        mean = sum(map(float, image.ravel())) / image.size
        bright, strong = image + shift[n], mean + scale[n] * (image - mean)
        if limits:
            bright, strong = (np.minimum(np.maximum(one, 0.2), 0.9) for one in (bright, strong))
        np.testing.assert_allclose(brighter[n], bright)
        np.testing.assert_allclose(stronger[n], strong)


def test_noise_is_gaussian_and_of_its_own_for_every_pixel() -> None:
    noise = Noise(0.2)(np.zeros((50, 3, 20, 20), np.float32), rng=0)
    assert noise.std() == pytest.approx(0.2, rel=0.02)
    assert abs(noise.mean()) < 0.01
    assert len(np.unique(noise)) > 0.99 * noise.size
    assert np.mean(np.abs(noise) < 0.2) == pytest.approx(0.6827, abs=0.01)
    assert Noise(5, limits=(0, 1))(X, rng=0).max() == 1


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (2, 20)])
def test_cutout_covers_one_rectangle_around_some_pixel(size: tuple[int, int]) -> None:
    height, width = size
    areas = set()
    for seed in SEEDS:
        for old, image in zip(X, Cutout(size, fill=0)(X, rng=seed), strict=True):
            found = 0
            for i, j in np.ndindex(7, 9):
                top, left = i - height // 2, j - width // 2
                covered = old.copy()
                covered[:, max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = 0
                found += np.array_equal(covered, image)
            assert found
            areas.add(int((image[0] == 0).sum()))
    if size == (3, 4):  # its part in the image is the smaller, the nearer its centre is to a corner
        assert areas == {i * j for i in (2, 3) for j in (2, 3, 4)}


# ------------------------------------------------------------------------------------------------------------- mixup


def test_mixup_mixes_examples_and_labels_by_the_same_numbers() -> None:
    rng = np.random.default_rng(4)
    weights, others = rng.beta(0.4, 0.4, 12), rng.permutation(12)
    x, y = Mixup(0.4, classes=3)(X, Y, rng=4)
    for n, (weight, other) in enumerate(zip(weights, others, strict=True)):
        np.testing.assert_allclose(x[n], weight * X[n] + (1 - weight) * X[other])
        expected = [0.0] * 3
        expected[Y[n]] += weight
        expected[Y[other]] += 1 - weight
        np.testing.assert_allclose(y[n], expected)


def test_targets_of_a_regression_and_rows_are_mixed_too() -> None:
    x, y = Mixup(1.0)(np.arange(8, dtype=np.float32)[:, None], 2.0 * np.arange(8), rng=0)
    assert x.dtype == y.dtype == np.float32
    np.testing.assert_allclose(y, 2 * x[:, 0])


def test_what_mixup_makes_of_labels_is_what_the_loss_takes() -> None:
    x, y = Mixup(1.0, classes=3)(np.random.default_rng(0).random((12, 3)), Y, rng=0)
    loss = nn.CrossEntropyLoss()(autograd.Tensor(x), y).item()
    by_hand = -np.mean(np.sum(y * (x - np.log(np.exp(x).sum(axis=1, keepdims=True))), axis=1))
    assert loss == pytest.approx(by_hand)


@pytest.mark.parametrize(("augment", "x", "y", "error", "text"), [
    (Mixup(classes=3), X, None, ValueError, "Mixup mixes the labels too: give it y"),
    (Mixup(), X, Y, ValueError, r"needs to know how many classes there are: Mixup\(classes=…\)"),
    (Mixup(classes=2), X, Y, ValueError, r"needs class numbers 0 … 1 of shape \(N,\), not of shape \(12,\) from 0"),
    (Mixup(classes=3), X.astype(int), Y, TypeError, "x, which must be an array of floating-point numbers, not int64"),
    (Mixup(classes=3), [1.0], Y, TypeError, "x, which must be an array of floating-point numbers, not list"),
    (Flip(), X[0, 0], None, ValueError, r"Flip takes a batch of images \(N, C, H, W\) or \(N, H, W\) in an array, not "
     r"shape \(7, 9\)"),
    (Flip(), [[1.0]], None, ValueError, "Flip takes a batch of images .* not list"),
    (Flip(channels="last"), X[0], None, ValueError, r"Flip takes a batch of images \(N, H, W, C\) in an array, not "),
    (RandomCrop(12, padding=2), X, None, ValueError, r"RandomCrop cannot cut \(12, 12\) out of images of \(7, 9\) with "
     r"padding \(2, 2\): make size smaller or padding larger"),
    (Augmentation(), X, None, NotImplementedError, r"Augmentation must define apply\(x, rng\)"),
])  # fmt: skip
def test_a_batch_that_does_not_fit_says_why(augment: Any, x: Any, y: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        augment(x, y, rng=0)


@pytest.mark.parametrize(("make", "error", "text"), [
    (lambda: Flip(1.5), ValueError, "Flip needs a probability from 0 to 1, not p=1.5"),
    (lambda: Flip(channels="middle"), ValueError, "channels are 'first' or 'last', not 'middle'"),
    (lambda: RandomCrop(0), ValueError, r"RandomCrop needs size as a whole number or a pair \(height, width\), each at "
     "least 1, not 0"),
    (lambda: RandomCrop(3, padding=(1, -1)), ValueError, r"needs padding as .* each at least 0, not \(1, -1\)"),
    (lambda: RandomCrop(2.5), ValueError, "RandomCrop needs size as a whole number or .* not 2.5"),
    (lambda: RandomCrop(3, mode="mean"), ValueError, "pads in mode constant, edge, reflect, symmetric, wrap, not 'm"),
    (lambda: Translate(-1), ValueError, "Translate needs shift as .* each at least 0, not -1"),
    (lambda: Rotate(-5), ValueError, "Rotate needs degrees ≥ 0, and finite, not -5"),
    (lambda: Brightness(float("nan")), ValueError, "Brightness needs amount ≥ 0, and finite, not nan"),
    (lambda: Contrast(1.5), ValueError, "Contrast needs an amount of at most 1, not 1.5: more would turn images to"),
    (lambda: Noise(float("inf")), ValueError, "Noise needs std ≥ 0, and finite, not inf"),
    (lambda: Cutout((1, 2, 3)), ValueError, r"Cutout needs size .* not \(1, 2, 3\)"),
    (lambda: Mixup(0), ValueError, "Mixup needs alpha > 0, and finite, not 0"),
    (lambda: Mixup(classes=0), ValueError, "Mixup needs at least one class, not classes=0"),
    (lambda: Compose([Flip(), np.flip]), TypeError, "Compose takes a sequence of Augmentations, and one of these is a"),
])  # fmt: skip
def test_an_option_out_of_range_says_what_is_in_range(make: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_they_show_the_options_that_are_not_the_defaults() -> None:
    shown = repr(Compose([Flip(), Translate((1, 2), channels="last"), Mixup(classes=3)]))
    assert shown == "Compose([Flip(), Translate(shift=(1, 2), channels='last'), Mixup(classes=3)])"


def test_without_scipy_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"^Rotate needs SciPy; install it with: pip install 'seegrad\[training\]'$"):
        Rotate(5)(X, rng=0)
