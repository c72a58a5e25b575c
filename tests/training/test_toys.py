"""The small data sets: their shapes and kinds, the curves that they lie on, the same for the same seed."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import autograd
from training import blobs, circles, digits, moons, sine, spirals

RANDOM = [moons, circles, blobs, spirals, sine]


@pytest.mark.parametrize("make", RANDOM)
def test_a_seed_gives_the_same_points_and_the_library_has_one_too(make: Any) -> None:
    for left, right in zip(make(40, rng=3), make(40, rng=np.random.default_rng(3)), strict=True):
        np.testing.assert_array_equal(left, right)
    autograd.seed(5)
    first, second = make(40)[0], make(40)[0]
    assert not np.array_equal(first, second)
    autograd.seed(5)
    np.testing.assert_array_equal(make(40)[0], first)


@pytest.mark.parametrize("make", RANDOM[:-1])
def test_points_are_float32_and_classes_are_integers_in_equal_shares(make: Any) -> None:
    X, y = make(60, rng=0)
    assert (X.dtype, X.shape, y.dtype, y.shape) == (np.float32, (60, 2), np.int64, (60,))
    assert len(set(np.bincount(y))) == 1


def test_the_digits_are_scikit_learns_between_0_and_1() -> None:
    from sklearn.datasets import load_digits

    X, y = digits()
    np.testing.assert_array_equal(X * 16, load_digits().data)
    np.testing.assert_array_equal(y, load_digits().target)
    images, _ = digits(images=True)
    np.testing.assert_array_equal(images[:, 0] * 16, load_digits().images)
    assert (X.dtype, images.shape) == (np.float32, (1797, 1, 8, 8))


def test_without_noise_moons_and_circles_lie_on_circles() -> None:
    X, y = moons(100, noise=0, rng=0)
    for c, centre in enumerate([(0, 0), (1, 0.5)]):
        np.testing.assert_allclose(np.hypot(*(X[y == c] - centre).T), 1, atol=1e-6)
    X, y = circles(100, noise=0, ratio=0.25, rng=0)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 0, 1, 0.25), atol=1e-6)


def test_without_noise_each_arm_is_a_spiral() -> None:
    X, y = spirals(200, classes=4, noise=0, turns=1.5, rng=0)
    r, angle = np.hypot(*X.T), np.arctan2(X[:, 1], X[:, 0])
    np.testing.assert_allclose(np.cos(angle - 2 * np.pi * (1.5 * r + y / 4)), 1, atol=1e-5)
    assert r.max() <= 1


def test_noise_moves_the_points_by_about_as_much() -> None:
    x, y = sine(4000, noise=0.3, rng=0)
    assert (y.shape, y.dtype) == ((4000, 1), np.float32)
    assert np.std(y - np.sin(2 * np.pi * x)) == pytest.approx(0.3, rel=0.05)
    X, c = blobs(3000, classes=2, spread=0.5, features=3, rng=0)
    assert X.shape == (3000, 3)
    assert X[c == 0].std(axis=0) == pytest.approx(0.5, rel=0.1)


def test_spirals_need_a_point_for_each_class() -> None:
    for classes in (0, 3):
        with pytest.raises(ValueError, match=f"spirals of {classes} classes need a point each.* n is 2"):
            spirals(2, classes=classes)


@pytest.mark.parametrize("make", [digits, moons, circles, blobs])
def test_without_scikit_learn_one_line_says_what_to_install(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    text = rf"^{make.__name__} needs scikit-learn; install it with: pip install 'seegrad\[training\]'$"
    with pytest.raises(ImportError, match=text):
        make()
