"""A bar that says how far a training is and how it goes; in a notebook it is one of the notebook's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

REST = 0.1  # seconds between two pictures of the bar: nobody reads faster, and they take time


class Bar:
    """A bar over all steps of a training, with the numbers of the moment behind it; nothing without tqdm or stderr."""

    def __init__(self, on: bool, batches: Iterable[Any], epochs: int | None, steps: int | None, each: int) -> None:
        self._bar: Any = None
        self._epochs = epochs
        self._seen = 0.0
        if on and sys.stderr is not None:  # a program without a console has none
            self._bar = _tqdm(_total(batches, epochs, steps, each))

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, epoch: int, step: int) -> None:
        """Begin an epoch, after so many steps."""
        if self._bar is not None:
            self._bar.set_description(f"epoch {epoch + 1}" + (f"/{self._epochs}" if self._epochs else ""), self._due())
            self._bar.update(step - self._bar.n)

    def advance(self, numbers: Callable[[], dict[str, float]]) -> None:
        """Count a step; `numbers` is called if they are to be shown now."""
        if self._bar is None:
            return
        self._bar.update()
        if self._due():
            self.show(numbers())

    def show(self, numbers: dict[str, float]) -> None:
        """Show numbers behind the bar."""
        if self._bar is not None:
            due = self._due()
            self._bar.set_postfix({name: f"{value:.4g}" for name, value in numbers.items()}, refresh=due)
            self._seen = time.monotonic() if due else self._seen

    def _due(self) -> bool:
        return time.monotonic() - self._seen > REST


def _tqdm(total: int | None) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit="step")


def _total(batches: Any, epochs: int | None, steps: int | None, each: int) -> int | None:
    """Return how many steps there will be at most, None if that is not known."""
    known = [steps] if steps is not None else []
    if epochs is not None and hasattr(batches, "__len__"):
        known.append(epochs * -(-len(batches) // each))
    return min(known, default=None)
