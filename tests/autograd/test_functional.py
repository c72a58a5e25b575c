"""Derivatives of plain functions: values, kinds of results, and levels that never mix."""

import gc
import inspect
import threading

import numpy as np
import pytest

from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, no_grad, value_and_grad, vjp
from autograd.graph import is_recording

SHAPES = [(), (3,), (2, 3)]


def bend(x):
    """A smooth function of the shape of x, with a Jacobian that is neither diagonal nor symmetric."""
    weights = 0.1 * np.arange(1.0, x.size + 1).reshape(x.shape)
    return np.sin(x) * x**2 + x * (weights * x).sum()


def bowl(x):
    return bend(x).sum() + np.exp(0.1 * (x * x).sum())


def points(shape, seed=0):
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=shape)), np.asarray(rng.normal(size=shape))


# -------------------------------------------------------------------------------------------------------------- values


def test_grad_is_the_derivative_of_the_calculus():
    assert grad(lambda x: x**3)(2.0) == 12.0
    np.testing.assert_allclose(grad(lambda x: np.sum(np.log(x)))(np.array([1.0, 4.0])), [1.0, 0.25])


def test_a_python_int_counts_as_a_float():
    result = grad(lambda x: x * x)(3)
    assert result == 6.0
    assert result.dtype == np.float64


def test_value_and_grad_gives_both_from_one_run():
    runs = []

    def f(x):
        runs.append(1)
        return (x * x).sum()

    value, gradient = value_and_grad(f)(np.array([1.0, 2.0]))
    assert value == 5.0
    np.testing.assert_array_equal(gradient, [2.0, 4.0])
    assert len(runs) == 1


def test_an_output_of_one_element_counts_as_a_scalar_whatever_its_shape():
    np.testing.assert_array_equal(grad(lambda x: (x * x).sum(keepdims=True))(np.ones((2, 2))), 2 * np.ones((2, 2)))


def test_argnums_chooses_the_arguments_and_a_tuple_gives_a_tuple():
    def f(x, y, z):
        return x * y**2 * z**3

    assert grad(f, 1)(1.0, 2.0, 3.0) == 108.0
    assert grad(f, -1)(1.0, 2.0, 3.0) == 108.0
    assert grad(f, (2, 0))(1.0, 2.0, 3.0) == (108.0, 108.0)
    assert grad(f, (0,))(1.0, 2.0, 3.0) == (108.0,)


def test_other_arguments_reach_the_function_as_they_are():
    def f(x, labels, *, scale):
        assert type(labels) is list
        assert type(scale) is int
        return (x[labels] * scale).sum()

    np.testing.assert_array_equal(grad(f)(np.ones(3), [0, 2], scale=5), [5.0, 0.0, 5.0])


def test_an_unused_argument_has_the_gradient_zero():
    first, second = grad(lambda x, y: x.sum(), (0, 1))(np.ones(2), np.ones((2, 3)))
    np.testing.assert_array_equal(first, np.ones(2))
    np.testing.assert_array_equal(second, np.zeros((2, 3)))


