"""Which functions a rule is made of: itself, those that it calls, those that they call."""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

HOME = ("autograd.rules.", "nn.functional.", "optim.")
REFUSING = "nn.functional.options"  # it computes nothing; what it says is asked in tests/nn/test_options.py


def reached(rule: FunctionType) -> dict[FunctionType, int]:
    """Return the product's functions that a rule runs, and how many calls away each of them is."""
    found = {rule: 0}
    waiting = [rule]
    for function in waiting:
        for called in calls(function):
            if called not in found:
                found[called] = found[function] + 1
                waiting.append(called)
    return found


def calls(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the product's functions that are named in a function: plain ones, and what is behind an operation."""
    for name, attribute in sorted(_globals(function.__code__)):
        thing = function.__globals__.get(name)
        if isinstance(thing, ModuleType) and thing.__name__.startswith(HOME):
            thing = getattr(thing, attribute, None)
        yield from _ours([thing])
    yield from _ours(cell.cell_contents for cell in function.__closure__ or ())


def _globals(code: CodeType) -> set[tuple[str, str]]:
    """Return the global names that code uses, each with what stands behind its dot, if there is one."""
    instructions = [i for i in dis.get_instructions(code) if i.opname != "CACHE"]
    found = {
        (str(i.argval), str(after.argval) if after.opname in ("LOAD_ATTR", "LOAD_METHOD") else "")
        for i, after in zip(instructions, [*instructions[1:], instructions[-1]], strict=True)
        if i.opname == "LOAD_GLOBAL"
    }
    return found.union(*(_globals(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _ours(things: Iterable[Any]) -> Iterator[FunctionType]:
    for thing in things:
        if (entry := getattr(thing, "primitive", None)) is not None:
            thing = entry.forward
        if isinstance(thing, FunctionType) and thing.__module__.startswith(HOME) and thing.__module__ != REFUSING:
            yield thing
