"""The layout of our own, and the SVG that is drawn by it."""

import html
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor
from autograd.draw.layout import Geometry, _apart, layered, place, size_of
from autograd.draw.plan import Plan, make
from autograd.draw.render import can_render
from autograd.draw.snapshot import take
from autograd.draw.svg import write_svg
from autograd.draw.text import name as shown
from autograd.draw.words import Style, card

from .graphs import GRAPHS


def laid_out(outputs: list[Tensor]) -> tuple[Plan, Geometry]:
    plan = make(take(outputs), fold=False)
    return plan, layered(plan, [size_of(card(plan, box, Style())) for box in plan.boxes])


def svg_of(outputs: list[Tensor], **style) -> str:
    plan = make(take(outputs))
    cards = [card(plan, box, Style(**style)) for box in plan.boxes]
    return write_svg(plan, cards, layered(plan, [size_of(one) for one in cards]), Style(**style))


def rectangle(geometry: Geometry, box: int) -> tuple[float, float, float, float]:
    (x, y), (width, height) = geometry.centers[box], geometry.sizes[box]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@pytest.mark.parametrize("name", GRAPHS)
def test_wires_go_to_the_right_and_boxes_do_not_overlap(name: str) -> None:
    plan, geometry = laid_out(GRAPHS[name]())
    for wire in plan.wires:
        assert rectangle(geometry, wire.tail)[2] < rectangle(geometry, wire.head)[0]
    edges = [rectangle(geometry, box.number) for box in plan.boxes]
    for i, (left, top, right, bottom) in enumerate(edges):
        assert left >= 0
        assert top >= 0
        assert right <= geometry.width
        assert bottom <= geometry.height
        for other in edges[:i]:
            assert other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top


def test_the_sweeps_take_crossings_away() -> None:
    first = [np.exp(Tensor(float(i), True)) for i in range(6)]
    ys = [np.tanh(x) for x in first[::-1]]  # as the program made them, each wire would cross each other one
    plan, geometry = laid_out(ys)
    inner = [w for w in plan.wires if plan.boxes[w.head].vertex.operation == "tanh"]
    ends = sorted((geometry.centers[w.tail][1], geometry.centers[w.head][1]) for w in inner)
    assert ends == sorted(ends, key=lambda end: end[1])


@pytest.mark.parametrize(
    ("wanted", "places"),
    [([0.0, 100.0], [0.0, 100.0]), ([50.0, 50.0], [45.0, 55.0]), ([9.0, 0.0, 0.0], [-7.0, 3.0, 13.0])],
)
def test_boxes_stand_as_near_to_where_they_want_as_can_be(wanted: list[float], places: list[float]) -> None:
    assert _apart(wanted, [10.0] * len(wanted)) == pytest.approx(places)


def test_frames_are_drawn_where_nothing_foreign_stands_in_them() -> None:
    plan, geometry = laid_out(GRAPHS["residual"]())
    for frame, edges in zip(plan.frames, geometry.frames, strict=True):
        if edges is not None:
            inside = [b.number for b in plan.boxes if b.scope == frame.scope.number]
            foreign = [b.number for b in plan.boxes if b.scope != frame.scope.number]
            assert all(edges[0] < rectangle(geometry, b)[0] and rectangle(geometry, b)[2] < edges[2] for b in inside)
            assert not any(
                left < edges[2] and right > edges[0] and top < edges[3] and bottom > edges[1]
                for left, top, right, bottom in (rectangle(geometry, b) for b in foreign)
            )


@pytest.mark.parametrize("name", ["lecture", "fan out", "network", "residual"])
def test_graphviz_gives_places_too(name: str) -> None:
    if not can_render():
        pytest.skip("no Graphviz here")
    plan = make(take(GRAPHS[name]()))
    cards = [card(plan, box, Style()) for box in plan.boxes]
    geometry = place(plan, cards)
    assert all(len(curve) % 3 == 1 for curve in geometry.curves)  # Bézier curves, not straight lines
    for wire, curve in zip(plan.wires, geometry.curves, strict=True):
        assert abs(curve[0][0] - rectangle(geometry, wire.tail)[2]) < 3
        assert abs(curve[-1][0] - rectangle(geometry, wire.head)[0]) < 3


@pytest.mark.parametrize("name", GRAPHS)
def test_the_svg_is_well_formed_and_has_all_the_words(name: str) -> None:
    svg = svg_of(GRAPHS[name]())
    ElementTree.fromstring(svg)
    plan = make(take(GRAPHS[name]()))
    texts = [html.unescape(text) for text in re.findall("<text[^>]*>([^<]*)", svg)]
    for box in plan.boxes:
        for line in card(plan, box, Style()).lines:
            assert line.text in texts


@pytest.mark.parametrize(
    "name",
    ['"', "\\N", "<b>", "&amp;", "a\nb", "\x00", "]]>", "</script>", "x" * 20_000, "שלום", "\ud800", "\u202e", "漢字"],
)
def test_any_name_gives_an_svg_with_that_name_in_it(name: str) -> None:
    svg = svg_of([Tensor(3.0, True, name) * 2.0])
    ElementTree.fromstring(svg)
    assert shown(name) in [html.unescape(text) for text in re.findall("<text[^>]*>([^<]*)", svg)]


@given(st.lists(st.text(), min_size=1, max_size=30))
@settings(max_examples=30)
def test_any_names_at_all_give_an_svg(names: list[str]) -> None:
    ElementTree.fromstring(svg_of([Tensor(3.0, True, name) * 2.0 for name in names]))


def test_zeros_are_hatched_and_numbers_that_are_none_have_a_red_frame() -> None:
    x = Tensor([1.0, 2.0], True, "x")
    (x * 0.0).sum().backward()
    assert 'fill="url(#fzero)"' in svg_of([x], prefix="f")
    y = Tensor([1.0, np.nan], True, "y")
    assert 'stroke="#b3121d" stroke-width="3.5"' in svg_of([y])


def test_a_wire_that_leads_back_does_not_stop_the_layout() -> None:
    plan = make(take(GRAPHS["residual"](6)), fold=True)
    geometry = layered(plan, [(30.0, 30.0)] * len(plan.boxes))
    assert len(geometry.centers) == len(plan.boxes)


@pytest.mark.parametrize("by_graphviz", [False, True])
def test_a_program_can_go_down(by_graphviz: bool) -> None:
    if by_graphviz and not can_render():
        pytest.skip("no Graphviz here")
    plan = make(take(GRAPHS["network"]()))
    cards = [card(plan, box, Style()) for box in plan.boxes]
    sizes = [size_of(one) for one in cards]
    geometry = place(plan, cards, "down") if by_graphviz else layered(plan, sizes, "down")
    assert geometry.height > geometry.width
    for wire, curve in zip(plan.wires, geometry.curves, strict=True):
        assert rectangle(geometry, wire.tail)[3] < rectangle(geometry, wire.head)[1] + 1
        assert abs(curve[0][1] - rectangle(geometry, wire.tail)[3]) < 3
        assert abs(curve[-1][1] - rectangle(geometry, wire.head)[1]) < 3
    for left, top, right, bottom in (rectangle(geometry, box.number) for box in plan.boxes):
        assert 0 <= left < right <= geometry.width
        assert 0 <= top < bottom <= geometry.height
