"""The workloads, a page each."""

from __future__ import annotations

import importlib
import pkgutil

from ..workload import Workload


def names() -> list[str]:
    """Return the names of all workloads, in order."""
    return sorted((page.name for page in pkgutil.iter_modules(__path__)), key=lambda name: int(name[1:].split("_")[0]))


def load(name: str) -> Workload:
    """Return a workload by the name of its page, or the beginning of it ("W3")."""
    wanted = name.lower().split("_")[0]
    (page,) = [page for page in names() if page.split("_")[0] == wanted]
    workload: Workload = importlib.import_module(f"{__name__}.{page}").WORKLOAD
    return workload
