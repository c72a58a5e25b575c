"""Packing: the parameters of a group, and what a rule remembers about them, laid end to end in one buffer each.

A rule that works element by element does not care where one parameter ends and the next begins. So a step over fifty
small tensors can be a handful of NumPy calls over one long array, and one over a large tensor can go piece by piece,
each small enough that all that the rule reads and writes of it stays in the cache.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.arrays import beside

from .parameters import called

# Elements of a piece. Adam goes through five arrays; of float32 they fill 800 kB, which the cache of one core holds.
# Smaller pieces were slower: a NumPy call costs as much as a thousand elements.
PIECE = 40_000


def why_not(params: Sequence[Tensor]) -> str | None:
    """Say what forbids to pack these parameters, or None if nothing does.

    The parameters get other arrays, with the same values. So nobody else may hold the old ones: another Tensor, a view,
    a variable. They would not see the training any more.
    """
    for parameter in params:
        if type(parameter._data) is not np.ndarray:
            return f"the values of {called(parameter)} are a {type(parameter._data).__name__}, not a NumPy array"
        if parameter.dtype != params[0].dtype:
            return f"{called(parameter)} has dtype {parameter.dtype}, but {called(params[0])} has {params[0].dtype}"
        if parameter._data.base is not None or _holders(parameter) != _ALONE:
            return f"something else holds the array of {called(parameter)} as well, and would not see it change"
    return None


def _holders(parameter: Tensor) -> int:
    """Count who holds the array, beside the node of the Tensor itself, which keeps small values for a drawing."""
    return sys.getrefcount(parameter._data) - (getattr(parameter.node, "value", None) is parameter._data)


_ALONE = _holders(Tensor([0.0], requires_grad=True))  # only the Tensor holds its array; interpreters count differently


@dataclass
class Piece:
    """A stretch of the buffers, and of which parameters' elements it is made."""

    values: Any
    memory: dict[str, Any]
    parts: list[tuple[int, slice]]  # the number of the parameter, and which of its elements
    gathered: Any  # where the gradients of several parameters are put side by side

    def gradient(self, gradients: Sequence[Any]) -> Any:
        """Return the gradient by the elements of this piece."""
        if len(self.parts) == 1:
            ((i, elements),) = self.parts
            return gradients[i].reshape(-1)[elements]
        return np.concatenate([gradients[i].reshape(-1) for i, _ in self.parts], out=self.gathered)


class Packed:
    """The buffers of a group of parameters, each with its place in them.

    All parameters are strays at first, and :meth:`take_back` moves them in. So one that is interrupted can go on.
    """

    def __init__(self, params: Sequence[Tensor]) -> None:
        self.params = list(params)
        self.memory: dict[str, Any] = {}
        self.pieces: list[Piece] = []
        self._values = np.empty(sum(p.size for p in params), params[0].dtype)
        self._places = []
        self._views = []
        start = 0
        for parameter in params:
            place = slice(start, start + parameter.size)
            self._places.append(place)
            self._views.append(self._values[place].reshape(parameter.shape))
            start = place.stop

    def holds(self, params: Sequence[Tensor]) -> bool:
        """Say whether these are the parameters, in this order, and still of the buffer's dtype."""
        return (
            len(params) == len(self.params)
            and all(map(is_, params, self.params))
            and all(p.dtype == self._values.dtype for p in self.strays())
        )

    def strays(self) -> list[Tensor]:
        """Return the parameters that have another array: not yet their place, or one by assigning to ``data``."""
        return [p for p, view in zip(self.params, self._views, strict=True) if p._data is not view]

    def take_back(self, strays: Iterable[Tensor]) -> None:
        """Give strays their places, with the values that they have."""
        views = dict(zip(self.params, self._views, strict=True))
        for parameter in strays:
            _move(parameter, views[parameter])

    def forget(self) -> None:
        """Let go of what is remembered: it was replaced, and has to be laid end to end again."""
        self.memory, self.pieces = {}, []

    def remember(self, memory: Mapping[str, float], states: Sequence[dict[str, Any]]) -> None:
        """Lay what is remembered about the parameters end to end as well.

        Parameters
        ----------
        memory : dict of str → float
            The names of the arrays, and what each is filled with where a parameter has none yet.
        states : list of dict
            What is remembered about each parameter. The arrays become views into the buffers.
        """
        self.memory = {name: np.full_like(self._values, first) for name, first in memory.items()}
        for name, array in self.memory.items():
            for parameter, state, place in zip(self.params, states, self._places, strict=True):
                view = array[place].reshape(parameter.shape)
                if name in state:
                    np.copyto(view, beside(state[name], view))
                state[name] = view
        self.pieces = list(self._cut_up())

    def _cut_up(self) -> Iterator[Piece]:
        """Yield pieces of at most PIECE elements: parts of one large parameter, or several small ones."""
        start = 0
        for parts in _grouped([p.size for p in self.params]):
            here = slice(start, start + sum(part.stop - part.start for _, part in parts))
            gathered = np.empty_like(self._values[here]) if len(parts) > 1 else None
            yield Piece(self._values[here], {name: a[here] for name, a in self.memory.items()}, parts, gathered)
            start = here.stop


def _move(parameter: Tensor, array: Any) -> None:
    """Keep the values of a parameter in `array` from now on; they stay the same, so nothing is marked as written."""
    array[...] = parameter._data
    parameter._data = array


def _grouped(sizes: Sequence[int]) -> Iterator[list[tuple[int, slice]]]:
    """Yield what belongs into one piece: numbers of parameters, and which of their elements."""
    small: list[tuple[int, slice]] = []
    room = PIECE
    for i, size in enumerate(sizes):
        if small and size > room:
            yield small
            small, room = [], PIECE
        if size > PIECE:
            yield from ([(i, part)] for part in cut(size))
        elif size:
            small.append((i, slice(0, size)))
            room -= size
    if small:
        yield small


def is_long(array: Any) -> bool:
    """Say whether a single array had better be updated in pieces."""
    return type(array) is np.ndarray and array.size > PIECE and array.flags.c_contiguous


def cut(size: int) -> Iterator[slice]:
    """Yield slices of nearly equal length, none longer than PIECE, that make up this many elements."""
    count = -(-size // PIECE)
    for k in range(count):
        yield slice(size * k // count, size * (k + 1) // count)
