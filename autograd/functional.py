"""Derivatives of plain functions: ``grad``, ``vjp``, ``jvp``, and what is made of them.

They nest to any depth. What holds for all of them:

- *Arguments* are numbers, arrays or Tensors of floating point numbers; a Python int counts as a float. The function
  sees Tensors in their place, and may use in-place syntax on them.
- *Results* are plain arrays if the differentiated arguments are, else Tensors. They are recorded, and Tensors in any
  case, if somebody outside can ask for their derivative: an argument requires a gradient, or the function closes over a
  Tensor that does (an outer level's variable, a model's parameter). Under ``no_grad()`` nothing is recorded outside.
- An argument that the output does not depend on has the gradient zero. So has a function whose result is a plain number
  or array: it is a constant.
- Nobody's ``grad`` is touched, nor the arguments, nor the mode.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import bare
from .evaluation import Evaluation, Function, name_of
from .tensor import Tensor, wrap

Argnums = int | tuple[int, ...]

# ------------------------------------------------------------------------------------------------ gradients of a scalar


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """Return the function that computes the gradient of `f`: ∂f/∂xᵢ for the argument xᵢ.

    Parameters
    ----------
    f : callable
        Takes arrays, returns a scalar (one element).
    argnums : int or tuple of int, default 0
        The positions of the arguments to differentiate by; negative ones count from the last. Keyword arguments are
        passed on and not differentiated.

    Returns
    -------
    callable
        Takes what `f` takes. Returns the gradient, of the argument's shape and dtype; for a tuple of positions a tuple.

    Raises
    ------
    TypeError
        If `f` is no function, if an argument has no floating point numbers, or if `f` returns something else than one
        array or number.
    ValueError
        If the output has not exactly one element, or `argnums` means no argument, or one twice.

    Examples
    --------
    >>> from autograd import grad
    >>> cube = lambda x: x**3
    >>> float(grad(cube)(2.0)), float(grad(grad(cube))(2.0)), float(grad(grad(grad(cube)))(2.0))
    (12.0, 12.0, 6.0)
    """
    _refuse_strange("grad", f, argnums)
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return _named("grad", gradient, f)


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """Return the function that computes ``(f(x), gradient of f at x)`` in one run: see :func:`grad`.

    Parameters
    ----------
    f, argnums
        As for :func:`grad`.

    Returns
    -------
    callable
        Takes what `f` takes, returns the pair.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import value_and_grad
    >>> value, gradient = value_and_grad(lambda w, x: np.sum(w * x) ** 2)(np.array([1.0, 2.0]), np.array([3.0, 1.0]))
    >>> float(value), gradient
    (25.0, array([30., 10.]))
    """
    _refuse_strange("value_and_grad", f, argnums)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        run = Evaluation(f, args, kwargs, _places(argnums, args))
        y = run.scalar()
        gradients = run.pull([y], [np.ones_like(y._data)])
        return run.value(y), _one_or_all(argnums, gradients)

    return _named("value_and_grad", value_and_gradient, f)


# ------------------------------------------------------------------------------ the two products with a Jacobian matrix


def vjp(f: Function, /, *args: Any, **kwargs: Any) -> tuple[Any, Function]:
    """Run `f` and return, with its output, the function u ↦ Jᵀu: cotangents of the output to cotangents of the inputs.

    Parameters
    ----------
    f : callable
        Takes arrays, returns an array of any shape or a tuple of them.
    *args : float, array_like or Tensor
        The arguments, all of which are differentiated.
    **kwargs
        Passed on to `f`.

    Returns
    -------
    output : array, Tensor, or a tuple of them
        What `f` returns.
    pull : callable
        Takes the cotangent, of the shape of the output (for a tuple of outputs a tuple). Returns the cotangent of the
        argument, of its shape; of several arguments a tuple. It may be called any number of times.

    Raises
    ------
    TypeError
        If an argument has no floating point numbers.
    ValueError
        If a cotangent has another shape than its output; raised by `pull`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import vjp
    >>> y, pull = vjp(np.sin, np.array([0.0, np.pi]))
    >>> pull(np.array([1.0, 1.0])), pull(np.array([2.0, 3.0]))
    (array([ 1., -1.]), array([ 2., -3.]))
    """
    _refuse_strange("vjp", f)
    run = Evaluation(f, args, kwargs, range(len(args)))

    def pull(cotangent: Any) -> Any:
        cotangents = _matching("cotangent", "output", cotangent, run.outputs, run.several)
        pulled = run.pull(run.outputs, cotangents, again=True)
        return pulled[0] if len(args) == 1 else tuple(pulled)

    return run.values(), pull


def jvp(f: Function, primals: Any, tangents: Any, /, **kwargs: Any) -> tuple[Any, Any]:
    """Return ``(f(x), J v)``: the output of `f` and its derivative in the direction v.

    The reverse sweep computes u ↦ Jᵀu, which is linear; sweeping through that sweep transposes it once more and gives
    v ↦ Jv. It costs about as much as two gradients, whatever the size of the output.

    Parameters
    ----------
    f : callable
        Takes arrays, returns an array of any shape or a tuple of them.
    primals : float, array_like or Tensor, or a tuple of them
        The argument x; a tuple stands for several arguments.
    tangents : like `primals`
        The direction v: one array per argument, of its shape.
    **kwargs
        Passed on to `f`.

    Returns
    -------
    output : array, Tensor, or a tuple of them
        What `f` returns.
    tangent : like `output`
        The derivative of the output in the direction, of its shape.

    Raises
    ------
    TypeError
        If an argument has no floating point numbers.
    ValueError
        If there are not as many tangents as primals, or they differ in shape.

    Examples
    --------
    >>> from autograd import jvp
    >>> y, dy = jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.5))
    >>> float(y), float(dy)
    (6.0, 4.0)
    """
    _refuse_strange("jvp", f)
    args = primals if isinstance(primals, tuple) else (primals,)
    run = Evaluation(f, args, kwargs, range(len(args)))
    directions = _matching("tangent", "primal", tangents, run.inputs, isinstance(primals, tuple))
    pushed = run.push(directions)
    return run.values(), tuple(pushed) if run.several else pushed[0]


# ------------------------------------------------------------------------------------------------------- whole matrices


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """Return the function that computes the Jacobian of `f`: J[i, j] = ∂yᵢ/∂xⱼ, where i and j may be several indices.

    It runs `f` once and sweeps once per element of the output.

    Parameters
    ----------
    f : callable
        Takes arrays, returns an array of any shape or a tuple of them.
    argnums : int or tuple of int, default 0
        The positions of the arguments to differentiate by.

    Returns
    -------
    callable
        Takes what `f` takes. Returns an array of shape ``output.shape + input.shape``; for a tuple of positions a tuple
        of them, and for a tuple of outputs a tuple of what there is for each.

    Raises
    ------
    TypeError, ValueError
        As :func:`grad`; but the output may have any shape.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jacobian
    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0, 3.0]))
    array([[2., 0., 0.],
           [0., 4., 0.],
           [0., 0., 6.]])
    """
    _refuse_strange("jacobian", f, argnums)

    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = Evaluation(f, args, kwargs, _places(argnums, args))
        blocks = [_one_or_all(argnums, _rows(run, y)) for y in run.outputs]
        return tuple(blocks) if run.several else blocks[0]

    return _named("jacobian", matrix, f)


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """Return the function that computes the Hessian of `f`: H[i, j] = ∂²f/∂xᵢ∂xⱼ.

    It is the Jacobian of the gradient. For a single direction :func:`hvp` is much cheaper.

    Parameters
    ----------
    f : callable
        Takes arrays, returns a scalar.
    argnums : int or tuple of int, default 0
        The positions of the arguments to differentiate by.

    Returns
    -------
    callable
        Takes what `f` takes. Returns an array of shape ``x.shape + x.shape``; for a tuple of positions a tuple of
        tuples: ``H[i][j]`` of shape ``xᵢ.shape + xⱼ.shape``.

    Raises
    ------
    TypeError, ValueError
        As :func:`grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    _refuse_strange("hessian", f, argnums)
    return _named("hessian", jacobian(grad(f, argnums), argnums), f)


def hvp(f: Function, x: Any, v: Any, /, **kwargs: Any) -> Any:
    """Return the product H v of the Hessian of `f` at x and a vector, without the Hessian: H v = ∇ ⟨∇f(x), v⟩.

    Parameters
    ----------
    f : callable
        Takes arrays, returns a scalar.
    x : float, array_like or Tensor, or a tuple of them
        The argument; a tuple stands for several arguments.
    v : like `x`
        The vector: one array per argument, of its shape.
    **kwargs
        Passed on to `f`.

    Returns
    -------
    array, Tensor, or a tuple of them
        The product alone, like `x`. (``torch.autograd.functional.hvp`` returns the value of `f` with it.)

    Raises
    ------
    TypeError, ValueError
        As :func:`grad`, and if `v` does not match `x`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hvp
    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    array([10.,  6.])
    """
    _refuse_strange("hvp", f)
    args = x if isinstance(x, tuple) else (x,)
    everyone = tuple(range(len(args)))
    vectors = _matching("v", "x", v, args, isinstance(x, tuple))

    def slope(*args: Any) -> Any:
        return sum((g * u).sum() for g, u in zip(grad(f, everyone)(*args, **kwargs), vectors, strict=True))

    product = grad(_named("hvp", slope, f), everyone)(*args)
    return product if isinstance(x, tuple) else product[0]


def _rows(run: Evaluation, y: Tensor) -> list[Any]:
    """Return the Jacobians of one output by each input, from a sweep per element of the output."""
    if y.ndim == 0:
        return run.pull([y], [np.ones_like(y._data)], again=True)
    if y.size == 0:
        empty = [np.zeros_like(x._data, shape=y.shape + x.shape) for x in run.inputs]
        return [wrap(e) if run.tensors else e for e in empty]
    rows = []
    for index in np.ndindex(y.shape):
        unit = np.zeros_like(y._data, shape=y.shape)
        unit[index] = 1
        rows.append(run.pull([y], [unit], again=True))
    return [np.stack([row[j] for row in rows]).reshape(y.shape + x.shape) for j, x in enumerate(run.inputs)]


# -------------------------------------------------------------------------------------------- what the caller has given


def _places(argnums: Argnums, args: Sequence[Any]) -> list[int]:
    """Return the positions that `argnums` means, none of them negative."""
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(-len(args) <= i < len(args) for i in several):
        raise ValueError(
            f"argnums={argnums!r}, but {len(args)} positional argument(s) were given; only positional arguments are "
            "differentiated, so give the argument by its position"
        )
    places = [i % len(args) for i in several]
    if len(set(places)) < len(places):
        raise ValueError(f"argnums={argnums!r} means the same argument twice")
    return places


def _one_or_all(argnums: Argnums, results: list[Any]) -> Any:
    return tuple(results) if isinstance(argnums, tuple) else results[0]


def _matching(word: str, partner: str, given: Any, partners: Sequence[Any], several: bool) -> list[Any]:
    """Return the vectors that were given for the `partners`, one each and of their shapes, or raise."""
    vectors = given if several else (given,)
    if not isinstance(vectors, (tuple, list)) or len(vectors) != len(partners):
        count = f"{len(given)}" if isinstance(given, (tuple, list)) else "one that is no tuple"
        raise ValueError(f"there must be a {word} for each {partner}, in a tuple of {len(partners)}; got {count}")
    vectors = [v if isinstance(v, Tensor) else bare(v) for v in vectors]
    for v, of in zip(vectors, partners, strict=True):
        if v.shape != np.shape(of):
            raise ValueError(
                f"a {word} has shape {v.shape}, but its {partner} has shape {np.shape(of)}; make them equal"
            )
    return vectors


def _refuse_strange(what: str, f: Any, argnums: Any = 0) -> None:
    if not callable(f):
        raise TypeError(f"{what} takes a function, not {type(f).__name__}; write {what}(f) for a function f, not f(x)")
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    if not several or not all(isinstance(i, (int, np.integer)) for i in several):
        given = f"{argnums!r}" if isinstance(argnums, (int, float, str, tuple)) else type(argnums).__name__
        raise TypeError(
            f"argnums must be an int or a tuple of ints, not {given}; the arguments of {name_of(f)} are given to the "
            f"function that {what} returns: {what}({name_of(f)})(…)"
        )


def _named(what: str, derived: Function, f: Function) -> Function:
    """Give a derived function the signature of `f` and a name that says what it is: ``grad(loss)``."""
    derived = functools.update_wrapper(derived, f, updated=())
    derived.__name__ = derived.__qualname__ = f"{what}({name_of(f)})"
    return derived
