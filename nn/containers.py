"""Modules that hold other modules, or parameters, in a row."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Generic, TypeVar, overload

from .attributes import join
from .module import Module
from .parameter import Parameter

T = TypeVar("T")
R = TypeVar("R", bound="Row[Any]")


class Container(Module, Generic[T]):
    """A module that is there for the things it holds: modules, or parameters. Each is an attribute."""

    _kind: ClassVar[type[Any]] = Module
    _word: ClassVar[str] = "modules"

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: what to do with the things that it holds is said by the module whose attribute it is."""
        kind = type(self).__name__
        hint = ", or nn.Sequential to apply them one after the other" if self._kind is Module else ""
        raise NotImplementedError(
            f"a {kind} holds {self._word} and does nothing with them; use them in the forward of your own module{hint}"
        )

    def _named(self) -> dict[str, T]:
        return dict(self._own(self._kind))

    def _accepted(self, name: str, item: Any) -> Any:
        """Return an item as it will be held, or raise TypeError."""
        if self._kind is Parameter and not isinstance(item, Parameter):
            return Parameter(item)
        if not isinstance(item, self._kind):
            hint = f"; write {item.__name__}(…) for a layer of that class" if isinstance(item, type) else ""
            hint = "; give the layers in it one by one: *layers" if isinstance(item, (list, tuple)) else hint
            raise TypeError(f"{type(self).__name__} holds Modules, but {name!r} is {item!r}{hint}")
        if isinstance(item, Module):
            self._refuse_circle(name, item)
        return item

    def _refuse_name(self, name: str) -> None:
        super()._refuse_name(name)
        if any(name in vars(kind) for kind in type(self).__mro__ if kind.__module__.startswith(f"{__package__}.")):
            raise AttributeError(f"{name!r} means something in every {type(self).__name__}; choose another name")

    def __len__(self) -> int:
        return len(self._own(self._kind))


# ------------------------------------------------------------------------------------------------------------ in a row


class Row(Container[T]):
    """Things one after the other: what ``Sequential``, ``ModuleList`` and ``ParameterList`` have in common.

    They are called ``"0"``, ``"1"``, … and numbered anew when one comes or goes in between. If some have other names,
    all keep theirs, and a new one gets the next free number.
    """

    def append(self: R, item: Any) -> R:
        """Add one at the end. Returns the container itself."""
        return self.extend([item])

    def extend(self: R, items: Iterable[Any]) -> R:
        """Add several at the end, or none of them if one is refused. Returns the container itself."""
        if not isinstance(items, Iterable):
            raise TypeError(
                f"{type(self).__name__} is extended by several {self._word}, of which a {type(items).__name__} has "
                "none; append(…) adds one"
            )
        return self._add(dict(zip(self._free(), items, strict=False)))  # names without end

    def insert(self: R, index: int, item: Any) -> R:
        """Put one before number `index`; negative numbers count from the end. Returns the container itself."""
        named = list(self._named().items())
        name = next(self._free())
        named.insert(index, (name, self._accepted(name, item)))
        self._rearrange(named)
        return self

    def pop(self, index: int = -1) -> T:
        """Take one out, by default the last, and return it."""
        _, item = self._at(index)
        del self[index]
        return item

    def __add__(self: R, items: Iterable[Any]) -> R:
        both: R = self[:]
        return both.extend(items)

    def __iadd__(self: R, items: Iterable[Any]) -> R:
        return self.extend(items)

    def __mul__(self: R, times: int) -> R:
        """Return a container in which the same things come several times over: they are shared, not copied."""
        several: R = self[:0]
        return several.extend(list(self) * times)

    __rmul__ = __mul__

    def __iter__(self) -> Iterator[T]:
        return iter(self._named().values())

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._named().values())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self: R, index: slice) -> R: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._part(dict(self._own(self._kind)[index]))
        return self._at(index)[1]

    def __setitem__(self, index: int, item: Any) -> None:
        name, _ = self._at(index)
        setattr(self, name, self._accepted(name, item))

    def __delitem__(self, index: int | slice) -> None:
        named = self._own(self._kind)
        if not isinstance(index, slice):
            self._at(index)
        del named[index]
        self._rearrange(named)

    def _part(self, named: dict[str, T]) -> Any:
        """Return some of the things in a container of their own."""
        raise NotImplementedError

    def _at(self, index: int) -> tuple[str, T]:
        named = self._own(self._kind)
        try:
            return named[operator.index(index)]
        except IndexError:
            kind = type(self).__name__
            raise IndexError(f"{kind} has {len(named)} {self._word}, and number {index} was asked for") from None

    def _free(self) -> Iterator[str]:
        """Yield the numbers that may be names of new things."""
        return (name for name in map(str, itertools.count(len(self))) if name not in vars(self))

    def _add(self: R, named: Mapping[str, Any]) -> R:
        accepted = {name: self._accepted(name, item) for name, item in named.items()}
        for name, item in accepted.items():
            setattr(self, name, item)
        return self

    def _rearrange(self, named: list[tuple[str, Any]]) -> None:
        """Hold these things, in this order."""
        if all(name.isdecimal() for name, _ in named):
            named = [(str(number), item) for number, (_, item) in enumerate(named)]
        path = self._path
        for name, item in self._own(self._kind):
            delattr(self, name)
            if isinstance(item, Parameter) and item.name == join(path, name):
                item.name = None  # it is going to be named after its new place; modules see to that themselves
        for name, item in named:
            setattr(self, name, item)


