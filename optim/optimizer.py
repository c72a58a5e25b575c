"""Optimizer: what all update rules have in common: groups of parameters with their options, and a state for each.

A rule is one method, ``update``, on bare arrays: nothing of a step is ever recorded. It writes into the parameter
and into scratch arrays that are made once, so that no step allocates anything of a parameter's size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.arrays import as_array

Group: TypeAlias = dict[str, Any]
Params: TypeAlias = Iterable[Tensor] | Iterable[Mapping[str, Any]]


class Optimizer:
    """The base of all optimisers.

    A subclass gives its options to ``super().__init__(params, {"lr": lr, …})`` and writes :meth:`update`; if its
    options have limits, :meth:`check` too.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, as ``model.parameters()`` gives it; or groups ``{"params": …, "lr": …}``, each with options of
        its own in the place of the common ones.
    defaults : dict
        The options, by name.

    Attributes
    ----------
    param_groups : list of dict
        The groups: a list ``"params"`` and the value of each option. To change the learning rate on the way, write
        ``group["lr"] = …``.
    state : dict of Tensor → dict
        What the rule remembers about each parameter: numbers, and arrays of the parameter's shape.

    Raises
    ------
    TypeError
        If something among the parameters is no leaf Tensor.
    ValueError
        If there are none, one comes twice, or an option is unknown or out of its limits.
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._scratch: dict[Any, Any] = {}
        for group in self._groups(params):
            self.add_param_group(group)

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Write the new value of one parameter into its array. Every subclass writes its own.

        Parameters
        ----------
        w : ndarray
            The parameter's array, to be written in place.
        g : ndarray of the same shape
            Its gradient, only to be read.
        state : dict
            What the rule remembers about this parameter; empty at first.
        group : dict
            The options.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update; write `def update(self, w, g, state, group)`")

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits; see :func:`refuse_negative`."""

    # --------------------------------------------------------------------------------------------------------- training

    def step(self) -> None:
        """Update all parameters that have a gradient; the others, and those that are frozen, stay as they are.

        Raises
        ------
        ValueError
            If a gradient has not the shape of its parameter. No parameter has been changed then.
        """
        trained = [
            (parameter, as_array(parameter.grad), group)
            for group in self.param_groups
            for parameter in group["params"]
            if parameter.grad is not None and parameter.requires_grad
        ]
        for parameter, g, _ in trained:
            if g.shape != parameter.shape:
                raise ValueError(
                    f"the gradient of {_called(parameter)} has shape {g.shape}, but its values have {parameter.shape}"
                )
        for parameter, g, group in trained:
            self.update(parameter.data, g, self.state.setdefault(parameter, {}), group)
            parameter.mark_written()

    def zero_grad(self) -> None:
        """Forget the gradients: every ``grad`` becomes None."""
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
        if "params" not in group:
            raise ValueError(f"{kind}: a group needs 'params', and this one has only {', '.join(map(repr, group))}")
        given = group["params"]
        params = [given] if isinstance(given, Tensor) else _listed(given, kind)
        if not params:
            raise ValueError(f"{kind} got no parameters; an iterator like model.parameters() can be used only once")
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for parameter in params:
            _refuse_stranger(parameter, kind)
            if id(parameter) in known:
                raise ValueError(f"{kind}: {_called(parameter)} comes twice; each parameter belongs to one group, once")
            known.add(id(parameter))
        if unknown := [name for name in group if name != "params" and name not in self.defaults]:
            raise ValueError(f"{kind} has no option {', '.join(map(repr, unknown))}; it has {', '.join(self.defaults)}")
        options = {**self.defaults, **group}
        self.check(options)
        self.param_groups.append({**options, "params": params})

    def _groups(self, params: Params) -> list[Mapping[str, Any]]:
        given: list[Any] = _listed(params, type(self).__name__)
        if given and all(isinstance(group, Mapping) for group in given):
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
            "state": {numbers[p]: {name: _copied(v) for name, v in of.items()} for p, of in self.state.items()},
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
        params, groups = self._params(), state_dict["param_groups"]
        here, there = ([len(g["params"]) for g in gs] for gs in (self.param_groups, groups))
        if here != there:
            raise ValueError(
                f"this state_dict does not fit {type(self).__name__}: it has groups of {there} parameters, and "
                f"here are groups of {here}"
            )
        if strange := [i for i in state_dict["state"] if i not in range(len(params))]:
            raise ValueError(f"this state_dict remembers parameters {strange}, and here are {len(params)}, from 0")
        for group, loaded in zip(self.param_groups, groups, strict=True):
            if unknown := [name for name in loaded if name not in group]:
                raise ValueError(
                    f"this state_dict is not one of {type(self).__name__}, which has no option {', '.join(unknown)}"
                )
            self.check({**group, **loaded})
        unfit = [
            f"{_called(params[i])}: {name} of shape {params[i].shape} expected, {np.shape(value)} given"
            for i, of in state_dict["state"].items()
            for name, value in of.items()
            if np.ndim(value) and np.shape(value) != params[i].shape
        ]
        if unfit:
            raise ValueError(f"this state_dict does not fit {type(self).__name__}:\n  " + "\n  ".join(unfit))
        self.state = {
            params[i]: {name: _copied(value, params[i].dtype) for name, value in of.items()}
            for i, of in state_dict["state"].items()
        }
        for group, loaded in zip(self.param_groups, groups, strict=True):
            group.update({name: value for name, value in loaded.items() if name != "params"})

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_scratch": {}}  # nothing in the scratch arrays is worth a copy

    def _params(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            options = ", ".join(f"{name}={group[name]}" for name in self.defaults)
            elements = sum(parameter.size for parameter in group["params"])
            lines.append(f"{len(group['params'])} parameters, {elements:,} elements: {options}")
        return f"{type(self).__name__}(" + "".join(f"\n  {line}" for line in lines) + "\n)"


# ---------------------------------------------------------------------------------------------- what all rules may need


def descent(w: Any, g: Any, group: Group, out: Any) -> Any:
    """Return the gradient of what is minimised: −g if it is to be maximised, plus weight_decay·w.

    It is `g` itself where nothing changes, else it is written into `out`.
    """
    decay, maximize = group["weight_decay"], group.get("maximize", False)
    if decay:
        np.multiply(w, decay, out)
        return (np.subtract if maximize else np.add)(out, g, out)
    return np.negative(g, out) if maximize else g


def refuse_negative(options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError if one of these options is less than 0, or no number."""
    for name in names:
        if not options[name] >= 0:
            raise ValueError(f"{name} must not be negative, and is {options[name]}")


