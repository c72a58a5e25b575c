"""What happens at ties, corners and bounds, where a derivative is a convention; and what stands beside a Tensor."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, hessian
from autograd.rules.reduction import logsumexp
from tests.support.cases.common import NUMPY


def gradients_of(f: Callable[..., Tensor], *values: Any) -> list[Any]:
    xs = [Tensor(v, requires_grad=True) for v in values]
    result = f(*xs)
    result.backward(np.ones(result.shape))
    return [x.grad.data.tolist() for x in xs]


def test_absolute_has_slope_0_at_0() -> None:
    assert gradients_of(abs, [-2.0, 0.0, 3.0]) == [[-1.0, 0.0, 1.0]]


def test_steps_have_slope_0_everywhere_and_do_not_stop_a_sweep() -> None:
    for step in (np.sign, np.floor, np.ceil, np.trunc, np.rint, np.fix, np.round, np.around):
        assert gradients_of(lambda x, step=step: step(x) + x, [-1.5, 0.0, 1.0]) == [[1.0, 1.0, 1.0]]


def test_steps_by_two_operands_have_slope_0_too() -> None:
    assert gradients_of(np.floor_divide, [7.0, 6.0], [2.0, 3.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert gradients_of(np.heaviside, [-1.0, 0.0, 1.0], [0.5, 0.5, 0.5]) == [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert gradients_of(np.copysign, [-2.0, 0.0, 3.0], [1.0, -1.0, -0.0]) == [[-1.0, 0.0, -1.0], [0.0, 0.0, 0.0]]


def test_remainders_have_at_a_jump_the_slope_beside_it() -> None:
    assert gradients_of(np.remainder, [6.0, -6.5], [2.0, 2.0]) == [[1.0, 1.0], [-3.0, 4.0]]
    assert gradients_of(np.fmod, [6.0, -6.5], [2.0, 2.0]) == [[1.0, 1.0], [-3.0, 3.0]]


def test_divmod_gives_both_and_the_gradient_of_each() -> None:
    x, y = Tensor(7.5, requires_grad=True), Tensor(2.0, requires_grad=True)
    quotient, rest = np.divmod(x, y)
    assert (quotient.item(), rest.item()) == (3.0, 1.5)
    (quotient + rest).backward()
    assert (x.grad.item(), y.grad.item()) == (1.0, -3.0)


@pytest.mark.parametrize("f", [np.hypot, np.arctan2])
def test_distance_and_angle_have_gradient_0_at_the_origin(f: np.ufunc) -> None:
    assert gradients_of(f, 0.0, 0.0) == [0.0, 0.0]


def test_the_angle_of_a_point_far_out_does_not_overflow() -> None:
    x, y = gradients_of(np.arctan2, 3e200, 4e200)
    np.testing.assert_allclose([x, y], [0.16e-200, -0.12e-200], rtol=1e-12)


def test_sinc_is_smooth_at_0() -> None:
    x = Tensor(0.0, requires_grad=True)
    np.sinc(x).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward()
    assert first.item() == 0.0
    assert x.grad.item() == pytest.approx(-(np.pi**2) / 3, rel=1e-15)


@pytest.mark.parametrize("f", [np.fmax, np.fmin])
def test_fmax_and_fmin_follow_the_operand_that_is_there(f: np.ufunc) -> None:
    assert gradients_of(f, [np.nan, 1.0, 2.0], [1.0, np.nan, 2.0]) == [[0.0, 1.0, 0.5], [1.0, 0.0, 0.5]]


def test_replaced_numbers_have_no_gradient() -> None:
    x = [1.0, np.nan, np.inf, -np.inf]
    assert gradients_of(np.nan_to_num, x) == [[1.0, 0.0, 0.0, 0.0]]
    assert gradients_of(np.nansum, x[:2]) == [[1.0, 0.0]]
    assert gradients_of(np.nanmean, [1.0, np.nan, 3.0]) == [[0.5, 0.0, 0.5]]
    assert gradients_of(np.nanmax, [1.0, np.nan, 3.0, 3.0]) == [[0.0, 0.0, 0.5, 0.5]]


def test_nothing_but_nan_gives_nan() -> None:
    nothing = Tensor([np.nan, np.nan], requires_grad=True)
    assert np.isnan(np.nanmax(nothing).item())
    assert np.isnan(np.nanmin(nothing).item())
    assert np.nansum(nothing).item() == 0.0
    with pytest.warns(RuntimeWarning):
        assert np.isnan(np.nanmean(nothing).item())


@pytest.mark.parametrize("f", [np.maximum, np.minimum])
def test_maximum_and_minimum_share_a_tie_in_halves(f: np.ufunc) -> None:
    assert gradients_of(f, [1.0, 2.0], 1.0 if f is np.maximum else 2.0) == (
        [[0.5, 1.0], 0.5] if f is np.maximum else [[1.0, 0.5], 0.5]
    )


@pytest.mark.parametrize("f", [np.max, np.min])
def test_max_and_min_share_ties_equally(f: Callable[..., Any]) -> None:
    assert gradients_of(f, [2.0, 2.0, 2.0, 2.0]) == [[0.25] * 4]
    sign = 1.0 if f is np.max else -1.0
    x = sign * np.array([[3.0, 1.0, 3.0], [0.0, 5.0, 4.0]])
    assert gradients_of(lambda x: f(x, axis=1), x) == [[[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]]
    assert gradients_of(lambda x: f(x, axis=0, keepdims=True), x) == [[[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]]


def test_max_of_nan_leaves_the_gradient_with_the_nan() -> None:
    assert gradients_of(np.max, [1.0, np.nan, 3.0]) == [[0.0, 1.0, 0.0]]


def test_max_of_infinities_shares_them() -> None:
    assert gradients_of(np.max, [np.inf, 1.0, np.inf]) == [[0.5, 0.0, 0.5]]


def test_clip_passes_the_gradient_on_its_bounds() -> None:
    assert gradients_of(lambda x: np.clip(x, -1.0, 1.0), [-2.0, -1.0, 0.0, 1.0, 2.0]) == [[0.0, 1.0, 1.0, 1.0, 0.0]]
    assert gradients_of(np.clip, [0.0, 1.0, 5.0], 1.0, 3.0) == [[0.0, 1.0, 0.0], 1.0, 1.0]


def test_clip_between_bounds_in_the_wrong_order_follows_the_upper_one_as_the_value_does() -> None:
    x, low, high = ([v] for v in (1.0, 3.0, 2.0))
    assert np.clip(Tensor(x), 3.0, 2.0).item() == 2.0
    assert gradients_of(np.clip, x, low, high) == [[0.0], [0.0], [1.0]]


def test_sqrt_has_an_infinite_slope_at_0() -> None:
    with np.errstate(divide="ignore"):
        assert gradients_of(np.sqrt, [0.0, 4.0]) == [[np.inf, 0.25]]


def test_standard_deviation_of_equal_numbers_has_gradient_0() -> None:
    assert gradients_of(np.std, [3.0, 3.0, 3.0]) == [[0.0, 0.0, 0.0]]


def test_nanstd_of_equal_numbers_has_gradient_0() -> None:
    assert gradients_of(np.nanstd, [3.0, 3.0, np.nan]) == [[0.0, 0.0, 0.0]]


def test_average_refuses_weights_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"^average: weights have shape \(2,\), but the array has shape \(3,\); they"):
        np.average(Tensor([1.0, 2.0, 3.0]), weights=[1.0, 2.0])


@pytest.mark.parametrize("spread", [np.var, np.std])
def test_spread_of_too_few_numbers_has_no_gradient_but_nan(spread: Callable[..., Any]) -> None:
    x = Tensor([2.0], requires_grad=True)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning):
        spread(x, ddof=1).backward()
    assert np.isnan(x.grad.data).all()


# -------------------------------------------------------------------------------------------------------------- powers


@pytest.mark.parametrize("zero", [0, 0.0, np.float64(0), np.array(0.0), [0.0]])
def test_to_the_power_of_0_has_slope_0_even_at_0(zero: Any) -> None:
    assert np.ravel(gradients_of(lambda x: x**zero, [0.0])).tolist() == [0.0]
    assert np.ravel(gradients_of(lambda x: x**zero, [-3.0])).tolist() == [0.0]


@pytest.mark.parametrize("one", [1, 1.0, np.array(1.0)])
def test_to_the_power_of_1_has_slope_1_even_at_0(one: Any) -> None:
    assert gradients_of(lambda x: x**one, [0.0, -2.0]) == [[1.0, 1.0]]


def test_square_of_0_and_of_negative_numbers() -> None:
    assert gradients_of(lambda x: x**2, [0.0, -3.0]) == [[0.0, -6.0]]
    assert gradients_of(lambda x: x ** np.array([3.0, -1.0]), [-2.0, -2.0]) == [[12.0, -0.25]]


def test_0_to_a_positive_power_does_not_grow_with_the_exponent() -> None:
    assert gradients_of(lambda y: 0.0**y, [0.0, 1.0, 2.5]) == [[0.0, 0.0, 0.0]]
    assert gradients_of(np.power, [0.0], [2.0]) == [[0.0], [0.0]]


def test_a_negative_base_has_no_slope_in_the_exponent() -> None:
    x, y = Tensor(-2.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    with np.errstate(invalid="ignore"):
        (x**y).backward()
    assert x.grad.item() == -4.0
    assert np.isnan(y.grad.item())


def test_second_derivatives_of_powers_at_0() -> None:
    for exponent, expected in ((2, 2.0), (3, 0.0), (2.0, 2.0), (1, 0.0)):
        x = Tensor(0.0, requires_grad=True)
        (x**exponent).backward(create_graph=True)
        first, x.grad = x.grad, None
        (first + 0.0 * x).backward()
        assert x.grad.item() == expected


# ----------------------------------------------------------------------------------------------------- scans and orders


def test_a_running_extreme_belongs_to_the_first_that_reached_it() -> None:
    assert gradients_of(np.maximum.accumulate, [1.0, 3.0, 3.0, 2.0]) == [[1.0, 3.0, 0.0, 0.0]]
    assert gradients_of(np.minimum.accumulate, [[2.0, 1.0], [2.0, 0.0]]) == [[[2.0, 1.0], [0.0, 1.0]]]
    assert gradients_of(np.maximum.accumulate, [1.0, np.nan, 3.0, np.nan]) == [[1.0, 3.0, 0.0, 0.0]]


def test_running_products_with_zeros() -> None:
    assert gradients_of(np.cumprod, [2.0, 0.0, 3.0]) == [[1.0, 8.0, 0.0]]
    assert gradients_of(np.cumprod, [0.0, 0.0, 3.0]) == [[1.0, 0.0, 0.0]]


def test_equal_elements_are_sorted_as_they_come() -> None:
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    assert gradients_of(lambda x: (np.sort(x) * weights).sum(), [5.0, 1.0, 5.0, 1.0]) == [[3.0, 1.0, 4.0, 2.0]]
    assert gradients_of(lambda x: np.sort(x) * weights[:3], [2.0, np.nan, -1.0]) == [[2.0, 3.0, 1.0]]


def test_a_median_of_equal_elements_goes_to_the_one_in_the_middle_of_them() -> None:
    assert gradients_of(np.median, [1.0, 2.0, 2.0, 2.0, 7.0]) == [[0.0, 0.0, 1.0, 0.0, 0.0]]


@pytest.mark.parametrize("f", [np.median, lambda x: np.quantile(x, 0.3)])
def test_medians_and_quantiles_of_nan_are_nan(f: Callable[..., Any]) -> None:
    x = Tensor([1.0, np.nan, 3.0], requires_grad=True)
    y = f(x)
    assert np.isnan(y.item())
    y.backward()
    assert x.grad.data.tolist() == [0.0, 1.0, 0.0]


def test_a_quantile_refuses_other_fractions_and_methods() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"^quantiles must be in the range from 0 to 1 \(percentiles: 100\), but"):
        np.quantile(x, 2.0)
    with pytest.raises(ValueError, match=r"^quantile: there is no method 'tukey'; there are linear, lower, higher,"):
        np.quantile(x, 0.5, method="tukey")
    with pytest.raises(TypeError, match=r"^quantile has no derivative by its argument 'q'"):
        np.quantile(x, Tensor(0.5, requires_grad=True))


# ---------------------------------------------------------------------------------------------------- special functions


def test_x_log_y_at_0() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed: it has these functions")
    assert gradients_of(special.xlogy, [0.0, 0.0], [0.0, 2.0]) == [[0.0, np.log(2.0)], [0.0, 0.0]]
    assert gradients_of(special.xlog1py, [0.0, 0.0], [-1.0, 1.0]) == [[0.0, np.log1p(1.0)], [0.0, 0.0]]


def test_relative_entropies_of_nothing_to_nothing_have_a_slope() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed: it has these functions")
    with np.errstate(divide="ignore"):
        assert gradients_of(special.rel_entr, [0.0, 0.0], [0.0, 2.0]) == [[1.0, -np.inf], [0.0, 0.0]]
        assert gradients_of(special.kl_div, [0.0, 0.0], [0.0, 2.0]) == [[0.0, -np.inf], [1.0, 1.0]]


def test_an_element_that_a_quantile_reads_off_may_lie_beside_an_infinite_one() -> None:
    for method in ("lower", "nearest", "inverted_cdf", "closest_observation"):
        for f in (np.quantile, np.nanquantile):
            assert gradients_of(lambda x, f=f, m=method: f(x, 0.0, method=m), [1.0, np.inf, 2.0]) == [[1.0, 0.0, 0.0]]


WITHOUT_SCIPY = """
import sys, numpy, autograd
t = autograd.Tensor(1.0, requires_grad=True)
numpy.tanh(t), numpy.isnan(t)
assert 'scipy' not in sys.modules
try:
    from scipy import special
