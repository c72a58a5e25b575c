"""One library at one workload, in a process of its own, which does what the parent writes to it.

Each line of input is a command in JSON, each line of output its answer::

    {"do": "check"}              →  {"numbers": […]}        the numbers after some steps from the start
    {"do": "calibrate", "seconds": s}  →  {"steps": n}      how many steps take about that long
    {"do": "run", "steps": n}    →  {"seconds": s}          how long n steps took
    {"do": "memory"}             →  {"import": MB, "peak": MB}
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from typing import Any

from .libraries import make_ready


def serve(workload_name: str, library: str, threads: int) -> None:
    """Answer commands until the input ends."""
    make_ready(library, threads)
    at_import = resident()
    import numpy as np

    from .workloads import load

    workload = load(workload_name)
    build = workload.builds[library]
    step = None

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        nonlocal step
        if command["do"] == "check":
            first, found = build()
            for _ in range(workload.check_steps):
                first()
            return {"numbers": [float(x) for x in np.concatenate([np.ravel(n) for n in found()])]}
        if step is None:
            step, _ = build()
            step()
        if command["do"] == "calibrate":
            n = 1
            while (seconds := timed(step, n)) < command["seconds"] and n < 1_000_000:
                n = max(n + 1, min(10 * n, int(n * command["seconds"] / max(seconds, 1e-9))))
            return {"steps": n}
        if command["do"] == "run":
            return {"seconds": timed(step, command["steps"])}
        return {"import": at_import, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}

    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def resident() -> float:
    """Return the greatest memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(step: Any, n: int) -> float:
    """Return how many seconds n steps take. Garbage of earlier ones is not counted; the collector stays on."""
    gc.collect()
    start = time.perf_counter()
    for _ in range(n):
        step()
    return time.perf_counter() - start


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
