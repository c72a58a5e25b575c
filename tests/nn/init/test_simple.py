"""Constants, and one distribution for all elements."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import nn
from nn import init

SIZE = (300, 400)


def parameter(dtype: Any = np.float64) -> nn.Parameter:
    return nn.Parameter(np.full(SIZE, np.nan), dtype=dtype)


def assert_moments(values: Any, mean: float, std: float, kurtosis: float = 3.0) -> None:
    """Assert that mean and standard deviation are within three standard errors of what they should be."""
    n = values.size
    assert abs(values.mean(dtype=float) - mean) < 3 * std / math.sqrt(n)
    assert abs(values.std(dtype=float) - std) < 3 * std * math.sqrt((kurtosis - 1) / (4 * n))


def assert_distributed(values: Any, cdf: Any) -> None:
    """Assert that a sample follows a distribution function: Kolmogorov's test, which 1 % of all samples fail."""
    x = np.sort(values.ravel())
    distance = np.abs(cdf(x) - (np.arange(x.size) + 0.5) / x.size).max()
    assert distance * math.sqrt(x.size) < 1.63


def normal_cdf(x: Any) -> Any:
    return np.vectorize(lambda t: math.erfc(-t / math.sqrt(2)) / 2)(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constants_are_everywhere(dtype: Any) -> None:
    assert (init.zeros_(parameter(dtype)).data == 0).all()
    assert (init.ones_(parameter(dtype)).data == 1).all()
    assert (init.constant_(parameter(dtype), -0.1).data == dtype(-0.1)).all()


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.0, 0.01), (-3.0, 0.5)])
def test_normal_has_the_mean_and_the_standard_deviation_asked_for(mean: float, std: float) -> None:
    values = init.normal_(parameter(), mean, std, rng=1).data
    assert_moments(values, mean, std)
    assert_distributed(values[:10], lambda x: normal_cdf((x - mean) / std))


def test_normal_without_spread_is_constant() -> None:
    assert (init.normal_(parameter(), 2.0, 0.0).data == 2).all()


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (-0.05, 0.05), (2.0, 3.0)])
def test_uniform_fills_the_interval_evenly(a: float, b: float) -> None:
    values = init.uniform_(parameter(), a, b, rng=1).data
    assert_moments(values, (a + b) / 2, (b - a) / math.sqrt(12), kurtosis=1.8)
    assert a <= values.min()
    assert values.max() <= b
    counts, _ = np.histogram(values, bins=10, range=(a, b))
    assert np.abs(counts - values.size / 10).max() < 4 * math.sqrt(values.size * 0.09)


TRUNCATIONS = [
    (0.0, 1.0, -2.0, 2.0),
    (0.0, 0.02, -0.04, 0.04),
    (1.0, 2.0, -3.0, 2.0),
    (0.0, 1.0, -0.1, 0.55),  # narrow
    (0.0, 1.0, 1.0, 4.0),
    (0.0, 1.0, 6.0, 7.0),  # in the tail, where one number in 10⁹ falls
    (0.0, 1.0, -50.0, -40.0),  # where a floating point number of the distribution function is 0
    (0.0, 1.0, 3.0, math.inf),
    (0.0, 1.0, -math.inf, -0.5),
    (0.0, 1.0, -math.inf, math.inf),
]


@pytest.mark.parametrize(("mean", "std", "a", "b"), TRUNCATIONS)
def test_truncated_normal_numbers_follow_the_truncated_distribution(
    mean: float, std: float, a: float, b: float
) -> None:
    values = init.trunc_normal_(nn.Parameter(np.zeros((200, 100))), mean, std, a, b, rng=3).data
    assert a <= values.min()
    assert values.max() <= b
    low, high = (a - mean) / std, (b - mean) / std
    assert_distributed((values - mean) / std, lambda x: _truncated_cdf(x, low, high))


