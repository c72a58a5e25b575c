"""A function at one point: its values near there, and the derivatives that backward and that differences give.

What is compared are the derivatives of a few numbers φ. If the outputs have few elements, each of them is one φ, and
the whole Jacobian is seen. Else there is one φ for each output y, ⟨v, y⟩ with random weights v: its gradient Jᵀv is
wrong, with probability one, if any entry of J is. Since v is never 1, a rule that forgets or misuses its upstream
gradient is found too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..backward import gradients
from ..graph import no_grad
from ..tensor import Tensor
from .branches import Crossing, crossing
from .ladder import ONE_SIDED, Estimate, Rung, climb, extrapolated
from .record import Record, record

EPS = float(np.finfo(np.float64).eps)
UNDERFLOW = 16 * float(np.finfo(np.float64).smallest_subnormal)  # an error of any number, however small, and of sums
FEW_OUTPUTS = 12  # so many elements in all are each looked at alone
UNIT = -2.0  # their upstream gradient; it is taken out again, exactly
OUTSIDE = (ValueError, ArithmeticError)  # what a function raises outside of its domain; LinAlgError is one
NEAR = 1e-9  # relative distance at which the branches on one side are read
NEARBY = 2.0**-5  # relative distance of the point that shows the size of the outputs
STEEP = 1e-3  # a jump by so much of the value itself
GRID = 2.0**-26  # relative distance of the points that show the rounding error


Curve = tuple[tuple[float, float, float], ...]


class Point:
    """A function, and the leaves that it is evaluated at.

    Parameters
    ----------
    evaluate : callable
        Runs the function on what the leaves hold now, and returns its outputs as Tensors.
    leaves : mapping of str → Tensor
        Of dtype float64 and made for this check: their arrays are exchanged.
    rng : numpy.random.Generator
        Draws the weights v.

    Attributes
    ----------
    record : Record
        The run at the point itself.
    values : list of arrays
        Its outputs; those that are no floating point numbers (counts, masks) have no derivative and are left out.
    analytic : dict of str → array
        By backward: for each leaf an array (m, *shape), ∂φ for each of the m numbers φ.
    reached : set of str
        The leaves at which a gradient arrived.
    sizes : dict of str → array
        What the steps of each leaf's elements are measured in: see :func:`step_sizes`.
    evaluations : int
        How often the function was run.
    """

    def __init__(
        self, evaluate: Callable[[], list[Tensor]], leaves: Mapping[str, Tensor], rng: np.random.Generator
    ) -> None:
        self._evaluate = evaluate
        self.leaves = dict(leaves)
        self.evaluations = 2
        with np.errstate(all="ignore"):
            self.record = record(evaluate)
            branches = self.record.may_branch(record(evaluate))
        self.outputs = [y for y in self.record.outputs if y.dtype.kind == "f"]
        self.values = [y._data for y in self.outputs]
        self.single = sum(y.size for y in self.values) <= FEW_OUTPUTS
        self.weights = [rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape) for y in self.values]
        self._here = self.record.patterns() if branches else None
        self.reached: set[str] = set()
        self.analytic = self._pulled(self.outputs)
        self.sizes = {name: step_sizes(leaf._data) for name, leaf in self.leaves.items()}
        self._noise: dict[str, tuple[list[Any], Any]] = {}
        self._scales: dict[str, list[Any]] = {}
        self.crossing: Crossing | None = None  # the last branch that changed between two points

    # ----------------------------------------------------------------------------------------------------- by backward

    def seeds(self) -> list[tuple[int, Any]]:
        """Return the upstream gradient of each φ, with the number of its output."""
        if not self.single:
            return list(enumerate(self.weights))
        found = []
        for k, y in enumerate(self.values):
            for index in np.ndindex(y.shape):
                seed = np.zeros_like(y)
                seed[index] = UNIT
                found.append((k, seed))
        return found

    def _pulled(self, outputs: Sequence[Tensor]) -> dict[str, Any]:
        inputs = list(self.leaves.values())
        rows = []
        with np.errstate(all="ignore"):
            for k, seed in self.seeds():
                found = gradients([outputs[k]], inputs, [seed], retain_graph=True)
                self.reached |= {name for name, g in zip(self.leaves, found, strict=True) if g is not None}
                unit = UNIT if self.single else 1.0
                rows.append([np.zeros(x.shape) if g is None else g / unit for x, g in zip(inputs, found, strict=True)])
        return {
            name: np.stack([row[i] for row in rows]) if rows else np.zeros((0, *x.shape))
            for i, (name, x) in enumerate(self.leaves.items())
        }

    # -------------------------------------------------------------------------------------------------- by differences

    def numbers(self, outputs: Sequence[Any]) -> Any:
        """Return the m numbers φ of outputs; it is linear, so differences of outputs give differences of φ."""
        if self.single:
            return np.concatenate([np.ravel(y) for y in outputs]) if outputs else np.zeros(0)
        return np.array([float(np.sum(v * y)) for v, y in zip(self.weights, outputs, strict=True)])

    def central(self, name: str, move: Callable[[float], tuple[Any, float]], slack: Any = 0.0) -> Any:
        """Return the function h → Rung, by two points on either side.

        Parameters
        ----------
        name : str
            The leaf that is moved.
        move : callable
            Takes a step, returns the leaf's array there, and the step that it really is.
        slack : float
            What the rounding of x itself adds to the rounding error of a difference.
        """

        def quotient(h: float) -> Rung | None:
            (right, up), (left, down) = move(h), move(-h)
            try:
                high, high_patterns = self._at(name, right)
                low, low_patterns = self._at(name, left)
            except OUTSIDE:
                return None
            if self._here is not None:
                found = crossing(self._here, low_patterns, high_patterns)
                self.crossing = found or self.crossing
                if found is not None:
                    return None
            return self._rung(name, h, high, low, up - down, slack)

        return quotient

    def sided(
        self, name: str, move: Callable[[float], tuple[Any, float]], side: int, near_step: float
    ) -> Callable[[float], Rung | None]:
        """Return the function h → Rung, by the point itself and one at its right (`side` 1) or left (−1).

        Only steps count that are on the same branch as one of `near_step`.
        """
        near: Any = None  # the branches very near
        if self._here is not None:
            with contextlib.suppress(*OUTSIDE):
                near = self._at(name, move(side * near_step)[0])[1]

        def quotient(h: float) -> Rung | None:
            array, step = move(side * h)
            try:
                there, found = self._at(name, array)
            except OUTSIDE:
                return None
            if near is not None and crossing(near, found, found) is not None:
                return None
            return self._rung(name, h, there, self.values, step, 0.0)

        return quotient

    def _rung(self, name: str, h: float, high: list[Any], low: list[Any], step: float, slack: Any) -> Rung | None:
        with np.errstate(all="ignore"):
            # Subtracted before they are summed up: outputs that do not change add no rounding error.
            rises = [a - b for a, b in zip(high, low, strict=True)]
            slope = self.numbers(rises) / step
            if not np.isfinite(slope).all():
                return None
            noise = self._noise_of(name, rises)
            changing = self.analytic[name].reshape(len(slope), -1).any(axis=1)  # what is 0 everywhere has no underflow
            noise = noise + UNDERFLOW * changing
            return Rung(h, slope, 2 * noise / abs(step) + 4 * EPS * abs(slope) + slack / h)

    def _at(self, name: str, array: Any) -> tuple[list[Any], Any]:
        """Return outputs, and patterns if there are branches, with another array in a leaf; it gets its own back."""
        leaf = self.leaves[name]
        before = leaf._data
        self.evaluations += 1
        try:
            leaf._data = array  # not `leaf.data =`, which copies
            with np.errstate(all="ignore"):
                if self._here is None:
                    with no_grad():
                        outputs = self._evaluate()
                    return [y._data for y in outputs if y.dtype.kind == "f"], None
                run: Record = record(self._evaluate)
                return [y._data for y in run.outputs if y.dtype.kind == "f"], run.patterns()
        finally:
            leaf._data = before

    # -------------------------------------------------------------------------------------------------- rounding error

    def _noise_of(self, name: str, rises: list[Any]) -> Any:
        """Return the rounding error of each φ: that of the outputs that have changed, or of all if none has."""
        by_output, together = self.noise(name)
        if self.single:
            return np.concatenate(
                [np.ravel(self._or_of_others(*all_of)) for all_of in zip(by_output, self.values, rises, strict=True)]
            )
        found = []
        for k, (v, noise, rise) in enumerate(zip(self.weights, by_output, rises, strict=True)):
            changed = rise != 0
            count = int(np.count_nonzero(changed))
            part = noise * changed if count else noise
            found.append(max(2 * float(np.sqrt(np.sum((v * part) ** 2))), together[k] if count == rise.size else 0.0))
        return np.array(found)

    def scales(self, name: str) -> list[Any]:
        """Return the size of each output's elements: what it is, or by how much it changes as the leaf moves by itself.

        A determinant of 0 is a sum of large numbers, and has their rounding errors; a small move shows how large.
        """
        if name not in self._scales:
            sizes = [abs(y) for y in self.values]
            with contextlib.suppress(*OUTSIDE), np.errstate(all="ignore"):
                there = self._at(name, self.leaves[name]._data + NEARBY * self._zigzag(name))[0]
                rises = [abs(a - y) / NEARBY for a, y in zip(there, self.values, strict=True)]
                sizes = [np.where(r > size, r, size) for r, size in zip(rises, sizes, strict=True)]
            self._scales[name] = [
                np.where(np.isfinite(size), size, abs(y)) for size, y in zip(sizes, self.values, strict=True)
            ]
        return self._scales[name]

    def unsteadiness(self, name: str) -> Any:
        """Return how much the derivatives by backward change, for each φ, as a leaf moves by its last digits."""
        leaf = self.leaves[name]
        before = leaf._data
        try:
            leaf._data = before + 4 * EPS * self._zigzag(name)
            with np.errstate(all="ignore"), contextlib.suppress(*OUTSIDE):
                there = self._pulled([y for y in record(self._evaluate).outputs if y.dtype.kind == "f"])
                change = abs(there[name] - self.analytic[name]).reshape(len(self.analytic[name]), -1)
                return np.nan_to_num(change.max(axis=1, initial=0.0))
        finally:
            leaf._data = before
        return np.zeros(len(self.analytic[name]))

    def _zigzag(self, name: str) -> Any:
        """Return a direction in which each element of a leaf moves by about its own size."""
        size = self.sizes[name]
        rng = np.random.default_rng(0)  # the same each time; a regular pattern may keep a rank, or a sum
        return size * rng.uniform(0.5, 1.0, size.shape) * rng.choice([-1.0, 1.0], size.shape)

    @staticmethod
    def _or_of_others(noise: Any, y: Any, rise: Any) -> Any:
        """Return rounding errors; for a 0 that has not changed those of the greatest element beside it.

        It may have been rounded to 0 from numbers of that size.
        """
        return np.where((y == 0) & (rise == 0), np.maximum(noise, EPS * np.max(abs(y), initial=0.0)), noise)

    def noise(self, name: str) -> tuple[list[Any], Any]:
        """Return the rounding error of each output's elements, and of each φ, when a leaf moves.

        It is measured: on a grid so fine that a smooth function is a straight line, what fourth differences leave is
        rounding. (The fourth difference of independent errors is √70 times as large as one of them.) It is not less
        than ε times the size of the outputs.
        """
        if name not in self._noise:
            x = self.leaves[name]._data
            u = GRID * self._zigzag(name)
            try:
                found = [self._at(name, x + k * u) for k in range(-3, 4)]
                runs = [values for values, _ in found]
                if self._here is not None and crossing(self._here, found[0][1], found[-1][1]) is not None:
                    runs = [self.values] * 7  # a corner is no straight line
            except OUTSIDE:  # at the border of the domain
                runs = [self.values] * 7
            with np.errstate(all="ignore"):
                fourth = [_fourth([run[k] - y for run in runs], abs(y)) for k, y in enumerate(self.values)]
                by_output = [
                    EPS * size + np.where(np.isfinite(d), d, 0.0)
                    for size, d in zip(self.scales(name), fourth, strict=True)
                ]
                rises = [[a - b for a, b in zip(run, self.values, strict=True)] for run in runs]
                together = _fourth([self.numbers(rise) for rise in rises], abs(self.numbers(self.values)))
            self._noise[name] = by_output, np.where(np.isfinite(together), together, 0.0)
        return self._noise[name]

    # ------------------------------------------------------------------------------------------------------ estimates

    def coordinate(self, name: str, index: tuple[int, ...], start: float = 1.0) -> Estimate | None:
        """Return the derivatives by one element of a leaf, by central quotients."""
        x = self.leaves[name]._data
        size = float(self.sizes[name][index])
        top = max(size, float(typical(x)))
        return climb(self.central(name, _along_axis(x, index)), start * size / 8, top)

    def slopes(self, name: str, index: tuple[int, ...]) -> tuple[Estimate | None, Estimate | None]:
        """Return the derivatives on the left and on the right of one element."""
        x = self.leaves[name]._data
        size = float(self.sizes[name][index])
        left, right = (
            climb(self.sided(name, _along_axis(x, index), side, NEAR * size), size / 8, size, ONE_SIDED)
            for side in (-1, 1)
        )
        return left, right

    def sweep(self, name: str, place: tuple[int, ...] | Any, component: int) -> Curve:
        """Return the quotients of one φ at steps from large to tiny: by an element (an index), or along a direction."""
        x = self.leaves[name]._data
        if isinstance(place, tuple):
            size, quotient = float(self.sizes[name][place]), self.central(name, _along_axis(x, place))
        else:
            size, quotient = 1.0, self.central(name, lambda t: (x + t * place, t))
        rungs = [quotient(size * 4.0**-k) for k in range(1, 24)]
        return tuple((r.h, float(r.slope[component]), float(r.rounding[component])) for r in rungs if r is not None)

    def along(self, name: str, u: Any, steps: Sequence[float] = ()) -> Estimate | None:
        """Return the derivatives along a direction, in units of it: the best of a ladder, or by the `steps` given."""
        x = self.leaves[name]._data

        def move(t: float) -> tuple[Any, float]:
            return x + t * u, t

        flat = self.analytic[name].reshape(len(self.analytic[name]), -1)
        with np.errstate(all="ignore"):
            slack = EPS * np.sqrt(np.sum((flat * np.where(u == 0, 0.0, x).ravel()) ** 2, axis=1))
        quotient = self.central(name, move, np.where(np.isfinite(slack), slack, 0.0))
        if not steps:
            return climb(quotient, 1 / 32, 1 / 2, enough=0.0)
        rungs = [rung for h in steps if (rung := quotient(h)) is not None]
        return extrapolated(rungs) if len(rungs) == len(steps) else None


def typical(x: Any) -> Any:
    """Return the median size of the elements that are not 0; 1 if all are."""
    sizes = abs(x[x != 0])
    return np.median(sizes) if sizes.size else 1.0


def step_sizes(x: Any) -> Any:
    """Return for each element what a step is measured in: its own size, or for 0 that of the others."""
    return np.where(x == 0, typical(x), abs(x))


def _along_axis(x: Any, index: tuple[int, ...]) -> Callable[[float], tuple[Any, float]]:
    """Return the function that moves one element, and says by how much it has moved after rounding."""

    def move(h: float) -> tuple[Any, float]:
        changed = x.copy()
        changed[index] = x[index] + h
        return changed, float(changed[index] - x[index])

    return move


def _fourth(values: list[Any], size: Any) -> Any:
    """Return the size of the errors in rises on a grid, by their fourth differences; `size` is that of the values.

    A single great jump is a step of the function and no rounding error.
    """
    rows = np.stack(values)
    errors = np.sqrt(np.mean(np.diff(rows, 4, axis=0) ** 2, axis=0) / 70)
    rises = np.diff(rows, axis=0)
    jumps = (np.count_nonzero(rises, axis=0) == 1) & (abs(rises).max(axis=0) > STEEP * size)
    return np.where(jumps, 0.0, errors)
