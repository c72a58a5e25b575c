"""A lock that survives a fork, and an interruption."""

from __future__ import annotations

import os
import threading


class Lock:
    """Holds a ``threading.RLock``, free in a forked process: the thread that held it there does not exist.

    The thread that holds it may take it again: a finaliser, of what is let go under the lock, may do what needs it.

    Write ``with lock.here:``. A ``__exit__`` written in Python, around it, could be interrupted (Ctrl-C) before its
    first line, and the lock would stay taken for ever.
    """

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self.here = threading.RLock()
