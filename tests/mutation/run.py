"""Make the mutants on several processes."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence

from .equivalent import EQUIVALENT
from .judge import judgements
from .result import Result
from .targets import Target

AT_A_TIME = 8  # targets of a page: they are tested with the same calls, which are prepared once in a process


def run(targets: Sequence[Target], jobs: int) -> Iterator[tuple[int, list[Result]]]:
    """Yield how many targets are done now, and their results, in any order."""
    global _tasks
    _tasks = [
        some for _, page in itertools.groupby(targets, key=lambda t: (t.page, t.tests)) for some in _batches(list(page))
    ]
    if jobs == 1:
        yield from map(_done, range(len(_tasks)))
        return
    gc.freeze()  # what is here is shared with the processes to come
    try:
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            yield from pool.imap_unordered(_done, range(len(_tasks)))
    finally:
        gc.unfreeze()


def _batches(targets: list[Target]) -> list[list[Target]]:
    return [targets[i : i + AT_A_TIME] for i in range(0, len(targets), AT_A_TIME)]


_tasks: list[list[Target]] = []  # functions cannot be sent to another process, but it inherits them


def _done(number: int) -> tuple[int, list[Result]]:
    return len(_tasks[number]), list(judgements(_tasks[number]))


def not_made(targets: Iterable[Target], results: Iterable[Result]) -> list[str]:
    """Return what is listed as equivalent for these targets, and is no mutant of theirs any more."""
    made = {str(result) for result in results}
    here = {f"{target.page}: {target.name}" for target in targets}
    return [line for line in EQUIVALENT if ": ".join(line.split(": ", 2)[:2]) in here and line not in made]
