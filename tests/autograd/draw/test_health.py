"""Health: how large the gradients are, zeros, and what is no number."""

import re

import numpy as np
import pytest

import nn
from autograd import Tensor, draw, trace
from autograd.draw.themes import DARK, LIGHT, health_of

from .graphs import exploding, network, not_a_number, vanishing


@pytest.mark.parametrize(
    ("rms", "color", "arrows"),
    [
        (0.0, "health 0", "▼▼▼"),
        (9.9e-9, "health 0", "▼▼▼"),
        (1.1e-8, "health 1", "▼▼"),
        (9.9e-7, "health 1", "▼▼"),
        (1.1e-6, "health 2", "▼"),
        (9.9e-5, "health 2", "▼"),
        (1.1e-4, "health 3", ""),
        (0.99, "health 3", ""),
        (1.0, "health 4", "▲"),
        (99.0, "health 4", "▲"),
        (101.0, "health 5", "▲▲"),
        (9.9e3, "health 5", "▲▲"),
        (1e4, "health 6", "▲▲▲"),
    ],
)
def test_the_scale_is_fixed(rms: float, color: str, arrows: str) -> None:
    assert health_of(rms)[:2] == (color, arrows)


def test_a_vanishing_gradient_is_seen_at_a_glance() -> None:
    dot = draw(*vanishing(), depth=1, health=True, fold=False).dot
    levels = [
        [LIGHT[f"health {i}"] for i in range(7)].index(color)
        for color in re.findall(r'STYLE="ROUNDED" BORDER="2"[^>]*BGCOLOR="(#\w+)"', dot)
    ]
    assert levels == sorted(levels)  # from the input to the loss
    assert levels[0] == 0
    assert levels[-1] == 3
    assert "▼▼▼ &lt; 1e−8" in dot  # the legend


def test_without_health_the_colours_say_what_a_box_is() -> None:
    assert not {LIGHT[f"health {i}"] for i in range(7)} & set(re.findall("#[0-9a-f]{6}", draw(*network()).dot))


def test_gradients_that_are_exactly_zero_are_hatched() -> None:
    x = Tensor([1.0, 2.0], True, "x")
    (x * 0.0).sum().backward()
    assert "╱╱╱╱╱╱ ∂ 0" in draw(x).dot
    x.grad = Tensor([0.0, 1e-30])
    assert "╱╱╱╱╱╱" not in draw(x).dot


def test_the_first_bad_number_is_named_with_its_line() -> None:
    dot = draw(*not_a_number()).dot
    assert re.search(r"⚠ the first NaN is in the value of log \(node 1, line \d+ of graphs.py in not_a_number\)", dot)
    assert dot.count("⚠ NaN") == 3


def test_a_bad_gradient_of_good_values_is_found_in_the_order_of_the_sweep() -> None:
    x = Tensor(0.0, True, "x")
    with np.errstate(all="ignore"), trace():
        y = np.sqrt(x) * 2.0
    with np.errstate(all="ignore"):
        y.backward()
    assert "⚠ the first ∞ is in the gradient of x (node 0)" in draw(y).text()


def test_what_is_kept_for_backward_is_told_in_bytes() -> None:
    x = Tensor(np.ones((100, 10)), True, "x")
    text = draw(np.tanh(x * x), saved=True).text()
    assert "keeps y 8 kB, x 8 kB" in text
    assert text.endswith("16 kB are kept for the backward sweep; what is shared counts once")


def test_light_and_dark_have_the_same_names_and_no_colour_twice() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)  # an SVG turns dark by exchanging colours


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_can_be_read_on_every_ground(theme: dict[str, str]) -> None:
    grounds = (
        "operation",
        "parameter",
        "constant",
        "module",
        "backward",
        "different",
        *(f"health {i}" for i in range(7)),
    )
    assert min(contrast(theme["ink"], theme[ground]) for ground in grounds) > 7
    assert min(contrast(theme[text], theme["paper"]) for text in ("value", "gradient", "quiet")) > 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as the Web Content Accessibility Guidelines define it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def module_of(gradient: float) -> str:
    """The DOT text of a collapsed module whose parameter has this gradient."""
    layer = nn.Linear(2, 2, rng=0)
    x = Tensor(np.full((1, 2), gradient), dtype="float32")
    with np.errstate(all="ignore"):
        loss = layer(x).sum()
        loss.backward()
    layer.bias.grad = layer.bias.grad * 0.0
    return draw(loss, depth=0, health=True).dot


def test_a_collapsed_module_tells_zeros_and_numbers_that_are_none() -> None:
    assert "⚠ NaN or ∞ in the gradient" in module_of(np.nan)
    assert "╱╱╱╱╱╱ all 0" in module_of(0.0)
    assert "▲▲" in module_of(1e3)
    assert "╱╱╱╱╱╱ all" not in module_of(1e3)


def test_of_several_calls_the_worst_gradient_colours_the_box() -> None:
    dot = draw(*exploding(), depth=0, fold=True, health=True).dot
    assert "∂ rms 1 … 1e9 ▲▲▲" in dot
