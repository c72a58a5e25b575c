"""What a gradient check has found: a row for each input, as a table, plain data, HTML or a picture."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..columns import aligned

PASS, FAIL, SUBGRADIENT, INCONCLUSIVE = "PASS", "FAIL", "SUBGRADIENT", "INCONCLUSIVE"
_BY_SEVERITY = (PASS, SUBGRADIENT, INCONCLUSIVE, FAIL)

COLUMNS = ("input", "shape", "verdict", "analytic", "numeric ± bar", "rel. error", "at", "step", "kinks", "checked")
_NUMBERS = ("analytic", "numeric ± bar", "rel. error", "step", "kinks")  # aligned on the right
GAP = "float32 gap"

RULE = (
    "rel. error: |analytic − numeric| / max(|analytic|, |numeric|); the rule of thumb of the CS231n notes:\n"
    "more than 1e-2 is usually wrong, 1e-4 is fine at kinks only, 1e-7 and less is good."
)


class GradientError(AssertionError):
    """A gradient check failed. The text is the table, and what there is to say on the worst entry."""


def relative_error(a: float, n: float) -> float:
    """Return |a − n| / max(|a|, |n|): 0 if both are 0, NaN if one is no number."""
    size = max(abs(a), abs(n))
    return abs(a - n) / size if size else abs(a - n)


@dataclass(frozen=True)
class Blame:
    """A primitive that is wrong by itself, on what it was called with in the run.

    Attributes
    ----------
    primitive : str
        Its name.
    operand : str
        By which operand its rule is wrong.
    shape : tuple of int
        The shape of that operand.
    index : tuple of int
        Where in it.
    analytic, numeric, bar : float
        What its rule gives, and what differences give.
    source : str
        The line of the user's program that called it, "model.py:12"; empty if it is unknown.
    scope : str
        The Module that called it.
    """

    primitive: str
    operand: str
    shape: tuple[int, ...]
    index: tuple[int, ...]
    analytic: float
    numeric: float
    bar: float
    source: str = ""
    scope: str = ""

    def sentence(self) -> str:
        """Return it in words."""
        inside = f" in {self.scope}" if self.scope else ""
        called = f", called at {self.source}" if self.source else ""
        where = f" at {list(self.index)}" if self.index else ""
        return (
            f"{self.primitive}{inside}{called}: its rule for the operand {self.operand!r} of shape {self.shape} gives "
            f"{self.analytic:.6g}{where}, and differences give {self.numeric:.6g} ± {self.bar:.1e}"
        )


@dataclass(frozen=True)
class Row:
    """The check of one input, shown by its worst entry.

    Attributes
    ----------
    name : str
        The input's or parameter's name.
    shape : tuple of int
        Its shape.
    verdict : {"PASS", "SUBGRADIENT", "INCONCLUSIVE", "FAIL"}
        SUBGRADIENT: at a kink, and the analytic value lies between the slopes on either side, so that it is right.
        INCONCLUSIVE: the numerical value cannot be known well enough to say.
    analytic, numeric, bar : float or None
        The derivative by the worst entry from backward, and from differences, with its error bar. None if there are no
        entries.
    index : tuple of int
        Where the worst entry is. Of a large input that passed there is none: the derivative is one along a direction.
    step : float or None
        The smallest step h that the numeric value was made of.
    kinks : int
        How many entries, or branches at the worst entry, lie at a kink.
    checked : str
        What was looked at: "all", or "2 directions".
    note : str
        What there is to say beyond the numbers.
    wrong : tuple of (index, analytic, numeric, bar)
        The wrong entries that were found.
    gap : float or None
        |g₃₂ − g₆₄| / max |g₆₄|: how far the gradient in the model's own float32 is from that in float64.
    sweep : callable or None
        Measures the difference quotient at the worst entry for steps from large to tiny: (h, quotient, rounding error)
        of each, for the picture. It runs the function again.
    crowded : bool
        Whether it failed only where several kinks meet.
    """

    name: str
    shape: tuple[int, ...]
    verdict: str
    analytic: float | None = None
    numeric: float | None = None
    bar: float | None = None
    index: tuple[int, ...] = ()
    step: float | None = None
    kinks: int = 0
    checked: str = "all"
    note: str = ""
    wrong: tuple[tuple[tuple[int, ...], float, float, float], ...] = ()
    gap: float | None = None
    sweep: Callable[[], tuple[tuple[float, float, float], ...]] | None = field(default=None, repr=False, compare=False)
    crowded: bool = False

    @property
    def size(self) -> int:
        """How many elements the input has."""
        return math.prod(self.shape)

    @property
    def relative_error(self) -> float | None:
        """|a − n| / max(|a|, |n|), the measure of the CS231n notes; 0 if both are 0."""
        if self.analytic is None or self.numeric is None:
            return None
        return relative_error(self.analytic, self.numeric)

    def cells(self, gap: bool = False) -> tuple[str, ...]:
        """Return the row's texts, one for each of `COLUMNS`, and one for the gap."""
        cells = (
            self.name,
            str(self.shape),
            self.verdict,
            _number(self.analytic, ".6g"),
            "" if self.numeric is None else f"{self.numeric:.6g} ± {_number(self.bar, '.1e')}",
            _number(self.relative_error, ".1e"),
            str(list(self.index)) if self.index else "",
            _number(self.step or None, ".0e"),
            str(self.kinks) if self.kinks else "",
            self.checked,
        )
        return (*cells, _number(self.gap, ".1e")) if gap else cells

    def sentence(self) -> str:
        """Return the worst entry in words."""
        if self.analytic is None or self.numeric is None:
            return f"{self.name} has no entries." if not self.note else f"{self.name}: {self.note}."
        where = self.name + (str(list(self.index)) if self.index else "")
        ratio = f"{self.analytic / self.numeric:.6g} times that, " if self.numeric else ""
        text = (
            f"At {where} differences give {self.numeric:.6g} ± {_number(self.bar, '.1e')}, and backward gives "
            f"{self.analytic:.6g}: {ratio}a relative error of {self.relative_error:.1e}."
        )
        return f"{text} {self.note[:1].upper()}{self.note[1:]}." if self.note else text


