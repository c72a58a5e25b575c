"""What each NumPy function does with a Tensor, read off the code: nobody has to guess.

``python -m autograd.rules`` prints it, and with ``--markdown`` as a page with tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from .. import rules
from ..primitive import TABLE
from .table import operands_of
from .ufunc import ACCUMULATIONS, REDUCTIONS

DIFFERENTIABLE, PLAIN_RESULT, REFUSED = "differentiable", "plain result", "refused"

# The rooms of NumPy whose functions ask a Tensor what to do.
_ROOMS = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft, "np.lib.stride_tricks": np.lib.stride_tricks}
_Dispatched = type(np.sum)

# The pages of the table in the order in which they are read, and what they are about.
_FAMILIES = {
    "elementwise": "Element by element",
    "reduction": "Sums, means, extrema",
    "nan": "Past the gaps: NaN",
    "scan": "Running sums, differences, integrals",
    "order": "Sorting, medians, quantiles",
    "sets": "Sets of elements",
    "statistics": "Covariances and counts",
    "shape": "Shapes, joining, splitting",
    "selection": "Selecting and repeating",
    "padding": "Padding",
    "creation": "Numbers between end points",
    "calls": "Functions of functions",
    "window": "Windows and convolutions",
    "fourier": "Fourier transforms",
    "polynomial": "Polynomials",
    "linalg": "Products of vectors and matrices",
    "decompositions": "Inverses and decompositions",
    "norms": "Norms",
    "plain": "Questions, text, files, types",
}
_METHODS, _SPECIAL, _OTHERS = "Methods of ufuncs", "SciPy's special functions", "Others"


class Entry(NamedTuple):
    """One line of the page.

    Attributes
    ----------
    name : str
        The function, such as ``"np.tanh"``.
    status : str
        What becomes of it: "differentiable", "plain result" or "refused".
    how : str
        By which operands it is differentiable, or why it is refused.
    family : str
        The table that it stands in.
    aliases : tuple of str
        Other names that NumPy has for the same function.
    """

    name: str
    status: str
    how: str
    family: str
    aliases: tuple[str, ...] = ()


def coverage() -> list[Entry]:
    """Return an entry for every NumPy function that can be called with a Tensor, by family and name.

    SciPy's special functions are there if SciPy is: those that are differentiable, and a few that people look for.

    Examples
    --------
    >>> from autograd.rules.coverage import coverage
    >>> {e.name: e.status for e in coverage()}["np.tanh"]
    'differentiable'
    """
    entries = [
        Entry(names[0], *_status(function), _family(function), tuple(names[1:]))
        for function, names in _functions().items()
    ]
    entries += _methods()
    entries += _special()
    order = [*_FAMILIES.values(), _METHODS, _SPECIAL, _OTHERS]
    return sorted(entries, key=lambda e: (order.index(e.family), e.name))


def _functions() -> dict[Callable[..., Any], list[str]]:
    """Return NumPy's public functions that speak one of its two protocols, each with all of its names."""
    found: dict[Callable[..., Any], list[str]] = {}
    for room, module in _ROOMS.items():
        for name in sorted(n for n in dir(module) if not n.startswith("_")):
            function = getattr(module, name)
            if isinstance(function, (np.ufunc, _Dispatched)):
                found.setdefault(function, []).append(f"{room}.{name}")
    return found


def _status(function: Callable[..., Any]) -> tuple[str, str]:
    if function in rules.PLAIN:
        return PLAIN_RESULT, ""
    if function in TABLE:
        return DIFFERENTIABLE, f"by {', '.join(operands_of(TABLE[function]))}"
    return REFUSED, rules.REFUSED.get(function, "has no derivative rule")


