"""Batches: the examples of a data set, a few at a time, in an order that can be had again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.random import Rng, generator
from nn.functional import options

from .augmentation import Augmentation
from .prefetch import ahead
from .sources import as_source, take

_MUST_AGREE = ("examples", "batch_size", "shuffle", "drop_last")


class Batches:
    """The examples of a data set in batches. Each ``for`` loop over it is one epoch.

    Parameters
    ----------
    X : array or sequence
        The inputs, an example a row: an array (also one that is memory-mapped: of it the rows of a batch are
        read and no others), or any sequence with a length whose ``X[i]`` are arrays of one shape, or pairs (x, y).
    y : array or sequence, optional
        The targets, as many. Without them, and without pairs, a batch is an array; otherwise the pair (x, y).
    batch_size : int or None, default 32
        Examples in a batch. None: all of them.
    shuffle : bool, default True
        Whether each epoch has an order of its own.
    rng : Generator or int, optional
        Where the seed of the orders and of `transform` comes from; default: the library's generator, see
        ``autograd.seed``. One number is drawn, now.
    drop_last : bool, default False
        Leave the last batch out if it is smaller than the others.
    transform : Augmentation or callable, optional
        What is done to each batch: an :class:`Augmentation`, or a function of x, such as the ``transform`` of a fitted
        scikit-learn transformer.
    prefetch : int, default 0
        How many batches a thread prepares while the loop is busy with another.
    dtype : data-type or None, default float32
        Floating-point numbers become numbers of this kind; integers stay (they are classes, or indices). None: all
        stay.

    Attributes
    ----------
    epoch : int
        The number of the epoch that goes on, or is to come; from 0.
    batch : int
        How many of its batches have been handed out.

    Raises
    ------
    TypeError
        If X or y hold no numbers, or `transform` cannot be called.
    ValueError
        If there are no examples, not as many in y as in X, or an option is out of range.

    Notes
    -----
    The order of epoch e comes from the seed and e, the random numbers of batch k from the seed, e and k. So the batches
    are the same with a thread and without, and a place in the middle of an epoch is three integers: ``state_dict`` has
    them, ``load_state_dict`` goes there, and the next loop yields the rest of that epoch, bit for bit. (A function
    given as `transform` that draws random numbers of its own is not part of that.) Without ``load_state_dict``, a loop
    after one that was left early begins the next epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from training import Batches
    >>> X, y = np.arange(10.0).reshape(5, 2), np.array([0, 1, 0, 1, 1])
    >>> batches = Batches(X, y, batch_size=2, rng=0)
    >>> for x, t in batches:
    ...     print(x.shape, t)
    (2, 2) [1 1]
    (2, 2) [0 0]
    (1, 2) [1]
    >>> len(batches), batches.epoch
    (3, 1)
    """

    def __init__(
        self,
        X: Any,
        y: Any = None,
        batch_size: int | None = 32,
        shuffle: bool = True,
        rng: Rng = None,
        drop_last: bool = False,
        transform: Augmentation | Callable[[Any], Any] | None = None,
        prefetch: int = 0,
        dtype: DTypeLike | None = np.float32,
    ) -> None:
        self._x = as_source("X", X)
        self._y = None if y is None else as_source("y", y)
        self.examples = len(self._x)
        if self.examples == 0:
            raise ValueError("X has no examples")
        if self._y is not None and len(self._y) != self.examples:
            raise ValueError(f"X has {self.examples} examples and y has {len(self._y)}: each needs its target")
        if batch_size is not None:
            options.sizes("Batches", batch_size=batch_size)
        if drop_last and batch_size is not None and batch_size > self.examples:
            raise ValueError(f"drop_last leaves nothing of {self.examples} examples in batches of {batch_size}")
        options.wholes("Batches", 0, prefetch=prefetch)
        _refuse_uncallable(transform)
        options.flags("Batches", shuffle=shuffle, drop_last=drop_last)
        self.batch_size = self.examples if batch_size is None else int(batch_size)
        self.shuffle = bool(shuffle)
        self.drop_last = bool(drop_last)
        self.transform = transform
        self.prefetch = prefetch
        self.dtype = None if dtype is None else np.dtype(dtype)
        self.epoch = self.batch = 0
        self._seed = int(generator(rng).integers(2**63))
        self._going_on = False  # whether the next loop takes up the epoch where it is
        self._loop: object = None  # which loop this place is that of: the one that began last

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self.examples // self.batch_size if self.drop_last else -(-self.examples // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        if self.batch and not self._going_on:
            self.epoch, self.batch = self.epoch + 1, 0
        self._going_on = False
        epoch, start = self.epoch, self.batch
        loop = self._loop = object()
        order = self._random(epoch).permutation(self.examples) if self.shuffle else None
        made = (self._make(epoch, k, order) for k in range(start, len(self)))
        with closing(ahead(made, self.prefetch)) as batches:
            for k, batch in enumerate(batches, start=start + 1):
                if self._loop is loop:
                    self.batch = k
                yield batch
        if self._loop is loop:
            self.epoch, self.batch = epoch + 1, 0

    def state_dict(self) -> dict[str, Any]:
        """Return the place: the seed, the epoch, how many of its batches are done; and what it is a place in."""
        return {
            "seed": self._seed,
            "epoch": self.epoch,
            "batch": self.batch,
            **{name: getattr(self, name) for name in _MUST_AGREE},
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to the place that :meth:`state_dict` returned: the next loop yields the rest of that epoch.

        Raises
        ------
        ValueError
            If it is a place in other batches. Nothing has been changed then.
        """
        state = {name: int(value) for name, value in state_dict.items()}
        if missing := sorted(self.state_dict().keys() - state.keys()):
            raise ValueError(f"this is no place in Batches: it has no {', '.join(missing)}")
        if other := [name for name in _MUST_AGREE if state[name] != getattr(self, name)]:
            there, here = (
                ", ".join(f"{name}={type(getattr(self, name))(value[name])}" for name in other)
                for value in (state, self.state_dict())
            )
            raise ValueError(f"this is a place in Batches with {there}, and these have {here}")
        if state["seed"] < 0 or state["epoch"] < 0 or not 0 <= state["batch"] <= len(self):
            raise ValueError(
                f"there is no batch {state['batch']} of epoch {state['epoch']}, seed {state['seed']}: "
                f"an epoch has {len(self)} batches"
            )
        self._seed, self.epoch, self.batch = state["seed"], state["epoch"], state["batch"]
        self._going_on = True
        self._loop = None

    def __repr__(self) -> str:
        size = f"{self.examples} examples in {len(self)} batches of {self.batch_size}"
        return f"Batches({size}, shuffle={self.shuffle}, epoch={self.epoch}, batch={self.batch})"

    def _random(self, *place: int) -> np.random.Generator:
        """Return the generator of an epoch, or of a batch of it: always in the same state."""
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=place))

    def _make(self, epoch: int, k: int, order: Any) -> Any:
        """Return batch k of an epoch."""
        first, last = k * self.batch_size, min((k + 1) * self.batch_size, self.examples)
        rows = np.arange(first, last) if order is None else order[first:last]
        x, y = take("X", self._x, rows), None
        if self._y is not None:
            y = take("y", self._y, rows)
        if isinstance(x, tuple):
            if y is not None:
                raise ValueError("the examples of X are pairs (x, y), and y is given as well: leave it out")
            x, y = x
        if isinstance(self.transform, Augmentation):
            result = self.transform(x, y, self._random(epoch, k))
            x, y = (result, None) if y is None else result
        elif self.transform is not None:
            x = self.transform(x)
        return self._cast(x) if y is None else (self._cast(x), self._cast(y))

    def _cast(self, array: Any) -> Any:
        return array.astype(self.dtype, copy=False) if self.dtype and array.dtype.kind == "f" else array


def _refuse_uncallable(transform: Any) -> None:
    if transform is not None and not callable(transform):
        name = type(transform).__name__
        hint = f"; give the method .transform of this {name}" if hasattr(transform, "transform") else ""
        raise TypeError(f"transform must be an Augmentation or a function of x, not {name}{hint}")
