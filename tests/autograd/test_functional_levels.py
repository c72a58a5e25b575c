"""Derivatives of plain functions inside each other, in modes and in threads: nothing is mixed up."""

import gc
import inspect
import threading

import numpy as np
import pytest

from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, no_grad, value_and_grad, vjp
from autograd.graph import is_recording
from tests.support.curves import bend, bowl, points

# -------------------------------------------------------------------------------------------------------------- levels


def test_the_third_derivative_of_sin_x_times_x_squared():
    x = 1.3
    third = 6 * np.cos(x) - 6 * x * np.sin(x) - x**2 * np.cos(x)
    np.testing.assert_allclose(grad(grad(grad(lambda x: np.sin(x) * x**2)))(x), third, rtol=1e-12)


@pytest.mark.parametrize(
    ("outer", "at", "expected"),
    [
        (lambda x: x * grad(lambda y: x * y)(2.0), 3.0, 6.0),
        (lambda x: x * grad(lambda y: x + y)(1.0), 1.0, 1.0),
        (lambda x: x * grad(lambda y: x * y)(x), 3.0, 6.0),
        (lambda x: grad(lambda y: x * x * y * y)(x), 2.0, 24.0),
        (lambda x: x * grad(lambda y: grad(lambda z: x * y * z)(1.0) * y)(5.0), 3.0, 60.0),
        (lambda x: grad(lambda y: grad(lambda z: x * z**2 * y**2)(x))(x), 2.0, 48.0),
        (lambda x: jvp(lambda y: x * y * y, x, 1.0)[1], 3.0, 12.0),
        (lambda x: jvp(lambda y: y * y, 2.0, x)[1], 3.0, 4.0),
        (lambda x: vjp(lambda y: y * y, 2.0)[1](x), 3.0, 4.0),
        (lambda x: hvp(lambda y: x * y**3, 2.0, 1.0), 3.0, 12.0),
        (lambda x: jacobian(lambda y: x * y)(np.ones(2)).sum(), 3.0, 2.0),
        (lambda x: value_and_grad(lambda y: x * y)(2.0)[0], 3.0, 2.0),
    ],
)
def test_variables_of_different_levels_are_not_confused(outer, at, expected):
    np.testing.assert_allclose(grad(outer)(at), expected, rtol=1e-14)


def test_a_jacobian_of_gradients_of_a_function_that_closes_over_the_outer_variable():
    def f(x):
        return grad(lambda y: np.sum(np.sin(x * y)))(np.ones(3)) * x

    x = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(jacobian(f)(x), np.diag(2 * x * np.cos(x) - x**2 * np.sin(x)), rtol=1e-13)


def test_the_jacobian_of_a_jacobian_is_symmetric_in_the_last_indices():
    x, _ = points((3,))
    second = jacobian(jacobian(bend))(x)
    np.testing.assert_allclose(second, second.swapaxes(1, 2), rtol=1e-12)


def test_a_gradient_by_a_closed_over_parameter_goes_through_the_inner_gradient():
    w = Tensor(2.0, requires_grad=True)
    slope = grad(lambda x: w * x**2)(3.0)
    assert isinstance(slope, Tensor)
    assert w.grad is None
    slope.backward()
    assert w.grad.item() == 6.0


def test_a_leaf_that_is_both_argument_and_closed_over_is_differentiated_as_argument_only():
    t = Tensor(3.0, requires_grad=True)
    inner = grad(lambda x: x * x * t)(t)
    assert inner.item() == 18.0
    inner.backward()
    assert t.grad.item() == 12.0  # 2xt → 2t + 2x


def test_tensors_give_tensors_and_stay_in_the_graph_of_the_caller():
    t = Tensor([1.0, 2.0], requires_grad=True)
    value, gradient = value_and_grad(lambda x: (x**3).sum())(t * 2.0)
    (value + gradient.sum()).backward()
    np.testing.assert_allclose(t.grad.data, 24 * t.data**2 + 24 * t.data)


def test_tensors_that_require_no_gradient_give_tensors_that_require_none():
    value, gradient = value_and_grad(lambda x: (x * x).sum())(Tensor([1.0, 2.0]))
    assert isinstance(gradient, Tensor)
    assert not gradient.requires_grad
    assert not value.requires_grad


def test_a_seed_that_is_a_tensor_gives_a_tensor_which_is_recorded_only_if_the_seed_requires_a_gradient():
    for requires_grad in (False, True):
        seed = Tensor(1.0, requires_grad)
        _, pull = vjp(lambda x: x**3, 2.0)
        _, pushed = jvp(lambda x: x**3, 2.0, seed)
        for slope in (pull(seed), pushed):
            assert (slope.item(), slope.requires_grad) == (12.0, requires_grad)


