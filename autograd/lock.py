"""A lock that survives a fork."""

from __future__ import annotations

import os
import threading


class Lock:
    """A ``threading.Lock`` for ``with``, free in a forked process: the thread that held it there does not exist."""

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()
