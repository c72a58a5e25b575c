"""Run the notebooks from top to bottom, and store what they show.

``python notebooks/run.py`` runs all, solves their exercises with the hidden solutions, stores the outputs, and writes
the table of contents, README.md. ``python notebooks/run.py --check 06_initialisation`` runs one and stores nothing.
What is stored is the same after every run: no times, no counters of a session, no paths.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import os
import re
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROWS = HERE / "rows.toml"
README = HERE / "README.md"
THUMBNAILS = HERE / "thumbnails"
# Of products of matrices, so that sums are taken in the same order however many processors there are. The networks are
# small, and no slower for it; several notebooks at once are much faster.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
MARK = re.compile(r"^#+ (.*) \(([A-Z]\d(?:, [A-Z]\d)*)\)$", re.MULTILINE)  # "## Small random weights (W2)"
SOLUTION = re.compile(r"<details>.*?```python\n(.*?)```.*?</details>", re.DOTALL)
CHECK = re.compile(r"^check\(.*", re.MULTILINE | re.DOTALL)


class Wrong(Exception):
    """A notebook does not do what a notebook of this course does."""


def paths(names: list[str] | None = None) -> list[Path]:
    """Return the notebooks of these names, or all."""
    found = {path.stem: path for path in sorted(HERE.glob("[0-9]*.ipynb"))}
    if strange := [name for name in names or () if name not in found]:
        raise Wrong(f"there is no notebook {', '.join(strange)}; there are {', '.join(found)}")
    return [found[name] for name in names or found]


def read(path: Path) -> Any:
    """Return a notebook."""
    import nbformat

    return nbformat.read(path, as_version=4)


def nbformat_text(notebook: Any) -> str:
    """Return what is stored of a notebook."""
    import nbformat

    return str(nbformat.writes(notebook))


# ------------------------------------------------------------------------------------------------------------ running


def run(notebook: Any) -> Any:
    """Run a notebook, and after each exercise its solution; return it with the outputs, the solutions taken out again.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell does: an assertion, say.
    Wrong
        If a hidden solution is not found right, or an exercise is answered before anybody answered it.
    """
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell

    cells, solved = [], []
    for position, cell in enumerate(notebook.cells):
        cells.append(cell)
        if (solution := solution_of(notebook, position)) is not None:
            solved.append((cell, new_code_cell(solution)))
            cells.append(solved[-1][1])
    original, notebook.cells = notebook.cells, cells
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        coalesce_streams=True,  # else it is chance how a cell's lines are cut into outputs
        extra_arguments=["--log-level=ERROR"],
    ).execute(env=os.environ | ONE_THREAD)
    notebook.cells = original
    for open_cell, solved_cell in solved:
        if "○ no answer yet" not in text_of(open_cell):
            raise Wrong(f"the exercise is not open: {open_cell.source}\n{text_of(open_cell)}")
        if "✓ right" not in text_of(solved_cell) or "✗" in text_of(solved_cell):
            raise Wrong(f"the solution is not found right: {solved_cell.source}\n{text_of(solved_cell)}")
    return tidied(notebook)


def solution_of(notebook: Any, position: int) -> str | None:
    """Return the solution of the exercise in this cell, with the cell's check; None if it is no exercise.

    The cell above an exercise hides the solution in ``<details>``. The check begins where a line begins with it.
    """
    cell = notebook.cells[position]
    if cell.cell_type != "code" or position == 0:
        return None
    solution = SOLUTION.search(notebook.cells[position - 1].source)
    checked = CHECK.search(cell.source)
    return f"{solution[1]}\n{checked[0]}" if solution and checked else None


def text_of(cell: Any) -> str:
    """Return all that a cell printed and showed as text."""
    parts = (part.get("text") or part.get("data", {}).get("text/plain", "") for part in cell.get("outputs", ()))
    return "".join(parts)


def tidied(notebook: Any) -> Any:
    """Leave nothing in a notebook that another run would store otherwise."""
    count = 0
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
                if "metadata" in output:
                    output.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "run": fingerprint(notebook),
    }
    return notebook


def fingerprint(notebook: Any) -> str:
    """Return a number of the code: if the stored one is another, the outputs are those of another code."""
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]


# ----------------------------------------------------------------------------------------------------------- contents


def rows() -> dict[str, dict[str, str]]:
    """Return what the course teaches, row by row, for each notebook."""
    return tomllib.loads(ROWS.read_text(encoding="utf-8"))


def marks(notebook: Any) -> dict[str, str]:
    """Return under which headings the rows of the course are shown: ``## Small random weights (W2)``."""
    found: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for heading, ids in MARK.findall(cell.source):
                found |= dict.fromkeys(ids.split(", "), heading)
    return found


