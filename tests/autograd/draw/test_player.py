"""The page that plays a graph, in a headless Chromium: what it shows is what the engine computed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, draw, trace
from autograd.draw.player import SCRIPTS, _parts
from autograd.draw.text import number

from .browser import Browser, program
from .graphs import lecture, network, unrolled

BOXES = """[...document.querySelectorAll('.box')].map(box => [
  box.querySelector('text.bold, text.sign, text.plain, text.italic')?.textContent,
  [...box.querySelectorAll('.values text')].map(t => t.textContent).join(' '),
  [...box.querySelectorAll('.gradients text')].map(t => t.textContent).join(' ')])"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if program() is None:
        pytest.skip("no Chromium here: the page of the player is not driven (Debian: apt-get install chromium)")
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """A function that opens a page; in the end nothing has gone wrong on it, and no request has left it."""

    def open_page(page: Any, fragment: str = "") -> Browser:
        browser.open(f"{page.save(tmp_path / 'page.html').as_uri()}{fragment}")
        return browser

    browser.troubles.clear()
    yield open_page
    assert browser.troubles == []


def shown(browser: Browser) -> dict[str, tuple[str, str]]:
    """What stands above and below each box."""
    return {name: (value, gradient) for name, value, gradient in browser.run(BOXES)}


def click(browser: Browser, name: str) -> None:
    browser.run(
        "[...document.querySelectorAll('.box')]"
        f".find(box => [...box.querySelectorAll('text')].some(text => text.textContent === {name!r}))"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )


def told(browser: Browser) -> str:
    return browser.run("document.getElementById('told').textContent")


# -------------------------------------------------------------------------------------------------------- without one


def test_the_page_is_one_file_that_loads_nothing() -> None:
    page = draw(*lecture()).player().html
    assert not re.findall(r"(?:src|href)\s*=|@import|url\((?!#)|https?://(?!www\.w3\.org/2000/svg)", page)
    assert "default-src 'none'" in page


def test_script_and_style_are_smaller_than_100_kilobytes() -> None:
    assert sum(len(part.encode()) for part in _parts()) < 100_000
    assert {path.name for path in (Path(draw.player.__file__).parent / "page").glob("*.js")} == set(SCRIPTS)


@pytest.mark.parametrize(
    "name", ["</script><b>", "]]>", "<!--", "\u2028", "\ud800", "{{SCRIPT}}", "x" * 20_000, "שלום"]
)
def test_any_name_stays_inside_of_the_data(name: str) -> None:
    x = Tensor(3.0, True, name)
    page = draw(x * x).player().html
    assert page.count("</script>") == 2
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(text)["boxes"][0]["name"] == name.encode("utf-8", "replace").decode()


def test_jupyter_shows_it_in_a_frame() -> None:
    shown_there = draw(*lecture()).player()._repr_html_()
    assert shown_there.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert shown_there.count("<") == 2


# ---------------------------------------------------------------------------------------------------- in the browser


def test_the_lecture_goes_forward_and_back_number_by_number(opened: Any) -> None:
    (f,) = lecture()
    browser = opened(draw(f).player())
    given = {"x": ("−2", ""), "y": ("5", ""), "z": ("−4", ""), "q": ("", ""), "f": ("", "")}
    expected = [given]
    for change in (
        {"q": ("3", "")},
        {"f": ("−12", "")},
        {"f": ("−12", "∂ 1")},
        {"q": ("3", "∂ −4")},
        {"z": ("−4", "∂ 3")},
        {"x": ("−2", "∂ −4")},
        {"y": ("5", "∂ −4")},
        {},
    ):
        expected.append({**expected[-1], **change})
    for k, wanted in enumerate(expected):
        assert shown(browser) == wanted, k
        assert browser.run("location.hash") == f"#step={k}"
        browser.press("ArrowRight")
    for wanted in reversed(expected[:-1]):
        browser.press("ArrowLeft")
        assert shown(browser) == wanted


def two_layers() -> tuple[dict[str, Tensor], Tensor]:
    """A net of plain numbers, two layers of two units, with names for all that is in it."""
    rng = np.random.default_rng(0)
    leaves = {
        name: Tensor(float(rng.normal()), True, name) for name in ("x1", "x2", "a1", "a2", "b1", "b2", "c1", "c2")
    }
    x1, x2, a1, a2, b1, b2, c1, c2 = leaves.values()
    with trace():
        h1 = np.tanh(a1 * x1 + a2 * x2)
        h2 = np.tanh(b1 * x1 + b2 * x2)
        y = c1 * h1 + c2 * h2
        loss = (y - 1.0) ** 2
    for tensor in (h1, h2, y):
        tensor.retain_grad()
    loss.backward()
    return {**leaves, "h1": h1, "h2": h2, "y": y}, loss


