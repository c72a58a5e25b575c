"""The graph as plain data."""

import dataclasses
import gc
import weakref

import numpy as np
import pytest

from autograd import Tensor, grad, primitive, trace
from autograd.draw.data import Numbers, Vertex, numbers_of
from autograd.draw.snapshot import take
from autograd.graph import tick
from autograd.notes import mark_scope


def lecture() -> Tensor:
    x, y, z = Tensor(-2.0, True, "x"), Tensor(5.0, True, "y"), Tensor(-4.0, True, "z")
    q = x + y
    q.name = "q"
    f = q * z
    f.name = "f"
    f.backward()
    return f


def named(snapshot, name: str) -> Vertex:
    (vertex,) = (v for v in snapshot.vertices if v.name == name)
    return vertex


def made_by(snapshot, operation: str) -> list[Vertex]:
    return [v for v in snapshot.vertices if v.operation == operation]


def number_in(known: Numbers) -> float:
    return known.elements[0]


def test_the_graph_of_the_lecture_has_its_values_and_gradients() -> None:
    snapshot = take([lecture()])
    assert {v.name: number_in(v.value) for v in snapshot.vertices} == {"x": -2, "y": 5, "z": -4, "q": 3, "f": -12}
    # The leaves are dead here: what their nodes have kept is shown.
    assert {v.name: number_in(v.gradient) for v in snapshot.vertices} == {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1}
    assert [(v.number, v.kind) for v in snapshot.vertices] == [
        *((i, "parameter") for i in range(3)),
        *((i, "operation") for i in (3, 4)),
    ]
    assert [(e.tail, e.head, e.operand) for e in snapshot.edges] == [(0, 3, "x"), (1, 3, "y"), (3, 4, "x"), (2, 4, "y")]


def test_the_same_program_gives_the_same_snapshot() -> None:
    assert take([lecture()]) == take([lecture()])


def test_a_snapshot_outlives_the_graph_and_holds_nothing_of_it() -> None:
    f = lecture()
    snapshot = take([f])
    node = weakref.ref(f.node)
    gc.disable()
    try:
        del f
        assert node() is None
    finally:
        gc.enable()
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot.vertices[0].name = "other"


def test_before_backward_there_are_values_and_no_gradients() -> None:
    x = Tensor(3.0, True)
    snapshot = take([x * x])
    assert all(v.value is not None and v.gradient is None for v in snapshot.vertices)


def test_a_leafs_gradient_is_the_one_that_the_user_sees() -> None:
    x = Tensor(3.0, True, "x")
    for _ in range(2):
        y = x * x
        y.backward()
    assert number_in(named(take([y]), "x").gradient) == 12  # summed up over two sweeps
    x.grad = None
    assert named(take([y]), "x").gradient is None


def test_an_intermediate_gradient_is_shown_if_it_was_retained() -> None:
    x = Tensor([1.0, 2.0], True)
    y = 3.0 * x
    y.retain_grad()
    z = (y * y).sum()
    z.backward()
    assert made_by(take([z]), "multiply")[0].gradient.elements == (6.0, 12.0)
    y += 1.0  # y is another node now, and what it holds is no longer the multiplication's
    assert made_by(take([z]), "multiply")[0].value is None


def test_an_operand_used_twice_has_two_edges() -> None:
    x = Tensor(3.0, True)
    assert [(e.tail, e.head) for e in take([x * x]).edges] == [(0, 1), (0, 1)]


def test_constants_of_scalar_graphs_stand_before_their_operation() -> None:
    x = Tensor(3.0, True, "x")
    first, second, third = take([2.0 * x]).vertices
    assert (first.name, second.kind, third.operation) == ("x", "constant", "multiply")
    assert number_in(second.value) == 2.0


def test_an_operand_that_was_not_kept_stands_in_its_place() -> None:
    x = Tensor([[3.0, 1.0]], True, "x")
    snapshot = take([(np.ones((2, 1)) @ x) ** 2])
    kinds = [(snapshot.vertices[e.tail].kind, e.operand, snapshot.vertices[e.head].operation) for e in snapshot.edges]
    assert kinds == [
        ("unknown", "x", "matmul"),
        ("parameter", "y", "matmul"),
        ("operation", "x", "power"),
        ("unknown", "y", "power"),
    ]
    with trace():
        kept = take([(np.ones((2, 1)) @ x) ** 2])
    assert [v.kind for v in kept.vertices if v.kind in ("unknown", "constant")] == ["constant", "constant"]


def test_an_operand_that_may_be_left_out_has_no_place_if_nobody_knows() -> None:
    gate = primitive(lambda x, bias=None: 2 * x, x=lambda g: 2 * g, bias=lambda g: g)
    assert len(take([gate(Tensor([3.0], True))]).vertices) == 2


def test_the_arguments_of_a_function_come_from_nowhere() -> None:
    drawn = []

    def f(x: Tensor) -> Tensor:
        drawn.append(take([x * x]))
        return (x * x).sum()

    grad(f)(np.ones(2))
    assert [v.operation for v in drawn[0].vertices] == ["argument", "multiply"]


