"""Derivatives of the functions that work element by element.

Conventions at the points without a derivative: |x|' = 0 at 0; maximum and minimum (fmax and fmin too, which follow the
other side where one is NaN) give half to each side at a tie; clip passes the gradient on its bounds; sqrt has an
infinite slope at 0, as the limit says; hypot and arctan2 have the gradient 0 at the origin. Steps have slope 0
everywhere, also where they jump: sign, floor, round and the like, floor_divide, heaviside, and copysign by the operand
that gives the sign; remainder and fmod have at a jump the slope that they have beside it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import refuse_complex
from ..primitive import TABLE, primitive
from ..tensor import Tensor
from .table import composed

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
    """∂(x^y)/∂x = y·x^(y−1), which is 0 for y = 0 even where x^(−1) is infinite; at 0⁰ its own slopes are 0 too."""
    if isinstance(y, (int, float)):
        return y * x ** (y - 1) if y else np.zeros_like(x)
    both = (x == 0) & (y == 0)
    return np.where(both, 0, y) * np.where(both, 1, x) ** (y - 1)


def _slope_in_exponent(x: Any, y: Any, ans: Any) -> Any:
    """∂(x^y)/∂y = x^y·log x; 0 at x = 0 for y ≥ 0, and NaN for x < 0, where x^y has no neighbours."""
    return ans * np.log(np.where((x == 0) & (y >= 0), 1, x).astype(ans.dtype))


power = primitive(
    np.power,
    x=lambda g, x, y: g * _slope_in_base(x, y),
    y=lambda g, x, y, ans: g * _slope_in_exponent(x, y, ans),
)


def _quotient(x: Any, y: Any) -> Any:
    """x / y, and 0 where y is 0, where x is too: with its derivatives, as the norm's at 0."""
    return x / np.where(y == 0, 1, y) * (y != 0)


def _real_slope_in_base(x: Any, y: Any) -> Any:
    both = (x == 0) & (y == 0)
    return np.where(both, 0, y) * np.float_power(np.where(both, 1, x), y - 1)


float_power = primitive(
    np.float_power,
    x=lambda g, x, y: g * _real_slope_in_base(x, y),
    y=lambda g, x, y, ans: g * _slope_in_exponent(x, y, ans),
)
remainder = primitive(np.remainder, x=lambda g: g, y=lambda g, x, y: -g * np.floor_divide(x, y))
fmod = primitive(np.fmod, x=lambda g: g, y=lambda g, x, y: -g * np.trunc(x / y))
hypot = primitive(
    np.hypot,
    x=lambda g, x, ans: g * _quotient(x, ans),
    y=lambda g, y, ans: g * _quotient(y, ans),
)
ldexp = primitive(np.ldexp, x=lambda g, i: np.ldexp(g, i), i=None)
deg2rad, radians = (primitive(f, x=lambda g: g * (math.pi / 180)) for f in (np.deg2rad, np.radians))
rad2deg, degrees = (primitive(f, x=lambda g: g * (180 / math.pi)) for f in (np.rad2deg, np.degrees))

# ------------------------------------------------------------------------------------------ exponentials and logarithms

exp = primitive(np.exp, x=lambda g, ans: g * ans)
expm1 = primitive(np.expm1, x=lambda g, ans: g * (ans + 1))
log = primitive(np.log, x=lambda g, x: g / x)
log1p = primitive(np.log1p, x=lambda g, x: g / (1 + x))
exp2 = primitive(np.exp2, x=lambda g, ans: g * ans * math.log(2))
log2 = primitive(np.log2, x=lambda g, x: g / (x * math.log(2)))
log10 = primitive(np.log10, x=lambda g, x: g / (x * math.log(10)))
sqrt = primitive(np.sqrt, x=lambda g, ans: g / (2 * ans))
cbrt = primitive(np.cbrt, x=lambda g, ans: g / (3 * ans * ans))


def share_of_two(x: Any, y: Any, ans: Any, exp: np.ufunc = np.exp, logaddexp: np.ufunc = np.logaddexp) -> Any:
    """Return which part exp x is of exp x + exp y, whose logarithm is `ans`: 1 / (1 + exp(y − x)).

    So it has all digits also where x and y are large. Where both are −∞, there is nothing to have a part of: 0.
    """
    return exp(-logaddexp(0, np.where(ans == -math.inf, math.inf, y) - x))


