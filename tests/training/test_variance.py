"""The error of a model is its variance, its bias squared, and noise."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest

from training import NeuralRegressor, bias_variance, plot_bias_variance, plot_boundary

matplotlib.use("agg")
POINTS = np.linspace(-1, 1, 25)
TRUTH = np.sin(3 * POINTS)
NOISE = 0.3


def draw(rng: np.random.Generator) -> Any:
    x = rng.uniform(-1, 1, 20)
    return x, np.sin(3 * x) + NOISE * rng.normal(size=20)


def polynomial(degree: int) -> Any:
    return lambda x, y: np.poly1d(np.polyfit(x, y, degree))


def measured(degree: int, repeats: int = 200) -> Any:
    return bias_variance(polynomial(degree), draw, POINTS, TRUTH, NOISE, repeats, rng=0)


def test_the_parts_add_up_to_the_error() -> None:
    for degree in (0, 1, 3):
        found = measured(degree)
        assert found.error == pytest.approx(found.variance + found.bias2 + found.noise, rel=0.05)
        assert found.noise == pytest.approx(NOISE**2, rel=0.05)
        assert found.predictions.shape == (200, 25)
        np.testing.assert_allclose(found.mean, found.predictions.mean(axis=0))


def test_capacity_turns_bias_into_variance() -> None:
    low, middle, high = measured(0), measured(3), measured(7)
    assert low.bias2 > 10 * middle.bias2
    assert high.variance > 3 * middle.variance > 3 * low.variance * 0.5
    assert middle.error < min(low.error, high.error)


def test_the_mean_of_few_sets_does_not_count_as_bias() -> None:
    exact = bias_variance(
        lambda x, y: lambda X: np.full(25, y.mean()), lambda rng: (None, rng.normal(size=4)), POINTS, np.zeros(25), 0.0,
        repeats=4000, rng=0,
    )  # fmt: skip
    assert exact.variance == pytest.approx(0.25, rel=0.1)
    parts = [
        bias_variance(lambda x, y: lambda X: np.full(25, y.mean()), lambda rng: (None, rng.normal(size=4)), POINTS,
                      np.zeros(25), 0.0, repeats=3, rng=seed).bias2
        for seed in range(300)
    ]  # fmt: skip
    assert np.mean(parts) == pytest.approx(0, abs=0.03)  # uncorrected it is 0.25 / 3


def test_a_network_is_an_estimator_like_any() -> None:
    model = NeuralRegressor(hidden=(8,), epochs=5, random_state=0)
    found = bias_variance(
        model, lambda rng: (lambda x, y: (x[:, None], y))(*draw(rng)), POINTS[:, None], TRUTH, NOISE, repeats=3, rng=0
    )
    assert found.variance > 0
    assert not hasattr(model, "module_")  # copies were trained


def test_it_is_drawn_part_on_part() -> None:
    found = [measured(degree, 20) for degree in (0, 3, 7)]
    ax = plot_bias_variance(found, [0, 3, 7], xlabel="degree")
    tops = [bar.get_y() + bar.get_height() for bar in ax.containers[-1]]
    np.testing.assert_allclose(tops, [d.noise + max(d.bias2, 0) + d.variance for d in found])
    assert ax.get_xlabel() == "degree"
    matplotlib.pyplot.close(ax.figure)
    with pytest.raises(ValueError, match=r"there are 3 models and 2 labels"):
        plot_bias_variance(found, [0, 3])


def test_a_boundary_is_drawn_where_the_class_changes() -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = (X[:, 0] > 0).astype(int)
    ax = plot_boundary(lambda points: (points[:, 0] > 0).astype(int), X, y, steps=50)
    picture = ax.images[0]
    left, right, _, _ = picture.get_extent()
    across = np.linspace(left, right, 50)
    np.testing.assert_array_equal(picture.get_array(), np.tile(across > 0, (50, 1)))
    assert len(ax.collections[0].get_offsets()) == 30
    matplotlib.pyplot.close(ax.figure)
    with pytest.raises(ValueError, match=r"a boundary is drawn in the plane: X has shape \(N, 2\), not \(30, 3\)"):
        plot_boundary(lambda points: points, np.ones((30, 3)), y)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a variance needs at least 2 training sets, not repeats=1"):
        measured(1, 1)
    with pytest.raises(ValueError, match=r"predictions have shape \(3,\), and the truth has \(25,\)"):
        bias_variance(lambda x, y: lambda X: np.zeros(3), draw, POINTS, TRUTH, NOISE, rng=0)
