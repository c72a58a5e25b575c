"""Drawing: what ``autograd.draw`` returns, and what Jupyter shows."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from .dot import write
from .render import render
from .snapshot import Snapshot

FORMATS = ("dot", "svg", "png", "pdf")
MOST_VERTICES = 1500  # beyond, nobody could read it
MOST_RANKS = 12_000  # what the edges may cross together: Graphviz then needs some seconds, and soon after minutes
SHARP = 192  # dots per inch of a PNG: a projector shows it large


class Drawing:
    """A picture of a graph as it was when ``autograd.draw`` was called.

    Jupyter shows it by itself, as the last line of a cell. What happens to the graph later does not change it.

    Attributes
    ----------
    snapshot : Snapshot
        The graph as plain data.
    dot : str
        The picture in DOT, the language of Graphviz. Needs nothing installed.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw import draw
    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> drawing = draw(x * x)
    >>> drawing
    <Drawing: 2 nodes, 2 edges>
    >>> "×" in drawing.dot
    True
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def __repr__(self) -> str:
        return f"<Drawing: {_count(self.snapshot.vertices, 'node')}, {_count(self.snapshot.edges, 'edge')}>"

    @cached_property
    def dot(self) -> str:
        """The picture in DOT, the language of Graphviz."""
        return write(self.snapshot)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture into a file; the suffix says how.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.svg``, ``.png``, ``.pdf`` or ``.dot``.

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        ValueError
            If the suffix is another one, or the graph is too large to be laid out.
        ImportError
            If Graphviz is needed and not installed.
        RuntimeError
            If Graphviz failed.
        """
        path = Path(path)
        format = path.suffix[1:].lower()
        if format not in FORMATS:
            raise ValueError(
                f"a drawing cannot be saved as {path.name!r}: the suffix says the format, and is one of "
                f"{', '.join(f'.{known}' for known in FORMATS)}"
            )
        path.write_bytes(self.dot.encode() if format == "dot" else self._rendered(format))
        return path

    def _rendered(self, format: str) -> bytes:
        self._refuse_if_too_large()
        return render(write(self.snapshot, dpi=SHARP) if format == "png" else self.dot, format)

    def _refuse_if_too_large(self) -> None:
        text = 'the DOT text has no limit: drawing.dot, or drawing.save("x.dot")'
        if len(self.snapshot.vertices) > MOST_VERTICES:
            raise ValueError(
                f"this graph has {len(self.snapshot.vertices):,} nodes, and a picture at most {MOST_VERTICES:,}; "
                f"draw a smaller one (one example, one layer, fewer steps); {text}"
            )
        if _ranks_crossed(self.snapshot) > MOST_RANKS:
            raise ValueError(
                f"the {len(self.snapshot.edges):,} edges of this graph are so long (a leaf is used again and again, "
                "far away) that Graphviz would take minutes to lay them out; for a loop, draw its first steps: "
                "autograd.draw(result) after ten of them, or run it for ten; or its last: begin them with "
                f"w = Tensor(w.data, requires_grad=True); {text}, and who has the minutes runs dot -Tsvg x.dot -o x.svg"
            )

    def _repr_svg_(self) -> str | None:
        """Return the picture for Jupyter, or None where it cannot be made."""
        try:
            return self._rendered("svg").decode()
        except (ImportError, RuntimeError, ValueError):
            return None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the picture for Jupyter; where it cannot be made, say why instead of failing."""
        try:
            return {"image/svg+xml": self._rendered("svg").decode(), "text/plain": repr(self)}
        except (ImportError, RuntimeError, ValueError) as problem:
            return {"text/plain": f"{self!r}\n{problem}"}


def _ranks_crossed(snapshot: Snapshot) -> int:
    """Return the length of all edges together, in ranks: a leaf stands beside what uses it first."""
    ranks: dict[int, int] = {}
    for edge in snapshot.edges:  # ordered by their heads, so that the rank of an operation among the tails is known
        ranks[edge.head] = max(ranks.get(edge.head, 0), ranks.get(edge.tail, 0) + 1)
    operations = set(ranks)
    for edge in snapshot.edges:
        if edge.tail not in operations:
            ranks[edge.tail] = min(ranks.get(edge.tail, ranks[edge.head]), ranks[edge.head] - 1)
    return sum(ranks[edge.head] - ranks[edge.tail] for edge in snapshot.edges)


def _count(things: tuple[object, ...], word: str) -> str:
    return f"{len(things):,} {word}" + ("" if len(things) == 1 else "s")
