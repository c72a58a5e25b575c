"""Every primitive: value, gradient, second gradient, dtypes and the strict stand-in array, from one table of calls."""

from __future__ import annotations

import pytest

from autograd.primitive import TABLE
from tests.support.cases import all_groups, all_primitives
from tests.support.checking import (
    ask,
    check_gradient,
    check_second_gradient,
    check_single_precision,
    check_strict_array,
    check_value,
)
from tests.support.strict_array import StrictArray

GROUPS = all_groups()
by_group = pytest.mark.parametrize("group", GROUPS)


def test_every_primitive_is_in_the_table_of_tests() -> None:
    tested = {case.name for cases in GROUPS.values() for case in cases}
    assert set(all_primitives()) <= tested, "a primitive without a test: add it to tests/support/cases/"
    assert tested <= set(all_primitives()), "a test of a primitive that does not exist"
    assert len(TABLE) >= 55


@by_group
@pytest.mark.no_cover
def test_the_value_is_numpys(group: str) -> None:
    ask(check_value, GROUPS[group])


@by_group
def test_the_gradient_is_the_slope(group: str) -> None:
    ask(check_gradient, GROUPS[group])


@by_group
@pytest.mark.no_cover
def test_the_second_gradient_is_the_slope_of_the_gradient(group: str) -> None:
    ask(check_second_gradient, GROUPS[group])


@by_group
@pytest.mark.no_cover
def test_single_precision_stays_single(group: str) -> None:
    ask(check_single_precision, GROUPS[group])


@by_group
@pytest.mark.no_cover
def test_the_same_rule_runs_on_a_strict_stand_in_array(group: str) -> None:
    ask(lambda case: check_strict_array(case, StrictArray, StrictArray.get), GROUPS[group])
