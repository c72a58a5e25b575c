"""The film of a training: one graph, and its numbers at each step that was recorded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..graph import trace
from ..tensor import Tensor
from .data import Snapshot
from .plan import make
from .player import Player, player
from .snapshot import take
from .text import number, numbers
from .words import Style

MOST_CELLS = 300_000  # numbers that a film keeps: moments × vertices


class Filmstrip:
    """Records the graph of a loss at every so many training steps. A context manager.

    Call it with the loss after each ``backward()``, before the optimiser's step. Only the steps that are recorded run
    under ``trace()``. Of each vertex the film keeps two short texts a moment; when there are too many moments, every
    second one is dropped, and from then on every second one is recorded.

    Parameters
    ----------
    every : int, default 10
        Record each so-many-th step, the first one included.
    most : int, default 200
        Keep at most so many moments.

    Attributes
    ----------
    moments : list of (int, Snapshot or dict)
        The steps that were recorded.

    Raises
    ------
    ValueError
        If a parameter is less than 1 (2 for `most`).
    """

    def __init__(self, every: int = 10, most: int = 200) -> None:
        if every < 1 or most < 2:
            raise ValueError(f"filmstrip(every={every}, most={most}): every is at least 1, and most at least 2")
        self.every, self.most = every, most
        self.moments: list[dict[str, Any]] = []
        self._snapshot: Snapshot | None = None
        self._step = 0
        self._trace: trace | None = None

    def __enter__(self) -> Filmstrip:
        self._be_ready()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop_tracing()

    def __repr__(self) -> str:
        return f"<Filmstrip: {len(self.moments)} moments of {self._step} steps>"

    def __call__(self, loss: Tensor) -> None:
        """Say that a training step has been made, with this loss; it is recorded if it is its turn.

        Raises
        ------
        ValueError
            If the graph is not the one of the first step.
        """
        if self._step % self.every == 0:
            self._record(loss)
        self._step += 1
        self._be_ready()

    def player(self) -> Player:
        """Return the page with a second slider, over the training steps. The layout is that of the last moment.

        Raises
        ------
        ValueError
            If nothing was recorded.
        """
        if self._snapshot is None:
            raise ValueError("this film is empty; call it after each backward(): film(loss)")
        return player(make(self._snapshot), Style(), {"moments": self.moments})

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page into a file, and return its path."""
        return self.player().save(path)

    def _repr_html_(self) -> str:
        return self.player()._repr_html_()

    def _be_ready(self) -> None:
        """Trace the next step if it will be recorded."""
        wanted = self._step % self.every == 0
        if wanted and self._trace is None:
            self._trace = trace()
            self._trace.__enter__()
        elif not wanted:
            self._stop_tracing()

    def _stop_tracing(self) -> None:
        if self._trace is not None:
            self._trace.__exit__(None, None, None)
            self._trace = None

    def _record(self, loss: Tensor) -> None:
        snapshot = take([loss])
        if self._snapshot is not None and _structure(snapshot) != _structure(self._snapshot):
            raise ValueError(
                f"the graph of step {self._step} is not the one of step {self.moments[-1]['step']}: other operations, "
                "shapes or wires; a film shows one graph, so give it batches of one size and a model that does the "
                "same at each step"
            )
        self._snapshot = snapshot
        texts = {
            vertex.number: [
                "" if vertex.value is None else numbers(vertex.value),
                "" if vertex.gradient is None else "∂ " + numbers(vertex.gradient).replace("\n", "\n   "),
            ]
            for vertex in snapshot.vertices
        }
        title = f"loss {number(loss.item())}" if loss.size == 1 else ""
        self.moments.append({"step": self._step, "title": title, "numbers": texts})
        if len(self.moments) > self.most or len(self.moments) * len(texts) > MOST_CELLS > 2 * len(texts):
            del self.moments[1::2]
            self.every *= 2


def filmstrip(every: int = 10, most: int = 200) -> Filmstrip:
    """Return a film of a training, to be used as a context manager.

    Parameters
    ----------
    every : int, default 10
        Record each so-many-th step.
    most : int, default 200
        Keep at most so many moments.

    Returns
    -------
    Filmstrip
        Called with the loss at each step; ``save("training.html")`` writes its page.

    Examples
    --------
    >>> from autograd import Tensor, draw
    >>> w = Tensor(1.0, requires_grad=True, name="w")
    >>> with draw.filmstrip(every=2) as film:
    ...     for step in range(5):
    ...         w.grad = None
    ...         loss = (w - 3.0) ** 2
    ...         loss.backward()
    ...         film(loss)
    ...         w.data = w.data - 0.1 * w.grad.data
    >>> film
    <Filmstrip: 3 moments of 5 steps>
    """
    return Filmstrip(every, most)


def _structure(snapshot: Snapshot) -> Any:
    vertices = [(v.kind, v.operation, v.shape) for v in snapshot.vertices]
    return vertices, [(edge.tail, edge.head, edge.operand) for edge in snapshot.edges]