def test_where_a_derivative_is_recorded_a_zero_is_a_tensor_too():
    w = Tensor(2.0, requires_grad=True)
    slopes = grad(lambda x, y: w * x, (0, 1))(3.0, np.ones(2))
    assert [type(slope) for slope in slopes] == [Tensor, Tensor]
    assert slopes[1].tolist() == [0.0, 0.0]


def test_a_leaf_that_the_function_makes_can_be_asked_for_as_one_that_it_closes_over():
    made = []

    def f(x):
        made.append(Tensor(2.0, requires_grad=True))
        return made[0] * x * x

    slope = grad(f)(3.0)
    assert slope.item() == 12.0
    slope.backward()
    assert made[0].grad.item() == 6.0


def test_a_function_of_very_many_paths_is_walked_through_once():
    def doubled(x):
        for _ in range(60):  # 2⁶⁰ paths
            x = x + x
        return x

    assert grad(doubled)(1.0) == 2.0**60
    assert grad(grad(lambda x: doubled(x) * x))(1.0) == 2.0**61


def test_a_scalar_argument_shows_its_value_in_a_graph_that_is_drawn_inside_the_function():
    seen = []

    def f(x):
        seen.append(x.node.value)
        assert repr(x).endswith(", made by argument)")
        return (x * x).sum()

    grad(f)(3.0)
    grad(f)(np.ones(2))
    assert seen == [3.0, None]


def test_recorded_results_share_no_memory():
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    first, second = grad(lambda x, y: (x + y).sum(), (0, 1))(a, b)
    assert first is not second
    assert not np.shares_memory(first.data, second.data)


def test_the_graph_of_a_closed_over_tensor_is_still_there_afterwards():
    w = Tensor(2.0, requires_grad=True)
    squared = w * w
    with no_grad():
        assert grad(lambda x: x * squared)(3.0) == 4.0
    squared.backward()
    assert w.grad.item() == 4.0


def test_no_run_leaves_anything_for_the_garbage_collector():
    x = np.ones(3)
    gc.collect()
    gc.disable()
    try:
        grad(bowl)(x)
        hessian(bowl)(x)
        hvp(bowl, x, x)
        jvp(bend, x, x)
        vjp(bend, x)[1](x)
        assert gc.collect() == 0
    finally:
        gc.enable()


# ------------------------------------------------------------------------------------------------------ modes, threads


def test_under_no_grad_derivatives_are_the_same_and_nothing_is_recorded_outside():
    w = Tensor(2.0, requires_grad=True)
    with no_grad():
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        inside = grad(lambda x: w * x)(w)
        assert isinstance(inside, Tensor)
        assert not inside.requires_grad
        assert type(grad(lambda x: w * x)(3.0)) is np.float64
        assert type(value_and_grad(lambda x: w * x)(3.0)[0]) is np.float64
        assert type(jvp(lambda x: w * x, 3.0, 1.0)[0]) is np.float64
        np.testing.assert_array_equal(hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0])), np.diag([6.0, 12.0]))
        assert jvp(lambda x: x * x, 3.0, 1.0) == (9.0, 6.0)
        assert not is_recording()
    assert is_recording()


def test_a_no_grad_inside_the_function_is_respected():
    def f(x):
        with no_grad():
            factor = x * x
        return factor * x

    assert grad(f)(3.0) == 9.0


def test_the_mode_is_restored_when_the_function_fails():
    with no_grad():
        with pytest.raises(ZeroDivisionError):
            grad(lambda x: 1 / 0)(1.0)
        assert not is_recording()


def test_no_grad_attribute_of_an_argument_is_touched():
    t = Tensor([1.0, 2.0], requires_grad=True)
    for derivative in (grad(bowl), hessian(bowl), jacobian(bend)):
        derivative(t)
    hvp(bowl, t, np.ones(2))
    jvp(bend, t, np.ones(2))
    assert t.grad is None


def test_threads_differentiate_side_by_side():
    results = {}

    def work(k):
        results[k] = [float(grad(grad(lambda x: np.sin(k * x)))(0.5)) for _ in range(50)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(1, 6):
        np.testing.assert_allclose(results[k], -(k**2) * np.sin(0.5 * k), rtol=1e-13)


def test_derived_functions_have_a_name_and_the_signature_of_the_function():
    def loss(weights, scale=1.0):
        return weights * scale

    assert grad(grad(loss)).__name__ == "grad(grad(loss))"
    assert list(inspect.signature(hessian(loss)).parameters) == ["weights", "scale"]
