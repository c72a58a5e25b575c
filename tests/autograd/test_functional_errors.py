"""Derivatives of plain functions: an error says what was given and what to do."""

import numpy as np
import pytest

from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tests.support.curves import bend, bowl


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
