"""The parent's end of a worker, which does one workload with one library."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

from .libraries import ROOT


class Process:
    """A worker, and the pipe to it.

    Between two commands it is halted, all its threads with it: those of OpenBLAS and OpenMP wait for work by spinning,
    for some 20 ms, and would take the processor from the next worker (with two threads W3 by hand took 31 ms a step in
    place of 0.3).
    """

    def __init__(self, workload: str, library: str, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", workload, library, str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and return the answer.

        Raises
        ------
        RuntimeError
            If the worker ended instead.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self._signal("SIGCONT")
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            self._signal("SIGSTOP")
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"it ended with status {self.process.wait()}; its own words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _signal(self, name: str) -> None:
        if hasattr(signal, name):  # Windows has none of them
            self.process.send_signal(getattr(signal, name))

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def import_times(rounds: int) -> dict[str, float]:
    """Return the median seconds that `import numpy` takes in a new process, and then `import autograd`."""
    code = (
        "from time import perf_counter as now; a = now(); import numpy; b = now(); import autograd; c = now(); "
        "print(b - a, c - b)"
    )
    times = []
    for _ in range(rounds + 1):  # the first may have to compile
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        times.append([float(t) for t in done.stdout.split()])
    numpy, ours = (sorted(column)[rounds // 2] for column in zip(*times[1:], strict=True))
    return {"numpy": numpy, "autograd": ours}
