"""minimize: scipy.optimize, with the derivatives of this library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor, hessian, hvp, value_and_grad

# What SciPy's methods ask for.
_WITH_PRODUCTS = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
_WITH_HESSIAN = ("dogleg", "trust-exact")
_WITH_GRADIENT = ("cg", "bfgs", "l-bfgs-b", "tnc", "slsqp", *_WITH_PRODUCTS, *_WITH_HESSIAN)


def minimize(
    f: Callable[..., Any], x0: Any, method: str = "BFGS", *, args: tuple[Any, ...] = (), **options: Any
) -> Any:
    """Minimise a function by a method of ``scipy.optimize.minimize``, which gets exact derivatives.

    The gradient is that of :func:`autograd.grad`. Newton-CG, trust-ncg, trust-krylov and trust-constr get
    Hessian-vector products (:func:`autograd.hvp`); dogleg and trust-exact the whole Hessian.

    Parameters
    ----------
    f : callable
        Takes `x0` as a Tensor (the arrays of `x0` one by one, if it is a list or tuple of arrays), then `args`. Returns
        a scalar.
    x0 : array_like, or list or tuple of arrays
        Where to start. Computed in double precision.
    method : str, default "BFGS"
        As SciPy names it; those without derivatives (Nelder-Mead, Powell, COBYLA) work as well.
    args : tuple
        Passed on to `f`, not differentiated.
    **options
        Passed on to SciPy: ``tol``, ``options``, ``bounds``, ``constraints``, ``callback``.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With ``x``, and ``jac`` where the method has it, in the form of `x0`.

    Raises
    ------
    ImportError
        If SciPy is missing.
    TypeError
        If `x0` holds no numbers, or derivatives are given: they are made here.

    Examples
    --------
    >>> import optim
    >>> rosenbrock = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    >>> optim.minimize(rosenbrock, [-1.0, 2.0]).x.round(4)
    array([1., 1.])
    >>> optim.minimize(rosenbrock, [-1.0, 2.0], "Newton-CG").x.round(3)
    array([1., 1.])
    """
    if not callable(f):
        raise TypeError(f"minimize takes a function of x0, not {type(f).__name__}; write minimize(f, x0), not f(x0)")
    try:
        from scipy import optimize
    except ImportError as error:
        raise ImportError("minimize needs SciPy; install it with: pip install 'seegrad[scipy]'") from error
    if given := [name for name in ("jac", "hess", "hessp") if name in options]:
        raise TypeError(f"minimize computes the derivatives itself; leave out {', '.join(given)}")
    several = isinstance(x0, (list, tuple)) and any(np.ndim(part) for part in x0)
    parts = [np.asarray(part, dtype=float) for part in (x0 if several else [x0])]
    shapes = [part.shape for part in parts]

    def whole(x: Any) -> Any:
        """Compute f of the vector that SciPy knows."""
        return f(*_split(x, shapes), *args)

    derivatives: dict[str, Any] = {}
    if (kind := method.lower()) in _WITH_GRADIENT:
        derivatives["jac"] = True
    if kind in _WITH_PRODUCTS:
        derivatives["hessp"] = lambda x, v: hvp(whole, x, v)
    if kind in _WITH_HESSIAN:
        derivatives["hess"] = hessian(whole)
    start = np.concatenate([part.reshape(-1) for part in parts])
    result = optimize.minimize(_plain(whole, bool(derivatives)), start, method=method, **derivatives, **options)
    for name in ("x", "jac"):
        if name in result and np.shape(result[name]) == start.shape:
            found = _split(result[name], shapes)
            result[name] = type(x0)(found) if several else found[0]
    return result


def _plain(f: Callable[..., Any], with_gradient: bool) -> Callable[..., Any]:
    """Return f with plain numbers as its results, as SciPy wants them."""
    if not with_gradient:
        return lambda x: Tensor(f(x)).item()
    both = value_and_grad(f)

    def value_and_slope(x: Any) -> tuple[float, Any]:
        y, slope = both(x)
        return float(y), slope

    return value_and_slope


def _split(x: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Return the parts of a vector, in their shapes."""
    parts, start = [], 0
    for shape in shapes:
        size = math.prod(shape)
        parts.append(x[start : start + size].reshape(shape))
        start += size
    return parts
