"""gradcheck: the gradient check of a function."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..arrays import operands_of_ufunc
from ..random import Rng, generator
from ..rules.elementwise import alias
from ..tensor import Tensor
from .before import overlaps, refuse_elsewhere
from .compare import IN_FLOAT64, Subject, compare
from .result import CheckResult

Path = tuple[Any, ...]


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *others: Any,
    order: int = 1,
    raise_exception: bool = False,
    rng: Rng = 0,
) -> CheckResult:
    r"""Compare the gradients that backward computes for a function with derivatives measured from its values.

    No tolerance is guessed. The measured derivative of each entry comes with an error bar, from a ladder of steps in
    which truncation and rounding are both seen (:mod:`autograd.check.ladder`); the rounding error is measured too. The
    verdict on an entry is

    - PASS: the two agree, and the bar is at most 10⁻⁴ of the derivative, or the derivative is zero;
    - FAIL: they differ by more than ten error bars;
    - SUBGRADIENT: the entry is at a kink, as relu at 0, and the derivative from backward is one of the slopes on either
      side or in between: it is right;
    - INCONCLUSIVE: the measured value is not known well enough to say.

    Steps at which a branch changes (relu, max, where, sorting …) are not used: the recorded graph tells. Where all
    primitives allow it, a complex step is a second witness, exact to the last digits. Inputs of more than 12 elements
    are checked along random directions, and wrong entries found by halving; when something failed, each recorded
    operation is checked by itself, and the one whose rule is wrong is named.

    Parameters
    ----------
    f : callable
        Takes Tensors, returns a Tensor of any shape, or a tuple or dict of them. Random numbers are the same in every
        run: the library's generator, and those that are found in `f`, are put back before each.
    inputs : Tensor, array_like, or a tuple or dict of them
        The arguments: several in one tuple, or by name in a dict. An argument may itself be a tuple, list or dict of
        arrays. Tensors that require a gradient are checked. If there is none, all floating point inputs are; every
        other input is held constant and given to `f` as it is. Nothing is written into them.
    *others
        Nothing: several inputs come in one tuple, and an error says so.
    order : {1, 2}, default 1
        2: the gradient of the gradient is checked as well.
    raise_exception : bool, default False
        Raise if something fails.
    rng : Generator, int or None, default 0
        Draws the weights and directions; the same every time unless you say otherwise.

    Returns
    -------
    CheckResult
        True unless something failed; it prints as a table with a row for each input.

    Raises
    ------
    GradientError
        If `raise_exception` and something fails: the table, and a sentence on the worst entry.
    TypeError
        If several inputs are given and no tuple; if there is nothing to differentiate by; if `f` returns no Tensor, or
        one of lower precision than its inputs.
    ValueError
        If an input or output is not finite, if `f` writes into an input, or differs between two runs.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import gradcheck, primitive
    >>> bool(gradcheck(lambda x, w: np.tanh(x @ w), (np.eye(2), np.ones((2, 3)))))
    True
    >>> gradcheck(np.abs, 0.0).rows[0].note
    'absolute#1: slopes -1 and 1, analytic 0, in between'

    A rule with a sign error:

    >>> cosine = primitive(lambda x: np.cos(x), name="cosine", x=lambda g, x: g * np.sin(x))
    >>> result = gradcheck(cosine, 1.0)
    >>> result.verdict, result.blame[0].primitive, result.blame[0].operand
    ('FAIL', 'cosine', 'x')
    """
    name = str(getattr(f, "__name__", type(f).__name__))
    if not callable(f):
        raise TypeError(f"gradcheck takes a function and its inputs, not {name}; write gradcheck(f, x), not f(x)")
    if others:
        raise TypeError(
            f"gradcheck takes several inputs as one tuple, and {1 + len(others)} were given one by one; write "
            f"gradcheck({name}, (…, …))"
        )
    arguments = _arguments(inputs)
    parts = {path: value for key, value in arguments.items() for path, value in _parts(value, (key,))}
    refuse_elsewhere(f"gradcheck: {name}", {f"input {i}": value for i, value in enumerate(parts.values())})
    chosen = _checked(parts)
    if not chosen:
        raise TypeError(
            f"gradcheck({name}) found no floating point input to differentiate by; write 1.0 for 1, or "
            "array.astype(float)"
        )
    called = copy.deepcopy(f) if callable(getattr(f, "named_parameters", None)) else f  # it may keep statistics
    names = _names(f, arguments, parts)
    leaves = {path: Tensor(parts[path], requires_grad=True, dtype=np.float64) for path in chosen}

    def run() -> Any:
        # An alias: f may use in-place syntax on its arguments.
        given = {key: _rebuilt(value, (key,), leaves) for key, value in arguments.items()}
        return called(
            *(value for key, value in given.items() if isinstance(key, int)),
            **{key: value for key, value in given.items() if isinstance(key, str)},
        )

    notes = overlaps({names[path]: parts[path] for path in chosen})
    if any(getattr(parts[path], "dtype", np.float64) != np.float64 for path in chosen):
        notes.append(IN_FLOAT64)
    constants = {names[path]: value for path, value in parts.items() if path not in leaves}
    subject = Subject(
        name,
        run,
        {names[path]: leaf for path, leaf in leaves.items()},
        {key: value for key, value in constants.items() if isinstance(value, np.ndarray)},
        (called,),
        tuple(notes),
    )
    return compare(subject, order, generator(rng), raise_exception)


def assert_gradients(f: Callable[..., Any], *inputs: Any, order: int = 1, rng: Rng = 0) -> CheckResult:
    """Check a function's gradients in a test: :func:`gradcheck` of the inputs one by one, which raises if one fails.

    Parameters
    ----------
    f : callable
        As for :func:`gradcheck`.
    *inputs : Tensor or array_like
        Its arguments.
    order : {1, 2}, default 1
        2: the second derivatives as well.
    rng : Generator, int or None, default 0
        Draws weights and directions.

    Returns
    -------
    CheckResult
        For a closer look at what passed.

    Raises
    ------
    GradientError
        An AssertionError, with the table.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.check import assert_gradients
    >>> def test_my_gate():
    ...     assert_gradients(np.multiply, 2.0, np.array([1.0, -3.0]), order=2)
    >>> test_my_gate()
    """
    return gradcheck(f, inputs, order=order, raise_exception=True, rng=rng)


def is_floating(value: Any) -> bool:
    """Return whether a value is a floating point number, array or Tensor."""
    return isinstance(value, float) or (
        isinstance(value, (Tensor, np.ndarray, np.generic)) and np.dtype(value.dtype).kind == "f"
    )


def _arguments(inputs: Any) -> dict[int | str, Any]:
    """Return the arguments by place, or by name."""
    if isinstance(inputs, dict):
        return dict(inputs)
    if isinstance(inputs, list):
        if any(isinstance(value, (Tensor, np.ndarray)) for value in inputs):
            raise TypeError("gradcheck takes several inputs as a tuple, not as a list; write gradcheck(f, (x, y))")
        inputs = np.asarray(inputs)
    return dict(enumerate(inputs if isinstance(inputs, tuple) else (inputs,)))


def _parts(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield an argument, or the arrays in it if it is a collection of such, each with the way to it."""
    if isinstance(value, dict):
        inside: Any = value.items()
    elif isinstance(value, (tuple, list)) and any(isinstance(v, (Tensor, np.ndarray, tuple, dict)) for v in value):
        inside = enumerate(value)
    else:
        yield path, value
        return
    for key, one in inside:
        yield from _parts(one, (*path, key))


