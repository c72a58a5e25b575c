"""Working ahead: how far, in whose context, and that nothing is left of it."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from autograd import Tensor, no_grad
from training.prefetch import ahead


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_no_more_is_made_than_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    count, released, full = 0, threading.Event(), threading.Event()

    class Room(threading.Semaphore):
        """Says when the thread must wait, after one item was taken, with three ahead or more."""

        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
            if not super().acquire(blocking=False):
                if released.is_set() and count >= 4:
                    full.set()
                return super().acquire(blocking, timeout)
            return True

        def release(self, n: int = 1) -> None:
            released.set()
            super().release(n)

    def numbers() -> Iterator[int]:
        nonlocal count
        for i in range(100):
            count += 1
            yield i

    monkeypatch.setattr(threading, "Semaphore", Room)
    loop = ahead(numbers(), 3)
    assert next(loop) == 0
    assert full.wait(timeout=10)
    loop.close()
    assert count == 4
    assert not threads()


def test_without_a_count_there_is_no_thread() -> None:
    loop = ahead(range(3), 0)
    assert next(loop) == 0
    assert not threads()
    assert list(loop) == [1, 2]


def test_the_settings_of_the_loop_hold_in_the_thread() -> None:
    w = Tensor(2.0, requires_grad=True)

    def products() -> Iterator[bool]:
        yield (w * 3).requires_grad
        np.array([1.0]) / np.array([0.0])

    with no_grad(), np.errstate(divide="raise"):
        loop = ahead(products(), 1)
        assert next(loop) is False
        with pytest.raises(FloatingPointError, match="divide by zero"):
            next(loop)
    assert not threads()


class Heavy:
    pass


def test_without_the_garbage_collector_nothing_is_left_after_an_exception() -> None:
    kept = []

    def items() -> Iterator[Heavy]:
        for _ in range(2):
            item = Heavy()
            kept.append(weakref.ref(item))
            yield item
        raise ValueError("the end")

    def run() -> None:
        try:
            for _ in ahead(items(), 2):
                pass
        except ValueError:
            pass

    gc.disable()
    try:
        run()
        assert [reference() for reference in kept] == [None, None]
    finally:
        gc.enable()
    assert not threads()


def test_a_loop_that_is_dropped_takes_its_thread_along() -> None:
    loop = ahead(iter(range(100)), 2)
    next(loop)
    assert threads()
    del loop
    assert not threads()


def test_a_loop_that_is_still_held_does_not_keep_the_program_from_ending() -> None:
    program = "from training.prefetch import ahead; loop = ahead(range(9), 2); print(next(loop))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_an_interruption_while_the_thread_starts_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    loop = ahead(range(100), 2)
    with pytest.raises(KeyboardInterrupt):
        next(loop)
    assert not threads()


def test_an_interruption_before_the_thread_starts_is_that_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(thread: threading.Thread) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(ahead(range(100), 2))
