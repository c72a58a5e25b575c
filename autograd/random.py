"""The random numbers of the whole library: one generator, unless you bring your own."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Rng: TypeAlias = np.random.Generator | int | None

_default = np.random.default_rng()


def seed(n: int | None = None) -> None:
    """Start the library's generator afresh from `n`: the same seed gives the same numbers.

    Everything random takes ``rng=`` too (a ``numpy.random.Generator`` or an int), and then does not touch this
    generator. It is the one thing that the threads of a program share here: which of them draws which numbers depends
    on their timing, and a forked process goes on with a copy of it. Threads and processes that are to be repeatable get
    an ``rng`` each.

    Parameters
    ----------
    n : int, optional
        The seed. Without it the numbers differ from run to run, as they do at the start of a program.

    Raises
    ------
    TypeError
        If `n` is neither an int nor None.

    Examples
    --------
    >>> import autograd
    >>> autograd.seed(0)
    """
    global _default
    if not isinstance(n, (int, np.integer, type(None))):
        raise TypeError(f"a seed is an int or None, not {type(n).__name__}")
    _refuse_negative(n)
    _default = np.random.default_rng(n)


def generator(rng: Rng = None) -> np.random.Generator:
    """Return the generator that `rng` means: itself, a new one for an int, the library's for None.

    Raises
    ------
    TypeError
        If `rng` is none of the three.
    """
    if rng is None:
        return _default
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)):
        _refuse_negative(rng)
        return np.random.default_rng(int(rng))
    raise TypeError(f"rng must be a numpy.random.Generator, an int or None, not {type(rng).__name__}")


def _refuse_negative(seed: Any) -> None:
    if seed is not None and seed < 0:
        raise ValueError(f"a seed is a whole number from 0 on, and this one is {seed}")
