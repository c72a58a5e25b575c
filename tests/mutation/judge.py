"""Who is asked whether a mutant is noticed: the cheapest first, and nobody more as soon as one has noticed."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .changes import Planted
from .child import PASSED, outcome
from .result import Result
from .slopes import asked, calls_of, elsewhere, question
from .suite import Work, collected
from .targets import Target

A_FEW, SECONDS = 6, 20.0


def judgements(targets: Sequence[Target]) -> Iterator[Result]:
    """Plant all mutants of some targets, that ask the same tests last, and yield what became of them."""
    left: list[tuple[Target, str, Planted, float]] = []
    for target in targets:
        for text, planted in target.mutants():
            found, seconds = timed(planted, slopes_of(target))
            if found == PASSED:
                left.append((target, text, planted, seconds))
            else:
                yield Result(target.page, target.name, text, found, seconds)
    if left:
        asked_last: list[Result] = []

        def ask(tests: Work) -> None:
            _sound(tests, targets[0].tests)
            for target, text, planted, before in left:
                found, seconds = timed(planted, [tests])
                asked_last.append(Result(target.page, target.name, text, found, before + seconds))

        if targets[0].tests:
            collected(targets[0].tests, ask)
        else:
            ask(_nothing)
        yield from asked_last


def _nothing() -> None:
    """Ask nobody."""


def timed(planted: Planted, works: Iterable[Work]) -> tuple[str, float]:
    """Return how the first work that fails with a mutant fails, and how long that took."""
    start = time.perf_counter()
    found = next((found for work in works if (found := outcome(_with(planted, work), SECONDS)) != PASSED), PASSED)
    return found, time.perf_counter() - start


def _with(planted: Planted, work: Work) -> Work:
    def planted_work() -> None:
        with planted:
            work()

    return planted_work


def slopes_of(target: Target) -> Iterator[Work]:
    """Yield the works that compare gradients with slopes, from the cheapest on; without a mutant they pass."""
    if target.judges:
        yield _a_few(target.judges)
        yield _all(target.judges)
        yield _elsewhere(target.judges)


def _sound(work: Work, who: Any) -> Work:
    if (found := outcome(work, 10 * SECONDS)) != PASSED:
        raise RuntimeError(f"the tests of {who} fail without any mutant, by {found}: mend them first")
    return work


@functools.cache
def _a_few(names: tuple[str, ...]) -> Work:
    return asked([question(case) for name in names[:4] for case in calls_of(name)[:A_FEW]])


@functools.cache
def _all(names: tuple[str, ...]) -> Work:
    return asked([question(case) for name in names for case in calls_of(name)])


@functools.cache
def _elsewhere(names: tuple[str, ...]) -> Work:
    return _sound(elsewhere([case for name in names[:4] for case in calls_of(name)[: 2 * A_FEW]]), names)