def _listed(params: Any, kind: str) -> list[Any]:
    """Return the parameters, or the groups, as a list."""
    if isinstance(params, Tensor):
        raise TypeError(f"{kind} takes an iterable of parameters, not a single Tensor; write [parameter]")
    if hasattr(params, "parameters"):
        raise TypeError(f"{kind} takes the parameters of {type(params).__name__}, not itself; write model.parameters()")
    if isinstance(params, (set, frozenset, Mapping)):
        raise TypeError(
            f"{kind} takes its parameters in an order that stays, not a {type(params).__name__}; give it a list"
        )
    return list(params)


def _refuse_stranger(parameter: Any, kind: str) -> None:
    if not isinstance(parameter, Tensor):
        hint = "; write model.parameters(), not named_parameters()" if isinstance(parameter, tuple) else ""
        raise TypeError(f"{kind} trains Tensors, and was given a {type(parameter).__name__}{hint}")
    if not parameter.is_leaf:
        raise TypeError(
            f"{kind} trains leaves, but {_called(parameter)} was computed by an operation; give it the Tensor "
            "from which it was computed"
        )


def _called(parameter: Tensor) -> str:
    return f"the parameter {parameter.name!r}" if parameter.name else f"a parameter of shape {parameter.shape}"


def _copied(value: Any, dtype: Any = None) -> Any:
    """Return an array copied (converted, if it holds more than a number), and anything else as it is."""
    if not hasattr(value, "dtype"):
        return value
    return value.astype(dtype) if dtype is not None and value.ndim else value.copy()