def _family(function: Callable[..., Any]) -> str:
    """Return the title of the page where a function is dealt with."""
    for page in rules.PAGES:
        if function in getattr(page, "PLAIN", ()) or function in getattr(page, "REFUSED", ()):
            return _title(page.__name__)
    operation = TABLE.get(function)
    entry = getattr(operation, "primitive", None)
    modules = [getattr(operation, "__module__", ""), getattr(entry and entry.forward, "__module__", "")]
    for module in modules:
        if module and module.startswith(f"{rules.__name__}."):
            return _title(module)
    for page in rules.PAGES:  # the rule of a function of NumPy's own
        if operation is not None and operation in vars(page).values():
            return _title(page.__name__)
    return _OTHERS


def _title(module: str) -> str:
    return _FAMILIES.get(module.rpartition(".")[2], _OTHERS)


def _methods() -> Iterator[Entry]:
    """Yield what ``np.add.reduce(t)`` and the like are."""
    for method, table in (("reduce", REDUCTIONS), ("accumulate", ACCUMULATIONS)):
        for ufunc, operation in table.items():
            how = f"by {', '.join(operands_of(operation))}"
            yield Entry(f"np.{ufunc.__name__}.{method}", DIFFERENTIABLE, how, _METHODS)


def _special() -> Iterator[Entry]:
    if find_spec("scipy") is None:
        return
    from . import special

    for name in dir(special.special):
        function = getattr(special.special, name)
        if isinstance(function, np.ufunc) and function in TABLE:
            how = f"by {', '.join(operands_of(TABLE[function]))}"
            yield Entry(f"scipy.special.{name}", DIFFERENTIABLE, how, _SPECIAL)
        elif callable(function) and function in special.REFUSED:
            yield Entry(f"scipy.special.{name}", REFUSED, special.REFUSED[function], _SPECIAL)


def _counts(entries: list[Entry]) -> str:
    return ", ".join(f"{sum(e.status == s for e in entries)} {s}" for s in (DIFFERENTIABLE, PLAIN_RESULT, REFUSED))


def _by_family(entries: list[Entry]) -> dict[str, list[Entry]]:
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        families.setdefault(entry.family, []).append(entry)
    return families


def page() -> str:
    """Return the table as text, with the counts above it."""
    entries = coverage()
    width = max(len(e.name) for e in entries)
    lines = [f"{len(entries)} functions on Tensors: {_counts(entries)}"]
    for family, members in _by_family(entries).items():
        lines += ["", family, *(f"  {e.name:{width}}  {e.status:14}  {e.how}".rstrip() for e in members)]
    return "\n".join(lines)


_HEAD = """# What each NumPy function does with a Tensor

This page is printed by `python -m autograd.rules --markdown`, which reads it off the derivative table, for
the functions of NumPy {numpy}; other versions of NumPy 2 have a few more or fewer.

- **differentiable**: the call is recorded, and it has a gradient by the operands that are named, to any order; that
  of steps, as `np.floor`, is 0. Operands in a list or tuple (`arrays`) have one each.
- **plain result**: what NumPy gives for the bare arrays: truth values, counts, places, texts, or arrays that do not
  depend on the elements, as `np.zeros_like`. Nothing is recorded.
- **refused**: a `TypeError`, which says why and what to write instead. Nothing is ever detached in silence.
"""


def markdown() -> str:
    """Return the table as a page in Markdown, with a table for each family.

    Examples
    --------
    >>> from autograd.rules.coverage import markdown
    >>> "| `np.tanh` | differentiable | by x |" in markdown()
    True
    """
    parts = [_HEAD.format(numpy=".".join(np.__version__.split(".")[:2]))]
    for family, members in _by_family(coverage()).items():
        rows = [f"| {_code(e)} | {e.status} | {e.how} |".replace("|  |", "| |") for e in members]
        parts.append(
            "\n".join([f"## {family}", "", "| function | what | how, or why not |", "|---|---|---|", *rows, ""])
        )
    return "\n".join(parts)


def _code(entry: Entry) -> str:
    return ", ".join(f"`{name}`" for name in (entry.name, *entry.aliases))
