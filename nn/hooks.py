"""Hooks: functions of the user's that see a call of a module, and the gradients that go backward through it.

The forward hooks are called by the call itself. For the backward hooks, all that goes into the module and requires a
gradient passes one node on its way in, and all that comes out passes one on its way out. The sweep visits such a node
when the gradients of everything that passed it are complete.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import as_array
from autograd.graph import Handle, is_recording, tick
from autograd.notes import mark_scope

from .tree import Tree

if TYPE_CHECKING:
    from .module import Module

Hook: TypeAlias = Callable[..., Any]
Gradients: TypeAlias = tuple[Any, ...]  # a Tensor, or None where no gradient came


class Hooks:
    """The hooks of one module: of each kind those that are registered, in their order, by the keys of their handles."""

    kinds = ("before", "after", "backward_before", "backward")

    def __init__(self) -> None:
        self.before: dict[int, Hook] = {}
        self.after: dict[int, Hook] = {}
        self.backward_before: dict[int, Hook] = {}
        self.backward: dict[int, Hook] = {}

    def __getstate__(self) -> dict[str, list[Hook]]:
        return {kind: list(getattr(self, kind).values()) for kind in self.kinds}

    def __setstate__(self, state: dict[str, list[Hook]]) -> None:
        Hooks.__init__(self)
        for kind, hooks in state.items():
            for hook in hooks:
                Handle(getattr(self, kind), hook)  # with a new key: an old one may belong to another hook by now


class Hooked(Tree):
    """What a module has for those who want to look on: the part of ``Module`` that registers and calls hooks."""

    _hooks: Hooks | None = None

    def register_forward_pre_hook(self, hook: Hook, *, with_kwargs: bool = False) -> Handle:
        """Call `hook` before each call of this module; its answer, if any, replaces the arguments.

        Parameters
        ----------
        hook : callable
            ``hook(module, args)``, where `args` is the tuple of the positional arguments. It returns None, or the new
            arguments: a tuple, or the only one.
        with_kwargs : bool, default False
            The hook is ``hook(module, args, kwargs)``, and returns None or a pair ``(args, kwargs)``.

        Returns
        -------
        Handle
            Its ``remove()`` takes the hook off again. It is a context manager too.

        Raises
        ------
        TypeError
            If `hook` cannot be called.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.ReLU()
        >>> with layer.register_forward_pre_hook(lambda layer, args: args[0] + 1):
        ...     print(layer(np.array([-1.0, 1.0])))
        [0. 2.]
        """
        return self._listen("before", partial(_ask_before, hook, with_kwargs), hook)

    def register_forward_hook(self, hook: Hook, *, with_kwargs: bool = False) -> Handle:
        """Call `hook` after each call of this module; its answer, if any, replaces the output.

        Parameters
        ----------
        hook : callable
            ``hook(module, args, output)``, where `args` is the tuple of the positional arguments. It returns None, or
            the new output.
        with_kwargs : bool, default False
            The hook is ``hook(module, args, kwargs, output)``.

        Returns
        -------
        Handle
            Its ``remove()`` takes the hook off again. It is a context manager too.

        Raises
        ------
        TypeError
            If `hook` cannot be called.

        Examples
        --------
        >>> import numpy as np, nn
        >>> net, seen = nn.Sequential(nn.Linear(3, 2), nn.ReLU()), {}
        >>> handle = net[0].register_forward_hook(lambda layer, args, output: seen.update(scores=output))
        >>> net(np.ones((5, 3), dtype=np.float32)).shape, seen["scores"].shape
        ((5, 2), (5, 2))
        >>> handle.remove()
        """
        return self._listen("after", partial(_ask_after, hook, with_kwargs), hook)

    def register_full_backward_pre_hook(self, hook: Hook) -> Handle:
        """Call `hook` when the gradients by this module's outputs are known, before they go into it.

        Parameters
        ----------
        hook : callable
            ``hook(module, grad_output)``. It returns None, or the gradients to go on with: see
            :meth:`register_full_backward_hook`.

        Returns
        -------
        Handle
            Its ``remove()`` takes the hook off again. It is a context manager too.

        Raises
        ------
        TypeError
            If `hook` cannot be called.
        """
        return self._listen("backward_before", hook, hook)

    def register_full_backward_hook(self, hook: Hook) -> Handle:
        """Call `hook` when the gradients by this module's inputs are known: at each ``backward()``, for each call.

        The hook is there for the calls that are made, and recorded, while it is registered. The gradient by the output
        of a layer is the δ of backpropagation: for y = x Wᵀ + b it is ∂E/∂y, and ∂E/∂W = δᵀ x.

        Parameters
        ----------
        hook : callable
            ``hook(module, grad_input, grad_output)``. Both are tuples of Tensors: `grad_input` with an entry for each
            positional argument, `grad_output` with one for each output; tuples, lists and dictionaries that hold
            Tensors have an entry for each thing in them. An entry is None where no gradient arrived or none is wanted.
            The hook returns None, or the gradients by the inputs to go on with: a tuple as long as `grad_input`, in
            which None leaves a gradient as it is, or the only gradient.

        Returns
        -------
        Handle
            Its ``remove()`` takes the hook off again. It is a context manager too.

        Raises
        ------
        TypeError
            If `hook` cannot be called.

        Notes
        -----
        If no input requires a gradient, as in the first layer of a network, the hook is called when the gradients by
        the outputs are known. If inputs do, and the outputs do not depend on them, it is not called.

        Examples
        --------
        >>> import numpy as np, nn
        >>> net, delta = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Tanh(), nn.Linear(2, 1, rng=1)), {}
        >>> for layer in net:
        ...     handle = layer.register_full_backward_hook(lambda layer, g_in, g_out: delta.update({layer: g_out[0]}))
        >>> x = np.ones((5, 3), dtype=np.float32)
        >>> net(x).sum().backward()
        >>> [delta[layer].shape for layer in net]
        [(5, 2), (5, 2), (5, 1)]
        >>> bool(np.allclose(net[0].weight.grad, delta[net[0]].T @ x))
        True
        """
        return self._listen("backward", hook, hook)

    def _listen(self, kind: str, listener: Hook, hook: Hook) -> Handle:
        if not callable(hook):
            raise TypeError(f"{self._described()}: a hook is a function, and {hook!r} cannot be called")
        if self._hooks is None:
            object.__setattr__(self, "_hooks", Hooks())
        return Handle(getattr(self._hooks, kind), listener)

    def _call_hooked(self, *args: Any, **kwargs: Any) -> Any:
        """Do what a call does, with the hooks around ``forward``."""
        module, hooks, first = cast("Module", self), cast(Hooks, self._hooks), tick()
        for hook in tuple(hooks.before.values()):
            args, kwargs = hook(module, args, kwargs)
        passage = Passage(self, hooks) if (hooks.backward or hooks.backward_before) and is_recording() else None
        if passage is not None:
            args = passage.enter(args)
        result = module.forward(*args, **kwargs)
        for hook in tuple(hooks.after.values()):
            result = hook(module, args, kwargs, result)
        result = result if passage is None else passage.leave(result)
        if is_recording():
            kind, home = type(self).__name__, self._home
            mark_scope(result, first, home[1] if home else kind, kind)
        return result


def _ask_before(hook: Hook, with_kwargs: bool, module: Any, args: Any, kwargs: Any) -> tuple[tuple[Any, ...], Any]:
    if with_kwargs:
        answer = hook(module, args, kwargs)
        if answer is not None and not (isinstance(answer, tuple) and len(answer) == 2):
            raise TypeError(
                f"{module._described()}: a forward pre-hook with_kwargs returns None or a pair (args, kwargs), not "
                f"{type(answer).__name__}"
            )
        return (args, kwargs) if answer is None else answer
    answer = hook(module, args)
    return (args if answer is None else answer if isinstance(answer, tuple) else (answer,)), kwargs


def _ask_after(hook: Hook, with_kwargs: bool, module: Any, args: Any, kwargs: Any, output: Any) -> Any:
    answer = hook(module, args, kwargs, output) if with_kwargs else hook(module, args, output)
    return output if answer is None else answer


# ------------------------------------------------------------------------------------------------- the way back through


class Passage:
    """One call of a module with backward hooks: what stands in the graph where it began and where it ended.

    It stays in the graph, and so it holds the module weakly, and of the sweeps that are inside the module at this
    moment (each in its thread) only the gradients with which they came in.
    """

    def __init__(self, module: Hooked, hooks: Hooks) -> None:
        self.module = weakref.ref(module)
        self.keys = {*hooks.backward, *hooks.backward_before}
        self.inputs = 0
        self.has_entrance = False
        self.inside: dict[int, list[Any]] = {}

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments, led through a node."""
        flat = [value for arg in args for value in _flat(arg)]
        self.inputs = len(flat)
        passed = _led_through(flat, self._gone_out)
        self.has_entrance = passed is not flat
        parts = iter(passed)
        return tuple([_like(arg, parts) for arg in args])

    def leave(self, result: Any) -> Any:
        """Return the result, led through a node."""
        return _like(result, iter(_led_through(list(_flat(result)), self._come_in)))

    def _come_in(self, gradients: list[Any]) -> list[Any]:
        """Take the gradients by the outputs into the module."""
        for hook, module in self._still("backward_before"):
            gradients = _replaced(gradients, hook(module, _shown(gradients)), "outputs", module)
        if self.has_entrance:
            self.inside[get_ident()] = gradients
        else:
            self._announce([None] * self.inputs, gradients)
        return gradients

    def _gone_out(self, gradients: list[Any]) -> list[Any]:
        """Take the gradients by the inputs out of the module."""
        came_in = self.inside.pop(get_ident(), None)  # none: the sweep began inside the module
        return gradients if came_in is None else self._announce(gradients, came_in)

    def _announce(self, gradients: list[Any], came_in: list[Any]) -> list[Any]:
        for hook, module in self._still("backward"):
            gradients = _replaced(gradients, hook(module, _shown(gradients), _shown(came_in)), "inputs", module)
        return gradients

    def _still(self, kind: str) -> list[tuple[Hook, Hooked]]:
        """Return the hooks that were registered when the module was called and still are, while it exists."""
        module = self.module()
        if module is None or module._hooks is None:
            return []
        return [(hook, module) for key, hook in getattr(module._hooks, kind).items() if key in self.keys]


