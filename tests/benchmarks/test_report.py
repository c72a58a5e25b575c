"""The report says what was measured: ratios, goals, what is missing, and the page of the documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.goals import GOALS, limit
from benchmarks.libraries import ORDER
from benchmarks.measure import Result, Timing, difference, measure
from benchmarks.page import NOTES, page
from benchmarks.progress import Progress
from benchmarks.report import Run, as_json, text


@pytest.fixture
def run() -> Run:
    ours = Timing("seegrad", 1, seconds=[0.002, 0.004, 0.003], memory=10.0)
    torch = Timing("PyTorch", 1, seconds=[0.004, 0.004, 0.006], memory=90.4)
    by_hand = Timing("by hand", 1, seconds=[0.001, 0.001, 0.001], memory=8.0)
    ours2, torch2 = Timing("seegrad", 2, seconds=[0.002]), Timing("PyTorch", 2, seconds=[0.001])
    nodes = [
        Timing("seegrad", 1, seconds=[0.03], forward=[0.02], memory=1.0),
        Timing("by hand", 1, seconds=[0.003], forward=[0.002], memory=1.0),
    ]
    return Run(
        {"processor": "Abacus", "cores": "2"},
        [
            Result("W3", "small net", 1, [ours, by_hand, torch, ours2, torch2], without={"JAX": "it was tired"}),
            Result("W8", "chain", 10_000, nodes, failed={"MyGrad": "it fell over"}),
        ],
        {"numpy": 0.07, "autograd": 0.2},
        {"micrograd": "pip install micrograd"},
    )


def test_a_ratio_is_the_median_over_the_rounds(run: Run) -> None:
    ours, by_hand, torch = run.results[0].timings[:3]
    assert ours.ratio(torch) == pytest.approx(0.5)  # of 0.5, 1 and 0.5
    assert ours.ratio(by_hand) == pytest.approx(3.0)


def test_the_tables_for_a_terminal(run: Run) -> None:
    assert (
        text(run)
        == """\
W3    small net
W8    chain

1 thread: median ms a step (seegrad's time divided by it; ✓ goal met, ✗ missed)
    seegrad     by hand     PyTorch
W3        3  1 (3.00 ✗)  4 (0.50 ✓)
W8       30   3 (10.00)

2 threads: median ms a step (seegrad's time divided by it; ✓ goal met, ✗ missed)
    seegrad     PyTorch
W3        2  1 (2.00 ✗)
W8

peak memory in MB, over the imports (1 thread)
    seegrad  by hand  PyTorch
W3       10        8       90
W8        1        1

µs per node of W8 (1 thread)
         forward  backward
seegrad     2.00      1.00
by hand     0.20      0.10

import autograd takes 200 ms beyond NumPy, which takes 70 ms

goals: 2 met, 4 missed
  ✗ W3, 1 thread: time divided by that by hand 3.00, goal ≤ 1.5
  ✗ W3, 2 threads: time divided by PyTorch's 2.00, goal ≤ 1
  ✗ W8, 1 thread: µs per node forward, above the bare call: 1.80, goal ≤ 1.5
  ✗ ms of `import autograd` beyond NumPy's: 200.00, goal ≤ 150

W3: without JAX: it was tired

micrograd is not here: pip install micrograd

W8: MyGrad failed: it fell over"""
    )


def test_json_has_every_round_and_the_goals(run: Run) -> None:
    found = json.loads(as_json(run))
    assert found["results"][0]["timings"][0]["seconds"] == [0.002, 0.004, 0.003]
    assert found["machine"]["processor"] == "Abacus"
    met = {(g["workload"], g["threads"], g["what"]): g["met"] for g in found["goals"]}
    assert met["W3", 1, "time divided by PyTorch's"] is True
    assert met["W3", 2, "time divided by PyTorch's"] is False


def test_the_page_is_written_anew_and_keeps_its_notes(run: Run) -> None:
    first = page(run)
    assert "| W3 | 3 | 1 (3.00 ✗) | 4 (0.50 ✓) |" in first
    assert "| processor | Abacus |" in first
    assert "`import autograd` takes 200 ms beyond NumPy, which takes 70 ms." in first
    noted = first + "\n## Why W3 is slow\n\nIt sleeps.\n"
    assert page(run, noted).endswith(f"{NOTES}\n\n## Why W3 is slow\n\nIt sleeps.\n")
    assert page(run, page(run, noted)) == page(run, noted)


@pytest.mark.parametrize(
    ("workload", "library", "threads", "most"),
    [("W2", "PyTorch", 1, 0.5), ("W3", "PyTorch", 1, 0.9), ("W3", "PyTorch", 2, 1.0), ("W6", "PyTorch", 2, None)],
)
def test_the_first_goal_that_fits_counts(workload: str, library: str, threads: int, most: float | None) -> None:
    assert limit(workload, library, threads) == most
    assert {goal.library for goal in GOALS} <= set(ORDER)


def test_numbers_that_differ_are_found_array_by_array() -> None:
    assert difference([[1.0, 2.0], [1e-3]], [[1.0, 2.0], [1e-3]], 1e-4) is None
    assert (
        difference([[1.0, 2.0], [1.1e-3]], [[1.0, 2.0], [1e-3]], 1e-4) == "array 1 has 0.0011 where 0.001 is expected"
    )
    assert difference([[float("nan")]], [[1.0]], 1e-4) == "array 0 has nan where 1 is expected"
    assert difference([[1.0]], [[1.0, 1.0]], 1e-4) == "arrays of [1] numbers, not [2]"


def test_progress_without_a_terminal_says_each_title_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(4)
    for title in ("W3", "W3", "W4"):
        progress.show(title, "round")
        progress.advance()
    progress.end()
    assert capsys.readouterr().err == "W3\nW4\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "W99"], "there is no workload 'W99', but W1, W2, "),
        (["--libraries", "Theano"], "there is no library 'Theano', but seegrad, by hand, "),
        (["--threads", "two"], "numbers of threads are written 1,2, not 'two'"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert words in capsys.readouterr().err


def test_the_command_measures_and_writes_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures, markdown = tmp_path / "new" / "figures.json", tmp_path / "page.md"
    arguments = ["--quick", "--only", "W2", "--threads", "1", "--libraries", "seegrad,by hand"]
    assert main([*arguments, "--json", str(figures), "--markdown", str(markdown)]) == 0
    (result,) = json.loads(figures.read_text(encoding="utf-8"))["results"]
    assert [t["library"] for t in result["timings"]] == ["seegrad", "by hand"]
    assert all(len(t["seconds"]) == 5 and min(t["seconds"]) > 0 and t["memory"] > 0 for t in result["timings"])
    assert "W2    the course's 3-4-1 net, 4 points" in capsys.readouterr().out
    assert "## 1 thread: ms a step" in markdown.read_text(encoding="utf-8")


def test_a_library_that_computes_something_else_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.measure.difference", lambda found, expected, rtol: found is not expected and "no")
    (result,) = measure(["W2"], ["seegrad", "by hand"], [1], quick=True)
    assert result.failed == {"by hand": "it does not compute what seegrad does: no"}
    assert [timing.library for timing in result.timings] == ["seegrad"]


def test_a_library_that_fails_is_left_out_and_the_command_says_so_at_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, run: Run
) -> None:
    monkeypatch.setattr("benchmarks.__main__.measure", lambda *_: run.results)
    monkeypatch.setattr("benchmarks.__main__.import_times", lambda _: run.imports)
    assert main(["--json", str(tmp_path / "figures.json")]) == 1
    assert "W8: MyGrad failed: it fell over" in capsys.readouterr().out
