"""What the rules share: the checks of their options, the gradient with its weight decay, and running means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Traits(NamedTuple):
    """What a rule makes of the gradients: its row in the course's table, see :func:`optim.table`."""

    first_moments: bool = False
    second_moments: bool = False
    leaky: bool = False
    bias_correction: bool = False
    paper: str = ""


# ---------------------------------------------------------------------------------------------------------- the options


def refuse_negative(options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError if one of these options is less than 0, or no finite number."""
    for name in names:
        if not is_number(options[name]) or not math.isfinite(options[name]):
            raise ValueError(f"{name} must be a finite number, and is {options[name]!r}")
        if options[name] < 0:
            raise ValueError(f"{name} must not be negative, and is {options[name]}")


def refuse_less_than_one(options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError if one of these options is no whole number of at least 1."""
    for name in names:
        if not isinstance(options[name], (int, np.integer)) or options[name] < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, and is {options[name]!r}")


def refuse_unclear(options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError if one of these options is neither True nor False."""
    for name in names:
        if not isinstance(options[name], (bool, np.bool_)):
            raise ValueError(f"{name} must be True or False, and is {options[name]!r}")


def refuse_outside_unit(options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError if one of these options is not at least 0 and less than 1."""
    for name in names:
        if not is_number(options[name]) or not 0 <= options[name] < 1:
            raise ValueError(f"{name} must be a number from 0 to less than 1, and is {options[name]!r}")


def refuse_betas(options: Mapping[str, Any]) -> None:
    """Raise ValueError unless ``betas`` are two numbers, each at least 0 and less than 1."""
    betas = options["betas"]
    if not isinstance(betas, (tuple, list)) or len(betas) != 2 or not all(map(is_number, betas)):
        raise ValueError(f"betas must be two numbers, as (0.9, 0.999), and is {betas!r}")
    if not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"betas must be at least 0 and less than 1, and are {betas}")


def refuse_less_than(least: float, **numbers: Any) -> None:
    """Raise ValueError if one of these is no number, or less than `least`."""
    for name, number in numbers.items():
        if not is_number(number):
            raise ValueError(f"{name} must be a number, and is {number!r}")
        if not number >= least:
            raise ValueError(f"{name} must be at least {least}, and is {number}")


def is_number(value: Any) -> bool:
    """Say whether it is a number, Python's or NumPy's; True and False are none."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


# ------------------------------------------------------------------------------------------------------- steps of rules


def descent(w: Any, g: Any, group: Mapping[str, Any], out: Any) -> Any:
    """Return the gradient of what is minimised: −g if it is to be maximised, plus the L2 penalty's λ w.

    It is `g` itself where nothing changes, else it is written into `out`. Decoupled weight decay is no part of the
    gradient: it shrinks the parameter here and now, w ← w − γ λ w.

    References
    ----------
    Loshchilov & Hutter, "Decoupled weight decay regularization" (2019).
    """
    decay, maximize = group["weight_decay"], group["maximize"]
    if decay and group.get("decoupled_weight_decay", False):
        np.multiply(w, 1 - group["lr"] * decay, w)
    elif decay:
        np.multiply(w, decay, out)
        return (np.subtract if maximize else np.add)(out, g, out)
    return np.negative(g, out) if maximize else g


def follow(mean: Any, x: Any, beta: float, s: Any) -> None:
    """Move a running mean towards x: mean ← β mean + (1 − β) x. `s` is an array to compute in."""
    np.multiply(mean, beta, mean)
    np.add(mean, np.multiply(x, 1 - beta, s), mean)


def follow_square(mean: Any, x: Any, beta: float, s: Any) -> None:
    """Move a running mean towards x²: mean ← β mean + (1 − β) x². `s` is an array to compute in."""
    np.multiply(mean, beta, mean)
    np.multiply(np.multiply(x, x, s), 1 - beta, s)
    np.add(mean, s, mean)
