"""The tree of text."""

import numpy as np

from autograd import Tensor, draw

from .graphs import fan_out, lecture, network, unrolled


def test_the_lecture_as_a_tree() -> None:
    assert draw(*lecture()).text() == (
        "f × = −12   ∂ 1\n"
        "├─ q + = 3   ∂ −4   [∂f/∂q = z = −4]\n"
        "│  ├─ x = −2   ∂ −4   [∂q/∂x = 1]\n"
        "│  └─ y = 5   ∂ −4   [∂q/∂y = 1]\n"
        "└─ z = −4   ∂ 3   [∂f/∂z = q = 3]"
    )
    assert "[" not in draw(*lecture(), local=False).text()


def test_what_was_shown_already_is_named_and_not_repeated() -> None:
    x = Tensor(3.0, True, "x")
    y = np.exp(x)
    lines = draw(y * y).text().splitlines()
    assert lines == ["output × = 403.4", "├─ exp = 20.09", "│  │ x = 3", "└─ exp = 20.09   (see above)"]


def test_cut_wires_are_cut_in_the_tree() -> None:
    assert any("[✂ requires_grad=False]" in line for line in draw(*unrolled(2)).text().splitlines())


def test_several_results_are_several_trees() -> None:
    x = Tensor(3.0, True, "x")
    assert draw(-x, x * 2.0).text().splitlines()[0::2][:2] == ["output negative = −3", "output × = 6"]


def test_the_tree_is_not_wider_than_a_reader_can_follow() -> None:
    y = Tensor(1.0, True, "x")
    for _ in range(60):
        y = y * Tensor(1.0, True) + 1.0
    text = draw(y).text()
    assert "… (deeper than 40 levels: focus= shows it)" in text
    assert max(map(len, text.splitlines())) < 200


def test_the_lines_of_larger_values_are_one() -> None:
    assert all(line.strip("│├└─ ") for line in draw(*network()).text().splitlines())
    assert draw(*fan_out()).text().count("\n") == 6
