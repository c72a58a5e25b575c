"""What reductions do with their options, with ties, infinities, nothing at all, and many small numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.rules.reduction import NOT_GIVEN, logsumexp, prod

INF, NAN = np.inf, np.nan


def gradients_of(f: Callable[..., Any], *values: Any) -> list[Any]:
    xs = [Tensor(v, requires_grad=True) for v in values]
    result = f(*xs)
    result.backward(np.ones(result.shape))
    return [x.grad.data.tolist() for x in xs]


# ---------------------------------------------------------------------------------------------------------- the options

METHODS = ("sum", "mean", "prod", "var", "std", "max", "min")
X = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 0.5]])
MASK = np.array([[True, False, True], [True, True, False]])


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_the_options_of_numpys_and_gives_its_value(name: str) -> None:
    start = {"sum": 1.0, "prod": 2.0, "max": 0.0, "min": 9.0}.get(name)
    options: dict[str, Any] = {"where": MASK, "axis": 1} | ({} if start is None else {"initial": start})
    t: Any = Tensor(X, requires_grad=True)
    of_method, of_function = getattr(t, name)(**options), getattr(np, name)(t, **options)
    expected = getattr(X, name)(**options)
    np.testing.assert_array_equal(of_method.data, expected)
    np.testing.assert_array_equal(of_function.data, expected)
    of_method.sum().backward()
    assert not t.grad.data[~MASK].any()
    assert t.grad.data.any()


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "std", "cumsum", "cumprod"])
def test_a_sum_in_another_type_is_that_of_the_converted_elements(name: str) -> None:
    x = np.array([1.0, 1e-5, 3.0], np.float32)
    t: Any = Tensor(x, requires_grad=True)
    for y in (getattr(t, name)(dtype=np.float64), getattr(np, name)(t, dtype=np.float64)):
        assert y.dtype == np.float64
        np.testing.assert_array_equal(y.data, getattr(x.astype(np.float64), name)())
        t.grad = None
        y.backward(np.ones(y.shape))
        assert t.grad.dtype == np.float32


@pytest.mark.parametrize("f", [np.sum, np.prod, np.cumsum, np.nansum])
def test_whole_numbers_have_no_gradient_and_are_refused_as_a_type_to_sum_in(f: Callable[..., Any]) -> None:
    refused = r"computed numbers that are no floating point numbers out of a Tensor that requires a gradient, and those"
    with pytest.raises(TypeError, match=refused):
        f(Tensor([1.0, 2.0], requires_grad=True), dtype=int)
    assert f(Tensor([1.0, 2.0]), dtype=int).dtype == np.int64


REDUCING = [np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.nansum, np.nanmax, np.nanmean, np.cumsum]


@pytest.mark.parametrize("f", REDUCING)
def test_a_reduction_does_not_write_its_result_into_an_array(f: Callable[..., Any]) -> None:
    array = np.zeros(3)
    for options in ({"axis": 0, "out": array}, {"axis": 0, "out": Tensor(array)}):
        with pytest.raises(TypeError, match=rf"^np\.{f.__name__}.*out="):
            f(Tensor(X[:1], requires_grad=True), **options)
    assert not array.any()


def test_an_initial_value_is_a_number() -> None:
    with pytest.raises(TypeError, match=r"^sum has no derivative by its argument 'initial', which is a Tensor that"):
        np.sum(Tensor(X), initial=Tensor(1.0, requires_grad=True))


def test_correction_is_another_word_for_ddof_and_both_are_refused() -> None:
    t: Any = Tensor(X, requires_grad=True)
    assert np.var(t, correction=1).item() == t.var(ddof=1).item() == np.var(X, ddof=1)
    for f in (np.var, np.std, np.nanvar, np.nanstd):
        with pytest.raises(
            ValueError, match=r"^ddof=1 and correction=1 are two words for one thing; give one of them$"
        ):
            f(t, ddof=1, correction=1)


def test_a_mean_that_is_given_keeps_its_own_gradient() -> None:
    t = Tensor(X, requires_grad=True)
    for f in (np.var, np.std, np.nanvar, np.nanstd):
        (whole,) = gradients_of(f, X)
        t.grad = None
        f(t, mean=np.mean(t, keepdims=True)).backward()
        np.testing.assert_allclose(t.grad.data, whole, rtol=1e-13, atol=1e-15)
    (about_0,) = gradients_of(lambda x: np.var(x, mean=0.0), X)
    np.testing.assert_allclose(about_0, 2 * X / 6)


def test_a_standard_deviation_of_0_about_a_given_mean_has_gradient_0() -> None:
    assert gradients_of(lambda x: np.std(x, mean=3.0), [3.0, 3.0]) == [[0.0, 0.0]]


# ----------------------------------------------------------------------------------------------------------------- ties


def test_an_initial_value_that_ties_with_elements_is_one_more_of_them() -> None:
    for f in (np.max, np.maximum.reduce, np.nanmax, np.fmax.reduce):
        assert gradients_of(lambda x, f=f: f(x, initial=2.0), [1.0, 2.0]) == [[0.0, 0.5]]
        assert gradients_of(lambda x, f=f: f(x, initial=2.0), [2.0, 1.0, 2.0]) == [[1 / 3, 0.0, 1 / 3]]
        assert gradients_of(lambda x, f=f: f(x, initial=5.0), [1.0, 2.0]) == [[0.0, 0.0]]
        assert gradients_of(lambda x, f=f: f(x, initial=0.0), [1.0, 2.0]) == [[0.0, 1.0]]
    for f in (np.min, np.minimum.reduce, np.nanmin, np.fmin.reduce):
        assert gradients_of(lambda x, f=f: f(x, initial=1.0), [1.0, 2.0]) == [[0.5, 0.0]]


def test_elements_that_do_not_count_take_no_share_of_a_tie() -> None:
    for f in (np.max, np.nanmax):
        found = gradients_of(lambda x, f=f: f(x, initial=-9.0, where=[True, False, True]), [2.0, 2.0, 2.0])
        assert found == [[0.5, 0.0, 0.5]]
        assert gradients_of(lambda x, f=f: f(x, initial=-9.0, where=False), [2.0, 2.0]) == [[0.0, 0.0]]


def test_nan_that_does_not_count_does_no_harm() -> None:
    where = [True, False, True]
    for f in (np.sum, np.mean, np.prod, np.var, np.std):
        (found,) = gradients_of(lambda x, f=f: f(x, where=where), [1.0, NAN, 3.0])
        (expected,) = gradients_of(f, [1.0, 3.0])
        assert found == [expected[0], 0.0, expected[1]]


# ----------------------------------------------------------------------------------------------------------- infinities


def test_the_greatest_present_element_has_the_whole_gradient_even_if_it_is_minus_infinity() -> None:
    assert gradients_of(np.nanmax, [NAN, -INF]) == [[0.0, 1.0]]
    assert gradients_of(np.nanmin, [INF, NAN, NAN]) == [[1.0, 0.0, 0.0]]
    assert gradients_of(np.nanmax, [-INF, -INF, NAN]) == [[0.5, 0.5, 0.0]]
    assert gradients_of(lambda x: np.nanmax(x, axis=1), [[NAN, -INF], [NAN, 2.0]]) == [[[0.0, 1.0], [0.0, 1.0]]]
    assert gradients_of(np.nanmax, [NAN, NAN]) == [[0.0, 0.0]]


def test_extremes_at_infinity_and_of_nan() -> None:
    assert gradients_of(np.max, [-INF, -INF]) == [[0.5, 0.5]]
    assert gradients_of(np.max, [1.0, INF]) == [[0.0, 1.0]]
    assert gradients_of(np.min, [1.0, NAN, NAN]) == [[0.0, 0.5, 0.5]]


def test_what_is_minus_infinity_adds_nothing_to_a_sum_of_exponentials() -> None:
    for f in (np.logaddexp, np.logaddexp2):
        assert gradients_of(f, -INF, -INF) == [0.0, 0.0]
        assert gradients_of(f, -INF, 1.0) == [0.0, 1.0]
    for f in (logsumexp, np.logaddexp.reduce):
        assert gradients_of(f, [-INF, -INF]) == [[0.0, 0.0]]
    assert gradients_of(np.logaddexp.accumulate, [-INF, -INF, 0.0]) == [[1.0, 0.0, 1.0]]


def test_a_part_of_a_sum_of_exponentials_has_all_digits_for_large_numbers() -> None:
    for f in (np.logaddexp, np.logaddexp2):
        assert gradients_of(f, 1e200, 1e200) == [0.5, 0.5]
        assert gradients_of(f, INF, 1e300) == [1.0, 0.0]
        assert gradients_of(f, -800.0, 800.0) == [0.0, 1.0]
    assert gradients_of(np.logaddexp.accumulate, [1e200, 1e200]) == [[1.5, 0.5]]
    assert gradients_of(np.logaddexp.accumulate, [0.0, INF, 2.0]) == [[1.0, 2.0, 0.0]]


def test_a_sum_of_exponentials_at_plus_infinity_has_nan_where_the_limit_is_not_determined() -> None:
    x = Tensor([INF, 800.0], requires_grad=True)
    y = logsumexp(x)
    assert y.item() == INF
    with np.errstate(invalid="ignore"):
        y.backward()
    assert x.grad.data.tolist() == pytest.approx([NAN, 0.0], nan_ok=True)


# -------------------------------------------------------------------------------------------------------------- nothing


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_sums_of_nothing(shape: tuple[int, ...]) -> None:
    nothing = Tensor(np.ones(shape), requires_grad=True)
    assert logsumexp(nothing, axis=0).tolist() == np.full(shape[1:], -INF).tolist()
    for f in (np.sum, np.prod, logsumexp, lambda x, axis: np.max(x, axis=axis, initial=0.0)):
        y = f(nothing, axis=0)
        nothing.grad = None
        y.backward(np.ones(y.shape))
        assert nothing.grad.shape == shape


def test_a_variance_of_too_few_numbers_has_the_gradient_of_an_infinite_value_not_a_turned_sign() -> None:
    x = Tensor([1.0, 4.0], requires_grad=True)
    with pytest.warns(RuntimeWarning):
        y = np.var(x, ddof=3)
    assert y.item() == INF
    with np.errstate(all="ignore"):
        y.backward()
    assert x.grad.data.tolist() == [-INF, INF]


def test_variance_of_present_elements_is_nan_where_there_are_too_few() -> None:
    x = Tensor([[1.0, NAN], [1.0, 4.0]], requires_grad=True)
    y = np.nanvar(x, axis=1, ddof=1)
    np.testing.assert_array_equal(y.data, [NAN, 4.5])
    y[1].backward()
    assert x.grad.data[1].tolist() == [-3.0, 3.0]


# -------------------------------------------------------------------------------------------- many numbers of two bytes


def test_counts_above_what_half_precision_holds() -> None:
    n = 70_000
    x = Tensor(np.ones(n), requires_grad=True, dtype=np.float16)
    for f, scale, expected in (
        (np.mean, 60_000.0, 60_000 / n),
        (np.max, 60_000.0, 60_000 / n),
        (np.nanmax, 1e4, 1 / 7),
    ):
        x.grad = None
        f(x).backward(np.float16(scale))
        assert x.grad.dtype == np.float16
        np.testing.assert_allclose(x.grad.data[:: n // 10], expected, rtol=1e-3)
    x.grad = None
    (np.mean(x.reshape(-1, 1), axis=0, where=np.ones((n, 1), bool)) * 60_000).backward()
    np.testing.assert_allclose(x.grad.data[:: n // 10], 60_000 / n, rtol=1e-3)


def test_ties_down_a_column_are_all_counted_in_half_precision() -> None:
    x = Tensor(np.ones((4096, 1)), requires_grad=True, dtype=np.float16)  # 2048 + 1 is 2048 in half precision
    np.max(x, axis=0).backward(np.array([4096.0]))
    assert (x.grad.data == 1.0).all()


def test_the_gradient_of_a_spread_goes_through_numbers_beyond_half_precision() -> None:
    values = np.array([100.0, -100.0, 60.0, 0.0])
    for f in (np.var, np.std, lambda x: np.var(x, where=[True] * 4), lambda x: np.var(x, mean=1.0)):
        x, exact = Tensor(values, requires_grad=True, dtype=np.float16), Tensor(values, requires_grad=True)
        f(x).backward(np.float16(900.0))
        f(exact).backward(900.0)
        np.testing.assert_allclose(x.grad.data, exact.grad.data, rtol=2e-3)


@pytest.mark.parametrize("initial", [NOT_GIVEN, 3.0])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_product_of_nothing_has_one_value_in_both_its_forms(keepdims: bool, initial: Any) -> None:
    x = np.ones((2, 0, 3))
    found = prod.primitive.again(x, 1, keepdims, None, initial, True)
    np.testing.assert_array_equal(found, np.prod(x, axis=1, keepdims=keepdims, initial=initial))
