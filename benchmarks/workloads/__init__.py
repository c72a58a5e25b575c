"""The workloads, a page each."""

from __future__ import annotations

import importlib
import pkgutil
import re

from ..workload import Workload


def names() -> list[str]:
    """Return the names of all workloads, in order, as "W9" and "W9b"."""
    pages = (page.name.split("_")[0] for page in pkgutil.iter_modules(__path__))
    return [name.capitalize() for name in sorted(pages, key=_place)]


def _place(name: str) -> tuple[int, str]:
    number, letter = re.fullmatch(r"[Ww](\d+)([a-z]?)", name).groups()  # type: ignore[union-attr]
    return int(number), letter


def chosen(wanted: str | None) -> list[str]:
    """Return the names that are meant by "W3,W12", which is W3, W12a, W12b, W12c; all if nothing is wanted.

    Raises
    ------
    ValueError
        If one means no workload.
    """
    if wanted is None:
        return names()
    found = []
    for word in wanted.split(","):
        name = word.strip().capitalize()
        meant = [n for n in names() if n == name] or [n for n in names() if n.rstrip("abc") == name]
        if not meant:
            raise ValueError(f"there is no workload {word.strip()!r}, but {', '.join(names())}")
        found += [n for n in meant if n not in found]
    return found


def load(name: str) -> Workload:
    """Return a workload by its name ("W3")."""
    (page,) = [page.name for page in pkgutil.iter_modules(__path__) if page.name.split("_")[0] == name.lower()]
    workload: Workload = importlib.import_module(f"{__name__}.{page}").WORKLOAD
    return workload
