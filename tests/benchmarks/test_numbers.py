"""What is measured is the same work: this library and NumPy by hand come to the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import workloads
from benchmarks.libraries import ORDER
from benchmarks.measure import difference
from benchmarks.worker import sample
from benchmarks.workload import Built, Workload


def numbers(workload: Workload, built: Built) -> list[list[float]]:
    step, found = built
    for _ in range(workload.check_steps):
        step()
    return [sample(np.ravel(a)) for a in found()]


def both_ways() -> list[str]:
    return [name for name in workloads.names() if {"seegrad", "by hand"} <= workloads.load(name).builds.keys()]


@pytest.mark.parametrize("name", both_ways())
def test_by_hand_the_same_numbers_come_out(name: str) -> None:
    workload = workloads.load(name)
    builds = workload.checks or workload.builds
    ours, by_hand = (numbers(workload, builds[library]()) for library in ("seegrad", "by hand"))
    assert difference(by_hand, ours, workload.rtol) is None


@pytest.mark.parametrize("name", sorted(set(workloads.names()) - set(both_ways())))
def test_every_other_workload_runs(name: str) -> None:
    workload = workloads.load(name)
    found = numbers(workload, workload.builds["seegrad"]())
    assert found
    assert all(np.isfinite(a).all() and np.any(a) for a in found)


@pytest.mark.parametrize("library", ["seegrad", "by hand"])
def test_what_is_measured_of_dropout_drops_a_half(library: str) -> None:
    """It is compared without dropout, and must not be measured without."""
    workload = workloads.load("W5")
    with_dropout, without = (numbers(workload, builds[library]()) for builds in (workload.builds, workload.checks))
    assert difference(with_dropout, without, 1e-3) is not None


@pytest.mark.parametrize("name", workloads.names())
def test_every_library_is_measured_or_said_why_not(name: str) -> None:
    workload = workloads.load(name)
    several = {"PyTorch foreach", "PyTorch fused", "micrograd", "seegrad unwatched"}  # of W11, W1 and W13 alone
    assert set(ORDER) - several <= workload.builds.keys() | workload.without.keys()
    assert not workload.builds.keys() & workload.without.keys()
    assert workload.checks.keys() in (set(), workload.builds.keys())


def test_workloads_are_chosen_by_name_in_any_case_and_families_by_their_number() -> None:
    assert workloads.chosen("w3,W12") == ["W3", "W12a", "W12b", "W12c"]
    assert workloads.chosen("W9") == ["W9"]
    assert workloads.chosen("W9b, W1") == ["W9b", "W1"]
    assert workloads.chosen(None) == workloads.names()
    with pytest.raises(ValueError, match=r"there is no workload 'W99', but W1, W2, "):
        workloads.chosen("W99")