@dataclass(frozen=True)
class CheckResult:
    """What a gradient check has found. It is true unless something failed, and prints as a table.

    Attributes
    ----------
    subject : str
        What was checked.
    rows : tuple of Row
        One for each input that was differentiated.
    problems : tuple of str
        What is wrong beside single entries, each with how to mend it.
    blame : tuple of Blame
        The primitives whose rule is wrong.
    notes : tuple of str
        What there is to say about the check as a whole.
    evaluations : int
        How often the function was run.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import gradcheck
    >>> result = gradcheck(np.tanh, np.array([0.5, 1.0]))
    >>> bool(result), [row.verdict for row in result.rows]
    (True, ['PASS'])
    """

    subject: str
    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()
    blame: tuple[Blame, ...] = ()
    notes: tuple[str, ...] = ()
    evaluations: int = 0

    def __bool__(self) -> bool:
        return self.verdict != FAIL

    @property
    def verdict(self) -> str:
        """The gravest of all rows' verdicts."""
        return FAIL if self.problems else max((row.verdict for row in self.rows), key=_BY_SEVERITY.index, default=PASS)

    @property
    def failed(self) -> tuple[Row, ...]:
        """The rows that failed."""
        return tuple(row for row in self.rows if row.verdict == FAIL)

    @property
    def worst(self) -> Row:
        """The row to look at first: the gravest verdict, and then the greatest relative error."""
        return max(self.rows, key=lambda row: (_BY_SEVERITY.index(row.verdict), row.relative_error or 0.0))

    def raise_if_failed(self) -> None:
        """Raise if something failed.

        Raises
        ------
        GradientError
            With the table, and the worst entry in words.
        """
        if not self:
            raise GradientError(f"{self}\n{self.worst.sentence()}" if self.failed else str(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data that ``json.dumps`` takes."""
        data = dataclasses.asdict(self)
        for row, kept in zip(data["rows"], self.rows, strict=True):
            del row["sweep"]
            row["relative_error"] = kept.relative_error
        return {"verdict": self.verdict, "passed": bool(self), **_plain(data)}

    def plot(self, row: str | None = None, ax: Any = None) -> Any:
        """Draw the error of the difference quotient against the step h: see :func:`autograd.check.plot.plot`.

        Parameters
        ----------
        row : str, optional
            The input whose worst entry is drawn. Default: the worst row.
        ax : matplotlib Axes, optional
            Where to draw. Default: a figure of its own.

        Returns
        -------
        matplotlib Axes
        """
        from .plot import plot

        return plot(self, row, ax)

    def headline(self) -> str:
        """Return the result in a line."""
        counts = [(word, sum(row.verdict == word for row in self.rows)) for word in _BY_SEVERITY[::-1]]
        said = ", ".join(f"{n} {word}" for word, n in counts if n) or PASS
        if self.problems and not self.failed:
            said = f"{FAIL}, {said}"
        return f"gradient check of {self.subject}: {said}"

    def remarks(self) -> list[str]:
        """Return what stands below the table."""
        found = [*self.problems, *(f"{row.name}: {row.note}." for row in self.rows if row.note)]
        found += [f"Blame: {blame.sentence()}." for blame in self.blame]
        return [*found, *self.notes, RULE]

    def _table(self) -> list[tuple[str, ...]]:
        gap = any(row.gap is not None for row in self.rows)
        return [(*COLUMNS, GAP) if gap else COLUMNS, *(row.cells(gap) for row in self.rows)]

    def __str__(self) -> str:
        table = self._table()
        lines = aligned(table, [i for i, name in enumerate(table[0]) if name in (*_NUMBERS, GAP)])
        return "\n".join([self.headline(), *lines, *self.remarks()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        columns, *rows = self._table()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        body = "".join(
            f"<tr{_STYLES[row.verdict]}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
            for row, cells in zip(self.rows, rows, strict=True)
        )
        remarks = "<br>".join(html.escape(text).replace("\n", "<br>") for text in self.remarks())
        return (
            f"<table><caption>{html.escape(self.headline())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table><p>{remarks}</p>"
        )


_STYLES = {
    PASS: "",
    SUBGRADIENT: "",
    INCONCLUSIVE: ' style="background:#fff3c4;color:#222"',
    FAIL: ' style="background:#ffd6d6;color:#222"',
}


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
