"""What autograd.draw returns, and what Jupyter shows."""

import re
from pathlib import Path

import pytest

from autograd import Tensor
from autograd.draw import Drawing, draw, drawing
from autograd.draw.render import TooSlow


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
    monkeypatch.setattr(drawing, "can_render", lambda: True)
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
    words = (
        f"a drawing cannot be saved as '{name}': the suffix says the format, and is one of .dot, .svg, .png, .pdf, "
        ".html, .txt"
    )
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


@pytest.mark.parametrize("has_graphviz", [False, True])
def test_where_graphviz_is_not_there_or_fails_the_picture_has_our_own_layout(
    has_graphviz: bool, square: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(dot: str, format: str) -> bytes:
        raise RuntimeError("no fonts here")

    monkeypatch.setattr(drawing, "render", render)
    monkeypatch.setattr(drawing, "can_render", lambda: has_graphviz)
    svg = square._repr_mimebundle_()["image/svg+xml"]
    assert re.findall("<text[^>]*>([^<]*)", svg) == ["3", "x", "9", "output", "×"]


def test_a_graph_of_too_many_nodes_is_refused_and_its_text_is_not(tmp_path: Path) -> None:
    large = draw(chain(5000))
    words = (
        "this drawing has 5,001 boxes, and nobody can read more than 5,000; collapse its modules (depth=1), show a "
        'part (focus="name", radius=3), or draw one step of a loop; the DOT text has no limit: .save("x.dot")'
    )
    for name in ("x.svg", "x.png", "x.html"):
        with pytest.raises(ValueError, match=re.escape(words)):
            large.save(tmp_path / name)
    assert large._repr_mimebundle_() == {"text/plain": f"<Drawing: 5,001 nodes, 5,000 edges>\n{words}"}
    assert large._repr_svg_() is None
    assert large.save(tmp_path / "x.dot").read_text("utf-8").count("->") == 5000


def test_more_boxes_than_graphviz_takes_have_our_own_layout(tmp_path: Path, rendered: list[tuple[str, str]]) -> None:
    large = draw(chain(1500))
    assert large.save(tmp_path / "x.svg").read_text("utf-8").count("marker-end") == 1500
    assert not rendered
    words = (
        "a png is drawn by Graphviz, of at most 1,500 boxes, not 1,501; save it as .svg, which then has a layout of "
        'our own, or draw less of it: depth=1, focus="name"'
    )
    with pytest.raises(ValueError, match=re.escape(words)):
        large.save(tmp_path / "x.png")


def test_graphviz_gets_its_time_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, square: Drawing) -> None:
    def render(dot: str, format: str) -> bytes:
        raise TooSlow("Graphviz was stopped after 10 seconds")

    monkeypatch.setattr(drawing, "render", render)
    assert "<svg" in square.save(tmp_path / "x.svg").read_text("utf-8")
    with pytest.raises(RuntimeError, match=r"Graphviz was stopped after 10 seconds; save it as \.svg, which then"):
        square.save(tmp_path / "x.png")


def test_the_tree_and_the_picture_are_files_too(square: Drawing, tmp_path: Path) -> None:
    assert square.save(tmp_path / "x.txt").read_text("utf-8") == square.text() + "\n"


def test_an_svg_turns_dark_and_is_never_cropped(square: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "can_render", lambda: False)
    svg = square._repr_svg_()
    assert '<svg style="max-width:100%;height:auto"' in svg
    assert '@media (prefers-color-scheme:dark){[fill="#ffffff"]{fill:#14171b}' in svg
    x = Tensor(3.0, True, "x")
    assert "@media" not in draw(x * x, theme="light")._repr_svg_()
    assert '"#14171b"' in draw(x * x, theme="dark")._repr_svg_()
