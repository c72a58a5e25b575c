"""What a node hands back: local derivatives, contributions, the text of the rules, the order of the sweep."""

import json
import math

import numpy as np
import pytest

from autograd import Tensor, no_grad, primitive, trace
from autograd.draw.data import Snapshot
from autograd.draw.rules import RuleText, text_of
from autograd.draw.snapshot import take
from autograd.draw.words import local_words, product_words
from autograd.rules import elementwise, linalg

from .graphs import GRAPHS


def received(snapshot: Snapshot, number: int) -> list[float]:
    return [e.contribution.elements[0] for e in snapshot.edges if e.tail == number and e.contribution is not None]


@pytest.mark.parametrize(
    ("operation", "operand", "text", "factor"),
    [
        ("add", "x", "g", "1"),
        ("subtract", "y", "−g", "−1"),
        ("multiply", "x", "g·y", "y"),
        ("divide", "y", "−g·ans / y", "−ans / y"),
        ("tanh", "x", "g·(1 − ans·ans)", "1 − ans·ans"),
        ("log", "x", "g / x", "1 / x"),
        ("square", "x", "2·g·x", "2·x"),
        ("power", "x", "g·slope_in_base(x, y)", "y·x^(y−1)"),
        ("power", "y", "g·slope_in_exponent(x, y, ans)", "x^y·log x"),
        ("deg2rad", "x", "g·(π / 180)", "π / 180"),
        ("maximum", "x", "to_winner(g, x, y)", None),
    ],
)
def test_the_text_of_a_rule_is_that_of_the_program(operation: str, operand: str, text: str, factor: str) -> None:
    assert text_of(getattr(elementwise, operation).primitive, operand) == RuleText(text, factor)


def test_a_rule_that_is_a_function_says_what_its_docstring_says() -> None:
    assert text_of(linalg.matmul.primitive, "x").text == "g yᵀ"


def test_a_rule_without_a_source_has_no_text() -> None:
    made = eval("lambda g: 2 * g", {})
    gate = primitive(lambda x: 2 * x, name="gate", x=made)
    assert text_of(gate.primitive, "x") == RuleText(None, None)


def test_a_rule_that_is_no_function_of_python_has_its_name() -> None:
    gate = primitive(lambda x: 2 * x, name="gate", x=math.fabs)
    assert text_of(gate.primitive, "x") == RuleText("fabs", None)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_contributions_add_up_to_the_gradient(name: str) -> None:
    snapshot = take(GRAPHS[name]())
    checked = 0
    for vertex in snapshot.vertices:
        arrived = [e.contribution for e in snapshot.edges if e.tail == vertex.number and e.contribution is not None]
        if vertex.gradient is None or not arrived or vertex.is_output:
            continue
        if all(one.elements is not None for one in (vertex.gradient, *arrived)):
            total = np.sum([one.elements for one in arrived], axis=0)
            np.testing.assert_allclose(total, vertex.gradient.elements, rtol=1e-5, atol=1e-7)
            checked += 1
    assert checked or name in ("before backward", "several outputs")


def test_contributions_arrive_one_by_one_where_a_value_is_used_twice() -> None:
    x = Tensor(3.0, True, "x")
    y = x * x + 2.0 * x
    y.backward()
    assert received(take([y]), 0) == [3.0, 3.0, 2.0]


def test_local_derivatives_are_known_before_backward_and_after_it() -> None:
    x = Tensor(3.0, True, "x")
    y = np.exp(x) * 2.0
    before = [e.local for e in take([y]).edges]
    y.backward()
    after = [e.local for e in take([y]).edges]
    assert before == after == [pytest.approx(np.exp(3.0)), 2.0, None]


def test_the_order_of_the_sweep_is_the_engines() -> None:
    x, w = Tensor(3.0, True, "x"), Tensor(2.0, True, "w")
    a = x * w
    b = np.exp(-x)
    c = a * b + w
    visited = []
    for name, tensor in {"x": x, "w": w, "a": a, "b": b, "c": c}.items():
        tensor.name = name
        tensor.register_hook(lambda g, name=name: visited.append(name))
    c.backward()
    snapshot = take([c])
    assert [snapshot.vertices[i].name for i in snapshot.sweep if snapshot.vertices[i].name] == visited


def test_after_a_write_the_old_contributions_are_not_made_up() -> None:
    w = Tensor(3.0, True, "w")
    y = w * w
    y.backward()
    w.data = np.array(4.0)
    assert [e.contribution for e in take([y]).edges] == [None, None]


def test_the_local_derivative_has_the_names_of_the_picture() -> None:
    snapshot = take(GRAPHS["lecture"]())
    operands = {"x": 3, "y": 2}
    first, second = snapshot.edges[2:]
    assert [local_words(snapshot, e, operands) for e in (first, second)] == ["∂f/∂q = z = −4", "∂f/∂z = q = 3"]
    assert [product_words(snapshot, e) for e in (first, second)] == ["1 × (−4) = −4", "1 × 3 = 3"]


