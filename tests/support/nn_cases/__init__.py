"""Calls of every function of nn.functional, a page per family.

Each page has ``CASES``: a name (the function's, then a comma and what is special) → the function of its differentiable
operands, and their values. The values are chosen away from corners and steps.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from autograd.primitive import Primitive
from nn import functional

Call = tuple[Callable[..., Any], tuple[Any, ...]]


def all_calls() -> dict[str, Call]:
    """Return the whole table."""
    pages = [importlib.import_module(f"{__name__}.{page.name}") for page in pkgutil.iter_modules(__path__)]
    return {name: call for page in pages for name, call in page.CASES.items()}


def all_primitives() -> dict[str, Primitive]:
    """Return every primitive that nn.functional makes, by name."""
    pages = [
        importlib.import_module(f"nn.functional.{page.name}") for page in pkgutil.iter_modules(functional.__path__)
    ]
    found = [getattr(thing, "primitive", None) for page in pages for thing in vars(page).values()]
    return {entry.name: entry for entry in found if isinstance(entry, Primitive) and _is_ours(entry)}


def _is_ours(entry: Primitive) -> bool:
    return str(getattr(entry.forward, "__module__", "")).startswith("nn.")
