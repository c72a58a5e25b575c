"""Random graphs of all primitives: gradients and second gradients against the complex step and differences.

Each primitive alone is tested in tests/autograd/test_primitives.py. Here they feed each other, share operands and meet
in sums, so that what one leaves behind for another is tried: tests/support/fuzz_graphs.py says how they fit together.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd.backward import gradients
from autograd.rules.elementwise import tanh
from tests.support.cases import all_primitives
from tests.support.checking import slope
from tests.support.fuzz import LONG
from tests.support.fuzz_graphs import NOT_ANALYTIC, Graph, Stage, pool, replayed
from tests.support.mutants import CHANGES, changed, mutated

pytestmark = pytest.mark.no_cover  # what runs here, others run too

NAMES = sorted(pool())


def stage(name: str, number: int, sources: list[int], phase: float) -> Stage:
    calls = pool()[name]
    n = len(calls)
    call = next(call for k in range(n) if (call := calls[(number + k) % n]).is_fit)
    return Stage(call, tuple(sources * len(call.operands)), phase)


STAGES = st.builds(
    stage,
    st.sampled_from(NAMES),
    st.integers(0, 5000),
    st.lists(st.integers(0, 11), min_size=1, max_size=3),
    st.sampled_from([0.0, 0.7, 2.0, 3.9, 5.5]),
)
GRAPHS = st.builds(
    Graph,
    st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    st.lists(STAGES, min_size=1, max_size=8).map(tuple),
    st.integers(0, 2**16),
)


def agree(graph: Graph) -> bool:
    """Assert that all derivatives of a graph are right; say False if it stands at a corner, where there are none."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        seen = graph.witness()
        if seen is None:
            return False
        loss, along, size = seen
        arrays, v, u = graph.numbers()
        leaves, found = graph.gradient(arrays)
        assert graph.loss(leaves).item() == pytest.approx(loss, rel=1e-9, abs=1e-9)
        by_sweep = sum(float(g @ d) for g, d in zip(found, v, strict=True) if g is not None)
        tolerance = 1e-6 * max(1.0, size)
        assert by_sweep == pytest.approx(along, rel=0, abs=tolerance), "the gradient is not the slope"
        by_replay = replayed(graph)
        assert by_replay is None or by_replay == pytest.approx(by_sweep, rel=0, abs=tolerance), "the complex step"
        if all(s.call.second for s in graph.stages):
            check_second(graph, arrays, v, u, size)
    return True


def check_second(graph: Graph, arrays: list, v: list, u: list, size: float) -> None:
    """Assert that a recorded sweep is the bare one, and a sweep of it gives H u: ⟨H u, v⟩ is the slope of ⟨∇, u⟩."""
    leaves, first = graph.gradient(arrays, create_graph=True)
    for recorded, bare in zip(first, graph.gradient(arrays)[1], strict=True):
        assert (recorded is None) == (bare is None)
        if recorded is not None:
            np.testing.assert_allclose(recorded.data, bare, rtol=1e-9, atol=1e-9 * max(1.0, size))
    reached = [(g, d) for g, d in zip(first, u, strict=True) if g is not None]
    second = gradients([g for g, _ in reached], leaves, [d for _, d in reached])
    by_sweep = sum(float(h @ d) for h, d in zip(second, v, strict=True) if h is not None)

    def along_u(step: float) -> float:
        moved = [a + step * d for a, d in zip(arrays, v, strict=True)]
        return sum(float(g @ d) for g, d in zip(graph.gradient(moved)[1], u, strict=True) if g is not None)

    five, nearer = slope(along_u), slope(lambda step: along_u(step / 2)) * 2
    doubt = abs(five - nearer)
    assert by_sweep == pytest.approx(nearer, rel=1e-5, abs=1e-5 * max(1.0, size) + 10 * doubt), "the second gradient"


@settings(max_examples=max(120, settings.default.max_examples))
@given(GRAPHS)
def test_the_gradients_of_random_graphs_are_their_slopes(graph: Graph) -> None:
    assume(agree(graph))


@pytest.mark.soak
@LONG
@given(GRAPHS)
def test_the_gradients_of_very_many_random_graphs_are_their_slopes(graph: Graph) -> None:
    assume(agree(graph))


def test_every_primitive_is_in_the_pool() -> None:
    assert set(all_primitives()) <= set(NAMES)


def test_the_complex_step_is_the_witness_of_every_analytic_primitive() -> None:
    by_differences = {
        name for name in all_primitives() if not any(call.is_fit and call.is_complex for call in pool()[name][:40])
    }
    assert by_differences == set(NOT_ANALYTIC)


def test_a_graph_whose_gradient_is_wrong_is_noticed() -> None:
    inner = stage("tanh", 3, [0], 0.7)
    graph = Graph((3,), (inner, stage("sum", 40, [1], 0.0), stage("nn.linear", 0, [1, 2], 2.0)), 1)
    assert agree(graph)
    entry = tanh.primitive
    for change in ("a little too large", "the sign flipped"):
        with mutated(entry, changed(entry, 0, CHANGES[change])), pytest.raises(AssertionError, match="slope"):
            agree(graph)
