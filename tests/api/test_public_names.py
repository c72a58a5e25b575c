"""What is public is known: it is listed in public.txt, ``__all__`` is true, and nothing else is shown beside it."""

from __future__ import annotations

import difflib
import pkgutil
from importlib import import_module
from typing import Any

import pytest

import nn.functional
from tests.api.public import LISTED, PACKAGES, everything

pytest.importorskip("sklearn", reason="some public classes are scikit-learn's")


def changes() -> list[str]:
    """The lines of the list that are no longer true, and those that are missing in it."""
    listed, true = LISTED.read_text(encoding="utf-8").splitlines(), everything().splitlines()
    return list(difflib.unified_diff(listed, true, "tests/api/public.txt", "the packages", lineterm="", n=1))


def test_the_public_names_and_signatures_are_those_that_are_listed() -> None:
    if found := changes():
        pytest.fail(
            "what is public has changed:\n\n" + "\n".join(found) + "\n\nIf that is meant, `make api` renews the list; "
            "CONTRIBUTING.md says how a public name or parameter changes, and how it leaves.",
            pytrace=False,
        )


def test_a_changed_default_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def elu(x: Any, alpha: float = 2.0) -> Any:
        return x

    monkeypatch.setattr(nn.functional, "elu", elu)
    assert [line for line in changes() if line.startswith(("+ ", "- "))] == [
        "-    def elu(x: Operand, alpha: float = 1.0) -> Tensor",
        "+    def elu(x: Any, alpha: float = 2.0) -> Any",
    ]


def test_a_missing_method_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(nn.Linear, "extra_repr")
    assert [line for line in changes() if line.startswith(("+ ", "- "))] == ["-    def Linear.extra_repr() -> str"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_exists_and_is_named_once(package: str) -> None:
    module = import_module(package)
    assert not [name for name in module.__all__ if not hasattr(module, name)]
    assert sorted(module.__all__) == sorted(set(module.__all__))
    imported: dict[str, Any] = {}
    exec(f"from {package} import *", imported)
    assert imported.keys() - {"__builtins__"} == set(module.__all__)


@pytest.mark.parametrize("package", [name for name in PACKAGES if hasattr(import_module(name), "__path__")])
def test_what_a_package_itself_imports_is_not_shown_as_its_own(package: str) -> None:
    module = import_module(package)
    rooms = {room.name for room in pkgutil.iter_modules(module.__path__)}
    assert not [name for name in dir(module) if not name.startswith("_") and name not in {*module.__all__, *rooms}]
