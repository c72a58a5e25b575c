"""The player: one page, without network or server, on which one steps through the graph forward and backward.

All words and numbers are written here, into JSON; the page's script (``page/*.js``) places and shows them.
"""

from __future__ import annotations

import html
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from .data import Numbers, plain
from .layout import place
from .plan import Box, Plan, Wire
from .steps import steps_of, to_list
from .svg import inner_height, path
from .themes import DARK, LIGHT
from .words import Style, caption, card, frame_title, local_words, names_in, product_words, source_words, summary_lines

_PAGE = files(__package__) / "page"  # the library may lie in a zip file
SCRIPTS = ("graph.js", "view.js", "paths.js", "panel.js", "steps.js")


@dataclass(frozen=True)
class Player:
    """A page that plays a graph. Jupyter shows it by itself.

    Attributes
    ----------
    html : str
        The page: one file, which loads nothing.
    """

    html: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page into a file, and return its path."""
        file = Path(path)
        file.write_text(self.html, encoding="utf-8")
        return file

    def __repr__(self) -> str:
        return f"<Player: {len(self.html.encode()):,} bytes>"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, for Jupyter."""
        inside = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{inside}" style="width:100%;height:600px;border:1px solid #ccc"></iframe>'


def player(plan: Plan, style: Style, film: dict[str, Any] | None = None) -> Player:
    """Return the page that plays a plan; with a film, over the recorded training steps too."""
    return Player(_page(data_of(plan, style, film), style.theme))


def data_of(plan: Plan, style: Style, film: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return all that the page shows, as JSON has it."""
    cards = [card(plan, box, style) for box in plan.boxes]
    geometry = place(plan, cards, style.direction)
    boxes = []
    for box, words in zip(plan.boxes, cards, strict=True):
        (x, y), (width, height) = geometry.centers[box.number], geometry.sizes[box.number]
        boxes.append(
            {
                **_facts(plan, box),
                "x": round(x - width / 2, 1),
                "y": round(y - height / 2, 1),
                "w": round(width, 1),
                "h": round(height, 1),
                "ih": inner_height(words),
                "look": words.look,
                "health": words.health.color if words.health is not None else "",
                "value": words.value,
                "gradient": words.gradient,
                "lines": [[line.text, line.look] for line in words.lines],
                "tip": words.tooltip,
            }
        )
    frames = [
        {
            "title": frame_title(frame),
            "inside": summary_lines(frame.summary),
            "parent": frame.parent,
            "at": at and [round(one, 1) for one in at],
        }
        for frame, at in zip(plan.frames, geometry.frames, strict=True)
    ]
    incoming, taken = plan.incoming(), names_in(plan.snapshot)
    wires = [
        _wire(plan, wire, {e.operand: e.tail for other in incoming[wire.head] for e in other.edges}, taken)
        | {"d": path(curve), "at": [round(sum(p[i] for p in curve) / len(curve), 1) for i in (0, 1)]}
        for wire, curve in zip(plan.wires, geometry.curves, strict=True)
    ]
    return {
        "width": round(geometry.width),
        "height": round(geometry.height),
        "boxes": boxes,
        "wires": wires,
        "frames": frames,
        "steps": to_list(steps_of(plan)),
        "notes": list(caption(plan, style)),
        "film": film,
    }


def _facts(plan: Plan, box: Box) -> dict[str, Any]:
    """Return what is told of a box when it is clicked, and the numbers that the quiz and the paths need."""
    place_of = {frame.scope.number: i for i, frame in enumerate(plan.frames)}
    facts: dict[str, Any] = {"frame": place_of.get(box.scope) if box.scope is not None else None}
    vertex = box.vertex
    if vertex is None:
        return {**facts, "kind": "module", "v": -1 - box.number}
    return {
        **facts,
        "kind": vertex.kind,
        "v": vertex.number,
        "name": vertex.name or "",
        "operation": vertex.operation or "",
        "out": vertex.is_output,
        "source": source_words(vertex.source) if vertex.source is not None else "",
        "module": _modules(plan, vertex.scope),
        "g": _scalar(vertex.gradient),
        "stats": _statistics(vertex.gradient),
    }


def _modules(plan: Plan, scope: int | None) -> str:
    """Return the calls around a vertex, from the outermost to its own."""
    names: list[str] = []
    while scope is not None:
        call = plan.snapshot.scopes[scope]
        names.append(call.kind if call.name in ("", call.kind) else f"{call.name}: {call.kind}")
        scope = call.parent
    return " › ".join(reversed(names))


def _wire(plan: Plan, wire: Wire, operands: dict[str, int], taken: frozenset[str]) -> dict[str, Any]:
    edge = wire.edges[0]
    single = len(wire.edges) == 1
    return {
        "t": wire.tail,
        "h": wire.head,
        "cut": edge.cut or "",
        "local": plain(edge.local) if single else None,
        "words": local_words(plan.snapshot, edge, operands, taken) if single and edge.cut is None else "",
        "rule": edge.rule or "",
        "product": product_words(plan.snapshot, edge) if single else "",
    }


def _scalar(known: Numbers | None) -> Any:
    return plain(known.scalar()) if known is not None else None


def _statistics(known: Numbers | None) -> Any:
    """Return the root mean square of a gradient that is more than one number."""
    return plain(known.rms) if known is not None and known.shape else None


# --------------------------------------------------------------------------------------------------------- the page


@cache
def _parts() -> tuple[str, str, str]:
    script = "\n".join((_PAGE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return (_PAGE / "page.html").read_text(encoding="utf-8"), (_PAGE / "page.css").read_text(encoding="utf-8"), script


def _page(data: dict[str, Any], theme: str) -> str:
    """Return the page. In JSON, ``<`` is written as an escape: no text of a graph can end the script around it."""
    frame, style, script = _parts()
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    filled = {"THEME": theme, "COLORS": _colors(), "STYLE": style, "SCRIPT": script, "DATA": _without_surrogates(text)}
    for name, value in filled.items():
        before, mark, after = frame.partition(f"{{{{{name}}}}}")
        frame = before + value + after if mark else frame
    return frame


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _colors() -> str:
    """Return the two themes as variables of the style sheet."""
    light, dark = ("".join(f"--{name.replace(' ', '-')}:{c};" for name, c in t.items()) for t in (LIGHT, DARK))
    return (
        f":root{{{light}}}:root[data-theme=dark]{{{dark}color-scheme:dark}}"
        f"@media (prefers-color-scheme:dark){{:root[data-theme=auto]{{{dark}color-scheme:dark}}}}"
    )
