"""The comparison itself: the gradient that backward gives for each entry, and the one that differences give.

Outputs of any shape are checked through one number, φ = Σ ⟨v, y⟩ with random weights v: its gradient Jᵀv differs from
the right one, with probability one, if any entry of the Jacobian J is wrong. Since v is not 1, a rule that forgets its
upstream gradient is found too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backward import gradients
from ..graph import Node, enable_grad, no_grad
from ..tensor import Tensor, wrap
from .numeric import EPS, Differences
from .progress import progress
from .result import FAIL, KINK, OK, UNCLEAR, CheckResult, Row
from .route import routes

Variables = dict[str, Tensor]


@dataclass(frozen=True)
class Tolerance:
    """How far a derivative a from backward and a difference quotient n may lie apart.

    ``|a − n| ≤ rtol · max(|a|, |n|) + atol · scale``. The scale is the size of the output, or the greatest derivative
    if that is greater: what rounding leaves of a difference quotient is proportional to it.
    """

    rtol: float
    atol: float
    output: float

    def floor(self, a: Any, n: Any) -> float:
        """Return the part that is the same for all entries."""
        a, n = np.abs(a[np.isfinite(a)]), np.abs(n[np.isfinite(n)])
        # The lesser of the two maxima: one wild number must not make all others pass.
        return self.atol * max(self.output, min(float(np.max(a, initial=0.0)), float(np.max(n, initial=0.0))))

    def excess(self, a: Any, n: Any) -> Any:
        """Return each entry's error in units of what is allowed; infinite if it is no number."""
        with np.errstate(all="ignore"):
            ratio = np.abs(a - n) / (self.rtol * np.maximum(np.abs(a), np.abs(n)) + self.floor(a, n))
        return np.where(a == n, 0.0, np.where(np.isfinite(ratio), ratio, np.inf))


IN_FLOAT64 = "Inputs of other precision were checked in float64 copies."


def compare(
    subject: str,
    evaluate: Callable[[], Any],
    variables: Variables,
    *,
    samples: int | None,
    step: float,
    rtol: float,
    atol: float,
    rng: np.random.Generator,
    converted: bool,
    raise_exception: bool,
) -> CheckResult:
    """Check the gradient of what `evaluate` computes from the variables.

    Parameters
    ----------
    subject : str
        What is checked, for the table and for errors.
    evaluate : callable
        Runs the function on what the variables hold now.
    variables : dict of str → Tensor
        Leaves of dtype float64, made for this check: their arrays are exchanged.
    samples : int or None
        How many entries of each variable to check; None for all.
    step, rtol, atol
        As :func:`autograd.gradcheck` describes them.
    rng : numpy.random.Generator
        Draws the weights of the outputs and the samples.
    converted : bool
        Whether inputs of other precision are checked in float64 copies, which is said below the table.
    raise_exception : bool
        Raise GradientError if a row failed.
    """
    with enable_grad():
        outputs = outputs_of(evaluate(), subject)
    values = _bare(outputs)
    _refuse_strange_values(values, subject)
    if len(values) == 1 and values[0].size == 1:
        unit = -2.0  # taken out again, exactly, so that the table shows the derivative of the output itself
        weights = [np.full(values[0].shape, unit)]
    else:
        unit = 1.0
        weights = [_weights(y.shape, rng) for y in values]
    recorded = routes(outputs)
    with np.errstate(all="ignore"):  # what is not finite is judged below
        found = gradients(outputs, list(variables.values()), weights)

    def bare() -> list[Any]:
        return _bare(outputs_of(evaluate(), subject))

    seconds = _refuse_chance(bare, values, subject)
    weights = [v / unit for v in weights]
    size = float(np.sqrt(sum(np.sum((v * y) ** 2) for v, y in zip(weights, values, strict=True))))
    differences = Differences(bare, weights, EPS * size, step)
    tolerance = Tolerance(rtol, atol, size)
    entries = {name: _entries(leaf.shape, samples, rng) for name, leaf in variables.items()}
    with progress(sum(map(len, entries.values())), 2 * seconds) as advance:
        rows = [
            _explained(
                _row(name, leaf, None if g is None else g / unit, entries[name], differences, tolerance, advance),
                g is not None,
                leaf.node,
                recorded,
            )
            for (name, leaf), g in zip(variables.items(), found, strict=True)
        ]
    result = CheckResult(subject, tuple(rows), rtol, atol, (IN_FLOAT64,) if converted else ())
    if raise_exception:
        result.raise_if_failed()
    return result


