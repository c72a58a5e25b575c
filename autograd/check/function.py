"""gradcheck: the gradient check of a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..random import Rng, generator
from ..rules.elementwise import alias
from ..tensor import Tensor
from .compare import Variables, compare
from .numeric import STEP
from .result import CheckResult


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *others: Any,
    raise_exception: bool = False,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    step: float = STEP,
    samples: int | None = None,
    rng: Rng = 0,
) -> CheckResult:
    r"""Compare the gradients that backward computes for a function with central differences.

    For each entry x of the inputs, ∂φ/∂x from backward is compared with (φ(x + h) − φ(x − h)) / 2h, in float64. φ is
    the output of `f` if it is a scalar. Else it is Σ ⟨v, y⟩ over the outputs y, with fixed random weights v between 0.5
    and 1.5 of either sign: its gradient is wrong, with probability one, if any derivative of any output is.

    An entry passes if |a − n| ≤ rtol·max(|a|, |n|) + atol·scale, with the analytic a, the numeric n, and as scale the
    norm of the weighted outputs, or the greatest derivative in the row if that is greater. One that does not pass is
    tried again with steps from 10 h to 10⁻⁶ h; the quotient counts on which two neighbouring steps agree best. At a
    kink, such as that of relu at 0, the slopes on the left and on the right differ; any derivative from one to the
    other is right there, and the verdict is ``kink``.

    Parameters
    ----------
    f : callable
        Takes Tensors, returns a Tensor of any shape or a tuple of them. The same inputs must give the same outputs.
    inputs : Tensor, array_like, or a tuple of them
        The arguments, several in one tuple. Tensors that require a gradient are checked. If there is none, all floating
        point inputs are; every other input is held constant and given to `f` as it is. Nothing is written into them.
    raise_exception : bool, default False
        Raise if an input fails.
    rtol : float, default 1e-6
        Relative tolerance.
    atol : float, default 1e-9
        Absolute tolerance, in units of the scale.
    step : float, default ∛ε = 6.06e-6
        The step h in units of max(1, \|x\|), from 1e-9 to 0.1; it is rounded so that x + h is exact.
    samples : int, optional
        Check so many entries of each input, chosen at random. Default: all.
    rng : Generator, int or None, default 0
        Draws the weights and the samples; the same every time unless you say otherwise.

    Returns
    -------
    CheckResult
        True unless an input failed; it prints as a table with a row for each input.

    Raises
    ------
    GradientError
        If `raise_exception` and an input fails: the table, and a sentence on the worst entry.
    TypeError
        If several inputs are given and no tuple; if there is nothing to differentiate by; if `f` returns no Tensor, or
        one of lower precision than its inputs.
    ValueError
        If an output is not finite, or differs between two runs; if `step` or `samples` makes no sense.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import gradcheck, primitive
    >>> bool(gradcheck(lambda x, w: np.tanh(x @ w), (np.eye(2), np.ones((2, 3)))))
    True

    A rule with a sign error:

    >>> cosine = primitive(lambda x: np.cos(x), name="cosine", x=lambda g, x: g * np.sin(x))
    >>> gradcheck(cosine, 1.0).failed[0].sentence()
    'At x differences give -0.841471, and backward gives 0.841471: -1 times that, a relative error of 2.0e+00.'
    """
    subject = getattr(f, "__name__", type(f).__name__)
    if others:
        raise TypeError(
            f"gradcheck takes several inputs as one tuple, and {1 + len(others)} were given one by one; write "
            f"gradcheck({subject}, (…, …))"
        )
    args = _arguments(inputs)
    places = _checked(args)
    if not places:
        raise TypeError(
            f"gradcheck({subject}) found no floating point input to differentiate by; write 1.0 for 1, or "
            "array.astype(float)"
        )
    leaves = {i: Tensor(args[i], requires_grad=True, dtype=np.float64) for i in places}
    names = _names(f, args)
    variables: Variables = {names[i]: leaf for i, leaf in leaves.items()}

    def evaluate() -> Any:
        # An alias: f may use in-place syntax on its arguments.
        return f(*(alias(leaves[i]) if i in leaves else arg for i, arg in enumerate(args)))

    converted = any(getattr(args[i], "dtype", np.float64) != np.float64 for i in places)
    return compare(
        subject,
        evaluate,
        variables,
        samples=samples,
        step=step,
        rtol=rtol,
        atol=atol,
        rng=generator(rng),
        converted=converted,
        raise_exception=raise_exception,
    )


def is_floating(value: Any) -> bool:
    """Return whether a value is a floating point number, array or Tensor."""
    return isinstance(value, float) or (
        isinstance(value, (Tensor, np.ndarray, np.generic)) and np.dtype(value.dtype).kind == "f"
    )


def _arguments(inputs: Any) -> tuple[Any, ...]:
    if not isinstance(inputs, list):
        return inputs if isinstance(inputs, tuple) else (inputs,)
    if any(isinstance(value, (Tensor, np.ndarray)) for value in inputs):
        raise TypeError("gradcheck takes several inputs as a tuple, not as a list; write gradcheck(f, (x, y))")
    return (np.asarray(inputs),)


def _checked(args: tuple[Any, ...]) -> list[int]:
    """Return the places of the inputs to differentiate by."""
    asked = [i for i, arg in enumerate(args) if isinstance(arg, Tensor) and arg.requires_grad]
    return asked or [i for i, arg in enumerate(args) if is_floating(arg)]


def _names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """Return a name for each argument: the Tensor's own, else the parameter's of `f`, else its number."""
    named = _parameters(f)
    names: list[str] = []
    for i, arg in enumerate(args):
        name = (arg.name if isinstance(arg, Tensor) else None) or (named[i] if i < len(named) else f"input {i}")
        names.append(f"{name} ({i})" if name in names else name)
    return names


def _parameters(f: Callable[..., Any]) -> list[str]:
    """Return the names of the positional parameters of a function; none if it is written in C and does not tell."""
    if hasattr(f, "primitive"):
        return list(f.primitive.parameters)
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
