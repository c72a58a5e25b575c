"""Where a program runs: out of a zip file, without a console, into a file with an old encoding."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nn
import optim
import training

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> str:
    """Run Python, which looks for modules where it is told alone, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", **environment},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("ascii")


def test_the_player_is_written_by_a_library_in_a_zip_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "library.zip", "w") as library:
        for file in (ROOT / "autograd").rglob("*.*"):
            if file.suffix != ".pyc":
                library.write(file, file.relative_to(ROOT))
    program = (
        "import autograd; x = autograd.Tensor(2.0, True); y = x * x; y.backward(); "
        "print(autograd.__file__, len(autograd.draw(y).player().html) > 10_000)"
    )
    told = run("-c", program, PYTHONPATH=str(tmp_path / "library.zip"))
    assert "library.zip" in told
    assert told.strip().endswith("True")


def test_the_commands_print_into_what_cannot_write_every_letter() -> None:
    told = run("-m", "autograd.check", "numpy:tanh", PYTHONIOENCODING="ascii")
    assert "PASS" in told
    assert "?" in told


def test_a_training_without_a_console_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    model = nn.Linear(2, 1)
    x, y = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    batches = training.Batches(x, y, 2)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    assert len(training.fit(model, nn.MSELoss(), sgd, batches, epochs=2)["loss"]) == 2
