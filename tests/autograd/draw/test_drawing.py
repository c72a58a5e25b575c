"""What autograd.draw returns, and what Jupyter shows."""

import re
from pathlib import Path

import pytest

from autograd import Tensor
from autograd.draw import Drawing, draw, drawing


@pytest.fixture
def square() -> Drawing:
    x = Tensor(3.0, True, "x")
    return draw(x * x)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was given to Graphviz, which is not called."""
    calls: list[tuple[str, str]] = []

    def render(dot: str, format: str) -> bytes:
        calls.append((dot, format))
        return format.encode()

    monkeypatch.setattr(drawing, "render", render)
    return calls


def chain(length: int) -> Tensor:
    y = Tensor(1.0, True)
    for _ in range(length):
        y = -y
    return y


def test_a_drawing_says_how_large_it_is(square: Drawing) -> None:
    assert repr(square) == "<Drawing: 2 nodes, 2 edges>"
    assert repr(draw(Tensor(1.0))) == "<Drawing: 1 node, 0 edges>"


def test_dot_text_is_saved_without_graphviz(square: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(drawing, "render")
    path = square.save(tmp_path / "x.dot")
    assert path == tmp_path / "x.dot"
    assert path.read_text("utf-8") == square.dot


@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
def test_the_suffix_says_the_format(
    format: str, square: Drawing, tmp_path: Path, rendered: list[tuple[str, str]]
) -> None:
    assert square.save(str(tmp_path / f"x.{format.upper()}")).read_bytes() == format.encode()
    assert rendered[0][1] == format


def test_a_png_is_sharp(square: Drawing, tmp_path: Path, rendered: list[tuple[str, str]]) -> None:
    square.save(tmp_path / "x.png")
    square.save(tmp_path / "x.svg")
    assert ["dpi=192" in dot for dot, _ in rendered] == [True, False]


@pytest.mark.parametrize("name", ["x.gif", "x"])
def test_another_suffix_is_refused(name: str, square: Drawing, tmp_path: Path) -> None:
    words = f"a drawing cannot be saved as '{name}': the suffix says the format, and is one of .dot, .svg, .png, .pdf"
    with pytest.raises(ValueError, match=re.escape(words)):
        square.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_drawing_stays_as_it_was(square: Drawing) -> None:
    x = Tensor(3.0, True)
    y = x * x
    before = draw(y)
    y.backward()
    assert "∂" not in before.dot
    assert "∂ 6" in draw(y).dot


def test_jupyter_shows_it_by_itself(square: Drawing, rendered: list[tuple[str, str]]) -> None:
    assert square._repr_mimebundle_() == {"image/svg+xml": "svg", "text/plain": repr(square)}
    assert square._repr_svg_() == "svg"


@pytest.mark.parametrize("problem", [ImportError, RuntimeError, ValueError])
def test_where_there_is_no_picture_jupyter_shows_why(
    problem: type[Exception], square: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(dot: str, format: str) -> bytes:
        raise problem("no Graphviz here")

    monkeypatch.setattr(drawing, "render", render)
    assert square._repr_mimebundle_() == {"text/plain": "<Drawing: 2 nodes, 2 edges>\nno Graphviz here"}
    assert square._repr_svg_() is None


def test_a_graph_of_too_many_nodes_is_refused_and_its_text_is_not(
    tmp_path: Path, rendered: list[tuple[str, str]]
) -> None:
    large = draw(chain(1500))
    words = (
        "this graph has 1,501 nodes, and a picture at most 1,500; draw a smaller one (one example, one layer, fewer "
        'steps); the DOT text has no limit: drawing.dot, or drawing.save("x.dot")'
    )
    with pytest.raises(ValueError, match=re.escape(words)):
        large.save(tmp_path / "x.svg")
    assert large.save(tmp_path / "x.dot").read_text("utf-8").count("->") == 1500
    assert draw(chain(1499)).save(tmp_path / "x.svg").exists()


def test_edges_too_long_to_lay_out_are_refused(tmp_path: Path, rendered: list[tuple[str, str]]) -> None:
    w = Tensor(1.0, True)
    h = w
    for _ in range(200):
        h = h * w  # 200 edges from w, and the longest crosses 200 ranks
    words = (
        "the 400 edges of this graph are so long (a leaf is used again and again, far away) that Graphviz would take "
        "minutes to lay them out; for a loop, draw its first steps: autograd.draw(result) after ten of them, or run it "
        "for ten; or its last: begin them with w = Tensor(w.data, requires_grad=True); the DOT text has no limit: "
        'drawing.dot, or drawing.save("x.dot"), and who has the minutes runs dot -Tsvg x.dot -o x.svg'
    )
    with pytest.raises(ValueError, match=re.escape(words)):
        draw(h).save(tmp_path / "x.svg")
    assert not rendered


def test_a_leaf_near_its_only_use_makes_no_long_edge(tmp_path: Path, rendered: list[tuple[str, str]]) -> None:
    h = Tensor(1.0, True)
    for _ in range(400):
        h = h * Tensor(1.0, True)
    assert draw(h).save(tmp_path / "x.svg").exists()
