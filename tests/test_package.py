"""What the packages promise as packages: what importing them loads, and which of them knows which."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAY_IMPORT = {
    "autograd": set(),
    "nn": {"autograd"},
    "optim": {"autograd"},
    "training": {"autograd", "nn", "optim"},
}
EVERY_FILE = sorted(p.relative_to(ROOT) for package in MAY_IMPORT for p in (ROOT / package).rglob("*.py"))
# The rooms of autograd that use the engine, and that it therefore must not need.
ON_TOP = {"autograd.check", "autograd.draw", "autograd.functional"}
ENGINE = [p for p in EVERY_FILE if p.parts[0] == "autograd" and p.parts[1] in {"rules", p.name} - {"__init__.py"}]


def imports(file: Path, at_import_time: bool = False) -> Iterator[str]:
    """The full names of the modules that a file imports; those it imports when it is itself imported, if you like."""
    package = [*file.parts[:-1]]
    waiting: list[ast.AST] = [ast.parse((ROOT / file).read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif at_import_time and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        elif at_import_time and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_importing_it_loads_numpy_and_nothing_else(package: str) -> None:
    program = (
        "import sys, numpy, numpy.random; before = set(sys.modules)\n"
        f"import {package}; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    top = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert top <= {package, *MAY_IMPORT[package], "numpy"}
    assert not loaded & {"autograd.check", "autograd.draw"}


def test_all_works_without_docstrings_and_asserts_and_without_a_warning() -> None:
    program = """
import numpy as np, autograd, nn, optim, training
x = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]
model = nn.Linear(1, 1, rng=0)
batches = training.Batches(x, 3 * x + 1, batch_size=8, rng=0)
training.fit(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.3), batches, epochs=40, progress=False)
print(round(model.weight.item(), 3), round(model.bias.item(), 3), optim.table() is not None)
print(autograd.draw(lambda x: np.tanh(x) * 2, 0.0, local=False).text())
print(autograd.gradcheck(np.exp, [0.0, 1.0]).verdict)
"""
    command = [sys.executable, "-OO", "-B", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    trained, result, tanh, *_, checked = done.stdout.splitlines()
    assert [trained, checked] == ["3.0 1.0 True", "PASS"]
    assert [result, tanh] == ["result × = 0   ∂ 1", "├─ tanh = 0   ∂ 2"]


@pytest.mark.parametrize("file", EVERY_FILE, ids=str)
def test_imports_point_one_way(file: Path) -> None:
    ours = {name.partition(".")[0] for name in imports(file)} & {*MAY_IMPORT}
    assert ours <= {file.parts[0], *MAY_IMPORT[file.parts[0]]}


@pytest.mark.parametrize("file", ENGINE, ids=str)
def test_the_engine_does_not_need_what_is_built_on_it(file: Path) -> None:
    assert not [name for name in imports(file, at_import_time=True) if ".".join(name.split(".")[:2]) in ON_TOP]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_every_public_name_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    assert (module.__doc__ or "").strip()
    assert not [name for name in module.__all__ if not (getattr(module, name).__doc__ or "").strip()]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_it_ships_its_types(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_the_wheel_holds_exactly_these_packages() -> None:
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(MAY_IMPORT)
    assert PROJECT["tool"]["coverage"]["run"]["source_pkgs"] == list(MAY_IMPORT)
    assert PROJECT["tool"]["mypy"]["files"] == [*MAY_IMPORT, "notebooks"]


def test_numpy_is_all_that_must_be_installed() -> None:
    assert [d.partition(">")[0] for d in PROJECT["project"]["dependencies"]] == ["numpy"]