@primitive(name="boundary", sequence="tensors", tensors=lambda g, hooks: hooks(g))
def _boundary(tensors: Any, hooks: Callable[[Any], Any]) -> Any:
    """Return the same arrays; `hooks` sees their gradients together.

    Several are copied. A node knows of one leaf only whose memory its outputs share, and of no other it would learn
    that it was written.
    """
    return (tensors[0],) if len(tensors) == 1 else tuple([x.copy() for x in tensors])


def _led_through(values: list[Any], react: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """Return the values, those that require a gradient led through one node; `react` will be told all gradients.

    It is the same list if none requires one.
    """
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.node is not None]
    if not places:
        return values
    count = len(values)
    arrived: dict[int, set[int]] = {}  # of the sweep in each thread

    def hooks(g: Sequence[Any]) -> list[Any]:
        came = arrived.pop(get_ident(), places)  # the engine fills in zeros for the others
        gradients: list[Any] = [None] * count
        for place, part in zip(places, g, strict=True):
            gradients[place] = part if place in came else None
        gradients = react(gradients)
        return [gradients[place] for place in places]

    passed = _boundary([values[place] for place in places], hooks)
    result = list(values)
    for place, tensor in zip(places, passed, strict=True):
        result[place] = tensor
        if len(places) > 1:
            tensor.register_hook(lambda g, place=place: arrived.setdefault(get_ident(), set()).add(place))
    return result


