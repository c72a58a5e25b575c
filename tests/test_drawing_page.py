"""docs/drawing.md tells the truth: its programs run and print what it says, and save the pictures that it shows."""

from __future__ import annotations

import contextlib
import io
import re
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograd.draw.render import render

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "drawing.md"
PICTURES = ROOT / "docs" / "pictures"
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


def words(svg: Path) -> list[str]:
    """The words in a picture. Numbers of float32 differ in their last digits between machines."""
    texts = re.findall(r"<text[^>]*>([^<]*)", svg.read_text(encoding="utf-8"))
    return sorted(found for text in texts if (found := re.sub(r"[−\d.e,\[\]∂…▲▼ ]|mean|rms|all|&#\d+;", "", text)))


def test_its_programs_print_what_it_says_and_its_pictures_are_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("pygraphviz") is None:
        pytest.skip("the pictures are drawn by Graphviz")
    monkeypatch.setattr("autograd.draw.drawing.render", partial(render, patience=300))  # a machine may be busy
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": "__main__"}
    for match in BLOCK.finditer(page):
        line = page.count("\n", 0, match.start(1))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + match[1], str(PAGE), "exec"), namespace)
        assert printed.getvalue() == (match[2] or ""), f"docs/drawing.md, line {line + 1}"
    shown = set(re.findall(r"pictures/([\w-]+\.svg)", page))
    assert len(shown) >= 8
    for name in shown:
        assert words(PICTURES / name) == words(tmp_path / name), f"docs/pictures/{name} is an old one"
