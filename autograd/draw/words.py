"""What is said in a picture, whoever draws it: the words of a box, of a wire, and of the graph as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import NamedTuple

from .data import Edge, Numbers, Snapshot, Vertex
from .plan import Box, Frame, Plan
from .summary import Summary, count
from .text import name, number, numbers, one_line, size
from .themes import Health, health_of, health_of_numbers

SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "xʸ", "matmul": "@"}
WORDS = {
    "gather": "x[{}]",
    "put": "x[{}] = value",
    "scatter": "0[{}] += x",  # zeros, with x added at the index
    "alias": "copy of the same",
}
INTERCHANGEABLE = {"add", "multiply", "maximum", "minimum", "logaddexp"}  # their operands need no names
HATCH = "╱╱╱╱╱╱"
FEW_WIRES = 40  # beyond, the local derivatives would hide the graph


class Line(NamedTuple):
    """A line inside of a box, and how it looks: bold, italic, sign, plain, small, value or bad."""

    text: str
    look: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a plan is drawn.

    Attributes
    ----------
    health : bool
        Colour the boxes by how large the gradients are.
    saved : bool
        Tell what is kept for the backward sweep.
    local : bool or None
        Write the local derivative on each wire. None: if they are few.
    theme : {"auto", "light", "dark"}
        Auto is light, and an SVG turns dark by itself.
    prefix : str
        Before each id, so that several figures share a page.
    direction : {"right", "down"}
        Where the program goes on.
    """

    health: bool = False
    saved: bool = False
    local: bool | None = None
    theme: str = "auto"
    prefix: str = ""
    direction: str = "right"


@dataclass(frozen=True, slots=True)
class Card:
    """The words of a box.

    Attributes
    ----------
    value, gradient : str
        What stands above, and below; several lines if need be.
    reason : str
        In place of a gradient: why an output has none.
    lines : tuple of Line
        What stands inside.
    tooltip : str
        What is told of it when it is pointed at.
    look : str
        The name of its colour in a theme.
    health : Health or None
        How large the gradient is, if that is shown.
    """

    value: str
    gradient: str
    reason: str
    lines: tuple[Line, ...]
    tooltip: str
    look: str
    health: Health | None


def card(plan: Plan, box: Box, style: Style) -> Card:
    """Return the words of a box."""
    if box.vertex is None:
        return _module_card(plan, box, style)
    vertex = box.vertex
    value = "" if vertex.value is None or is_bare_number(vertex) else numbers(vertex.value)
    gradient = "" if vertex.gradient is None else "∂ " + numbers(vertex.gradient).replace("\n", "\n   ")
    health = health_of_numbers(vertex.gradient) if style.health else None
    if health is not None and vertex.gradient is not None and vertex.gradient.elements is None:
        gradient += f"\n   rms {number(vertex.gradient.rms or 0.0)} {health.arrows}".rstrip()
    elif health is not None and health.arrows:
        gradient += f" {health.arrows}"
    silent = vertex.kind == "constant" and vertex.is_output
    reason = "requires no gradient: nothing was recorded" if silent else ""
    lines = (*_lines(vertex, box), *_marks(vertex), *_kept(vertex, style))
    look = "backward" if vertex.is_backward and vertex.kind == "operation" else vertex.kind
    return Card(value, gradient, reason, lines, tooltip(vertex), look, health)


def _module_card(plan: Plan, box: Box, style: Style) -> Card:
    assert box.module is not None  # a box shows a vertex or a module
    assert box.summary is not None
    scope = plan.snapshot.scopes[box.module]
    summary = box.summary
    lines = [Line(_titled(scope.name, scope.kind, box.times), "bold")]
    if summary.inputs and summary.outputs:
        lines.append(Line(f"{_shapes(summary.inputs)} → {_shapes(summary.outputs)}", "small"))
    if summary.parameters:
        lines.append(Line(count(summary.parameters, "parameter"), "small"))
    if summary.is_bad:
        lines.append(Line("⚠ NaN or ∞ in the gradient", "bad"))
    health = _worst(summary.gradients) if style.health and summary.gradients else None
    if summary.gradients and not any(summary.gradients):
        lines.append(Line(f"{HATCH} all 0", "small"))
        health = None
    inside = count(len(box.vertices), "node")
    gradient = spread(summary) + (f" {health.arrows}" if health is not None and health.arrows else "")
    return Card("", gradient, "", tuple(lines), f"{lines[0].text}, {inside} inside", "module", health)


