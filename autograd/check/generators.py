"""Random layers held fixed: the generators that a function draws from are put back before each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..random import generator

DEPTH, MANY = 4, 5000  # how far, and at how many objects, to look for generators


class Replay:
    """The generators that a function may draw from, each with its state at the beginning."""

    def __init__(self, *things: Any) -> None:
        found = {id(g): g for g in (generator(None), *_generators(things))}
        self._states = [(g, g.bit_generator.state) for g in found.values()]

    def keep_used(self) -> None:
        """Forget the generators that the run so far has not drawn from: putting them back would cost time."""
        self._states = [(g, state) for g, state in self._states if g.bit_generator.state != state]

    @contextmanager
    def preserved(self) -> Iterator[None]:
        """Leave the generators, on leaving, as they are now."""
        now = [(g, g.bit_generator.state) for g, _ in self._states]
        try:
            yield
        finally:
            for g, state in now:
                g.bit_generator.state = state

    def rewind(self) -> None:
        """Put all of them back to the beginning."""
        for g, state in self._states:
            g.bit_generator.state = state


def _generators(things: Any) -> Iterator[np.random.Generator]:
    """Yield the generators in the attributes and the closures of some objects, and of what they hold."""
    waiting = [(thing, 0) for thing in things]
    seen: set[int] = set()
    while waiting and len(seen) < MANY:
        thing, depth = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.random.Generator):
            yield thing
        elif depth < DEPTH and not isinstance(thing, (np.ndarray, str, bytes, int, float, type)):
            waiting += [(part, depth + 1) for part in _parts(thing)]


def _parts(thing: Any) -> Iterator[Any]:
    if isinstance(thing, dict):
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set)):
        yield from thing
    elif hasattr(thing, "__code__"):
        for cell in thing.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # a cell that is not filled yet
                continue
        yield from thing.__defaults__ or ()
        yield from (thing.__globals__[name] for name in thing.__code__.co_names if name in thing.__globals__)
    elif hasattr(thing, "__dict__") and type(thing).__module__ != "builtins":
        yield from vars(thing).values()
        if callable(getattr(thing, "modules", None)):
            yield from list(thing.modules())
    elif hasattr(thing, "__self__"):
        yield thing.__self__
        yield getattr(thing, "__func__", None)
