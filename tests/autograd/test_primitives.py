"""Every primitive: value, gradient, second gradient, dtypes and the strict stand-in array, from one table of calls."""

from __future__ import annotations

import pytest

from autograd.primitive import TABLE
from tests.support.cases import all_cases, all_primitives
from tests.support.checking import (
    Case,
    check_gradient,
    check_second_gradient,
    check_single_precision,
    check_strict_array,
    check_value,
)
from tests.support.strict_array import StrictArray

CASES = all_cases()
by_case = pytest.mark.parametrize("case", CASES, ids=str)


def test_every_primitive_is_in_the_table_of_tests() -> None:
    tested = {case.name for case in CASES}
    assert set(all_primitives()) <= tested, "a primitive without a test: add it to tests/support/cases/"
    assert tested <= set(all_primitives()), "a test of a primitive that does not exist"
    assert len(TABLE) >= 55


@by_case
def test_the_value_is_numpys(case: Case) -> None:
    check_value(case)


@by_case
def test_the_gradient_is_the_slope(case: Case) -> None:
    check_gradient(case)


@by_case
def test_the_second_gradient_is_the_slope_of_the_gradient(case: Case) -> None:
    check_second_gradient(case)


@by_case
def test_single_precision_stays_single(case: Case) -> None:
    check_single_precision(case)


@by_case
def test_the_same_rule_runs_on_a_strict_stand_in_array(case: Case) -> None:
    check_strict_array(case, StrictArray, StrictArray.get)
