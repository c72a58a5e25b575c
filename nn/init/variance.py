"""Random weights of the right size: what a unit adds up neither grows nor shrinks from layer to layer.

A unit adds up n_in products. If inputs and weights are independent and the weights have mean 0, the second moment of
the sum is n_in · Var(w) times that of the inputs; going backward the same holds with n_out.
"""

from __future__ import annotations

import math

from autograd.random import Rng, generator

from ..parameter import T, write
from .fans import calculate_gain, fan_in_and_fan_out
from .writing import shape_of


def xavier_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Draw uniformly with the variance gain²·2/(n_in + n_out): from ±gain·√(6/(n_in + n_out)).

    A compromise between n_in·Var(w) = 1, which keeps the activations in scale, and n_out·Var(w) = 1, which keeps the
    gradients in scale. It is meant for units that are nearly linear around 0, such as tanh; with ReLU the activations
    still shrink, see :func:`kaiming_uniform_`.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight; see :func:`fan_in_and_fan_out`.
    gain : float, default 1
        For the non-linearity, see :func:`calculate_gain`.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.xavier_uniform_(nn.Linear(400, 200).weight, rng=0)
    >>> bool(abs(weight.data).max() <= 0.1)
    True
    """
    return _uniform(tensor, _xavier_std(tensor, gain, "xavier_uniform_"), rng)


def xavier_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Draw from a normal distribution with the variance gain²·2/(n_in + n_out): see :func:`xavier_uniform_`.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight.
    gain : float, default 1
        For the non-linearity, see :func:`calculate_gain`.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.xavier_normal_(nn.Linear(400, 400).weight, rng=0)
    >>> round(float(weight.data.std()), 3)
    0.05
    """
    return _normal(tensor, _xavier_std(tensor, gain, "xavier_normal_"), rng)


def lecun_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Draw from a normal distribution with the variance gain²/n_in.

    A unit that adds up n_in independent inputs of unit variance then has unit variance itself. This is LeCun's rule,
    and it is what lectures call "Xavier" when they write ``randn(n_in, n_out) / sqrt(n_in)``: hence its other name
    here, ``xavier_fan_in_normal_``.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight; see :func:`fan_in_and_fan_out`.
    gain : float, default 1
        For the non-linearity, see :func:`calculate_gain`.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes.

    References
    ----------
    LeCun, Bottou, Orr & Müller, "Efficient BackProp" (1998).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.lecun_normal_(nn.Linear(400, 200).weight, rng=0)
    >>> round(float(weight.data.std()), 3)
    0.05
    """
    return _normal(tensor, _fan_in_std(tensor, gain, "lecun_normal_"), rng)


def lecun_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Draw uniformly with the variance gain²/n_in, from ±gain·√(3/n_in): see :func:`lecun_normal_`.

    Its other name here is ``xavier_fan_in_uniform_``.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight.
    gain : float, default 1
        For the non-linearity, see :func:`calculate_gain`.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes.

    References
    ----------
    LeCun, Bottou, Orr & Müller, "Efficient BackProp" (1998).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.lecun_uniform_(nn.Linear(300, 200).weight, rng=0)
    >>> bool(abs(weight.data).max() <= 0.1)
    True
    """
    return _uniform(tensor, _fan_in_std(tensor, gain, "lecun_uniform_"), rng)


xavier_fan_in_normal_, xavier_fan_in_uniform_ = lecun_normal_, lecun_uniform_


