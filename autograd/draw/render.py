"""DOT to a picture, by whichever Graphviz there is: its ``dot`` program, or the one that pygraphviz brings along."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

PATIENCE = 10.0  # seconds that Graphviz gets

_BY_PYGRAPHVIZ = (
    "import sys, pygraphviz; text = sys.stdin.buffer.read().decode(); "
    "sys.stdout.buffer.write(pygraphviz.AGraph(string=text).draw(format=sys.argv[1], prog='dot'))"
)


class TooSlow(RuntimeError):
    """Graphviz was stopped, because it took longer than anybody waits."""


def can_render() -> bool:
    """Whether there is a Graphviz on this machine."""
    return bool(shutil.which("dot") or _has_pygraphviz())


def render(dot: str, format: str, patience: float = PATIENCE) -> bytes:
    """Return the picture that a DOT text describes.

    Parameters
    ----------
    dot : str
        The text of a DOT file.
    format : {"svg", "png", "pdf", "plain"}
        What to make of it.
    patience : float, default 10
        After so many seconds Graphviz is stopped.

    Raises
    ------
    ImportError
        If there is no Graphviz on this machine.
    RuntimeError
        If there is, and it failed; TooSlow if it was stopped.
    """
    ways = []
    if program := shutil.which("dot"):
        ways.append(("the dot program", [program, "-Kdot", f"-T{format}"]))
    if _has_pygraphviz():
        ways.append(("pygraphviz", [sys.executable, "-c", _BY_PYGRAPHVIZ, format]))
    if not ways:
        raise ImportError(
            f"a drawing as {format} needs Graphviz, and neither its dot program nor pygraphviz was found; install "
            'Graphviz, or pip install "seegrad[draw]", which brings it along. The formats svg, html, txt and dot need '
            'neither: drawing.save("x.svg")'
        )
    failures = []
    for name, command in ways:
        try:
            done = subprocess.run(command, input=dot.encode(), capture_output=True, timeout=patience, check=False)
        except subprocess.TimeoutExpired:
            raise TooSlow(f"Graphviz was stopped after {patience:g} seconds") from None
        if done.returncode == 0 and done.stdout:
            return done.stdout
        failures.append(f"{name} says: {_last_words(done.stderr)}")
    raise RuntimeError(
        f"Graphviz could not make a {format} of this drawing; {'; '.join(failures)}. "
        'The DOT text needs no Graphviz: drawing.dot, or drawing.save("x.dot")'
    )


def _last_words(stderr: bytes) -> str:
    """Return what a program complained about; of a traceback the last line says it."""
    lines = stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
    return lines[-1] if lines[0].startswith("Traceback") else "\n".join(lines)


def _has_pygraphviz() -> bool:
    try:
        return importlib.util.find_spec("pygraphviz") is not None
    except ValueError:  # somebody has put None in its place
        return False
