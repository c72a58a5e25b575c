"""Modules that hold other modules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from .module import Module


class Sequential(Module):
    """Layers one after the other: each is applied to the result of the one before.

    Parameters
    ----------
    *layers : Module, or one mapping of str → Module
        In order. Without names they are called ``"0"``, ``"1"``, …

    Raises
    ------
    TypeError
        If something among them is no Module.

    Examples
    --------
    >>> import nn
    >>> net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    >>> net[1], len(net)
    (ReLU(), 3)
    >>> net[:2]
    Sequential(
      (0): Linear(in_features=64, out_features=32, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *layers: Module | Mapping[str, Module]) -> None:
        super().__init__()
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            named: dict[str, Any] = dict(layers[0])
        else:
            named = {str(number): layer for number, layer in enumerate(layers)}
        for name, layer in named.items():
            self._add(name, layer)

    def forward(self, x: Any) -> Any:
        """Apply the layers in order: x of the shape that the first takes → the shape that the last gives."""
        for layer in self:
            x = layer(x)
        return x

    def append(self, layer: Any) -> Sequential:
        """Add a layer at the end, under the next free number. Returns the Sequential itself."""
        numbers = map(str, itertools.count(len(self)))
        self._add(next(name for name in numbers if name not in vars(self)), layer)
        return self

    def _add(self, name: str, layer: Any) -> None:
        if not isinstance(layer, Module):
            hint = f"; write {layer.__name__}(…) for a layer of that class" if isinstance(layer, type) else ""
            raise TypeError(f"Sequential holds Modules, but {name!r} is {layer!r}{hint}")
        setattr(self, name, layer)

    def __len__(self) -> int:
        return len(self._own(Module))

    def __iter__(self) -> Iterator[Module]:
        return iter([layer for _, layer in self._own(Module)])

    def __getitem__(self, index: int | slice) -> Module:
        named = self._own(Module)
        if isinstance(index, slice):
            return Sequential(dict(named[index]))
        try:
            return named[index][1]
        except IndexError:
            raise IndexError(f"Sequential has {len(named)} layers, and number {index} was asked for") from None

    def __setitem__(self, index: int, layer: Module) -> None:
        self._add(self._own(Module)[index][0], layer)
