"""A bar on the terminal that says how far it is."""

from __future__ import annotations

import sys
import time

WIDTH = 24


class Progress:
    """How many of so many things are done; where stderr is no terminal, a line for each title."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.start, self.title = total, 0, time.monotonic(), ""
        self.terminal = sys.stderr.isatty()

    def show(self, title: str, detail: str = "") -> None:
        """Say what is being done."""
        if self.terminal:
            share = self.done / self.total
            bar = ("█" * int(share * WIDTH)).ljust(WIDTH, "░")
            line = f"{bar} {share:4.0%}  {title}{detail and ': ' + detail}{self._left()}"
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif title != self.title:
            print(title, file=sys.stderr, flush=True)
        self.title = title

    def _left(self) -> str:
        passed = time.monotonic() - self.start
        if self.done < self.total / 20 or passed < 5:
            return ""
        return f", about {passed / self.done * (self.total - self.done) / 60:.0f} min left"

    def advance(self, by: int = 1) -> None:
        """Count what is done."""
        self.done += by

    def end(self) -> None:
        """Remove the bar."""
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
