"""DOT to a picture, by whichever Graphviz there is."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from autograd.draw.render import TooSlow, can_render, render

needs_shell = pytest.mark.skipif(os.name == "nt", reason="the dot program is a shell script here")


def dot_program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n/bin/cat > '{folder}/seen'\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def without_pygraphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def without_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)


@needs_shell
def test_the_dot_program_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dot_program(tmp_path, 'echo "drawn $*"', monkeypatch)
    without_pygraphviz(monkeypatch)
    assert render("digraph { é }", "svg") == b"drawn -Kdot -Tsvg\n"
    assert (tmp_path / "seen").read_text("utf-8") == "digraph { é }"


@pytest.mark.parametrize(("format", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pygraphviz_draws_without_a_program(format: str, magic: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="it is what is tested", exc_type=ImportError)
    without_dot(monkeypatch)
    assert render("digraph { a -> b }", format).startswith(magic)


@needs_shell
def test_pygraphviz_helps_out_if_the_program_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="it is what is tested", exc_type=ImportError)
    dot_program(tmp_path, "exit 1", monkeypatch)
    assert render("digraph { a }", "svg").startswith(b"<?xml")


@needs_shell
def test_a_failure_tells_what_graphviz_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dot_program(tmp_path, 'echo "no fonts" >&2; exit 1', monkeypatch)
    without_pygraphviz(monkeypatch)
    with pytest.raises(RuntimeError) as error:
        render("digraph { a }", "svg")
    assert str(error.value) == (
        "Graphviz could not make a svg of this drawing; the dot program says: no fonts. "
        'The DOT text needs no Graphviz: drawing.dot, or drawing.save("x.dot")'
    )


@pytest.mark.parametrize(("dot", "format"), [("digraph { a }", "no format"), ("digraph {", "svg")])
def test_a_failure_of_pygraphviz_is_told_too(dot: str, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="it is what is tested", exc_type=ImportError)
    without_dot(monkeypatch)
    with pytest.raises(RuntimeError, match=f"Graphviz could not make a {format} of this drawing; pygraphviz says: "):
        render(dot, format)


def test_without_any_graphviz_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    without_dot(monkeypatch)
    without_pygraphviz(monkeypatch)
    with pytest.raises(ImportError) as error:
        render("digraph { a }", "png")
    assert str(error.value) == (
        "a drawing as png needs Graphviz, and neither its dot program nor pygraphviz was found; install Graphviz, or "
        'pip install "seegrad[draw]", which brings it along. The formats svg, html, txt and dot need neither: '
        'drawing.save("x.svg")'
    )


@needs_shell
def test_graphviz_is_stopped_when_it_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dot_program(tmp_path, "exec /bin/sleep 30", monkeypatch)
    with pytest.raises(TooSlow, match=r"Graphviz was stopped after 0\.1 seconds"):
        render("digraph { a }", "svg", patience=0.1)


def test_it_is_known_whether_there_is_a_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    without_dot(monkeypatch)
    without_pygraphviz(monkeypatch)
    assert not can_render()
