"""What is noted about a node: its name; under trace() why a Tensor has no gradient, constants, arguments, Modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, detect_anomaly, no_grad, primitive, trace
from autograd.graph import keep_arguments

both = primitive(lambda x: (x + 1.0, x * 2.0), name="both", x=lambda g: g[0] + 2.0 * g[1])
joined = primitive(lambda xs: np.concatenate(xs), name="joined", sequence="xs", xs=lambda g: [g[:2], g[2:]])


@pytest.fixture
def x() -> Tensor:
    return Tensor([1.0, 2.0], requires_grad=True, name="x")


# ----------------------------------------------------------------------------------------------------- cut wires

NOT_RECORDED: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": np.exp,
    "multiply": lambda x: x * np.ones(2),
    "clip": lambda x: np.clip(x, 0.0, 1.0),
    "joined": lambda x: joined([np.ones(2), x]),
    "both": lambda x: both(x)[1],
    "detach": lambda x: x.detach(),
}


@pytest.mark.parametrize("operation", NOT_RECORDED)
def test_a_result_that_was_not_recorded_knows_under_trace_why_and_of_what_it_was_made(
    operation: str, x: Tensor
) -> None:
    with trace(), no_grad():
        result = NOT_RECORDED[operation](x)
    assert type(result) is Tensor
    assert not result.requires_grad
    cut = result.cut
    assert (cut.reason, cut.operation) == ("detach()" if operation == "detach" else "no_grad()", operation)
    assert cut.origins == (x.node,)
    assert cut.tensor() is result
    assert cut.name is None
    with no_grad(), detect_anomaly():
        assert not hasattr(NOT_RECORDED[operation](x), "cut"), "outside of trace() nothing is noted"


def test_a_result_of_constants_alone_is_not_cut_off() -> None:
    with trace():
        for result in (
            np.exp(Tensor([1.0])),
            Tensor([1.0]) * 2.0,
            np.clip(Tensor([1.0]), 0, 1),
            Tensor([1.0]).detach(),
        ):
            assert not hasattr(result, "cut")


def test_what_is_made_of_what_was_cut_off_knows_the_first_reason_and_all_origins_once(x: Tensor) -> None:
    y = Tensor([3.0, 4.0], requires_grad=True)
    with trace():
        detached = x.detach()
        with no_grad():
            further, other = detached * x + y, x * y
        last, first = joined([further, detached]), joined([other, detached])
    reasons = [t.cut.reason for t in (further, other, last, first)]
    assert reasons == ["detach()", "no_grad()", "detach()", "no_grad()"]
    assert set(last.cut.origins) == {x.node, y.node}
    assert len(last.cut.origins) == 2
    with trace():
        doubled = detached * 2.0
    assert (doubled.cut.reason, doubled.cut.operation, doubled.cut.origins) == ("detach()", "multiply", (x.node,))


def test_a_node_knows_which_operands_are_no_parents_and_why(x: Tensor) -> None:
    plain, whole = Tensor([5.0, 6.0], name="plain"), Tensor([1, 2])
    with trace():
        detached = x.detach()
        cuts = [(x * t).node.notes.cuts for t in (x, plain, whole, detached, np.ones(2))]
        (of_sequence,) = joined([x, plain]).node.notes.cuts
    assert cuts[0] == (None, None)
    assert [c[1].reason for c in cuts[1:4]] == ["requires_grad=False", "int64 has no gradient", "detach()"]
    assert cuts[1][1].name == "plain"
    assert cuts[1][1].tensor() is plain
    assert cuts[3][1] is detached.cut
    assert cuts[4] == (None, None)
    assert of_sequence[0] is None
    assert of_sequence[1].reason == "requires_grad=False"


# ------------------------------------------------------------------------------------- constants, values, arguments


def test_larger_constants_and_what_is_saved_are_kept_under_trace_alone(x: Tensor) -> None:
    factor = np.array([3.0, 4.0])
    assert (x * factor).node.notes is None
    with trace():
        y = x * factor
    assert y.node.notes.constants[0] is None
    assert y.node.notes.constants[1] is factor
    saved = y.node.saved
    y.sum().backward()
    assert y.node.saved is None
    assert y.node.notes.saved is saved
    assert y.node.notes.arguments == ()


def test_all_arguments_are_kept_where_it_is_asked_for_and_only_there(x: Tensor) -> None:
    scaled = primitive(lambda x, k, flag=False: x * k, name="scaled", x=lambda g, k: g * k)
    with no_grad(), keep_arguments():
        y, z = scaled(x, 3.0, True), x * 2.0
    assert [value is x.data for value in y.node.notes.arguments] == [True, False, False]
    assert y.node.notes.arguments[1:] == (3.0, True)
    assert [value is x.data for value in z.node.notes.arguments] == [True, False]
    assert z.node.notes.arguments[1] == 2.0
    assert y.node.notes.source[0] == __file__


# ------------------------------------------------------------------------------------------------------ the Modules


class Twice(nn.Module):
    """Return its input times two and, beside it, the input and a constant."""

    def forward(self, x: Any) -> Any:
        return x * 2.0, x, np.ones(2)


def test_what_a_module_returns_knows_it_if_it_was_made_in_it() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    before = x * 1.0
    doubled, same, _ = Twice()(before)
    assert [(kind, first > before.node.number) for first, _, kind in doubled.node.notes.scopes] == [("Twice", True)]
    assert same is before
    assert before.node.notes is None or not before.node.notes.scopes


# --------------------------------------------------------------------------------------------------------------- names


def test_names_stay_with_the_place_in_the_graph() -> None:
    x = Tensor(1.0, requires_grad=True, name="x")
    y = x * 2.0
    assert y.name is None
    y.name = "y"
    assert (x.name, y.name) == ("x", "y")
    x.requires_grad_(False)
    assert x.name == "x"
    x.name = None
    assert x.name is None


def test_a_name_goes_along_through_all_that_is_done_to_a_tensor_in_place() -> None:
    constant = Tensor([1.0, 2.0], name="c")
    constant *= 2.0
    leaf = Tensor([1.0, 2.0], name="w").requires_grad_()
    result = leaf * 2.0
    result.name = "y"
    result *= 3.0
    kept = (constant.name, leaf.name, result.name)
    assert kept == ("c", "w", "y")
    leaf.requires_grad_(False).requires_grad_()
    assert (leaf.name, leaf.node.notes.name) == ("w", "w")
