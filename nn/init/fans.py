"""What the scale of a weight depends on: how many inputs a unit has, how many units an input, which non-linearity."""

from __future__ import annotations

import math
from typing import Any

from ..functional.products import _named

LINEAR = ("linear", "identity", "sigmoid", *(f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)))


def fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """Return how many inputs each output adds up, and to how many outputs each input goes.

    Parameters
    ----------
    tensor : Parameter, Tensor or ndarray of shape (out_features, in_features) or (out_channels, in_channels, *kernel)
        A weight, as :class:`nn.Linear` and the convolutions keep it.

    Returns
    -------
    fan_in : int
        in_features; for a convolution in_channels × the size of the kernel (with groups: the channels of one group, as
        the weight has them).
    fan_out : int
        out_features; for a convolution out_channels × the size of the kernel.

    Raises
    ------
    ValueError
        If the weight has fewer than two axes, or no elements.

    Notes
    -----
    The weight of a transposed convolution has shape (in_channels, out_channels, …), so that the two numbers
    change places, as they do in PyTorch: there ``mode="fan_out"`` is what keeps the forward pass in scale.
    (:func:`initialise` knows the layer, and turns the weight round.) With a stride s, moreover, an output of a
    transposed convolution adds up only 1/s of the kernel along each axis.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.init.fan_in_and_fan_out(nn.Linear(300, 200).weight)
    (300, 200)
    >>> nn.init.fan_in_and_fan_out(np.zeros((16, 3, 5, 5)))
    (75, 400)
    """
    shape = tuple(tensor.shape)
    called = _named(tensor, "weight")
    if len(shape) < 2:
        raise ValueError(
            f"{called} has shape {shape}, and only a weight of two axes or more, (out, in, *kernel), has a "
            "fan-in and a fan-out; use normal_, uniform_ or constant_ for it"
        )
    if 0 in shape:
        raise ValueError(f"{called} has shape {shape}, without elements: it has no fan-in and no fan-out")
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return by how much the weights must be larger because of the non-linearity that follows.

    ==============================================  ====================
    non-linearity                                   gain
    ==============================================  ====================
    linear, identity, sigmoid, conv1d, conv2d, …    1
    tanh                                            5/3
    relu                                            √2
    leaky_relu                                      √(2/(1 + slope²))
    selu                                            3/4
    ==============================================  ====================

    The gain of the rectifiers follows from He et al.: a rectifier halves the second moment. Those of tanh and SELU are
    found by trial; the self-normalisation of SELU wants ``"linear"``.

    Parameters
    ----------
    nonlinearity : str
        Its name in ``nn.functional``, or one of the layers that have none.
    param : float, optional
        The negative slope of leaky_relu, default 0.01.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there is no gain for this name, or `param` is no number.

    References
    ----------
    He, Zhang, Ren & Sun, "Delving deep into rectifiers" (2015). Klambauer, Unterthiner, Mayr & Hochreiter,
    "Self-normalizing neural networks" (2017).

    Examples
    --------
    >>> import nn
    >>> nn.init.calculate_gain("relu"), nn.init.calculate_gain("leaky_relu", 1.0)
    (1.4142135623730951, 1.0)
    """
    if nonlinearity in LINEAR:
        return 1.0
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"calculate_gain: the negative slope of leaky_relu is a number, not {slope!r}")
        return math.sqrt(2 / (1 + slope**2))
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(
            f"calculate_gain knows no gain for {nonlinearity!r}; it knows {', '.join([*LINEAR, *gains, 'leaky_relu'])}"
        )
    return gains[nonlinearity]
