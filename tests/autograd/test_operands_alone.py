"""An operand's gradient is the same whether the other operands want one or not."""

from __future__ import annotations

import pytest

from tests.support.cases import all_cases, all_primitives
from tests.support.checking import Case, check_each_operand_alone

SEVERAL: dict[str, list[Case]] = {}
for _case in all_cases():
    if len(_case.operands) > 1 and _case.name in all_primitives():
        SEVERAL.setdefault(_case.name, []).append(_case)


@pytest.mark.parametrize("name", SEVERAL)
def test_the_gradient_of_an_operand_alone_is_the_one_beside_others(name: str) -> None:
    for case in SEVERAL[name]:
        check_each_operand_alone(case)
