"""A progress bar for long checks, where tqdm is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LONG = 2.0  # seconds


@contextmanager
def progress(total: int, seconds_each: float) -> Iterator[Callable[[], Any]]:
    """Give a function to call after each of `total` steps; if they take long, it moves a bar on stderr."""
    bar = _bar(total) if total * seconds_each > LONG else None
    if bar is None:
        yield lambda: None
    else:
        with bar:
            yield bar.update


def _bar(total: int) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, desc="gradient check", unit="entry", leave=False, file=sys.stderr)
