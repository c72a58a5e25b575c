"""A snapshot in DOT, the language of Graphviz.

The picture follows the lecture: a box for each operation and each leaf, the value above it in green, the gradient below
it in red and after a ∂. Operations are round and blue, parameters square and yellow, constants dotted and grey, white
if they were not kept; what the drawing was asked for has a thick frame. A Module is a frame around what it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PureWindowsPath

from .snapshot import Edge, Scope, Snapshot, Vertex
from .text import escaped, name, numbers, quoted

VALUE, GRADIENT, QUIET = "#006d4f", "#b3121d", "#5c6670"
FILLS = {"operation": "#e6effa", "parameter": "#fdeabf", "constant": "#f4f5f6", "unknown": "#ffffff"}
FRAMES = {"operation": "#3b5b85", "parameter": "#8a5a00", "constant": "#8b949e", "unknown": "#8b949e"}
STYLES = {"operation": "ROUNDED", "parameter": "SOLID", "constant": "DOTTED", "unknown": "DOTTED"}

SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "xʸ", "matmul": "@"}
WORDS = {
    "gather": "x[{}]",
    "put": "x[{}] = value",
    "scatter": "0[{}] += x",  # zeros, with x added at the index
    "alias": "copy of the same",
}
INTERCHANGEABLE = {"add", "multiply", "maximum", "minimum", "logaddexp"}  # their operands need no names

_FONT = 'fontname="Helvetica,Arial,sans-serif"'
_HEAD = (
    "digraph {",
    '  graph [rankdir=LR bgcolor="white" pad=0.15 nodesep=0.2 ranksep=0.4 nslimit=4 nslimit1=4]',
    f"  node [shape=plain {_FONT} fontsize=13]",
    '  edge [color="#4a5560" arrowsize=0.7]',
)
_FRAME = f'style=rounded color="#a9b4c0" labeljust=l fontcolor="{QUIET}" fontsize=12 {_FONT}'


def write(snapshot: Snapshot, dpi: int | None = None) -> str:
    """Return the snapshot as the text of a DOT file.

    Parameters
    ----------
    snapshot : Snapshot
        What to draw.
    dpi : int, optional
        Dots per inch, for a picture that is made of dots.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw.dot import write
    >>> from autograd.draw.snapshot import take
    >>> print(write(take([Tensor(3.0, requires_grad=True, name="x")])).splitlines()[0])
    digraph {
    """
    operands: list[list[Edge]] = [[] for _ in snapshot.vertices]
    for edge in snapshot.edges:
        operands[edge.head].append(edge)
    lines = [*_HEAD, *([] if dpi is None else [f"  graph [dpi={dpi}]"]), *_vertices(snapshot, operands)]
    for vertex in snapshot.vertices:
        lines += _edges(vertex, operands[vertex.number])
    return "\n".join([*lines, "}", ""])


# ------------------------------------------------------------------------------------------------------- the statements


def _vertices(snapshot: Snapshot, operands: list[list[Edge]]) -> Iterator[str]:
    """Yield the vertices, each inside the frame of its Module call; frames may be inside of one another."""
    members: dict[int | None, list[Vertex]] = {None: []}
    for vertex in snapshot.vertices:
        members.setdefault(vertex.scope, []).append(vertex)
    for vertex in members[None]:
        yield _statement(vertex, operands[vertex.number])
    around: list[int] = []
    for scope in snapshot.scopes:
        while around and around[-1] != scope.parent:
            around.pop()
            yield "  }"
        around.append(scope.number)
        yield f"  subgraph cluster_{scope.number} {{"
        yield f"  graph [label=<{escaped(_title(scope))}> {_FRAME}]"
        for vertex in members.get(scope.number, ()):
            yield _statement(vertex, operands[vertex.number])
    yield from ("  }" for _ in around)


def _title(scope: Scope) -> str:
    named = scope.name not in ("", scope.kind)
    return f"{name(scope.name)}: {name(scope.kind)}" if named else name(scope.kind)


def _statement(vertex: Vertex, operands: list[Edge]) -> str:
    return f"  n{vertex.number} [tooltip={quoted(_tooltip(vertex))} label=<{_label(vertex, operands)}>]"


def _tooltip(vertex: Vertex) -> str:
    if vertex.kind == "unknown":
        return "its value is kept under autograd.trace()"
    words = [name(vertex.operation or vertex.kind)]
    if vertex.shape is not None:
        words.append(f"{vertex.shape} {vertex.dtype}")
    if vertex.source is not None:
        file, line, function = vertex.source
        words.append(f"line {line} of {name(PureWindowsPath(file).name)} in {name(function)}")
    return ", ".join(words)


def _edges(vertex: Vertex, operands: list[Edge]) -> Iterator[str]:
    named = _has_named_operands(vertex, operands)
    for i, edge in enumerate(operands):
        yield f"  n{edge.tail}:box:e -> n{edge.head}:{f'i{i}' if named else 'box'}:w"


def _has_named_operands(vertex: Vertex, operands: list[Edge]) -> bool:
    return len(operands) > 1 and vertex.operation not in INTERCHANGEABLE


# ----------------------------------------------------------------------------------------------------------- the labels


def _label(vertex: Vertex, operands: list[Edge]) -> str:
    """Return a table of three rows: value, box, gradient. Both or none are there, so that the box is in the middle."""
    box = _box(vertex, operands)
    above = "" if _is_bare_number(vertex) or vertex.value is None else _text(numbers(vertex.value))
    below = _below(vertex)
    if not above and not below:
        return box
    return (
        '<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">'
        f"<TR><TD>{_colored(above, VALUE)}</TD></TR>"
        f"<TR><TD>{box}</TD></TR>"
        f"<TR><TD>{below or '&#160;'}</TD></TR>"
        "</TABLE>"
    )


def _below(vertex: Vertex) -> str:
    """Return the gradient, or why an output has none."""
    if vertex.gradient is not None:
        return _colored(_text("∂ " + numbers(vertex.gradient).replace("\n", "\n   ")), GRADIENT)
    return (
        _small("requires no gradient: nothing was recorded") if vertex.kind == "constant" and vertex.is_output else ""
    )


def _box(vertex: Vertex, operands: list[Edge]) -> str:
    title = _stacked(list(_lines(vertex)))
    named = _has_named_operands(vertex, operands)
    rows = _beside_doors(title, operands) if named else f"<TR><TD>{title}</TD></TR>"
    kind = vertex.kind
    width, padding = (3, 5) if vertex.is_output else (1, 3)
    return (
        f'<TABLE PORT="box" STYLE="{STYLES[kind]}" BORDER="{width}" COLOR="{FRAMES[kind]}" BGCOLOR="{FILLS[kind]}" '
        f'CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{rows}</TABLE>'
    )


def _stacked(lines: list[str]) -> str:
    """Return lines of different sizes one above the other; line breaks would let the small ones touch the large."""
    if len(lines) == 1:
        return lines[0]
    rows = "".join(f"<TR><TD>{line}</TD></TR>" for line in lines)
    return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'


def _beside_doors(title: str, operands: list[Edge]) -> str:
    """Return rows with the title in the middle, a door for each operand on the left, and as much room on the right."""
    names = [_small(f"<I>{escaped(name(edge.operand))}</I>") for edge in operands]
    first, *others = [f'<TD PORT="i{i}">{text}</TD>' for i, text in enumerate(names)]
    rows = [f'{first}<TD ROWSPAN="{len(operands)}">{title}</TD><TD> </TD>', *(f"{door}<TD> </TD>" for door in others)]
    return "".join(f"<TR>{row}</TR>" for row in rows)


def _lines(vertex: Vertex) -> Iterator[str]:
    """Yield what is written inside the box."""
    if vertex.kind == "unknown":
        yield _small("not kept")
    if vertex.name:
        yield f"<B>{escaped(name(vertex.name))}</B>"
    elif vertex.is_output:
        yield "<I>output</I>"
    elif vertex.kind == "parameter":
        yield "<I>leaf</I>"
    if vertex.operation in SIGNS:
        yield f'<FONT POINT-SIZE="20">{SIGNS[vertex.operation]}</FONT>'
    elif vertex.operation is not None:
        words = WORDS.get(vertex.operation, "")
        yield escaped(words.format(name(vertex.index or "…")) if words else name(vertex.operation))
    if vertex.value is not None and _is_bare_number(vertex):
        yield _colored(_text(numbers(vertex.value)), VALUE)
    if vertex.shape:
        yield _small(f"{vertex.shape} {vertex.dtype}")
    if vertex.is_rewritten:
        yield _small("<I>changed since</I>")


def _is_bare_number(vertex: Vertex) -> bool:
    """Whether a vertex is a constant without a name: its value is all that it is, and stands inside the box."""
    return vertex.kind == "constant" and not vertex.shape and not vertex.name and not vertex.is_output


def _text(lines: str) -> str:
    """Return text of several lines, which keep their indentation."""
    first, *others = lines.split("\n")
    if not others:
        return escaped(first)
    return "".join(f'{escaped(line).replace(" ", "&#160;")}<BR ALIGN="LEFT"/>' for line in (first, *others))


def _colored(text: str, color: str) -> str:
    return f'<FONT COLOR="{color}">{text or "&#160;"}</FONT>'


def _small(text: str) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{QUIET}">{text}</FONT>'