def _row(
    name: str,
    leaf: Tensor,
    gradient: Any,
    entries: list[tuple[int, ...]],
    differences: Differences,
    tolerance: Tolerance,
    advance: Callable[[], Any],
) -> Row:
    """Check the entries of one variable; return the row of the table."""
    if not entries:
        return Row(name, leaf.shape, 0, leaf.size, OK)
    a = np.array([0.0 if gradient is None else float(gradient[index]) for index in entries]) + 0.0  # no −0
    n, h = np.empty_like(a), np.empty_like(a)
    for k, index in enumerate(entries):
        n[k], h[k] = differences.at(leaf, index)
        advance()
    failed, kinks = _settle(a, n, h, leaf, entries, differences, tolerance)
    if failed is not None:
        worst, verdict, note = failed, FAIL, _why_failed(a[failed]) or kinks.get(failed, "")
    else:
        worst = int(np.argmax(tolerance.excess(a, n)))
        verdict, note = _verdict(a, n, tolerance)
        if verdict == OK and kinks:
            verdict, note = KINK, kinks[worst]
    with np.errstate(all="ignore"):
        error = abs(a[worst] - n[worst])
        relative = error / max(abs(a[worst]), abs(n[worst])) if error else 0.0
    return Row(
        name,
        leaf.shape,
        len(entries),
        leaf.size,
        verdict,
        analytic=float(a[worst]),
        numeric=float(n[worst]),
        absolute_error=float(error),
        relative_error=float(relative),
        index=entries[worst],
        step=float(h[worst]),
        note=note,
    )


def _settle(
    a: Any,
    n: Any,
    h: Any,
    leaf: Tensor,
    entries: list[tuple[int, ...]],
    differences: Differences,
    tolerance: Tolerance,
) -> tuple[int | None, dict[int, str]]:
    """Give disagreeing entries the best of several steps, the worst first; return the first that still disagrees.

    The better quotients and their steps are written into `n` and `h`. An entry at a kink may disagree, if backward's
    derivative lies between the slopes on either side; what there is to say about these comes second.
    """
    excess = tolerance.excess(a, n)
    kinks: dict[int, str] = {}
    for k in sorted(np.flatnonzero(excess > 1), key=lambda k: -excess[k]):
        n[k], h[k] = differences.best(leaf, entries[k])
        if not np.isfinite(n[k]) or tolerance.excess(a, n)[k] <= 1:
            continue
        kink = differences.kink(leaf, entries[k])
        if kink is None:
            return int(k), kinks
        left, right, doubt = kink
        found = f"a kink: slopes {left:.4g} and {right:.4g}, analytic {a[k]:.4g}"
        if not min(left, right) - doubt <= a[k] <= max(left, right) + doubt:
            kinks[int(k)] = f"{found}, not in between; if several kinks meet here, check beside them, as at x + 0.01"
            return int(k), kinks
        kinks[int(k)] = f"{found}, in between"
    return None, kinks


def _explained(row: Row, has_gradient: bool, leaf: Any, recorded: dict[int, Node | None]) -> Row:
    """Return a row that failed with what the recorded graph has to say about it."""
    if row.verdict != FAIL:
        return row
    lossy = recorded.get(leaf.number)
    if has_gradient and lossy is not None and np.isfinite(row.analytic or 0.0):
        note = (
            f"{lossy.primitive.name} gives {lossy.dtype} on the way, and differences drown in its rounding; let the "
            "function keep the dtype of its inputs (x.dtype for np.float32) and check again"
        )
        return replace(row, verdict=UNCLEAR, note=note)
    if has_gradient:
        return row
    why = (
        " and the graph leads here: a derivative rule on the way returned None"
        if leaf.number in recorded
        else ": .data, .detach(), no_grad() or a plain NumPy array lies between"
    )
    return replace(row, note=f"no gradient arrives here, though the output depends on it{why}")


