"""Ensembles: the mean of what several networks say, and how far they disagree.

The networks may be models that were trained by themselves, checkpoints of one model, or those that dropout makes of one
model by leaving units out: all that share its weights, one by one (:func:`subnetworks`), or some at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np

from autograd import Tensor, no_grad
from autograd.random import Rng, generator
from nn import Module
from nn import functional as F

from .evaluation import bare, cast, evaluating, model_dtype, predict
from .randomness import randomness_kept

Of = Literal["probabilities", "outputs"]


class Ensemble(NamedTuple):
    """What several networks say of the same examples.

    Attributes
    ----------
    mean : ndarray of shape (N, …)
        The mean of their predictions.
    spread : ndarray of shape (N, …)
        Their standard deviation.
    members : ndarray of shape (M, N, …)
        What each says.
    of : {"probabilities", "outputs"}
        What the predictions are.
    """

    mean: Any
    spread: Any
    members: Any
    of: Of = "outputs"

    def disagreement(self) -> Any:
        """Return how unsure the ensemble is because its members disagree, for each example: shape (N,).

        Of probabilities it is the mutual information H(mean of p) − mean of H(p), in nats: 0 if all say the same,
        however unsure each is by itself. Of outputs it is their variance over the members (the sum over several).
        """
        if self.of == "probabilities":
            return _entropy(self.mean) - _entropy(self.members).mean(axis=0)
        return (self.spread**2).reshape(len(self.spread), -1).sum(axis=1)


def average_models(models: Iterable[Module], X: Any, of: Of = "probabilities") -> Ensemble:
    """Average the predictions of models that were trained by themselves.

    Parameters
    ----------
    models : iterable of Module
        A generator holds one of them at a time.
    X : array of shape (N, …)
        The examples.
    of : {"probabilities", "outputs"}, default "probabilities"
        Whether the outputs are scores of classes, whose softmax is averaged, or are averaged themselves.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If there is no model, or `of` is something else.

    References
    ----------
    Hansen & Salamon, "Neural network ensembles" (1990); Lakshminarayanan, Pritzel & Blundell, "Simple and scalable
    predictive uncertainty estimation using deep ensembles" (2017).

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import average_models
    >>> X = np.ones((5, 3))
    >>> ensemble = average_models([nn.Linear(3, 2, rng=seed) for seed in range(4)], X)
    >>> ensemble.members.shape, ensemble.mean.shape, ensemble.disagreement().shape
    ((4, 5, 2), (5, 2), (5,))
    """
    return _ensemble([predict(model, X) for model in models], of)


def average_states(model: Module, states: Iterable[Mapping[str, Any]], X: Any, of: Of = "probabilities") -> Ensemble:
    """Average the predictions of one model with several states: checkpoints of its training.

    Parameters
    ----------
    model : Module
        Afterwards it has its own state again.
    states : iterable of dict
        State dicts of the model; a generator holds one at a time.
    X, of
        As of :func:`average_models`.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If there is no state, or one does not fit.

    Notes
    -----
    The average of the parameters, which needs but one pass, is :class:`optim.Averaged` and
    :func:`optim.average_checkpoints`.

    References
    ----------
    Huang, Li, Pleiss, Liu, Hopcroft & Weinberger, "Snapshot ensembles: train 1, get M for free" (2017).

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import average_states
    >>> net, states = nn.Linear(4, 3), [nn.Linear(4, 3, rng=seed).state_dict() for seed in range(5)]
    >>> average_states(net, states, np.ones((2, 4), dtype=np.float32)).mean.shape
    (2, 3)
    """
    before, found = model.state_dict(), []
    try:
        for state in states:
            model.load_state_dict(state)
            found.append(predict(model, X))
    finally:
        model.load_state_dict(before)
    return _ensemble(found, of)


def average_masks(model: Module, X: Any, passes: int = 100, of: Of = "probabilities", rng: Rng = None) -> Ensemble:
    """Average the predictions of many passes with dropout, each with other units left out.

    Parameters
    ----------
    model : Module
        With dropout layers; see :func:`nn.monte_carlo`, which averages outputs.
    X, of
        As of :func:`average_models`.
    passes : int, default 100
        How many there are.
    rng : Generator or int, optional
        Where the masks come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If there is no dropout layer, or no pass.

    References
    ----------
    Gal & Ghahramani, "Dropout as a Bayesian approximation: representing model uncertainty in deep learning" (2016).

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import average_masks
    >>> net = nn.Sequential(nn.Linear(4, 3, rng=0), nn.Dropout(0.5, rng=1))
    >>> average_masks(net, np.ones((2, 4), dtype=np.float32), passes=20).mean.shape
    (2, 3)
    """
    layers = _dropout_layers(model, "average_masks")
    if passes < 1:
        raise ValueError(f"average_masks needs at least one pass, not passes={passes}")
    random, x, found = generator(rng), cast(X, model_dtype(model)), []
    before = [layer.rng for layer in layers]
    try:
        for layer in layers:
            layer.rng = random
        with evaluating(model):
            for layer in layers:
                layer.training = True
            found = [bare(model(x)) for _ in range(passes)]
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.rng = own
    return _ensemble(found, of)


class Subnetworks(NamedTuple):
    """All networks that dropout makes of one.

    Attributes
    ----------
    masks : ndarray of shape (2ⁿ, n), of bool
        Which of the n units each has.
    chances : ndarray of shape (2ⁿ,)
        How likely each is.
    outputs : ndarray of shape (2ⁿ, N, …)
        What each says.
    mean : ndarray of shape (N, …)
        Σ chance · output: what the mean over ever more random passes comes to.
    """

    masks: Any
    chances: Any
    outputs: Any
    mean: Any


def subnetworks(model: Module, X: Any, most: int = 16) -> Subnetworks:
    """Run every network that dropout makes of a model by removing units: an ensemble that shares its weights.

    Parameters
    ----------
    model : Module
        With dropout layers (``nn.Dropout``, inverted) in front of which there are n units in all.
    X : array of shape (N, …)
        The examples.
    most : int, default 16
        How many units there may be: 2ⁿ networks are run.

    Returns
    -------
    Subnetworks

    Raises
    ------
    ValueError
        If there is no dropout layer, or there are more units.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), §7.12: a base network of 2 inputs and 2 hidden units has 16.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import subnetworks
    >>> first, second = nn.Linear(2, 2, rng=0), nn.Linear(2, 1, rng=1)
    >>> base = nn.Sequential(nn.Dropout(0.5), first, nn.Tanh(), nn.Dropout(0.5), second)
    >>> found = subnetworks(base, np.ones((3, 2)))
    >>> len(found.masks), found.outputs.shape
    (16, (16, 3, 1))
    """
    layers = _dropout_layers(model, "subnetworks")
    x, widths = cast(X, model_dtype(model)), {}
    given: dict[int, Any] = {}

    def replace(layer: Any, args: tuple[Any, ...], output: Any) -> Any:
        widths[id(layer)] = int(np.prod(args[0].shape[1:]))
        if id(layer) not in given:
            return None
        mask = given[id(layer)].reshape(args[0].shape[1:])
        return Tensor(bare(args[0]) * (mask / (1 - layer.p)).astype(args[0].dtype))

    handles = [layer.register_forward_hook(replace) for layer in layers]
    try:
        with randomness_kept(model), evaluating(model):
            model(x)
            sizes = [widths[id(layer)] for layer in layers]
            n = sum(sizes)
            if n > most:
                raise ValueError(
                    f"subnetworks runs 2ⁿ networks of n units, and here are {n}; at most {most} are allowed"
                )
            masks = np.array(list(product([False, True], repeat=n)))
            outputs = []
            for mask in masks:
                parts = np.split(mask, np.cumsum(sizes)[:-1])
                given.update({id(layer): part for layer, part in zip(layers, parts, strict=True)})
                outputs.append(bare(model(x)))
    finally:
        for handle in handles:
            handle.remove()
    kept = np.repeat([1 - layer.p for layer in layers], sizes)
    chances = np.where(masks, kept, 1 - kept).prod(axis=1)
    found = np.stack(outputs)
    return Subnetworks(masks, chances, found, np.tensordot(chances, found.astype(float), axes=1))


def _dropout_layers(model: Module, function: str) -> list[Any]:
    layers = [module for module in model.modules() if getattr(module, "random_in_training", False)]
    if not layers:
        raise ValueError(f"{function}: {type(model).__name__} has no dropout layer; put nn.Dropout into it")
    return layers


def _ensemble(outputs: list[Any], of: Of) -> Ensemble:
    if of not in ("probabilities", "outputs"):
        raise ValueError(f"of must be 'probabilities' or 'outputs', not {of!r}")
    if not outputs:
        raise ValueError("an ensemble has at least one member, and there is none")
    members = np.stack(outputs)
    if of == "probabilities":
        with no_grad():
            members = bare(F.softmax(members.astype(np.float64), axis=2))
    return Ensemble(members.mean(axis=0), members.std(axis=0), members, of)


def _entropy(p: Any) -> Any:
    """Return −Σ p log p over the last axis."""
    return -(p * np.log(np.maximum(p, math.ulp(0.0)))).sum(axis=-1)
