"""What of a graph is shown."""

import re

import numpy as np
import pytest

import nn
from autograd import Tensor, draw
from autograd.draw import plan as planning
from autograd.draw.plan import Plan, make
from autograd.draw.snapshot import take
from autograd.draw.text import number
from autograd.draw.words import frame_title
from autograd.graph import tick
from autograd.notes import mark_scope

from .graphs import fan_out, lecture, network, residual, unrolled


def plan(outputs: list[Tensor], **chosen) -> Plan:
    return make(take(outputs), **chosen)


def names(found: Plan) -> list[str]:
    return [
        b.vertex.name or b.vertex.operation or b.vertex.kind if b.vertex else f"module {b.module}" for b in found.boxes
    ]


def test_all_is_shown_if_nothing_is_asked_for() -> None:
    found = plan(lecture())
    assert names(found) == ["x", "y", "q", "z", "f"]
    assert [(w.tail, w.head) for w in found.wires] == [(0, 2), (1, 2), (2, 4), (3, 4)]
    assert (found.frames, found.notes) == ((), ())


@pytest.mark.parametrize(("depth", "boxes"), [(0, 1), (1, 4)])
def test_modules_below_the_depth_are_one_box(depth: int, boxes: int) -> None:
    found = plan(network(), depth=depth)
    modules = [box for box in found.boxes if box.module is not None]
    assert len(modules) == boxes
    assert not any(box.vertex is not None and box.vertex.kind == "parameter" for box in found.boxes)


def test_a_collapsed_module_tells_shapes_parameters_and_gradients() -> None:
    (loss,) = network()
    (box,) = (box for box in plan([loss], depth=0).boxes if box.module is not None)
    assert (box.summary.inputs, box.summary.outputs, box.summary.parameters) == (((2, 3),), ((2, 3),), 24)
    leaves = [v for v in take([loss]).vertices if v.kind == "parameter"]
    squares = sum(v.gradient.rms**2 * np.prod(v.shape) for v in leaves)
    assert box.summary.gradients == (pytest.approx((squares / 24) ** 0.5),)


def test_a_parameter_that_two_modules_share_counts_once_and_is_drawn_for_each_use() -> None:
    layer = nn.Linear(3, 3, rng=0)
    y = layer(layer(Tensor(np.ones((1, 3)), dtype="float32")))
    found = plan([y])
    assert [(b.use, b.uses) for b in found.boxes if b.vertex.name == "weight"] == [(1, 2), (2, 2)]
    uses = [b.scope for b in found.boxes if b.vertex.name == "weight"]
    assert len(set(uses)) == 2


def test_an_input_used_nearby_is_one_box() -> None:
    assert names(plan(fan_out())).count("x") == 1


def test_a_leaf_used_far_apart_is_drawn_for_each_use() -> None:
    w = Tensor(1.0, True, "w")
    h = w
    for _ in range(8):
        h = h * w
    found = plan([h])
    assert names(found).count("w") == 8
    assert all(wire.head - wire.tail <= 2 for wire in found.wires)


def test_blocks_of_one_structure_are_folded_and_tell_the_spread_of_their_gradients() -> None:
    outputs = residual(12)
    found = plan(outputs, fold=True)
    (frame,) = found.frames
    assert frame.times == 12
    gradients = frame.summary.gradients
    assert frame_title(frame) == f"block0: Block × 12   ∂ rms {number(min(gradients))} … {number(max(gradients))}"
    assert len(gradients) == 12
    assert max(gradients) > min(gradients)
    assert [n for n in names(found) if n.startswith("w")] == ["w0"]


def test_steps_of_a_loop_are_folded_with_what_feeds_them() -> None:
    found = plan(unrolled(9), fold=True)
    assert [b.times for b in found.boxes if b.vertex is not None and b.vertex.operation == "gather"] == [9]
    assert [frame.times for frame in found.frames] == [9]


def test_alternations_are_folded_too() -> None:
    found = plan(network(4), fold=True)
    assert [(f.scope.kind, f.times) for f in found.frames] == [("Sequential", 1), ("Linear", 4), ("Tanh", 4)]


