"""Initial values from data: a batch goes through the model, and each layer is scaled by what it makes of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, TypeVar

import numpy as np

from autograd import Tensor, enable_grad, no_grad
from autograd.backward import gradients
from autograd.random import Rng, generator

from ..module import Module
from ..parameter import Parameter, write
from .parts import Scheme, drawn, is_matrix, parts
from .simple import zeros_
from .structured import orthogonal_
from .variance import kaiming_normal_

M = TypeVar("M", bound=Module)

DRAWS = 8  # of η: the rate of a layer with few outputs differs by 20 % from draw to draw


class _Layer(NamedTuple):
    """A layer that is initialised: its weight, and its bias if it has one that is trained."""

    module: Module
    weight: Parameter
    bias: Parameter | None


def lsuv_(model: M, x: Any, tol: float = 0.1, max_iterations: int = 10, rng: Rng = None) -> M:
    """Layer-sequential unit-variance: orthogonal weights, then each layer scaled until its output has the variance 1.

    The layers are taken in the order in which they are called; their biases become 0. Since their outputs are measured,
    whatever lies between the layers (non-linearities, pooling, additions) is accounted for.

    Parameters
    ----------
    model : Module
        Its layers with a ``weight`` of two axes or more (Linear, maxout, convolutions) are initialised. Layers that are
        not called with `x`, layers whose weight is frozen, and everything else stay as they are (for weight-normalised
        layers there is ``nn.weight_norm_init``).
    x : Tensor or array_like
        A batch, as the model takes it. The model runs as in evaluation: no dropout, no running statistics.
    tol : float, default 0.1
        How far from 1 the variance may stay.
    max_iterations : int, default 10
        How often a layer is scaled at most. Once is enough, unless a layer is called with its own results.
    rng : Generator or int, optional
        Where the numbers come from, layer after layer in the order of their calls; default: the library's generator,
        see ``autograd.seed``.

    Returns
    -------
    Module
        The same one.

    Raises
    ------
    ValueError
        If the output of a layer is the same for all of `x`, or not finite; or if no layer was called. The model is then
        as it was.

    Warns
    -----
    RuntimeWarning
        If the variance of a layer is not within `tol` after all iterations.

    References
    ----------
    Mishkin & Matas, "All you need is a good init" (2015).

    Examples
    --------
    >>> import numpy as np, nn
    >>> net = nn.Sequential(nn.Linear(20, 50, rng=0), nn.ReLU(), nn.Linear(50, 50, rng=0))
    >>> x = np.random.default_rng(0).standard_normal((200, 20)).astype(np.float32)
    >>> round(float(nn.init.lsuv_(net, x, rng=0)(x).data.var()), 2)
    1.0
    """
    rng = generator(rng)
    with _measured(model, x, "lsuv_") as layers:
        _redraw(layers, lambda part: orthogonal_(part, rng=rng))
        for layer in layers:
            for iteration in range(max_iterations + 1):
                variance = _table(model, x, layer).var()
                _refuse_constant("lsuv_", layer, variance)
                if abs(variance.item() - 1) < tol:
                    break
                if iteration == max_iterations:
                    warnings.warn(
                        f"lsuv_: the output of {layer.module._described()} has the variance {variance.item():.3g} "
                        f"after {max_iterations} iterations",
                        RuntimeWarning,
                        stacklevel=2,
                    )
                    break
                write(layer.weight, layer.weight.data / variance**0.5)
    return model


def data_dependent_(model: M, x: Any, beta: float = 0.0, balance: bool = False, rng: Rng = None) -> M:
    """Scale and shift each channel of each layer so that its output has, over a batch, the mean `beta` and variance 1.

    The layers are taken in the order in which they are called: normal weights are drawn, the row of the weight that
    makes a channel is divided by the standard deviation of the channel, and the bias takes the mean away.

    With `balance` the layers are then scaled as wholes until all learn at the same rate: the gradient of ηᵀ·output by a
    layer's weight, for normal η, gets the same size relative to the weight in all layers. In a network of homogeneous
    parts (ReLU, max-pooling) the output stays what it was; but the layers no longer have variance 1.

    Parameters
    ----------
    model : Module
        Its layers with a ``weight`` of two axes or more (Linear, maxout, convolutions) are initialised. Layers that are
        not called with `x`, layers whose weight is frozen, and everything else stay as they are (for weight-normalised
        layers there is ``nn.weight_norm_init``). A layer without a bias is
        only scaled.
    x : Tensor or array_like
        A batch, as the model takes it. The model runs as in evaluation: no dropout, no running statistics.
    beta : float, default 0
        The mean of each channel. A positive one keeps more of the ReLUs at work.
    balance : bool, default False
        Whether the rates of the layers are made equal (the "between-layer normalization" of the paper).
    rng : Generator or int, optional
        Where the numbers come from, layer after layer in the order of their calls; default: the library's generator,
        see ``autograd.seed``.

    Returns
    -------
    Module
        The same one.

    Raises
    ------
    ValueError
        If a channel is the same for all of `x`, or not finite; if no layer was called; or if, with `balance`, no
        gradient arrives at a layer. The model is then as it was.
    TypeError
        If, with `balance`, the model returns something else than one Tensor.

    Warns
    -----
    RuntimeWarning
        If the rates still differ by more than 1 % after 10 rounds, as they may where parts are not homogeneous.

    References
    ----------
    Krähenbühl, Doersch, Donahue & Darrell, "Data-dependent initializations of convolutional neural networks" (2015).

    Examples
    --------
    >>> import numpy as np, nn
    >>> net = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 2))
    >>> x = np.random.default_rng(0).standard_normal((200, 20)).astype(np.float32)
    >>> y = nn.init.data_dependent_(net, x, rng=0)(x).data
    >>> bool(np.allclose(y.mean(axis=0), 0, atol=1e-5)), bool(np.allclose(y.var(axis=0), 1, atol=1e-4))
    (True, True)
    """
    rng = generator(rng)
    with _measured(model, x, "data_dependent_") as layers:
        _redraw(layers, lambda part: kaiming_normal_(part, rng=rng))  # only the direction of each row will stay
        for layer in layers:
            spread = _table(model, x, layer).std(axis=0)
            _refuse_constant("data_dependent_", layer, spread)
            write(layer.weight, _scaled(layer, 1 / spread))
            _centre(model, x, layer, beta)
        if balance:
            _balance(model, x, layers, beta, rng)
    return model


def _centre(model: Module, x: Any, layer: _Layer, beta: float) -> None:
    """Move the bias so that each channel has the mean β, in units of its standard deviation."""
    if layer.bias is not None:
        z = _table(model, x, layer)
        write(layer.bias, layer.bias.data + np.resize(beta * z.std(axis=0) - z.mean(axis=0), layer.bias.shape))


def _balance(model: Module, x: Any, layers: list[_Layer], beta: float, rng: np.random.Generator) -> None:
    """Scale the layers until the gradient of each weight has the same size relative to the weight."""
    with no_grad():
        y = model(x)
    if not hasattr(y, "shape"):
        raise TypeError(
            f"data_dependent_: a model whose layers are balanced returns one Tensor, not {type(y).__name__}; "
            "leave out balance=True"
        )
    etas = [np.asarray(rng.standard_normal(y.shape), dtype=y.dtype, like=y.data) for _ in range(DRAWS)]
    for _ in range(10):
        rates = _rates(model, x, layers, etas)
        # The output being the same, a layer's gradient is inversely proportional to its scale, its rate to the square.
        scales = np.sqrt(rates / np.exp(np.log(rates).mean()))
        if np.abs(np.log(scales)).max() < 0.005:
            return
        for layer, scale in zip(layers, scales.tolist(), strict=True):
            write(layer.weight, layer.weight.data * scale)
            _centre(model, x, layer, beta)
    warnings.warn(
        f"data_dependent_: the rates of the layers still differ by a factor of {rates.max() / rates.min():.3g}: the "
        "parts of the model are not homogeneous",
        RuntimeWarning,
        stacklevel=3,
    )


def _rates(model: Module, x: Any, layers: list[_Layer], etas: list[Any]) -> Any:
    """Return for each layer ‖gradient of ηᵀ·output by its weight‖ / ‖weight‖, as the root mean square over the η."""
    with enable_grad():
        y = model(x)
        sweeps = [gradients([y], [layer.weight for layer in layers], [eta], retain_graph=True) for eta in etas]
    rates = []
    for layer, slopes in zip(layers, zip(*sweeps, strict=True), strict=True):
        squares = sum((slope**2).mean().item() for slope in slopes if slope is not None) / len(etas)
        rate = (squares / (layer.weight.data**2).mean().item()) ** 0.5
        if not 0 < rate < np.inf:
            raise ValueError(f"data_dependent_: the gradient at {layer.module._described()} is zero, or not finite")
        rates.append(rate)
    return np.array(rates)


# ------------------------------------------------------------------------------------------ layers and their outputs


@contextmanager
def _measured(model: Module, x: Any, initialiser: str) -> Iterator[list[_Layer]]:
    """Give the layers that `x` calls, in order, with the model in evaluation mode; undo what was done after errors."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        layers = _called(model, x, initialiser)
        before = [(p, p.data.copy()) for layer in layers for p in (layer.weight, layer.bias) if p is not None]
        try:
            yield layers
        except BaseException:
            for parameter, array in before:
                write(parameter, array)
            raise
    finally:
        for module, mode in modes:
            module.training = mode


