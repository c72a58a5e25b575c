"""The verdict on one derivative: what backward says, what differences say, and how well they know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..graph import Leaf
from .complex_step import H, push
from .ladder import Estimate
from .point import EPS, UNDERFLOW, Curve, Point
from .result import FAIL, INCONCLUSIVE, PASS, SUBGRADIENT, relative_error

TRUST = 10.0  # a difference of so many error bars is an error
RESOLVED = 1e-3  # a derivative is known if so many error bars are at most this part of it
NOTHING = 1e-8  # … or if it is zero to within this part of |φ/x|
SETTLED = 1e-2  # a slope has settled if its bar is at most this part of it
DOUBTFUL = 1e-10  # errors below this part of |φ/x| may be those of backward itself
DISPUTED = 1e-4  # so near to each other, witnesses that disagree say nothing
SEPARATE = 1e-3  # two slopes make a kink if they differ by more than this part of the greater


@dataclass(frozen=True)
class Finding:
    """What there is to say about one derivative ∂φ/∂x.

    Attributes
    ----------
    verdict : str
        PASS, FAIL, SUBGRADIENT or INCONCLUSIVE.
    analytic, numeric, bar : float
        By backward; by differences, and how far that is to be trusted.
    index : tuple of int
        The element x.
    component : int
        Which φ.
    step : float
        The smallest step that went into it.
    note : str
        What there is to say beyond the numbers.
    kinks : int
        How many branches change here.
    sweep : callable or None
        Measures the quotient and its rounding error at steps from large to tiny, for the picture.
    """

    verdict: str
    analytic: float
    numeric: float
    bar: float
    index: tuple[int, ...] = ()
    component: int = 0
    step: float = 0.0
    note: str = ""
    kinks: int = 0
    sweep: Callable[[], Curve] | None = None

    @property
    def error(self) -> float:
        """|a − n|."""
        return abs(self.analytic - self.numeric)

    @property
    def relative_error(self) -> float:
        """|a − n| / max(|a|, |n|), the measure of the CS231n notes; 0 if both are 0."""
        return relative_error(self.analytic, self.numeric)

    @property
    def severity(self) -> tuple[int, float]:
        """What the worst of several findings is the greatest of."""
        rank = (PASS, SUBGRADIENT, INCONCLUSIVE, FAIL).index(self.verdict)
        relative = self.relative_error
        return rank, relative if np.isfinite(relative) else np.inf


def allowed(a: Any, n: Any, bar: Any) -> Any:
    """Return how far apart the two may be: TRUST error bars, and the rounding of the numbers themselves."""
    return TRUST * bar + 16 * EPS * (abs(a) + abs(n))


def verdict(a: float, n: float, bar: float, natural: float) -> str:
    """Return what two derivatives and an error bar amount to, away from kinks.

    Parameters
    ----------
    a, n, bar : float
        By backward, by differences, and the error bar of that.
    natural : float
        |φ/x|: the derivative that would change φ by its own size as x changes by its own.
    """
    if not np.isfinite(a):
        return FAIL if np.isfinite(n) and np.isfinite(bar) else INCONCLUSIVE
    if a == n == 0 and bar <= RESOLVED * natural:
        return PASS
    most = allowed(a, n, bar) + 16 * EPS * natural
    if abs(a - n) > most:
        return FAIL
    if most <= RESOLVED * max(abs(a), abs(n)) or (abs(a) <= most <= NOTHING * natural):
        return PASS
    return INCONCLUSIVE


def at(point: Point, name: str, index: tuple[int, ...]) -> Finding:
    """Return the finding at one element of a leaf: the worst of all φ."""
    analytic = point.analytic[name][(slice(None), *index)]
    point.crossing = None
    estimate = point.coordinate(name, index)
    if estimate is None:
        return max((_at_kink(point, name, index, c) for c in range(len(analytic))), key=lambda f: f.severity)
    findings = [_smooth(point, name, index, c, estimate) for c in range(len(analytic))]
    worst = max(findings, key=lambda f: f.severity)
    if worst.verdict not in (FAIL, INCONCLUSIVE):
        return worst
    witness = complex_slope(point, name, index)
    # Whoever disagrees with one ladder must disagree with a second one, of other steps.
    again = point.coordinate(name, index, 0.37)
    settled = []
    for finding in findings:
        c = finding.component
        if finding.verdict == FAIL and again is not None:
            finding = max((finding, _smooth(point, name, index, c, again)), key=_benefit)
        if finding.verdict == FAIL:
            finding = _beside_own_rounding(point, name, finding)
        if witness is not None:
            finding = _with_complex_step(point, name, index, finding, float(witness[c]))
        if finding.verdict in (FAIL, INCONCLUSIVE) and np.isfinite(finding.analytic):
            kink = _at_kink(point, name, index, c)
            vague = (
                finding.verdict == INCONCLUSIVE and kink.verdict == FAIL and finding.bar > 0.1 * abs(finding.numeric)
            )
            corner = kink.verdict == FAIL == finding.verdict and kink.kinks > 0
            finding = kink if kink.verdict == SUBGRADIENT or vague or corner else finding
        settled.append(finding)
    return max(settled, key=lambda f: f.severity)


def _beside_own_rounding(point: Point, name: str, finding: Finding) -> Finding:
    """Return a finding with the rounding of backward's own numbers in its bar, if it is about next to nothing."""
    size = natural(point, name, finding.index, finding.component)
    if not finding.error <= DOUBTFUL * size:
        return finding
    bar = finding.bar + point.unsteadiness(name)[finding.component]
    note = f"backward's own rounding errors are of size {bar:.0e} here"
    found = verdict(finding.analytic, finding.numeric, bar, size)
    return replace(finding, verdict=found, bar=bar, note=note if found != PASS else "")


