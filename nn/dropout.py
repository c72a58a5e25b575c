"""Dropout as layers, and the many random passes whose mean is the prediction."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, no_grad
from autograd.random import Rng, generator

from . import functional as F
from .functional import options
from .functional.dropout import DROPPED
from .module import Module


class _Dropout(Module):
    """What the layers that drop something share: p, the form, where the random numbers come from."""

    random_in_training = True  # and nothing else changes in training: see monte_carlo

    def __init__(self, p: float = 0.5, inverted: bool = True, rng: Rng = None) -> None:
        super().__init__()
        options.parts(type(self).__name__, DROPPED, p=p)
        options.flags(type(self).__name__, inverted=inverted)
        self.p = p
        self.inverted = inverted
        self.rng = None if rng is None else generator(rng)  # one generator for all calls: each has its own mask

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of floating point operations of a forward pass at test time."""
        return 0 if self.inverted else int(np.prod(output_shape))

    def extra_repr(self) -> str:
        """Return the options."""
        return f"p={self.p}" + ("" if self.inverted else ", inverted=False")


class Dropout(_Dropout):
    """While training, set each element to 0 with probability p. See :func:`nn.functional.dropout`.

    Parameters
    ----------
    p : float, default 0.5
        The probability that an element is dropped.
    inverted : bool, default True
        Divide what is kept by the keep probability 1 − p while training, and do nothing at test time. False is the
        original form: nothing else while training, and at test time everything is multiplied by 1 − p. The
        expectations agree.
    rng : Generator or int, optional
        Where the random numbers come from; default: the library's generator, see ``autograd.seed``.

    Raises
    ------
    ValueError
        If p is no probability.

    References
    ----------
    Hinton, Srivastava, Krizhevsky, Sutskever & Salakhutdinov, "Improving neural networks by preventing co-adaptation of
    feature detectors" (2012).

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Dropout(p=0.5, rng=3)
    >>> layer(np.ones(8))
    array([0., 0., 2., 2., 0., 2., 0., 2.])
    >>> layer.eval()(np.ones(3))
    array([1., 1., 1.])
    >>> nn.Dropout(p=0.5, inverted=False).eval()(np.ones(3))
    array([0.5, 0.5, 0.5])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x with elements dropped while training: the shape stays."""
        return F.dropout(x, self.p, self.training, self.rng, self.inverted)


class Dropout2d(_Dropout):
    """While training, set whole channels to 0 with probability p. See :func:`nn.functional.dropout2d`.

    Parameters
    ----------
    p : float, default 0.5
        The probability that a channel of an example is dropped.
    inverted : bool, default True
        As in :class:`Dropout`.
    rng : Generator or int, optional
        Where the random numbers come from; default: the library's generator, see ``autograd.seed``.

    Raises
    ------
    ValueError
        If p is no probability.

    References
    ----------
    Tompson, Goroshin, Jain, LeCun & Bregler, "Efficient object localization using convolutional networks" (2015).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Dropout2d(p=0.5, rng=3)(np.ones((1, 4, 2, 2))).sum(axis=(2, 3))
    array([[0., 0., 8., 8.]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x of shape (N, C, H, W) with channels dropped while training: the shape stays."""
        return F.dropout2d(x, self.p, self.training, self.rng, self.inverted)


class MonteCarlo(NamedTuple):
    """What many random passes gave: their mean, and their standard deviation, each of the shape of one output."""

    mean: Any
    spread: Any


def monte_carlo(model: Module, x: Any, passes: int = 100, rng: Rng = None) -> MonteCarlo:
    """Average the predictions of many passes with dropout: those of many networks that share their weights.

    Only the dropout layers work as in training. All else is evaluated (BatchNorm uses its running statistics), nothing
    is recorded, and afterwards each layer is in the mode that it was in before. A module of your own that calls
    :func:`nn.functional.dropout` itself counts as a dropout layer if its class says ``random_in_training = True``; it
    needs an attribute ``rng`` to draw from.

    Parameters
    ----------
    model : Module
        With at least one dropout layer.
    x : Tensor or array_like
        The input, as the model takes it.
    passes : int, default 100
        How many times the model is run, each time with other units left out.
    rng : Generator or int, optional
        Where the masks come from in these passes; default: where each layer has them from.

    Returns
    -------
    MonteCarlo
        A pair of arrays: ``mean``, of which the single pass of ``model.eval()`` is an approximation, and ``spread``,
        the standard deviation over the passes (1/passes), as a measure of how sure the model is.

    Raises
    ------
    ValueError
        If there is no dropout layer, or no pass.
    TypeError
        If the model returns something else than one Tensor.

    References
    ----------
    Gal & Ghahramani, "Dropout as a Bayesian approximation: representing model uncertainty in deep learning" (2016).

    Examples
    --------
    >>> import numpy as np, nn
    >>> net = nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 1, rng=0))
    >>> prediction = nn.monte_carlo(net, np.ones((3, 4), dtype=np.float32), passes=200, rng=0)
    >>> prediction.mean.shape, prediction.spread.shape
    ((3, 1), (3, 1))
    """
    everything = list(model.modules())
    random: list[Any] = [module for module in everything if getattr(module, "random_in_training", False)]
    if not random:
        raise ValueError(
            f"monte_carlo: {type(model).__name__} has no dropout layer, so that all passes would be the same; put "
            "nn.Dropout into it, or call model.eval()(x)"
        )
    options.sizes("monte_carlo", passes=passes)
    modes, generators = [module.training for module in everything], [module.rng for module in random]
    try:
        model.eval()
        for module in random:
            module.training = True
        if rng is not None:
            _give(random, [generator(rng)] * len(random))
        with no_grad():
            results = np.stack([_bare(model, model(x)) for _ in range(passes)])
    finally:
        for module, mode in zip(everything, modes, strict=True):
            module.training = mode
        _give(random, generators)
    return MonteCarlo(results.mean(axis=0), results.std(axis=0))


def _give(modules: list[Any], generators: list[Any]) -> None:
    for module, rng in zip(modules, generators, strict=True):
        module.rng = rng


def _bare(model: Module, y: Any) -> Any:
    """Return the array of an output, or raise TypeError if there are several."""
    if not hasattr(y, "shape"):
        raise TypeError(
            f"monte_carlo averages one Tensor, and {type(model).__name__} returns {type(y).__name__}; "
            "give it a model that returns one of them"
        )
    return y.data if isinstance(y, Tensor) else y
