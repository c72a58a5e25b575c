"""One row of the table: all that can be said about one input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .judge import Finding, at
from .point import Point
from .result import FAIL, INCONCLUSIVE, PASS, SUBGRADIENT, Row
from .search import Search, is_unknown, search

SMALL = 12  # inputs of so many elements are checked element by element


def examine(point: Point, name: str, rng: np.random.Generator, advance: Callable[[], Any] = lambda: None) -> Row:
    """Check one leaf of a point."""
    leaf = point.leaves[name]
    if not leaf.size or not len(point.analytic[name]):
        return Row(name, leaf.shape, PASS)
    if leaf.size <= SMALL:
        findings = []
        for index in np.ndindex(leaf.shape):
            findings.append(at(point, name, index))
            advance()
        return _row(point, name, findings)
    return _searched(point, name, search(point, name, rng, advance))


def steps_of(size: int) -> int:
    """Return how many steps of progress a leaf of so many elements is worth."""
    return size if size <= SMALL else 2


def _row(point: Point, name: str, findings: list[Finding], checked: str = "all") -> Row:
    worst = max(findings, key=lambda finding: finding.severity)
    kinks = sum(finding.verdict == SUBGRADIENT for finding in findings)
    note = worst.note
    if note and not point.single and len(point.values) > 1:
        note += f" (output {worst.component})"
    return Row(
        name,
        point.leaves[name].shape,
        worst.verdict,
        analytic=worst.analytic,
        numeric=worst.numeric,
        bar=worst.bar,
        index=worst.index,
        step=worst.step,
        kinks=kinks or worst.kinks,
        checked=checked,
        note=note,
        wrong=tuple((f.index, f.analytic, f.numeric, f.bar) for f in findings if f.verdict == FAIL),
        sweep=worst.sweep,
        crowded=worst.verdict == FAIL and all(f.kinks > 1 for f in findings if f.verdict == FAIL),
    )


def _searched(point: Point, name: str, found: Search) -> Row:
    checked = f"{found.directions} direction" + "s" * (found.directions > 1)
    size = point.leaves[name].size
    if any(finding.verdict == FAIL for finding in found.findings):
        return _row(point, name, found.findings, checked)
    findings = found.findings + ([found.along] if found.along is not None else [])
    if not findings:
        note = "branches change at every step in every direction, and there are too many to look at one by one"
        return Row(name, point.leaves[name].shape, INCONCLUSIVE, checked=checked, note=note)
    row = _row(point, name, findings, checked)
    if not is_unknown(found, size):
        return row
    note = (
        f"{found.silent} of {size} entries have gradients too small to be told from rounding errors"
        if not found.unfinished
        else "the branches that change were too many to look at all of them"
    )
    return Row(**{**vars(row), "verdict": INCONCLUSIVE, "note": "; ".join(filter(None, (row.note, note)))})
