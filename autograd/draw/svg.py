"""A plan as SVG, without Graphviz: the same words and colours, straight wires."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

from .layout import HEIGHTS, Geometry
from .plan import Box, Plan
from .themes import LIGHT, THEMES
from .words import HATCH, Card, Line, Style, caption, frame_title

FONT = "Helvetica,Arial,sans-serif"
_SIZES = {"small": 10, "sign": 20}


def write_svg(plan: Plan, cards: list[Card], geometry: Geometry, style: Style) -> str:
    """Return the picture of a plan whose boxes stand where the geometry says."""
    theme = THEMES.get(style.theme, LIGHT)
    sentences = caption(plan, style)
    height = geometry.height + 18 * len(sentences)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{geometry.width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {geometry.width:.0f} {height:.0f}" font-family="{FONT}" font-size="13">',
        f'<defs><marker id="{style.prefix}tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0,0L8,4L0,8z" fill="{theme["wire"]}"/></marker>'
        f'<pattern id="{style.prefix}zero" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path d="M0,0V6" stroke="{theme["quiet"]}" stroke-width="2"/></pattern></defs>',
        f'<rect width="100%" height="100%" fill="{theme["paper"]}"/>',
        *_frames(plan, geometry, theme),
        *_wires(plan, geometry, theme, style.prefix),
        *(_box(box, card, geometry, theme, style.prefix) for box, card in zip(plan.boxes, cards, strict=True)),
        *(
            f'<text x="12" y="{geometry.height + 18 * i + 6:.0f}" fill="{theme["quiet"]}">{_safe(line)}</text>'
            for i, line in enumerate(sentences)
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _frames(plan: Plan, geometry: Geometry, theme: Mapping[str, str]) -> Iterator[str]:
    for frame, edges in zip(plan.frames, geometry.frames, strict=True):
        if edges is not None:
            left, top, right, bottom = edges
            yield (
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" rx="8" '
                f'fill="none" stroke="{theme["frame"]}"/><text x="{left + 8:.1f}" y="{top + 14:.1f}" font-size="12" '
                f'fill="{theme["quiet"]}">{_safe(frame_title(frame))}</text>'
            )


def _wires(plan: Plan, geometry: Geometry, theme: Mapping[str, str], prefix: str) -> Iterator[str]:
    for wire, curve in zip(plan.wires, geometry.curves, strict=True):
        reason = wire.edges[0].cut
        look = 'stroke-dasharray="5,4"' if reason is not None else f'marker-end="url(#{prefix}tip)"'
        yield f'<path d="{path(curve)}" fill="none" stroke="{theme["wire"]}" {look}/>'
        if reason is not None:
            x, y = (sum(point[i] for point in curve) / len(curve) for i in (0, 1))
            yield (
                f'<text x="{x:.1f}" y="{y - 4:.1f}" font-size="10" text-anchor="middle" '
                f'fill="{theme["quiet"]}">✂ {_safe(reason)}</text>'
            )


def path(curve: list[tuple[float, float]]) -> str:
    """Return a curve as the d of a path: a straight line of two points, or Bézier curves."""
    points = [f"{x:.1f},{y:.1f}" for x, y in curve]
    return f"M{points[0]}L{points[1]}" if len(points) == 2 else f"M{points[0]}C{' '.join(points[1:])}"


def inner_height(card: Card) -> float:
    """Return the height of the box itself, without what stands above and below it."""
    return 12.0 + sum(HEIGHTS.get(line.look, 16) for line in card.lines)


def _box(box: Box, card: Card, geometry: Geometry, theme: Mapping[str, str], prefix: str) -> str:
    (x, y), (width, height) = geometry.centers[box.number], geometry.sizes[box.number]
    inner = inner_height(card)
    above = 17 * (card.value.count("\n") + 1)
    top = y - height / 2 + above
    is_bad = any(line.look == "bad" for line in card.lines)
    is_output = box.vertex is not None and box.vertex.is_output
    stroke = theme["gradient"] if is_bad else theme[f"{card.look} frame"]
    fill = theme[card.look] if card.health is None else theme[card.health.color]
    thick = 3.5 if is_bad else 2.5 if is_output else 1.2
    dots = ' stroke-dasharray="2,3"' if card.look in ("constant", "unknown") else ""
    corner = 0 if card.look == "parameter" else 9
    shape = f'x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{inner:.1f}" rx="{corner}"'
    parts = [
        f'<g id="{prefix}n{box.number}"><title>{_safe(card.tooltip)}</title>',
        f'<rect {shape} fill="{fill}" stroke="{stroke}" stroke-width="{thick}"{dots}/>',
    ]
    lines = [line for line in card.lines if not line.text.startswith(HATCH)]
    if len(lines) < len(card.lines):
        parts.append(f'<rect {shape} fill="url(#{prefix}zero)" opacity="0.35"/>')
    parts += _above_and_below(card, x, y - height / 2, top + inner, theme)
    at = top + 6.0
    for line in card.lines:
        tall = HEIGHTS.get(line.look, 16)
        parts.append(_line(line, x, at + tall * 0.78, theme))
        at += tall
    return "".join([*parts, "</g>"])


def _above_and_below(card: Card, x: float, top: float, bottom: float, theme: Mapping[str, str]) -> Iterator[str]:
    for text, y, color in (
        (card.value, top, "value"),
        (card.gradient, bottom, "gradient"),
        (card.reason, bottom, "quiet"),
    ):
        for i, line in enumerate(text.split("\n") if text else ()):
            at = f'x="{x:.1f}" y="{y + 13 + 17 * i:.1f}" text-anchor="middle"'
            yield f'<text {at} fill="{theme[color]}">{_safe(line.strip())}</text>'


def _line(line: Line, x: float, y: float, theme: Mapping[str, str]) -> str:
    color = {"small": "quiet", "value": "value", "bad": "gradient"}.get(line.look, "ink")
    weight = ' font-weight="bold"' if line.look in ("bold", "bad") else ""
    slant = ' font-style="italic"' if line.look == "italic" else ""
    size = f' font-size="{_SIZES[line.look]}"' if line.look in _SIZES else ""
    look = f'text-anchor="middle" fill="{theme[color]}"{weight}{slant}{size}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{_safe(line.text)}</text>'


def _safe(text: str) -> str:
    """Return text as XML has it; what XML cannot hold is left out."""
    return html.escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text))
