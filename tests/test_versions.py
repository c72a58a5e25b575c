"""`make versions`: what it installs, and what it reads in the answer of pytest."""

from __future__ import annotations

import re

from tests.versions import COLUMNS, counts, oldest, table


def test_every_library_that_a_user_gets_has_a_lowest_version() -> None:
    lowest = dict(re.split("==|<", limit) for limit in oldest())
    assert lowest["numpy"] == "2.0.1"
    assert {"scipy", "scikit-learn", "matplotlib", "tqdm", "safetensors", "graphviz", "pygraphviz"} <= lowest.keys()
    assert all(re.fullmatch(r"[\d.]+", version) for version in lowest.values())


def test_what_pytest_says_is_counted() -> None:
    said = "..F.E\n2 failed, 538 passed, 1 skipped, 31 deselected, 1 error in 58.23s\n"
    assert counts(said) == {"passed": "538", "skipped": "1", "failed": "3"}
    assert counts("") == {"passed": "0", "skipped": "0", "failed": "0"}


def test_the_table_is_aligned() -> None:
    rows = [dict.fromkeys(COLUMNS, "5") | {"Python": "3.11.7", "NumPy": "2.0.0"}, dict.fromkeys(COLUMNS, "7")]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].split()[:3] == ["3.11.7", "5", "2.0.0"]
    assert lines[0].index("Python") + len("Python") == lines[1].index("3.11.7") + len("3.11.7")
