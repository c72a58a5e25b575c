"""draw.diff and draw.filmstrip, functions that are drawn, gradients that have a graph."""

import re
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import Tensor, draw, gradcheck, primitive
from autograd.draw.film import Filmstrip
from autograd.draw.render import can_render

from .graphs import lecture


def square(w: Tensor) -> Tensor:
    y = w * w
    y.name = "y"
    y.backward()
    return y


def test_before_and_after_a_step_the_changed_numbers_are_told() -> None:
    w = Tensor(2.0, True, "w")
    before = draw(square(w))
    w.data, w.grad = np.array(3.0), None
    found = draw.diff(before, square(w))
    assert found.text() == (
        "vertex  what      before  after\n"
        "w       value     2       3\n"
        "w       gradient  4       6\n"
        "y       value     4       9"
    )
    assert bool(found)
    assert repr(found) == "<Comparison: 3 differences>"


def test_the_same_graph_twice_does_not_differ() -> None:
    found = draw.diff(*lecture(), draw(*lecture()))
    assert not found
    assert found.text() == "no difference"


def test_a_wrong_rule_is_found_where_it_is() -> None:
    right = primitive(lambda x: np.sin(x), name="sine", x=lambda g, x: g * np.cos(x))
    wrong = primitive(lambda x: np.sin(x), name="sine", x=lambda g, x: -g * np.cos(x))

    def run(sine) -> Tensor:
        x = Tensor(1.0, True, "x")
        y = sine(x) * 2.0
        y.backward()
        return x, y

    (keep, a), (keep_too, b) = run(right), run(wrong)
    found = draw.diff(a, b, titles=("right", "wrong"))
    assert [(d.vertex, d.what) for d in found.differences] == [("x", "gradient")]
    assert keep is not keep_too


def test_graphs_of_different_structure_are_aligned() -> None:
    x = Tensor(2.0, True, "x")
    found = draw.diff(np.exp(x) * 2.0, np.tanh(np.exp(x)) * 2.0)
    assert [(d.vertex, d.what, d.a, d.b) for d in found.differences] == [
        ("tanh", "structure", "–", "here"),
        ("output", "value", "14.78", "2"),
    ]


def test_the_picture_has_both_graphs_and_marks_what_differs(tmp_path: Path) -> None:
    w = Tensor(2.0, True, "w")
    before = draw(square(w))
    w.data, w.grad = np.array(3.0), None
    found = draw.diff(before, square(w), titles=("<b>", "after"))
    assert found.dot.count('BGCOLOR="#fff3a6"') == 4
    assert "&lt;b&gt;" in found.dot
    assert "≠ value by 33.33 %, ≠ gradient by 33.33 %" in found.dot
    assert {"cluster_a", "cluster_b"} <= set(re.findall(r"cluster_\w", found.dot))
    assert found.save(tmp_path / "x.dot").read_text("utf-8") == found.dot
    assert found.save(tmp_path / "x.txt").read_text("utf-8") == found.text() + "\n"
    assert "text/plain" in found._repr_mimebundle_()
    with pytest.raises(ValueError, match=r"a comparison cannot be saved as 'x\.html': the suffix says the format"):
        found.save(tmp_path / "x.html")


def test_a_gradient_check_marks_the_inputs_that_failed() -> None:
    softplus = primitive(lambda x: np.log1p(np.exp(x)), name="softplus", x=lambda g, x: g / (1 + np.exp(x)))
    x = Tensor(-1.0, True, "x")
    y = softplus(x)
    y.backward()
    result = gradcheck(lambda x: softplus(x), -1.0)
    found = draw.diff(y, result)
    assert [(d.vertex, d.what, d.a, d.b) for d in found.differences] == [("x", "numeric", "0.7311", "0.2689")]
    assert "≠ numeric 0.2689" in found.dot


def test_nan_in_both_is_no_difference_and_in_one_it_is() -> None:
    def value(x: float) -> Tensor:
        return Tensor(x, True, "x") * 1.0

    assert not draw.diff(value(np.nan), value(np.nan))
    assert [d.relative for d in draw.diff(value(np.nan), value(1.0)).differences] == [None, None]


def test_what_is_no_graph_cannot_be_compared() -> None:
    with pytest.raises(
        TypeError, match=r"draw\.diff\(\) was given ndarray; it compares drawings or Tensors, as in draw"
    ):
        draw.diff(np.ones(3), Tensor(1.0))


# ------------------------------------------------------------------------------------------------------------- films


def train(film: Filmstrip, steps: int) -> None:
    w = Tensor(1.0, True, "w")
    with film:
        for _ in range(steps):
            w.grad = None
            loss = (w * [1.0, 2.0]).sum()
            loss.backward()
            film(loss)
            w.data = w.data - 0.1


def test_a_film_records_every_so_many_steps_and_traces_only_these() -> None:
    film = draw.filmstrip(every=3)
    train(film, 8)
    assert [moment["step"] for moment in film.moments] == [0, 3, 6]
    assert [moment["title"] for moment in film.moments] == ["loss 3", "loss 2.1", "loss 1.2"]
    assert repr(film) == "<Filmstrip: 3 moments of 8 steps>"


def test_a_film_has_bounded_memory() -> None:
    film = draw.filmstrip(every=1, most=8)
    train(film, 100)
    assert len(film.moments) <= 8
    steps = [moment["step"] for moment in film.moments]
    assert steps == list(range(0, 100, 16))
    assert film.every == 16


def test_after_a_film_nothing_is_traced_any_more() -> None:
    film = draw.filmstrip(every=1)
    with pytest.raises(ZeroDivisionError), film:
        1 / 0  # noqa: B018
    y = Tensor([1.0], True) * 2.0
    assert y.node.notes is None


