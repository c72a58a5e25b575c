"""Drawing: what ``autograd.draw`` returns, and what Jupyter shows."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from .dot import write
from .render import render
from .snapshot import Snapshot

FORMATS = ("dot", "svg", "png", "pdf")
MOST_VERTICES = 1500  # Graphviz needs about a minute for these, and the time grows with the square
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
        size = len(self.snapshot.vertices)
        if size > MOST_VERTICES:
            raise ValueError(
                f"this graph has {size:,} nodes, and Graphviz would take very long for more than {MOST_VERTICES:,}; "
                "draw a smaller one (one example, one layer, fewer steps). The DOT text has no limit: "
                'drawing.save("x.dot")'
            )
        return render(write(self.snapshot, dpi=SHARP) if format == "png" else self.dot, format)

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


def _count(things: tuple[object, ...], word: str) -> str:
    return f"{len(things):,} {word}" + ("" if len(things) == 1 else "s")
