"""The tests of the tests, in short: for every operand of every primitive, one wrong rule that the checks must notice.

`make mutants` makes all the wrong rules there are; here it is seen to that it forgets none.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from tests.mutation.targets import of_rules
from tests.support.cases import all_cases, all_primitives
from tests.support.checking import Case, check_gradient, check_second_gradient, pulled_back, weights
from tests.support.mutants import CHANGES, STEPS, STEPS_BY, changed, cut_tensors, is_step, mutated

PRIMITIVES = all_primitives()


@cache
def table() -> dict[str, list[Case]]:
    """Return the cases of each primitive, the smallest that have anything in them first."""
    found: dict[str, list[Case]] = {}
    for case in sorted(all_cases(), key=lambda case: sum(o.size for o in case.operands) or 1000):
        found.setdefault(case.name, []).append(case)
    return found


def cases_of(name: str) -> list[Case]:
    return table()[name]


def is_noticed(name: str, check: Callable[[Case], None] = check_gradient, cases: int | None = None) -> bool:
    for case in cases_of(name)[:cases]:
        try:
            with np.errstate(all="ignore"):
                check(case)
        except (AssertionError, ValueError, TypeError, AttributeError):
            return True
    return False


def a_change(name: str, operand: int) -> str:
    """Return one of the changes, another one for each primitive; of a step only one changes anything."""
    changes = list(CHANGES)
    return "a constant too much" if is_step(name, operand) else changes[(len(name) + operand) % len(changes)]


@pytest.mark.no_cover
@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_wrong_rule_is_noticed(name: str) -> None:
    entry = PRIMITIVES[name]
    for operand in range(len(entry.operands)):
        change = a_change(name, operand)
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
    mutated_things = {id(target.what): target for target in of_rules()}
    for entry in of_the_table:
        assert PRIMITIVES.get(entry.name) is entry, f"{entry} is not found by all_primitives()"
        made = [text for text, _ in mutated_things[id(entry)].mutants()]
        for k, operand in enumerate(entry.operands):
            of_operand = [text for text in made if text.startswith(f"the gradient by {operand} is ")]
            assert len(of_operand) == (1 if is_step(entry.name, k) else len(CHANGES))
        for rule in (*entry.rules.values(), entry.together, entry.again):
            assert rule is None or id(rule) in mutated_things


def _is_of_the_table(rule: Callable[..., Any] | None) -> bool:
    return getattr(rule, "__module__", "").startswith("autograd.rules.")


def test_a_step_has_no_other_gradient_than_0() -> None:
    steps = [(name, 0) for name in STEPS] + [("floor_divide", 1), *STEPS_BY]
    for name, operand in steps:
        for case in cases_of(name):
            if len(case.operands) == len(PRIMITIVES[name].operands):  # else it is another one's case
                assert not np.any(pulled_back(case, case.operands, weights(case))[operand]), case


def test_a_rule_for_several_operands_is_changed_by_each_alone() -> None:
    """A mutant is one operand's: what the same rule gives to the others stays right."""
    together = [entry for entry in PRIMITIVES.values() if entry.together is not None]
    assert {"solve", "irfft_parts", "fft_parts"} <= {entry.name for entry in together}
    for entry in together:
        case = max(cases_of(entry.name), key=lambda case: len(case.operands))
        right = pulled_back(case, case.operands, weights(case))
        for operand in range(len(entry.operands)):
            with mutated(entry, changed(entry, operand, CHANGES["a constant too much"])):
                wrong = pulled_back(case, case.operands, weights(case))
            differs = [not np.array_equal(r, w) for r, w in zip(right, wrong, strict=True)]
            assert differs[operand], f"{entry.name}: the mutant of operand {operand} changes nothing"
            assert sum(differs) == 1


# ----------------------------------------------------------------------------- rules that are right only the first time


@pytest.mark.no_cover
@pytest.mark.parametrize("name", [name for name in PRIMITIVES if name not in STEPS])
def test_a_rule_that_loses_the_graph_is_noticed_by_the_second_gradient(name: str) -> None:
    entry = PRIMITIVES[name]
    again, entry.again = entry.again, None
    try:
        with mutated(entry, cut_tensors(entry.pull)):
            assert not is_noticed(name, cases=1), "the first gradient is right"
            assert is_noticed(name, check_second_gradient)
    finally:
        entry.again = again


def test_a_wrong_second_form_is_noticed() -> None:
    fused = [entry for entry in PRIMITIVES.values() if entry.again is not None]
    assert fused
    for entry in fused:
        right = entry.again
        for wrong in (lambda *values, f=right: f(*values) * 1.001, lambda *values, f=right: -f(*values)):
            entry.again = wrong
            try:
                assert not is_noticed(entry.name, cases=1)
                assert is_noticed(entry.name, check_second_gradient), f"the second form of {entry.name}"
            finally:
                entry.again = right
