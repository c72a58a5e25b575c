"""The picture of a gradient check: how wrong the difference quotient is at each step h."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .result import CheckResult


def plot(result: CheckResult, name: str | None = None, ax: Any = None) -> Any:
    """Draw the error of the plain quotient against h, U-shaped: rounding on the left, truncation on the right.

    The error is that against the numeric value, which is better than any single quotient; the line for rounding is what
    was estimated, and the mark is the step that was chosen. The horizontal lines are the error bar and, where it is not
    hidden below, how far backward's value is off.

    Parameters
    ----------
    result : CheckResult
        What to draw.
    name : str, optional
        The row; default: the worst one that has a curve.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If there is no such row, or nothing to draw in it.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as problem:
        raise ImportError(
            "the picture of a gradient check needs matplotlib; install it with: pip install 'seegrad[training]'"
        ) from problem
    drawn = [row for row in result.rows if row.sweep is not None]
    if name is not None:
        drawn = [row for row in drawn if row.name == name]
    if not drawn:
        known = ", ".join(row.name for row in result.rows if row.sweep is not None) or "none"
        raise ValueError(f"there is no curve of {name or result.subject} to draw; rows that have one: {known}")
    row = result.worst if name is None and result.worst in drawn else drawn[0]
    assert row.sweep is not None
    curve = row.sweep()
    if ax is None:
        ax = plt.figure(figsize=(6.4, 4.2), layout="constrained").add_subplot()
    steps = [h for h, _, _ in curve]
    numeric, bar = row.numeric or 0.0, row.bar or 0.0
    least = max(bar, 1e-300)
    ax.loglog(steps, [max(abs(slope - numeric), least) for _, slope, _ in curve], "o-", label="|D(h) − numeric|")
    ax.loglog(steps, [max(r, least) for _, _, r in curve], ":", color="gray", label="rounding, estimated")
    ax.axhline(least, color="tab:green", linewidth=1, label=f"error bar of numeric: {bar:.0e}")
    error = abs((row.analytic or 0.0) - numeric)
    if error > least:
        ax.axhline(error, color="tab:red", linestyle="--", linewidth=1, label=f"|analytic − numeric|: {error:.0e}")
    if row.step:
        ax.axvline(row.step, color="tab:green", linestyle="--", linewidth=1, label=f"smallest step: {row.step:.0e}")
    where = row.name + (str(list(row.index)) if row.index else "")
    ax.set(xlabel="step h", ylabel="error of the derivative", title=f"{where}: {row.verdict}")
    ax.legend(fontsize="small")
    return ax
