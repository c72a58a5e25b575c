"""Random numbers as a part of a training's state: every generator that the library and a model draw from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.random import generator
from nn import Module


def generators(*modules: Any) -> dict[str, np.random.Generator]:
    """Return the library's generator and those that the modules hold (as dropout's ``rng``), by their places."""
    found = {"library": generator()}
    for i, module in enumerate(modules):
        for path, owner in module.named_modules() if isinstance(module, Module) else ():
            for name, value in vars(owner).items():
                if isinstance(value, np.random.Generator):
                    found[f"{i}:{path}.{name}"] = value
    return found


def random_state(*modules: Any) -> dict[str, Any]:
    """Return where all generators are now."""
    return {place: rng.bit_generator.state for place, rng in generators(*modules).items()}


def load_random_state(state: Mapping[str, Any], *modules: Any) -> None:
    """Put all generators where they were.

    Raises
    ------
    ValueError
        If here are others. Nothing has been changed then.
    """
    here = generators(*modules)
    if state.keys() != here.keys():
        raise ValueError(
            f"the state has random generators at {', '.join(state)}, and here they are at {', '.join(here)}"
        )
    for place, rng in here.items():
        if rng.bit_generator.state["bit_generator"] != state[place]["bit_generator"]:
            kinds = state[place]["bit_generator"], rng.bit_generator.state["bit_generator"]
            raise ValueError(f"the random generator at {place} was a {kinds[0]}, and here it is a {kinds[1]}")
    for place, rng in here.items():
        rng.bit_generator.state = state[place]


@contextmanager
def randomness_kept(*modules: Any) -> Iterator[None]:
    """Put all generators back at the end of a ``with`` block: what is drawn in it was never drawn."""
    before = random_state(*modules)
    try:
        yield
    finally:
        load_random_state(before, *modules)
