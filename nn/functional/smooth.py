"""Smooth non-linearities: functions without a corner, most of them made of the logistic function.

Each is computed so that large numbers of either sign do no harm: exponentials are of what is not above 0, or may become
infinite where only their reciprocal is used. Several compute their slope along with their value, from the same
exponential: then going backward is one product.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand
from autograd.rules import elementwise

from .activations import negative_part, part_axis, positive_part, slopes
from .normal import DENSITY_AT_0, normal_cdf, upper_tail

# ---------------------------------------------------------------------------------------------------- logistic function


_FLOAT = np.dtype(float)


def logistic(x: Any) -> Any:
    """Return 1/(1 + e⁻ˣ) of bare numbers. Where e⁻ˣ is too large for them the result is 0, as it should be."""
    with np.errstate(over="ignore"):
        y = np.exp(-x if getattr(x, "dtype", _FLOAT).kind == "f" else 0.0 - x)  # unsigned integers would wrap around
    y += 1.0
    return np.reciprocal(y)


_sigmoid = primitive(logistic, name="sigmoid", x=lambda g, ans: g * ans * (1 - ans))


def sigmoid(x: Operand) -> Tensor:
    """Logistic function, element by element: σ(x) = 1/(1 + e⁻ˣ), with the derivative σ(1 − σ).

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    References
    ----------
    Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors" (1986).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import sigmoid
    >>> x = Tensor([-1e4, 0.0, 1e4], requires_grad=True)
    >>> y = sigmoid(x)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 0.0])
    """
    return _sigmoid(x)


@primitive(name="logsigmoid", x=lambda g, x, ans: g * np.exp(ans - x))
def _logsigmoid(x: Any) -> Any:
    return negative_part(x) - np.log1p(np.exp(0.0 - np.abs(x)))


def logsigmoid(x: Operand) -> Tensor:
    """Logarithm of the logistic function, without its rounding to 0 or 1: log σ(x) = −log(1 + e⁻ˣ).

    The derivative is σ(−x) = σ(x)/eˣ.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import logsigmoid
    >>> logsigmoid(np.array([-1e4, 0.0, 1e4])).round(4).tolist()
    [-10000.0, -0.6931, 0.0]
    """
    return _logsigmoid(x)


# ---------------------------------------------------------------------------------------------------- tanh and softplus


def tanh(x: Operand) -> Tensor:
    """Hyperbolic tangent, element by element: (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ), with the derivative 1 − tanh²x.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    References
    ----------
    LeCun, Bottou, Orr & Müller, "Efficient BackProp" (1998).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import tanh
    >>> x = Tensor([0.0, 20.0], requires_grad=True)
    >>> tanh(x).sum().backward()
    >>> x.grad
    Tensor([1., 0.])
    """
    return elementwise.tanh(x)


def _softplus_again(x: Any, beta: float, threshold: float) -> Any:
    scaled = beta * x
    return np.where(scaled > threshold, x, _logsigmoid(-scaled) / -beta)


@primitive(name="softplus", x=lambda g, slope: g * slope, residuals=("slope",), again=_softplus_again)
def _softplus(x: Any, beta: float, threshold: float) -> Any:
    """Return log(1 + e^βx)/β, and its slope σ(βx)."""
    scaled = beta * x
    small = np.exp(0.0 - np.abs(scaled))
    small = small * np.less_equal(scaled, threshold)  # 0 in the linear part, where the slope is then 1
    return (positive_part(scaled) + np.log1p(small)) / beta, slopes(scaled, small, small.dtype) / (1.0 + small)


def softplus(x: Operand, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Smooth rectifier: log(1 + e^βx)/β, with the derivative σ(βx).

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.
    beta : float, default 1.0
        β: the larger, the nearer to the ReLU.
    threshold : float, default 20.0
        Where βx is above it the function is taken to be x itself, with the derivative 1.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If `beta` is 0.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau & Garcia, "Incorporating second-order functional knowledge for better option pricing"
    (2000).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import softplus
    >>> softplus(np.array([-1e4, 0.0, 1e4])).round(4).tolist()
    [0.0, 0.6931, 10000.0]
    """
    refuse_beta(beta)
    return _softplus(x, beta, threshold)


def refuse_beta(beta: float) -> None:
    """Raise ValueError if beta is 0."""
    if beta == 0:
        raise ValueError("softplus divides by beta, which is 0; give it another value, 1 for log(1 + exp(x))")


# ----------------------------------------------------------------------------------------------------------- x times …


@primitive(name="silu", x=lambda g, slope: g * slope, residuals=("slope",), again=lambda x: x * _sigmoid(x))
def _silu(x: Any) -> Any:
    """Return x·σ, and its slope σ + xσ(1 − σ)."""
    gate = logistic(x)
    ans = x * gate
    return ans, gate + ans * (1.0 - gate)


