"""The pictures of a monitor."""

from __future__ import annotations

import math
from typing import Any

from .pictures import new_figure
from .records import Record

Curves = dict[str, tuple[list[int], list[float]]]


def draw_curves(records: list[Record], figure: Any) -> Any:
    """Draw what was seen over the steps."""
    panels = [
        ("std of the activations", _curves(records, "layers", "std"), "log"),
        ("‖δ‖ of each layer", _curves(records, "layers", "delta"), "log"),
        ("dead or saturated", _curves(records, "layers", "dead") | _curves(records, "layers", "saturated"), "linear"),
        ("‖ΔW‖/‖W‖ of each weight", _curves(records, "weights", "ratio"), "log"),
    ]
    panels = [panel for panel in panels if panel[1]]
    if figure is None:
        figure = new_figure("Monitor.plot", 4.2 * len(panels), 3.6)
    figure.clear()
    for i, (title, curves, scale) in enumerate(panels, 1):
        ax = figure.add_subplot(1, len(panels), i)
        _draw(ax, curves, scale)
        ax.set(title=title, xlabel="step")
        if "ΔW" in title:
            ax.axhline(1e-3, color="black", linestyle=":", label="healthy")
        if scale == "linear":
            ax.set_ylim(-0.03, 1.03)
        ax.legend(fontsize="x-small", ncols=2 if len(curves) > 8 else 1)
        ax.grid(alpha=0.3)
    return figure


def draw_histograms(record: Record, figure: Any) -> Any:
    """Draw the histogram of each layer of a record."""
    count = len(record.layers)
    columns = min(count, 5)
    rows = -(-count // columns)
    if figure is None:
        figure = new_figure("Monitor.plot_histograms", 2.4 * columns, 2.0 * rows)
    figure.clear()
    for i, (path, layer) in enumerate(record.layers.items(), 1):
        ax = figure.add_subplot(rows, columns, i)
        ax.stairs(layer.counts, layer.edges, fill=True)
        ax.set_title(f"{path}: {layer.kind}" if path != layer.kind else path, fontsize="small")
        ax.set_xlabel(f"mean {layer.mean:.2g}, std {layer.std:.2g}", fontsize="small")
        ax.set_yticks([])
        ax.tick_params(labelsize="small")
    figure.suptitle(f"what came out of the layers in step {record.step}")
    return figure


def _curves(records: list[Record], part: str, name: str) -> Curves:
    """Return for each layer or weight the steps in which a number is known, and the number."""
    found: Curves = {}
    for record in records:
        for path, seen in getattr(record, part).items():
            value = getattr(seen, name)
            if value is not None and math.isfinite(value):
                steps, values = found.setdefault(path or "(model)", ([], []))
                steps.append(record.step)
                values.append(value)
    return found


def _draw(ax: Any, curves: Curves, scale: str) -> None:
    """Draw the curves, from the first layer (dark) to the last (light)."""
    import matplotlib

    colours = matplotlib.colormaps["viridis"]
    for i, (path, (steps, values)) in enumerate(curves.items()):
        colour = colours(0.9 * i / max(len(curves) - 1, 1))
        ax.plot(steps, values, color=colour, label=path, marker="o", markersize=3 if len(steps) < 50 else 0)
    if scale == "log" and any(value > 0 for _, values in curves.values() for value in values):
        ax.set_yscale("log")