def test_a_rule_whose_names_would_mislead_tells_its_number_alone() -> None:
    x, y, z = Tensor(-2.0, True, "x"), Tensor(5.0, True, "y"), Tensor(-4.0, True, "z")
    f = (x + y) * z
    f.backward()
    snapshot = take([f])
    edge = snapshot.edges[3]
    assert local_words(snapshot, edge, {"x": 3, "y": 2}) == "∂/∂y = x = 3"  # x is x + y here
    assert local_words(snapshot, edge, {"x": 3, "y": 2}, {"x", "y", "z"}) == "∂/∂z = 3"


def test_the_rule_of_larger_tensors_is_told_with_shapes() -> None:
    x = Tensor(np.ones((2, 3)), True, "x")
    with trace():
        y = x @ np.ones((3, 4))
        total = y.sum()
    total.backward()
    snapshot = take([total])
    (edge,) = (e for e in snapshot.edges if e.operand == "x" and e.contribution is not None and e.tail == 0)
    assert product_words(snapshot, edge) == "g of shape (2, 4) → g yᵀ → (2, 3): [[4, 4, 4], [4, 4, 4]]"


# ------------------------------------------------------------------------------------------------------- why none comes


def test_cut_wires_tell_the_reason_and_lead_back_to_what_was_cut_off() -> None:
    snapshot = take(GRAPHS["cut wires"]())
    cuts = {(snapshot.vertices[e.tail].name or e.tail, snapshot.vertices[e.head].name): e.cut for e in snapshot.edges}
    cuts = {ends: reason for ends, reason in cuts.items() if reason is not None}
    assert sorted(cuts.values()) == ["detach()", "int64 has no gradient", "no_grad()", "requires_grad=False"]
    assert cuts["x", "d"] == "detach()"
    assert cuts["x", "e"] == "no_grad()"  # by way of an operation whose result is not in the graph
    reasons = {v.name: v.reason for v in snapshot.vertices if v.reason}
    assert reasons == {
        "d": "detach()",
        "e": "no_grad()",
        "k": "int64 has no gradient",
        "c": "requires_grad=False",
    }


def test_a_plain_number_is_no_cut_wire() -> None:
    with trace():
        y = Tensor(3.0, True) * 2.0
    assert [e.cut for e in take([y]).edges] == [None, None]


def test_without_trace_there_is_no_trace_of_a_cut() -> None:
    x = Tensor(3.0, True, "x")
    assert len(take([x * x.detach()]).vertices) == 3
    with no_grad():
        y = x * 2.0
    assert not hasattr(y, "cut")


# ------------------------------------------------------------------------------------------------------ what is saved


def test_what_several_operations_save_of_the_same_memory_counts_once() -> None:
    x = Tensor(np.ones(100), True, "x")
    y = x * x
    z = y * x.reshape(10, 10).reshape(100)
    snapshot = take([z])
    kept = [one for v in snapshot.vertices for one in v.saved]
    assert [one.name for one in kept] == ["y", "x", "y", "x"]
    assert {one.size for one in kept} == {800}
    assert snapshot.saved_bytes == 1600  # x, whatever its shape, and y
    z.sum().backward()
    assert take([z]).saved_bytes == 0  # released


def test_a_snapshot_is_data_that_json_can_hold() -> None:
    x = Tensor([1.0, np.nan, -np.inf], True, "x")
    text = json.dumps(take([x * 2.0]).to_dict(), allow_nan=False)
    assert json.loads(text)["vertices"][0]["value"]["elements"] == [1.0, "nan", "-inf"]
    assert json.loads(text)["edges"][0] == {"tail": 0, "head": 2, "operand": "x", "rule": "g·y", "factor": "y"}


def test_an_operand_that_is_none_is_no_operand_under_trace() -> None:
    gate = primitive(lambda x, mask: 2 * x, name="gate", x=lambda g: 2 * g, mask=lambda g: g)
    x = Tensor(np.ones(2), True, "x")
    assert [v.kind for v in take([gate(x, None)]).vertices] == ["parameter", "unknown", "operation"]
    with trace():
        y = gate(x, None)
    assert [v.kind for v in take([y]).vertices] == ["parameter", "operation"]


def test_what_goes_through_an_operation_with_several_outputs_is_known() -> None:
    x = Tensor([1.0, 2.0], True, "x")
    with trace():
        first, second = np.split(x, 2)
        total = (first * second).sum()
    total.backward()
    snapshot = take([total])
    assert [e.contribution.elements for e in snapshot.edges if e.tail == 0] == [(2.0, 1.0)]
