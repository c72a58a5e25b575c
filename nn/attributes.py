"""The attributes of a module: which of them are parameters, buffers and other modules, and what each is called.

There is no second book beside the object's own attributes. What is in ``vars(module)`` and is a Parameter is one of the
module's parameters; what is there and is a module is a part of it.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from autograd.arrays import as_array

from .parameter import Parameter

T = TypeVar("T")
_CONTAINERS = (list, tuple, dict, set, frozenset)


class Attributes:
    """An object that knows which of its attributes are parameters, buffers and modules: the ground of ``Module``."""

    _buffers: Mapping[str, bool] = MappingProxyType({})  # name → whether it belongs to the state_dict
    _home: tuple[weakref.ref[Attributes], str] | None = None  # the module that had this one first, and its name there

    def _own(self, kind: type[T]) -> list[tuple[str, T]]:
        """Return the attributes that are of this kind, with their names, in order."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, kind)]

    def _own_buffers(self, saved_only: bool = False) -> list[tuple[str, Any]]:
        wanted = [name for name, saved in self._buffers.items() if saved or not saved_only]
        return [(name, value) for name in wanted if (value := vars(self).get(name)) is not None]

    def _all(self) -> Iterator[Attributes]:
        """Yield this module and all below it, each once, parents first."""
        seen: set[int] = set()
        waiting: list[Attributes] = [self]
        while waiting:
            module = waiting.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield module
                waiting += [child for _, child in reversed(module._own(Attributes))]

    # ------------------------------------------------------------------------------------------------------- assignment

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Attributes, Parameter)):
            self._refuse_name(name)
        elif isinstance(vars(self).get(name), Parameter) and value is not None:
            raise TypeError(
                f"{self._described()}: the parameter {name!r} would be replaced by a {type(value).__name__} and not be "
                f"trained any more; write .{name}.data = … for new values, or nn.Parameter(…) for a new parameter"
            )
        elif isinstance(value, _CONTAINERS):
            self._refuse_hidden(name, value)
        if isinstance(value, Attributes):
            self._refuse_circle(name, value)
        if isinstance(value, (Attributes, Parameter)):
            self._forget_buffer(name)
        object.__setattr__(self, name, value)
        if isinstance(value, Attributes):
            value._settle(self, name)
        elif isinstance(value, Parameter) and value.name is None:
            value.name = join(self._path, name)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._forget_buffer(name)

    def register_buffer(self, name: str, array: ArrayLike | None, persistent: bool = True) -> None:
        """Make an attribute of an array that belongs to the module but is not trained: running statistics, a mask.

        Afterwards it is an ordinary attribute: ``self.running_mean = …`` gives it a new value.

        Parameters
        ----------
        name : str
            The attribute.
        array : array_like or None
            The value, kept as a bare array. None is a buffer without a value yet.
        persistent : bool, default True
            Whether it is part of the ``state_dict``.

        Raises
        ------
        AttributeError
            If the name is taken, or is no name.
        TypeError, ValueError
            If `array` holds no numbers, or rows of different lengths.

        Examples
        --------
        >>> import numpy as np, nn
        >>> module = nn.Module()
        >>> module.register_buffer("mean", np.zeros(2))
        >>> module.state_dict()
        {'mean': array([0., 0.])}
        """
        self._refuse_name(name)
        if name in vars(self) and name not in self._buffers:
            raise AttributeError(f"{self._described()} already has an attribute {name!r}; choose another name")
        try:
            values = None if array is None else as_array(array)
        except (TypeError, ValueError) as problem:
            raise type(problem)(f"{self._described()}: {name!r} is to be an array; {problem}") from None
        object.__setattr__(self, name, values)
        object.__setattr__(self, "_buffers", {**self._buffers, name: persistent})

    def _forget_buffer(self, name: str) -> None:
        if name in self._buffers:
            object.__setattr__(self, "_buffers", {n: saved for n, saved in self._buffers.items() if n != name})

    def _refuse_name(self, name: str) -> None:
        from .module import Module

        if hasattr(Module, name):
            raise AttributeError(f"{name!r} means something in every Module; choose another attribute for this")
        if not name or "." in name:
            raise AttributeError(f"{name!r} cannot be an attribute of a Module: a name is not empty and has no dot")

    def _refuse_circle(self, name: str, value: Attributes) -> None:
        """Raise if this module is `value`, or below it. A module that never was part of another is below none."""
        if value is self or (self._home is not None and any(module is self for module in value._all())):
            raise ValueError(f"{self._described()} cannot hold, as {name!r}, a module that it is itself a part of")

    def _refuse_all_hidden(self) -> None:
        """Look again at the lists and the like: something may have been appended since they were assigned."""
        for name, value in vars(self).items():
            if isinstance(value, _CONTAINERS) and name not in ("_home", "_buffers"):
                self._refuse_hidden(name, value)

    def _refuse_hidden(self, name: str, container: Any) -> None:
        """Raise if modules or parameters in a list or the like would not be found, and so would never be trained."""
        inside = _inside(container)
        if not inside:
            return
        modules = list(self._all())
        found = {id(thing) for thing in (*modules, *(p for m in modules for _, p in m._own(Parameter)))}
        if hidden := sum(id(thing) not in found for thing in inside):
            raise TypeError(
                f"{self._described()}: the {type(container).__name__} {name!r} would hide {hidden} parameters or "
                "modules, which are found as attributes only and would not be trained; give each its own attribute, "
                "or put modules into nn.ModuleList, nn.ModuleDict or nn.Sequential, parameters into nn.ParameterList "
                "or nn.ParameterDict"
            )

    # ------------------------------------------------------------------------------------------------------------ names

    @property
    def _path(self) -> str:
        """Where this module is in the model that it belongs to; "" at the root."""
        names: list[str] = []
        module = self
        while (parent := module._parent()) is not None and module._home is not None:
            names.append(module._home[1])
            module = parent
        return ".".join(reversed(names))

    def _parent(self) -> Attributes | None:
        """Return the module in which this one has its place, if it is still there."""
        if self._home is None:
            return None
        parent, name = self._home[0](), self._home[1]
        return parent if parent is not None and vars(parent).get(name) is self else None

    def _settle(self, parent: Attributes, name: str) -> None:
        """Take a place in `parent`, unless this module has one elsewhere; the parameters below learn their names."""
        if self._parent() is not None:
            return
        object.__setattr__(self, "_home", (weakref.ref(parent), name))
        named: set[int] = set()
        for module in self._all():
            if parameters := module._own(Parameter):
                path = module._path
                for own_name, parameter in parameters:
                    if id(parameter) not in named:
                        named.add(id(parameter))
                        parameter.name = join(path, own_name)

    def _described(self) -> str:
        path = self._path
        return f"{type(self).__name__} {path!r}" if path else type(self).__name__


def _inside(container: Any) -> list[Any]:
    """Return the modules and parameters in a list or the like, and in those that are in it."""
    values = list(container.values() if isinstance(container, dict) else container)
    seen = {id(container)}
    for value in values:  # it grows on the way
        if type(value) in _CONTAINERS and id(value) not in seen:
            seen.add(id(value))
            values += value.values() if isinstance(value, dict) else value
    return [value for value in values if isinstance(value, _SOUGHT)]


def join(path: str, name: str) -> str:
    """Return the path of `name` under `path`; the root's path is empty."""
    return f"{path}.{name}" if path and name else path or name


_SOUGHT = (Attributes, Parameter)