def opening(notebook: Any) -> tuple[str, str]:
    """Return the title and the question with which a notebook begins: a heading, and a line in bold."""
    found = re.match(r"# (.+)\n\n\*\*(.+\?)\*\*\n", notebook.cells[0].source)
    if not found:
        raise Wrong(f"a notebook begins with '# title' and '**question?**', not with {notebook.cells[0].source!r}")
    return found[1], found[2]


def contents() -> str:
    """Return the table of contents."""
    lines = [
        "# The lectures as notebooks",
        "",
        "One notebook a topic. Each begins with a question, answers it with an experiment, and ends with exercises",
        "whose solutions are hidden. The outputs are stored: a notebook reads on a web page as it does in JupyterLab.",
        "",
        "```sh",
        "make lab        # open JupyterLab with the notebooks",
        "make notebooks  # run them all, and store what they show",
        "```",
        "",
        "| | question | notebook |",
        "|---|---|---|",
    ]
    notebooks = {path.stem: read(path) for path in paths()}
    for name, notebook in notebooks.items():
        title, question = opening(notebook)
        picture = next(THUMBNAILS.glob(f"{name}.*")).name
        lines.append(f'| <img src="thumbnails/{picture}" width="200" alt=""> | {question} | [{title}]({name}.ipynb) |')
    signs = "The signs at the left stand behind the headings of the notebooks too."
    lines += ["", "## What is shown where", "", signs, "", "| | what | notebook | section |", "|---|---|---|---|"]
    for name, notebook in notebooks.items():
        where = marks(notebook)
        for row, what in rows().get(name, {}).items():
            lines.append(f"| {row} | {what} | [{name[:2]}]({name}.ipynb) | {where.get(row, '')} |")
    return "\n".join(lines) + "\n"


def store_thumbnail(notebook: Any, name: str) -> None:
    """Store the picture of the cell with the tag `thumbnail`, small."""
    from PIL import Image

    THUMBNAILS.mkdir(exist_ok=True)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()) if "thumbnail" in cell.metadata.get("tags", ()) else ():
            data = output.get("data", {})
            if "image/png" in data:
                picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
                picture.thumbnail((400, 240))
                picture.save(THUMBNAILS / f"{name}.png", optimize=True)
                return
            if "image/svg+xml" in data:
                (THUMBNAILS / f"{name}.svg").write_text(data["image/svg+xml"], encoding="utf-8")
                return
    raise Wrong("no cell with the tag 'thumbnail' shows a picture")


def main(arguments: list[str] | None = None) -> int:
    """Run the notebooks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="such as 06_initialisation (default: all)")
    parser.add_argument("--check", action="store_true", help="store nothing")
    options = parser.parse_args(arguments)
    for path in paths(options.names):
        started = time.perf_counter()
        try:
            notebook = run(read(path))
        except Exception as error:
            print(f"{path.name} failed:\n{error}", file=sys.stderr)
            return 1
        if not options.check:
            path.write_text(nbformat_text(notebook) + "\n", encoding="utf-8")
            store_thumbnail(notebook, path.stem)
        print(f"{path.name}: {time.perf_counter() - started:.1f} s", flush=True)
    if not options.check:
        README.write_text(contents(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
