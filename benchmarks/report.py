"""The tables: for a terminal, for the documentation, and as JSON."""

from __future__ import annotations

import json

from .libraries import ORDER
from .measure import Result, Timing, as_dict, machine


def text(results: list[Result]) -> str:
    """Return aligned tables, one for each number of threads: median ms a step, and the ratio of seegrad's to it."""
    return "\n\n".join(_table(results, n) for n in _threads(results))


def markdown(results: list[Result]) -> str:
    """Return the page for the documentation."""
    about = ", ".join(f"{name} {value}" if name != "processor" else value for name, value in machine().items())
    lines = ["# Benchmarks", "", f"Measured by `make bench` on: {about}.", ""]
    lines += [
        "Median milliseconds a training step, of rounds in which all libraries took their turn, each in a process of",
        "its own; in brackets this library's time divided by it (less than 1: this library is faster). All compute the",
        "same numbers, which is checked before anything is measured. Machines differ and are noisy: the ratios hold",
        "better than the times.",
    ]
    for n in _threads(results):
        lines += ["", f"## {n} thread{'s' * (n > 1)}", ""]
        libraries = _libraries(results, n)
        lines += ["| | " + " | ".join(libraries) + " |", "|---" * (len(libraries) + 1) + "|"]
        for result in results:
            cells = _cells(result, n)
            lines.append(
                f"| {result.workload} {result.title} | " + " | ".join(cells.get(i, "") for i in libraries) + " |"
            )
        lines += ["", "Memory at the peak, in MB over what the imports took:", ""]
        lines += ["| | " + " | ".join(libraries) + " |", "|---" * (len(libraries) + 1) + "|"]
        for result in results:
            memory = {t.library: f"{t.memory:.0f}" for t in result.timings if t.threads == n}
            lines.append(f"| {result.workload} | " + " | ".join(memory.get(i, "") for i in libraries) + " |")
    return "\n".join(lines) + "\n"


def as_json(results: list[Result]) -> str:
    """Return everything, every round too."""
    return json.dumps(as_dict(results), indent=1) + "\n"


def _table(results: list[Result], n: int) -> str:
    libraries = _libraries(results, n)
    rows = [["", *libraries]]
    for result in results:
        cells = _cells(result, n)
        rows.append([f"{result.workload} {result.title}", *(cells.get(library, "") for library in libraries)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    title = f"{n} thread{'s' * (n > 1)}: median ms a step (seegrad's time / this)"
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    notes = [f"{r.workload}: no {library}: {why}" for r in results for library, why in r.missing.items()]
    return "\n".join([title, *lines, *(notes if n == _threads(results)[0] else [])])


def _cells(result: Result, n: int) -> dict[str, str]:
    timings: dict[str, Timing] = {t.library: t for t in result.timings if t.threads == n}
    ours = timings.get("seegrad")
    return {
        library: f"{_number(timing.median * 1e3)}"
        + (f" ({ours.median / timing.median:.2f})" if ours is not None and library != "seegrad" else "")
        for library, timing in timings.items()
    }


def _number(ms: float) -> str:
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"


def _threads(results: list[Result]) -> list[int]:
    return sorted({t.threads for result in results for t in result.timings})


def _libraries(results: list[Result], n: int) -> list[str]:
    found = {t.library for result in results for t in result.timings if t.threads == n}
    return [library for library in ORDER if library in found]
