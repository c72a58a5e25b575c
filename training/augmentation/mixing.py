"""Augmentation that mixes examples, and their labels with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.random import Rng, generator
from nn.functional import options

from .base import Augmentation


class Mixup(Augmentation):
    """Mix each example with another of the batch, and its label likewise: x̃ = λx + (1−λ)x′, ỹ = λy + (1−λ)y′.

    λ is of a Beta(α, α) distribution, a number for each example. Examples may have any shape.

    Parameters
    ----------
    alpha : float, default 0.2
        α: towards 0 the examples stay what they are, with 1 every mixture is as likely.
    classes : int, optional
        How many there are: labels that are class numbers become probabilities of shape (N, classes), as
        ``nn.CrossEntropyLoss`` takes them. Not needed where labels are floating-point (probabilities, or the targets of
        a regression).

    Raises
    ------
    ValueError
        If `alpha` or `classes` is not positive; on a call, if there are no labels, or class numbers and no `classes`,
        or a class that there is not.
    TypeError
        On a call, if x is no array of floating-point numbers.

    References
    ----------
    Zhang, Cissé, Dauphin & Lopez-Paz, "mixup: beyond empirical risk minimization" (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from training import Mixup
    >>> x, y = Mixup(1.0, classes=2)(np.array([[0.0], [1.0]]), np.array([0, 1]), rng=3)
    >>> x.round(2).ravel(), y.round(2)
    (array([0.73, 0.18]), array([[0.27, 0.73],
           [0.82, 0.18]]))
    """

    def __init__(self, alpha: float = 0.2, classes: int | None = None) -> None:
        super().__init__()
        if not options.is_number(alpha) or not 0 < alpha < float("inf"):
            raise ValueError(f"Mixup needs alpha > 0, and finite, not {alpha!r}")
        if classes is not None and classes < 1:
            raise ValueError(f"Mixup needs at least one class, not classes={classes}")
        self.alpha = alpha
        self.classes = classes

    def __call__(self, x: Any, y: Any = None, rng: Rng = None) -> Any:
        """Return (x̃, ỹ), of the dtype of x. See :meth:`Augmentation.__call__`."""
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            given = str(x.dtype) if isinstance(x, np.ndarray) else type(x).__name__
            raise TypeError(f"Mixup computes with x, which must be an array of floating-point numbers, not {given}")
        if y is None:
            raise ValueError("Mixup mixes the labels too: give it y")
        rng = generator(rng)
        weight = rng.beta(self.alpha, self.alpha, len(x)).astype(x.dtype)
        other = rng.permutation(len(x))
        return tuple(_mixed(part, other, weight) for part in (x, self._chances(np.asarray(y), x.dtype)))

    def _chances(self, y: Any, dtype: Any) -> Any:
        """Return labels as numbers that can be mixed."""
        if y.dtype.kind == "f":
            return y.astype(dtype, copy=False)
        if self.classes is None:
            raise ValueError("Mixup of class numbers needs to know how many classes there are: Mixup(classes=…)")
        if y.ndim != 1 or y.size and not 0 <= y.min() <= y.max() < self.classes:
            raise ValueError(
                f"Mixup needs class numbers 0 … {self.classes - 1} of shape (N,), not of shape {y.shape}"
                + (f" from {y.min()} to {y.max()}" if y.size else "")
            )
        return (y[:, None] == np.arange(self.classes)).astype(dtype)


def _mixed(values: Any, other: Any, weight: Any) -> Any:
    weight = weight.reshape(-1, *[1] * (values.ndim - 1))
    return weight * values + (1 - weight) * values[other]
