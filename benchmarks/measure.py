"""The measuring: each library in a process of its own, all of them in turn, round after round.

What disturbs the machine then disturbs all alike, and ratios within a run hold where times do not.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field

from . import workloads
from .libraries import ORDER
from .process import Process
from .progress import Progress
from .workload import Workload


@dataclass
class Timing:
    """What one library took at one workload, with so many threads."""

    library: str
    threads: int
    steps: int = 1
    seconds: list[float] = field(default_factory=list)  # a step, in each round
    forward: list[float] = field(default_factory=list)  # of these the forward pass, where it is known
    memory: float | None = None  # MB at the peak, over what was there after the imports, where it was measured

    @property
    def median(self) -> float:
        """The median time of a step, in seconds."""
        return statistics.median(self.seconds)

    def ratio(self, other: Timing) -> float:
        """Return the median, over the rounds, of the time divided by that of another."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


@dataclass
class Result:
    """All timings of a workload, why some libraries have no part in it, and which should have but failed."""

    workload: str
    title: str
    unit: int
    timings: list[Timing] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def timing(self, library: str, threads: int) -> Timing | None:
        """Return that of a library with so many threads."""
        return next((t for t in self.timings if (t.library, t.threads) == (library, threads)), None)


def measure(names: list[str], libraries: list[str], threads: list[int], quick: bool) -> list[Result]:
    """Measure workloads, and return the results."""
    rounds, seconds = (5, 0.02) if quick else (21, 0.1)
    progress = Progress(len(names) * len(threads) * (rounds + 1))
    results = []
    try:
        for workload in map(workloads.load, names):
            without = {library: why for library, why in workload.without.items() if library in libraries}
            results.append(Result(workload.name, workload.title, workload.unit, without=without))
            for n in threads:
                _measure(workload, results[-1], libraries, n, rounds, seconds, progress)
    finally:
        progress.end()
    return results


def _measure(
    workload: Workload, result: Result, libraries: list[str], n: int, rounds: int, seconds: float, progress: Progress
) -> None:
    first = not result.timings
    title = f"{workload.name}, {n} thread{'s' * (n > 1)}"
    progress.show(title, "comparing the numbers")
    with ExitStack() as stack:
        workers = {
            library: stack.enter_context(Process(workload.name, library, n))
            for library in ORDER
            if library in workload.builds and library in libraries and library not in result.failed
        }
        _compare(workload, workers, result)
        found = {library: Timing(library, n) for library in workers}
        for library, worker in workers.items():
            found[library].steps = worker.ask(do="calibrate", seconds=seconds)["steps"]
        progress.advance()
        for i in range(rounds):
            progress.show(title, f"round {i + 1} of {rounds}")
            for library, worker in workers.items():
                timing = found[library]
                answer = worker.ask(do="run", steps=timing.steps)
                timing.seconds.append(answer["seconds"] / timing.steps)
                if answer["forward"] is not None:
                    timing.forward.append(answer["forward"] / timing.steps)
            progress.advance()
    result.timings += found.values()
    if first:
        progress.show(title, "memory")
        _measure_memory(workload, found.values())


def _measure_memory(workload: Workload, timings: Collection[Timing]) -> None:
    """Note the memory that each library takes, in new processes, which have compared and measured nothing."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Process(workload.name, t.library, t.threads)) for t in timings]
        for timing, worker in zip(timings, workers, strict=True):
            answer = worker.ask(do="memory")
            timing.memory = answer["peak"] - answer["import"]


def _compare(workload: Workload, workers: dict[str, Process], result: Result) -> None:
    """Take out the workers that fail, or do not compute what the first of them does, and note why."""
    expected: list[list[float]] | None = None
    for library, worker in list(workers.items()):
        try:
            found = worker.ask(do="check")["numbers"]
        except RuntimeError as error:
            result.failed[library] = str(error)
            del workers[library]
            continue
        if expected is None:
            expected = found
        if why := difference(found, expected, workload.rtol):
            result.failed[library] = f"it does not compute what {next(iter(workers))} does: {why}"
            del workers[library]


def difference(found: list[list[float]], expected: list[list[float]], rtol: float) -> str | None:
    """Say where the numbers of an array differ by more than `rtol` of the greatest of them, or return None."""
    if [len(a) for a in found] != [len(b) for b in expected]:
        return f"arrays of {[len(a) for a in found]} numbers, not {[len(b) for b in expected]}"
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        scale = max(map(abs, b), default=0.0)
        for x, y in zip(a, b, strict=True):
            if not abs(x - y) <= rtol * scale:
                return f"array {i} has {x:.6g} where {y:.6g} is expected"
    return None