class Sequential(Row[Module]):
    """Layers one after the other: each is applied to the result of the one before.

    It is a list: layers can be appended, inserted, replaced and deleted, and a slice of it is a Sequential of the same
    layers.

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

    _word = "layers"

    def __init__(self, *layers: Module | Mapping[str, Module]) -> None:
        super().__init__()
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            self._add(layers[0])
        else:
            self.extend(layers)

    def forward(self, x: Any) -> Any:
        """Apply the layers in order: x of the shape that the first takes → the shape that the last gives."""
        for layer in self:
            x = layer(x)
        return x

    def _part(self, named: dict[str, Module]) -> Sequential:
        return Sequential(named)


class ModuleList(Row[Module]):
    """A list of modules. Unlike those in a Python list, their parameters are found and trained.

    Parameters
    ----------
    modules : iterable of Module, optional
        What is in it at first; they are called ``"0"``, ``"1"``, …

    Raises
    ------
    TypeError
        If something among them is no Module.

    Examples
    --------
    >>> import nn
    >>> class Deep(nn.Module):
    ...     def __init__(self, depth):
    ...         super().__init__()
    ...         self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(depth))
    ...
    ...     def forward(self, x):
    ...         for layer in self.layers:
    ...             x = x + nn.functional.relu(layer(x))
    ...         return x
    >>> [name for name, parameter in Deep(2).named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    def _part(self, named: dict[str, Module]) -> ModuleList:
        return ModuleList(named.values())


class ParameterList(Row[Parameter]):
    """A list of parameters. Unlike those in a Python list, they are found and trained.

    Parameters
    ----------
    parameters : iterable of Parameter or array_like, optional
        What is in it at first; arrays and Tensors become Parameters. They are called ``"0"``, ``"1"``, …

    Raises
    ------
    TypeError
        If something among them is neither a Parameter nor floating point numbers.

    Examples
    --------
    >>> import numpy as np, nn
    >>> gains = nn.ParameterList([np.ones(2), np.ones(3)])
    >>> [(name, gain.shape) for name, gain in gains.named_parameters()]
    [('0', (2,)), ('1', (3,))]
    """

    _kind = Parameter
    _word = "parameters"

    def __init__(self, parameters: Iterable[Any] = ()) -> None:
        super().__init__()
        self.extend(parameters)

    def _part(self, named: dict[str, Parameter]) -> ParameterList:
        return ParameterList(named.values())
