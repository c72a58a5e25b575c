"""The ladder of steps: values with error bars that hold, and steps that are not to be had passed over."""

import numpy as np
import pytest

from autograd.check.ladder import ONE_SIDED, Rung, climb, extrapolated

EPS = np.finfo(float).eps


def central(f, x):
    def quotient(h):
        high, low = f(x + h), f(x - h)
        return Rung(h, np.array([(high - low) / (2 * h)]), np.array([EPS * (abs(high) + abs(low)) / h]))

    return quotient


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (np.sin, np.cos, 0.7),
        (np.exp, np.exp, 3.0),
        (np.log, np.reciprocal, 1e-6),
        (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), 1.0),
        (np.sin, np.cos, 1e4),
        (lambda x: x**7, lambda x: 7 * x**6, 2.0),
        (lambda x: 1e-20 * np.tanh(x), lambda x: 1e-20 * (1 - np.tanh(x) ** 2), 0.3),
    ],
)
def test_the_bar_is_honest_and_small(f, slope, x):
    found = climb(central(f, x), x / 8, x)
    assert abs(found.value[0] - slope(x)) < 10 * found.bar[0]
    assert found.bar[0] < 1e-6 * abs(slope(x))


def test_of_several_functions_each_has_its_own_step():
    both = lambda x: np.array([np.sin(1e3 * x), x])  # noqa: E731

    def quotient(h):
        high, low = both(1.0 + h), both(1.0 - h)
        return Rung(h, (high - low) / (2 * h), EPS * (abs(high) + abs(low)) / h)

    found = climb(quotient, 1 / 8, 1.0)
    np.testing.assert_allclose(found.value, [1e3 * np.cos(1e3), 1.0], rtol=1e-6)
    assert found.step[0] < 1e-2 * found.step[1]


def test_steps_that_are_not_possible_are_passed_over():
    found = climb(lambda h: central(np.sin, 0.7)(h) if h < 1e-4 else None, 0.1, 1.0)
    assert found.rungs[0].h < 1e-4
    assert abs(found.value[0] - np.cos(0.7)) < 10 * found.bar[0] < 1e-8
    assert climb(lambda h: None, 0.1, 1.0) is None


def test_a_larger_step_is_tried_where_rounding_is_most_of_the_error():
    found = climb(central(lambda x: 1e8 + x, 1e-9), 1e-7, 1.0)
    assert found.step[0] > 1e-3
    assert abs(found.value[0] - 1) < 10 * found.bar[0] < 1e-3


def test_one_sided_quotients_are_extrapolated_too():
    rungs = [Rung(h, np.array([(np.exp(h) - 1) / h]), np.array([EPS / h])) for h in (0.1, 0.025, 0.00625, 0.0015625)]
    found = extrapolated(rungs, ONE_SIDED)
    assert abs(found.value[0] - 1) < 10 * found.bar[0] < 1e-5


def test_one_step_alone_has_no_bar():
    assert extrapolated([central(np.sin, 0.7)(0.1)]).bar[0] == np.inf


def test_far_above_the_wavelength_agreement_is_not_believed():
    rungs = [central(np.sin, 1e3)(h) for h in (256.0, 64.0, 16.0, 4.0, 1.0, 0.25)]
    found = extrapolated(rungs)
    assert abs(found.value[0] - np.cos(1e3)) < 10 * found.bar[0]
