"""DOT to a picture, by whichever Graphviz there is."""

import os
import sys
from pathlib import Path

import pytest

from autograd.draw.render import render

needs_shell = pytest.mark.skipif(os.name == "nt", reason="the dot program is a shell script here")


def dot_program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n/bin/cat > '{folder}/seen'\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)


@needs_shell
def test_the_dot_program_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("graphviz", reason="the graphviz package calls the program")
    dot_program(tmp_path, 'echo "drawn $*"', monkeypatch)
    without(monkeypatch, "pygraphviz")
    assert render("digraph { é }", "svg") == b"drawn -Kdot -Tsvg\n"
    assert (tmp_path / "seen").read_text("utf-8") == "digraph { é }"


@pytest.mark.parametrize(("format", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pygraphviz_draws_without_a_program(format: str, magic: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="it is what is tested")
    monkeypatch.setenv("PATH", "")
    without(monkeypatch, "graphviz")
    assert render("digraph { a -> b }", format).startswith(magic)


@needs_shell
def test_pygraphviz_helps_out_if_the_program_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("graphviz", reason="the graphviz package calls the program")
    pytest.importorskip("pygraphviz", reason="it is what is tested")
    dot_program(tmp_path, "exit 1", monkeypatch)
    assert render("digraph { a }", "svg").startswith(b"<?xml")


@needs_shell
def test_a_failure_tells_what_graphviz_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("graphviz", reason="the graphviz package calls the program")
    dot_program(tmp_path, 'echo "no fonts" >&2; exit 1', monkeypatch)
    without(monkeypatch, "pygraphviz")
    with pytest.raises(RuntimeError) as error:
        render("digraph { a }", "svg")
    assert str(error.value) == (
        "Graphviz could not make a svg of this drawing; the dot program says: no fonts. "
        'The DOT text needs no Graphviz: drawing.dot, or drawing.save("x.dot")'
    )


@pytest.mark.parametrize(("dot", "format"), [("digraph { a }", "no format"), ("digraph {", "svg")])
def test_a_failure_of_pygraphviz_is_told_too(dot: str, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="it is what is tested")
    without(monkeypatch, "graphviz")
    with pytest.raises(RuntimeError, match=f"Graphviz could not make a {format} of this drawing; pygraphviz says: "):
        render(dot, format)


def test_without_any_graphviz_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    without(monkeypatch, "graphviz", "pygraphviz")
    with pytest.raises(ImportError) as error:
        render("digraph { a }", "png")
    assert str(error.value) == (
        "a drawing as png needs Graphviz, and neither its dot program (with the graphviz package) nor pygraphviz was "
        'found; install Graphviz, or pip install "seegrad[draw]", which brings it along. '
        'The DOT text needs neither: drawing.dot, or drawing.save("x.dot")'
    )
