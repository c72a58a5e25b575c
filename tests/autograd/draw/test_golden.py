"""The DOT text of a dozen graphs, to the letter: the same program gives the same text, on any machine.

After a change that is meant ``GOLDEN=write pytest tests/autograd/draw/test_golden.py`` writes the texts anew; look then
at the pictures, and at the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from autograd.draw import draw

from .graphs import GRAPHS, network, residual, unrolled

FOLDER = Path(__file__).parent / "golden"
OPTIONS: dict[str, dict[str, Any]] = {
    "vanishing": {"health": True},
    "cut wires": {"saved": True},
    "not a number": {"theme": "dark"},
    "sigmoid": {"prefix": "s"},
}
PICTURES: dict[str, Any] = {
    name: lambda name=name: draw(GRAPHS[name](), **OPTIONS.get(name, {})) for name in GRAPHS if name != "vanishing"
} | {
    "collapsed": lambda: draw(network(), depth=1),
    "vanishing": lambda: draw(network(12), depth=1, health=True),
    "folded loop": lambda: draw(unrolled(), fold=True),
    "folded blocks": lambda: draw(residual(5), fold=True),
    "down": lambda: draw(network(), depth=1, direction="down"),
    "focus": lambda: draw(network(), focus="loss", radius=2),
}


def text_of(name: str) -> str:
    text = re.sub(r"line \d+ of graphs.py", "line … of graphs.py", PICTURES[name]().dot)
    return re.sub(r"(\d\.\d\d)\d+", r"\1", text)  # float32 differs in the last digits between machines


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_program_gives_the_same_text(name: str) -> None:
    file = FOLDER / f"{name.replace(' ', '_')}.dot"
    if os.environ.get("GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text_of(name), encoding="utf-8")
    assert text_of(name) == file.read_text(encoding="utf-8")


def test_there_is_a_text_for_each_picture_and_none_too_many() -> None:
    assert {file.stem.replace("_", " ") for file in FOLDER.glob("*.dot")} == set(PICTURES)
