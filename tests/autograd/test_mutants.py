"""The tests of the tests: wrong derivative rules are put in, and the checks of test_primitives.py must notice each."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from autograd.primitive import Primitive
from autograd.rules.elementwise import _to_winner
from autograd.rules.reduction import _deviation, count, keep
from tests.support.cases import all_cases, all_primitives
from tests.support.checking import Case, check_gradient, check_second_gradient, pulled_back, weights
from tests.support.mutants import CHANGES, Pull, changed, cut_tensors, mutated

STEPS = ("sign", "floor", "ceil", "trunc", "rint", "round", "floor_divide", "imag")
STEPS_BY = (("heaviside", 0), ("copysign", 1))  # those that are steps by one operand


def is_step(name: str, operand: int) -> bool:
    return name in STEPS or (name, operand) in STEPS_BY


@cache
def cases_of(name: str) -> tuple[Case, ...]:
    return tuple(case for case in all_cases() if case.name == name)


def is_noticed(name: str, check: Callable[[Case], None] = check_gradient) -> bool:
    for case in cases_of(name):
        try:
            with np.errstate(all="ignore"):
                check(case)
        except (AssertionError, ValueError, TypeError, AttributeError):
            return True
    return False


MUTANTS = [
    (name, operand, change)
    for name, entry in all_primitives().items()
    for operand in range(len(entry.operands))
    for change in CHANGES
    if change == "a constant too much" or not is_step(name, operand)  # its gradient is 0, whatever is done to it
]


@pytest.mark.parametrize(("name", "operand", "change"), MUTANTS, ids=lambda v: str(v))
def test_a_wrong_rule_is_noticed(name: str, operand: int, change: str) -> None:
    entry = all_primitives()[name]
    with mutated(entry, changed(entry, operand, CHANGES[change])):
        assert is_noticed(name), f"nothing noticed that the gradient of {name} is {change}"


def test_every_rule_of_the_table_has_its_mutants() -> None:
    operations = [f for f in gc.get_objects() if type(f) is FunctionType and hasattr(f, "primitive")]
    of_the_table = [
        entry
        for entry in {f.primitive for f in operations}
        if any(_is_of_the_table(rule) for rule in (*entry.rules.values(), entry.together))
    ]
    assert len(of_the_table) > 150
    names = [entry.name for entry in of_the_table]
    assert len(names) == len(set(names)), "two primitives of one name, of which one is never tested"
    for entry in of_the_table:
        assert all_primitives().get(entry.name) is entry, f"{entry} is not found by all_primitives()"
        assert entry.operands
        for operand in range(len(entry.operands)):
            changes = {change for name, k, change in MUTANTS if (name, k) == (entry.name, operand)}
            assert changes >= ({"a constant too much"} if is_step(entry.name, operand) else set(CHANGES))


def _is_of_the_table(rule: Callable[..., Any] | None) -> bool:
    return getattr(rule, "__module__", "").startswith("autograd.rules.")


def test_a_step_has_no_other_gradient_than_0() -> None:
    steps = [(name, 0) for name in STEPS] + [("floor_divide", 1), *STEPS_BY]
    for name, operand in steps:
        for case in cases_of(name):
            if len(case.operands) == len(all_primitives()[name].operands):  # else it is another one's case
                assert not np.any(pulled_back(case, case.operands, weights(case))[operand]), case


def test_a_rule_for_several_operands_is_changed_by_each_alone() -> None:
    """A mutant is one operand's: what the same rule gives to the others stays right."""
    together = [entry for entry in all_primitives().values() if entry.together is not None]
    assert {"solve", "irfft_parts", "fft_parts"} <= {entry.name for entry in together}
    for entry in together:
        case = cases_of(entry.name)[0]
        right = pulled_back(case, case.operands, weights(case))
        for operand in range(len(entry.operands)):
            with mutated(entry, changed(entry, operand, CHANGES["a constant too much"])):
                wrong = pulled_back(case, case.operands, weights(case))
            differs = [not np.array_equal(r, w) for r, w in zip(right, wrong, strict=True)]
            assert differs[operand], f"{entry.name}: the mutant of operand {operand} changes nothing"
            assert sum(differs) == 1


