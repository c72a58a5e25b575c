"""The stored pages say what the code says: derivatives, conventions with what their programs print, promises."""

from __future__ import annotations

import contextlib
import io
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from autograd.rules.coverage import markdown

PAGE = Path(__file__).parents[1] / "docs" / "derivatives.md"
REMEDY = "docs/derivatives.md is out of date: run python -m autograd.rules --markdown > docs/derivatives.md"
NAME = re.compile(r"`([\w.]+)`")


@pytest.fixture
def stored() -> str:
    assert PAGE.exists(), REMEDY
    return PAGE.read_text(encoding="utf-8")


def rows(text: str) -> dict[str, tuple[str, ...]]:
    """Return for each function in which table of a page it stands, and what that says of it.

    The other names of a function, which stand beside the first, are not the same in every NumPy.
    """
    found, table = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            table = line
        elif line.startswith("| `"):
            names, *rest = (cell.strip() for cell in line.strip("| ").split("|"))
            found |= dict.fromkeys(NAME.findall(names), (table, *rest))
    return found


def test_the_page_says_of_each_function_what_the_code_says(stored: str) -> None:
    there, here = rows(stored), rows(markdown())
    assert len(there) > 300
    changed = [name for name in there.keys() & here.keys() if there[name] != here[name]]
    assert not changed, f"{REMEDY} (it is wrong about {', '.join(sorted(changed))})"


def test_the_page_is_what_the_code_prints(stored: str) -> None:
    version = re.search(r"NumPy (\d+\.\d+)", stored)
    assert version, REMEDY
    if version[1] != ".".join(np.__version__.split(".")[:2]):
        pytest.skip(f"NumPy {np.__version__} has other functions than NumPy {version[1]}, of which the page is")
    if find_spec("scipy") is None:
        pytest.skip("SciPy is not installed: the page has its functions too")
    assert stored == markdown() + "\n", REMEDY


def test_the_programs_of_the_page_of_conventions_print_what_it_says() -> None:
    page = (PAGE.parent / "conventions.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == page.count("```python") > 1
    namespace: dict[str, object] = {"__name__": "__main__"}
    for program, said in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(program, namespace)
        assert printed.getvalue() == said


def test_every_file_of_tests_stands_beside_a_promise() -> None:
    page, tests = (PAGE.parent / "promises.md").read_text(encoding="utf-8"), Path(__file__).parent
    files = [file.relative_to(tests).as_posix() for file in sorted(tests.rglob("test_*.py"))]
    missing = [file for file in files if f"(../tests/{file})" not in page]
    assert not missing, f"docs/promises.md does not say what {', '.join(missing)} promises"
