"""Working ahead: a thread makes what a loop will ask for next."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Generator, Iterable
from queue import SimpleQueue
from typing import Any, TypeVar

Item = TypeVar("Item")
_END = object()


def ahead(items: Iterable[Item], count: int) -> Generator[Item, None, None]:
    """Yield `items`, of which a thread makes up to `count` before they are asked for; with 0 there is no thread.

    What is yielded does not depend on the thread's timing. An exception of `items` comes out here, in its turn. The
    thread is gone when this is exhausted or closed, which leaving a loop does.
    """
    if not count:
        yield from items
        return
    ready: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    room = threading.Semaphore(count)
    closed = threading.Event()
    program_ends = sys.is_finalizing

    def work() -> None:
        try:
            room.acquire()
            for made in items:
                ready.put((made, None))
                room.acquire()
                if closed.is_set():
                    return
            ready.put((_END, None))
        except BaseException as problem:
            ready.put((_END, problem))

    # In the loop's context: no_grad and np.errstate hold in the thread too. A daemon, so that a loop that is still
    # held somewhere when the program ends does not keep it from ending.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), name="prefetch", daemon=True)
    problem = None
    try:
        thread.start()  # inside, since an interruption (Ctrl-C) may come while it waits for the thread to run
        while True:
            item, problem = ready.get()
            if problem is not None:
                raise problem
            if item is _END:
                return
            room.release()
            yield item
    finally:
        problem = None  # its traceback holds this frame, which would hold it
        if not program_ends():  # by then the thread stands still, and from Python 3.13 on nobody can wait for it
            closed.set()
            room.release()
            if thread.is_alive():
                thread.join()
