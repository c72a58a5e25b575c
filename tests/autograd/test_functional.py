"""Derivatives of plain functions: values, kinds of results, and products with Jacobians and Hessians."""

import numpy as np
import pytest

from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tests.support.curves import SHAPES, bend, bowl, points

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
    for kind in (np.array, Tensor):
        empty = jacobian(lambda x: x[:0])(kind(np.ones((2, 3))))
        assert type(empty) is (np.ndarray if kind is np.array else Tensor)
        assert empty.shape == (0, 3, 2, 3)


def test_the_gradient_of_the_argument_itself_is_one():
    assert grad(lambda x: x)(3.0) == 1.0
    assert jvp(lambda x: x, 3.0, 2.0) == (3.0, 2.0)
    np.testing.assert_array_equal(jacobian(lambda x: x)(np.array([1.0, 2.0])), np.eye(2))
    assert [g.item() for g in vjp(lambda x, y: (y, x), 3.0, 4.0)[1]((5.0, 6.0))] == [6.0, 5.0]


def test_of_arrays_come_arrays_and_of_numbers_numbers_and_of_several_tuples():
    def f(x, y):
        return x * y, x + y

    for kind, x in ((np.ndarray, np.array([1.0, 2.0])), (np.float64, 3.0), (Tensor, Tensor([1.0, 2.0]))):
        value, slope = value_and_grad(lambda x: (x * x).sum())(x)
        assert (type(value), type(slope)) == (Tensor if kind is Tensor else np.float64, kind)
        outputs, pull = vjp(f, x, x)
        both, pushed = jvp(f, (x, x), (np.ones_like(x), np.ones_like(x)))
        pulled, hessians = pull((np.ones_like(x), np.ones_like(x))), hvp(lambda x, y: (x * y * y).sum(), (x, x), (x, x))
        for several in (outputs, both, pushed, pulled, hessians):
            assert (type(several), *map(type, several)) == (tuple, kind, kind)
        blocks = jacobian(f, (0, 1))(x, x)
        assert [type(b) for b in (blocks, *blocks, *blocks[0], *blocks[1])] == [tuple] * 3 + [kind] * 4


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
    x = np.array([2.0, 3.0])
    y, pull = vjp(lambda x: x * x, x)
    x[:] = y[:] = 7.0
    np.testing.assert_array_equal(pull(np.ones(2)), [4.0, 6.0])


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