def silu(x: Operand) -> Tensor:
    """Sigmoid linear unit, also called swish: x·σ(x).

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor of the shape of x

    References
    ----------
    Elfwing, Uchibe & Doya, "Sigmoid-weighted linear units for neural network function approximation in reinforcement
    learning" (2018); Ramachandran, Zoph & Le, "Searching for activation functions" (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import silu
    >>> silu(np.array([-1e4, 0.0, 1e4])).tolist()
    [-0.0, 0.0, 10000.0]
    """
    return _silu(x)


Approximation: TypeAlias = Literal["none", "tanh"]


def _gelu_again(x: Any) -> Any:
    return x * normal_cdf(x)


@primitive(name="gelu", x=lambda g, slope: g * slope, residuals=("slope",), again=_gelu_again)
def _gelu(x: Any) -> Any:
    """Return x·Φ(x), and its slope Φ(x) + xφ(x), both from the chance Q = 1 − Φ(|x|) to be further out than x.

    On the left the slope is Q − |x|φ, and on the right 1 less that.
    """
    distance = np.abs(np.clip(x, -40.0, 40.0))  # beyond it Q is 0 in any precision
    tail, left = upper_tail(distance)
    left *= distance
    left *= -DENSITY_AT_0
    left += tail
    distance *= tail
    return positive_part(x) - distance, np.greater(x, 0).astype(left.dtype) * (1.0 - 2.0 * left) + left


# √(2/π), and the coefficient of x³ that makes the logistic function fit Φ best (Hendrycks & Gimpel 2016).
_SLOPE, _CUBE = math.sqrt(2 / math.pi), 0.044715


def _gelu_tanh_again(x: Any) -> Any:
    return 0.5 * x * (1.0 + np.tanh(_SLOPE * x * (1.0 + _CUBE * x * x)))


@primitive(name="gelu_tanh", x=lambda g, slope: g * slope, residuals=("slope",), again=_gelu_tanh_again)
def _gelu_tanh(x: Any) -> Any:
    square = x * x
    bent = np.tanh(x * (_SLOPE + _SLOPE * _CUBE * square))
    half = 0.5 + 0.5 * bent
    return x * half, half + x * (1.0 - bent * bent) * (0.5 * _SLOPE + 1.5 * _SLOPE * _CUBE * square)


def gelu(x: Operand, approximate: Approximation = "none") -> Tensor:
    """Gaussian error linear unit: x·Φ(x), where Φ is the distribution function of the standard normal distribution.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.
    approximate : {"none", "tanh"}, default "none"
        "none": Φ itself, to the precision of x. "tanh": ½(1 + tanh(√(2/π)(x + 0.044715x³))) in its place, which is
        quicker, and differs from it by less than 0.0005.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If `approximate` is something else.

    References
    ----------
    Hendrycks & Gimpel, "Gaussian error linear units (GELUs)" (2016).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import gelu
    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [-0.1587, 0.0, 0.8413]
    >>> gelu(np.array([-1.0, 0.0, 1.0]), approximate="tanh").round(4).tolist()
    [-0.1588, 0.0, 0.8412]
    """
    refuse_approximation(approximate)
    return _gelu(x) if approximate == "none" else _gelu_tanh(x)


def refuse_approximation(approximate: str) -> None:
    """Raise ValueError unless `approximate` is one of the two."""
    if approximate not in get_args(Approximation):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', not {approximate!r}")


# ------------------------------------------------------------------------------------------------------------ gates


def _halves(x: Any, axis: int) -> tuple[Any, Any]:
    before = (slice(None),) * axis
    half = x.shape[axis] // 2
    return x[(*before, slice(half))], x[(*before, slice(half, None))]


def _glu_again(x: Any, axis: int) -> Any:
    values, gates = _halves(x, axis)
    return values * _sigmoid(gates)


@primitive(
    name="glu",
    x=lambda g, ans, gate, axis: np.concatenate([g * gate, g * ans * (1.0 - gate)], axis),
    residuals=("gate",),
    again=_glu_again,
)
def _glu(x: Any, axis: int) -> Any:
    values, gates = _halves(x, axis)
    gate = logistic(gates)
    return values * gate, gate


def glu(x: Operand, axis: int = -1) -> Tensor:
    """Gated linear unit: a·σ(b), where a is the first half of x along `axis` and b the second.

    Parameters
    ----------
    x : Tensor or array_like of shape (…, 2n, …)
        The values, and behind them as many gates.
    axis : int, default −1
        Along which x is cut in half.

    Returns
    -------
    Tensor of shape (…, n, …)

    Raises
    ------
    ValueError
        If `axis` is not there, or its length is odd.

    References
    ----------
    Dauphin, Fan, Auli & Grangier, "Language modeling with gated convolutional networks" (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import glu
    >>> glu(np.array([1.0, 2.0, 0.0, 1e4]))
    array([0.5, 2. ])
    """
    return _glu(x, part_axis("glu", np.shape(x), axis, 2, "halves"))