def _worst(gradients: Sequence[float]) -> Health:
    """Return the health of the smallest gradient or of the largest: of the one that is farther from the middle."""
    low, high = health_of(min(gradients)), health_of(max(gradients))
    return low if len(low.arrows) >= len(high.arrows) else high


def spread(summary: Summary) -> str:
    """Return how large the gradients are: of one call, or between which bounds those of several are."""
    if not summary.gradients:
        return ""
    low, high = min(summary.gradients), max(summary.gradients)
    return f"∂ rms {number(low)}" + (f" … {number(high)}" if len(summary.gradients) > 1 else "")


def summary_lines(summary: Summary) -> list[str]:
    """Return what is told of a module that is closed: shapes, parameters, gradients."""
    shapes = f"{_shapes(summary.inputs)} → {_shapes(summary.outputs)}" if summary.inputs and summary.outputs else ""
    parameters = count(summary.parameters, "parameter") if summary.parameters else ""
    return [line for line in (shapes, parameters, spread(summary)) if line]


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return ", ".join(map(str, shapes[:2])) + (", …" if len(shapes) > 2 else "")


def frame_title(frame: Frame) -> str:
    """Return what is written on the frame of a module."""
    title = _titled(frame.scope.name, frame.scope.kind, frame.times)
    told = spread(frame.summary) if frame.times > 1 else ""
    return f"{title}   {told}" if told else title


def _titled(called: str, kind: str, times: int) -> str:
    title = f"{name(called)}: {name(kind)}" if called not in ("", kind) else name(kind)
    return f"{title} × {times}" if times > 1 else title


# ----------------------------------------------------------------------------------------------------- inside of a box


def _lines(vertex: Vertex, box: Box) -> Iterator[Line]:
    if vertex.kind == "unknown":
        yield Line("not kept", "small")
    if vertex.name:
        yield Line(name(vertex.name), "bold")
    elif vertex.is_output:
        yield Line("output", "italic")
    elif vertex.kind == "parameter":
        yield Line("leaf", "italic")
    if vertex.operation in SIGNS:
        yield Line(SIGNS[vertex.operation], "sign")
    elif vertex.operation is not None:
        words = WORDS.get(vertex.operation, "")
        yield Line(words.format(name(vertex.index or "…")) if words else name(vertex.operation), "plain")
    if vertex.value is not None and is_bare_number(vertex):
        yield Line(numbers(vertex.value), "value")
    if vertex.shape:
        yield Line(f"{vertex.shape} {vertex.dtype}", "small")
    if box.times > 1:
        yield Line(f"× {box.times}", "small")
    if box.uses > 1:
        yield Line(f"use {box.use} of {box.uses}", "small")
    if vertex.is_rewritten:
        yield Line("changed since", "small")


def _marks(vertex: Vertex) -> Iterator[Line]:
    """Yield what is wrong: no reader may miss it."""
    for known, where in ((vertex.value, ""), (vertex.gradient, "∂ ")):
        if known is not None and known.is_bad:
            kinds = ["NaN"] * bool(known.nans) + ["∞"] * bool(known.infinities)
            yield Line(f"⚠ {where}{' and '.join(kinds)}", "bad")
    if vertex.gradient is not None and vertex.gradient.is_zero:
        yield Line(f"{HATCH} ∂ 0", "small")


def _kept(vertex: Vertex, style: Style) -> Iterator[Line]:
    if style.saved and vertex.saved:
        yield Line("keeps " + ", ".join(f"{name(one.name)} {size(one.size)}" for one in vertex.saved), "small")


def is_bare_number(vertex: Vertex) -> bool:
    """Whether a vertex is a constant without a name: its value is all that it is, and stands inside the box."""
    return vertex.kind == "constant" and not vertex.shape and not vertex.name and not vertex.is_output


def tooltip(vertex: Vertex) -> str:
    """Return what is told of a vertex when it is pointed at."""
    if vertex.kind == "unknown":
        return "its value is kept under autograd.trace()"
    words = [name(vertex.operation or vertex.kind)]
    if vertex.shape is not None:
        words.append(f"{vertex.shape} {vertex.dtype}")
    if vertex.saved:
        words.append("keeps " + ", ".join(f"{name(one.name)} {size(one.size)}" for one in vertex.saved))
    if vertex.source is not None:
        words.append(source_words(vertex.source))
    return ", ".join(words)


