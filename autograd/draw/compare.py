"""What differs between two graphs, aligned by structure; or between a graph and a gradient check of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any

from ..check.result import CheckResult
from ..columns import aligned
from ..tensor import Tensor
from .data import Numbers, Snapshot, Vertex
from .dot import write_together
from .drawing import SHARP, Drawing
from .plan import MOST_FOR_DOT, make
from .render import render
from .snapshot import take
from .summary import count
from .text import name, number
from .themes import adapting
from .words import Style, explained

ENOUGH = 1e-6  # a relative difference up to which numbers are the same
FORMATS = ("dot", "svg", "png", "pdf", "txt")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Attributes
    ----------
    vertex : str
        What the vertex is called.
    what : {"value", "gradient", "structure", "numeric"}
        Numeric: the gradient is not that of the differences.
    a, b : str
        What there is in the first graph, and in the second.
    relative : float or None
        By how much of the larger one they differ.
    places : (int or None, int or None)
        The numbers of the vertex in the two snapshots.
    """

    vertex: str
    what: str
    a: str
    b: str
    relative: float | None
    places: tuple[int | None, int | None]


class Comparison:
    """Two graphs side by side, and what differs. True if something does.

    Attributes
    ----------
    differences : tuple of Difference
        In the order of the program.
    """

    def __init__(
        self, graphs: Sequence[tuple[str, Snapshot]], differences: Sequence[Difference], style: Style | None = None
    ) -> None:
        self.graphs, self.differences, self.style = tuple(graphs), tuple(differences), style or Style()

    def __bool__(self) -> bool:
        return bool(self.differences)

    def __repr__(self) -> str:
        return f"<Comparison: {count(len(self.differences), 'difference')}>"

    @cached_property
    def dot(self) -> str:
        """The graphs in DOT, one above the other, what differs on a yellow ground."""
        return self._dot()

    def _dot(self, dpi: int | None = None) -> str:
        plans = [(title, make(snapshot, fold=False), self._marks(i)) for i, (title, snapshot) in enumerate(self.graphs)]
        return write_together(plans, self.style, [f"{count(len(self.differences), 'difference')}"], dpi)

    def _marks(self, side: int) -> dict[int, str]:
        marks: dict[int, str] = {}
        for one in self.differences:
            place = one.places[side]
            if place is not None:
                by = f" by {number(100 * one.relative)} %" if one.relative is not None else ""
                told = f"≠ {one.what}{by}" if one.what != "numeric" else f"≠ numeric {one.b}"
                marks[place] = f"{marks[place]}, {told}" if place in marks else told
        return marks

    def text(self) -> str:
        """Return what differs as a table."""
        head = ("vertex", "what", *(title for title, _ in self.graphs), "numeric")[:4]
        rows = [head, *((d.vertex, d.what, d.a, d.b) for d in self.differences)]
        return "\n".join(aligned(rows)) if self.differences else "no difference"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the comparison into a file: svg, png, pdf, dot, or the table as txt.

        Raises
        ------
        ValueError
            If the suffix is another one, or the graphs are too large to be laid out.
        """
        path = Path(path)
        format = path.suffix[1:].lower()
        if format not in FORMATS:
            raise ValueError(
                f"a comparison cannot be saved as {path.name!r}: the suffix says the format, and is one of "
                f"{', '.join(f'.{known}' for known in FORMATS)}"
            )
        if format == "txt":
            path.write_text(self.text() + "\n", encoding="utf-8")
        elif format == "dot":
            path.write_text(self.dot, encoding="utf-8")
        else:
            path.write_bytes(self._rendered(format))
        return path

    def _rendered(self, format: str) -> bytes:
        vertices = sum(len(snapshot.vertices) for _, snapshot in self.graphs)
        if vertices > MOST_FOR_DOT:
            raise ValueError(
                f"these graphs have {vertices:,} nodes together, and Graphviz lays out {MOST_FOR_DOT:,}; the table has "
                'no limit: .text(), or .save("x.txt")'
            )
        picture = render(self._dot(SHARP) if format == "png" else self.dot, format)
        return adapting(picture.decode()).encode() if format == "svg" and self.style.theme == "auto" else picture

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return picture and table for Jupyter; where there is no picture, the table."""
        table = {"text/plain": f"{self!r}\n{self.text()}"}
        try:
            return {"image/svg+xml": self._rendered("svg").decode(), **table}
        except (ImportError, RuntimeError, ValueError):
            return table