def _rebuilt(value: Any, path: Path, leaves: dict[Path, Tensor]) -> Any:
    """Return an argument with a place of its own in the graph for each leaf in it."""
    if path in leaves:
        return alias(leaves[path])
    if not any(other[: len(path)] == path for other in leaves):
        return value
    if isinstance(value, dict):
        return {key: _rebuilt(one, (*path, key), leaves) for key, one in value.items()}
    return type(value)(_rebuilt(one, (*path, i), leaves) for i, one in enumerate(value))


def _checked(parts: dict[Path, Any]) -> list[Path]:
    """Return the inputs to differentiate by."""
    asked = [path for path, value in parts.items() if isinstance(value, Tensor) and value.requires_grad]
    return asked or [path for path, value in parts.items() if is_floating(value)]


def _names(f: Callable[..., Any], arguments: dict[int | str, Any], parts: dict[Path, Any]) -> dict[Path, str]:
    """Return a name for each input: the Tensor's own, else the parameter's of `f`, else its number."""
    named = _parameters(f)
    names: dict[Path, str] = {}
    for path, value in parts.items():
        key, *rest = path
        name = key if isinstance(key, str) else named[key] if key < len(named) else f"input {key}"
        name += "".join(f"[{step!r}]" for step in rest)
        name = (value.name if isinstance(value, Tensor) else None) or name
        names[path] = f"{name} ({key})" if name in names.values() else name
    return names


def _parameters(f: Callable[..., Any]) -> list[str]:
    """Return the names of the positional parameters of a function; none if it is written in C and does not tell."""
    if hasattr(f, "primitive"):
        return list(f.primitive.parameters)
    if isinstance(f, np.ufunc):
        return operands_of_ufunc(f)
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
