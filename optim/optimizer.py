"""Optimizer: what all update rules have in common: groups of parameters with their options, and a state for each.

A rule is one method, ``update``, on bare arrays: nothing of a step is ever recorded. It writes into the parameter
and into scratch arrays that are made once, so that no step allocates anything of a parameter's size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, enable_grad
from autograd.arrays import as_array, beside

from .packing import Packed, cut, is_long, why_not
from .parameters import called, listed, refuse_stranger
from .states import copied, refuse_unfit

Group: TypeAlias = dict[str, Any]
Params: TypeAlias = Iterable[Tensor] | Iterable[Mapping[str, Any]]


class Optimizer:
    """The base of all optimisers.

    A subclass gives its options to ``super().__init__(params, {"lr": lr, …})`` and writes :meth:`update`; if its
    options have limits, :meth:`check` too, and if it remembers arrays, :meth:`memory`.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, as ``model.parameters()`` gives it; or groups ``{"params": …, "lr": …}``, each with options of
        its own in the place of the common ones.
    defaults : dict
        The options, by name.
    flat : bool, optional
        Whether the parameters of a group lie end to end in one buffer, so that a step over many small ones is a few
        NumPy calls; their ``data`` are then views into it. Default: if the rule works element by element, they are
        NumPy arrays of one dtype, and nothing else holds these arrays. Needs ``elementwise``.

    Attributes
    ----------
    param_groups : list of dict
        The groups: a list ``"params"`` and the value of each option. To change the learning rate on the way, write
        ``group["lr"] = …``.
    state : dict of Tensor → dict
        What the rule remembers about each parameter: ``"step"``, how many it has taken, and arrays of its shape.
    elementwise : bool
        Of the class: whether each element's update depends on that element alone. Such a rule is given pieces of
        parameters, or several in one array, instead of one parameter after the other.

    Raises
    ------
    TypeError
        If something among the parameters is no leaf Tensor.
    ValueError
        If there are none, one comes twice, or an option is unknown or out of its limits.

    Notes
    -----
    In float16 the rules' ε of 1e−8 is 0, and the square of a gradient under 2e−4 too: 0/0. Give an `eps` of 1e−4 there,
    or train in float32.

    Examples
    --------
    >>> import numpy as np, optim
    >>> from autograd import Tensor
    >>> class SignDescent(optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr})
    ...
    ...     def update(self, w, g, state, group):
    ...         w -= group["lr"] * np.sign(g)
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> SignDescent([w], lr=0.1).step()
    >>> w.data
    array([ 0.9, -1.9])
    """

    elementwise: bool = False

    def __init__(self, params: Params, defaults: dict[str, Any], flat: bool | None = None) -> None:
        if flat not in (None, True, False):
            raise ValueError(f"flat must be True, False or None, not {flat!r}")
        if flat and not self.elementwise:
            raise ValueError(f"{type(self).__name__} does not work element by element, so flat=True is not possible")
        self.defaults = defaults
        self.flat = flat
        self.param_groups: list[Group] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._packed: dict[int, Packed] = {}
        self._scratch: dict[Any, Any] = {}
        for group in self._groups(params):
            self.add_param_group(group)

    # -------------------------------------------------------------------------------------------- what a rule can write

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Write the new value of one parameter into its array. Every subclass writes its own.

        Parameters
        ----------
        w : ndarray
            The parameter's array, to be written in place.
        g : ndarray of the same shape
            Its gradient, only to be read.
        state : dict
            What the rule remembers about this parameter: the arrays of :meth:`memory`, to be written in place, and the
            numbers of :meth:`advance`.
        group : dict
            The options.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update; write `def update(self, w, g, state, group)`")

    def memory(self, group: Group) -> dict[str, float]:
        """Return the names of the arrays that are remembered about each parameter, and what they are at first."""
        return {}

    def advance(self, numbers: dict[str, Any], group: Group) -> None:
        """Bring what is remembered beside the arrays to the next step: by default the count of the steps."""
        numbers["step"] = numbers.get("step", 0) + 1

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits; see :mod:`optim.options`."""

    # --------------------------------------------------------------------------------------------------------- training

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Update all parameters that have a gradient; the others, and those that are frozen, stay as they are.

        Parameters
        ----------
        closure : callable, optional
            Called first: computes the loss anew, with its gradients.

        Returns
        -------
        Tensor or None
            What `closure` returned.

        Raises
        ------
        ValueError
            If a gradient has not the shape of its parameter, or parameters cannot be packed though ``flat=True``. No
            parameter has been changed then.
        """
        loss = None if closure is None else self._loss_of(closure)
        # Everything that can fail comes first.
        work = [(group, [_gradient(parameter) for parameter in group["params"]]) for group in self.param_groups]
        packs = [self._pack(group, gradients) for group, gradients in work]
        for (group, gradients), packed in zip(work, packs, strict=True):
            if packed is not None and self._in_step(group):
                self._update_together(packed, gradients, group)
            else:
                self._update_one_by_one(gradients, group)
        return loss

    def _loss_of(self, closure: Any) -> Any:
        """Call the closure of a step."""
        if not callable(closure):
            raise TypeError(
                f"{type(self).__name__}.step takes a function that computes the loss, or nothing, not a "
                f"{type(closure).__name__}; after loss.backward() write step()"
            )
        with enable_grad():
            return closure()

    def _update_together(self, packed: Packed, gradients: Sequence[Any], group: Group) -> None:
        numbers = _numbers(self.state[packed.params[0]])
        self.advance(numbers, group)
        try:
            for piece in packed.pieces:
                self.update(piece.values, piece.gradient(gradients), {**numbers, **piece.memory}, group)
        finally:  # graphs learn of a write that was broken off, too
            for parameter in packed.params:
                self.state[parameter].update(numbers)
                parameter.mark_written()

    def _update_one_by_one(self, gradients: Sequence[Any], group: Group) -> None:
        memory = self.memory(group)
        for parameter, g in zip(group["params"], gradients, strict=True):
            if g is None:
                continue
            w, state = parameter.data, self.state.setdefault(parameter, {})
            for name, first in memory.items():
                if name not in state:
                    state[name] = np.full_like(w, first)
                elif state[name].dtype != w.dtype or type(state[name]) is not type(w):  # the model was converted
                    state[name] = beside(state[name], w).astype(w.dtype)
                    if id(group) in self._packed:
                        self._packed[id(group)].forget()
            self.advance(state, group)
            try:
                if self.elementwise and is_long(w) and all(is_long(state[name]) for name in memory):
                    self._update_in_pieces(w, g, state, group, memory)
                else:
                    self.update(w, g, state, group)
            finally:  # graphs learn of a write that was broken off, too
                parameter.mark_written()

    def _update_in_pieces(self, w: Any, g: Any, state: Any, group: Group, memory: Mapping[str, float]) -> None:
        rows = {name: state[name].reshape(-1) for name in memory}
        w, g = w.reshape(-1), g.reshape(-1)
        for part in cut(w.size):
            self.update(w[part], g[part], {**state, **{name: row[part] for name, row in rows.items()}}, group)

    def _in_step(self, group: Group) -> bool:
        """Say whether all parameters of the group have the same past: none was ever without a gradient alone."""
        first, *others = [_numbers(self.state[parameter]) for parameter in group["params"]]
        return all(numbers == first for numbers in others)

    def _pack(self, group: Group, gradients: Sequence[Any]) -> Packed | None:
        """Return the buffers of this group, made if need be; None if it is updated one parameter after the other."""
        params, memory = group["params"], self.memory(group)
        if self.flat is False or not self.elementwise or any(g is None for g in gradients):
            return None
        if self.flat is None and len(params) == 1:  # a single one lies end to end anyway
            return None
        packed = self._packed.get(id(group))
        if packed is not None and not packed.holds(params):
            packed = None
        astray = params if packed is None else packed.strays()
        if astray and (reason := why_not(astray)) is not None:
            if self.flat:
                raise ValueError(f"{type(self).__name__}(…, flat=True) cannot pack its parameters: {reason}")
            return None
        if packed is None:
            packed = self._packed[id(group)] = Packed(params)
        if astray:
            packed.take_back(astray)
        if not packed.pieces or packed.memory.keys() != memory.keys():
            packed.remember(memory, [self.state.setdefault(parameter, {}) for parameter in params])
        return packed

    def zero_grad(self) -> None:
        """Forget the gradients: every ``grad`` becomes None.

        Without it ``backward()`` adds the new gradients to those of the step before, and a step goes where both point.
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def scratch(self, like: Any, number: int = 0) -> Any:
        """Return an array to compute in, of this shape and dtype: the same one each time, with whatever was left in it.

        Parameters
        ----------
        like : ndarray
            The parameter's array.
        number : int, default 0
            Which one, for rules that need several at the same time.
        """
        key = (like.shape, like.dtype, number)
        if key not in self._scratch:
            self._scratch[key] = np.empty_like(like)
        return self._scratch[key]

    # ----------------------------------------------------------------------------------------------------------- groups

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Train more parameters, for example those of a layer that was frozen before.

        Parameters
        ----------
        group : dict
            ``"params"``, a Tensor or an iterable of them; options not given are the common ones.

        Raises
        ------
        TypeError, ValueError
            As for the constructor.
        """
        kind = type(self).__name__
        if not isinstance(group, Mapping):
            raise TypeError(f"{kind}: a group is a dict {{'params': …}}, not a {type(group).__name__}")
        if "params" not in group:
            raise ValueError(f"{kind}: a group needs 'params', and this one has only {', '.join(map(repr, group))}")
        given = group["params"]
        params = [given] if isinstance(given, Tensor) else listed(given, kind)
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for parameter in params:
            refuse_stranger(parameter, kind)
            if id(parameter) in known:
                raise ValueError(f"{kind}: {called(parameter)} comes twice; each parameter belongs to one group, once")
            known.add(id(parameter))
        if unknown := [name for name in group if name != "params" and name not in self.defaults]:
            raise ValueError(f"{kind} has no option {', '.join(map(repr, unknown))}; it has {', '.join(self.defaults)}")
        options = {**self.defaults, **group}
        self.check(options)
        self.param_groups.append({**options, "params": params})

    def _groups(self, params: Params) -> list[Mapping[str, Any]]:
        given: list[Any] = listed(params, type(self).__name__)
        if all(isinstance(group, Mapping) for group in given):
            return given
        return [{"params": given}]

    # ------------------------------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the options and of all that is remembered, to go on from later.

        Returns
        -------
        dict
            ``"state"``: by the number of the parameter, counted through all groups; ``"param_groups"``: the options,
            and the parameters' numbers.
        """
        numbers = {parameter: i for i, parameter in enumerate(self._params())}
        return {
            "state": {numbers[p]: {name: copied(v) for name, v in of.items()} for p, of in self.state.items()},
            "param_groups": [{**g, "params": [numbers[p] for p in g["params"]]} for g in self.param_groups],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned: options and memory of the same parameters, in the same groups.

        Parameters
        ----------
        state_dict : dict
            Arrays in it are copied, and converted to the dtype of their parameter.

        Raises
        ------
        ValueError
            If the groups, or the shapes, are others than here. Nothing has been changed then.
        """
        refuse_unfit(state_dict, self)
        for packed in self._packed.values():
            packed.forget()
        params = self._params()
        self.state = {
            params[i]: {name: copied(value, params[i].data) for name, value in of.items()}
            for i, of in state_dict["state"].items()
        }
        for group, loaded in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({name: value for name, value in loaded.items() if name != "params"})

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_scratch": {}, "_packed": {}}  # what a step makes for itself when it is missing

    def _params(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            options = ", ".join(f"{name}={group[name]}" for name in self.defaults)
            elements = sum(parameter.size for parameter in group["params"])
            lines.append(f"{len(group['params'])} parameters, {elements:,} elements: {options}")
        return f"{type(self).__name__}(" + "".join(f"\n  {line}" for line in lines) + "\n)"


# ---------------------------------------------------------------------------------------------------------- the helpers


def _gradient(parameter: Tensor) -> Any:
    """Return the gradient as a bare array, None if there is none or the parameter is frozen."""
    grad = parameter.grad
    if grad is None or not parameter.requires_grad:
        return None
    g = grad._data if type(grad) is Tensor else as_array(grad)
    if g.shape != parameter.shape:
        raise ValueError(
            f"the gradient of {called(parameter)} has shape {g.shape}, but its values have {parameter.shape}"
        )
    return g


def _numbers(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is remembered beside the arrays."""
    return {name: value for name, value in state.items() if not hasattr(value, "shape")}
