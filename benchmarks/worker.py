"""One library at one workload, in a process of its own, which does what the parent writes to it.

Each line of input is a command in JSON, each line of output its answer::

    {"do": "check"}                    →  {"numbers": [[…], …]}   of each array, after some steps from the start
    {"do": "calibrate", "seconds": s}  →  {"steps": n}            how many steps take about that long
    {"do": "run", "steps": n}          →  {"seconds": s, "forward": s or null}   how long n steps took
    {"do": "memory"}                   →  {"import": MB, "peak": MB}   after so few steps that nothing else is in it
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from typing import Any

from .libraries import make_ready

SAMPLE = 5000  # numbers of an array that are compared
WARM = 3  # steps, after which memory grows no more


def serve(workload_name: str, library: str, threads: int) -> None:
    """Answer commands until the input ends."""
    make_ready(library, threads)
    import numpy as np
    import numpy.random  # the data come from it, in every library

    from .workloads import load

    workload = load(workload_name)
    at_import = peak()
    build = workload.builds[library]
    step, split = None, False

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        nonlocal step, split
        if command["do"] == "check":
            first, found = workload.checks.get(library, build)()
            for _ in range(workload.check_steps):
                first()
            return {"numbers": [sample(np.ravel(a)) for a in found()]}
        if step is None:
            step, _ = build()
            split = isinstance(step(), float)
        if command["do"] == "calibrate":
            n = 1
            while (seconds := timed(step, n)) < command["seconds"] and n < 1_000_000:
                n = max(n + 1, min(10 * n, int(n * command["seconds"] / max(seconds, 1e-9))))
            return {"steps": n}
        if command["do"] == "run":
            seconds, forward = split_time(step, command["steps"]) if split else (timed(step, command["steps"]), None)
            return {"seconds": seconds, "forward": forward}
        for _ in range(WARM):
            step()
        return {"import": at_import, "peak": peak()}

    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def sample(a: Any) -> list[float]:
    """Return the numbers of an array; of a long one some, the same in every library."""
    import numpy as np

    few = a if a.size <= SAMPLE else a[np.random.default_rng(0).choice(a.size, SAMPLE, replace=False)]
    return [float(x) for x in few]


def peak() -> float:
    """Return the greatest memory of this process so far, in MB."""
    try:  # Linux; ru_maxrss has the parent's in it there
        with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def timed(step: Any, n: int) -> float:
    """Return how many seconds n steps take. Garbage of earlier ones is not counted; the collector stays on."""
    gc.collect()
    start = time.perf_counter()
    for _ in range(n):
        step()
    return time.perf_counter() - start


def split_time(step: Any, n: int) -> tuple[float, float]:
    """Return how many seconds n steps take, and their forward passes, which they return."""
    gc.collect()
    forward = 0.0
    start = time.perf_counter()
    for _ in range(n):
        forward += step()
    return time.perf_counter() - start, forward


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