# What somebody might well write: the right rule with a term dropped, a factor forgotten, or two things confused.
DROPPED: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "subtract without the minus": ("subtract", "y", lambda g: g),
    "multiply by itself": ("multiply", "y", lambda g, x: g),
    "divide without the square": ("divide", "y", lambda g, y, ans: -g * ans),
    "divide without the minus": ("divide", "y", lambda g, y, ans: g * ans / y),
    "square without the 2": ("square", "x", lambda g, x: g * x),
    "reciprocal without the square": ("reciprocal", "x", lambda g, ans: -g * ans),
    "power without the factor": ("power", "x", lambda g, x, y: g * x ** (y - 1)),
    "power without the minus 1": ("power", "x", lambda g, x, y: g * y * x**y),
    "power without the logarithm": ("power", "y", lambda g, x, y, ans: g * ans),
    "exp of nothing": ("exp", "x", lambda g, ans: g),
    "expm1 without the 1": ("expm1", "x", lambda g, ans: g * ans),
    "log1p without the 1": ("log1p", "x", lambda g, x: g / x),
    "sqrt without the 2": ("sqrt", "x", lambda g, ans: g / ans),
    "cos without the minus": ("cos", "x", lambda g, x: g * np.sin(x)),
    "tan without the 1": ("tan", "x", lambda g, ans: g * ans * ans),
    "tanh without the square": ("tanh", "x", lambda g, ans: g * (1 - ans)),
    "cosh with a minus": ("cosh", "x", lambda g, x: -g * np.sinh(x)),
    "arcsin without the root": ("arcsin", "x", lambda g, x: g / (1 - x * x)),
    "arctan with a minus": ("arctan", "x", lambda g, x: g / (1 - x * x)),
    "arctanh with a plus": ("arctanh", "x", lambda g, x: g / (1 + x * x)),
    "arcsinh with a minus": ("arcsinh", "x", lambda g, x: g / np.sqrt(np.abs(x * x - 1))),
    "absolute of the wrong side": ("absolute", "x", lambda g, x: g),
    "maximum to the loser": ("maximum", "x", lambda g, x, y: _to_winner(g, y, x)),
    "minimum to both": ("minimum", "y", lambda g, x, y: g * (x == x)),
    "mean without the count": ("mean", "x", lambda g, x_shape, axis, keepdims: keep(g, x_shape, axis, keepdims)),
    "mean over all": (
        "mean",
        "x",
        lambda g, x_shape, axis, keepdims: keep(g, x_shape, axis, keepdims) / max(count(x_shape, None), 1),
    ),
    "sum along the wrong axis": ("sum", "x", lambda g, x_shape, axis, keepdims: keep(g, x_shape, None, keepdims)),
    "prod without the others": ("prod", "x", lambda g, x, axis, keepdims: keep(g, x.shape, axis, keepdims)),
    "var without the ddof": (
        "var",
        "x",
        lambda g, x, axis, ddof, keepdims: (
            keep(g, x.shape, axis, keepdims) * _deviation(x, axis) * 2 / max(count(x.shape, axis), 1)
        ),
    ),
    "var without the mean": (
        "var",
        "x",
        lambda g, x, axis, ddof, keepdims: (
            keep(g, x.shape, axis, keepdims) * x * 2 / max(count(x.shape, axis) - ddof, 1)
        ),
    ),
    "transpose by the axes themselves": (
        "transpose",
        "x",
        lambda g, axes: g.transpose() if axes is None else g.transpose(axes),
    ),
    "moveaxis the same way": (
        "moveaxis",
        "x",
        lambda g, source, destination: np.moveaxis(g, source, destination),
    ),
    "ravel in the wrong order": ("ravel", "x", lambda g, x_shape, order: g.reshape(x_shape)),
    "matmul untransposed": ("matmul", "x", lambda g, y: g @ y),
}


def with_rule(entry: Primitive, operand: str, rule: Callable[..., Any]) -> Pull:
    wrong = Primitive(entry.forward, {**entry.rules, operand: rule}, entry.name, sequence=entry.sequence)
    right = entry.pull
    place, names, wrong_pull = entry.operands.index(operand), entry.names, wrong.pull

    def pull(g: Any, saved: tuple[Any, ...], parents: tuple[Any, ...]) -> Sequence[Any]:
        values = dict(zip(names, saved, strict=True))
        parts = list(right(g, saved, parents))
        parts[place] = wrong_pull(g, tuple(values.get(n) for n in wrong.names), parents)[place]
        return parts

    return pull


@pytest.mark.parametrize("what", DROPPED)
def test_a_plausible_mistake_is_noticed(what: str) -> None:
    name, operand, rule = DROPPED[what]
    entry = all_primitives()[name]
    assert is_noticed(name) is False, "the right rule passes"
    with mutated(entry, with_rule(entry, operand, rule)):
        assert is_noticed(name), f"nothing noticed: {what}"


# ----------------------------------------------------------------------------- rules that are right only the first time


@pytest.mark.parametrize("name", [n for n in all_primitives() if n not in STEPS])
def test_a_rule_that_loses_the_graph_is_noticed_by_the_second_gradient(name: str) -> None:
    entry = all_primitives()[name]
    again, entry.again = entry.again, None
    try:
        with mutated(entry, cut_tensors(entry.pull)):
            assert not is_noticed(name), "the first gradient is right"
            assert is_noticed(name, check_second_gradient)
    finally:
        entry.again = again


def test_a_wrong_second_form_is_noticed() -> None:
    fused = [entry for entry in all_primitives().values() if entry.again is not None]
    assert fused
    for entry in fused:
        right = entry.again
        for wrong in (lambda *values, f=right: f(*values) * 1.001, lambda *values, f=right: -f(*values)):
            entry.again = wrong
            try:
                assert not is_noticed(entry.name)
                assert is_noticed(entry.name, check_second_gradient), f"the second form of {entry.name}"
            finally:
                entry.again = right