@pytest.mark.parametrize(
    ("take_part", "written"),
    [
        (lambda x: x[:, 1], ":, 1"),
        (lambda x: x[0], "0"),
        (lambda x: x[1:], "1:"),
        (lambda x: x[::-1, 1:2], "::-1, 1:2"),
        (lambda x: x[..., None], "..., None"),
        (lambda x: x[(0,)], "0,"),
        (lambda x: x[[0, 1, 1]], "[0, 1, 1]"),
        (lambda x: x[np.array([0, 1]), np.array([1, 1])], "[0, 1], [1, 1]"),
        (lambda x: x[x.data > 0], "[[True, True], [True, True]]"),
        (lambda x: x[np.zeros((3, 4), int)], "int64[3, 4]"),
    ],
)
def test_an_index_is_written_as_in_the_program_while_it_is_known(take_part, written: str) -> None:
    y = take_part(Tensor([[3.0, 1.0], [1.0, 2.0]], True))
    (vertex,) = made_by(take([y]), "gather")
    assert vertex.index == written
    y.sum().backward()
    assert made_by(take([y]), "gather")[0].index is None


def test_other_operations_have_no_index() -> None:
    x = Tensor(3.0, True)
    assert [v.index for v in take([x * x]).vertices] == [None, None]


def test_an_option_that_was_left_out_is_no_constant() -> None:
    x = Tensor(3.0, True)
    assert len(take([np.clip(x, None, 2.0)]).vertices) == 3


def test_eight_elements_are_kept_and_of_nine_the_statistics() -> None:
    eight, nine = Tensor(np.ones(8), True, "eight"), Tensor(np.ones(9), True, "nine")
    total = (eight * eight).sum() + (nine * nine).sum()
    total.backward()
    snapshot = take([total])
    assert named(snapshot, "eight").gradient == numbers_of(np.full(8, 2.0))
    assert named(snapshot, "nine").gradient == Numbers((9,), None, 2.0, 2.0, 2.0, 2.0)
    assert named(snapshot, "nine").value == Numbers((9,), None, 1.0, 1.0, 1.0, 1.0)


def test_of_nine_elements_the_statistics_are_told_wherever_their_value_is_known() -> None:
    x = Tensor(np.ones(9), True, "x")
    with trace():
        y = x * np.full(9, 2.0)
    assert [v.value.rms for v in take([-y]).vertices] == [1.0, 2.0, 2.0, 2.0]


def test_nine_labels_have_their_smallest_and_largest() -> None:
    (vertex,) = take([Tensor(np.arange(9))]).vertices
    assert (vertex.value.low, vertex.value.high) == (0, 8)


def test_the_rms_of_float16_does_not_overflow() -> None:
    x = Tensor(np.ones(9), True, "x", dtype="float16")
    x.grad = Tensor(np.full(9, 1000.0, "float16"))
    assert named(take([x]), "x").gradient.rms == 1000.0


def test_larger_values_gradients_and_lines_are_known_under_trace() -> None:
    x = Tensor([1.0, 2.0], True)
    with trace():
        y = x * [3.0, 4.0]
    total = y.sum()
    total.backward()
    snapshot = take([total])
    (product,) = made_by(snapshot, "multiply")
    assert (product.name, product.value.elements, product.gradient.elements) == ("y", (3.0, 8.0), (1.0, 1.0))
    file, _, function = product.source
    assert file == __file__
    assert function == "test_larger_values_gradients_and_lines_are_known_under_trace"
    assert [v.value.elements for v in snapshot.vertices if v.kind == "constant"] == [(3.0, 4.0)]


def test_the_output_shows_its_elements_without_trace() -> None:
    x = Tensor([1.0, 2.0], True)
    output = take([x * x]).vertices[-1]
    assert output.is_output
    assert output.value.elements == (1.0, 4.0)


def test_a_tensor_that_requires_no_gradient_is_a_single_vertex() -> None:
    (vertex,) = take([Tensor([1.0, 2.0], name="data")]).vertices
    assert (vertex.kind, vertex.name, vertex.is_output) == ("constant", "data", True)


def test_several_outputs_share_what_is_below_them() -> None:
    x, plain = Tensor(3.0, True), Tensor(1.0)
    snapshot = take([x * x, x + x, x, plain, plain])
    assert len(snapshot.vertices) == 4
    assert sum(v.is_output for v in snapshot.vertices) == 4


def test_outputs_of_one_primitive_are_vertices_of_their_own() -> None:
    x = Tensor([1.0, 2.0], True)
    first, second = np.split(x, 2)
    snapshot = take([(first / second).sum()])
    (split,) = made_by(snapshot, "split")
    assert (split.shape, split.value) == (None, None)
    assert [v.shape for v in made_by(snapshot, "output 0") + made_by(snapshot, "output 1")] == [(1,), (1,)]


