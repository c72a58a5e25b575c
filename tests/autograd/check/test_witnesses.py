"""The witnesses that need no step: the complex step, and the transposed product."""

import numpy as np
import pytest

from autograd import Tensor, gradcheck, primitive
from autograd.check import complex_step
from autograd.check.record import record
from benchmarks.check.calls import clean_calls, is_defined

EVERY = [call for call in clean_calls(every=120, scales=(1.0,)) if is_defined(call)]


def complex_and_backward(call):
    rng = np.random.default_rng(0)
    leaves = [Tensor(x, requires_grad=True) for x in call.operands]
    run = record(lambda: list(y) if isinstance(y := call.function(*leaves), (tuple, list)) else [y])
    tangents = {leaf.node.number: rng.uniform(0.5, 1.5, leaf.shape) for leaf in leaves}
    pushed = complex_step.push(run, tangents)
    if pushed is None:
        return None
    seeds = [rng.uniform(0.5, 1.5, y.shape) for y in run.outputs]
    sum((y * v).sum() for y, v in zip(run.outputs, seeds, strict=True)).backward()
    forward = sum(float((v * dy).sum()) for v, dy in zip(seeds, pushed, strict=True))
    parts = [leaf.grad.data * tangents[leaf.node.number] for leaf in leaves if leaf.grad is not None]
    return forward, sum(float(p.sum()) for p in parts), sum(float(abs(p).sum()) for p in parts)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_complex_step_agrees_to_the_last_digits_for_every_primitive_on_its_tables():
    allowed = 0
    for call in EVERY:
        found = complex_and_backward(call)
        if found is not None:
            allowed += 1
            forward, backward, size = found
            assert abs(forward - backward) <= 1e-10 * size + 1e-13, call.name
    assert allowed > len(EVERY) / 2


def test_a_function_of_the_users_own_has_no_complex_step():
    gate = primitive(lambda x: np.exp(x), name="exp", x=lambda g, ans: g * ans)
    x = Tensor([1.0], requires_grad=True)
    assert complex_step.push(record(lambda: [gate(x)]), {x.node.number: np.ones(1)}) is None
    assert complex_step.push(record(lambda: [np.exp(x)]), {x.node.number: np.ones(1)}) is not None
    assert "complex step" not in str(gradcheck(gate, np.ones(2)))
    assert "the complex step agrees to" in str(gradcheck(np.exp, np.ones(2)))


def test_a_rule_that_is_not_linear_is_found_by_the_transposed_product():
    gate = primitive(lambda x: np.sin(x), name="gate", x=lambda g, x: g * abs(g) * np.cos(x))
    assert "FAIL: ⟨v, J u⟩ and ⟨Jᵀv, u⟩ differ by" in str(gradcheck(gate, np.ones(3)))


def test_an_upstream_gradient_of_zero_must_give_zero():
    gate = primitive(lambda x: np.sin(x), name="gate", x=lambda g, x: g * np.cos(x) + 1e-9)
    result = gradcheck(gate, np.ones(3))
    assert not result
    assert (
        "FAIL: an upstream gradient of zero gives x the gradient 1e-09, not zero; a derivative rule must multiply by "
        "g, and add nothing to it." in result.problems
    )


@pytest.mark.parametrize("error", [1e-4, 1e-8])
def test_a_small_error_that_the_complex_step_sees_too_is_no_rounding(error):
    sine = primitive(np.sin, name="sine", x=lambda g, x: g * np.cos(x) * (1 + error))
    assert gradcheck(sine, np.array(0.5)).verdict == "FAIL"
