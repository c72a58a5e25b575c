"""The page of the documentation: written by the tool, but for the notes at its end, which are kept."""

from __future__ import annotations

from . import report
from .goals import Verdict
from .report import Run, Table

NOTES = "<!-- What follows is written by hand, and kept when the page is written again. -->"

HEAD = """\
# Benchmarks

The same training step, or the same derivatives, by this library and by others, and by hand: NumPy alone, with every
array made once and every result written into it with `out=`. What stands by hand is what an engine on NumPy can come to
if recording costs nothing.

`make bench` prints these tables; `python -m benchmarks --markdown docs/benchmarks.md` writes this page.
"""

HOW = """\
## How it is measured

- Each library runs in a process of its own, and all of them take their turn, round after round, so that what disturbs
  the machine disturbs all alike. Times differ from machine to machine and from day to day; ratios within a run hold.
- Before anything is measured, all libraries do the same steps from the same start, and the numbers that come out (the
  parameters after the steps, or the gradients) are compared. A library that computes something else is not measured.
  For W5 this is done with dropout of probability 0, because no two libraries draw the same random numbers; what is
  measured has probability ½.
- A number is the median, over the rounds, of the time of a step, in milliseconds; in brackets the median, over the
  rounds, of this library's time divided by the other's. Less than 1: this library is faster. ✓ and ✗ say whether a goal
  is met.
- The garbage collector stays on, as it is in everybody's training. Compilation (JAX) is done before the clock starts.
- Memory is the peak, in the first steps, of a new process over what was resident after the imports, so it has the
  workload's own arrays in it, and what a library loads only when it is used.
- Libraries: PyTorch eagerly (for W11 its plain Adam, and its `foreach` and `fused` forms), JAX with the whole step
  under `jit`, MyGrad, HIPS autograd, and micrograd for W1. Each is written as its users would write it, with its own
  layers and optimisers where it has them.
"""


def page(run: Run, old: str = "") -> str:
    """Return the page; the notes of the old one are kept."""
    parts = [HEAD, HOW, "## The machine\n", _markdown([["", ""], *([k, v] for k, v in run.machine.items())])]
    parts += ["## What is computed\n", "".join(f"- **{r.workload}** {r.title}\n" for r in run.results)]
    for n in run.threads:
        parts += [f"## {n} thread{'s' * (n > 1)}: ms a step\n", _markdown(report.times(run, n))]
    for n in run.threads[:1]:
        parts += ["## Peak memory, MB\n", _markdown(report.memory(run, n))]
    for result in run.results:
        if len(nodes := report.per_node_table(result)) > 1:
            parts += [f"## One node of {result.workload}, µs\n", _markdown(nodes)]
    if run.imports:
        parts += ["## Import\n", f"`{report.import_sentence(run).replace(' takes', '` takes', 1)}.\n"]
    if run.verdicts:
        parts += ["## Goals\n", _markdown(_goals(run.verdicts))]
    left_out = [f"- {r.workload} without {library}: {why}\n" for r in run.results for library, why in r.without.items()]
    left_out += [f"- {library} was not installed\n" for library in run.missing]
    if left_out:
        parts += ["## Left out\n", "".join(left_out)]
    notes = old.split(NOTES, 1)[1].strip() if NOTES in old else ""
    return "\n".join([*parts, NOTES, *(["", notes] if notes else [])]) + "\n"


def _goals(verdicts: list[Verdict]) -> Table:
    rows = [
        [
            v.workload,
            str(v.threads) if v.workload else "",
            v.what.rstrip(":"),
            f"{v.limit:g}",
            f"{v.found:.2f}",
            "✓" if v.met else "✗",
        ]
        for v in verdicts
    ]
    return [["", "threads", "what", "goal, at most", "found", ""], *rows]


def _markdown(table: Table) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]]) + "\n"
