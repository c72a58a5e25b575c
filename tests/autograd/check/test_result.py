"""The table that a gradient check prints."""

import json

from autograd.check import Blame, CheckResult, Row
from autograd.check.result import RULE

ROWS = (
    Row("fc1.weight", (32, 20), "FAIL", 0.25, -0.5, 1e-12, (3, 17), 6e-6, 0, "2 directions", "look here"),
    Row("b", (), "PASS", 1 / 3, 1 / 3 + 1e-11, 2e-12, (), 6e-6),
    Row("<x>", (2,), "INCONCLUSIVE", 0.0, 0.0, 1e-3, (1,), 6e-6, 0, "all", "it cannot be told"),
    Row("none", (0, 3), "PASS"),
    Row(
        "k",
        (4,),
        "SUBGRADIENT",
        0.0,
        0.5,
        1e-12,
        (2,),
        6e-6,
        1,
        "all",
        "relu#1: slopes 0 and 1, analytic 0, in between",
    ),
)
BLAME = Blame("gate", "x", (3,), (1,), 2.0, 1.0, 1e-9, "net.py:7", "Linear 'fc1'")
RESULT = CheckResult("loss", ROWS, ("FAIL: a problem.",), (BLAME,), ("A note.",), 12)

TABLE = f"""\
gradient check of loss: 1 FAIL, 1 INCONCLUSIVE, 1 SUBGRADIENT, 2 PASS
input       shape     verdict       analytic       numeric ± bar  rel. error  at        step  kinks  checked
fc1.weight  (32, 20)  FAIL              0.25      -0.5 ± 1.0e-12     1.5e+00  [3, 17]  6e-06         2 directions
b           ()        PASS          0.333333  0.333333 ± 2.0e-12     3.0e-11           6e-06         all
<x>         (2,)      INCONCLUSIVE         0         0 ± 1.0e-03     0.0e+00  [1]      6e-06         all
none        (0, 3)    PASS                                                                           all
k           (4,)      SUBGRADIENT          0       0.5 ± 1.0e-12     1.0e+00  [2]      6e-06      1  all
FAIL: a problem.
fc1.weight: look here.
<x>: it cannot be told.
k: relu#1: slopes 0 and 1, analytic 0, in between.
Blame: gate in Linear 'fc1', called at net.py:7: its rule for the operand 'x' of shape (3,) gives 2 at [1], and \
differences give 1 ± 1.0e-09.
A note.
{RULE}"""


def test_the_table_is_aligned_and_complete():
    assert str(RESULT) == TABLE
    assert repr(RESULT) == TABLE


def test_a_result_is_false_if_something_failed_and_only_then():
    assert not RESULT
    assert CheckResult("loss", ROWS[1:])
    assert not CheckResult("loss", ROWS[1:], ("FAIL: a problem.",))
    assert RESULT.verdict == "FAIL"
    assert CheckResult("loss", ROWS[1:]).verdict == "INCONCLUSIVE"
    assert CheckResult("loss", ROWS[3:]).verdict == "SUBGRADIENT"
    assert CheckResult("loss", ()).verdict == "PASS"


def test_the_headline_counts():
    assert CheckResult("f", ROWS[1:2]).headline() == "gradient check of f: 1 PASS"
    assert CheckResult("f", ROWS[1:2], ("FAIL: …",)).headline() == "gradient check of f: FAIL, 1 PASS"


def test_the_gap_has_a_column_if_there_is_one():
    row = Row("w", (), "PASS", 1.0, 1.0, 1e-12, gap=3e-7)
    head, line = str(CheckResult("f", (row,))).splitlines()[1:3]
    assert head.endswith("checked  float32 gap")
    assert line.endswith("all          3.0e-07")


def test_the_worst_row_is_the_gravest_one():
    assert RESULT.worst is ROWS[0]
    assert CheckResult("f", ROWS[1:]).worst is ROWS[2]
    assert CheckResult("f", (ROWS[1], ROWS[4])).worst is ROWS[4]


def test_sentences_tell_the_ratio_the_bar_and_the_note():
    assert ROWS[0].sentence() == (
        "At fc1.weight[3, 17] differences give -0.5 ± 1.0e-12, and backward gives 0.25: -0.5 times that, a relative "
        "error of 1.5e+00. Look here."
    )
    assert ROWS[3].sentence() == "none has no entries."


def test_html_is_a_table_with_escaped_names_and_marked_rows():
    page = RESULT._repr_html_()
    assert page.count("<tr") == 6
    assert "&lt;x&gt;" in page
    assert "<x>" not in page
    assert page.count('style="background:#ffd6d6;color:#222"') == 1
    assert page.count('style="background:#fff3c4;color:#222"') == 1


def test_plain_data_survive_json():
    data = json.loads(json.dumps(RESULT.to_dict()))
    assert data["passed"] is False
    assert data["verdict"] == "FAIL"
    assert data["rows"][0]["index"] == [3, 17]
    assert data["rows"][0]["relative_error"] == 1.5
    assert data["rows"][3]["analytic"] is None
    assert data["blame"][0]["primitive"] == "gate"
    assert data["notes"] == ["A note."]
    assert data["evaluations"] == 12