def diff(a: Any, b: Any, titles: tuple[str, str] = ("before", "after"), theme: str = "auto") -> Comparison:
    """Compare two graphs, number by number: before and after a step, a right and a wrong rule.

    Parameters
    ----------
    a : Drawing, Tensor or sequence of Tensor
        The first graph.
    b : Drawing, Tensor, sequence of Tensor, or CheckResult
        The second one, or what :func:`autograd.gradcheck` has found: then the inputs of `a` that failed are marked,
        each with the slope by differences. They are found by their names.
    titles : (str, str), default ("before", "after")
        What the two are called.
    theme : {"auto", "light", "dark"}
        As in :func:`autograd.draw`.

    Returns
    -------
    Comparison
        ``text()`` is a table; it shows itself in Jupyter, and ``save("x.svg")`` writes it.

    Raises
    ------
    TypeError
        If something else is given.

    Examples
    --------
    >>> from autograd import Tensor, draw
    >>> w = Tensor(2.0, requires_grad=True, name="w")
    >>> before = draw(w * w)
    >>> w.data = 3.0
    >>> print(draw.diff(before, w * w).text())
    vertex  what   before  after
    w       value  2       3
    output  value  4       9
    """
    first, style = _snapshot(a), Style(theme=theme)
    if isinstance(b, CheckResult):
        return Comparison([("analytic", first)], _failures(first, b), style)
    second = _snapshot(b)
    return Comparison([(titles[0], first), (titles[1], second)], _differences(first, second), style)


def _snapshot(given: Any) -> Snapshot:
    if isinstance(given, Drawing):
        return given.snapshot
    tensors = list(given) if isinstance(given, (list, tuple)) else [given]
    if not tensors or not all(isinstance(one, Tensor) for one in tensors):
        raise TypeError(
            f"draw.diff() was given {type(given).__name__}; it compares drawings or Tensors, as in "
            "draw.diff(before, after), or a drawing with what gradcheck has found"
        )
    return take(tensors)


def _differences(a: Snapshot, b: Snapshot) -> list[Difference]:
    found: list[Difference] = []
    mine, yours = ([_signature(v) for v in s.vertices] for s in (a, b))
    blocks: Sequence[tuple[str, int, int, int, int]] = [("equal", 0, len(mine), 0, len(yours))]
    if mine != yours:
        blocks = SequenceMatcher(None, mine, yours, autojunk=False).get_opcodes()
    for kind, i, j, k, m in blocks:
        if kind == "equal":
            for one, other in zip(a.vertices[i:j], b.vertices[k:m], strict=True):
                found += _between(one, other)
            continue
        for vertex in a.vertices[i:j]:
            found.append(Difference(_called(vertex), "structure", "here", "–", None, (vertex.number, None)))
        for vertex in b.vertices[k:m]:
            found.append(Difference(_called(vertex), "structure", "–", "here", None, (None, vertex.number)))
    return found


def _signature(vertex: Vertex) -> tuple[Any, ...]:
    return vertex.kind, vertex.operation, vertex.shape


def _called(vertex: Vertex) -> str:
    output = "output" if vertex.is_output else None
    return name(vertex.name or output or vertex.operation or f"{vertex.kind} {vertex.number}")


def _between(one: Vertex, other: Vertex) -> list[Difference]:
    found = []
    for what, a, b in (("value", one.value, other.value), ("gradient", one.gradient, other.gradient)):
        relative = _distance(a, b)
        if relative is None or relative > ENOUGH:
            places = (one.number, other.number)
            found.append(Difference(_called(one), what, explained(a), explained(b), relative, places))
    return found


def _distance(a: Numbers | None, b: Numbers | None) -> float | None:
    """Return the largest difference, relative to the largest number; None if only one is known, or one is bad."""
    if a is None or b is None:
        return 0.0 if a is b else None
    if a == b or (a.is_bad and b.is_bad and repr(a) == repr(b)):
        return 0.0
    if a.is_bad or b.is_bad:
        return None
    told = (
        (a.elements, b.elements)
        if a.elements and b.elements
        else ((a.low, a.mean, a.high, a.rms), (b.low, b.mean, b.high, b.rms))
    )
    pairs = [(float(x or 0.0), float(y or 0.0)) for x, y in zip(*told, strict=True)]
    largest = max(max(abs(x), abs(y)) for x, y in pairs)
    return max(abs(x - y) for x, y in pairs) / largest if largest else 0.0


def _failures(snapshot: Snapshot, result: CheckResult) -> list[Difference]:
    leaves = {vertex.name: vertex.number for vertex in snapshot.vertices if vertex.kind == "parameter" and vertex.name}
    return [
        Difference(
            name(row.name),
            "numeric",
            "–" if row.analytic is None else number(row.analytic),
            "–" if row.numeric is None else number(row.numeric),
            row.relative_error,
            (leaves.get(row.name), None),
        )
        for row in result.failed
    ]