def _flat(value: Any) -> Iterator[Any]:
    """Yield what tuples, lists and dictionaries hold, one by one, if there are Tensors in them."""
    if _holds_tensors(value):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _flat(part)
    else:
        yield value


def _like(value: Any, parts: Iterator[Any]) -> Any:
    """Return the same tuples, lists and dictionaries with other things in them."""
    if not _holds_tensors(value):
        return next(parts)
    if isinstance(value, dict):
        return {key: _like(part, parts) for key, part in value.items()}
    inside = [_like(part, parts) for part in value]
    return type(value)._make(inside) if hasattr(value, "_make") else type(value)(inside)


def _holds_tensors(value: Any) -> bool:
    if not isinstance(value, (tuple, list, dict)):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return any(isinstance(part, Tensor) or _holds_tensors(part) for part in inside)


def _shown(gradients: list[Any]) -> Gradients:
    """Return gradients for a hook: Tensors of its own, with a place in the graph if the sweep is being recorded."""
    copies: list[Any] = [None if g is None else np.copy(g) for g in gradients]
    return tuple([g if g is None or isinstance(g, Tensor) else Tensor(g) for g in copies])


def _replaced(gradients: list[Any], answer: Any, side: str, module: Hooked) -> list[Any]:
    """Return the gradients with those in their place that a hook answered."""
    if answer is None:
        return gradients
    answers = answer if isinstance(answer, (tuple, list)) else (answer,)
    if len(answers) != len(gradients):
        raise ValueError(
            f"{module._described()}: a backward hook returned {len(answers)} gradients by the {side}, and there are "
            f"{len(gradients)}; return one for each (None leaves it as it is), or None"
        )
    return [g if new is None else _in_place_of(g, new, side, module) for g, new in zip(gradients, answers, strict=True)]


def _in_place_of(g: Any, new: Any, side: str, module: Hooked) -> Any:
    if g is None:
        raise ValueError(
            f"{module._described()}: a backward hook returned a gradient by the {side} where there is none to replace; "
            "return None there"
        )
    if np.shape(new) != g.shape:
        raise ValueError(
            f"{module._described()}: a backward hook returned a gradient of shape {np.shape(new)} by the {side} in the "
            f"place of one of shape {g.shape}; return the same shape, or None to leave it as it is"
        )
    if isinstance(g, Tensor):  # the sweep is being recorded
        return new if isinstance(new, Tensor) else Tensor(new)
    return as_array(new)
