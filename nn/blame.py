"""Where in a model an exception was raised: a note on it, which the traceback shows under its text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from .attributes import Attributes

_BEGINNING = "raised in "


def say_where(problem: Exception, module: Attributes, args: Sequence[Any]) -> None:
    """Note on an exception the path of the module that raised it, and the shapes that it was given.

    The innermost module alone says so: those around it are in its path.
    """
    if any(note.startswith(_BEGINNING) for note in getattr(problem, "__notes__", ())):
        return
    if isinstance(problem, RecursionError):
        problem.add_note(
            f"{_BEGINNING}calls that are nested deeper than Python's limit of {sys.getrecursionlimit()}; if these are "
            "modules in modules, put the layers into one nn.Sequential, one beside the other, or raise the limit with "
            "sys.setrecursionlimit"
        )
        return
    problem.add_note(f"{_BEGINNING}{module._described()}, called with {', '.join(map(_given, args)) or 'nothing'}")


def _given(argument: Any) -> str:
    if hasattr(argument, "shape") and hasattr(argument, "dtype"):
        return f"{argument.dtype} of shape {argument.shape}"
    if isinstance(argument, (list, tuple)):
        return f"a {type(argument).__name__} of {len(argument)}"
    plain = isinstance(argument, (bool, int, float, type(None)))
    return repr(argument) if plain else f"a {type(argument).__name__}"
