"""Schedule: a function of the number of steps, as an object: shown, multiplied, drawn, pickled."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any, TypeVar, cast

Curve = Callable[[int], Any]
Maker = TypeVar("Maker", bound=Callable[..., Any])


class Schedule:
    """A function of the number of steps, with a name, and whether it gives a factor or the value itself.

    Parameters
    ----------
    curve : callable
        t → number.
    text : str
        What it is shown as.
    factor : bool, default True
        Whether the option's first value is multiplied by the number; False: it is replaced by it.

    Examples
    --------
    Any function of your own:

    >>> from optim.schedules import Schedule
    >>> halving = Schedule(lambda t: 0.5**t, "halving")
    >>> [halving(t) for t in range(3)]
    [1.0, 0.5, 0.25]
    """

    def __init__(self, curve: Curve, text: str = "schedule", factor: bool = True) -> None:
        self.curve = curve
        self.text = text
        self.factor = factor
        self._made: Callable[[], Schedule] | None = None

    def __call__(self, t: int) -> Any:
        """Return the factor, or the value, after t steps."""
        return self.curve(t)

    def __mul__(self, other: Schedule) -> Schedule:
        """Return the product of two schedules: both apply."""
        if not isinstance(other, Schedule):
            return NotImplemented
        if not (self.factor and other.factor):
            raise ValueError(f"only factors are multiplied, and of {self} and {other} at least one is a value itself")
        product = Schedule(lambda t: self(t) * other(t), f"{self} * {other}")
        product._made = functools.partial(operator.mul, self, other)
        return product

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Return how it is copied and pickled: by the call that has made it, if that is known."""
        return super().__reduce_ex__(protocol) if self._made is None else (self._made, ())

    def __repr__(self) -> str:
        return self.text

    def plot(self, steps: int, ax: Any = None) -> Any:
        """Draw the schedule over so many steps. See :func:`plot`."""
        return plot(self, steps, ax)


def remade(maker: Maker) -> Maker:
    """Have the schedules of a function pickled as the call that has made them: their curves could not be."""

    @functools.wraps(maker)
    def make(*args: Any, **options: Any) -> Any:
        schedule = maker(*args, **options)
        schedule._made = functools.partial(make, *args, **options)
        return schedule

    return cast(Maker, make)


def plot(schedule: Curve, steps: int, ax: Any = None) -> Any:
    """Draw a schedule, or any function of the number of steps.

    Parameters
    ----------
    schedule : callable
        t → number.
    steps : int
        How many steps.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If Matplotlib is missing.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from optim import schedules
    >>> schedules.plot(schedules.cosine(100), 100).get_ylabel()
    'factor'
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("plot needs Matplotlib; install it with: pip install 'seegrad[training]'") from error
    ax = plt.subplots(figsize=(6, 2.5), layout="constrained")[1] if ax is None else ax
    ax.plot(range(steps), [schedule(t) for t in range(steps)])
    ax.set_xlabel("step")
    ax.set_ylabel("factor" if getattr(schedule, "factor", False) else "value")
    ax.set_title(str(schedule) if isinstance(schedule, Schedule) else getattr(schedule, "__name__", "schedule"))
    ax.grid(alpha=0.3)
    return ax