@pytest.mark.parametrize("constant", [2.0, np.array(2.0), Tensor(2.0), 2])
def test_a_constant_function_has_the_gradient_zero(constant):
    value, gradient = value_and_grad(lambda x: constant)(np.ones(3, np.float32))
    assert value == 2.0
    np.testing.assert_array_equal(gradient, np.zeros(3))
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(jacobian(lambda x: constant)(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(jvp(lambda x: constant, np.ones(3), np.ones(3))[1], 0.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_float32_stays_float32(shape):
    x, v = (a.astype(np.float32) for a in points(shape))
    _, gradient = value_and_grad(bowl)(x)
    assert gradient.dtype == np.float32
    for result in (jvp(np.sin, x, v)[1], vjp(np.sin, x)[1](v), hvp(lambda x: np.sin(x).sum(), x, v)):
        assert result.dtype == np.float32


def test_the_function_may_use_in_place_syntax_on_its_argument():
    def f(x):
        x *= 3.0
        x[0] = 0.0
        return (x * x).sum()

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(f)(x), [0.0, 36.0])
    np.testing.assert_array_equal(x, [1.0, 2.0])


# ------------------------------------------------------------------------------------------------------------ products


@pytest.mark.parametrize("shape", SHAPES)
def test_jvp_and_vjp_are_adjoint(shape):
    x, u = points(shape)
    v, _ = points(shape, seed=1)
    _, pushed = jvp(bend, x, u)
    _, pull = vjp(bend, x)
    np.testing.assert_allclose(np.sum(v * pushed), np.sum(pull(v) * u), rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_jvp_and_vjp_are_products_with_the_jacobian(shape):
    x, v = points(shape)
    J = jacobian(bend)(x)
    assert J.shape == shape + shape
    J = J.reshape(x.size, x.size)
    y, pushed = jvp(bend, x, v)
    np.testing.assert_allclose(y, bend(x), rtol=1e-14)
    np.testing.assert_allclose(np.ravel(pushed), J @ v.ravel(), rtol=1e-12)
    y, pull = vjp(bend, x)
    np.testing.assert_allclose(y, bend(x), rtol=1e-14)
    np.testing.assert_allclose(np.ravel(pull(v)), v.ravel() @ J, rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_hvp_is_the_hessian_times_the_vector(shape):
    x, v = points(shape)
    H = hessian(bowl)(x)
    assert H.shape == shape + shape
    np.testing.assert_allclose(np.ravel(hvp(bowl, x, v)), H.reshape(x.size, x.size) @ v.ravel(), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
def test_hessians_are_symmetric(shape):
    x, _ = points(shape)
    H = hessian(bowl)(x).reshape(x.size, x.size)
    np.testing.assert_allclose(H, H.T, rtol=1e-12)


def test_blocks_of_a_hessian_are_each_others_transpose():
    x, y = np.array([1.0, 2.0]), np.array([[0.5, -1.0, 2.0], [1.0, 0.0, 3.0]])
    H = hessian(lambda x, y: np.sum(np.sin(x @ y) * y[0]), (0, 1))(x, y)
    assert H[0][1].shape == (2, 2, 3)
    np.testing.assert_allclose(H[0][1], np.transpose(H[1][0], (2, 0, 1)), rtol=1e-13)


def test_jacobians_of_several_outputs_by_several_arguments():
    def f(x, y):
        return x * y, x.sum()

    (a, b), (c, d) = jacobian(f, (0, 1))(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(a, np.diag([3.0, 4.0]))
    np.testing.assert_array_equal(b, np.diag([1.0, 2.0]))
    np.testing.assert_array_equal(c, [1.0, 1.0])
    np.testing.assert_array_equal(d, [0.0, 0.0])


def test_an_empty_output_has_an_empty_jacobian():
    assert jacobian(lambda x: x[:0])(np.ones((2, 3))).shape == (0, 3, 2, 3)


def test_pull_can_be_called_again_and_its_results_are_the_callers_own():
    _, pull = vjp(lambda x, y: x + y, np.ones(2), np.ones(2))
    first, second = pull(np.array([1.0, 2.0]))
    first[:] = 9.0
    np.testing.assert_array_equal(second, [1.0, 2.0])
    np.testing.assert_array_equal(pull(np.array([3.0, 4.0]))[0], [3.0, 4.0])


def test_vjp_stays_right_when_arguments_and_output_are_overwritten_afterwards():
    x = np.array([0.0, 1.0])
    y, pull = vjp(np.exp, x)
    x[:] = y[:] = 7.0
    np.testing.assert_allclose(pull(np.ones(2)), [1.0, np.e])


def test_vjp_and_jvp_of_several_outputs():
    def f(x):
        return np.sin(x), (x * x).sum(), 3.0

    x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    outputs, tangents = jvp(f, x, v)
    assert [np.shape(y) for y in outputs] == [(2,), (), ()]
    np.testing.assert_allclose(tangents[0], np.cos(x) * v)
    np.testing.assert_allclose(tangents[1:], [-2.0, 0.0])
    _, pull = vjp(f, x)
    np.testing.assert_allclose(pull((v, 2.0, 1.0)), np.cos(x) * v + 4 * x)


def test_jvp_and_hvp_of_several_arguments():
    assert jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0)) == (6.0, 23.0)
    assert hvp(lambda x, y: x * x * y, (2.0, 3.0), (1.0, 10.0)) == (6.0 + 40.0, 4.0)


def test_keyword_arguments_are_passed_on():
    def f(x, power):
        return (x**power).sum()

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(vjp(f, x, power=2)[1](1.0), [2.0, 4.0])
    assert jvp(f, x, x, power=2)[1] == 10.0
    np.testing.assert_array_equal(hvp(f, x, x, power=2), 2 * x)
    np.testing.assert_array_equal(hessian(f)(x, power=2), 2 * np.eye(2))


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


# -------------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (
            lambda: grad(bend)(np.ones(3)),
            ValueError,
            "bend returned shape (3,), and a gradient is that of a scalar; reduce the output with .sum() or .mean(), "
            "or use jacobian for the derivatives of all its elements",
        ),
        (
            lambda: hessian(bend)(np.ones(3)),
            ValueError,
            "bend returned shape (3,), and a gradient is that of a scalar",
        ),
        (
            lambda: grad(lambda x: (x, x))(1.0),
            TypeError,
            "<lambda> returned a tuple of 2, and a gradient is that of one scalar; return the scalar alone, or use vjp",
        ),
        (
            lambda: grad(lambda x: None)(1.0),
            TypeError,
            "<lambda> returned None; the function to differentiate must return its result",
        ),
        (
            lambda: grad(bowl)(np.arange(3)),
            TypeError,
            "argument 0 has dtype int64, and only floating point numbers have a derivative; give it as float (1.0 for "
            "1, array.astype(float)), or leave it out of argnums",
        ),
        (lambda: grad(bowl)(True), TypeError, "argument 0 has dtype bool"),
        (lambda: vjp(lambda x, y: x, 1.0, np.arange(2)), TypeError, "argument 1 has dtype int64"),
        (
            lambda: grad(bowl, 1)(1.0),
            ValueError,
            "argnums=1, but 1 positional argument(s) were given; only positional arguments are differentiated, so give "
            "the argument by its position",
        ),
        (lambda: grad(bowl, (0, -1))(1.0), ValueError, "argnums=(0, -1) means the same argument twice"),
        (
            lambda: grad(bowl, 2.0),
            TypeError,
            "argnums must be an int or a tuple of ints, not 2.0; the arguments of bowl are given to the function that "
            "grad returns: grad(bowl)(…)",
        ),
        (
            lambda: value_and_grad(bowl, np.ones(3)),
            TypeError,
            "argnums must be an int or a tuple of ints, not ndarray; the arguments of bowl are given to the function "
            "that value_and_grad returns: value_and_grad(bowl)(…)",
        ),
        (lambda: jacobian(bend, np.ones(3)), TypeError, "function that jacobian returns: jacobian(bend)(…)"),
        (lambda: hessian(bowl, Tensor(1.0)), TypeError, "not Tensor; the arguments of bowl are given to the function"),
        (lambda: hessian(bowl, Tensor(1.0)), TypeError, "function that hessian returns: hessian(bowl)(…)"),
        (lambda: grad(bowl, "x"), TypeError, "argnums must be an int or a tuple of ints, not 'x'"),
        (lambda: grad(bowl, ()), TypeError, "argnums must be an int or a tuple of ints, not ()"),
        (
            lambda: grad(bowl(np.ones(2))),
            TypeError,
            "grad takes a function, not float64; write grad(f) for a function f, not f(x)",
        ),
        (lambda: value_and_grad(3.0), TypeError, "value_and_grad takes a function, not float"),
        (lambda: hessian(3.0), TypeError, "hessian takes a function, not float"),
        (lambda: hvp(3.0, 1.0, 1.0), TypeError, "hvp takes a function, not float"),
        (lambda: vjp(3.0, 1.0), TypeError, "vjp takes a function, not float"),
        (lambda: jvp(3.0, 1.0, 1.0), TypeError, "jvp takes a function, not float"),
        (lambda: jacobian(3.0), TypeError, "jacobian takes a function, not float"),
        (
            lambda: jvp(bend, np.ones(3), np.ones(2)),
            ValueError,
            "a tangent has shape (2,), but its primal has shape (3,); make them equal",
        ),
        (
            lambda: jvp(lambda x, y: x, (1.0, 2.0), 1.0),
            ValueError,
            "there must be a tangent for each primal, in a tuple of 2; got one that is no tuple",
        ),
        (
            lambda: vjp(bend, np.ones(3))[1](1.0),
            ValueError,
            "a cotangent has shape (), but its output has shape (3,); make them equal",
        ),
        (
            lambda: vjp(lambda x: (x, x), 1.0)[1]((1.0, 1.0, 1.0)),
            ValueError,
            "there must be a cotangent for each output, in a tuple of 2; got 3",
        ),
        (
            lambda: hvp(bowl, np.ones(3), np.ones((3, 1))),
            ValueError,
            "a v has shape (3, 1), but its x has shape (3,); make them equal",
        ),
    ],
)
def test_errors_say_what_was_given_and_what_to_do(attempt, error, text):
    with pytest.raises(error) as caught:
        attempt()
    assert text in str(caught.value)