def kaiming_normal_(
    tensor: T, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> T:
    """Draw from a normal distribution with the variance gain²/n: for ReLU, 2/n_in.

    A rectifier sets half of a symmetric distribution to zero, and so halves the second moment; twice the variance makes
    up for it, and the activations keep their size through any number of layers. ``he_normal_`` is the same function.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight; see :func:`fan_in_and_fan_out`.
    a : float, default 0
        The negative slope of the rectifier that follows; 0 is ReLU.
    mode : {"fan_in", "fan_out"}, default "fan_in"
        n = n_in keeps the activations in scale, n = n_out the gradients.
    nonlinearity : str, default "leaky_relu"
        What follows, see :func:`calculate_gain`.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes, or `mode` or `nonlinearity` is unknown.

    References
    ----------
    He, Zhang, Ren & Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification"
    (2015).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.kaiming_normal_(nn.Linear(800, 200).weight, rng=0)
    >>> round(float(weight.data.std()), 3)
    0.05
    """
    return _normal(tensor, _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_normal_"), rng)


def kaiming_uniform_(
    tensor: T, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", rng: Rng = None
) -> T:
    """Draw uniformly with the variance gain²/n, from ±gain·√(3/n): see :func:`kaiming_normal_`.

    ``he_uniform_`` is the same function.

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight.
    a : float, default 0
        The negative slope of the rectifier that follows; 0 is ReLU.
    mode : {"fan_in", "fan_out"}, default "fan_in"
        n = n_in keeps the activations in scale, n = n_out the gradients.
    nonlinearity : str, default "leaky_relu"
        What follows, see :func:`calculate_gain`.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes, or `mode` or `nonlinearity` is unknown.

    References
    ----------
    He, Zhang, Ren & Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification"
    (2015).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.kaiming_uniform_(nn.Linear(600, 200).weight, rng=0)
    >>> bool(abs(weight.data).max() <= 0.1)
    True
    """
    return _uniform(tensor, _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_uniform_"), rng)


he_normal_, he_uniform_ = kaiming_normal_, kaiming_uniform_


def random_walk_(tensor: T, nonlinearity: str = "relu", rng: Rng = None) -> T:
    """Draw from a normal distribution with the variance g²/N, so that log ‖gradient‖ does an unbiased random walk.

    Each layer multiplies the squared norm of the gradient that goes back through it by a random number z. He's rule
    makes its mean 1; but over many layers it is ln z that adds up, and its mean is then below 0, by 1/N (linear) or
    about 2.4/N (ReLU). The gain g makes the mean of ln z zero::

        g = exp(1/(2N))                              linear
        g = √2 · exp(1.2/(max(N, 6) − 2.4))          ReLU

    Parameters
    ----------
    tensor : Parameter or leaf Tensor of shape (n_out, n_in) or (out_channels, in_channels, *kernel)
        A weight. N is its fan-in (in the paper all layers have the same N): of the gradient by the n_in inputs of a
        layer, the norm is to be the same as that of the gradient by its outputs.
    nonlinearity : {"relu", "linear"}, default "relu"
        What the layers are connected by. For others the paper finds g by trial: use ``lecun_normal_(…, gain=g)``.
    rng : Generator or int, optional
        Where the numbers come from; default: the library's generator.

    Returns
    -------
    Tensor
        The same one.

    Raises
    ------
    ValueError
        If it has fewer than two axes, or `nonlinearity` is another one.

    References
    ----------
    Sussillo & Abbott, "Random walk initialization for training very deep feedforward networks" (2014).

    Examples
    --------
    >>> import nn
    >>> weight = nn.init.random_walk_(nn.Linear(100, 100).weight, rng=0)
    >>> round(float(weight.data.std()), 3)
    0.143
    """
    shape_of(tensor, "random_walk_")
    n, _ = fan_in_and_fan_out(tensor)
    if nonlinearity == "linear":
        g = math.exp(1 / (2 * n))
    elif nonlinearity == "relu":
        g = math.sqrt(2) * math.exp(1.2 / (max(n, 6) - 2.4))
    else:
        raise ValueError(
            f"random_walk_ has a gain for 'relu' and for 'linear', not for {nonlinearity!r}; find one by trial and "
            "write lecun_normal_(weight, gain=…)"
        )
    return _normal(tensor, g / math.sqrt(n), rng)


# ---------------------------------------------------------------------------------------------------------- the helpers


def _normal(tensor: T, std: float, rng: Rng) -> T:
    return write(tensor, generator(rng).normal(0.0, std, tensor.shape))


def _uniform(tensor: T, std: float, rng: Rng) -> T:
    bound = math.sqrt(3) * std
    return write(tensor, generator(rng).uniform(-bound, bound, tensor.shape))


def _xavier_std(tensor: T, gain: float, initialiser: str) -> float:
    shape_of(tensor, initialiser, gain=gain)
    return gain * math.sqrt(2 / sum(fan_in_and_fan_out(tensor)))


def _fan_in_std(tensor: T, gain: float, initialiser: str) -> float:
    shape_of(tensor, initialiser, gain=gain)
    return gain / math.sqrt(fan_in_and_fan_out(tensor)[0])


def _kaiming_std(tensor: T, a: float, mode: str, nonlinearity: str, initialiser: str) -> float:
    shape_of(tensor, initialiser, a=a)
    fans = dict(zip(("fan_in", "fan_out"), fan_in_and_fan_out(tensor), strict=True))
    if mode not in fans:
        raise ValueError(f"{initialiser}: mode must be 'fan_in' or 'fan_out', not {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans[mode])
