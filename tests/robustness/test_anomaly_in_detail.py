"""detect_anomaly: what it leaves as it is, whom it does not blame, and what it says where less is known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, detect_anomaly, no_grad, primitive, trace
from autograd.backward import gradients
from autograd.graph import is_recording


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """NumPy warns where the numbers go wrong; here they are meant to."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@pytest.mark.parametrize("infinity", [False, True])
def test_it_does_not_switch_recording_on(infinity: bool) -> None:
    x = Tensor([-1.0], requires_grad=True)
    with no_grad(), detect_anomaly(infinity):
        assert not is_recording()
        assert not np.log(x).requires_grad


def test_a_recorded_sweep_under_it_can_be_differentiated_again() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with detect_anomaly():
        (slope,) = gradients([(x * x * x).sum()], [x], [None], create_graph=True)
        assert gradients([slope.sum()], [x], [None])[0].tolist() == [6.0, 12.0]


def test_a_mask_in_a_sequence_is_a_mask() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    with detect_anomaly():
        np.exp(np.concatenate([x, np.array([-np.inf])])).sum().backward()
    np.testing.assert_allclose(x.grad.data, np.exp([1.0, 2.0, 3.0]))


def test_what_a_rule_gives_for_a_constant_is_nobodys_gradient() -> None:
    total = primitive(lambda x, y: x + y, name="total", together=lambda g: (g, g * np.nan))
    x = Tensor([1.0, 2.0], requires_grad=True)
    with detect_anomaly():
        total(x, np.ones(2)).sum().backward()
        with pytest.raises(FloatingPointError, match="the derivative of total by y gave nan"):
            total(x, x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_one_of_several_outputs_is_looked_at_where_it_is_computed() -> None:
    both = primitive(lambda x: (x * 2.0, np.log(x)), name="both", x=lambda g, x: 2.0 * g[0] + g[1] / x)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"^both gave nan \(1 of 2 .*, at .* both\(Tensor"):
        both(Tensor([1.0, -1.0], requires_grad=True))


def test_an_operand_without_elements_is_described_by_its_dtype() -> None:
    x = Tensor(np.empty((0, 2)), requires_grad=True)
    with (
        detect_anomaly(),
        pytest.raises(
            FloatingPointError, match=r"^mean gave nan, at .* given x, a leaf of shape \(0, 2\) \(float64\);"
        ),
    ):
        x.mean()


def test_the_line_is_known_of_a_forward_pass_that_was_traced_and_asked_for_of_one_that_was_not() -> None:
    x = Tensor(0.0, requires_grad=True)
    with trace():
        traced = x**0.5
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"by x gave inf, at .*: traced = x\*\*0\.5; its"):
        traced.backward()
    plain = x**0.5
    assert plain.node.notes.constants == (None, 0.5)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"by x gave inf \(record the forward pass under"):
        plain.backward()


def test_a_changed_leaf_without_a_name_is_told_by_its_shape() -> None:
    w, u = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    message = r"^multiply saved its operand x, a leaf of shape \(2,\), for its derivative, and the array was changed"
    with detect_anomaly():
        loss = (w * u).sum()
        w.data[0] = 9.0
        with pytest.raises(RuntimeError, match=message):
            loss.backward()


def test_a_method_called_forward_of_what_is_no_module_is_passed_over() -> None:
    class Model:
        def forward(self, x: Any) -> Any:
            return np.log(x)  # here

    with detect_anomaly(), pytest.raises(FloatingPointError, match=r" in forward: return np\.log\(x\)  # here; it was"):
        Model().forward(Tensor([-1.0], requires_grad=True))