def test_traced_outputs_of_one_primitive_show_their_own_part() -> None:
    x = Tensor([1.0, 2.0], True)
    with trace():
        _first, _second = np.split(x, 2)
    total = (_first / _second).sum()
    total.backward(retain_graph=True)
    (second,) = made_by(take([total]), "output 1")
    assert second.value.elements == (2.0,)
    assert second.gradient.elements == (-0.25,)


def test_arrays_of_a_sequence_are_numbered() -> None:
    x, y = Tensor([1.0], True), Tensor([2.0], True)
    snapshot = take([np.concatenate([x, [9.0], y])])
    assert [e.operand for e in snapshot.edges] == ["arrays[0]", "arrays[1]", "arrays[2]"]
    assert [v.kind for v in snapshot.vertices] == ["parameter", "parameter", "unknown", "operation"]


def test_a_value_that_was_overwritten_after_its_use_is_marked() -> None:
    w, b = Tensor(3.0, True, "w"), Tensor(1.0, True, "b")
    y = w * w + b
    w.data = np.array(4.0)
    snapshot = take([y])
    assert named(snapshot, "w").is_rewritten
    assert not named(snapshot, "b").is_rewritten
    assert not named(take([w * w]), "w").is_rewritten


@pytest.mark.no_cover
def test_a_long_chain_does_not_recurse() -> None:
    y = Tensor(1.0, True)
    for _ in range(50_000):
        y = -y
    assert len(take([y]).vertices) == 50_001


# ------------------------------------------------------------------------------------------------------------ modules


class Parameter(Tensor):
    """As nn.Parameter: a Tensor that a Module owns."""


class Scale:
    """A Module as far as the drawing can see: it marks what it returns."""

    def __init__(self, name: str, *inner: "Scale", kind: str = "Scale") -> None:
        self.name, self.inner, self.kind = name, inner, kind
        self.weight = Parameter(2.0, True, f"{name}.weight" if name != kind else "weight")

    def __call__(self, x: Tensor) -> Tensor:
        first = tick()
        for module in self.inner:
            x = module(x)
        x = np.tanh(self.weight * x * 1.0) if not self.inner else x
        mark_scope(x, first, self.name, self.kind)
        return x


def test_calls_of_modules_are_scopes_inside_each_other() -> None:
    x = Tensor(1.0, True, "x")
    y = -Scale("net", Scale("a"), Scale("b"), kind="Sequential")(x)
    snapshot = take([y])
    assert [(s.name, s.kind, s.parent) for s in snapshot.scopes] == [
        ("net", "Sequential", None),
        ("a", "Scale", 0),
        ("b", "Scale", 0),
    ]
    first, second = made_by(snapshot, "tanh")
    assert (first.scope, second.scope) == (1, 2)
    assert made_by(snapshot, "negative")[0].scope is None


def test_parameters_belong_to_the_module_they_are_named_after_and_inputs_to_none() -> None:
    x = Tensor(1.0, True, "x")
    snapshot = take([Scale("net", Scale("a"))(x)])
    assert named(snapshot, "a.weight").scope == 1
    assert named(snapshot, "x").scope is None
    inner = Scale("a")
    inner.weight.name = "net.layers.a.weight"
    assert named(take([Scale("net", inner)(x)]), "net.layers.a.weight").scope == 1
    outermost = Scale("Scale")
    snapshot = take([outermost(x)])
    assert named(snapshot, "weight").scope == 0
    assert named(snapshot, "x").scope is None


def test_a_number_belongs_to_the_module_that_used_it_and_an_array_may_be_the_data() -> None:
    with trace():
        first = tick()
        y = (Tensor([3.0, 1.0], True) * [1.0, 2.0]) ** 2.0
        mark_scope(y, first, "m", "Power")
    constants = {v.shape: v.scope for v in take([y]).vertices if v.kind == "constant"}
    assert constants == {(): 0, (2,): None}


def test_a_module_called_twice_is_two_scopes() -> None:
    layer = Scale("layer")
    snapshot = take([layer(layer(Tensor(1.0, True)))])
    assert [s.name for s in snapshot.scopes] == ["layer", "layer"]
    assert {v.scope for v in made_by(snapshot, "tanh")} == {0, 1}


def test_a_module_that_returns_several_tensors_is_one_scope() -> None:
    x = Tensor(1.0, True)
    first = tick()
    results = (x * x, -x)
    mark_scope(results, first, "pair", "Pair")
    snapshot = take(results)
    assert len(snapshot.scopes) == 1
    assert [v.scope for v in snapshot.vertices] == [None, 0, 0]


def test_arrays_of_a_sequence_belong_to_the_module_too() -> None:
    x = Tensor([1.0], True)
    first = tick()
    y = np.concatenate([-x, x])
    mark_scope(y, first, "m", "M")
    assert made_by(take([y]), "negative")[0].scope == 0


def test_what_was_made_during_a_call_but_not_for_its_result_is_outside() -> None:
    x = Tensor(1.0, True)
    first = tick()
    side, result = np.exp(x), -x
    mark_scope(result, first, "m", "M")
    snapshot = take([side + result])
    assert made_by(snapshot, "exp")[0].scope is None
    assert made_by(snapshot, "negative")[0].scope == 0