def _called(model: Module, x: Any, initialiser: str) -> list[_Layer]:
    layers = {}
    for module in model.modules():
        weight, bias = (vars(module).get(name) for name in ("weight", "bias"))
        if isinstance(weight, Parameter) and weight.requires_grad and is_matrix(module, "weight", weight):
            trained = isinstance(bias, Parameter) and bias.requires_grad
            layers[module] = _Layer(module, weight, bias if trained else None)
    called = [
        layers[module] for module, outputs in _outputs(model, x, layers).items() if _fits(layers[module], outputs)
    ]
    if not called:
        raise ValueError(
            f"{initialiser}: no layer of {type(model).__name__} that has a weight matrix to train was called with x"
        )
    return called


def _fits(layer: _Layer, outputs: list[Any]) -> bool:
    """Return whether each row of the weight makes a channel of the output; in maxout each piece has all channels."""
    rows = sum(map(len, parts(layer.module, "weight", layer.weight.data)))
    axis, pieces = _axis(layer), getattr(layer.module, "pieces", 1)
    return all(isinstance(y, Tensor) and y.ndim >= -axis and y.shape[axis] * pieces == rows for y in outputs)


def _axis(layer: _Layer) -> int:
    """Return the axis of the channels: the last one of a Linear; before the axes of the kernel in a convolution."""
    return 1 - layer.weight.ndim


