"""A whole model at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from autograd.random import Rng, generator

from ..module import Module
from ..parameter import Parameter, write
from . import simple, structured, variance
from .parts import drawn, is_bias, is_matrix

M = TypeVar("M", bound=Module)

SCHEMES: dict[str, Callable[..., Any]] = {
    name.removesuffix("_"): getattr(page, name)
    for page, names in (
        (simple, "zeros_ ones_ constant_ normal_ uniform_ trunc_normal_"),
        (variance, "xavier_uniform_ xavier_normal_ xavier_fan_in_uniform_ xavier_fan_in_normal_"),
        (variance, "lecun_uniform_ lecun_normal_ kaiming_uniform_ kaiming_normal_ he_uniform_ he_normal_"),
        (variance, "random_walk_"),
        (structured, "orthogonal_ identity_ sparse_"),
    )
    for name in names.split()
}


def initialise(model: M, scheme: str | Callable[..., Any], rng: Rng = None, **options: Any) -> M:
    """Initialise all weights of a model by one scheme, and set its biases to zero.

    Parameters
    ----------
    model : Module
        The weights are the parameters of two axes or more. Where several matrices lie in one, each is drawn by itself,
        with its own fan-in and fan-out: the gates of a recurrent layer, the three projections of attention, the groups
        of a convolution, the pieces of maxout; and a transposed convolution is turned round. A weight-normalised layer
        gets such lengths and directions that its weight is the one drawn. Biases (by their name) become 0. The others
        stay as they are: embeddings, the gains of normalisation layers, the slopes of PReLU, and whatever is frozen.
    scheme : str or callable
        The name of an initialiser, such as ``"xavier_uniform"``, ``"he_normal"`` or ``"orthogonal"``; or a function
        that is called with each weight and, if it has such a parameter, ``rng``, and writes into the weight.
    rng : Generator or int, optional
        Where the numbers come from, weight after weight in the order of ``named_parameters()``: the same seed gives the
        same model. Default: the library's generator, see ``autograd.seed``.
    **options
        For the scheme: ``nonlinearity="tanh"``, ``gain=2.0``, ``std=0.01``.

    Returns
    -------
    Module
        The same one.

    Raises
    ------
    ValueError
        If there is no scheme of this name. An error of the scheme names the weight. The model is then as it was.

    Examples
    --------
    >>> import nn
    >>> net = nn.Sequential(nn.Linear(800, 100), nn.ReLU(), nn.Linear(100, 10))
    >>> net = nn.init.initialise(net, "he_normal", rng=0)
    >>> round(float(net[0].weight.data.std()), 3), float(net[0].bias.data.max())
    (0.05, 0.0)
    """
    draw = _with_options(scheme, generator(rng), options)
    new: dict[int, tuple[Callable[[Any], Any], Any]] = {}
    for module in model.modules():
        for name, parameter, put in _settable(module):
            if id(parameter) in new or not parameter.requires_grad:
                continue
            if is_matrix(module, name, parameter):
                new[id(parameter)] = put, drawn(draw, module, name)
            elif is_bias(name):
                new[id(parameter)] = put, 0.0
    for put, values in new.values():
        put(values)
    return model


def _settable(module: Module) -> Iterator[tuple[str, Parameter, Callable[[Any], Any]]]:
    """Yield what a module computes with: name, parameter, and the function that gives it new values.

    Of a weight-normalised layer that is the weight, as it was; the lengths and directions follow from it.
    """
    from ..parametrisation import Parametrisations, WeightNorm  # which itself writes with this package

    if isinstance(module, WeightNorm):
        return
    for name, parameter in module._own(Parameter):
        yield name, parameter, partial(write, parameter)
    for holder in module.children():
        for name, computed in holder._own(WeightNorm) if isinstance(holder, Parametrisations) else ():
            yield name, computed.original1, computed.assign


def _with_options(scheme: str | Callable[..., Any], rng: Any, options: dict[str, Any]) -> Callable[[Parameter], Any]:
    """Return the scheme as a function of a weight alone."""
    if isinstance(scheme, str):
        name = scheme.removesuffix("_")
        if name not in SCHEMES:
            raise ValueError(f"initialise: there is no scheme {scheme!r}; there are {', '.join(SCHEMES)}")
        scheme = SCHEMES[name]
    elif not callable(scheme):
        raise TypeError(f"initialise: a scheme is a name or a function, not {type(scheme).__name__}")
    if "rng" in inspect.signature(scheme).parameters:
        options = {**options, "rng": rng}
    return lambda weight: scheme(weight, **options)