def _truncated_cdf(x: Any, low: float, high: float) -> Any:
    """Return the distribution function of the truncated normal distribution, by summing up its density."""
    if high < 0:
        return 1 - _truncated_cdf(-x, -high, -low)
    near, far = max(low, -9.0), min(high, max(low, 0.0) + 9.0)
    grid = np.linspace(near, far, 200_001)
    density = np.exp((max(low, 0.0) ** 2 - grid**2) / 2)
    sums = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return np.interp(x, grid, sums / sums[-1])


def test_nothing_is_piled_up_at_the_ends_of_a_truncated_normal() -> None:
    values = init.trunc_normal_(parameter(), rng=0).data
    assert np.unique(values).size == values.size
    assert values.std() == pytest.approx(0.8796, rel=0.005)


def test_truncated_numbers_stay_within_their_limits_in_float32() -> None:
    values = init.trunc_normal_(parameter(np.float32), std=1.0, a=-0.5, b=0.5, rng=0).data
    assert np.abs(values).max() <= 0.5


def test_an_interval_of_one_point_gives_that_point() -> None:
    assert (init.trunc_normal_(parameter(), a=1.5, b=1.5, rng=0).data == 1.5).all()
    assert (init.trunc_normal_(parameter(), 0.6, 0.7, -0.1, -0.1, rng=0).data == -0.1).all()  # not −0.09999999999999998
    assert (init.uniform_(parameter(), 1.5, 1.5, rng=0).data == 1.5).all()


def test_truncated_normal_is_pytorchs_distribution(torch: Any) -> None:
    theirs = torch.empty(300, 400, dtype=torch.float64)
    torch.nn.init.trunc_normal_(theirs, 0.1, 0.5, -0.3, 0.9, generator=torch.Generator().manual_seed(0))
    ours = init.trunc_normal_(parameter(), 0.1, 0.5, -0.3, 0.9, rng=0).data
    at = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
    np.testing.assert_allclose(np.quantile(ours, at), np.quantile(theirs.numpy(), at), atol=0.006)


def test_the_defaults_are_pytorchs(torch: Any) -> None:
    for name in ("normal_", "uniform_", "trunc_normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_",
                 "kaiming_normal_", "orthogonal_", "sparse_", "dirac_", "constant_", "zeros_", "ones_", "eye_",
                 "calculate_gain"):  # fmt: skip
        ours = {n: p.default for n, p in inspect.signature(getattr(init, name)).parameters.items() if n != "rng"}
        theirs = inspect.signature(getattr(torch.nn.init, name)).parameters
        assert ours == {n: p.default for n, p in theirs.items() if n != "generator"}, name


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: init.normal_(p, std=-1.0), "normal_: a standard deviation is not negative, and std=-1.0"),
        (lambda p: init.normal_(p, std=math.nan), "normal_: std must be a number, not nan"),
        (
            lambda p: init.uniform_(p, 1.0, 0.0),
            "uniform_: the interval goes from a to b, and a=1.0 is greater than b=0",
        ),
        (
            lambda p: init.trunc_normal_(p, std=0.0),
            "trunc_normal_: a standard deviation to truncate is positive, .*0.0",
        ),
        (lambda p: init.trunc_normal_(p, mean=math.inf), "mean and std are finite, and here they are inf and 1.0"),
        (lambda p: init.trunc_normal_(p, std=math.inf), "mean and std are finite, and here they are 0.0 and inf"),
        (lambda p: init.trunc_normal_(p, a=math.inf, b=math.inf), "gives no number between a=inf and b=inf"),
        (lambda p: init.trunc_normal_(p, a=-math.inf, b=-math.inf), "gives no number between a=-inf and b=-inf"),
        (lambda p: init.trunc_normal_(p, a=2.0, b=-2.0), "trunc_normal_: the interval .* a=2.0 is greater than b=-2.0"),
    ],
)
def test_impossible_distributions_are_refused_and_nothing_is_written(call: Any, message: str) -> None:
    p = nn.Parameter([1.0, 2.0])
    with pytest.raises(ValueError, match=message):
        call(p)
    assert p.tolist() == [1, 2]
