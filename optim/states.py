"""What is remembered, on its way out of an object and in again: the checks of ``load_state_dict``, and the copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor
from autograd.arrays import beside

from .parameters import called

if TYPE_CHECKING:
    from .optimizer import Optimizer


def refuse_other_state(state_dict: Any, kind: str, *names: str) -> None:
    """Raise ValueError unless this is a dict with these names: what ``state_dict`` of a `kind` returns."""
    if not isinstance(state_dict, Mapping) or (missing := [name for name in names if name not in state_dict]):
        what = f"it lacks {', '.join(map(repr, missing))}" if isinstance(state_dict, Mapping) else "it is no dict"
        raise ValueError(f"this is not what the state_dict() of {kind} returns: {what}")


def refuse_unfit(state_dict: Any, optimizer: Optimizer) -> None:
    """Raise ValueError unless this can be the state of an optimiser with these parameters, groups and options."""
    kind, here = type(optimizer).__name__, optimizer.param_groups
    refuse_other_state(state_dict, kind, "state", "param_groups")
    state, groups = state_dict["state"], state_dict["param_groups"]
    _refuse_malformed(state, groups, kind)
    _refuse_other_sizes(groups, here, kind)
    for group, loaded in zip(here, groups, strict=True):
        if unknown := [name for name in loaded if name not in group]:
            raise ValueError(f"this state_dict is not one of {kind}, which has no option {', '.join(unknown)}")
        optimizer.check({**group, **loaded})
    _refuse_other_shapes(state, [parameter for group in here for parameter in group["params"]], kind)


def _refuse_malformed(state: Any, groups: Any, kind: str) -> None:
    if not isinstance(state, Mapping) or not all(isinstance(of, Mapping) for of in state.values()):
        raise ValueError(f"this is not what the state_dict() of {kind} returns: 'state' is no dict of dicts")
    if not isinstance(groups, (list, tuple)) or not all(isinstance(g, Mapping) and "params" in g for g in groups):
        raise ValueError(f"this is not what the state_dict() of {kind} returns: 'param_groups' is no list of groups")


def _refuse_other_sizes(groups: Sequence[Mapping[str, Any]], here: Sequence[Mapping[str, Any]], kind: str) -> None:
    expected, given = ([len(group["params"]) for group in some] for some in (here, groups))
    if expected != given:
        raise ValueError(
            f"this state_dict does not fit {kind}: it has groups of {given} parameters, and here are groups of "
            f"{expected}"
        )


def _refuse_other_shapes(state: Mapping[Any, Mapping[str, Any]], params: Sequence[Tensor], kind: str) -> None:
    if strange := [i for i in state if i not in range(len(params))]:
        raise ValueError(f"this state_dict remembers parameters {strange}, and here are {len(params)}, from 0")
    unfit = [
        f"{called(params[i])}: {name} of shape {params[i].shape} expected, {np.shape(value)} given"
        for i, of in state.items()
        for name, value in of.items()
        if np.ndim(value) and np.shape(value) != params[i].shape
    ]
    if unfit:
        raise ValueError(f"this state_dict does not fit {kind}:\n  " + "\n  ".join(unfit))


def copied(value: Any, like: Any = None) -> Any:
    """Return an array copied (to where `like` is; converted, if it holds more than a number); all else as it is."""
    if not hasattr(value, "dtype") or isinstance(value, np.generic):
        return value
    if like is None:
        return value.copy()
    there = beside(value, like)
    return there.astype(like.dtype) if value.ndim else there.copy()
