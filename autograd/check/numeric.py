"""Difference quotients: derivatives from values of the function alone.

The central quotient D(h) = (φ(x + h) − φ(x − h)) / 2h is off by h²φ'''/6, because the function bends, and by about
ε|φ|/h, because its values are rounded. The two balance near h = ∛ε, times the size of x.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph import no_grad
from ..tensor import Tensor

EPS = float(np.finfo(np.float64).eps)
STEP = EPS ** (1 / 3)

# The steps tried where the first one disagrees with backward, in units of it: at x = 10⁻⁶ log(x) bends far too much for
# a step made for x near 1.
LADDER = tuple(10.0**-k for k in range(-1, 7))

BOTH, LEFT, RIGHT = (-1, 1), (-1, 0), (0, 1)  # where a quotient takes its two values, in steps from x
SETTLED = 1e-3  # two slopes are a kink if they differ by more than this part of the greater, and are known better


class Differences:
    """Difference quotients of φ = Σ ⟨v, y⟩ over the outputs y of a function, by single elements of its leaves.

    Parameters
    ----------
    evaluate : callable
        Runs the function on what the leaves hold now, and returns its outputs as bare arrays.
    cotangents : sequence of arrays
        The v, one for each output and of its shape.
    noise : float
        The rounding error of φ.
    step : float, default ∛ε = 6.06e-6
        The step h in units of max(1, |x|).
    """

    def __init__(
        self, evaluate: Callable[[], Sequence[Any]], cotangents: Sequence[Any], noise: float, step: float = STEP
    ) -> None:
        if not 1e-9 <= step <= 0.1:
            raise ValueError(
                f"step={step:g} is too small or too large for differences in float64; give one from 1e-9 to 0.1 (the "
                f"default is {STEP:.3g})"
            )
        self.evaluate = evaluate
        self.cotangents = cotangents
        self.noise = noise
        self.step = step

    def at(
        self, leaf: Tensor, index: tuple[int, ...], factor: float = 1.0, sides: tuple[int, int] = BOTH
    ) -> tuple[float, float]:
        """Return the quotient and h, for the step times a factor: D(h), unless only one side is asked for."""
        x = float(leaf.data[index])
        h = exact_step(x, factor * self.step * max(1.0, abs(x)))
        left, right = (x + side * h for side in sides)
        high, low = self._outputs_at(leaf, index, right), self._outputs_at(leaf, index, left)
        # Subtracted before they are summed up: outputs that the element does not touch add no rounding error.
        with np.errstate(all="ignore"):
            rise = sum(float(np.sum(v * (a - b))) for v, a, b in zip(self.cotangents, high, low, strict=True))
        return rise / (right - left), h

    def best(self, leaf: Tensor, index: tuple[int, ...]) -> tuple[float, float]:
        """Return the quotient D(h) and the step on which two neighbouring rungs of the ladder agree best."""
        quotient, h, _ = self._settled(leaf, index, BOTH)
        return quotient, h

    def kink(self, leaf: Tensor, index: tuple[int, ...]) -> tuple[float, float, float] | None:
        """Return the slopes on the left and on the right, and how far to trust them; None if there is no kink.

        At a kink both sides settle on a slope, each on another one. A jump, a pole or a root settles on none.
        """
        left, _, doubt_left = self._settled(leaf, index, LEFT)
        right, _, doubt_right = self._settled(leaf, index, RIGHT)
        doubt = doubt_left + doubt_right
        if not doubt < SETTLED * max(abs(left), abs(right)) < abs(right - left):
            return None
        return left, right, doubt

    def _settled(self, leaf: Tensor, index: tuple[int, ...], sides: tuple[int, int]) -> tuple[float, float, float]:
        """Return the quotient and the step on which neighbouring rungs agree best, and by how much they do not.

        Backward is not asked, so that the choice cannot favour it. Below some step all quotients agree on nonsense,
        because φ does not change any more; therefore the rounding error counts as disagreement.
        """
        rungs = [self.at(leaf, index, factor, sides) for factor in LADDER]
        doubts = [abs(d - e) + self.noise / h for (d, _), (e, h) in itertools.pairwise(rungs)]
        doubts = [doubt if np.isfinite(doubt) else np.inf for doubt in doubts]
        i = int(np.argmin(doubts))
        if doubts[i] == np.inf:
            return np.nan, rungs[-1][1], np.inf
        return (rungs[i][0] + rungs[i + 1][0]) / 2, rungs[i + 1][1], doubts[i]

    def _outputs_at(self, leaf: Tensor, index: tuple[int, ...], value: float) -> Sequence[Any]:
        """Return the outputs with one element of a leaf changed; the leaf gets its old array back."""
        before = leaf.data
        changed = before.copy()  # never in place: an output may be a view of it
        changed[index] = value
        try:
            leaf._data = changed  # not `leaf.data =`, which copies
            with no_grad(), np.errstate(all="ignore"):
                return self.evaluate()
        finally:
            leaf._data = before


def exact_step(x: float, h: float) -> float:
    """Return the step next to `h` by which x really moves: x + h − x, after rounding."""
    return (x + h) - x
