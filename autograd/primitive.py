"""primitive(): a function and its derivative rules, made into something the engine can record.

A rule is a pure function. The first parameter is ``g``, the gradient of the final result by this output; the others say
by their names what else the rule needs:

===========  =======================================================================
``x``        an operand or an option of the forward function, by its name there
``x_shape``  the shape of the operand ``x``, where its values are not needed
``ans``      the output
``wanted``   a tuple of booleans: which operands want a gradient
===========  =======================================================================

The node keeps what the rules ask for and nothing else. The same rule runs on bare arrays (the ordinary sweep) and on
Tensors (when the gradient is to be differentiated again); it need not know which.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

Rule = Callable[..., Any]
Picker = Callable[[tuple[Any, ...]], tuple[Any, ...]]

# NumPy function → the operation that records it (a Primitive's, or a composition of such); protocols.py looks here.
TABLE: dict[Callable[..., Any], Callable[..., Any]] = {}

# On the scalars that NumPy returns for zero-dimensional results, operators take 45 ns where ufuncs take 570; on arrays
# they are equal.
_OPERATORS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.negative: operator.neg,
    np.power: operator.pow,
    np.absolute: operator.abs,
}


class Primitive:
    """The entry of the derivative table for one function.

    Attributes
    ----------
    name : str
        The function's name, as errors and drawings show it.
    parameters : tuple of str
        All parameters of the forward function, operands and options.
    operands : tuple of str
        Those that have a derivative.
    rules : dict of str → callable
        The rule of each operand; empty if one rule answers for all of them (`together`).
    by_name : tuple of str
        The parameters, the last ones, that can be given by name only.
    names : tuple of str
        What the rules ask for: the layout of ``Node.saved``.
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: dict[str, Rule | None],
        name: str,
        sequence: str | None = None,
        together: Rule | None = None,
        again: Callable[..., Any] | None = None,
        residuals: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.forward = _OPERATORS.get(forward, forward)
        self.together = together
        self.again = again
        self.residuals = residuals
        self.sequence = sequence
        self.parameters, self.defaults, self.by_name = _signature(forward, rules)
        self.rules = {p: rule for p in self.parameters if (rule := rules.get(p)) is not None}
        self.operands = tuple(
            self.rules if together is None else [p for p in self.parameters if p not in self.defaults]
        )
        self._refuse_strange_names(rules)
        self.names = self._names_for(self.operands)
        self.pull = self._puller()
        self._pickers: dict[tuple[bool, ...], Picker] = {}

    def __repr__(self) -> str:
        return f"<primitive {self.name}({', '.join(self.parameters)})>"

    def _names_for(self, operands: tuple[str, ...]) -> tuple[str, ...]:
        """Return, without repeats, what the rules of these operands ask for."""
        asked = [n for p in operands for n in _asks(self.together or self.rules[p])]
        if self.again is not None:  # the second form starts from the inputs
            asked += self.parameters
        return tuple(dict.fromkeys(asked))

    def _refuse_strange_names(self, rules: dict[str, Rule | None]) -> None:
        given = ", ".join(self.parameters)
        if strange := [name for name in rules if name not in self.parameters]:
            raise TypeError(
                f"primitive {self.name}: there are rules for {', '.join(strange)}, but its parameters are {given}; "
                "a rule is named after the operand that it differentiates by"
            )
        if not self.operands:
            raise TypeError(
                f"primitive {self.name}: there is no derivative rule; give one per operand, as in "
                f"primitive({self.name}, {self.parameters[0] if self.parameters else 'x'}=lambda g: …)"
            )
        known = {"ans", "wanted", *self.parameters, *self.residuals, *(f"{p}_shape" for p in self.parameters)}
        if strange := [name for name in self._names_for(self.operands) if name not in known]:
            raise TypeError(
                f"primitive {self.name}: a rule asks for {', '.join(strange)}; beside g it can ask for "
                f"{', '.join(sorted(known))}"
            )

    def _puller(self) -> Callable[[Any, tuple[Any, ...], tuple[Any, ...]], Sequence[Any]]:
        """Return the function (g, saved, parents) → a gradient for each operand, None for those that want none.

        It is compiled from text, in which each rule is called with what it asks for; functions that call functions
        would do the same in a fifth of a microsecond more for each node.
        """

        def call(name: str, rule: Rule) -> str:
            return f"{name}({', '.join(['g', *(f'saved[{self.names.index(asked)}]' for asked in _asks(rule))])})"

        if self.together is not None:
            text, known = call("together", self.together), {"together": self.together}
        elif len(self.rules) == 1:
            (rule,) = self.rules.values()
            text, known = f"({call('rule', rule)},)", {"rule": rule}
        else:
            known = {f"rule_{i}": rule for i, rule in enumerate(self.rules.values())}
            calls = [
                f"None if parents[{i}] is None else {call(f'rule_{i}', known[f'rule_{i}'])}" for i in range(len(known))
            ]
            text = f"({', '.join(calls)})"
        return eval(f"lambda g, saved, parents: {text}", known)

    def needed(self, saved: tuple[Any, ...], wanted: tuple[bool, ...]) -> tuple[Any, ...]:
        """Return what was saved, with None for what only the rules of operands ask that want no gradient."""
        if wanted not in self._pickers:
            self._pickers[wanted] = self.picker(self.names, wanted)
        return self._pickers[wanted]((*saved, None))

    def picker(self, names: tuple[str, ...], wanted: tuple[bool, ...]) -> Picker:
        """Return the function of (the values of `names` …, None) that picks what rules of these operands ask for."""
        asked = self._names_for(tuple(p for p, w in zip(self.operands, wanted, strict=True) if w))
        places = [names.index(name) if name in asked else len(names) for name in self.names]
        if len(places) < 2:  # itemgetter of one place gives no tuple, but that of a slice does
            return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
        return itemgetter(*places)

    def call(self, values: Sequence[Any], function: Callable[..., Any] | None = None) -> Any:
        """Return the forward function, or another with the same parameters, of the values of them all."""
        placed = len(values) - len(self.by_name)
        return (function or self.forward)(*values[:placed], **dict(zip(self.by_name, values[placed:], strict=True)))


