"""Points at which a rule takes another way: a zero, a tie, a bound that is not there, an infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, hessian
from autograd.rules.reduction import logsumexp


def gradients_of(f: Callable[..., Tensor], *values: Any) -> list[Any]:
    xs = [Tensor(v, requires_grad=True) for v in values]
    result = f(*xs)
    result.backward(np.ones(result.shape))
    return [x.grad.data.tolist() for x in xs]


@pytest.mark.parametrize("f", [np.power, np.float_power])
def test_slopes_of_powers_of_0_and_to_the_power_of_0(f: np.ufunc) -> None:
    slopes = [[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, float(np.log(2.0)), 0.0]]
    assert gradients_of(f, [0.0, 0.0, 2.0, 0.0], [0.0, 2.0, 0.0, 1.0]) == slopes


def test_0_to_a_negative_power_falls_without_bound_as_the_exponent_grows() -> None:
    with np.errstate(divide="ignore"):
        assert gradients_of(lambda y: np.power(0.0, y), [-1.0]) == [[-np.inf]]


def test_a_distance_of_1_is_like_any_other() -> None:
    assert gradients_of(np.hypot, [1.0, 0.0], [0.0, -1.0]) == [[1.0, 0.0], [0.0, -1.0]]


def test_a_distance_of_0_has_no_second_slope() -> None:
    assert not hessian(lambda v: np.hypot(v[0], v[1]))(np.zeros(2)).any()


@pytest.mark.parametrize("f", [np.logaddexp, np.logaddexp2])
def test_the_sum_of_nothing_and_nothing_moves_with_neither(f: np.ufunc) -> None:
    assert gradients_of(f, [-np.inf, -np.inf], [-np.inf, 0.0]) == [[0.0, 0.0], [0.0, 1.0]]


def test_fabs_has_slope_0_at_0() -> None:
    assert gradients_of(np.fabs, [-2.0, 0.0, 3.0]) == [[-1.0, 0.0, 1.0]]


def test_a_bound_of_clip_has_the_gradient_of_what_it_holds_back() -> None:
    assert gradients_of(lambda x, low: np.clip(x, low, None), [1.0, 3.0], [2.0, 2.0]) == [[0.0, 1.0], [1.0, 0.0]]
    assert gradients_of(lambda x, high: np.clip(x, None, high), [1.0, 3.0], [2.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]


def test_clip_between_equal_bounds_gives_each_its_own() -> None:
    found = gradients_of(np.clip, [1.0, 2.0, 3.0], [2.0] * 3, [2.0] * 3)
    assert found == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_one_element_of_equal_eigenvectors_has_no_gradient() -> None:
    for i, j in ((0, 1), (1, 0)):
        (found,) = gradients_of(lambda a, i=i, j=j: np.linalg.eigh(a)[1][i, j], 2.0 * np.eye(2))
        assert np.isnan(found).any()


def test_a_product_in_another_type_has_its_gradient_in_that_type_too() -> None:
    x = Tensor(np.array([1e30, 1e30, 1e-30, 1e-30], dtype=np.float32), requires_grad=True)
    np.prod(x, dtype=np.float64).backward()
    np.testing.assert_allclose(x.grad.data, [1e-30, 1e-30, 1e30, 1e30], rtol=1e-6)


@pytest.mark.parametrize("f", [np.prod, np.max, np.min])
def test_where_nothing_counts_nothing_moves(f: Any) -> None:
    assert gradients_of(lambda x: f(x, initial=2.0, where=False), [2.0, 3.0]) == [[0.0, 0.0]]


def test_deviations_need_more_room_than_half_precision_has() -> None:
    x = Tensor(np.array([-60000.0, -60000.0, 60000.0], dtype=np.float16), requires_grad=True)
    with np.errstate(over="ignore"):
        for dtype in (None, np.float32):
            x.grad = None
            np.var(x, dtype=dtype).backward()
            np.testing.assert_allclose(x.grad.data.astype(float), [-26667, -26667, 53333], rtol=1e-3)


def test_deviations_are_taken_in_the_type_that_was_asked_for() -> None:
    x = Tensor(np.array([-3e38, -3e38, 3e38], dtype=np.float32), requires_grad=True)
    np.var(x, dtype=np.float64).backward()
    np.testing.assert_allclose(x.grad.data, [-4e38 / 3, -4e38 / 3, 8e38 / 3], rtol=1e-6)


def test_the_deviation_of_very_many_small_numbers_has_a_gradient() -> None:
    n = 70_000
    x = Tensor(np.where(np.arange(n) % 2, 0.5, -0.5).astype(np.float16), requires_grad=True)
    np.std(x).backward(np.float16(60000.0))
    np.testing.assert_allclose(x.grad.data.astype(float), x.data.astype(float) * 120000 / n, rtol=1e-3)


def test_a_deviation_of_0_has_no_second_slope() -> None:
    assert not hessian(np.std)(np.ones(3)).any()


def test_a_sum_of_einstein_can_be_swept_twice() -> None:
    a, b = Tensor([[1.0, 2.0]], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    total = np.einsum("ij,j->", a, b)
    total.backward(retain_graph=True)
    total.backward()
    assert (a.grad.data.tolist(), b.grad.data.tolist()) == ([[6.0, 8.0]], [2.0, 4.0])


def test_the_logarithm_of_a_sum_of_nothing_moves_with_nothing() -> None:
    assert gradients_of(lambda x: logsumexp(x, axis=0), [[-np.inf, 0.0], [-np.inf, -np.inf]]) == [[[0, 1], [0, 0]]]


def test_x_log_y_beside_0() -> None:
    special = pytest.importorskip("scipy.special", reason="its functions are SciPy's")
    with np.errstate(divide="ignore"):
        found = gradients_of(special.xlogy, [0.0, 2.0, 0.0], [0.5, 0.0, 0.0])
    assert found == [[float(np.log(0.5)), -np.inf, 0.0], [0.0, np.inf, 0.0]]
    assert hessian(lambda v: special.xlogy(v[0], v[1]))(np.array([0.0, 0.5])).tolist() == [[0.0, 2.0], [2.0, 0.0]]


def test_hubers_function_has_slope_0_at_0() -> None:
    special = pytest.importorskip("scipy.special", reason="its functions are SciPy's")
    assert gradients_of(lambda r: special.huber(1.0, r), [-3.0, 0.0, 0.5]) == [[-1.0, 0.0, 0.5]]


@pytest.mark.parametrize("keepdims", [False, True])
def test_the_gradient_of_a_product_of_nothing_can_be_differentiated_again(keepdims: bool) -> None:
    x = Tensor(np.ones((2, 0, 3)), requires_grad=True)
    y = x.prod(axis=1, keepdims=keepdims)
    g = Tensor(np.ones(y.shape), requires_grad=True)
    y.backward(g, create_graph=True)
    assert x.grad.shape == (2, 0, 3)
    x.grad.sum().backward()
    assert g.grad.data.tolist() == np.zeros(y.shape).tolist()


@pytest.mark.parametrize("f", [np.power, np.float_power])
def test_at_0_to_the_power_of_0_the_second_slopes_are_0_from_both_sides(f: np.ufunc) -> None:
    assert hessian(lambda v: f(v[0], v[1]))(np.zeros(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(("name", "y"), [("xlogy", 0.0), ("xlog1py", -1.0), ("rel_entr", 0.0), ("kl_div", 0.0)])
def test_0_times_the_logarithm_of_0_has_the_second_slopes_0_from_both_sides(name: str, y: float) -> None:
    f = getattr(pytest.importorskip("scipy.special", reason="its functions are SciPy's"), name)
    assert hessian(lambda v: f(v[0], v[1]))(np.array([0.0, y])).tolist() == [[0.0, 0.0], [0.0, 0.0]]