def test_blocks_that_differ_are_not_folded() -> None:
    h = Tensor(1.0, True, "h")
    for i in range(6):
        first = tick()
        h = np.tanh(h) if i % 2 else np.exp(h) * 2.0
        h = -h if i == 4 else h
        mark_scope(h, first, f"block{i}", "Block")
    assert all(frame.times == 1 for frame in plan([h], fold=True).frames)


def test_a_crowd_folds_by_itself_and_says_so() -> None:
    found = plan(residual(60))
    assert found.notes == (f"repeats are folded, 241 boxes to {len(found.boxes)}: fold=False draws them all",)
    assert len(found.boxes) < 10
    assert len(plan(residual(60), fold=False).boxes) == 241


def test_a_graph_too_large_collapses_by_itself_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    all_of_it = len(plan(network(3), fold=False).boxes)
    monkeypatch.setattr(planning, "MOST_FOR_DOT", 10)
    found = plan(network(3), fold=False)
    assert found.notes == (f"modules are collapsed, {all_of_it} boxes to {len(found.boxes)}: depth=1",)
    assert len(found.boxes) <= 10


@pytest.mark.parametrize("focus", ["q", 3])
def test_a_focus_shows_its_neighbours(focus: str | int) -> None:
    found = plan(lecture(), focus=focus, radius=1)
    assert names(found) == ["x", "y", "q", "f"]
    assert found.notes == (f"4 of 5 nodes: within 1 wire of {focus!r}",)


def test_a_tensor_can_be_the_focus() -> None:
    x = Tensor(3.0, True, "x")
    y = np.exp(x)
    z = np.tanh(np.sin(y) * 2.0)
    assert names(draw(z, focus=y, radius=1).plan) == ["x", "exp", "sin"]
    with pytest.raises(
        ValueError, match=r"focus=Tensor\(1\.0\) is no part of this graph; give a Tensor that the result"
    ):
        draw(z, focus=Tensor(1.0))


def test_a_focus_that_is_not_there_is_an_error_that_names_what_is() -> None:
    words = "focus='p' is nothing in this graph; its names are x, y, z, q, f; its numbers are 0 to 4"
    with pytest.raises(ValueError, match=re.escape(words)):
        plan(lecture(), focus="p")


@pytest.mark.parametrize("option", ["depth", "radius"])
def test_negative_levels_make_no_sense(option: str) -> None:
    with pytest.raises(ValueError, match=f"{option}=-1 makes no sense; it counts levels from 0, as in {option}=1"):
        plan(lecture(), **{option: -1}, focus="q")


def test_nothing_recurses_over_a_long_chain() -> None:
    h = Tensor(1.0, True, "h")
    for _ in range(3000):
        h = -h
    assert len(plan([h]).boxes) == 3001
    assert len(draw(h).text().splitlines()) == 3001


def test_of_a_shared_parameter_each_call_tells_its_own_part_of_the_gradient() -> None:
    found = plan(unrolled(9), depth=0)
    rms = [box.summary.gradients[0] for box in found.boxes if box.module is not None]
    assert len(rms) == 9
    assert rms[0] < rms[4] < rms[8]  # it vanishes on the way back
    assert len({box.summary.parameters for box in found.boxes if box.module is not None}) == 1


def test_modules_inside_of_a_repeat_are_folded_with_it() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(2, 2, rng=0)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.inner(x)

    found = plan([nn.Sequential(*[Block() for _ in range(4)])(Tensor(np.ones((1, 2)), dtype="float32"))], fold=True)
    assert [(f.scope.kind, f.times) for f in found.frames] == [("Sequential", 1), ("Block", 4), ("Linear", 1)]
    assert [b.vertex.operation for b in found.boxes if b.vertex.kind == "operation"] == ["linear", "add"]


def test_a_module_whose_results_go_several_ways_has_a_thick_wire() -> None:
    x = Tensor([1.0, 2.0, 3.0], True, "x")
    first = tick()
    parts = np.exp(x), np.tanh(x)
    mark_scope(parts, first, "pair", "Pair")
    dot = draw((parts[0] * parts[1]).sum(), depth=0).dot
    assert 'penwidth=2 tooltip="2 wires"' in dot