def source_words(source: tuple[str, int, str]) -> str:
    """Return where in a program that is."""
    file, line, function = source
    return f"line {line} of {name(PureWindowsPath(file).name)} in {name(function)}"


# --------------------------------------------------------------------------------------------------------- on the wires


def has_named_operands(vertex: Vertex | None, wires: int) -> bool:
    """Whether a box has a door for each operand, with its name."""
    return vertex is not None and wires > 1 and vertex.operation not in INTERCHANGEABLE


def factor_words(snapshot: Snapshot, edge: Edge, operands: dict[str, int], taken: Collection[str] = ()) -> str:
    """Return the local derivative as the rule has it, by the names in the picture if all that it mentions have one.

    `operands` are the vertices of the head's operands by what the operation calls them; `taken` the names in the
    picture: where one of them means something else to the rule, its text would mislead, and there is none.
    """
    if edge.factor is None:
        return ""
    vertices = snapshot.vertices
    known = {operand: vertices[number].name for operand, number in operands.items()}
    known["ans"] = vertices[edge.head].name
    mentioned = set(re.findall(r"[^\W\d]\w*(?!\w*\()", edge.factor)) & known.keys()
    if all(known[one] for one in mentioned) and known[edge.operand]:
        text = re.sub(r"[^\W\d]\w*", lambda match: name(known.get(match[0]) or match[0]), edge.factor)
        return f"∂{name(known['ans'] or '')}/∂{name(known[edge.operand] or '')} = {text}"
    return "" if {edge.operand, *mentioned} & set(taken) else f"∂/∂{edge.operand} = {edge.factor}"


def local_words(snapshot: Snapshot, edge: Edge, operands: dict[str, int], taken: Collection[str] = ()) -> str:
    """Return the local derivative: ``∂f/∂q = z = −4``."""
    text = factor_words(snapshot, edge, operands, taken)
    if edge.local is None:
        return text
    value = number(edge.local)
    if not text:
        tail = snapshot.vertices[edge.tail].name
        return f"∂/∂{name(tail)} = {value}" if tail else f"∂ = {value}"
    return text if text.endswith(f"= {value}") else f"{text} = {value}"


def names_in(snapshot: Snapshot) -> frozenset[str]:
    """Return the names in a picture."""
    return frozenset(vertex.name for vertex in snapshot.vertices if vertex.name)


def product_words(snapshot: Snapshot, edge: Edge) -> str:
    """Return upstream × local = contribution, as far as it is known: in numbers, or by the text of the rule."""
    upstream = snapshot.vertices[edge.head].gradient
    if edge.contribution is None or upstream is None:
        return ""
    if edge.local is not None and upstream.scalar() is not None:
        factors = f"{number(upstream.scalar() or 0.0)} × {in_brackets(number(edge.local))}"
        return f"{factors} = {one_line(edge.contribution)}"
    rule = edge.rule or "the rule"
    return f"g of shape {upstream.shape} → {rule} → {edge.contribution.shape}: {one_line(edge.contribution)}"


def in_brackets(text: str) -> str:
    """Return a factor or a term that is not the first: negative ones are in brackets."""
    return f"({text})" if text.startswith("−") else text


# ------------------------------------------------------------------------------------------------------- on the whole


def caption(plan: Plan, style: Style) -> tuple[str, ...]:
    """Return the sentences under a picture: what was left out, what is wrong, what is kept."""
    lines = list(plan.notes)
    if bad := first_bad(plan.snapshot):
        lines.append(bad)
    if style.saved:
        lines.append(f"{size(plan.snapshot.saved_bytes)} are kept for the backward sweep; what is shared counts once")
    return tuple(lines)


def first_bad(snapshot: Snapshot) -> str:
    """Return where the first NaN or ∞ came up, or nothing: in the forward pass, or else in the sweep."""
    forward = (("value", vertex, vertex.value) for vertex in snapshot.vertices)
    backward = (("gradient", snapshot.vertices[i], snapshot.vertices[i].gradient) for i in snapshot.sweep)
    for what, vertex, known in (*forward, *backward):
        if known is not None and known.is_bad:
            kind = "NaN" if known.nans else "∞"
            called = vertex.name or vertex.operation or vertex.kind
            where = f", {source_words(vertex.source)}" if vertex.source is not None else ""
            return f"⚠ the first {kind} is in the {what} of {name(called)} (node {vertex.number}{where})"
    return ""


def explained(known: Numbers | None) -> str:
    """Return numbers in a line, or a dash."""
    return "–" if known is None else one_line(known)
