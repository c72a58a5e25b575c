"""History: what a training came to, epoch after epoch, as numbers, as a file, and as a picture."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .advice import Advices
from .curve_advice import advise_curves
from .pictures import new_figure
from .tables import Table

Row = dict[str, float]


class History:
    """A table of numbers with a row for each epoch.

    ``history["val_loss"]`` is a column, a list with one number for each epoch (NaN where there is none);
    ``history[-1]`` the last row.

    Attributes
    ----------
    rows : list of dict
        The rows.

    Examples
    --------
    >>> from training import History
    >>> history = History()
    >>> history.append({"loss": 2.3, "val_loss": 2.2})
    >>> history.append({"loss": 1.9, "val_loss": 2.0})
    >>> history["loss"], len(history)
    ([2.3, 1.9], 2)
    >>> history.best("val_loss")
    1
    >>> print(history)
    epoch  loss  val_loss
        1   2.3       2.2
        2   1.9       2.0
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def append(self, row: Mapping[str, Any]) -> None:
        """Add the numbers of an epoch, by their names."""
        self.rows.append({name: value if isinstance(value, int) else float(value) for name, value in row.items()})

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in the order in which they came."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, int):
            return self.rows[key]
        if self.rows and key not in self.columns:
            raise KeyError(f"the history has no {key!r}; it has {', '.join(self.columns)}")
        return [row.get(key, math.nan) for row in self.rows]

    def best(self, name: str, mode: str = "min") -> int:
        """Return the number of the row, from 0, with the least value of a column (`mode` "max": the greatest)."""
        signed = [value if mode == "min" else -value for value in self[name]]
        known = [i for i, value in enumerate(signed) if not math.isnan(value)]
        if not known:
            raise ValueError(f"the history has no number for {name!r} yet")
        return min(known, key=lambda i: signed[i])

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a file: a row for each epoch, their numbers in the first column, counted from 1."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["epoch", *self.columns])
            writer.writerows([i, *(row.get(name, "") for name in self.columns)] for i, row in enumerate(self.rows, 1))

    def plot(self, figure: Any = None) -> Any:
        """Draw the curves: loss, metrics, the gap between training and validation, the learning rate.

        Parameters
        ----------
        figure : matplotlib Figure, optional
            Where to draw; what was in it is removed. Default: a new one.

        Returns
        -------
        matplotlib Figure

        Raises
        ------
        ValueError
            If there is no epoch yet.
        ImportError
            If Matplotlib is missing.

        Notes
        -----
        The training's curve is ``train_loss`` if the training data were evaluated too (see ``validate`` of
        :func:`training.fit`), otherwise ``loss``: the mean over the epoch, while the parameters changed and units were
        dropped. A growing gap is a sign of overfitting; none at all, that the model could do with more capacity.
        """
        if not self.rows:
            raise ValueError("there is nothing to plot: the history has no epoch yet")
        metrics = self._metrics()
        gap = next((name for name in [*metrics, "loss"] if f"val_{name}" in self), None)
        panels = ["loss", *metrics, *(["gap"] if gap else []), *(["lr"] if "lr" in self else [])]
        if figure is None:
            figure = new_figure("History.plot", 3.4 * len(panels), 3.2)
        figure.clear()
        for i, panel in enumerate(panels, 1):
            ax = figure.add_subplot(1, len(panels), i)
            if panel == "gap" and gap:
                self._draw_gap(ax, gap)
            elif panel == "lr":
                ax.plot(self._epochs(), self["lr"], "C2o-", markersize=3)
                ax.set(title="learning rate", yscale="log" if min(self["lr"]) > 0 else "linear")
            else:
                self._draw(ax, panel)
            ax.set_xlabel("epoch")
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.grid(alpha=0.3)
        return figure

    def advice(self) -> Advices:
        """Say what the curves mean for the learning rate, the capacity of the model, and the length of the training.

        Returns
        -------
        Advices
            A list of :class:`training.Advice`, printed as a text; empty if there is nothing to say.

        Raises
        ------
        ValueError
            If there is no epoch yet.

        Examples
        --------
        >>> from training import History
        >>> history = History()
        >>> for train, val in ((1.0, 1.1), (0.5, 0.8), (0.2, 0.9), (0.1, 1.2)):
        ...     history.append({"loss": train, "val_loss": val})
        >>> print(history.advice())
        the validation loss: it was 0.8 after epoch 2, and is 1.2.
          Likely cause: the model learns its examples by heart.
          Remedy: early stopping, weight decay, dropout, augmentation, more data, or a smaller model.
        """
        if not self.rows:
            raise ValueError("there is nothing to say: the history has no epoch yet")
        return advise_curves({name: self[name] for name in self.columns})

    def _draw(self, ax: Any, name: str) -> None:
        """Draw a measure of the training and of all other data."""
        curves = {"train": self._of_training(name)}
        others = [column for column in self.columns if column.endswith(f"_{name}") and column != f"train_{name}"]
        curves.update({column.removesuffix(f"_{name}"): self[column] for column in others})
        for i, (label, values) in enumerate(curves.items()):
            ax.plot(self._epochs(), values, f"C{i}o-", label={"val": "validation"}.get(label, label), markersize=3)
        if name == "loss":
            known = [value for values in curves.values() for value in values if math.isfinite(value)]
            if known and min(known) > 0 and max(known) > 5 * min(known):
                ax.set_yscale("log")
            if "val" in curves and any(math.isfinite(value) for value in curves["val"]):
                ax.axvline(self.best("val_loss") + 1, color="grey", linestyle=":", label="lowest validation loss")
        ax.set_title(name)
        ax.legend()

    def _draw_gap(self, ax: Any, name: str) -> None:
        sign = 1 if name == "loss" else -1  # above 0: better on what was learned
        pairs = zip(self[f"val_{name}"], self._of_training(name), strict=True)
        ax.plot(self._epochs(), [sign * (there - here) for there, here in pairs], "C3o-", markersize=3)
        ax.axhline(0, color="grey", linewidth=0.8)
        ax.set_title(f"gap: {name}, " + ("validation − train" if sign > 0 else "train − validation"))

    def _metrics(self) -> list[str]:
        """Return the measures of the training beside the loss: those that are not again a measure of other data."""
        measures = {"loss", *self.columns}
        known = {"loss", "penalty", "lr", "step"}
        known |= {name for name in self.columns for measure in measures if name.endswith(f"_{measure}")}
        return [name for name in self.columns if name not in known]

    def _of_training(self, name: str) -> list[float]:
        column: list[float] = self[f"train_{name}" if f"train_{name}" in self else name]
        return column

    def _epochs(self) -> range:
        return range(1, len(self) + 1)

    def state_dict(self) -> dict[str, Any]:
        """Return the rows, to go on later."""
        return {"rows": [dict(row) for row in self.rows]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self.rows = [dict(row) for row in state_dict["rows"]]

    def _table(self) -> Table:
        table = [["epoch", *self.columns]]
        table += [[str(i), *(_shown(row.get(name)) for name in self.columns)] for i, row in enumerate(self.rows, 1)]
        return Table(table)

    def __str__(self) -> str:
        return str(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def __repr__(self) -> str:
        return f"History({len(self)} epochs: {', '.join(self.columns)})"


def _shown(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else repr(float(f"{value:.4g}"))
