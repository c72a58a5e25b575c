"""Numbers, names and escapes."""

import numpy as np
import pytest

from autograd.draw.data import numbers_of
from autograd.draw.text import escaped, name, number, numbers, quoted, size


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (-12.0, "−12"),
        (0.73105857, "0.7311"),
        (123456.0, "1.235e5"),
        (-1.5e-7, "−1.5e−7"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "NaN"),
        (12345, "12345"),
        (10**9, "1e9"),
        (True, "True"),
    ],
)
def test_a_number_has_four_digits_and_a_true_minus(x: float, text: str) -> None:
    assert number(x) == text


def test_small_arrays_are_written_as_numpy_writes_them() -> None:
    assert numbers(numbers_of(np.array([[1.0, -2.0], [0.5, 3.0]]))) == "[[1, −2],\n [0.5, 3]]"
    assert numbers(numbers_of(np.array([]))) == "[]"


def test_a_larger_array_is_its_range_and_its_mean() -> None:
    assert numbers(numbers_of(np.linspace(-1.0, 3.0, 9))) == "−1 … 3, mean 1"
    assert numbers(numbers_of(np.zeros(9))) == "all 0"


def test_what_is_no_number_is_counted_and_the_rest_is_told() -> None:
    some = np.arange(12.0)
    some[:2], some[2] = np.nan, -np.inf
    assert numbers(numbers_of(some)) == "3 … 11, mean 7, 2 NaN, 1 ∞"
    assert numbers(numbers_of(np.full(9, np.nan))) == "9 NaN"


def test_the_rms_neither_overflows_nor_vanishes() -> None:
    assert numbers_of(np.full(9, 1e300)).rms == 1e300
    assert numbers_of(np.full(9, 1e-300)).rms == 1e-300


@pytest.mark.parametrize(("count", "text"), [(7, "7 B"), (1_500, "1.5 kB"), (2_000_000, "2 MB"), (3 * 10**9, "3 GB")])
def test_sizes_have_three_digits_and_a_unit(count: int, text: str) -> None:
    assert size(count) == text


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    shown = name("encoder." + "x" * 20_000 + ".weight")
    assert len(shown) == 40
    assert shown.startswith("encoder.x")
    assert "…" in shown
    assert shown.endswith(".weight")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("bell\x07", r"bell\x07"),
        ("\ud800", r"\ud800"),
        ("\uffff", r"\uffff"),
        ("turned\u202eround", r"turned\u202eround"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    assert name(text) == shown


def test_right_to_left_names_are_isolated() -> None:
    assert name("שלום") == "\u2068שלום\u2069"
    assert name("σ(x)") == "σ(x)"


def test_labels_are_escaped_as_html_and_for_graphviz() -> None:
    assert escaped('<b>&"\\N') == "&lt;b&gt;&amp;&quot;\\\\N"


def test_quoted_text_has_neither_quotes_nor_backslashes() -> None:
    assert quoted('a"b\\N<') == '"a&quot;b∖N&lt;"'