def _outputs(model: Module, x: Any, modules: Iterable[Module]) -> dict[Module, list[Any]]:
    """Return what these modules returned in a run, once for each call, in the order of their first calls."""
    outputs: dict[Module, list[Any]] = {}
    with ExitStack() as hooks, no_grad():
        for module in modules:
            hooks.enter_context(
                module.register_forward_hook(lambda module, args, y: outputs.setdefault(module, []).append(y))
            )
        model(x)
    return outputs


def _table(model: Module, x: Any, layer: _Layer) -> Any:
    """Return the outputs of all calls of a layer in a run as one table, with a column for each channel."""
    axis = _axis(layer)
    outputs = _outputs(model, x, [layer.module])[layer.module]
    return np.concatenate([np.moveaxis(y.data, axis, -1).reshape((-1, y.shape[axis])) for y in outputs])


def _scaled(layer: _Layer, factors: Any) -> Any:
    """Return the values of the weight, with what makes each output channel multiplied by its factor."""
    values = layer.weight.data.copy()
    first = 0
    for view in parts(layer.module, "weight", values):
        own = factors[first : first + len(view)]
        view *= own.reshape((-1,) + (1,) * (view.ndim - 1))
        first = (first + len(view)) % len(factors)
    return values


def _redraw(layers: list[_Layer], scheme: Scheme) -> None:
    for layer in layers:
        write(layer.weight, drawn(scheme, layer.module, "weight"))
        if layer.bias is not None:
            zeros_(layer.bias)


def _refuse_constant(initialiser: str, layer: _Layer, spread: Any) -> None:
    if not ((spread > 0) & np.isfinite(spread)).all().item():
        raise ValueError(
            f"{initialiser}: an output of {layer.module._described()} is the same for all of x, or not finite; give "
            "more and more different examples, and look at what the layers before it make of them"
        )
