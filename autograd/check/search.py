"""Large inputs: random directions first, then the wrong entries by halving.

The derivative along a direction u that moves all elements of an input at once is ⟨Jᵀv, u⟩. A single wrong entry g_i
changes it by (error in g_i)·u_i, which shows if the error bar along u is small enough beside that: so the bar decides
which entries a direction speaks for, and those that it does not are looked at again, in a direction of their own. Where
a direction disagrees, it is halved, and the disagreeing half again, until single entries are left: about log₂ n
directions for each wrong one, where going through all takes n.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .judge import TRUST, Finding, allowed, at, complex_along, complex_bar
from .point import Curve, Point, typical
from .result import FAIL, INCONCLUSIVE

DIRECTIONS = 2  # for each input
NOTICED = 0.005  # a direction speaks for an entry if it would notice an error of twice this part of it
MANY = 5  # wrong entries that are pointed out one by one
BUDGET = 2000  # evaluations for each input; for smaller ones there are more, so that all may lie at kinks


@dataclass
class Search:
    """What the directions have shown about one input.

    Attributes
    ----------
    findings : list of Finding
        The entries that were looked at one by one.
    along : Finding or None
        The direction that agrees least, as a derivative of its own.
    silent : int
        How many entries no direction speaks for: their gradient is too small beside the rounding errors.
    unfinished : bool
        Whether the budget was spent before all that disagrees was found.
    directions : int
        How many went through all elements.
    """

    findings: list[Finding] = field(default_factory=list)
    along: Finding | None = None
    silent: int = 0
    unfinished: bool = False
    directions: int = 0


@dataclass(frozen=True)
class Slope:
    """The derivatives along a direction: by backward, by a witness, with its error bar; `steps` that were good."""

    analytic: Any
    numeric: Any
    bar: Any
    steps: tuple[float, ...]
    exact: bool
    sweep: Callable[[], Curve] | None = None

    @property
    def disagrees(self) -> bool:
        """Whether backward is farther off than the error bar explains, for any φ."""
        most = allowed(self.analytic, self.numeric, self.bar)
        return bool(np.any(~(abs(self.analytic - self.numeric) <= most)))


def search(point: Point, name: str, rng: np.random.Generator, advance: Callable[[], Any]) -> Search:
    """Check all elements of a large leaf."""
    found = Search()
    x = point.leaves[name]._data
    gradient = point.analytic[name].reshape(len(point.analytic[name]), -1)
    if not np.isfinite(gradient).all():
        found.findings = [at(point, name, _index(int(i), x)) for i in _not_finite(gradient)[:MANY]]
        return found
    first = point.evaluations
    wrong: dict[int, Finding] = {}
    silent = np.ones(x.size, dtype=bool)
    for number in range(DIRECTIONS):
        weights = rng.uniform(0.5, 1.5, x.size) * rng.choice([-1.0, 1.0], x.size)
        u = weights * np.maximum(point.sizes[name], 1e-3 * typical(x)).ravel()
        silent &= _look(point, name, np.arange(x.size), u, wrong, found, first)
        found.directions += 1
        advance()
        if number + 1 == DIRECTIONS and silent.any() and not wrong:  # once more, farther and by themselves
            rest = np.flatnonzero(silent)
            u = weights * np.maximum(point.sizes[name], typical(x)).ravel()
            silent[rest] = _look(point, name, rest, u, wrong, found, first)[rest]
        if any(one.verdict == FAIL for one in wrong.values()):
            break
    found.findings = list(wrong.values())
    found.silent = int(np.count_nonzero(silent & (gradient != 0).any(axis=0)))
    return found


def _look(point: Point, name: str, block: Any, u: Any, wrong: dict[int, Finding], found: Search, first: int) -> Any:
    """Look along one direction; find the entries that disagree. Return for which entries it does not speak."""
    gradient = point.analytic[name].reshape(len(point.analytic[name]), -1)
    block = np.setdiff1d(block, list(wrong))
    silent = np.zeros(u.size, dtype=bool)
    waiting = [(block, slope_along(point, name, block, u))]
    while waiting:
        block, slope = waiting.pop()
        if slope is not None and not slope.disagrees:
            shares = abs(gradient[:, block] * u[block]).max(axis=0, initial=0.0)
            silent[block] = NOTICED * shares < np.max(TRUST * slope.bar, initial=0.0)
            _keep_worst(found, slope)
            continue
        if len(block) == 1:
            index = _index(int(block[0]), point.leaves[name]._data)
            wrong[int(block[0])] = at(point, name, index)
            continue
        failures = sum(one.verdict == FAIL for one in wrong.values())
        if failures >= MANY or point.evaluations - first > _budget(u.size):
            found.unfinished = True
            silent[block] = True
            continue
        left, right = np.array_split(block, 2)
        if slope is None:
            # A single entry is looked at by itself in any case.
            waiting += [(half, slope_along(point, name, half, u) if len(half) > 1 else None) for half in (left, right)]
            continue
        of_left = slope_along(point, name, left, u, slope.steps, slope.exact)
        waiting.append((left, of_left))
        if of_left is None:
            waiting.append((right, slope_along(point, name, right, u)))
        else:  # what the left half does not explain, the right half does
            waiting.append((right, _rest(slope, of_left)))
    return silent


def _budget(size: int) -> int:
    return BUDGET + min(60 * size, 10_000_000 // size)


def _rest(whole: Slope, part: Slope) -> Slope:
    return Slope(
        whole.analytic - part.analytic,
        whole.numeric - part.numeric,
        whole.bar + part.bar,
        whole.steps,
        whole.exact and part.exact,
    )


def slope_along(
    point: Point, name: str, block: Any, u: Any, steps: tuple[float, ...] = (), exact: bool = False
) -> Slope | None:
    """Return the derivatives when the elements of `block` move along `u`; None if branches change at every step.

    With `exact` the complex step alone is asked, which the differences have confirmed for the whole direction.
    """
    x = point.leaves[name]._data
    moved = np.zeros(x.size)
    moved[block] = u[block]
    direction = moved.reshape(x.shape)
    gradient = point.analytic[name].reshape(len(point.analytic[name]), -1)
    parts = gradient[:, block] * u[block]
    analytic = parts.sum(axis=1)
    witness = complex_along(point, name, direction)
    if witness is not None:
        bar = complex_bar(point, name, abs(parts).sum(axis=1) + abs(witness), 1.0)
        if exact:
            point.evaluations += 1
            return Slope(analytic, witness, bar, steps, True)
    estimate = point.along(name, direction, steps)
    if estimate is None:
        return None
    rounded = 4 * np.finfo(float).eps * np.sqrt((parts * parts).sum(axis=1))
    numeric, error = estimate.value, estimate.bar + rounded
    compatible = False
    if witness is not None:
        compatible = bool(np.all(abs(witness - numeric) <= allowed(witness, numeric, error)))
        if compatible:
            better = bar < error
            numeric, error = np.where(better, witness, numeric), np.where(better, bar, error)
    h = float(estimate.step.min())

    def sweep() -> Curve:
        return point.sweep(name, direction, 0)

    return Slope(analytic, numeric, error, (16 * h, 4 * h, h), compatible, sweep)


def _keep_worst(found: Search, slope: Slope) -> None:
    with np.errstate(all="ignore"):
        error = abs(slope.analytic - slope.numeric) / np.maximum(abs(slope.analytic), abs(slope.numeric))
    c = int(np.argmax(np.nan_to_num(error))) if slope.sweep is None else 0
    a, n, bar = (float(values[c]) for values in (slope.analytic, slope.numeric, slope.bar))
    step = slope.steps[-1] if slope.steps else 0.0
    finding = Finding("PASS", a, n, bar, (), c, step, sweep=slope.sweep)
    if found.along is None or (slope.sweep is not None, finding.relative_error) > (
        found.along.sweep is not None,
        found.along.relative_error,
    ):
        found.along = finding


def _not_finite(gradient: Any) -> list[int]:
    return [int(i) for i in np.flatnonzero(~np.isfinite(gradient).all(axis=0))]


def _index(i: int, x: Any) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(i, x.shape))


def is_unknown(found: Search, size: int) -> bool:
    """Return whether the directions leave too many entries open to say that all is well."""
    return found.unfinished or found.silent > NOTICED * size or any(f.verdict == INCONCLUSIVE for f in found.findings)
