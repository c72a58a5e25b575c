"""A line search for the strong Wolfe conditions.

Along a direction of descent, φ(t) is the loss after a step of length t. A step is good if the loss has fallen enough,
φ(t) ≤ φ(0) + c₁ t φ'(0), and the slope has flattened enough, |φ'(t)| ≤ c₂ |φ'(0)|. Good steps are first bracketed, by
going on until the loss rises or the slope does; then the bracket is narrowed from both sides.

Reference: Nocedal & Wright, "Numerical optimization" (2006), algorithms 3.5 and 3.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DECREASE, CURVATURE = 1e-4, 0.9  # c₁ and c₂
TRIES = 25


@dataclass(frozen=True)
class Point:
    """A step length, with the loss there, its slope along the line, and the whole gradient."""

    t: float
    loss: float
    slope: float
    gradient: Any


def strong_wolfe(at: Callable[[float], Point], start: Point, t: float, reach: float, tolerance: float) -> Point:
    """Return a point that fulfils the strong Wolfe conditions, or the best found if none was in 25 tries.

    Parameters
    ----------
    at : callable
        t → the point there.
    start : Point
        The one at t = 0; its slope is negative.
    t : float
        The first step to try.
    reach : float
        The largest element of the direction: a bracket that moves no element by more than `tolerance` is the end.
    tolerance : float
        See `reach`.
    """

    def fell_enough(point: Point) -> bool:
        return point.loss <= start.loss + DECREASE * point.t * start.slope

    def is_flat_enough(point: Point) -> bool:
        return abs(point.slope) <= -CURVATURE * start.slope

    before, point, tries = start, at(t), 0
    while tries < TRIES:
        if not fell_enough(point) or (tries > 1 and point.loss >= before.loss):
            break
        if is_flat_enough(point):
            return point
        if point.slope >= 0:
            break
        longer = (point.t + 0.01 * (point.t - before.t), 10 * point.t)
        before, point, tries = point, at(_minimum_of_cubic(before, point, longer)), tries + 1
    if tries == TRIES:
        before = start

    low, high = (before, point) if before.loss <= point.loss else (point, before)
    slow = False  # whether the last try was already close to an end of the bracket
    while tries < TRIES and abs(high.t - low.t) * reach >= tolerance:
        left, right = sorted((low.t, high.t))
        t = _minimum_of_cubic(low, high, (left, right))
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:
            if slow or not left < t < right:
                t = right - margin if right - t < t - left else left + margin
                slow = False
            else:
                slow = True
        else:
            slow = False
        new, tries = at(t), tries + 1
        if not fell_enough(new) or new.loss >= low.loss:
            low, high = (low, new) if low.loss <= new.loss else (new, low)
        elif is_flat_enough(new):
            return new
        else:
            low, high = new, low if new.slope * (high.t - low.t) >= 0 else high
    return low


def _minimum_of_cubic(a: Point, b: Point, bounds: tuple[float, float]) -> float:
    """Return where the cubic through two points with their slopes is least, within bounds; their middle if nowhere."""
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return sum(bounds) / 2
    d2 = math.sqrt(square)
    if not (below := b.slope - a.slope + 2 * d2):
        return sum(bounds) / 2
    return min(max(b.t - (b.t - a.t) * (b.slope + d2 - d1) / below, bounds[0]), bounds[1])
