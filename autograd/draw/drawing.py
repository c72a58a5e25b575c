"""Drawing: what ``autograd.draw`` returns, and what Jupyter shows."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from .data import Snapshot
from .dot import write
from .layout import layered, size_of
from .plan import MOST, MOST_FOR_DOT, Plan, make
from .player import Player, player
from .render import TooSlow, can_render, render
from .summary import count
from .svg import write_svg
from .themes import adapting
from .tree import tree
from .words import Style, card

FORMATS = ("dot", "svg", "png", "pdf", "html", "txt")
SHARP, PLAIN = 192, 72  # dots per inch of a PNG: a projector shows it large, but a wide picture has too many dots
WIDE = 60  # boxes


class Drawing:
    """A picture of a graph as it was when ``autograd.draw`` was called.

    Jupyter shows it by itself, as the last line of a cell. What happens to the graph later does not change it.

    Attributes
    ----------
    snapshot : Snapshot
        The graph as plain data; ``snapshot.to_dict()`` can be stored as JSON.
    plan : Plan
        What of it is shown.
    style : Style
        How.
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

    def __init__(self, snapshot: Snapshot, style: Style | None = None, **chosen: Any) -> None:
        self.snapshot = snapshot
        self.style = style or Style()
        self.plan: Plan = make(snapshot, **chosen)

    def __repr__(self) -> str:
        size = f"{count(len(self.snapshot.vertices), 'node')}, {count(len(self.snapshot.edges), 'edge')}"
        shown = len(self.plan.boxes)
        is_all = shown >= len(self.snapshot.vertices)
        return f"<Drawing: {size}>" if is_all else f"<Drawing: {size}, in {shown:,} boxes>"

    @cached_property
    def dot(self) -> str:
        """The picture in DOT, the language of Graphviz."""
        return write(self.plan, self.style)

    def text(self) -> str:
        """Return the picture as a tree of text, for a terminal."""
        return tree(self.plan, self.style)

    def player(self) -> Player:
        """Return the page on which one steps through the graph, forward and backward.

        Returns
        -------
        Player
            Jupyter shows it by itself; ``save("x.html")`` writes it.

        Raises
        ------
        ValueError
            If the graph is too large to be shown.
        """
        self._refuse_if_too_large()
        return player(self.plan, self.style)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture into a file; the suffix says how.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.svg``, ``.png``, ``.pdf``, ``.dot``, ``.txt`` (a tree of text) or ``.html`` (the player).

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        ValueError
            If the suffix is another one, or the graph is too large to be laid out.
        ImportError
            If Graphviz is needed and not installed: for png and pdf.
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
        path.write_bytes(self._as(format))
        return path

    def _as(self, format: str) -> bytes:
        if format == "dot":
            return self.dot.encode()
        if format == "txt":
            return f"{self.text()}\n".encode()
        if format == "html":
            return self.player().html.encode()
        return self._svg().encode() if format == "svg" else self._rendered(format)

    def _svg(self) -> str:
        """Return the SVG that Graphviz makes, or where it cannot, that of our own layout."""
        self._refuse_if_too_large()
        made = None
        if len(self.plan.boxes) <= MOST_FOR_DOT and can_render():
            try:
                made = render(self.dot, "svg").decode()
            except RuntimeError:  # it failed, or was too slow
                made = None
        if made is None:
            cards = [card(self.plan, box, self.style) for box in self.plan.boxes]
            made = write_svg(
                self.plan, cards, layered(self.plan, [size_of(one) for one in cards], self.style.direction), self.style
            )
        return adapting(made, self._shared_leaves()) if self.style.theme == "auto" else made

    def _shared_leaves(self) -> list[int]:
        """Return the leaves that are drawn once for each use: pointing at one shows all of them."""
        return list(dict.fromkeys(box.vertex.number for box in self.plan.boxes if box.uses > 1 and box.vertex))

    def _rendered(self, format: str) -> bytes:
        self._refuse_if_too_large()
        boxes = len(self.plan.boxes)
        way_out = 'save it as .svg, which then has a layout of our own, or draw less of it: depth=1, focus="name"'
        if boxes > MOST_FOR_DOT:
            raise ValueError(
                f"a {format} is drawn by Graphviz, of at most {MOST_FOR_DOT:,} boxes, not {boxes:,}; {way_out}"
            )
        try:
            return render(
                write(self.plan, self.style, dpi=SHARP if boxes <= WIDE else PLAIN) if format == "png" else self.dot,
                format,
            )
        except TooSlow as problem:
            raise RuntimeError(f"{problem}; {way_out}") from None

    def _refuse_if_too_large(self) -> None:
        boxes = len(self.plan.boxes)
        if boxes > MOST:
            raise ValueError(
                f"this drawing has {boxes:,} boxes, and nobody can read more than {MOST:,}; collapse its modules "
                '(depth=1), show a part (focus="name", radius=3), or draw one step of a loop; the DOT text has no '
                'limit: .save("x.dot")'
            )

    def _repr_svg_(self) -> str | None:
        """Return the picture for Jupyter, or None where it cannot be made."""
        try:
            return self._svg()
        except ValueError:
            return None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the picture for Jupyter; where it cannot be made, say why instead of failing."""
        try:
            return {"image/svg+xml": self._svg(), "text/plain": repr(self)}
        except ValueError as problem:
            return {"text/plain": f"{self!r}\n{problem}"}