def test_a_net_of_two_layers_shows_at_each_step_what_the_engine_has(opened: Any) -> None:
    known, loss = two_layers()
    page = draw(loss)
    browser = opened(page.player())
    wanted = {name: (number(t.item()), f"∂ {number(t.grad.item())}") for name, t in known.items()}
    last = int(browser.run("document.getElementById('slider').max"))
    history = []
    for k in range(last + 1):
        now = shown(browser)
        history.append(browser.run(BOXES))
        for name, (value, gradient) in wanted.items():
            assert now[name][0] in ("", value), (k, name)
            if name not in ("x1", "x2"):  # they have two contributions, and the first is not yet the gradient
                assert now[name][1] in ("", gradient), (k, name)
        browser.press("ArrowRight")
    assert {name: now[name] for name in wanted} == wanted
    assert sum(a != b for a, b in pairwise(history)) == last - 1  # each step shows something new, but the end does not
    for k in range(last - 1, -1, -1):
        browser.press("ArrowLeft")
        assert browser.run(BOXES) == history[k]


def test_at_a_fan_out_the_page_adds_up(opened: Any) -> None:
    x = Tensor(3.0, True, "x")
    y = x * 0.1 + x * 0.4
    y.backward()
    browser = opened(draw(y).player(), "#step=8")
    assert told(browser).endswith("0.4 + 0.1 → 0.5")
    assert shown(browser)["x"] == ("3", "∂ 0.5")


def test_the_address_holds_the_step_and_the_slider_moves_it(opened: Any) -> None:
    browser = opened(draw(*lecture()).player(), "#step=4")
    assert "upstream × local = 1 × (−4) = −4" in told(browser)
    browser.run("slider.value = 1; slider.dispatchEvent(new Event('input'))")
    assert told(browser) == "forwardq = x + y = −2 + 5 = 3"
    browser.run("location.hash = '#step=5'")
    assert (
        browser.run("new Promise(done => setTimeout(() => done(document.getElementById('count').textContent), 50))")
        == "5 / 8"
    )
    browser.press("Home")
    browser.press("End")
    assert told(browser) == "The sweep is complete: every leaf has its gradient."


def test_space_plays_and_pauses(opened: Any) -> None:
    browser = opened(draw(*lecture()).player())
    browser.run("document.activeElement.blur()")
    browser.press(" ")
    assert browser.run("play.textContent") == "⏸ pause"
    browser.press(" ")
    assert browser.run("play.textContent") == "▶ play"


def test_a_click_tells_all_paths_with_their_products(opened: Any) -> None:
    known, loss = two_layers()
    browser = opened(draw(loss).player())
    browser.press("End")
    click(browser, "x1")
    panel = browser.run("panel.innerText")
    assert "2 paths to the result:" in panel
    assert f"The products add up to {number(known['x1'].grad.item())}." in panel
    assert "two_layers" not in panel  # a leaf has no line
    click(browser, "h1")
    assert re.search(r"line \d+ of test_player.py in two_layers", browser.run("panel.innerText"))
    browser.press("Escape")
    assert browser.run("panel.innerText") == ""


def test_paths_are_capped_and_the_count_is_not(opened: Any) -> None:
    y = Tensor(1.0, True, "x")
    for _ in range(70):
        y = y + y
    y.backward()
    browser = opened(draw(y, fold=False).player())
    browser.press("End")
    click(browser, "x")
    panel = browser.run("panel.innerText")
    assert f"{2**70} paths to the result, the first 40:" in panel
    assert browser.run("panel.querySelectorAll('li').length") == 40


def test_the_quiz_hides_gradients_and_judges_answers(opened: Any) -> None:
    browser = opened(draw(*lecture()).player())
    browser.run("quiz.click()")
    assert shown(browser) == {
        "x": ("−2", "∂ ?"),
        "y": ("5", "∂ ?"),
        "z": ("−4", "∂ ?"),
        "q": ("3", "∂ ?"),
        "f": ("−12", "∂ 1"),
    }
    click(browser, "z")
    browser.type("2")
    browser.press("Enter")
    assert browser.run("verdict.className + verdict.textContent").startswith("wrong✗ Not 2.")
    assert shown(browser)["z"] == ("−4", "∂ ?")
    browser.run("answer.value = ''; answer.focus()")
    browser.type("no number")
    browser.press("Enter")
    assert "Type a number" in browser.run("verdict.textContent")
    browser.run("answer.value = ''; answer.focus()")
    browser.type("3.0")
    browser.press("Enter")
    assert browser.run("verdict.textContent") == "✓ Right: 3. 1 of 2 answers."
    assert shown(browser)["z"] == ("−4", "∂ 3")
    assert shown(browser)["q"] == ("3", "∂ ?")
    click(browser, "q")
    browser.type("−4")  # with a true minus
    browser.press("Enter")
    assert shown(browser)["q"] == ("3", "∂ −4")
    assert "gradient hidden" in browser.run("document.querySelector('[data-box=\"0\"]').getAttribute('aria-label')")


