"""Schedules: how an option of an optimiser changes with the number of steps t.

A schedule is a function t → value, t = 0, 1, 2, … Most give a *factor*, by which the value that the option had at first
is multiplied; those of the momentum give the value itself. Schedules are multiplied (``warm_up(100) * cosine(1000)``),
put one after the other (:func:`sequence`), drawn (:meth:`Schedule.plot`), and driven by :class:`optim.Scheduler`.

>>> from optim import schedules
>>> [schedules.linear(4)(t) for t in range(6)]
[1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
>>> [schedules.anneal(0.5, 0.9, steps=2)(t) for t in range(4)]
[0.5, 0.7, 0.9, 0.9]
>>> schedules.warm_up(10) * schedules.polynomial(100, power=2)
warm_up(10, 0.0) * polynomial(100, 2, 0.0)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from .options import refuse_less_than
from .schedule import Schedule, plot, remade

__all__ = [
    "Schedule",
    "anneal",
    "constant",
    "cosine",
    "cosine_restarts",
    "cosine_warm_up",
    "exponential",
    "inverse_time",
    "linear",
    "multi_step",
    "one_cycle",
    "one_cycle_momentum",
    "plot",
    "polynomial",
    "sequence",
    "step",
    "sutskever",
    "warm_up",
]

# --------------------------------------------------------------------------------------------------------------- decays


@remade
def constant(factor: float = 1.0) -> Schedule:
    """Always the same factor."""
    return Schedule(lambda t: factor, f"constant({factor})")


@remade
def step(every: int, factor: float = 0.1) -> Schedule:
    """Step decay: multiply by `factor` every so many steps: factor^⌊t / every⌋.

    Examples
    --------
    >>> from optim import schedules
    >>> halve = schedules.step(10, 0.5)
    >>> [halve(t) for t in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """
    refuse_less_than(1, every=every)
    return Schedule(lambda t: factor ** (t // every), f"step({every}, {factor})")


@remade
def multi_step(milestones: Sequence[int], factor: float = 0.1) -> Schedule:
    """Multiply by `factor` at each of the milestones.

    Examples
    --------
    >>> from optim import schedules
    >>> [schedules.multi_step([2, 5], 0.5)(t) for t in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.5, 0.25]
    """
    stones = _ascending(milestones, "milestones")
    return Schedule(lambda t: factor ** bisect_right(stones, t), f"multi_step({stones}, {factor})")


@remade
def exponential(k: float) -> Schedule:
    """Exponential decay α = α₀ e^{−k t}.

    Examples
    --------
    >>> import math
    >>> from optim import schedules
    >>> round(schedules.exponential(math.log(2))(3), 6)
    0.125
    """
    refuse_less_than(-math.inf, k=k)
    return Schedule(lambda t: math.exp(-k * t), f"exponential({k})")


@remade
def inverse_time(k: float) -> Schedule:
    """1/t decay: α = α₀ / (1 + k t).

    Examples
    --------
    >>> from optim import schedules
    >>> schedules.inverse_time(0.5)(2)
    0.5
    """
    refuse_less_than(0, k=k)
    return Schedule(lambda t: 1 / (1 + k * t), f"inverse_time({k})")


@remade
def polynomial(steps: int, power: float = 1.0, end: float = 0.0) -> Schedule:
    """From 1 to `end` in so many steps, along (1 − t/steps)^power; then it stays."""
    refuse_less_than(1, steps=steps)
    return Schedule(
        lambda t: end + (1 - end) * (1 - min(t, steps) / steps) ** power, f"polynomial({steps}, {power}, {end})"
    )


@remade
def linear(steps: int, start: float = 1.0, end: float = 0.0) -> Schedule:
    """From `start` to `end` along a line in so many steps; then it stays."""
    refuse_less_than(1, steps=steps)
    return Schedule(lambda t: start + (end - start) * min(t, steps) / steps, f"linear({steps}, {start}, {end})")


@remade
def cosine(steps: int, end: float = 0.0) -> Schedule:
    """From 1 to `end` along half a cosine wave in so many steps; then it stays.

    References
    ----------
    Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).

    Examples
    --------
    >>> from optim import schedules
    >>> [round(schedules.cosine(4)(t), 3) for t in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    refuse_less_than(1, steps=steps)
    return Schedule(lambda t: _half_wave(1, end, min(t, steps) / steps), f"cosine({steps}, {end})")


@remade
def cosine_restarts(period: int, growth: int = 1, end: float = 0.0) -> Schedule:
    """Cosine decay to `end` that starts again after each period, each `growth` times as long as the one before.

    References
    ----------
    Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).
    """
    refuse_less_than(1, period=period, growth=growth)

    def curve(t: int) -> float:
        length = period
        while t >= length and growth > 1:
            t, length = t - length, length * growth
        return _half_wave(1, end, t % length / length)

    return Schedule(curve, f"cosine_restarts({period}, {growth}, {end})")


# ----------------------------------------------------------------------------------------------------------- warming up


@remade
def warm_up(steps: int, start: float = 0.0) -> Schedule:
    """From `start` to 1 along a line in so many steps; then it stays. To be multiplied with a decay.

    Examples
    --------
    >>> from optim import schedules
    >>> schedules.warm_up(2) * schedules.inverse_time(1.0)
    warm_up(2, 0.0) * inverse_time(1.0)
    """
    refuse_less_than(1, steps=steps)
    return Schedule(lambda t: start + (1 - start) * min(t, steps) / steps, f"warm_up({steps}, {start})")


@remade
def cosine_warm_up(steps: int, start: float = 0.0) -> Schedule:
    """From `start` to 1 along half a cosine wave in so many steps; then it stays."""
    refuse_less_than(1, steps=steps)
    return Schedule(lambda t: _half_wave(start, 1, min(t, steps) / steps), f"cosine_warm_up({steps}, {start})")


@remade
def one_cycle(steps: int, up: float = 0.3, start: float = 1 / 25, end: float = 1 / 250_000) -> Schedule:
    """One cycle: up from `start` to 1 in the fraction `up` of the steps, then down to `end`, along cosine waves.

    The option's value is the greatest of the cycle.

    References
    ----------
    Smith & Topin, "Super-convergence: very fast training of neural networks using large learning rates" (2018).
    """
    return _cycle(steps, up, start, 1.0, end, True, f"one_cycle({steps}, {up}, {start}, {end})")


@remade
def one_cycle_momentum(steps: int, up: float = 0.3, least: float = 0.85, most: float = 0.95) -> Schedule:
    """The momentum to :func:`one_cycle`: down from `most` to `least` while the learning rate goes up, and back."""
    text = f"one_cycle_momentum({steps}, {up}, {least}, {most})"
    return _cycle(steps, up, most, least, most, False, text)


def _cycle(steps: int, up: float, start: float, middle: float, end: float, factor: bool, text: str) -> Schedule:
    refuse_less_than(2, steps=steps)
    if not 0 <= up < 1:
        raise ValueError(f"up must be at least 0 and less than 1, a part of the steps, and is {up}")
    top, last = max(up * steps - 1, 0), steps - 1

    def curve(t: int) -> float:
        if t < top:
            return _half_wave(start, middle, t / top)
        return _half_wave(middle, end, (min(t, last) - top) / (last - top))

    return Schedule(curve, text, factor)


# ------------------------------------------------------------------------------------------------------------- momentum


@remade
def sutskever(most: float = 0.99, every: int = 250) -> Schedule:
    """The momentum μ_t = min(1 − 2^{−1 − log₂(⌊t/every⌋ + 1)}, most): ½, ¾, ⅚, ⅞, … every 250 steps.

    References
    ----------
    Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning" (2013).

    Examples
    --------
    >>> from optim import schedules
    >>> [schedules.sutskever(0.9)(t) for t in (0, 250, 750, 10_000)]
    [0.5, 0.75, 0.875, 0.9]
    """
    refuse_less_than(1, every=every)
    return Schedule(
        lambda t: min(1 - 2 ** (-1 - math.log2(t // every + 1)), most), f"sutskever({most}, {every})", factor=False
    )


@remade
def anneal(start: float = 0.5, end: float = 0.99, steps: int = 1000) -> Schedule:
    """A value, such as the momentum, from `start` to `end` along a line in so many steps; then it stays."""
    refuse_less_than(1, steps=steps)
    return Schedule(
        lambda t: start + (end - start) * min(t, steps) / steps, f"anneal({start}, {end}, {steps})", factor=False
    )


# ------------------------------------------------------------------------------------------------- one after the other


@remade
def sequence(schedules: Sequence[Schedule], milestones: Sequence[int]) -> Schedule:
    """Schedules one after the other; each begins again at 0 at its milestone.

    Parameters
    ----------
    schedules : sequence of Schedule
        All factors, or all values.
    milestones : sequence of int
        After how many steps the second, the third, … takes over.

    Returns
    -------
    Schedule

    Raises
    ------
    ValueError
        If there is not one milestone less than schedules, they do not ascend, or factors and values are mixed.
    TypeError
        If one is a function that is no Schedule.

    Examples
    --------
    >>> from optim import schedules
    >>> both = schedules.sequence([schedules.warm_up(2), schedules.inverse_time(1.0)], [2])
    >>> [both(t) for t in range(4)]
    [0.0, 0.5, 1.0, 0.5]
    """
    stones = _ascending(milestones, "milestones")
    if strange := [s for s in schedules if not isinstance(s, Schedule)]:
        raise TypeError(f"a sequence is one of Schedules, not of {strange}; write Schedule(function)")
    if not schedules:
        raise ValueError("a sequence needs at least one schedule")
    if len(stones) != len(schedules) - 1:
        raise ValueError(
            f"{len(schedules)} schedules one after the other need {len(schedules) - 1} milestones, and here are "
            f"{len(stones)}"
        )
    if len({s.factor for s in schedules}) != 1:
        raise ValueError(f"factors and values cannot be mixed in a sequence: {list(schedules)}")

    def curve(t: int) -> float:
        i = bisect_right(stones, t)
        return schedules[i](t - (stones[i - 1] if i else 0))

    return Schedule(curve, f"sequence({list(schedules)}, {stones})", schedules[0].factor)


# ---------------------------------------------------------------------------------------------------------- the helpers


def _half_wave(start: float, end: float, x: float) -> float:
    """Go from `start` (x = 0) to `end` (x = 1) along half a cosine wave."""
    return end + (start - end) * (1 + math.cos(math.pi * x)) / 2


def _ascending(numbers: Sequence[int], name: str) -> list[int]:
    found = list(numbers)
    for number in found:
        refuse_less_than(-math.inf, **{f"each of the {name}": number})
    if any(a >= b for a, b in pairwise(found)):
        raise ValueError(f"{name} must ascend, and are {found}")
    return found
