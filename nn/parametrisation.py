"""Weight normalisation: a weight that is computed, at every use, from a length and a direction, w = g·v/‖v‖.

The layer stays what it is. Its attribute ``weight`` is no Parameter any more but a property, which computes the weight
and records how; the Parameters g and v are below it, under the names that PyTorch gives them.
"""

from __future__ import annotations

import functools
import math
from typing import Any, TypeVar

import numpy as np

from autograd import Tensor, no_grad

from .module import Module
from .parameter import Parameter, write

M = TypeVar("M", bound=Module)


class WeightNorm(Module):
    """The weight w = g·v/‖v‖ of another module, as a module without inputs: see :func:`weight_norm`.

    Parameters
    ----------
    weight : Parameter
        The weight with which it starts.
    axis : int or None
        ‖v‖ is taken over all other axes; None: over all.

    Attributes
    ----------
    original0 : Parameter
        g, the lengths: of the shape of the weight with all axes but `axis` at length one; of shape () for None.
    original1 : Parameter of the shape of the weight
        v, the directions.
    """

    def __init__(self, weight: Parameter, axis: int | None = 0) -> None:
        super().__init__()
        self.axis = axis
        self.original0 = Parameter(self._norm(weight.data), weight.requires_grad)
        self.original1 = Parameter(weight.data, weight.requires_grad)

    def forward(self) -> Tensor:
        """Return g·v/‖v‖, of the shape of the weight."""
        return self.original1 * (self.original0 / self._norm(self.original1))

    def assign(self, weight: Any) -> None:
        """Write such g and v that `weight` comes out."""
        values = weight.data if isinstance(weight, Tensor) else weight
        if np.shape(values) != self.original1.shape:
            raise ValueError(
                f"the normalised weight of shape {self.original1.shape} at {self._path!r} was assigned values of shape "
                f"{np.shape(values)}; give values of its own shape"
            )
        lengths = self._norm(values)
        write(self.original1, np.where(lengths > 0, values, self.original1.data))  # what is 0 keeps its direction
        write(self.original0, lengths)

    def _norm(self, v: Any) -> Any:
        if self.axis is None:
            return np.sqrt((v * v).sum())
        others = tuple(i for i in range(v.ndim) if i != self.axis)
        return np.sqrt((v * v).sum(axis=others, keepdims=True))

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 3 for each element of the weight: its square, the sum, its multiple."""
        return 3 * math.prod(output_shape)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis}"


class Parametrisations(Module):
    """What a module keeps its computed parameters in: an attribute for each, of the parameter's name."""


