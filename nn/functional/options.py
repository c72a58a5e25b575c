"""What options may be, with one form of message for all layers and functions: who, which, what it must be, what it is.

Each function raises ValueError for the first of the options given to it by name that is none of its kind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def sizes(who: str, **options: Any) -> None:
    """Refuse what is no whole number from 1 on."""
    wholes(who, 1, **options)


def wholes(who: str, least: int | None = None, **options: Any) -> None:
    """Refuse what is no whole number, or less than `least`."""
    for name, value in options.items():
        if not is_whole(value) or (least is not None and value < least):
            bound = "" if least is None else f" from {least} on"
            fraction = isinstance(value, (float, np.floating))
            mend = "; write // for /, or round it: int(…)" if fraction else ""
            raise ValueError(f"{who}: {name} must be a whole number{bound}, not {_shown(value)}{mend}")


def numbers(who: str, least: float | None = None, above: float | None = None, **options: Any) -> None:
    """Refuse what is no number, NaN, less than `least`, or not more than `above`."""
    for name, value in options.items():
        fits = is_number(value) and (least is None or value >= least) and (above is None or value > above)
        if not fits:
            bound = "" if least is None else f" from {least} on"
            bound += "" if above is None else f" above {above}"
            raise ValueError(f"{who}: {name} must be a number{bound}, not {_shown(value)}")


def parts(who: str, what: str, **options: Any) -> None:
    """Refuse what is no number from 0 to 1: `what` says of which whole it is a part."""
    for name, value in options.items():
        if not is_number(value) or not 0 <= value <= 1:
            raise ValueError(f"{who}: {name} must be a number from 0 to 1, {what}, not {_shown(value)}")


def flags(who: str, **options: Any) -> None:
    """Refuse what is neither True nor False: often it was meant for the next option."""
    for name, value in options.items():
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(
                f"{who}: {name} must be True or False, not {_shown(value)}; if it was meant for another option, give "
                "that one by its name"
            )


def axes(who: str, **options: Any) -> None:
    """Refuse what cannot be the number of an axis."""
    for name, value in options.items():
        if not is_whole(value):
            raise ValueError(f"{who}: {name} must be the whole number of an axis of x, not {_shown(value)}")


def dtypes(dtype: Any) -> None:
    """Refuse, with a TypeError, a dtype whose numbers cannot be trained."""
    try:
        kind = np.dtype(dtype).kind
    except TypeError:
        kind = ""
    if kind != "f":
        raise TypeError(f"layers have a dtype of floating point numbers (np.float32, np.float64), not {_shown(dtype)}")


def is_whole(n: Any) -> bool:
    """Return whether n is an integer, and no bool."""
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool)


def is_number(x: Any) -> bool:
    """Return whether x is a number, Python's or NumPy's, no bool and not NaN."""
    return isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool) and not math.isnan(x)


def _shown(value: Any) -> str:
    """Return a value as a user wrote it, or what it is, if that is long."""
    if isinstance(value, type):
        return value.__name__
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"
