"""The measuring: each library in a process of its own, all of them in turn, round after round.

What disturbs the machine then disturbs all alike, and ratios within a run hold where times do not.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib import metadata
from typing import Any

from . import workloads
from .libraries import ORDER, why_missing
from .workload import Workload


@dataclass
class Timing:
    """What one library took at one workload, with so many threads."""

    library: str
    threads: int
    steps: int = 1
    seconds: list[float] = field(default_factory=list)  # a step, in each round
    memory: float = 0.0  # MB at the peak, over what was there after the imports

    @property
    def median(self) -> float:
        """The median time of a step, in seconds."""
        return statistics.median(self.seconds)


@dataclass
class Result:
    """All timings of a workload, and why some are missing."""

    workload: str
    title: str
    unit: int
    timings: list[Timing]
    missing: dict[str, str]


class Process:
    """A worker, and the pipe to it."""

    def __init__(self, workload: str, library: str, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", workload, library, str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended with status {self.process.wait()}; its own words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def measure(names: list[str], wanted: list[str] | None, threads: list[int] | None, quick: bool) -> list[Result]:
    """Measure workloads, and return the results."""
    rounds, seconds = (5, 0.02) if quick else (21, 0.1)
    threads = threads or sorted({1, os.cpu_count() or 1})
    return [_measured(workloads.load(name), wanted, threads, rounds, seconds) for name in names]


def _measured(workload: Workload, wanted: list[str] | None, threads: list[int], rounds: int, seconds: float) -> Result:
    libraries = [library for library in ORDER if library in workload.builds and (not wanted or library in wanted)]
    missing = {library: why for library in libraries if (why := why_missing(library))}
    libraries = [library for library in libraries if library not in missing]
    timings = []
    for n in threads:
        _say(f"{workload.name}, {n} thread{'s' * (n > 1)}: the numbers")
        workers = {library: Process(workload.name, library, n) for library in libraries}
        try:
            _compare(workload, {library: worker.ask(do="check")["numbers"] for library, worker in workers.items()})
            found = {library: Timing(library, n) for library in libraries}
            for library, worker in workers.items():
                found[library].steps = worker.ask(do="calibrate", seconds=seconds)["steps"]
            for i in range(rounds):
                _say(f"{workload.name}, {n} thread{'s' * (n > 1)}: round {i + 1} of {rounds}")
                for library, worker in workers.items():
                    steps = found[library].steps
                    found[library].seconds.append(worker.ask(do="run", steps=steps)["seconds"] / steps)
            for library, worker in workers.items():
                memory = worker.ask(do="memory")
                found[library].memory = memory["peak"] - memory["import"]
            timings += found.values()
        finally:
            for worker in workers.values():
                worker.__exit__()
    _say("")
    return Result(workload.name, workload.title, workload.unit, timings, missing)


def _compare(workload: Workload, numbers: dict[str, list[float]]) -> None:
    """Raise unless all libraries computed the same."""
    first, expected = next(iter(numbers.items()))
    for library, found in numbers.items():
        scale = max(map(abs, expected), default=0.0)
        if len(found) != len(expected) or any(
            not abs(a - b) <= workload.rtol * (scale + abs(b)) for a, b in zip(found, expected, strict=True)
        ):
            raise AssertionError(f"{workload.name}: {library} does not compute what {first} does")


def machine() -> dict[str, str]:
    """Return what this was measured on."""
    packages = ("numpy", "torch", "jax", "mygrad", "micrograd")
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **found,
        "date": date.today().isoformat(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def _say(text: str) -> None:
    """Show on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def as_dict(results: list[Result]) -> dict[str, Any]:
    """Return the results as plain data."""
    return {"machine": machine(), "results": [asdict(result) for result in results]}
