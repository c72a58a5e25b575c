"""The page that says what each NumPy function does with a Tensor: it is complete, and true."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from autograd import Tensor
from autograd.primitive import TABLE
from autograd.protocols import PLAIN
from autograd.rules.coverage import DIFFERENTIABLE, PLAIN_RESULT, REFUSED, Entry, coverage

ENTRIES = {entry.name: entry for entry in coverage()}


def test_every_function_of_the_table_is_on_the_page() -> None:
    statuses = [entry.status for entry in ENTRIES.values()]
    on_the_page = {
        getattr(getattr(np, room, np) if room != "lib.stride_tricks" else np.lib.stride_tricks, name)
        for room, _, name in (entry.removeprefix("np.").rpartition(".") for entry in ENTRIES)
    }
    of_numpy = {f for f in TABLE if not isinstance(f, np.ufunc) or getattr(np, f.__name__, None) is f}  # or SciPy's
    assert of_numpy <= on_the_page
    assert on_the_page >= PLAIN
    assert statuses.count(DIFFERENTIABLE) >= 80
    assert len(ENTRIES) > 300


@pytest.mark.parametrize(
    ("name", "status", "how"),
    [
        ("np.multiply", DIFFERENTIABLE, "by x, y"),
        ("np.split", DIFFERENTIABLE, "a composition"),
        ("np.argmax", PLAIN_RESULT, ""),
        ("np.unique", REFUSED, ""),
    ],
)
def test_what_it_says_is_what_happens(name: str, status: str, how: str) -> None:
    assert ENTRIES[name] == Entry(name, status, how)


@pytest.mark.parametrize("name", [n for n, e in ENTRIES.items() if e.status == REFUSED and n.count(".") == 1])
def test_what_is_refused_is_never_computed_in_silence(name: str) -> None:
    t = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    function = getattr(np, name.removeprefix("np."))
    for arguments in ((t,), (t, t), (t, t, t)):
        try:
            result = function(*arguments)
        except (TypeError, ValueError):
            continue
        pytest.fail(f"{name} of a Tensor gave {result!r}")


def test_the_command_prints_the_page() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "autograd.rules"], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout
    assert printed.startswith(f"{len(ENTRIES)} NumPy functions on Tensors: ")
    assert [line.split()[0] for line in printed.splitlines()[2:]] == list(ENTRIES)
