"""The derivative of a function of one number, with an error bar, from its values alone.

A difference quotient D(h) is wrong in two ways: the function bends between its two points (truncation, which grows with
h), and its values are rounded (which grows as h shrinks). A ladder of steps in geometric progression shows both. Two
neighbouring rungs tell how much truncation is left; eliminating its leading terms from rungs of different h
(Richardson; the table is Neville's, with Ridders' estimate of the error) gives a value for much larger steps, which
rounding hurts less. Of all the cells of that table the one counts whose estimated truncation and rounding are least.

L. F. Richardson, "The deferred approach to the limit" (1927). C. J. F. Ridders, "Accurate computation of F'(x) and
F'(x) F''(x)" (1982).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

RATIO = 4.0  # from one step to the next
DEEPEST = 4  # how many terms of the truncation are eliminated
ENOUGH = 1e-9  # an error bar of so small a part of the value is not improved any more
LOWEST = 1e-11  # of the first step: below, nothing moves but the last digits
MOST = 22  # rungs tried

CENTRAL, ONE_SIDED = 2, 1  # the truncation is a series in h to this power


class Rung(NamedTuple):
    """One step: the quotients of several functions at once, and how far rounding may have moved each."""

    h: float
    slope: Any
    rounding: Any


class Cell(NamedTuple):
    """A derivative made of the rungs from `first` to `last`, and its errors."""

    value: Any
    truncation: Any
    rounding: Any
    first: int
    last: int


@dataclass(frozen=True)
class Estimate:
    """Derivatives with error bars.

    Attributes
    ----------
    value, bar, rounding : arrays of shape (m,)
        For each of m functions the derivative, the sum of the estimated truncation and rounding, and the rounding.
    step, widest : arrays of shape (m,)
        The least and the largest step that it was made of.
    rungs : tuple of Rung
        What it was made of, from the largest step to the smallest: the U-shaped curve.
    """

    value: Any
    bar: Any
    rounding: Any
    step: Any
    widest: Any
    rungs: tuple[Rung, ...]


Quotient = Callable[[float], Rung | None]


def climb(
    quotient: Quotient, start: float, top: float, power: int = CENTRAL, enough: float = ENOUGH
) -> Estimate | None:
    """Return the derivatives that quotients lead to, or None if no step was possible.

    Parameters
    ----------
    quotient : callable
        Takes a step h, returns the Rung, or None where there is no quotient to be had: a branch changes between the two
        points, or the function is not finite there.
    start, top : float
        The first step, and the largest. Smaller ones follow while truncation is the greater error, and then larger ones
        while rounding is.
    power : {2, 1}
        2 for central quotients, 1 for one-sided ones.
    enough : float
        Stop where all error bars are at most this part of the value.
    """
    rungs: list[Rung] = []
    blocked = np.inf  # the smallest step that was not possible
    low = start
    tried = 0
    while len(rungs) < 3 and tried < MOST and low > LOWEST * start:
        rung = quotient(low)
        tried += 1
        if rung is None:
            blocked, rungs = low, []
            low /= RATIO * RATIO
        else:
            rungs.append(rung)
            low /= RATIO
    if not rungs:
        return None
    best = extrapolated(rungs, power)
    while tried < MOST and _open(best, enough)[0] and (rung := quotient(low)) is not None:
        rungs.append(rung)
        low, tried, best = low / RATIO, tried + 1, extrapolated(rungs, power)
    high = rungs[0].h * RATIO
    while tried < MOST and high <= top and high < blocked and _open(best, enough)[1]:
        tried += 1
        if (rung := quotient(high)) is None:
            break
        rungs.insert(0, rung)
        high, best = high * RATIO, extrapolated(rungs, power)
    return best


def extrapolated(rungs: Sequence[Rung], power: int = CENTRAL) -> Estimate:
    """Return the best cell of the table for each function; `rungs` go from the largest step to the smallest."""
    values = [rung.slope for rung in rungs]
    rounding = [rung.rounding for rung in rungs]
    unknown = np.full_like(values[0], np.inf)
    truncation = [unknown, *(abs(b - a) for a, b in itertools.pairwise(values))]
    cells = [Cell(values[k], truncation[k], rounding[k], k, k) for k in range(len(rungs))]
    for depth in range(1, min(DEEPEST, len(rungs) - 1) + 1):
        below, noisy = values, rounding
        values, rounding = [], []
        for k in range(len(below) - 1):
            gain = 1 / ((rungs[k].h / rungs[k + depth].h) ** power - 1)
            better = below[k + 1] + (below[k + 1] - below[k]) * gain
            left = np.maximum(abs(better - below[k]), abs(better - below[k + 1]))
            values.append(better)
            rounding.append(noisy[k + 1] * (1 + gain) + noisy[k] * gain)
            cells.append(Cell(better, left, rounding[-1], k, k + depth))
    return _best(cells, tuple(rungs))


def _best(cells: Sequence[Cell], rungs: tuple[Rung, ...]) -> Estimate:
    bars = np.stack([np.maximum(cell.truncation + cell.rounding, _contradiction(cell, rungs)) for cell in cells])
    bars = np.where(np.isfinite(bars), bars, np.inf)
    chosen = bars.argmin(axis=0)

    def of_chosen(parts: Iterable[Any]) -> Any:
        return np.take_along_axis(np.stack(list(parts)), chosen[None], 0)[0]

    return Estimate(
        value=of_chosen(cell.value for cell in cells),
        bar=of_chosen(bars),
        rounding=of_chosen(cell.rounding for cell in cells),
        step=np.array([rungs[cell.last].h for cell in cells])[chosen],
        widest=np.array([rungs[cell.first].h for cell in cells])[chosen],
        rungs=rungs,
    )


def _contradiction(cell: Cell, rungs: Sequence[Rung]) -> Any:
    """Return how far quotients of smaller steps are from a cell's value, where neither of their own errors explains it.

    Far above the wavelength of a function that oscillates all quotients are nearly 0 and agree, and only smaller steps
    know better. A step's truncation is less than its distance from the next larger one.
    """
    worst = np.zeros_like(cell.value)
    for before, rung in itertools.pairwise(rungs[cell.last :]):
        distance = abs(rung.slope - cell.value)
        explained = abs(rung.slope - before.slope) + 4 * rung.rounding
        worst = np.where(distance > explained, np.maximum(worst, distance), worst)
    return worst


def _open(best: Estimate, enough: float) -> tuple[bool, bool]:
    """Return whether a smaller step may help one of the functions, and whether a larger one may.

    None helps one whose bar is small enough, or that has not changed at any step. A smaller step helps as long as the
    best cell reaches down to the smallest and truncation is most of its error, or while the smallest disagrees with it;
    a larger one, the other way round.
    """
    moving = np.any([rung.slope != 0 for rung in best.rungs], axis=0)
    wanting = moving & ~(best.bar <= enough * abs(best.value))
    rounded = best.rounding > best.bar / 2
    last = best.rungs[-1]
    unsettled = abs(last.slope - best.value) > best.bar + 4 * last.rounding
    low = wanting & (~rounded & (best.step <= last.h * RATIO) | unsettled)
    high = wanting & rounded & (best.widest * RATIO**2 >= best.rungs[0].h)
    return bool(low.any()), bool(high.any())