def _why_failed(analytic: float) -> str:
    return "" if np.isfinite(analytic) else f"backward gives {analytic} where the differences are finite"


def _verdict(a: Any, n: Any, tolerance: Tolerance) -> tuple[str, str]:
    """Return the verdict on entries of which none disagrees, and a note."""
    if not np.isfinite(n).all():
        return UNCLEAR, "the function is not finite at any two neighbours of this entry, so there are no differences"
    if 8 * EPS * tolerance.output < np.max(np.abs(a)) and np.max(np.maximum(np.abs(a), np.abs(n))) <= tolerance.floor(
        a, n
    ):
        return UNCLEAR, "the gradient is too small beside the output for differences to resolve it"
    return OK, ""


# --------------------------------------------------------------------------------------------------------- the function


def outputs_of(result: Any, subject: str) -> list[Tensor]:
    """Return what the function returned as Tensors, a single one in a list of one, or raise."""
    results = result if isinstance(result, (tuple, list)) else (result,)
    for one in results:
        if not isinstance(one, (Tensor, np.ndarray, np.generic, float, int)):
            raise TypeError(f"{subject} returned {type(one).__name__}; it must return a Tensor, or a tuple of Tensors")
    return [one if isinstance(one, Tensor) else wrap(np.asarray(one)) for one in results]


def _bare(outputs: list[Tensor]) -> list[Any]:
    """Return the arrays of the outputs; what is no floating point number (a count, a mask) as such."""
    return [y.data if y.dtype.kind == "f" else y.data.astype(np.float64) for y in outputs]


def _refuse_strange_values(values: list[Any], subject: str) -> None:
    """Raise unless all outputs are finite, and floating point numbers of double precision."""
    for i, y in enumerate(values):
        if y.dtype != np.float64:
            raise TypeError(
                f"output {i} of {subject} has dtype {y.dtype} though its inputs are float64, and differences would "
                "drown in its rounding; let the function keep the dtype of its inputs (no astype, no dtype=)"
            )
        if not np.isfinite(y).all():
            where = [int(j) for j in np.argwhere(~np.isfinite(y))[0]]
            raise ValueError(
                f"output {i} of {subject} is {y[tuple(where)]} at {where}, so there is no derivative to check; choose "
                "inputs at which the function is finite"
            )


def _refuse_chance(evaluate: Callable[[], list[Any]], values: list[Any], subject: str) -> float:
    """Raise if the same inputs give other outputs the second time; return the seconds that a run takes."""
    start = time.perf_counter()
    with no_grad():
        again = evaluate()
    seconds = time.perf_counter() - start
    for i, (y, z) in enumerate(zip(values, again, strict=True)):
        if y.shape != z.shape or np.max(np.abs(y - z), initial=0.0) > 1e-12 * np.max(np.abs(y), initial=0.0):
            raise ValueError(
                f"output {i} of {subject} differs between two runs on the same inputs, so differences mean nothing; "
                "switch its randomness off (model.eval() for dropout) or seed it anew in each call"
            )
    return seconds


def _weights(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Return random weights of either sign, none of them near 0, where an error could hide."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def _entries(shape: tuple[int, ...], samples: int | None, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Return the indices of all elements, or of a random sample of them, in order."""
    if samples is not None and samples < 1:
        raise ValueError(f"samples={samples} would check nothing; give at least 1, or None for all entries")
    size = int(np.prod(shape))
    chosen = range(size) if samples is None or samples >= size else np.sort(rng.choice(size, samples, replace=False))
    return [tuple(int(i) for i in np.unravel_index(k, shape)) for k in chosen]
