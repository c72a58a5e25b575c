"""The table that a gradient check prints."""

import json

from autograd.check import CheckResult, Row

RESULT = CheckResult(
    "loss",
    (
        Row("fc1.weight", (32, 20), 20, 640, "FAIL", 0.25, -0.5, 0.75, 1.5, (3, 17), 6.055e-6),
        Row("b", (), 1, 1, "ok", 1 / 3, 1 / 3 + 1e-11, 1e-11, 3e-11, (), 6.055e-6),
        Row("<x>", (2,), 2, 2, "unclear", 0.0, 0.0, 0.0, 0.0, (1,), 6.055e-6, "it cannot be told"),
        Row("none", (0, 3), 0, 0, "ok"),
    ),
    rtol=1e-6,
    atol=1e-9,
    notes=("A note.",),
)

TABLE = """\
gradient check of loss: 1 of 4 FAILED
input       shape     entries    verdict  analytic   numeric  abs. error  rel. error  at       step
fc1.weight  (32, 20)  20 of 640  FAIL         0.25      -0.5     7.5e-01     1.5e+00  [3, 17]  6.1e-06
b           ()        1          ok       0.333333  0.333333     1.0e-11     3.0e-11           6.1e-06
<x>         (2,)      2          unclear         0         0     0.0e+00     0.0e+00  [1]      6.1e-06
none        (0, 3)    0          ok
<x>: it cannot be told.
A note.
Each row shows its worst entry; one passes if |analytic − numeric| ≤ 1e-06·max(|analytic|, |numeric|) + 1e-09·scale."""


def test_the_table_is_aligned_and_complete():
    assert str(RESULT) == TABLE
    assert repr(RESULT) == TABLE


def test_a_result_is_false_if_a_row_failed_and_only_then():
    assert not RESULT
    assert CheckResult("loss", RESULT.rows[1:], 1e-6, 1e-9)


def test_the_headline_counts():
    assert CheckResult("f", RESULT.rows[1:2], 1e-6, 1e-9).headline() == "gradient check of f: ok"
    assert CheckResult("f", RESULT.rows[1:], 1e-6, 1e-9).headline() == "gradient check of f: ok, 1 of 3 unclear"


def test_a_kink_is_no_failure_and_is_counted():
    kink = Row("k", (), 1, 1, "kink", 0.0, 0.5, 0.5, 1.0, (), 6e-6, "a kink: slopes 0 and 1, analytic 0, in between")
    result = CheckResult("f", (RESULT.rows[1], kink, RESULT.rows[2]), 1e-6, 1e-9)
    assert result
    assert result.headline() == "gradient check of f: ok, 1 of 3 at a kink, 1 of 3 unclear"
    assert result.worst is RESULT.rows[2]
    assert CheckResult("f", (RESULT.rows[1], kink), 1e-6, 1e-9).worst is kink
    assert "k: a kink: slopes 0 and 1, analytic 0, in between." in str(result)
    assert result._repr_html_().count("<tr") == 4


def test_the_worst_row_is_the_one_that_failed_then_the_unclear_one():
    assert RESULT.worst is RESULT.rows[0]
    assert CheckResult("f", RESULT.rows[1:], 1e-6, 1e-9).worst is RESULT.rows[2]


def test_sentences_tell_the_ratio_and_the_note():
    assert RESULT.rows[0].sentence() == (
        "At fc1.weight[3, 17] differences give -0.5, and backward gives 0.25: -0.5 times that, a relative error of "
        "1.5e+00."
    )
    assert RESULT.rows[2].sentence() == (
        "At <x>[1] differences give 0, and backward gives 0: a relative error of 0.0e+00. It cannot be told."
    )
    assert RESULT.rows[3].sentence() == "none has no entries."


def test_html_is_a_table_with_escaped_names_and_marked_rows():
    page = RESULT._repr_html_()
    assert page.count("<tr") == 5
    assert "&lt;x&gt;" in page
    assert "<x>" not in page
    assert page.count('style="background:#ffd6d6;color:#222"') == 1
    assert page.count('style="background:#fff3c4;color:#222"') == 1


def test_plain_data_survive_json():
    data = json.loads(json.dumps(RESULT.to_dict()))
    assert data["passed"] is False
    assert data["rows"][0] == {
        "name": "fc1.weight",
        "shape": [32, 20],
        "checked": 20,
        "size": 640,
        "verdict": "FAIL",
        "analytic": 0.25,
        "numeric": -0.5,
        "absolute_error": 0.75,
        "relative_error": 1.5,
        "index": [3, 17],
        "step": 6.055e-6,
        "note": "",
    }
    assert data["rows"][3]["analytic"] is None
    assert data["notes"] == ["A note."]
