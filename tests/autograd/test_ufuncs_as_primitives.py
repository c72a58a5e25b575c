"""primitive() of a ufunc: those of one or two operands and one result are recorded in a faster way than others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, primitive
from autograd.backward import gradients
from autograd.primitive import TABLE

A = np.array([1.0, 2.0])


def test_of_a_product_with_a_constant_only_the_constant_is_kept() -> None:
    x = Tensor([2.0, 3.0], requires_grad=True)
    for product in (x * A, A * x):
        (kept,) = (value for value in product.node.saved if value is not None)
        assert kept is A
    both = [value for value in (x * (x + 1.0)).node.saved if value is not None]
    assert (len(both), sum(value is x.data for value in both)) == (2, 1)


def test_a_rule_for_a_ufunc_may_ask_for_shapes_and_have_a_second_form() -> None:
    def second(x: Any) -> Any:
        return 3.0 * x * x

    by_shape = primitive(np.spacing, implements=second, x=lambda g, x_shape: g * float(len(x_shape)))
    by_second_form = primitive(np.spacing, implements=second, x=lambda g: g * 0.0, again=second)
    power_of_two = primitive(np.ldexp, implements=second, x1=lambda g, x1, ans: g * ans / x1, x2=None)
    del TABLE[second]
    x = Tensor([1.0, 2.0], requires_grad=True)
    by_shape(x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    (slope,) = gradients([by_second_form(x).sum()], [x], [None], create_graph=True)
    assert slope.tolist() == [6.0, 12.0]
    (slope,) = gradients([power_of_two(x, 3).sum()], [x], [None])
    assert slope.tolist() == [8.0, 8.0]


def test_a_ufunc_may_have_several_results() -> None:
    def stand_in() -> None:
        """NumPy's own np.modf keeps its rule."""

    parts = primitive(np.modf, implements=stand_in, x=lambda g: g[0] + 0.0 * g[1])
    del TABLE[stand_in]
    x = Tensor([1.25, 2.5], requires_grad=True)
    fraction, whole = parts(x)
    assert (fraction.tolist(), whole.tolist()) == ([0.25, 0.5], [1.0, 2.0])
    (fraction * 2.0).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_ufunc_may_have_three_operands() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed: it has such functions")

    def stand_in() -> None:
        """SciPy's own function keeps its rule."""

    rules: dict[str, Any] = {"a": lambda g: g, "b": lambda g, a: g * a, "x": lambda g, ans: 0.0 * g * ans}
    operation = primitive(special.betainc, implements=stand_in, **rules)
    del TABLE[stand_in]
    a, b, x = (Tensor(v, requires_grad=True) for v in (2.0, 3.0, 1.0))
    operation(a, b, x).backward()
    assert operation(a, b, x).item() == 1.0
    assert (a.grad.item(), b.grad.item(), x.grad.item()) == (1.0, 2.0, 0.0)