def test_search_marks_what_is_found_and_goes_there(opened: Any) -> None:
    browser = opened(draw(*network()).player())
    browser.press("/")
    browser.type("tanh")
    assert browser.run("document.querySelectorAll('.box.found').length") == 2
    browser.press("Enter")
    assert "tanh" in browser.run("panel.innerText")


def test_modules_are_closed_and_opened(opened: Any) -> None:
    browser = opened(draw(*network()).player())
    seen = "[...document.querySelectorAll('.box')].filter(b => !b.classList.contains('away')).length"
    before = browser.run(seen)
    browser.run("document.querySelector('.frame text').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert browser.run("document.querySelector('.frame text').getAttribute('aria-expanded')") == "false"
    assert browser.run(seen) < before
    assert browser.run("[...document.querySelectorAll('.frame.closed .inside')].map(t => t.textContent)")[:2] == [
        "(2, 3) → (2, 3)",
        "24 parameters",
    ]
    browser.run("document.querySelector('.frame text').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert browser.run(seen) == before


def test_the_wheel_zooms_and_fit_takes_it_back(opened: Any) -> None:
    browser = opened(draw(*lecture()).player())
    before = browser.run("picture.getAttribute('viewBox')")
    browser.run("picture.dispatchEvent(new WheelEvent('wheel', {deltaY: -100, clientX: 300, clientY: 300}))")
    zoomed = browser.run("picture.getAttribute('viewBox')")
    assert float(zoomed.split()[2]) < float(before.split()[2])
    browser.run("fit.click()")
    assert browser.run("picture.getAttribute('viewBox')") == before


def test_a_large_graph_can_be_read_and_the_steps_lead_through_it(opened: Any) -> None:
    y = Tensor(1.0, True, "x")
    for _ in range(100):
        y = -y
    y.backward()
    browser = opened(draw(y, fold=False).player())
    left = "Number(picture.getAttribute('viewBox').split(' ')[0])"
    assert browser.run("picture.getBoundingClientRect().width / picture.getAttribute('viewBox').split(' ')[2]") > 0.59
    assert browser.run(left) == -10
    browser.press("End")
    browser.run("location.hash = '#step=100'")
    browser.run("new Promise(done => setTimeout(done, 50))")
    assert browser.run(left) > 1000


def test_the_page_can_be_dark(opened: Any) -> None:
    browser = opened(draw(*lecture(), theme="light").player())
    background = "getComputedStyle(document.body).backgroundColor"
    assert browser.run(background) == "rgb(255, 255, 255)"
    browser.run("theme.click()")
    assert browser.run(background) == "rgb(20, 23, 27)"


def test_a_screen_reader_is_told_what_changes(opened: Any) -> None:
    browser = opened(draw(*lecture()).player())
    browser.press("End")
    assert browser.run("told.getAttribute('aria-live')") == "polite"
    labels = browser.run("[...document.querySelectorAll('.box')].map(b => b.getAttribute('aria-label'))")
    assert "q, add, value 3, gradient −4" in labels
    assert browser.run(
        "[...document.querySelectorAll('button, input')].every(e => e.title || e.labels.length || e.ariaLabel)"
    )


def test_a_leaf_drawn_for_each_use_is_marked_as_one(opened: Any) -> None:
    browser = opened(draw(*unrolled(), fold=False).player())
    one = "[...document.querySelectorAll('.box')].find(b => b.textContent.includes('weight_hh'))"
    browser.run(f"{one}.dispatchEvent(new PointerEvent('pointerenter'))")
    assert browser.run("document.querySelectorAll('.box.same').length") == 5
    browser.run(f"{one}.dispatchEvent(new PointerEvent('pointerleave'))")
    assert browser.run("document.querySelectorAll('.box.same').length") == 0
    click(browser, "weight_hh")
    assert browser.run("document.querySelectorAll('.box.chosen').length") == 6


@pytest.mark.parametrize("name", ["</script><b>", "<img src=x onerror=alert(1)>", "x" * 20_000, "שלום", "\x00"])
def test_any_name_is_text_on_the_page(name: str, opened: Any) -> None:
    browser = opened(draw(Tensor(3.0, True, name) * 2.0).player())
    assert browser.run("document.querySelectorAll('img, b').length") == 0
    assert browser.run("document.querySelectorAll('.box').length") == 3


def test_the_film_shows_the_numbers_of_each_training_step(opened: Any) -> None:
    w = Tensor(1.0, True, "w")
    values = []
    with draw.filmstrip(every=2) as film:
        for _ in range(5):
            w.grad = None
            loss = (w - 3.0) ** 2
            loss.backward()
            film(loss)
            values.append((number(w.item()), f"∂ {number(w.grad.item())}"))
            w.data = w.data - 0.1 * w.grad.data
    browser = opened(film.player())
    for i, k in enumerate((0, 2, 4)):
        browser.run(f"film.value = {i}; film.dispatchEvent(new Event('input'))")
        assert shown(browser)["w"] == values[k]
        assert browser.run("filmcount.textContent").startswith(f"{k} ")
