"""DOT to a picture, by whichever Graphviz there is: its ``dot`` program, or the one that pygraphviz brings along."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from types import ModuleType


def render(dot: str, format: str) -> bytes:
    """Return the picture that a DOT text describes.

    Parameters
    ----------
    dot : str
        The text of a DOT file.
    format : {"svg", "png", "pdf"}
        What to make of it.

    Raises
    ------
    ImportError
        If there is no Graphviz on this machine.
    RuntimeError
        If there is, and it failed.
    """
    failures = []
    if shutil.which("dot") and (graphviz := _imported("graphviz")):
        try:
            return graphviz.pipe("dot", format, dot.encode(), quiet=True)
        except subprocess.CalledProcessError as failure:
            failures.append(f"the dot program says: {(failure.stderr or b'nothing').decode(errors='replace').strip()}")
    if pygraphviz := _imported("pygraphviz"):
        try:
            return pygraphviz.AGraph(string=dot).draw(format=format, prog="dot")
        except (TypeError, ValueError) as failure:  # a picture that fails is a TypeError inside pygraphviz
            failures.append(f"pygraphviz says: {failure}")
    if failures:
        raise RuntimeError(
            f"Graphviz could not make a {format} of this drawing; {'; '.join(failures)}. "
            'The DOT text needs no Graphviz: drawing.dot, or drawing.save("x.dot")'
        )
    raise ImportError(
        f"a drawing as {format} needs Graphviz, and neither its dot program (with the graphviz package) nor pygraphviz "
        'was found; install Graphviz, or pip install "seegrad[draw]", which brings it along. '
        'The DOT text needs neither: drawing.dot, or drawing.save("x.dot")'
    )


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
