"""What ``make mutants`` prints, and the page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograd.columns import aligned
from autograd.primitive import Primitive

from .child import CRASH, ERROR, FAILED
from .result import Result
from .targets import Target

HEAD = ("", "primitives", "operands", "functions", "mutants", "noticed", "equivalent", "survived", "score", "seconds")


def rows(targets: Sequence[Target], results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Return the table, a row for each page, the last for all of them."""
    pages = list(dict.fromkeys(t.page for t in targets))
    return [
        *(_row(page, [t for t in targets if t.page == page], [r for r in results if r.page == page]) for page in pages),
        _row("all", targets, results),
    ]


def _row(title: str, targets: Sequence[Target], results: Sequence[Result]) -> tuple[str, ...]:
    entries = [t.what for t in targets if isinstance(t.what, Primitive)]
    noticed = sum(r.noticed for r in results)
    equivalent = sum(not r.noticed and not r.survived for r in results)
    numbers = (
        *(len(entries), sum(len(entry.operands) for entry in entries), len(targets) - len(entries)),
        *(len(results), noticed, equivalent, len(results) - noticed - equivalent),
    )
    seconds = sum(r.seconds for r in results)
    return (title, *(f"{n:,}" for n in numbers), score(results), f"{seconds:,.0f}")


def score(results: Sequence[Result]) -> str:
    """Return how many of the mutants that can be noticed are; 100 % is written only if it is all of them."""
    noticed, survived = sum(r.noticed for r in results), sum(r.survived for r in results)
    if not survived:
        return "100 %"
    return f"{min(99.9, 100 * noticed / (noticed + survived)):.1f} %"


def how(results: Sequence[Result]) -> str:
    """Say by what the mutants were noticed."""
    count = Counter(r.outcome for r in results)
    return f"noticed by {FAILED}: {count[FAILED]:,}, by {ERROR}: {count[ERROR]:,}, by {CRASH}: {count[CRASH]:,}"


def complaints(results: Sequence[Result], stale: Sequence[str]) -> list[str]:
    """Return what is wrong with the tests, or with the list of equivalent mutants."""
    return [
        *(f"survived   {r}" for r in results if r.survived),
        *(f"listed as equivalent, but noticed by {r.outcome}   {r}" for r in results if r.wrongly_listed),
        *(f"listed as equivalent, but no mutant   {line}" for line in stale),
    ]


def text(targets: Sequence[Target], results: Sequence[Result], stale: Sequence[str], minutes: float) -> str:
    """Return what is printed."""
    lines = aligned([HEAD, *rows(targets, results)], right=range(1, len(HEAD)))
    lines += ["", how(results), *complaints(results, stale)]
    lines += ["", f"mutation score: {score(results)}, in {minutes:.1f} minutes of one process"]
    return "\n".join(lines)


def markdown(targets: Sequence[Target], results: Sequence[Result], minutes: float) -> str:
    """Return the page that ``--markdown`` writes."""
    line = "| {} |".format
    table = [line(" | ".join(row)) for row in [HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *rows(targets, results)]]
    listed = [
        line(" | ".join((f"`{r.page}`", f"`{r.name}`", f"`{_cell(r.text)}`", r.reason)))
        for r in results
        if not r.noticed and r.reason is not None
    ]
    return "\n".join(
        (
            _INTRODUCTION,
            *table,
            "",
            f"Mutation score: **{score(results)}**, in {minutes:.1f} minutes of one process; {how(results)}.",
            "",
            "## Equivalent mutants",
            "",
            f"These {len(listed)} compute what the right program does, and are left out of the score.",
            "",
            *("| page | where | what is changed | why nobody can notice |", "| --- | --- | --- | --- |"),
            *listed,
            "",
        )
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_INTRODUCTION = """# The tests of the tests

`make mutants` makes the derivatives and the steps of the optimisers wrong, in one place at a time, and sees whether a
test notices; with `python -m tests.mutation --markdown docs/mutants.md` it writes this page.

* What the rules of a primitive *answer* is changed, for each operand: it is zero, forgotten, of the wrong sign, 0.1 %
  too large, turned round, shifted by a constant, or cut off from its own graph, so that the second derivative is lost;
  the second form of a fused primitive is made wrong too.
* The *source* of a rule, be it one of a derivative or an update rule, and of every function that it calls, is changed
  in one node: an operator for another one, a term or a factor forgotten, the sides of − / @ ** swapped, a constant too
  large, a comparison with < for ≤ or the wrong way round, a condition negated, a call left out or with its first
  arguments swapped, `.T` forgotten.

A mutant is planted in a process of its own, for the backward sweep alone. First the gradients of a few calls of the
primitive are compared with slopes that were measured before, first and second, then those of all calls; then single
precision and a stand-in for arrays of other libraries are asked, and last the tests that are written about the page.
Of an update rule (its `update`, `advance`, `memory` and `check`) these are asked alone: they have its formula.
PyTorch is not asked, so that the score does not depend on it.
"""