def _benefit(finding: Finding) -> tuple[bool, float]:
    return finding.verdict != FAIL, finding.bar


def _smooth(point: Point, name: str, index: tuple[int, ...], component: int, estimate: Estimate) -> Finding:
    a = float(point.analytic[name][(component, *index)]) + 0.0  # no −0
    n, bar = float(estimate.value[component]), float(estimate.bar[component])
    found = verdict(a, n, bar, natural(point, name, index, component))

    def sweep() -> Curve:
        return point.sweep(name, index, component)

    note = ""
    if not np.isfinite(a):
        note = f"backward gives {a} where the differences are finite"
    elif found == INCONCLUSIVE:
        note = f"here differences know the derivative to ±{bar:.1e} only, and backward's {a:.3g} lies within that"
    return Finding(found, a, n, bar, index, component, float(estimate.step[component]), note, 0, sweep)


def _at_kink(point: Point, name: str, index: tuple[int, ...], component: int) -> Finding:
    """Return the finding from the slopes on either side: the analytic derivative must be one of them, or in between."""
    a = float(point.analytic[name][(component, *index)]) + 0.0
    crossing = point.crossing
    left, right = point.slopes(name, index)
    if left is None or right is None:
        note = "the function is not finite at any two neighbours of this entry, so there are no differences"
        if left is not right:
            side = "right" if left is None else "left"
            note = f"the function is finite on the {side} side only: there is no derivative to compare"
        return Finding(INCONCLUSIVE, a, np.nan, np.inf, index, component, note=note)
    if (jump := _at_jump(point, name, index, component, left, right)) is not None:
        return jump
    l, r = float(left.value[component]) + 0.0, float(right.value[component]) + 0.0  # noqa: E741
    bar = float(left.bar[component] + right.bar[component])
    step = float(min(left.step[component], right.step[component]))
    n = (l + r) / 2
    slack = allowed(a, max(abs(l), abs(r)), bar)
    if not abs(r - l) > max(slack, SEPARATE * max(abs(l), abs(r))):  # the same slope on both sides
        found = verdict(a, n, bar, natural(point, name, index, component)) if np.isfinite(bar) else INCONCLUSIVE
        if found != FAIL or crossing is None or crossing.changes < 2:
            note = "" if found != INCONCLUSIVE else f"both sides know the slope to ±{bar:.1e} only"
            return Finding(found, a, n, bar, index, component, step, note)
    said = f"slopes {l:.4g} and {r:.4g}, analytic {a:.4g}"
    where = _place(point, name, index, a)
    count = crossing.changes if crossing is not None else 1
    if min(l, r) - slack <= a <= max(l, r) + slack:
        return Finding(SUBGRADIENT, a, n, bar, index, component, step, f"{where}: {said}, in between", count)
    note = f"{where}: {said}, not in between"
    if count > 1:
        note += f"; {count} branches change here, and slopes of several kinks add up: check beside them as well"
    return Finding(FAIL, a, n, bar, index, component, step, note, count)


def _at_jump(
    point: Point, name: str, index: tuple[int, ...], component: int, left: Estimate, right: Estimate
) -> Finding | None:
    """Return the finding where a slope settles on one side or on none: at a jump, a pole or a root; else None."""
    a = float(point.analytic[name][(component, *index)]) + 0.0
    sides = [(float(side.value[component]) + 0.0, float(side.bar[component])) for side in (left, right)]
    greater = max(abs(n) for n, _ in sides)
    if not greater:  # flat on both sides
        return None
    settled = [(n, bar) for n, bar in sides if bar <= SETTLED * (abs(n) or greater)]
    if len(settled) == 2 or all(bar <= SETTLED * greater for _, bar in sides):
        return None
    where = _place(point, name, index, a)
    if not settled:
        note = f"{where}: quotients settle on no slope, neither on the left nor on the right: there is no derivative"
        return Finding(INCONCLUSIVE, a, np.nan, np.inf, index, component, note=note)
    ((n, bar),) = settled
    equal = abs(a - n) <= allowed(a, n, bar)
    note = f"{where}: a jump; the slope beside it is {n:.4g}, analytic {a:.4g}" + ("" if equal else ", another one")
    return Finding(SUBGRADIENT if equal else FAIL, a, n, bar, index, component, note=note, kinks=1)


