"""Freed arrays stay with the process, where the C library can do that, and go back when they are asked to."""

import ctypes
import os
import platform
import subprocess
import sys
from typing import Any

import pytest

from autograd.memory import keep_freed_memory, release_memory

GLIBC = sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
needs_glibc = pytest.mark.skipif(not GLIBC, reason="only glibc can be told what to do with freed memory")

STEPS = """
import resource
import numpy as np
from autograd import Tensor

x = Tensor(np.ones(1_000_000, np.float32), requires_grad=True)

def step():
    x.grad = None
    y = x
    for _ in range(20):
        y = np.tanh(y)
    y.sum().backward()

step()
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

RELEASED = """
import os
import numpy as np
import autograd
from autograd.memory import release_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

arrays = [np.ones(500_000) for _ in range(50)]
full = resident()
del arrays
freed = resident()
release_memory()
print(full - freed, full - resident())
"""


def printed(program: str, **environment: str) -> list[int]:
    run = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return [int(word) for word in run.stdout.split()]


@needs_glibc
def test_a_step_uses_the_memory_of_the_step_before() -> None:
    (faults,) = printed(STEPS)
    assert faults < 500


@needs_glibc
def test_the_environment_can_leave_the_c_library_as_it_is() -> None:
    (faults,) = printed(STEPS, SEEGRAD_KEEP_FREED_MEMORY="0")
    assert faults > 1000


@needs_glibc
def test_memory_goes_back_to_the_system_when_asked() -> None:
    kept, released = printed(RELEASED)
    assert kept < 50e6 < 150e6 < released


def test_it_says_whether_the_c_library_can_do_it() -> None:
    assert keep_freed_memory() is GLIBC
    assert type(release_memory()) is bool


def test_elsewhere_nothing_happens(monkeypatch: Any) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())  # a C library that is not glibc
    assert (keep_freed_memory(), release_memory()) == (False, False)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (keep_freed_memory(), release_memory()) == (False, False)
