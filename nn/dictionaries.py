"""Modules that hold other modules, or parameters, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping
from typing import Any, TypeVar

from .containers import Container
from .module import Module
from .parameter import Parameter

T = TypeVar("T")
D = TypeVar("D", bound="Register[Any]")


class Register(Container[T]):
    """Things by name: what ``ModuleDict`` and ``ParameterDict`` have in common. They come in the order of arrival."""

    def __init__(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        self.update(items)

    def update(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add or replace several, or none of them if one is refused."""
        try:
            given = dict(items)
        except (TypeError, ValueError):
            raise TypeError(
                f"{type(self).__name__} takes a dict, or pairs of name and item, not {items!r}; write {{'name': …}}"
            ) from None
        accepted = {name: self._accepted(name, item) for name, item in given.items()}
        for name in accepted:
            self._refuse_key(name)
        for name, item in accepted.items():
            setattr(self, name, item)

    def keys(self) -> KeysView[str]:
        """Return the names, in order."""
        return self._named().keys()

    def values(self) -> list[T]:
        """Return the things, in order."""
        return list(self._named().values())

    def items(self) -> list[tuple[str, T]]:
        """Return pairs of name and thing, in order."""
        return list(self._named().items())

    def pop(self, key: str) -> T:
        """Take one out, and return it."""
        item = self[key]
        del self[key]
        return item

    def popitem(self) -> tuple[str, T]:
        """Take out what came last, and return its name and it."""
        if not len(self):
            raise KeyError(f"{type(self).__name__} has nothing to take out")
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        """Take all out."""
        for name in list(self):
            del self[name]

    def get(self, key: str, default: Any = None) -> Any:
        """Return what has this name, or `default` if nothing has."""
        return self._named().get(key, default)

    def setdefault(self, key: str, item: Any) -> T:
        """Return what has this name; if nothing has, add `item` under it before."""
        if key not in self:
            self[key] = item
        return self[key]

    def copy(self: D) -> D:
        """Return a container of the same things: they are shared, not copied."""
        return type(self)(self._named())

    def __or__(self: D, items: Mapping[str, Any]) -> D:
        both = self.copy()
        both.update(items)
        return both

    def __ior__(self: D, items: Mapping[str, Any]) -> D:
        self.update(items)
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(self._named())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._named())

    def __contains__(self, key: object) -> bool:
        return key in self._named()

    def __getitem__(self, key: str) -> T:
        named = self._named()
        if key not in named:
            known = ", ".join(map(repr, named)) or "nothing"
            raise KeyError(f"{type(self).__name__} has no {key!r}; it has {known}")
        return named[key]

    def __setitem__(self, key: str, item: Any) -> None:
        self.update({key: item})

    def __delitem__(self, key: str) -> None:
        self[key]
        delattr(self, key)

    def _refuse_key(self, key: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"the names in a {type(self).__name__} are strings, which {key!r} is not")
        self._refuse_name(key)


class ModuleDict(Register[Module]):
    """A dictionary of modules. Unlike those in a Python dictionary, their parameters are found and trained.

    Parameters
    ----------
    items : mapping of str → Module, or iterable of pairs, optional
        What is in it at first.

    Raises
    ------
    TypeError
        If something among them is no Module, or a name is no string.
    AttributeError
        If a name has a dot, or is one of the methods that every ModuleDict has.

    Examples
    --------
    >>> import nn
    >>> heads = nn.ModuleDict({"digit": nn.Linear(8, 10), "parity": nn.Linear(8, 1, bias=False)})
    >>> heads["parity"]
    Linear(in_features=8, out_features=1, bias=False)
    >>> list(heads.state_dict())
    ['digit.weight', 'digit.bias', 'parity.weight']
    """


class ParameterDict(Register[Parameter]):
    """A dictionary of parameters. Unlike those in a Python dictionary, they are found and trained.

    Parameters
    ----------
    items : mapping of str → Parameter or array_like, or iterable of pairs, optional
        What is in it at first; arrays and Tensors become Parameters.

    Raises
    ------
    TypeError
        If something among them is neither a Parameter nor floating point numbers, or a name is no string.
    AttributeError
        If a name has a dot, or is one of the methods that every ParameterDict has.

    Examples
    --------
    >>> import numpy as np, nn
    >>> scales = nn.ParameterDict({"left": np.ones(2), "right": np.ones(3)})
    >>> scales["right"].name
    'right'
    """

    _kind = Parameter
    _word = "parameters"
