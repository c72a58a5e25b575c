"""What happens, step by step."""

import numpy as np
import pytest

from autograd import Tensor, trace
from autograd.draw import draw
from autograd.draw.plan import make
from autograd.draw.snapshot import take
from autograd.draw.steps import Step, steps_of

from .graphs import GRAPHS, lecture, network


def steps(outputs: list[Tensor], **chosen) -> list[Step]:
    return steps_of(make(take(outputs), **chosen))


def test_the_lecture_is_told_step_by_step() -> None:
    assert [(s.kind, s.text) for s in steps(lecture())] == [
        ("given", "Leaves and constants are given."),
        ("forward", "q = x + y = −2 + 5 = 3"),
        ("forward", "f = q × z = 3 × (−4) = −12"),
        ("seed", "The seed: ∂f/∂f = 1"),
        ("backward", "f → q   ∂f/∂q = z = −4   upstream × local = 1 × (−4) = −4"),
        ("backward", "f → z   ∂f/∂z = q = 3   upstream × local = 1 × 3 = 3"),
        ("backward", "q → x   ∂q/∂x = 1   upstream × local = −4 × 1 = −4"),
        ("backward", "q → y   ∂q/∂y = 1   upstream × local = −4 × 1 = −4"),
        ("end", "The sweep is complete: every leaf has its gradient."),
    ]


def test_at_a_fan_out_the_contributions_arrive_one_by_one_and_add_up() -> None:
    x = Tensor(3.0, True, "x")
    y = x * 0.1 + x * 0.4
    y.backward()
    arriving = [(s.gradient, s.addition) for s in steps([y]) if "→ x " in s.text]
    assert arriving == [("∂ 0.4", "the first of 2: 0.4"), ("∂ 0.5", "0.4 + 0.1 → 0.5")]


def test_what_earlier_sweeps_had_brought_is_told() -> None:
    x = Tensor(3.0, True, "x")
    (2.0 * x).backward()
    y = x * x
    y.backward()
    last = [s for s in steps([y]) if s.kind == "backward"][-1]
    assert (last.gradient, last.addition) == ("∂ 8", "3 + 3 → 6   (with what earlier sweeps had brought: 8)")


def test_larger_tensors_are_told_by_shapes_and_rules() -> None:
    x = Tensor(np.ones((2, 3)), True, "x")
    with trace():
        y = np.tanh(x)
        total = y.sum()
    total.backward()
    texts = [s.text for s in steps([total])]
    assert texts[1] == "y = tanh(x)   (2, 3) → (2, 3): [[0.7616, 0.7616, 0.7616], [0.7616, 0.7616, 0.7616]]"
    assert texts[5].startswith("y → x   g of shape (2, 3) → g·(1 − ans·ans) → (2, 3): [[0.42, 0.42, 0.42], [0.42,")


def test_without_gradients_there_is_no_backward_and_the_reason_is_told() -> None:
    found = steps([Tensor(3.0, True) * 2.0])
    assert [s.kind for s in found] == ["given", "forward", "end"]
    assert found[-1].text == "No gradient is known: call backward() before draw(), or draw a function."


def test_what_was_not_kept_is_said() -> None:
    x = Tensor(np.ones((2, 3)), True, "x")
    (np.tanh(x) * 2.0).sum().backward()
    total = np.tanh(x).sum()
    total.backward()
    assert "(under autograd.trace() its numbers are kept)" in steps([total])[-2].text


@pytest.mark.parametrize("name", GRAPHS)
def test_each_operation_has_its_value_before_any_gradient_comes(name: str) -> None:
    found = steps(GRAPHS[name]())
    kinds = [s.kind for s in found]
    assert kinds == sorted(kinds, key=["given", "forward", "seed", "backward", "end"].index)


def test_the_sum_is_complete_before_it_is_handed_on() -> None:
    outputs = network()
    plan = make(take(outputs))
    order = [s for s in steps_of(plan) if s.kind == "backward"]
    for i, step in enumerate(order):
        assert not any(step.head in later.boxes for later in order[i:])


def test_collapsed_modules_run_as_one() -> None:
    found = steps(network(), depth=0)
    assert [s.text for s in found if s.text.endswith("runs")] == ["Sequential runs"]
    assert draw(*network(), depth=0).plan.boxes[1].module == 0
