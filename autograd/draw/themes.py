"""Colours: light, dark, and the fixed scale on which gradients are large or small.

Nothing is told by colour alone: values stand above and gradients below and after a ∂, and what is far too small or too
large has its arrows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from .data import Numbers

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1a1d21",
    "value": "#006d4f",
    "gradient": "#b3121d",
    "quiet": "#5c6670",
    "wire": "#4a5560",
    "frame": "#a9b4c0",
    "operation": "#e6effa",
    "operation frame": "#3b5b85",
    "parameter": "#fdeabf",
    "parameter frame": "#8a5a00",
    "constant": "#f4f5f6",
    "constant frame": "#8b949e",
    "unknown": "#fefefe",
    "unknown frame": "#8b949f",
    "module": "#ece6f7",
    "module frame": "#5e4a8a",
    "backward": "#fbe9ea",
    "backward frame": "#a04048",
    "different": "#fff3a6",
    "health 0": "#9fbcf0",
    "health 1": "#c3d5f6",
    "health 2": "#dfe8fa",
    "health 3": "#dff2e0",
    "health 4": "#fdebcb",
    "health 5": "#fccb99",
    "health 6": "#f39a8c",
}
DARK = {
    "paper": "#14171b",
    "ink": "#e8eaed",
    "value": "#5fd3a8",
    "gradient": "#ff8a8f",
    "quiet": "#a3adb8",
    "wire": "#98a4b1",
    "frame": "#4d5864",
    "operation": "#22344c",
    "operation frame": "#7fa5d8",
    "parameter": "#4a3a12",
    "parameter frame": "#d8a53c",
    "constant": "#262a2f",
    "constant frame": "#78818b",
    "unknown": "#16191d",
    "unknown frame": "#78818c",
    "module": "#342b4d",
    "module frame": "#a892dd",
    "backward": "#4a2326",
    "backward frame": "#e08d93",
    "different": "#4d440e",
    "health 0": "#1c3f86",
    "health 1": "#243f75",
    "health 2": "#27374f",
    "health 3": "#1f4426",
    "health 4": "#574216",
    "health 5": "#6a3c10",
    "health 6": "#7c231a",
}
THEMES = {"light": LIGHT, "dark": DARK}

BOUNDS = (-8, -6, -4, 0, 2, 4)  # log₁₀ of the rms, between one colour and the next


class Health(NamedTuple):
    """How large a gradient is: the name of a colour, arrows that say the same, and a word."""

    color: str
    arrows: str
    word: str


SCALE = (
    Health("health 0", "▼▼▼", "< 1e−8"),
    Health("health 1", "▼▼", "< 1e−6"),
    Health("health 2", "▼", "< 1e−4"),
    Health("health 3", "", "1e−4 … 1"),
    Health("health 4", "▲", "≥ 1"),
    Health("health 5", "▲▲", "≥ 100"),
    Health("health 6", "▲▲▲", "≥ 1e4"),
)
DIFFERENT = Health("different", "", "differs")


def health_of(rms: float) -> Health:
    """Return where on the fixed scale a gradient is, by the root of the mean of its squares.

    Examples
    --------
    >>> from autograd.draw.themes import health_of
    >>> health_of(3e-9).arrows, health_of(0.01).arrows, health_of(1e7).arrows
    ('▼▼▼', '', '▲▲▲')
    """
    exponent = math.log10(rms) if rms else -math.inf
    return SCALE[sum(exponent >= bound for bound in BOUNDS)]


def health_of_numbers(known: Numbers | None) -> Health | None:
    """Return the health of a gradient; None if it is not known, has no finite number in it, or is exactly 0."""
    return None if known is None or known.rms is None or known.is_zero else health_of(known.rms)


def adapting(svg: str, shared: Iterable[int] = ()) -> str:
    """Return a light SVG that turns dark where the reader has asked for dark pages, and that is never cropped.

    Pointing at one box of a leaf that is drawn several times (`shared`) shows them all.
    """
    dark = [
        f'[{attribute}="{light}"]{{{attribute}:{DARK[name]}}}'
        for name, light in LIGHT.items()
        for attribute in ("fill", "stroke")
    ]
    rules = [f"@media (prefers-color-scheme:dark){{{''.join(dark)}text:not([fill]){{fill:{DARK['ink']}}}}}"]
    rules += [f"svg:has(.leaf{n}:hover) .leaf{n} polygon{{stroke:#d1009b;stroke-width:3}}" for n in shared]
    head, found, rest = svg.partition("<svg")
    attributes, close, body = rest.partition(">")
    style = f"<style>{''.join(rules)}</style>"
    return f'{head}{found} style="max-width:100%;height:auto"{attributes}{close}\n{style}{body}' if found else svg
