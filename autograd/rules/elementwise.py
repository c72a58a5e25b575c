"""Derivatives of the functions that work element by element.

Conventions at the points without a derivative: |x|' = 0 at 0; maximum and minimum give half to each side at a tie; clip
passes the gradient on its bounds; sqrt has an infinite slope at 0, as the limit says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitive import primitive
from ..tensor import Tensor

# ----------------------------------------------------------------------------------------------------------- arithmetic

add = primitive(np.add, x=lambda g: g, y=lambda g: g)
subtract = primitive(np.subtract, x=lambda g: g, y=lambda g: -g)
multiply = primitive(np.multiply, x=lambda g, y: g * y, y=lambda g, x: g * x)
divide = primitive(np.divide, x=lambda g, y: g / y, y=lambda g, y, ans: -g * ans / y)
negative = primitive(np.negative, x=lambda g: -g)
positive = primitive(np.positive, x=lambda g: g)
square = primitive(np.square, x=lambda g, x: 2 * g * x)
reciprocal = primitive(np.reciprocal, x=lambda g, ans: -g * ans * ans)


def _slope_in_base(x: Any, y: Any) -> Any:
    """∂(x^y)/∂x = y·x^(y−1), which is 0 for y = 0 even where x^(−1) is infinite."""
    if isinstance(y, (int, float)):
        return y * x ** (y - 1) if y else np.zeros_like(x)
    return y * x ** np.where(y == 0, 1, y - 1)


def _slope_in_exponent(x: Any, y: Any, ans: Any) -> Any:
    """∂(x^y)/∂y = x^y·log x; 0 at x = 0 for y ≥ 0, and NaN for x < 0, where x^y has no neighbours."""
    return ans * np.log(np.where((x == 0) & (y >= 0), 1, x).astype(ans.dtype))


power = primitive(
    np.power,
    x=lambda g, x, y: g * _slope_in_base(x, y),
    y=lambda g, x, y, ans: g * _slope_in_exponent(x, y, ans),
)

# ------------------------------------------------------------------------------------------ exponentials and logarithms

exp = primitive(np.exp, x=lambda g, ans: g * ans)
expm1 = primitive(np.expm1, x=lambda g, ans: g * (ans + 1))
log = primitive(np.log, x=lambda g, x: g / x)
log1p = primitive(np.log1p, x=lambda g, x: g / (1 + x))
sqrt = primitive(np.sqrt, x=lambda g, ans: g / (2 * ans))
logaddexp = primitive(np.logaddexp, x=lambda g, x, ans: g * np.exp(x - ans), y=lambda g, y, ans: g * np.exp(y - ans))

# --------------------------------------------------------------------------------------------------------- trigonometry

sin = primitive(np.sin, x=lambda g, x: g * np.cos(x))
cos = primitive(np.cos, x=lambda g, x: -g * np.sin(x))
tan = primitive(np.tan, x=lambda g, ans: g * (1 + ans * ans))
arcsin = primitive(np.arcsin, x=lambda g, x: g / np.sqrt(1 - x * x))
arccos = primitive(np.arccos, x=lambda g, x: -g / np.sqrt(1 - x * x))
arctan = primitive(np.arctan, x=lambda g, x: g / (1 + x * x))
sinh = primitive(np.sinh, x=lambda g, x: g * np.cosh(x))
cosh = primitive(np.cosh, x=lambda g, x: g * np.sinh(x))
tanh = primitive(np.tanh, x=lambda g, ans: g * (1 - ans * ans))
arcsinh = primitive(np.arcsinh, x=lambda g, x: g / np.sqrt(x * x + 1))
arccosh = primitive(np.arccosh, x=lambda g, x: g / np.sqrt(x * x - 1))
arctanh = primitive(np.arctanh, x=lambda g, x: g / (1 - x * x))

# ------------------------------------------------------------------------------------- functions with corners and steps

absolute = primitive(np.absolute, x=lambda g, x: g * np.sign(x))
sign, floor, ceil, trunc, rint = (
    primitive(step, x=lambda g: np.zeros_like(g)) for step in (np.sign, np.floor, np.ceil, np.trunc, np.rint)
)


def _to_winner(g: Any, x: Any, y: Any) -> Any:
    """Return `g` where x > y, half of it at a tie, 0 elsewhere."""
    return g * (x > y) + g * (x == y) / 2


maximum = primitive(np.maximum, x=lambda g, x, y: _to_winner(g, x, y), y=lambda g, x, y: _to_winner(g, y, x))
minimum = primitive(np.minimum, x=lambda g, x, y: _to_winner(g, y, x), y=lambda g, x, y: _to_winner(g, x, y))


def _within(x: Any, min: Any, max: Any) -> Any:
    return (True if min is None else x >= min) & (True if max is None else x <= max)


def _crossed(min: Any, max: Any) -> Any:
    """Return where the bounds are in the wrong order: there the result is `max`, whatever `x`."""
    return False if min is None or max is None else min > max


@primitive(
    name="clip",
    implements=np.clip,
    x=lambda g, x, min, max: g * _within(x, min, max),
    min=lambda g, x, min, max: g * ((x < min) & np.logical_not(_crossed(min, max))),
    max=lambda g, x, min, max: g * ((x > max) | _crossed(min, max)),
)
def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """Limit the elements to the range from `min` to `max`; either may be None."""
    return np.clip(x, min, max)


@primitive(
    name="where",
    implements=np.where,
    x=lambda g, condition: np.where(condition, g, 0),
    y=lambda g, condition: np.where(condition, 0, g),
)
def where(condition: Any, x: Any, y: Any) -> Any:
    """Take elements from `x` where the condition holds, else from `y`."""
    return np.where(condition, x, y)


# --------------------------------------------------------------------------------------------------------------- dtypes


@primitive(name="astype", x=lambda g: g)  # the engine casts the gradient to the operand's own dtype
def _astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


def astype(x: Any, dtype: Any) -> Any:
    """Convert the elements to another type; what is no floating point number afterwards requires no gradient."""
    return _astype(x if np.dtype(dtype).kind == "f" or not isinstance(x, Tensor) else x.detach(), dtype)


@primitive(name="alias", x=lambda g: g)
def alias(x: Any) -> Any:
    """Return the same array, as a node of its own: a new place in the graph."""
    return x
