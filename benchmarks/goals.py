"""How fast it is meant to be: in one table, and what a run says of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .measure import Result, Timing

IMPORT_MS = 150.0  # of `import autograd`, beyond NumPy's
NODE_US = {"forward": 1.5, "backward": 1.2}  # above the bare NumPy call, for each node of W8
MEMORY = ("W4", "W7")  # not more than PyTorch's at the peak
_TRAINING = ("W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W9b", "W10")


@dataclass(frozen=True)
class Goal:
    """At most so much of a library's time at some workloads; with one thread, or with several."""

    library: str
    limit: float
    workloads: tuple[str, ...]
    several: bool = False


# The first that fits counts.
GOALS = (
    Goal("PyTorch", 0.5, ("W2", "W8")),
    Goal("PyTorch", 0.9, _TRAINING),
    Goal("PyTorch", 0.75, ("W11",)),
    Goal("MyGrad", 0.7, _TRAINING),
    Goal("micrograd", 0.6, ("W1",)),
    Goal("seegrad unwatched", 1.1, ("W13",)),
    Goal("by hand", 1.15, ("W4", "W5", "W6", "W9", "W9b", "W11")),
    Goal("by hand", 1.5, ("W3", "W7")),
    Goal("by hand", 5.0, ("W2",)),
    Goal("PyTorch", 1.0, ("W1", "W2", "W3", "W4", "W5", "W8", "W9", "W9b"), several=True),
)


@dataclass(frozen=True)
class Verdict:
    """A goal at one workload, and what was found."""

    workload: str
    threads: int
    what: str
    limit: float
    found: float

    @property
    def met(self) -> bool:
        """Say whether it is met. What is printed counts: two decimals."""
        return round(self.found, 2) <= self.limit

    def __str__(self) -> str:
        where = f"{self.workload}, {self.threads} thread{'s' * (self.threads > 1)}: " if self.workload else ""
        return f"{where}{self.what} {self.found:.2f}, goal ≤ {self.limit:g}"


def limit(workload: str, library: str, threads: int) -> float | None:
    """Return the greatest ratio to a library's time that is aimed at, if there is one."""
    fitting = (g for g in GOALS if g.library == library and workload in g.workloads and g.several == (threads > 1))
    return next((goal.limit for goal in fitting), None)


def verdicts(results: Sequence[Result], imports: dict[str, float]) -> list[Verdict]:
    """Return what a run says of all goals that it touches."""
    found = [verdict for result in results for verdict in _of_times(result)]
    found += [verdict for result in results for verdict in (*_of_memory(result), *_of_nodes(result))]
    if imports:
        found.append(Verdict("", 1, "ms of `import autograd` beyond NumPy's:", IMPORT_MS, imports["autograd"] * 1e3))
    return found


def _of_times(result: Result) -> Iterator[Verdict]:
    for timing in result.timings:
        most = limit(result.workload, timing.library, timing.threads)
        ours = result.timing("seegrad", timing.threads)
        if most is not None and ours is not None:
            what = (
                f"time divided by {timing.library}'s" if timing.library != "by hand" else "time divided by that by hand"
            )
            yield Verdict(result.workload, timing.threads, what, most, ours.ratio(timing))


def _of_memory(result: Result) -> Iterator[Verdict]:
    ours, theirs = result.timing("seegrad", 1), result.timing("PyTorch", 1)
    if result.workload in MEMORY and ours and theirs and ours.memory is not None and theirs.memory is not None:
        yield Verdict(result.workload, 1, "peak memory divided by PyTorch's", 1.0, ours.memory / theirs.memory)


def _of_nodes(result: Result) -> Iterator[Verdict]:
    ours, bare = result.timing("seegrad", 1), result.timing("by hand", 1)
    if result.unit == 1 or not ours or not bare:
        return
    for (way, most), a, b in zip(
        NODE_US.items(), per_node(ours, result.unit), per_node(bare, result.unit), strict=True
    ):
        yield Verdict(result.workload, 1, f"µs per node {way}, above the bare call:", most, a - b)


def per_node(timing: Timing, nodes: int) -> tuple[float, float]:
    """Return the median µs forward and backward of a node."""
    backward = [whole - forward for whole, forward in zip(timing.seconds, timing.forward, strict=True)]
    return statistics.median(timing.forward) / nodes * 1e6, statistics.median(backward) / nodes * 1e6
