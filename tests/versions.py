"""The tests under several versions of Python and of the libraries: ``make versions``.

For each Python there are two environments: one with the oldest libraries that pyproject.toml allows, one with the
newest. They are kept in .venv-versions. Where the oldest ones have nothing for a Python, since they are older than it,
the table says so.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from autograd.columns import aligned

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / ".venv-versions"
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
COLUMNS = ("Python", "libraries", "NumPy", "SciPy", "passed", "skipped", "failed", "minutes")
INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:")
TOOLS = ("coverage", "hypothesis", "pytest", "pytest-cov", "pytest-xdist")


def main() -> int:
    """Run the tests in each environment, print the table, and return 1 unless all have passed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--python", action="append", help="an interpreter; default: python3.11 … 3.14 on the PATH")
    options.add_argument("--libraries", choices=("oldest", "newest"), action="append", help="default: both")
    options.add_argument("tests", nargs="*", default=["tests"], help="as pytest takes them; default: all")
    chosen = options.parse_args()
    rows = [
        run(python, libraries, chosen.tests)
        for python in chosen.python or filter(works, PYTHONS)
        for libraries in chosen.libraries or ("oldest", "newest")
    ]
    print(table(rows))
    return int({row["failed"] for row in rows} - {""} != {"0"})


def works(python: str) -> bool:
    """Say whether an interpreter is there. A name on the PATH may be a mere sign that one could be installed."""
    return shutil.which(python) is not None and not subprocess.run([python, "-c", ""], capture_output=True).returncode


def run(python: str, libraries: str, tests: list[str]) -> dict[str, str]:
    """Return a row of the table: what the tests say under one Python and one set of libraries."""
    version = _said_by(python, "import platform; print(platform.python_version())")
    row = dict.fromkeys(COLUMNS, "") | {"Python": version, "libraries": libraries}
    folder = ENVIRONMENTS / f"{version}-{libraries}"
    inside = str(folder / "bin" / "python")
    print(f"Python {version} with the {libraries} libraries", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    limits = folder / "constraints.txt"
    limits.write_text("\n".join(oldest()) if libraries == "oldest" else "", encoding="utf-8")
    installed = subprocess.run([inside, *INSTALL, "-c", limits, *TOOLS, "-e", f"{ROOT}[all]"])
    if installed.returncode:
        return row | {"NumPy": "not to be had"}
    began = time.perf_counter()
    pytest = [inside, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(pytest, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "MPLBACKEND": "agg"})
    print(done.stdout[-3000:])
    for name, library in (("NumPy", "numpy"), ("SciPy", "scipy")):
        row[name] = _said_by(inside, f"import {library}; print({library}.__version__)")
    found = counts(done.stdout) if done.returncode in (0, 1) else {"failed": f"pytest ended with {done.returncode}"}
    return row | found | {"minutes": f"{(time.perf_counter() - began) / 60:.1f}"}


def oldest() -> Iterator[str]:
    """Yield the lowest versions that pyproject.toml allows, as constraints for pip."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirements in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in requirements:
            if bound := re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement):
                yield f"{bound[1]}=={bound[2]}"
    yield "pyparsing<3.3"  # newer ones warn of what Matplotlib 3.9 does


def counts(output: str) -> dict[str, str]:
    """Return how many tests passed, were skipped and failed, by the last line of pytest; errors are failures."""
    last = (output.splitlines() or [""])[-1]
    found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last)}
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    return {"passed": str(found.get("passed", 0)), "skipped": str(found.get("skipped", 0)), "failed": str(failed)}


def table(rows: list[dict[str, str]]) -> str:
    """Return the rows under each other, the columns aligned."""
    lines = [COLUMNS, *(tuple(row[column] for column in COLUMNS) for row in rows)]
    return "\n".join(aligned(lines, right=range(len(COLUMNS))))


def _said_by(python: str, program: str) -> str:
    return subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