def _place(point: Point, name: str, index: tuple[int, ...], a: float) -> str:
    """Return where the kink is: relu#3, input (3, 2) = 0.0."""
    crossing = point.crossing
    if crossing is None:
        return "a kink"
    node = point.record.operations[crossing.node]
    assert node.notes is not None
    operand = next((v for v in node.notes.arguments if getattr(getattr(v, "dtype", None), "kind", "") == "f"), None)
    label = point.record.label(node)
    if operand is None or len(crossing.place) != operand.ndim or not crossing.place:
        return label
    inside = all(i < n for i, n in zip(crossing.place, operand.shape, strict=True))
    return f"{label}, input {crossing.place} = {operand[crossing.place]}" if inside else label


def natural(point: Point, name: str, index: tuple[int, ...], component: int) -> float:
    """Return |φ/x| for one element and one φ; the size of φ is what it is, or what it becomes nearby."""
    x = float(point.sizes[name][index])
    scales = point.scales(name)
    if point.single:
        sizes = np.concatenate([np.ravel(size) for size in scales])
        return float(sizes[component] or np.max(sizes)) / x
    return float(np.sqrt(np.sum((point.weights[component] * scales[component]) ** 2))) / x


# --------------------------------------------------------------------------------------------------- the second witness


def complex_along(point: Point, name: str, u: Any) -> Any:
    """Return the derivatives of all φ along a direction by the complex step, or None."""
    node = point.leaves[name].node
    if not isinstance(node, Leaf):
        return None
    pushed = push(point.record, {node.number: u})
    if pushed is None:
        return None
    found = point.numbers([dy for dy, y in zip(pushed, point.record.outputs, strict=True) if y.dtype.kind == "f"])
    return found if np.isfinite(found).all() else None


def complex_slope(point: Point, name: str, index: tuple[int, ...]) -> Any:
    """Return the derivatives of all φ by one element by the complex step, or None."""
    u = np.zeros(point.leaves[name].shape)
    u[index] = 1.0
    return complex_along(point, name, u)


def complex_bar(point: Point, name: str, along: Any, share: float) -> Any:
    """Return the error bar of a complex step: its last digits, the rounding inside of the function, and underflow.

    `along` are the sizes of what adds up to it, and `share` is 1/|x| for a slope, 1 for a relative direction.
    """
    return 1e-13 * along + 4 * np.asarray(noise_of_all(point, name)) * share + UNDERFLOW / H


def noise_of_all(point: Point, name: str) -> Any:
    """Return the rounding error of each φ when all of a leaf moves."""
    by_output, together = point.noise(name)
    if point.single:
        return np.concatenate([np.ravel(noise) for noise in by_output])
    sizes = [2 * float(np.sqrt(np.sum((v * noise) ** 2))) for v, noise in zip(point.weights, by_output, strict=True)]
    return np.maximum(sizes, together)


def _with_complex_step(point: Point, name: str, index: tuple[int, ...], finding: Finding, c: float) -> Finding:
    """Return what a finding becomes by the word of the second witness.

    Where differences do not know, a complex step that is compatible with them decides. Where differences and backward
    disagree by little, and the complex step stands by backward, the error bar was too small: an ill-conditioned
    function may have rounding errors that change evenly from step to step.
    """
    if finding.verdict == INCONCLUSIVE:
        return _by_complex_step(point, name, index, finding, c)
    if finding.verdict != FAIL or not finding.relative_error <= DISPUTED:
        return finding
    if abs(c - finding.analytic) > 1e-3 * finding.error:
        return finding
    note = f"differences give {finding.numeric:.10g}, but the complex step {c:.10g}, as backward does"
    return replace(finding, verdict=INCONCLUSIVE, note=note)


def _by_complex_step(point: Point, name: str, index: tuple[int, ...], finding: Finding, c: float) -> Finding:
    """Return the finding that a complex step leads to where differences do not, if the two are compatible."""
    if abs(c - finding.numeric) > allowed(c, finding.numeric, finding.bar):
        return finding
    x = float(point.sizes[name][index])
    bar = float(complex_bar(point, name, abs(c), 1 / x)[finding.component])
    if not bar < finding.bar:
        return finding
    found = verdict(finding.analytic, c, bar, natural(point, name, index, finding.component))
    note = "" if found == INCONCLUSIVE else f"by the complex step; differences know it to ±{finding.bar:.1e} only"
    return Finding(found, finding.analytic, c, bar, index, finding.component, 0.0, note or finding.note)