logaddexp = primitive(
    np.logaddexp,
    x=lambda g, x, y, ans: g * share_of_two(x, y, ans),
    y=lambda g, x, y, ans: g * share_of_two(y, x, ans),
)
logaddexp2 = primitive(
    np.logaddexp2,
    x=lambda g, x, y, ans: g * share_of_two(x, y, ans, np.exp2, np.logaddexp2),
    y=lambda g, x, y, ans: g * share_of_two(y, x, ans, np.exp2, np.logaddexp2),
)


def _bessel_i1(x: Any) -> Any:
    try:
        from .special import i1
    except ImportError as problem:
        raise ImportError(
            "the derivative of np.i0 is a function of SciPy's; install it with: pip install 'seegrad[scipy]'"
        ) from problem
    return i1(x)


@primitive(name="bessel_i0", implements=np.i0, x=lambda g, x: g * _bessel_i1(x))
def i0(x: Any) -> Any:
    """The modified Bessel function I₀."""
    return np.i0(x)


# --------------------------------------------------------------------------------------------------------- trigonometry

sin = primitive(np.sin, x=lambda g, x: g * np.cos(x))
cos = primitive(np.cos, x=lambda g, x: -g * np.sin(x))
tan = primitive(np.tan, x=lambda g, ans: g * (1 + ans * ans))
arcsin = primitive(np.arcsin, x=lambda g, x: g / np.sqrt(1 - x * x))
arccos = primitive(np.arccos, x=lambda g, x: -g / np.sqrt(1 - x * x))
arctan = primitive(np.arctan, x=lambda g, x: g / (1 + x * x))


def _by_distance(g: Any, a: Any, x: Any, y: Any) -> Any:
    """g·a / (x² + y²), without squares that overflow; 0 at the origin."""
    distance = np.hypot(x, y)
    return g * _quotient(a, distance) / np.where(distance == 0, 1, distance)


