"""Clean calls: every primitive of the engine and every function of nn.functional, at several scales.

They are the calls of the tests' tables, with the operands multiplied by the scale. A call that is not defined there
(an overflow, the border of a domain), that has gaps (NaN), or that leaves double precision is passed over, and counted.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, gradcheck
from autograd.check import CheckResult
from tests.support import nn_cases
from tests.support.cases import all_cases

SCALES = (1e-3, 1.0, 1e3)


class Call(NamedTuple):
    """A function and its operands, multiplied by a scale."""

    name: str
    function: Callable[..., Any]
    operands: tuple[Any, ...]
    scale: float


def clean_calls(every: int = 1, scales: tuple[float, ...] = SCALES) -> Iterator[Call]:
    """Yield every n-th call of the tables at each scale; those of the same primitive lie side by side there."""
    table = [(str(case), case.operation, case.operands) for case in all_cases()]
    table += [(name, function, operands) for name, (function, operands) in nn_cases.all_calls().items()]
    for k, scale in enumerate(scales):
        for name, function, operands in table[k % every :: every]:
            yield Call(name, function, tuple(scale * np.asarray(x, dtype=np.float64) for x in operands), scale)


def is_defined(call: Call) -> bool:
    """Return whether the call can be checked: finite numbers go in and come out, in double precision."""
    if not all(np.isfinite(x).all() for x in call.operands):
        return False
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = call.function(*(Tensor(x, requires_grad=True) for x in call.operands))
        except (ValueError, ArithmeticError):
            return False
    found = [y for y in (result if isinstance(result, (tuple, list)) else (result,)) if isinstance(y, Tensor)]
    floating = [y for y in found if y.dtype.kind == "f"]
    return bool(floating) and all(y.dtype == np.float64 and np.isfinite(y.data).all() for y in floating)


def check(call: Call, function: Callable[..., Any] | None = None) -> CheckResult:
    """Return what the check says of the call, or of another function of its operands."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gradcheck(function or call.function, call.operands)
