"""The notebooks run from top to bottom, and what is stored of them can be shown to a class."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("[0-9]*.ipynb"))
REMEDY = "run make notebooks"
OF_A_MACHINE = re.compile(r"/(?:home|Users|root|tmp|usr|opt|var|private|work)/|[A-Z]:\\|\b0x[0-9a-f]{6,}|site-packages")

for package in ("nbclient", "nbformat", "ipykernel", "matplotlib", "sklearn"):
    pytest.importorskip(package, reason=f"the notebooks need {package}: pip install 'seegrad[all,dev]'")


def beside_the_notebooks(name: str) -> Any:
    """Return a module of the folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runner = beside_the_notebooks("run")
course = beside_the_notebooks("course")


@pytest.fixture(params=NAMES)
def notebook(request: pytest.FixtureRequest) -> Any:
    found = runner.read(FOLDER / f"{request.param}.ipynb")
    found.stem = request.param
    return found


def outputs(notebook: Any) -> list[tuple[Any, Any]]:
    return [(cell, output) for cell in notebook.cells for output in cell.get("outputs", ())]


def texts(output: Any) -> str:
    """Return what a reader sees of an output as text: not the pictures."""
    data = output.get("data", {})
    return output.get("text", "") + "".join(str(data.get(kind, "")) for kind in ("text/plain", "text/html"))


# ------------------------------------------------------------------------------------------------------- what they do


@pytest.mark.notebook
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_from_top_to_bottom_and_its_solutions_are_right(name: str) -> None:
    command = [sys.executable, str(FOLDER / "run.py"), "--check", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr


# -------------------------------------------------------------------------------------------------- what is stored


def test_the_stored_outputs_are_those_of_the_code(notebook: Any) -> None:
    assert notebook.metadata.get("run") == runner.fingerprint(notebook), f"the code has changed: {REMEDY}"
    assert outputs(notebook), f"no outputs are stored: {REMEDY}"


def test_no_stored_output_is_an_error_or_a_warning(notebook: Any) -> None:
    for cell, output in outputs(notebook):
        assert output.output_type != "error", cell.source
        assert output.get("name") != "stderr", f"{cell.source}\n{output.text}"


def test_nothing_stored_is_of_one_machine_or_one_run(notebook: Any) -> None:
    for cell in notebook.cells:
        assert not OF_A_MACHINE.search(cell.source)
        for output in cell.get("outputs", ()):
            assert not OF_A_MACHINE.search(texts(output)), texts(output)
    stored = runner.nbformat_text(notebook)
    assert runner.nbformat_text(runner.tidied(notebook)) == stored, REMEDY


def test_it_is_short_enough_for_a_lecture(notebook: Any) -> None:
    assert 10 <= len(notebook.cells) <= 25
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or len(cell.source.splitlines()) <= 40, cell.source


def test_it_begins_with_a_question_and_ends_with_exercises(notebook: Any) -> None:
    title, question = runner.opening(notebook)
    assert title.startswith(f"{notebook.stem[:2]} · ")
    assert question.endswith("?")
    exercises = [k for k in range(len(notebook.cells)) if runner.solution_of(notebook, k)]
    assert 2 <= len(exercises) <= 3
    assert exercises[-1] == len(notebook.cells) - 1


def test_it_shows_every_row_of_the_course_that_is_its(notebook: Any) -> None:
    assert sorted(runner.marks(notebook)) == sorted(runner.rows()[notebook.stem])


def test_the_contents_list_what_is_there() -> None:
    assert list(runner.rows()) == NAMES
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == runner.contents(), REMEDY
    assert sorted(path.stem for path in (FOLDER / "thumbnails").iterdir()) == NAMES, REMEDY


# ------------------------------------------------------------------------------------------------------ what they share


def made(*sources: str) -> Any:
    """Return a notebook of code cells; those that begin with # are text."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    return new_notebook(cells=[(new_markdown_cell if s.startswith("#") else new_code_cell)(s) for s in sources])


EXERCISE = (
    "from course import check",
    "# One more\n<details><summary>Solution</summary>\n\n```python\nn = {}\n```\n</details>",
    "n = {}\n\ncheck(n, lambda n: n == 2)",
)


def test_a_run_solves_the_exercises_and_leaves_them_open() -> None:
    first, text, last = EXERCISE
    run = runner.run(made(first, text.format(2), last.format("...")))
    assert [cell.source for cell in run.cells] == [first, text.format(2), last.format("...")]
    assert runner.text_of(run.cells[2]) == "○ no answer yet\n"
    with pytest.raises(runner.Wrong, match="the solution is not found right: n = 3"):
        runner.run(made(first, text.format(3), last.format("...")))
    with pytest.raises(runner.Wrong, match="the exercise is not open: n = 2"):
        runner.run(made(first, text.format(2), last.format("2")))


def test_a_run_stops_at_an_error() -> None:
    with pytest.raises(Exception, match="AssertionError"):
        runner.run(made("assert 1 == 2"))


def test_two_runs_store_the_same() -> None:
    cells = ("print(1)\nprint(2)", "# text", "import matplotlib.pyplot as plt\nplt.plot([1, 2]);", "3")
    one, other = (runner.run(made(*cells)) for _ in range(2))
    for cell, twin in zip(one.cells, other.cells, strict=True):
        twin.id = cell.id  # drawn when a cell is made, and kept
    assert runner.nbformat_text(one) == runner.nbformat_text(other)
    assert one.cells[0].outputs[0].text == "1\n2\n"


def test_a_run_takes_its_sums_in_one_order_on_all_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    run = runner.run(made("import os\nprint(os.environ['OMP_NUM_THREADS'])"))
    assert runner.text_of(run.cells[0]) == "1\n"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(runner.Wrong, match="there is no notebook 99_nothing; there are 0"):
        runner.paths(["99_nothing"])


def test_numbers_stand_beside_the_lectures(capsys: pytest.CaptureFixture[str]) -> None:
    course.beside("std", [0.2134, 2.64e-5], ["0.213", "2.6e-5"], within=0, names=["first", "last"])
    assert capsys.readouterr().out == ("std      first      last\nlecture  0.213    2.6e-5\nhere     0.213  2.64e-05\n")


@pytest.mark.parametrize(("number", "within"), [(0.2136, 0), (0.21, 0.01), (float("nan"), 0.02)])
def test_a_number_that_is_not_the_lectures_is_an_error(number: float, within: float) -> None:
    with pytest.raises(AssertionError, match=re.escape(f"std 1: {number} is not 0.213")):
        course.beside("std", number, ["0.213"], within)


def test_a_check_says_open_right_or_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    for answer in (None, ..., 2, 3):
        course.check(answer, lambda n: n == 2, "one more")
    assert capsys.readouterr().out.splitlines() == ["○ no answer yet"] * 2 + ["✓ right", "✗ not right yet: one more"]
