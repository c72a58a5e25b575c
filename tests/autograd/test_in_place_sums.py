"""Gradients are added in place, and handed out uncopied, only where nobody else holds the array."""

from typing import Any

import numpy as np

from autograd import Tensor, primitive

A = np.array([1.0, 2.0, 3.0])


def a_leaf() -> Tensor:
    return Tensor(A, requires_grad=True)


def test_an_array_that_a_rule_keeps_is_not_written_into() -> None:
    slope = np.array([5.0, 6.0, 7.0])
    linear = primitive(lambda x: x * slope, name="linear", x=lambda g: slope)
    x = a_leaf()
    (x * 1.0 + linear(x) + linear(x)).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2 * slope + 1)
    np.testing.assert_array_equal(slope, [5.0, 6.0, 7.0])


def test_an_array_that_a_rule_returns_for_two_operands_is_not_added_to_itself() -> None:
    def pull(g: Any) -> Any:
        both = g * 1.0
        return both, both

    total = primitive(lambda x, y: x + y, name="total", together=pull)
    x, y = a_leaf(), a_leaf()
    (total(x, y) + total(x, x) + x * y).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 3 + A)
    np.testing.assert_array_equal(y.grad.data, 1 + A)


def test_a_seed_stays_the_callers() -> None:
    x, seed = a_leaf(), np.ones(3)
    (x + x).backward(seed)
    np.testing.assert_array_equal(seed, 1.0)
    x.grad = None
    (x * 1.0 + x).backward(seed)
    np.testing.assert_array_equal(seed, 1.0)
    np.testing.assert_array_equal(x.grad.data, 2.0)


def test_a_saved_array_is_not_written_into() -> None:
    x = a_leaf()
    y = np.exp(x)
    z = (y * y + y * 2.0).sum()
    z.backward(retain_graph=True)
    first, x.grad = x.grad, None
    z.backward()
    np.testing.assert_array_equal(x.grad.data, first.data)


def test_an_array_that_may_not_be_written_is_not_written_into() -> None:
    def pull(g: Any) -> Any:
        frozen = g * 2.0
        frozen.flags.writeable = False
        return frozen

    twice = primitive(lambda x: x * 2.0, name="twice", x=pull)
    x = a_leaf()
    (twice(x) + twice(x)).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 4.0)
    x.grad.data[...] = 0.0


def test_gradients_that_nobody_else_holds_are_added_up_in_the_first_of_them() -> None:
    made: list[int] = []

    def pull(g: Any) -> Any:
        product = g * 2.0
        made.append(product.__array_interface__["data"][0])
        return product

    twice = primitive(lambda x: x * 2.0, name="twice", x=pull)
    x = Tensor(np.ones(1000), requires_grad=True)
    (twice(x) + twice(x) + twice(x)).sum().backward()
    assert len(set(made)) == 3
    assert x.grad.data.__array_interface__["data"][0] == made[0]
    np.testing.assert_array_equal(x.grad.data, 6.0)


def test_two_leaves_with_the_same_gradient_get_arrays_of_their_own() -> None:
    x, y = a_leaf(), a_leaf()
    ((x + y) * A).sum().backward()
    assert not np.shares_memory(x.grad.data, y.grad.data)
    x.grad.data[...] = 0.0
    np.testing.assert_array_equal(y.grad.data, A)