except ImportError:
    pass
else:
    assert special.erf(t).requires_grad
"""


def test_a_program_without_scipy_does_not_load_it_and_one_with_it_has_its_rules() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_SCIPY], check=True)


# ------------------------------------------------------------------------------------------------- sums of exponentials


def test_logsumexp_does_not_overflow() -> None:
    x = Tensor([1000.0, 1000.0, -1000.0], requires_grad=True)
    y = logsumexp(x)
    assert y.item() == 1000.0 + np.log(2.0)
    y.backward()
    np.testing.assert_allclose(x.grad.data, [0.5, 0.5, 0.0], rtol=1e-12)


def test_logsumexp_takes_minus_infinity_for_nothing() -> None:
    assert gradients_of(logsumexp, [-np.inf, 0.0]) == [[0.0, 1.0]]
    nothing = logsumexp(Tensor([-np.inf, -np.inf], requires_grad=True))
    assert nothing.item() == -np.inf
    nothing.backward()


def test_prod_with_one_zero_and_with_two() -> None:
    assert gradients_of(np.prod, [2.0, 0.0, 3.0]) == [[0.0, 6.0, 0.0]]
    assert gradients_of(np.prod, [2.0, 0.0, 0.0]) == [[0.0, 0.0, 0.0]]
    assert Tensor(np.ones(0)).prod().item() == 1.0


@pytest.mark.parametrize("f", [np.sum, np.prod, np.max, np.min, logsumexp])
def test_a_scalar_can_be_reduced_along_axis_0_where_numpy_can(f: Callable[..., Any]) -> None:
    assert gradients_of(lambda x: f(x, axis=0), 2.0) == [1.0]


def test_product_of_nothing_can_be_differentiated_twice() -> None:
    x = Tensor(np.ones((0,)), requires_grad=True)
    x.prod().backward(create_graph=True)
    assert x.grad.shape == (0,)


# ------------------------------------------------------------------------------------ numbers and arrays beside Tensors

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
    "maximum": np.maximum,
    "logaddexp": np.logaddexp,
}
NUMBERS = [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), [2.0, 3.0], np.array([2.0, 3.0]), np.array(2.0)]


@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("other", NUMBERS, ids=lambda n: f"{type(n).__name__} {n}")
@pytest.mark.parametrize("shape", [(), (2,), (3, 2)], ids=str)
def test_numbers_lists_and_arrays_stand_on_either_side(symbol: str, other: Any, shape: tuple[int, ...]) -> None:
    if symbol == "**" and isinstance(other, np.float32) and NUMPY < (2, 1):
        pytest.skip("NumPy 2.0's operator ** of two numbers keeps the first one's type")
    f = OPERATORS[symbol]
    values = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)
    number = np.asarray(other, dtype=float)
    for place in (lambda t, o: f(t, o), lambda t, o: f(o, t)):
        x, same = Tensor(values, requires_grad=True), Tensor(values, requires_grad=True)
        y, expected = place(x, other), place(same, Tensor(number))
        assert type(y) is Tensor
        np.testing.assert_allclose(y.data, place(values, number), rtol=1e-15)
        y.backward(np.ones(y.shape))
        expected.backward(np.ones(y.shape))
        np.testing.assert_allclose(x.grad.data, same.grad.data, rtol=1e-15)
        assert type(x.grad.data) is np.ndarray


@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("number", [2, 2.0, True, 1.5], ids=repr)
def test_python_numbers_do_not_promote_single_precision(symbol: str, number: Any) -> None:
    for place in (lambda t: OPERATORS[symbol](t, number), lambda t: OPERATORS[symbol](number, t)):
        for values in (np.float32(0.5), np.array([0.5, 1.5], np.float32)):
            x = Tensor(values, requires_grad=True)
            y = place(x)
            y.backward(np.ones(y.shape))
            assert y.dtype == x.grad.dtype == np.float32


def test_the_mixed_second_derivative_of_a_power_is_right_at_exponent_zero() -> None:
    ((_, mixed), (other, _)) = hessian(lambda x, y: x**y, (0, 1))(2.0, 0.0)
    assert (mixed, other) == (0.5, 0.5)


def test_the_operators_of_the_remainder_and_of_rounding_are_numpys() -> None:
    x = Tensor([7.5, -7.5], requires_grad=True)
    assert (x % 2).tolist() == [1.5, 0.5]
    assert (x // 2).tolist() == [3.0, -4.0]
    assert (8 % x).tolist() == [0.5, -7.0]
    assert [part.tolist() for part in divmod(x, 2)] == [[3.0, -4.0], [1.5, 0.5]]
    assert [part.tolist() for part in divmod(16, x)] == [[2.0, -3.0], [1.0, -6.5]]
    assert round(x + 0.26, 1).tolist() == [7.8, -7.2]
    assert x.cumsum().tolist() == [7.5, 0.0]
    assert x.cumprod().tolist() == [7.5, -56.25]
    (x % 2 + np.amax(x) + np.amin(x)).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]
