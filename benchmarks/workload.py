"""What a workload is: the same numbers computed by several libraries, once to compare and many times to measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Step = Callable[[], Any]
Build = Callable[[], tuple[Step, Callable[[], Any]]]
Built = tuple[Step, Callable[[], Any]]


@dataclass(frozen=True)
class Workload:
    """A task, and each library's way of doing it.

    Attributes
    ----------
    name : str
        "W3".
    title : str
        What is computed.
    builds : dict of str → callable
        For each library a function that sets everything up, and returns the step that is measured and a function that
        returns, after some steps, the numbers that must be the same in all libraries. Imports are inside. A step may
        return as a float how many seconds of it were the forward pass.
    without : dict of str → str
        Why other libraries have no part in it.
    checks : dict of str → callable
        What is compared in the place of the builds, where these draw random numbers: the same without the randomness.
    check_steps : int
        After how many steps the numbers are compared.
    rtol : float
        How closely, in units of the largest number of an array.
    unit : int
        How many things (nodes) are done in a step, where the time of one is of interest.
    """

    name: str
    title: str
    builds: dict[str, Build]
    without: dict[str, str] = field(default_factory=dict)
    checks: dict[str, Build] = field(default_factory=dict)
    check_steps: int = 3
    rtol: float = 1e-4
    unit: int = 1
