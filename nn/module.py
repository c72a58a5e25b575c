"""Module: a function with parameters, made of other such functions.

A module is an ordinary Python object. Its parameters, its sub-modules and its buffers are ordinary attributes, found by
their type in the order in which they were first assigned; there is no second book to keep, and nothing that a forgotten
``super().__init__()`` could leave undone.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from autograd.arrays import as_array
from autograd.graph import is_recording, mark_scope, tick

from . import state
from .parameter import Parameter

T = TypeVar("T")
M = TypeVar("M", bound="Module")


class Module:
    """The base of all layers and models: assign parameters and layers to attributes, and write ``forward``.

    Attributes
    ----------
    training : bool
        Whether the module is being trained (the default) or evaluated; see :meth:`train` and :meth:`eval`.

    Notes
    -----
    A parameter's ``name`` is its path in the model, ``"fc1.weight"``, and grows when the model is itself put into a
    larger one. A parameter, or a module, that is shared keeps one name: that of the place that had it first.

    Examples
    --------
    >>> import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc1 = nn.Linear(64, 32)
    ...         self.fc2 = nn.Linear(32, 10)
    ...
    ...     def forward(self, x):
    ...         return self.fc2(nn.functional.relu(self.fc1(x)))
    >>> net = Net()
    >>> net
    Net(
      (fc1): Linear(in_features=64, out_features=32, bias=True)
      (fc2): Linear(in_features=32, out_features=10, bias=True)
    )
    >>> [name for name, parameter in net.named_parameters()]
    ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']
    """

    training: bool = True
    _buffers: Mapping[str, bool] = MappingProxyType({})  # name → whether it belongs to the state_dict
    _home: tuple[weakref.ref[Module], str] | None = None  # the module that had this one first, and its name there

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result. Every subclass writes its own; it is called as ``module(...)``.

        Raises
        ------
        NotImplementedError
            If the subclass did not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward: write `def forward(self, x): …` in its class")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward``, and note in the graph that what it made belongs to this module."""
        if not is_recording():
            return self.forward(*args, **kwargs)
        first = tick()
        result = self.forward(*args, **kwargs)
        kind = type(self).__name__
        mark_scope(result, first, self._home[1] if self._home else kind, kind)
        return result

    # ----------------------------------------------------------------------------------------------- what it is made of

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Yield each parameter once, with its path, in the order of assignment.

        Parameters
        ----------
        prefix : str, default ""
            Put before every path, with a dot.
        recurse : bool, default True
            Those of the sub-modules too.

        Yields
        ------
        (str, Parameter)
            A shared parameter comes once, under its first path.
        """
        places = list(self.named_modules(prefix)) if recurse else [(prefix, self)]
        for _, module in places:
            module._refuse_all_hidden()
        yield from once((join(path, name), p) for path, module in places for name, p in module._own(Parameter))

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield each parameter once: what an optimiser is given. See :meth:`named_parameters`."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """Yield each buffer once, with its path. See :meth:`register_buffer` and :meth:`named_parameters`."""
        places = self.named_modules(prefix) if recurse else [(prefix, self)]
        yield from once((join(path, name), b) for path, module in places for name, b in module._own_buffers())

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """Yield each buffer once. See :meth:`register_buffer`."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it, each once, with their paths (that of this module is `prefix`)."""
        yield from self._walk(prefix, set())

    def _walk(self, prefix: str, seen: set[int]) -> Iterator[tuple[str, Module]]:
        if id(self) not in seen:
            seen.add(id(self))
            yield prefix, self
            for name, child in self._own(Module):
                yield from child._walk(join(prefix, name), seen)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules that are attributes of this one, each once, with their names."""
        yield from once(self._own(Module))

    def children(self) -> Iterator[Module]:
        """Yield the modules that are attributes of this one, each once."""
        return (child for _, child in self.named_children())

    def _own(self, kind: type[T]) -> list[tuple[str, T]]:
        """Return the attributes that are of this kind, with their names, in order."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, kind)]

    def _own_buffers(self, saved_only: bool = False) -> list[tuple[str, Any]]:
        wanted = [name for name, saved in self._buffers.items() if saved or not saved_only]
        return [(name, value) for name in wanted if (value := vars(self).get(name)) is not None]

    def _places(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield every path and the module there, parents first; a shared module comes once for each place."""
        yield prefix, self
        for name, child in self._own(Module):
            yield from child._places(join(prefix, name))

    # ------------------------------------------------------------------------------------------------------- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Module, Parameter)):
            self._refuse_name(name)
        elif isinstance(vars(self).get(name), Parameter) and value is not None:
            raise TypeError(
                f"{self._described()}: the parameter {name!r} would be replaced by a {type(value).__name__} and not be "
                f"trained any more; write .{name}.data = … for new values, or nn.Parameter(…) for a new parameter"
            )
        elif isinstance(value, (list, tuple, dict)):
            self._refuse_hidden(name, value)
        if isinstance(value, Module) and any(module is self for module in value.modules()):
            raise ValueError(f"{self._described()} cannot hold, as {name!r}, a module that it is itself a part of")
        if isinstance(value, (Module, Parameter)):
            self._forget_buffer(name)
        object.__setattr__(self, name, value)
        if isinstance(value, Module):
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
        object.__setattr__(self, name, None if array is None else as_array(array))
        object.__setattr__(self, "_buffers", {**self._buffers, name: persistent})

    def _forget_buffer(self, name: str) -> None:
        if name in self._buffers:
            object.__setattr__(self, "_buffers", {n: saved for n, saved in self._buffers.items() if n != name})

    def _refuse_name(self, name: str) -> None:
        if hasattr(Module, name):
            raise AttributeError(f"{name!r} means something in every Module; choose another attribute for this")
        if not name or "." in name:
            raise AttributeError(f"{name!r} cannot be an attribute of a Module: a name is not empty and has no dot")

    def _refuse_all_hidden(self) -> None:
        """Look again at the lists and the like: something may have been appended since they were assigned."""
        for name, value in vars(self).items():
            if isinstance(value, (list, tuple, dict)):
                self._refuse_hidden(name, value)

    def _refuse_hidden(self, name: str, container: Any) -> None:
        """Raise if modules or parameters in a list or the like would not be found, and so would never be trained."""
        values = container.values() if isinstance(container, dict) else container
        inside = [value for value in values if isinstance(value, (Module, Parameter))]
        if not inside:
            return
        modules = list(self.modules())
        found = {id(thing) for thing in (*modules, *(p for m in modules for _, p in m._own(Parameter)))}
        if hidden := sum(id(thing) not in found for thing in inside):
            raise TypeError(
                f"{self._described()}: the {type(container).__name__} {name!r} would hide {hidden} parameters or "
                "modules, which are found as attributes only and would not be trained; give each its own attribute, "
                "or put modules into nn.Sequential"
            )

    # ------------------------------------------------------------------------------------------------------------ names

    @property
    def _path(self) -> str:
        """Where this module is in the model that it belongs to; "" at the root."""
        if self._home is None:
            return ""
        parent, name = self._home[0](), self._home[1]
        return join(parent._path, name) if parent is not None and vars(parent).get(name) is self else ""

    def _settle(self, parent: Module, name: str) -> None:
        """Take a place in `parent`, unless this module has one elsewhere; the parameters below learn their names."""
        if self._path:
            return
        object.__setattr__(self, "_home", (weakref.ref(parent), name))
        path, named = self._path, set()
        for place, module in self._places(path):
            if module._path == place:
                for own_name, parameter in module._own(Parameter):
                    if id(parameter) not in named:
                        named.add(id(parameter))
                        parameter.name = join(place, own_name)

    def _described(self) -> str:
        path = self._path
        return f"{type(self).__name__} {path!r}" if path else type(self).__name__

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_home"}

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self).update(attributes)
        for name, child in self._own(Module):
            if not child._path:
                object.__setattr__(child, "_home", (weakref.ref(self), name))

    # ------------------------------------------------------------------------------------------------------- as a whole

    def train(self: M, mode: bool = True) -> M:
        """Put this module and all below it into training mode (`mode` False: evaluation mode). Returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Put this module and all below it into evaluation mode. Returns the module."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: every ``grad`` becomes None."""
        for parameter in self.parameters():
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return copies of all parameters and persistent buffers, by their paths, in order; PyTorch's names.

        Returns
        -------
        dict of str → ndarray
            What is shared comes once for each of its paths.

        Examples
        --------
        >>> import nn
        >>> {name: array.shape for name, array in nn.Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {path: value.copy() for path, value in state.entries(self).items()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> state.LoadResult:
        """Write the arrays of a ``state_dict`` into the parameters and buffers of the same paths.

        Parameters
        ----------
        state_dict : mapping of str → array_like
            As :meth:`state_dict` returns it; PyTorch's own is understood as well. Values are converted to the
            dtypes here.
        strict : bool, default True
            Refuse missing and unexpected entries. False passes over them, but not over wrong shapes.

        Returns
        -------
        LoadResult
            The paths that were missing and those that were unexpected.

        Raises
        ------
        ValueError
            If entries do not fit: all of them are listed, and nothing has been changed.
        """
        return state.load(self, state_dict, strict)

    def extra_repr(self) -> str:
        """Return what stands between the brackets of the repr; layers give their options here."""
        return ""

    def __repr__(self) -> str:
        extra = [self.extra_repr()] if self.extra_repr() else []
        children = [f"({name}): {child!r}" for name, child in self._own(Module)]
        if not children:
            return f"{type(self).__name__}({''.join(extra)})"
        lines = "\n".join([*extra, *children]).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {lines}\n)"


# ---------------------------------------------------------------------------------------------------------- the helpers


def join(path: str, name: str) -> str:
    """Return the path of `name` under `path`; the root's path is empty."""
    return f"{path}.{name}" if path and name else path or name


def once(named: Any) -> Iterator[tuple[str, Any]]:
    """Yield the pairs of name and thing, without those whose thing has come before."""
    seen: set[int] = set()
    for name, thing in named:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield name, thing
