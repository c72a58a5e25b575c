"""What a gradient check has found: a row for each input, as a table, plain data or HTML."""

from __future__ import annotations

import dataclasses
import html
from dataclasses import dataclass
from typing import Any

OK, KINK, UNCLEAR, FAIL = "ok", "kink", "unclear", "FAIL"

COLUMNS = ("input", "shape", "entries", "verdict", "analytic", "numeric", "abs. error", "rel. error", "at", "step")
_NUMBERS = COLUMNS[4:8]  # aligned on the right


class GradientError(AssertionError):
    """A gradient check failed. The text is the table, and a sentence on the worst entry."""


@dataclass(frozen=True)
class Row:
    """The check of one input, shown by its worst entry: the one that is nearest to its tolerance, or farthest beyond.

    Attributes
    ----------
    name : str
        The input's or parameter's name.
    shape : tuple of int
        Its shape.
    checked, size : int
        How many of its entries were checked, and how many there are.
    verdict : {"ok", "kink", "unclear", "FAIL"}
        ``kink`` where the slopes on the left and on the right differ, and the derivative from backward is one of them
        or lies in between: there is no better one. ``unclear`` where difference quotients cannot tell: the note says
        why.
    analytic, numeric : float or None
        The derivative by the worst entry from backward, and from differences. None if there are no entries.
    absolute_error, relative_error : float or None
        |a − n|, and |a − n| / max(|a|, |n|).
    index : tuple of int
        Where the worst entry is.
    step : float or None
        The step h of its difference quotient.
    note : str
        What there is to say beyond the numbers.
    """

    name: str
    shape: tuple[int, ...]
    checked: int
    size: int
    verdict: str
    analytic: float | None = None
    numeric: float | None = None
    absolute_error: float | None = None
    relative_error: float | None = None
    index: tuple[int, ...] = ()
    step: float | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row's texts, one for each of `COLUMNS`."""
        return (
            self.name,
            str(self.shape),
            str(self.size) if self.checked == self.size else f"{self.checked} of {self.size}",
            self.verdict,
            _number(self.analytic, ".6g"),
            _number(self.numeric, ".6g"),
            _number(self.absolute_error, ".1e"),
            _number(self.relative_error, ".1e"),
            str(list(self.index)) if self.index else "",
            _number(self.step, ".1e"),
        )

    def sentence(self) -> str:
        """Return the worst entry in words."""
        if self.analytic is None or self.numeric is None:
            return f"{self.name} has no entries."
        where = self.name + (str(list(self.index)) if self.index else "")
        ratio = f"{self.analytic / self.numeric:.6g} times that, " if self.numeric else ""
        text = (
            f"At {where} differences give {self.numeric:.6g}, and backward gives {self.analytic:.6g}: "
            f"{ratio}a relative error of {self.relative_error:.1e}."
        )
        return f"{text} {self.note[:1].upper()}{self.note[1:]}." if self.note else text


@dataclass(frozen=True)
class CheckResult:
    """What a gradient check has found. It is true unless a row failed, and prints as a table.

    Attributes
    ----------
    subject : str
        What was checked.
    rows : tuple of Row
        One for each input that was differentiated.
    rtol, atol : float
        The tolerances, as :func:`autograd.gradcheck` describes them.
    notes : tuple of str
        What there is to say about the check as a whole.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import gradcheck
    >>> result = gradcheck(np.tanh, np.array([0.5, 1.0]))
    >>> bool(result), [row.verdict for row in result.rows]
    (True, ['ok'])
    """

    subject: str
    rows: tuple[Row, ...]
    rtol: float
    atol: float
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.failed

    @property
    def failed(self) -> tuple[Row, ...]:
        """The rows that failed."""
        return tuple(row for row in self.rows if row.verdict == FAIL)

    @property
    def worst(self) -> Row:
        """The row to look at first: failed before unclear before a kink before ok, and then by its error."""
        severity = (OK, KINK, UNCLEAR, FAIL)
        return max(self.rows, key=lambda row: (severity.index(row.verdict), row.relative_error or 0.0))

    def raise_if_failed(self) -> None:
        """Raise if a row failed.

        Raises
        ------
        GradientError
            With the table, and the worst entry in words.
        """
        if not self:
            raise GradientError(f"{self}\n{self.worst.sentence()}")

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data that ``json.dumps`` takes."""
        rows = [dataclasses.asdict(row) | {"shape": list(row.shape), "index": list(row.index)} for row in self.rows]
        return {
            "subject": self.subject,
            "passed": bool(self),
            "rtol": self.rtol,
            "atol": self.atol,
            "notes": list(self.notes),
            "rows": rows,
        }

    def headline(self) -> str:
        """Return the result in a line."""
        counts = {word: sum(row.verdict == word for row in self.rows) for word in (KINK, UNCLEAR)}
        if self.failed:
            outcome = f"{len(self.failed)} of {len(self.rows)} FAILED"
        else:
            words = {KINK: "at a kink", UNCLEAR: "unclear"}
            outcome = ", ".join(["ok", *(f"{n} of {len(self.rows)} {words[v]}" for v, n in counts.items() if n)])
        return f"gradient check of {self.subject}: {outcome}"

    def remarks(self) -> list[str]:
        """Return what stands below the table."""
        rule = (
            f"Each row shows its worst entry; one passes if |analytic − numeric| ≤ {self.rtol:g}·max(|analytic|, "
            f"|numeric|) + {self.atol:g}·scale."
        )
        return [*(f"{row.name}: {row.note}." for row in self.rows if row.note), *self.notes, rule]

    def __str__(self) -> str:
        table = [COLUMNS, *(row.cells() for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if name in _NUMBERS else cell.ljust(width)
                for name, cell, width in zip(COLUMNS, cells, widths, strict=True)
            ).rstrip()
            for cells in table
        ]
        return "\n".join([self.headline(), *lines, *self.remarks()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in COLUMNS)
        body = "".join(
            f"<tr{_STYLES[row.verdict]}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells()) + "</tr>"
            for row in self.rows
        )
        remarks = "<br>".join(map(html.escape, self.remarks()))
        return (
            f"<table><caption>{html.escape(self.headline())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table><p>{remarks}</p>"
        )


_STYLES = {
    OK: "",
    KINK: "",
    UNCLEAR: ' style="background:#fff3c4;color:#222"',
    FAIL: ' style="background:#ffd6d6;color:#222"',
}


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
