"""What the notebooks share: one style of pictures, numbers beside the lecture's, and the check of an exercise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def style() -> None:
    """Draw all pictures from now on in the style of the course."""
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("course.mplstyle"))


def beside(
    what: str, computed: Any, lecture: Sequence[str], within: float = 0.02, names: Sequence[Any] | None = None
) -> None:
    """Print numbers of this notebook beside those that the lecture prints, and assert that they agree.

    Parameters
    ----------
    what : str
        What the numbers are of.
    computed : sequence of numbers, or a number
        Found here.
    lecture : sequence of str
        As the lecture prints them: ``"0.0476"`` may be off by half of its last place.
    within : float, default 0.02
        By which part of the lecture's number ours may differ besides; 0: only by the rounding.
    names : sequence, optional
        What each of the numbers belongs to. Default: 1, 2, 3, …

    Raises
    ------
    AssertionError
        If a number is too far from the lecture's.
    """
    numbers = [float(number) for number in np.atleast_1d(computed)]
    names = range(1, len(numbers) + 1) if names is None else names
    columns = [
        (str(name), printed, f"{number:.3g}") for name, printed, number in zip(names, lecture, numbers, strict=True)
    ]
    for head, row in zip((what, "lecture", "here"), zip(*columns, strict=True), strict=True):
        cells = (text.rjust(max(map(len, column))) for text, column in zip(row, columns, strict=True))
        print(head.ljust(max(len(what), 7)), *cells, sep="  ")
    for name, printed, number in zip(names, lecture, numbers, strict=True):
        allowed = half_a_place(printed) + within * abs(float(printed))
        assert abs(number - float(printed)) <= allowed * (1 + 1e-9), f"{what} {name}: {number} is not {printed}"


def half_a_place(printed: str) -> float:
    """Return how far from a printed number the number that was printed may be: 0.0005 for 0.213, 5e-7 for 2.6e-5."""
    digits, _, exponent = printed.lower().partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def check(answer: Any, right: Callable[[Any], Any], hint: str = "") -> None:
    """Say whether the answer to an exercise is right.

    Parameters
    ----------
    answer : object
        None or ``...`` if there is none yet.
    right : callable
        answer → whether it is right.
    hint : str, optional
        What to think of if it is not.
    """
    if answer is None or answer is ...:
        print("○ no answer yet")
    elif bool(right(answer)):
        print("✓ right")
    else:
        print("✗ not right yet" + (f": {hint}" if hint else ""))