arctan2 = primitive(
    np.arctan2,
    y=lambda g, y, x: _by_distance(g, x, x, y),
    x=lambda g, y, x: -_by_distance(g, y, x, y),
)
sinh = primitive(np.sinh, x=lambda g, x: g * np.cosh(x))
cosh = primitive(np.cosh, x=lambda g, x: g * np.sinh(x))
tanh = primitive(np.tanh, x=lambda g, ans: g * (1 - ans * ans))
arcsinh = primitive(np.arcsinh, x=lambda g, x: g / np.hypot(x, 1))  # no square that overflows
arccosh = primitive(np.arccosh, x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
arctanh = primitive(np.arctanh, x=lambda g, x: g / (1 - x * x))


def _sinc_slope(g: Any, x: Any, n: int) -> Any:
    return g * sinc(x, n + 1)


@primitive(implements=np.sinc, x=lambda g, x, n: _sinc_slope(g, x, n))
def sinc(x: Any, n: int = 0) -> Any:
    """sin πx / πx, or its derivative of order n."""
    if n == 0:
        return np.sinc(x)
    near = abs(x) < 1
    # From ∫₀¹ cos(πxt) dt, term by term: (−1)^k π^(2k) x^(2k−n) / ((2k+1)·(2k−n)!), which is exact at 0.
    inside = np.where(near, x, 0)
    series: Any = 0
    for k in range(20, (n - 1) // 2, -1):  # Horner's rule in x², the last term first
        coefficient = (-1) ** k * math.pi ** (2 * k) / ((2 * k + 1) * math.factorial(2 * k - n))
        series = series * inside * inside + coefficient
    series = series * inside if n % 2 else series
    # Elsewhere from the n-th derivative of x·sinc x = sin(πx)/π.
    outside = np.where(near, 1, x)
    slope = np.sinc(outside)
    for k in range(1, n + 1):
        slope = (math.pi ** (k - 1) * np.sin(math.pi * outside + k * math.pi / 2) - k * slope) / outside
    return np.where(near, series, slope)


# ------------------------------------------------------------------------------------- functions with corners and steps

absolute, fabs = (primitive(f, x=lambda g, x: g * np.sign(x)) for f in (np.absolute, np.fabs))
sign, floor, ceil, trunc, rint = (
    primitive(step, x=lambda g: np.zeros_like(g)) for step in (np.sign, np.floor, np.ceil, np.trunc, np.rint)
)
if hasattr(np, "fix"):  # another name of trunc, and deprecated since NumPy 2.5
    TABLE[np.fix] = trunc
floor_divide = primitive(np.floor_divide, x=lambda g: np.zeros_like(g), y=lambda g: np.zeros_like(g))
heaviside = primitive(np.heaviside, x=lambda g: np.zeros_like(g), y=lambda g, x: g * (x == 0))
copysign = primitive(np.copysign, x=lambda g, x, y: g * np.sign(x) * np.copysign(1.0, y), y=lambda g: np.zeros_like(g))


@primitive(name="round", implements=np.round, x=lambda g: np.zeros_like(g))
def round_(x: Any, decimals: int = 0) -> Any:
    """The nearest number with so many decimals; half-way between two, the even one."""
    return np.round(x, decimals)


TABLE[np.around] = round_


def divmod_(x: Any, y: Any) -> tuple[Any, Any]:
    """Quotient, rounded down, and remainder."""
    return floor_divide(x, y), remainder(x, y)


TABLE[np.divmod] = divmod_


@primitive(implements=np.modf, x=lambda g: g[0])
def modf(x: Any) -> tuple[Any, Any]:
    """What is behind the point, and what is before it, in steps."""
    return np.modf(x)


@composed(np.frexp)
def frexp(x: Any) -> tuple[Any, Any]:
    """A mantissa between ½ and 1, and the exponent of 2 that goes with it, which is a whole number and plain."""
    exponent = np.frexp(x._data if isinstance(x, Tensor) else x)[1]
    return ldexp(x, -exponent), exponent


def _to_winner(g: Any, x: Any, y: Any) -> Any:
    """Return `g` where x > y, half of it at a tie, 0 elsewhere."""
    return g * (x > y) + g * (x == y) / 2


maximum = primitive(np.maximum, x=lambda g, x, y: _to_winner(g, x, y), y=lambda g, x, y: _to_winner(g, y, x))
minimum = primitive(np.minimum, x=lambda g, x, y: _to_winner(g, y, x), y=lambda g, x, y: _to_winner(g, x, y))


def _whichever_is_there(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the operands with the other one's element in the place of a NaN."""
    return np.where(np.isnan(x), y, x), np.where(np.isnan(y), x, y)


def fmax(x: Any, y: Any) -> Any:
    """The greater of two elements, or the only one that is not NaN."""
    return maximum(*_whichever_is_there(x, y))


def fmin(x: Any, y: Any) -> Any:
    """The smaller of two elements, or the only one that is not NaN."""
    return minimum(*_whichever_is_there(x, y))


TABLE[np.fmax], TABLE[np.fmin] = fmax, fmin


@primitive(implements=np.nan_to_num, x=lambda g, x: g * np.isfinite(x))
def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Numbers in the places of NaN and of infinities; always a copy, since a Tensor is not written into."""
    return np.nan_to_num(x, True, nan, posinf, neginf)


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


# ---------------------------------------------------------------------------------------- the parts of a complex number

conjugate = primitive(np.conjugate, x=lambda g: g)


@primitive(implements=np.imag, val=lambda g: np.zeros_like(g))
def imag(val: Any) -> Any:
    """The imaginary part of real numbers: 0."""
    return np.imag(val)


@composed(np.real, np.real_if_close, by="val")
def real(val: Any, tol: float = 100) -> Any:
    """The real part of real numbers: themselves."""
    return alias(val)


@composed(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """The angle of real numbers: 0 of a positive one, π of a negative one."""
    found = arctan2(0, z)
    return found * (180 / math.pi) if deg else found


# --------------------------------------------------------------------------------------------------------------- dtypes


@primitive(name="astype", x=lambda g: g)  # the engine casts the gradient to the operand's own dtype
def _astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


@composed(getattr(np, "astype", None), by="x")
def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """Convert the elements to another type; what is no floating point number afterwards requires no gradient."""
    refuse_complex(np.dtype(dtype))
    return _astype(x if np.dtype(dtype).kind == "f" or not isinstance(x, Tensor) else x.detach(), dtype)


def of_type(x: Any, dtype: Any) -> Any:
    """Return the array in the type that a function was asked to compute in; None: as it is."""
    return x if dtype is None else _astype(x, dtype)


@primitive(name="alias", x=lambda g: g)
def alias(x: Any) -> Any:
    """Return the same array, as a node of its own: a new place in the graph."""
    return x


# ---------------------------------------------------------------------------------------------- what is not for Tensors

PLAIN = {
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isclose),
    *(np.logical_and, np.logical_or, np.logical_not, np.logical_xor),
    *(np.isfinite, np.isinf, np.isnan, np.isposinf, np.isneginf, np.signbit),
    *(np.gcd, np.lcm, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.bitwise_invert, np.bitwise_count),
    *(np.bitwise_left_shift, np.bitwise_right_shift, np.packbits, np.unpackbits),
}
REFUSED = dict.fromkeys(
    (np.nextafter, np.spacing), "is about the gaps between floating point numbers: no slope is meant"
)