def test_a_film_shows_one_graph() -> None:
    x = Tensor(1.0, True)
    with draw.filmstrip(every=1) as film:
        film(x * x)
        with pytest.raises(ValueError, match="the graph of step 1 is not the one of step 0: other operations, shapes"):
            film(x + x)


def test_an_empty_film_says_how_to_fill_it() -> None:
    with pytest.raises(ValueError, match=r"this film is empty; call it after each backward\(\): film\(loss\)"):
        draw.filmstrip().player()


@pytest.mark.parametrize("chosen", [{"every": 0}, {"most": 1}])
def test_a_film_of_nothing_is_refused(chosen: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="every is at least 1, and most at least 2"):
        draw.filmstrip(**chosen)


# --------------------------------------------------------------------------------------------- functions and gradients


def test_a_function_is_run_and_swept() -> None:
    found = draw(lambda x, y, z: (x + y) * z, -2.0, 5.0, -4.0)
    known = {v.name: (v.value.scalar(), v.gradient.scalar()) for v in found.snapshot.vertices if v.name}
    assert known == {"x": (-2, -4), "y": (5, -4), "z": (-4, 3), "result": (-12, 1)}


def test_a_model_is_a_function_and_its_parameters_keep_their_gradients() -> None:
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.ReLU())
    found = draw(lambda x: model(x).sum(), np.ones((1, 2), "float32"))
    assert all(p.grad is None for p in model.parameters())
    weights = [v for v in found.snapshot.vertices if v.name == "0.weight"]
    assert [v.gradient is not None for v in weights] == [True]
    assert "x" in [v.name for v in draw(model, np.ones((1, 2), "float32")).snapshot.vertices]


def test_the_arguments_of_a_ufunc_have_the_names_that_numpy_gives_them() -> None:
    assert next(v.name for v in draw(np.exp, 1.0).snapshot.vertices) == "x"
    assert [v.name for v in draw(np.multiply, 2.0, 3.0).snapshot.vertices][:2] == ["x1", "x2"]


def test_what_another_function_in_c_calls_its_arguments_is_not_always_known() -> None:
    assert draw(np.dot, np.ones(2), np.ones(2)).snapshot.vertices[-1].value.scalar() == 2.0


def test_the_gradients_own_graph_is_drawn_beside() -> None:
    x, y = Tensor(3.0, True, "x"), Tensor(2.0, True, "y")
    f = x * x * y
    f.backward(create_graph=True)
    found = draw(f, gradients=True)
    outputs = {v.name: v.value.scalar() for v in found.snapshot.vertices if v.is_output and v.name}
    assert outputs == {"∂/∂x": 12.0, "∂/∂y": 9.0}
    assert {v.is_backward for v in found.snapshot.vertices if v.kind == "operation"} == {True, False}
    assert 'BGCOLOR="#fbe9ea"' in found.dot
    assert not any(v.is_backward for v in draw(f).snapshot.vertices)


def test_gradients_without_a_graph_are_refused() -> None:
    x = Tensor(3.0, True, "x")
    f = x * x
    f.backward()
    with pytest.raises(ValueError, match=r"gradients=True draws the graph of the gradients, and there is none; call"):
        draw(f, gradients=True)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"theme": "blue"}, "theme='blue' is not known; it is one of 'auto', 'light', 'dark'"),
        ({"direction": "up"}, "direction='up' is not known; it is one of 'right', 'down'"),
        ({"prefix": "a b"}, "prefix='a b' cannot begin an id; it has letters and digits, and a letter first"),
    ],
)
def test_strange_options_are_refused(option: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        draw(*lecture(), **option)


def test_two_figures_with_prefixes_share_no_id() -> None:
    ids = [set(re.findall(r'\[id="(\w+)"', draw(*lecture(), prefix=prefix).dot)) for prefix in ("a", "b")]
    assert len(ids[0]) == len(ids[1]) == 5
    assert not ids[0] & ids[1]


def test_a_comparison_is_a_picture_too(tmp_path: Path) -> None:
    if not can_render():
        pytest.skip("no Graphviz here")
    found = draw.diff(*lecture(), -Tensor(1.0, True, "x"))
    assert b"<svg" in found.save(tmp_path / "x.svg").read_bytes()
    assert found.save(tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert "svg" in found._repr_mimebundle_()["image/svg+xml"]
    assert ("q", "structure", "here", "–") in [(d.vertex, d.what, d.a, d.b) for d in found.differences]


def test_graphs_too_large_to_be_compared_in_a_picture_have_their_table(tmp_path: Path) -> None:
    h = Tensor(1.0, True, "h")
    for _ in range(800):
        h = -h
    found = draw.diff(h, h)
    words = "these graphs have 1,602 nodes together, and Graphviz lays out 1,500; the table has no limit: .text(), or"
    with pytest.raises(ValueError, match=re.escape(words)):
        found.save(tmp_path / "x.svg")
    assert found._repr_mimebundle_() == {"text/plain": "<Comparison: 0 differences>\nno difference"}


def test_arguments_that_are_no_numbers_stay_as_they_are() -> None:
    found = draw(lambda x, how, *more: x * how["by"] + more[0] * more[1].detach(), 2.0, {"by": 3.0}, 4.0, Tensor(5.0))
    assert [v.name for v in found.snapshot.vertices if v.kind == "parameter"] == ["x", "more[0]"]


def test_a_film_is_a_page(tmp_path: Path) -> None:
    film = draw.filmstrip(every=2)
    train(film, 3)
    assert film.save(tmp_path / "film.html").read_text("utf-8") == film.player().html
    assert film._repr_html_().startswith("<iframe")
