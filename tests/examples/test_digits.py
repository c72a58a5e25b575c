"""The first program that a newcomer runs does what its text says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "digits.py"


@pytest.fixture(scope="module")
def digits() -> Any:
    for name in ("sklearn", "matplotlib", "tqdm"):
        pytest.importorskip(name, reason=f"the example needs {name}: pip install 'seegrad[all]'")
    spec = importlib.util.spec_from_file_location("digits", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_reads_97_of_100_digits_right_and_leaves_its_pictures(
    digits: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "folder"
    accuracy = digits.main(["--out", str(folder)])
    printed, progress = capsys.readouterr()
    assert accuracy >= 0.97
    assert f"test accuracy: {accuracy:.2%}" in printed
    assert "gradient check of Net: 5 PASS" in printed
    for parameter in ("hidden.weight", "hidden.bias", "scores.weight", "scores.bias"):
        assert re.search(rf"^{parameter}\s.*\sPASS\s", printed, re.MULTILINE)
    assert re.search(r"epoch 30/30: 100%.*val_accuracy=0\.9\d+", progress)
    assert str(folder / "curves.png") in printed
    assert str(folder / "graph.svg") in printed
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    picture = ElementTree.tostring(ElementTree.parse(folder / "graph.svg").getroot(), encoding="unicode")
    for text in ("hidden.weight", "scores.bias", "relu", "cross_entropy", "hidden: Linear"):
        assert text in picture


def test_the_same_seed_gives_the_same_network(digits: Any) -> None:
    def trained(seed: int) -> Any:
        autograd.seed(seed)
        model, (seen, validation, _) = digits.Net(), digits.load(seed)
        return digits.train(model, seen, validation, 1, seed).rows

    assert trained(3) == trained(3)
    assert trained(3) != trained(4)


def test_the_splits_share_no_digit_and_only_the_training_split_was_fitted(digits: Any) -> None:
    splits = digits.load(0)
    assert [len(y) for _, y in splits] == [1257, 180, 360]
    rows = [tuple(row) for x, _ in splits for row in x]
    assert len(set(rows)) == len(rows)
    (x, _), (x_val, _), _ = splits
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(axis=0)[x.any(axis=0)], 1, atol=1e-5)
    assert abs(x_val.mean(axis=0)).max() > 0.01
    assert {a.dtype for a, _ in splits} == {np.dtype("f4")}


def test_help_lists_the_options(digits: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        digits.main(["--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    for option in ("--epochs", "--seed", "--out"):
        assert option in printed
    with pytest.raises(SystemExit):
        digits.main(["--epochs", "0"])
    assert "--epochs must be at least 1, not 0" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["sklearn", "matplotlib"])
def test_a_missing_package_is_one_line_that_says_what_to_install(package: str) -> None:
    program = f"import sys, runpy; sys.modules[{package!r}] = None; runpy.run_path({str(PROGRAM)!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert re.search(rf"needs {package}\S*, which is not installed: pip install 'seegrad\[all\]'", done.stderr)


def test_without_graphviz_it_trains_and_says_what_to_install(
    digits: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ImportError("a drawing needs Graphviz")

    monkeypatch.setattr(digits, "draw", missing)
    with pytest.raises(SystemExit, match="a drawing needs Graphviz"):
        digits.main(["--epochs", "1", "--out", str(tmp_path)])
    assert (tmp_path / "curves.png").is_file()
