"""What was found, as tables for a terminal and as JSON. A run is kept as one thing: :class:`Run`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from .goals import Verdict, limit, per_node, verdicts
from .libraries import ORDER
from .measure import Result, Timing


@dataclass
class Run:
    """All that a run found.

    Attributes
    ----------
    machine : dict of str → str
        What it was measured on.
    results : list of Result
        A workload each.
    imports : dict of str → float
        Seconds of `import numpy`, and of `import autograd` after it; empty where not measured.
    missing : dict of str → str
        The libraries that are not here, and how each is installed.
    """

    machine: dict[str, str]
    results: list[Result]
    imports: dict[str, float]
    missing: dict[str, str]

    @property
    def threads(self) -> list[int]:
        """The numbers of threads that were tried."""
        return sorted({t.threads for result in self.results for t in result.timings})

    @property
    def verdicts(self) -> list[Verdict]:
        """What it says of the goals."""
        return verdicts(self.results, self.imports)

    @property
    def failed(self) -> list[str]:
        """Which libraries failed at which workload, a sentence each."""
        return [f"{r.workload}: {library} failed: {why}" for r in self.results for library, why in r.failed.items()]


Table = list[list[str]]  # the first row is the head, the first column what the row is


def as_json(run: Run) -> str:
    """Return everything, every round too."""
    goals = [asdict(verdict) | {"met": verdict.met} for verdict in run.verdicts]
    return json.dumps(asdict(run) | {"goals": goals}, indent=1, ensure_ascii=False) + "\n"


def text(run: Run) -> str:
    """Return the report for a terminal."""
    return "\n\n".join("\n".join(part) for part in _parts(run) if part)


def _parts(run: Run) -> Iterator[list[str]]:
    yield [f"{r.workload.ljust(4)}  {r.title}" for r in run.results]
    for n in run.threads:
        title = f"{n} thread{'s' * (n > 1)}: median ms a step (seegrad's time divided by it; ✓ goal met, ✗ missed)"
        yield [title, *aligned(times(run, n))]
    if run.threads:
        yield [
            f"peak memory in MB, over the imports ({run.threads[0]} thread{'s' * (run.threads[0] > 1)})",
            *aligned(memory(run, run.threads[0])),
        ]
    for result in run.results:
        if len(nodes := per_node_table(result)) > 1:
            yield [f"µs per node of {result.workload} (1 thread)", *aligned(nodes)]
    if run.imports:
        yield [import_sentence(run)]
    found = run.verdicts
    missed = [verdict for verdict in found if not verdict.met]
    if found:
        yield [f"goals: {len(found) - len(missed)} met, {len(missed)} missed", *(f"  ✗ {v}" for v in missed)]
    yield [f"{r.workload}: without {library}: {why}" for r in run.results for library, why in r.without.items()]
    yield [f"{library} is not here: {how}" for library, how in run.missing.items()]
    yield run.failed


def times(run: Run, n: int) -> Table:
    """Return the table of times with n threads."""
    return _table(run.results, n, _time)


def memory(run: Run, n: int) -> Table:
    """Return the table of peak memory with n threads."""
    return _table(run.results, n, _megabytes)


def per_node_table(result: Result) -> Table:
    """Return what a node costs forward and backward, where nodes are counted and the passes told apart."""
    timings = [t for t in result.timings if result.unit > 1 and t.threads == 1 and t.forward]
    rows = [[t.library, *(f"{us:.2f}" for us in per_node(t, result.unit))] for t in timings]
    return [["", "forward", "backward"], *rows]


def import_sentence(run: Run) -> str:
    """Say how long the import takes."""
    ours, numpy = run.imports["autograd"] * 1e3, run.imports["numpy"] * 1e3
    return f"import autograd takes {ours:.0f} ms beyond NumPy, which takes {numpy:.0f} ms"


def aligned(table: Table) -> list[str]:
    """Return the lines of a table, the first column on the left and the others on the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in table
    ]


def _table(results: Sequence[Result], n: int, cell: Callable[[Result, Timing], str]) -> Table:
    here = {t.library for result in results for t in result.timings if t.threads == n}
    libraries = [library for library in ORDER if library in here]
    rows = []
    for result in results:
        timings = [result.timing(library, n) for library in libraries]
        rows.append([result.workload, *("" if timing is None else cell(result, timing) for timing in timings)])
    return [["", *libraries], *rows]


def _time(result: Result, timing: Timing) -> str:
    ms, ours = timing.median * 1e3, result.timing("seegrad", timing.threads)
    number = f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"
    if ours is None or timing is ours:
        return number
    ratio, most = ours.ratio(timing), limit(result.workload, timing.library, timing.threads)
    mark = "" if most is None else " ✓" if round(ratio, 2) <= most else " ✗"
    return f"{number} ({ratio:.2f}{mark})" if ratio < 100 else f"{number} ({ratio:.0f}{mark})"


def _megabytes(result: Result, timing: Timing) -> str:
    return "" if timing.memory is None else f"{timing.memory:.0f}"
