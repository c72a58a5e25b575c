"""A plan in DOT, the language of Graphviz.

The picture follows the lecture: a box for each operation and each leaf, the value above it in green, the gradient below
it in red and after a ∂. Operations are round and blue, parameters square and yellow, constants dotted and grey, white
if they were not kept; what the drawing was asked for has a thick frame. A Module is a frame around what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .labels import label, legend, text_rows
from .plan import Box, Plan, Wire
from .text import escaped, quoted
from .themes import DIFFERENT, LIGHT, THEMES
from .words import (
    FEW_WIRES,
    Line,
    Style,
    caption,
    card,
    frame_title,
    has_named_operands,
    local_words,
    names_in,
    product_words,
)

_FONT = 'fontname="Helvetica,Arial,sans-serif"'


def write(plan: Plan, style: Style | None = None, dpi: int | None = None) -> str:
    """Return a plan as the text of a DOT file.

    Parameters
    ----------
    plan : Plan
        What to draw.
    style : Style, optional
        How.
    dpi : int, optional
        Dots per inch, for a picture that is made of dots.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw.dot import write
    >>> from autograd.draw.plan import make
    >>> from autograd.draw.snapshot import take
    >>> print(write(make(take([Tensor(3.0, requires_grad=True, name="x")]))).splitlines()[0])
    digraph {
    """
    writer = _Writer(plan, style or Style())
    return "\n".join(["digraph {", *writer.head(dpi), *writer.boxes(), *writer.wires(), "}", ""])


def write_together(
    plans: Sequence[tuple[str, Plan, Mapping[int, str]]], style: Style, sentences: Sequence[str], dpi: int | None = None
) -> str:
    """Return several plans as one DOT text: each with a title, in a frame, and with marks on some vertices."""
    lines = ["digraph {"]
    for i, (title, plan, marks) in reversed(list(enumerate(plans))):  # Graphviz begins at the bottom
        prefix = f"{style.prefix}{'abc'[i]}"
        writer = _Writer(plan, replace(style, prefix=prefix), marks)
        if i == len(plans) - 1:
            lines += writer.head(dpi, sentences)
        lines += [
            f"  subgraph cluster_{prefix} {{",
            f"  graph [label=<<B>{escaped(title)}</B>> style=dashed labelloc=t]",
        ]
        lines += [*writer.boxes(), "  }", *writer.wires()]
    return "\n".join([*lines, "}", ""])


class _Writer:
    """What is known while a plan is being written."""

    def __init__(self, plan: Plan, style: Style, marks: Mapping[int, str] | None = None) -> None:
        self.plan, self.style, self.marks = plan, style, marks or {}
        self.theme: Mapping[str, str] = THEMES.get(style.theme, LIGHT)
        self.incoming = plan.incoming()
        self.is_down = style.direction == "down"
        self.taken = names_in(plan.snapshot)
        self.has_local = len(plan.wires) <= FEW_WIRES if style.local is None else style.local
        # What was computed goes straight on; but where wires have labels, these would come to lie on the main wire.
        is_labelled = any(edge.cut or (self.has_local and edge.local) for wire in plan.wires for edge in wire.edges)
        self.is_straight = len(plan.wires) > FEW_WIRES or not is_labelled

    def head(self, dpi: int | None, sentences: Sequence[str] | None = None) -> Iterator[str]:
        theme = self.theme
        spread = "ranksep=0.25" if self.is_down else "ranksep=0.3" if self.has_local else "ranksep=0.4"
        rank = "TB" if self.is_down else "LR"
        yield f'  graph [rankdir={rank} bgcolor="{theme["paper"]}" pad=0.15 nodesep=0.2 {spread} nslimit=4 nslimit1=4]'
        yield f'  node [shape=plain {_FONT} fontsize=13 fontcolor="{theme["ink"]}"]'
        yield f'  edge [color="{theme["wire"]}" arrowsize=0.7 {_FONT} fontsize=10 fontcolor="{theme["quiet"]}"]'
        told = caption(self.plan, self.style) if sentences is None else sentences
        below = [*text_rows(told, theme), *legend(self.style, theme)]
        if below:
            table = f'<TABLE BORDER="0" CELLSPACING="2" CELLPADDING="2">{"".join(below)}</TABLE>'
            yield f"  graph [labelloc=b labeljust=l {_FONT} fontsize=11 label=<{table}>]"
        if dpi is not None:
            yield f"  graph [dpi={dpi}]"

    def boxes(self) -> Iterator[str]:
        """Yield the boxes, each inside its frame; frames may be inside of one another."""
        members: dict[int | None, list[Box]] = {None: []}
        for box in self.plan.boxes:
            members.setdefault(box.scope, []).append(box)
        for box in members[None]:
            yield self._statement(box)
        around: list[int] = []
        prefix = self.style.prefix
        for place, frame in enumerate(self.plan.frames):
            while around and around[-1] != frame.parent:
                around.pop()
                yield "  }"
            around.append(place)
            yield f"  subgraph cluster_{prefix}{frame.scope.number} {{"
            yield (
                f'  graph [label=<{escaped(frame_title(frame))}> style=rounded color="{self.theme["frame"]}" '
                f'labeljust=l labelloc=t fontcolor="{self.theme["quiet"]}" fontsize=12 {_FONT}]'
            )
            for box in members.get(frame.scope.number, ()):
                yield self._statement(box)
        yield from ("  }" for _ in around)

    def _statement(self, box: Box) -> str:
        words = card(self.plan, box, self.style)
        if box.vertex is not None and box.vertex.number in self.marks:
            line = Line(self.marks[box.vertex.number], "small")
            words = replace(words, lines=(*words.lines, line), health=DIFFERENT)
        node = f"{self.style.prefix}n{box.number}"
        same = f' class="leaf{box.vertex.number}"' if box.uses > 1 and box.vertex is not None else ""
        doors = () if self.is_down else self.incoming[box.number]  # they are on the left
        inside = label(words, box, doors, self.theme)
        return f"  {node} [id={quoted(node)}{same} tooltip={quoted(words.tooltip)} label=<{inside}>]"

    def wires(self) -> Iterator[str]:
        for box in self.plan.boxes:
            incoming = self.incoming[box.number]
            named = has_named_operands(box.vertex, len(incoming))
            operands = {edge.operand: edge.tail for wire in incoming for edge in wire.edges}
            for i, wire in enumerate(incoming):
                tail, head = self._end(wire.tail), self._end(wire.head)
                if self.is_down:  # from below the gradient to above the value
                    ends = f"{tail}:s -> {head}:n"
                else:
                    ends = f"{tail}:box:e -> {head}:{f'i{i}' if named else 'box'}:w"
                yield f"  {ends}{self._told(wire, operands)}"

    def _end(self, number: int) -> str:
        return f"{self.style.prefix}n{number}"

    def _told(self, wire: Wire, operands: dict[str, int]) -> str:
        """Return the attributes of a wire: why it is cut, its local derivative, its part of the gradient."""
        edge = wire.edges[0]
        parts = ["weight=4"] if self.is_straight and self._is_main(wire) else []
        if len(wire.edges) > 1:
            return f" [{' '.join(parts)} penwidth=2 tooltip={quoted(f'{len(wire.edges)} wires')}]"
        if edge.cut is not None:
            return f" [style=dashed arrowhead=none label={quoted(f'✂ {edge.cut}')} tooltip={quoted(edge.cut)}]"
        snapshot = self.plan.snapshot
        product = product_words(snapshot, edge)
        words = local_words(snapshot, edge, operands, self.taken) if product and edge.local is not None else ""
        if product:
            parts.append(f"tooltip={quoted(product)}")
        if words and self.has_local:
            parts += [f"label={quoted(words)}", f"labeltooltip={quoted(product)}"]
        return f" [{' '.join(parts)}]" if parts else ""

    def _is_main(self, wire: Wire) -> bool:
        tail = self.plan.boxes[wire.tail].vertex
        return tail is None or tail.kind == "operation"
