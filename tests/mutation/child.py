"""Run something in a process of its own, which may fail, hang or crash."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Callable

MEMORY = 8 << 30  # bytes: a mutant of a shape may ask for more
PASSED, FAILED, ERROR, CRASH = "passed", "a wrong number", "an error", "a hang or a crash"


def outcome(work: Callable[[], None], seconds: float) -> str:
    """Say how it went: PASSED, FAILED (AssertionError), ERROR (another exception), CRASH (the process was killed).

    It is killed after so many seconds of work, or ten times as many of waiting: other programs may be running.
    """
    pid = os.fork()
    if not pid:
        os._exit(_status(work, seconds))
    _, status = os.waitpid(pid, 0)
    return (PASSED, FAILED, ERROR)[os.WEXITSTATUS(status)] if os.WIFEXITED(status) else CRASH


def _status(work: Callable[[], None], seconds: float) -> int:
    for timer, what, limit in (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, 10 * seconds),
    ):
        signal.signal(what, signal.SIG_DFL)
        signal.setitimer(timer, limit)
    with contextlib.suppress(ValueError, OSError):  # macOS sets no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    try:
        work()
    except AssertionError:
        return 1
    except BaseException:
        return 2
    return 0
