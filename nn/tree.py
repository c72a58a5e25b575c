"""The tree of modules: what is below a module, found by its path, and copied or pickled without recursion."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from .attributes import Attributes, T, join
from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class Tree(Attributes):
    """What a module says of the modules, parameters and buffers below it: the part of ``Module`` that looks down."""

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
        places = list(self._paths(prefix)) if recurse else [(prefix, self)]
        for _, module in places:
            module._refuse_all_hidden()
        yield from once((join(path, name), p) for path, module in places for name, p in module._own(Parameter))

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield each parameter once: what an optimiser is given. See :meth:`named_parameters`."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """Yield each buffer once, with its path. See :meth:`register_buffer` and :meth:`named_parameters`."""
        places: Iterable[tuple[str, Attributes]] = self._paths(prefix) if recurse else [(prefix, self)]
        yield from once((join(path, name), b) for path, module in places for name, b in module._own_buffers())

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """Yield each buffer once. See :meth:`register_buffer`."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it, each once, with their paths (that of this module is `prefix`)."""
        return cast("Iterator[tuple[str, Module]]", self._paths(prefix))

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        return cast("Iterator[Module]", self._all())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules that are attributes of this one, each once, with their names."""
        return cast("Iterator[tuple[str, Module]]", once(self._own(Attributes)))

    def children(self) -> Iterator[Module]:
        """Yield the modules that are attributes of this one, each once."""
        return (child for _, child in self.named_children())

    # ---------------------------------------------------------------------------------------------------------- by path

    def get_submodule(self, target: str) -> Module:
        """Return the module at a path such as ``"encoder.fc1"``; the empty path is this module.

        Parameters
        ----------
        target : str
            The path, as :meth:`named_modules` gives it.

        Raises
        ------
        AttributeError
            If there is no module at that path.

        Examples
        --------
        >>> import nn
        >>> net = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh()))
        >>> net.get_submodule("1.0")
        Tanh()
        """
        module: Attributes = self
        for name in target.split(".") if target else []:
            module = _found(module, name, Attributes, "module", target)
        return cast("Module", module)

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter at a path such as ``"encoder.fc1.weight"``.

        Parameters
        ----------
        target : str
            The path, as :meth:`named_parameters` gives it.

        Raises
        ------
        AttributeError
            If there is no parameter at that path.
        """
        path, _, name = target.rpartition(".")
        return _found(self.get_submodule(path), name, Parameter, "parameter", target)

    def _paths(self, prefix: str) -> Iterator[tuple[str, Attributes]]:
        """Yield this module and all below it, each once, parents first, with their paths."""
        seen: set[int] = set()
        waiting: list[tuple[str, Attributes]] = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module
                waiting += [(join(path, name), child) for name, child in reversed(module._own(Attributes))]

    def _places(self) -> Iterator[tuple[str, Attributes]]:
        """Yield every path and the module there, parents first; a shared module comes once for each place."""
        waiting: list[tuple[str, Attributes]] = [("", self)]
        while waiting:
            path, module = waiting.pop()
            yield path, module
            waiting += [(join(path, name), child) for name, child in reversed(module._own(Attributes))]

    def _children_first(self) -> Iterator[Module]:
        """Yield all modules below and this one, each once, each after everything that is below it."""
        seen: set[int] = set()
        waiting: list[tuple[Attributes, bool]] = [(self, False)]
        while waiting:
            module, done_below = waiting.pop()
            if done_below:
                yield cast("Module", module)
            elif id(module) not in seen:
                seen.add(id(module))
                waiting.append((module, True))
                waiting += [(child, False) for _, child in reversed(module._own(Attributes))]

    # ----------------------------------------------------------------------------------------------------------- copies

    def __getstate__(self) -> dict[str, Any]:
        # Whoever copies or pickles goes through this dictionary in order: first the list of all modules, the deepest
        # first, so that each finds those below it done, and nothing goes deeper than from a module to its attributes.
        attributes = {name: value for name, value in vars(self).items() if name != "_home"}
        return {"_below": _listing(self), **attributes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        below = state.get("_below", [self])  # as far as it has been copied, if it is not this module's own
        vars(self).update({name: value for name, value in state.items() if name != "_below"})
        if (
            below and below[-1] is self
        ):  # this module was copied as a whole: now everything in it is there and can have a place
            for module in self._all():
                for name, child in module._own(Attributes):
                    if child._parent() is None:
                        object.__setattr__(child, "_home", (weakref.ref(module), name))


class _Listing(list[Any]):
    """The modules below one that is being copied or pickled, the deepest first, and that one as the last."""


# The listing that was made last, and the identities of what is in it. It lives as long as somebody is copying or
# pickling: all modules in it then give the same one, and a model of n modules does not make n lists.
_last_listing: ContextVar[tuple[weakref.ref[_Listing], frozenset[int]] | None] = ContextVar(
    "being copied", default=None
)


def _listing(module: Tree) -> _Listing:
    if (last := _last_listing.get()) is not None and (listing := last[0]()) is not None and id(module) in last[1]:
        return listing
    listing = _Listing(module._children_first())
    _last_listing.set((weakref.ref(listing), frozenset(map(id, listing))))
    return listing


def once(named: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Yield the pairs of name and thing, without those whose thing has come before."""
    seen: set[int] = set()
    for name, thing in named:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield name, thing


def _found(module: Attributes, name: str, kind: type[T], word: str, target: str) -> T:
    found = vars(module).get(name)
    if isinstance(found, kind):
        return found
    known = ", ".join(repr(n) for n, _ in module._own(kind)) or "none"
    raise AttributeError(f"no {word} at {target!r}: {module._described()} has no {word} {name!r}; it has {known}")
