"""Dropout: units, or whole channels, left out at random while training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, as_array, plain
from autograd.random import Rng, generator

from . import options

DROPPED = "the probability that a unit is dropped"


@primitive(name="dropout", x=lambda g, kept, scale: g * kept * scale)
def _dropout(x: Any, kept: Any, scale: float) -> Any:
    return x * kept * scale


def _draw(shape: tuple[int, ...], p: float, rng: Rng, like: Any) -> Any:
    """Return which of so many units are kept: True with probability 1 − p.

    Sixteen random bits decide on each. A float for each would take three times as long.
    """
    n = math.prod(shape)
    bits = generator(rng).integers(0, 2**64 - 1, size=-(-n // 4), dtype=np.uint64, endpoint=True)
    kept = (bits.view(np.uint16)[:n] < round((1 - p) * 2**16)).reshape(shape)
    return kept if isinstance(like, np.generic) else np.asarray(kept, like=like)


def _dropped(x: Any, mask_shape: tuple[int, ...], p: float, training: bool, rng: Rng, inverted: bool) -> Any:
    p = plain(p)
    if not training:
        return x if inverted else x * (1.0 - p)
    if p == 0:
        return x
    kept = _draw(mask_shape, p, rng, x.data if isinstance(x, Tensor) else x)
    return _dropout(x, kept, 1 / (1 - p) if inverted and p < 1 else 1.0)


def dropout(x: Operand, p: float = 0.5, training: bool = True, rng: Rng = None, inverted: bool = True) -> Tensor:
    """Set each element to 0 with probability p, and divide the others by the keep probability 1 − p.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.
    p : float, default 0.5
        The probability that an element is dropped; it is met to 2⁻¹⁷.
    training : bool, default True
        Otherwise nothing is dropped.
    rng : Generator or int, optional
        Where the random numbers come from; default: the library's generator, see ``autograd.seed``.
    inverted : bool, default True
        The expectation of the result is x in training, so that nothing is left to do at test time. False is the
        original form: what is kept stays as it is in training, and everything is multiplied by 1 − p at test time.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If p is no probability.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout: a simple way to prevent neural networks from
    overfitting" (2014).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import dropout
    >>> dropout(np.ones(8), p=0.25, rng=3).round(2)
    array([0.  , 0.  , 1.33, 1.33, 0.  , 1.33, 1.33, 1.33])
    """
    options.parts("dropout", DROPPED, p=p)
    array = x if isinstance(x, Tensor) else as_array(x)
    return _dropped(array, array.shape, p, training, rng, inverted)


def dropout2d(x: Operand, p: float = 0.5, training: bool = True, rng: Rng = None, inverted: bool = True) -> Tensor:
    """Set whole channels to 0 with probability p, and divide the others by 1 − p.

    The neighbours in a feature map say nearly the same, so that dropping single elements would drop little.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W)
        Feature maps.
    p : float, default 0.5
        The probability that a channel of an example is dropped; it is met to 2⁻¹⁷.
    training : bool, default True
        Otherwise nothing is dropped.
    rng : Generator or int, optional
        Where the random numbers come from; default: the library's generator, see ``autograd.seed``.
    inverted : bool, default True
        As in :func:`dropout`.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If p is no probability, or x has another number of axes.

    References
    ----------
    Tompson, Goroshin, Jain, LeCun & Bregler, "Efficient object localization using convolutional networks" (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import dropout2d
    >>> dropout2d(np.ones((1, 4, 2, 2)), rng=3).sum(axis=(2, 3))
    array([[0., 0., 8., 8.]])
    """
    options.parts("dropout2d", DROPPED, p=p)
    array = x if isinstance(x, Tensor) else as_array(x)
    if array.ndim != 4:
        raise ValueError(f"dropout2d drops channels of x of shape (N, C, H, W), not {array.shape}; see dropout")
    return _dropped(array, (*array.shape[:2], 1, 1), p, training, rng, inverted)