def weight_norm(module: M, name: str = "weight", axis: int | None = 0) -> M:
    """Train the length and the direction of a weight apart: w = g·v/‖v‖ with the parameters g and v.

    The gradient by v is orthogonal to v, so that its length cannot shrink; that by g is the part along v.

    Parameters
    ----------
    module : Module
        A layer with a Parameter `name`, which is replaced: give optimisers the parameters of the model afterwards.
    name : str, default "weight"
        The Parameter.
    axis : int or None, default 0
        The axis along which each slice has its own length, the outputs; None: the whole weight has one. (For a
        transposed convolution the outputs are axis 1.)

    Returns
    -------
    Module
        The same module. Its g and v are called ``parametrizations.weight.original0`` and ``….original1``, as PyTorch
        does; ``module.weight`` is the weight computed from them, and can be assigned.

    Raises
    ------
    ValueError
        If the module has no such Parameter, the Parameter has no such axis, or a slice is 0 and has no direction.

    References
    ----------
    Salimans & Kingma, "Weight normalization: a simple reparameterization to accelerate training of deep neural
    networks" (2016).

    Examples
    --------
    >>> import nn
    >>> layer = nn.weight_norm(nn.Linear(3, 2))
    >>> {name: parameter.shape for name, parameter in layer.named_parameters()}
    {'bias': (2,), 'parametrizations.weight.original0': (2, 1), 'parametrizations.weight.original1': (2, 3)}
    """
    _refuse_other(module, "weight_norm")
    weight = _plain_parameter(module, name)
    if axis is not None:
        if not -weight.ndim <= axis < weight.ndim:
            raise ValueError(f"weight_norm: {module._described()}.{name} of shape {weight.shape} has no axis {axis}")
        axis %= weight.ndim
    computed = WeightNorm(weight, axis)
    if not (computed.original0.data > 0).all().item():
        raise ValueError(
            f"weight_norm: {module._described()}.{name} of shape {weight.shape} is 0 in a slice along axis {axis}, and "
            "what is 0 has no direction; initialise it with other values first"
        )
    holder = vars(module).get("parametrizations") or Parametrisations()
    delattr(module, name)
    setattr(holder, name, computed)
    module.parametrizations = holder
    _compute(module)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make an ordinary Parameter of a weight that :func:`weight_norm` has split, with the values that it has now.

    Parameters
    ----------
    module : Module
        The layer.
    name : str, default "weight"
        The weight.

    Returns
    -------
    Module
        The same module.

    Raises
    ------
    ValueError
        If this weight of the module is not normalised.

    Examples
    --------
    >>> import nn
    >>> layer = nn.remove_weight_norm(nn.weight_norm(nn.Linear(3, 2)))
    >>> [name for name, parameter in layer.named_parameters()]
    ['bias', 'weight']
    """
    _refuse_other(module, "remove_weight_norm")
    computed = _computed(module, name)
    if computed is None:
        raise ValueError(f"remove_weight_norm: {module._described()} has no normalised weight {name!r}")
    with no_grad():
        weight = Parameter(computed().data, computed.original1.requires_grad)
    holder = vars(module)["parametrizations"]
    delattr(holder, name)
    _compute(module)
    if not list(holder.children()):
        delattr(module, "parametrizations")
    setattr(module, name, weight)
    return module


def weight_norm_init(model: Module, x: Any) -> None:
    """Start a weight-normalised model so that before each non-linearity, on these data, mean is 0 and variance 1.

    One pass through the model. At each normalised layer, in the order in which they are called, the outputs t of its
    units have mean μ and deviation σ over the batch; g and the bias are set such that (t − μ)/σ comes out, and the pass
    goes on with that. A layer without a bias keeps its mean.

    Parameters
    ----------
    model : Module
        Its layers with a weight that :func:`weight_norm` has split, with a length for each output, are set.
    x : Tensor or array_like
        A batch of the training data, as the model takes it.

    Raises
    ------
    ValueError
        If no layer is normalised, a layer has not a length for each output, or a unit gives the same for all examples.
        The model is left as it was.

    References
    ----------
    Salimans & Kingma, "Weight normalization: a simple reparameterization to accelerate training of deep neural
    networks" (2016), section 3.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.random.default_rng(0).standard_normal((100, 4))
    >>> net = nn.weight_norm(nn.Linear(4, 3, rng=0))
    >>> nn.weight_norm_init(net, x)
    >>> net(x).data.std(axis=0).round(3)
    array([1., 1., 1.])
    """
    layers = [module for module in model.modules() if _computed(module, "weight") is not None]
    if not layers:
        raise ValueError(
            f"weight_norm_init: no layer of this {type(model).__name__} has a normalised weight; call nn.weight_norm "
            "on its layers first"
        )
    before = [(parameter, parameter.data.copy()) for layer in layers for parameter in layer.parameters()]
    hooks = [layer.register_forward_hook(_standardise) for layer in layers]
    try:
        with no_grad():
            model(x)
    except BaseException:
        for parameter, values in before:
            write(parameter, values)
        raise
    finally:
        for hook in hooks:
            hook.remove()


def _standardise(layer: Any, args: Any, output: Any) -> Tensor:
    """Give a layer such lengths and biases that its output has mean 0 and variance 1; return that output."""
    t = output.data if isinstance(output, Tensor) else output
    lengths, bias = layer.parametrizations.weight.original0, vars(layer).get("bias")
    axis = t.ndim - 1 if layer.parametrizations.weight.original1.ndim == 2 else 1  # of the units
    if lengths.size != t.shape[axis]:
        raise ValueError(
            f"weight_norm_init: {layer._described()} has {t.shape[axis]} outputs and {lengths.size} lengths; normalise "
            "it along the axis of its outputs: nn.weight_norm(layer, axis=…)"
        )
    others = tuple(i for i in range(t.ndim) if i != axis)
    mean, deviation = t.mean(axis=others, keepdims=True), t.std(axis=others, keepdims=True)
    if not (deviation > 0).all().item():
        raise ValueError(
            f"weight_norm_init: a unit of {layer._described()} gives the same for all of the batch, so that no length "
            "gives it variance 1; give more, or more varied, examples"
        )
    write(lengths, lengths.data / deviation.reshape(lengths.shape))
    if bias is None:
        return Tensor(t / deviation)
    write(bias, (bias.data - mean.reshape(bias.shape)) / deviation.reshape(bias.shape))
    return Tensor((t - mean) / deviation)


# ----------------------------------------------------------------------------------------- attributes that are computed


def _computed(module: Module, name: str) -> Any:
    """Return what computes this weight of a module, or None."""
    holder = vars(module).get("parametrizations")
    return vars(holder).get(name) if isinstance(holder, Parametrisations) else None


def _refuse_other(module: Any, function: str) -> None:
    if not isinstance(module, Module):
        raise TypeError(f"{function} takes a layer, a Module, not {type(module).__name__}")


def _plain_parameter(module: Module, name: str) -> Parameter:
    found = vars(module).get(name)
    if isinstance(found, Parameter):
        return found
    if _computed(module, name) is not None:
        raise ValueError(f"weight_norm: {module._described()}.{name} is normalised already")
    known = ", ".join(repr(n) for n, _ in module.named_parameters(recurse=False)) or "none"
    raise ValueError(f"weight_norm: {module._described()} has no parameter {name!r} of its own; it has {known}")


def _compute(module: Module) -> None:
    """Let the module compute the weights that it has in ``parametrizations``, and no others."""
    kind: Any = getattr(type(module), "_kind_before", type(module))
    names = _names(module)
    module.__class__ = _computing(kind, names) if names else kind


def _names(module: Module) -> tuple[str, ...]:
    return tuple(name for name, _ in vars(module)["parametrizations"].named_children())


@functools.cache
def _computing(kind: Any, names: tuple[str, ...]) -> Any:
    """Return a subclass of a module's class whose attributes of these names are computed."""
    properties = {name: _property(name) for name in names}
    described = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    copying = {"_kind_before": kind, "__reduce_ex__": _reduce}
    return type(kind.__name__, (kind,), {**properties, **described, **copying})


def _property(name: str) -> property:
    return property(
        lambda self: getattr(self.parametrizations, name)(),
        lambda self, value: getattr(self.parametrizations, name).assign(value),
    )


def _reduce(self: Any, protocol: Any) -> tuple[Any, ...]:
    """Say how to copy or pickle such a module: its class cannot be imported, but made again."""
    return _new, (self._kind_before, _names(self)), self.__getstate__()


def _new(kind: Any, names: tuple[str, ...]) -> Any:
    made = _computing(kind, names)
    return made.__new__(made)