def primitive(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    implements: Callable[..., Any] | None = None,
    sequence: str | None = None,
    together: Rule | None = None,
    again: Callable[..., Any] | None = None,
    residuals: tuple[str, ...] = (),
    **rules: Rule | None,
) -> Callable[..., Any]:
    """Make a function on arrays, with its derivative rules, into an operation that records.

    Called with bare arrays the operation returns bare arrays; with a Tensor among the operands it returns a Tensor.

    Parameters
    ----------
    function : callable, optional
        The forward function on bare arrays; left out, ``primitive(...)`` is a decorator. It may return a tuple: then
        the operation has several outputs, ``g`` and ``ans`` are tuples too.
    **rules : callable or None
        For each operand its rule, named after it: ``x=lambda g, y: g * y``. A rule's first parameter is the upstream
        gradient, the others name what it needs: operands, options, ``ans``, ``x_shape``, ``wanted``. It returns the
        gradient by its operand; the engine undoes broadcasting and casts to the operand's dtype. A parameter without a
        rule is an option, or an operand without a derivative. (For a NumPy ufunc the rules name the operands, in
        order.)
    name : str, optional
        What errors and drawings call it. Default: the function's name.
    implements : callable, optional
        The NumPy function that records by this operation from now on, in the whole program. A ufunc given as `function`
        does so without being named here, unless it has a rule already.
    sequence : str, optional
        An operand that is a sequence of arrays (as in concatenate). Its rule returns as many gradients.
    together : callable, optional
        Instead of the rules: one rule for all operands (the parameters without a default), returning a gradient each.
    again : callable, optional
        For a fused function whose fast rule cannot be differentiated: the same function written with operations that
        can. It is used when a gradient's own graph is being recorded.
    residuals : tuple of str, optional
        Names of what the forward function returns beside its result, as ``(result, *residuals)``, for the rules to use.

    Returns
    -------
    callable
        The operation. Its ``primitive`` attribute is the table's entry.

    Raises
    ------
    TypeError
        If a rule is named after no parameter, asks for something unknown, or there is no rule.

    Examples
    --------
    A gate of your own:

    >>> import numpy as np
    >>> from autograd import Tensor, primitive
    >>> swish = primitive(lambda x: x / (1 + np.exp(-x)), name="swish",
    ...                   x=lambda g, x, ans: g * (ans + (1 - ans) / (1 + np.exp(-x))))
    >>> x = Tensor(0.0, requires_grad=True)
    >>> swish(x).backward()
    >>> x.grad
    Tensor(0.5)
    """
    if function is None:
        return lambda f: primitive(
            f,
            name=name,
            implements=implements,
            sequence=sequence,
            together=together,
            again=again,
            residuals=residuals,
            **rules,
        )
    name = name or str(getattr(function, "__name__", "primitive"))
    entry = Primitive(function, rules, name, sequence, together, again, residuals)
    from .general import general
    from .operation import binary, unary

    operation = {1: unary, 2: binary}[len(entry.operands)](entry) if _is_simple(entry, function) else general(entry)
    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = function.__doc__
    operation.primitive = entry  # type: ignore[attr-defined]
    if not isinstance(function, np.ufunc):
        operation.__wrapped__ = function  # type: ignore[attr-defined]  # help() shows its parameters, with their types
    if implements is not None:
        TABLE[implements] = operation
    elif isinstance(function, np.ufunc):  # a user's own rule for np.sin is an operation of the user's, not np.sin
        TABLE.setdefault(function, operation)
    return operation


# ---------------------------------------------------------------------------------------------------------- the helpers


def _signature(
    forward: Callable[..., Any], rules: dict[str, Rule | None]
) -> tuple[tuple[str, ...], dict[str, Any], tuple[str, ...]]:
    """Return a function's parameters by name, their defaults, and those (the last) that can be given by name only.

    Functions written in C do not always tell; the operands of a ufunc are named by its rules.
    """
    try:
        found = inspect.signature(forward).parameters.values()
    except ValueError:
        return tuple(rules), {}, ()
    if isinstance(forward, np.ufunc) or all(p.kind is p.POSITIONAL_ONLY for p in found):
        return tuple(rules), {}, ()
    if loose := [str(p) for p in found if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]:
        raise TypeError(
            f"a primitive's forward function names each of its parameters, and this one has {', '.join(loose)}; take a "
            "sequence instead, primitive(…, sequence='xs', xs=lambda g: …), and write a function around the operation"
        )
    defaults = {p.name: p.default for p in found if p.default is not p.empty}
    return tuple(p.name for p in found), defaults, tuple(p.name for p in found if p.kind is p.KEYWORD_ONLY)


def _is_simple(entry: Primitive, function: Callable[..., Any]) -> bool:
    """Say whether a primitive is a ufunc of one or two operands and one result, whose rules ask for these alone."""
    return (
        isinstance(function, np.ufunc)
        and function.nin in (1, 2)
        and function.nout == 1
        and len(entry.operands) == function.nin
        and set(entry.names) <= {"ans", *entry.operands}
    )


def _asks(rule: Rule) -> tuple[str, ...]:
    """Return what a rule needs beside the upstream gradient: the names of its parameters after the first."""
    return tuple(inspect.signature(rule).parameters)[1:]
