"""The table of calls that every primitive is tested with, a page per family: see :class:`tests.support.checking.Case`.

Each page names its generators of cases in ``FAMILIES``. Values are chosen away from corners and steps; what happens on
them is a convention, tested in test_conventions.py.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from autograd import rules
from autograd.primitive import TABLE, Primitive
from tests.support.checking import Case


@cache
def _table() -> tuple[tuple[str, Case], ...]:
    """Return the whole table, each call with the name of its family."""
    pages = [importlib.import_module(f"{__name__}.{page.name}") for page in pkgutil.iter_modules(__path__)]
    families = [family for page in pages for family in getattr(page, "FAMILIES", ())]
    return tuple((family.__name__, case) for family in families for case in family())


def all_cases() -> list[Case]:
    """Return the whole table."""
    return [case for _, case in _table()]


def all_groups() -> dict[str, list[Case]]:
    """Return the whole table in groups, by primitive and family: ``arctan, unary`` or ``permute, quantiles``."""
    groups: dict[str, list[Case]] = {}
    for family, case in _table():
        groups.setdefault(f"{case.name}, {family}", []).append(case)
    return groups


def all_primitives() -> dict[str, Primitive]:
    """Return every primitive of the derivative table, by name, also those that no NumPy function stands for."""
    found = {}
    for page in pkgutil.iter_modules(rules.__path__):
        for thing in vars(importlib.import_module(f"{rules.__name__}.{page.name}")).values():
            found[getattr(thing, "primitive", None)] = None
    for operation in TABLE.values():
        found[getattr(operation, "primitive", None)] = None
    return {entry.name: entry for entry in found if isinstance(entry, Primitive)}
