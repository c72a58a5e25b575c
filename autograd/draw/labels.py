"""The HTML-like labels of DOT: three rows, value, box and gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .plan import Box, Wire
from .text import escaped, name
from .themes import SCALE
from .words import HATCH, Card, Line, Style, has_named_operands

STYLES = {
    "operation": "ROUNDED",
    "backward": "ROUNDED",
    "parameter": "SOLID",
    "constant": "DOTTED",
    "unknown": "DOTTED",
    "module": "ROUNDED",
}


def label(words: Card, box: Box, wires: Sequence[Wire], theme: Mapping[str, str]) -> str:
    """Return a table of three rows: value, box, gradient. Both or none are there, so that the box is in the middle."""
    inside = _box(words, box, wires, theme)
    below = _colored(_text(words.gradient), theme["gradient"]) if words.gradient else ""
    below = below or (_small(words.reason, theme) if words.reason else "")
    if not words.value and not below:
        return inside
    above = _text(words.value) if words.value else "&#160;"
    return (
        '<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">'
        f"<TR><TD>{_colored(above, theme['value'])}</TD></TR>"
        f"<TR><TD>{inside}</TD></TR>"
        f"<TR><TD>{below or '&#160;'}</TD></TR>"
        "</TABLE>"
    )


def text_rows(lines: Sequence[str], theme: Mapping[str, str]) -> Iterator[str]:
    """Yield sentences as rows of the table under the picture."""
    span = len(SCALE) + 2
    for line in lines:
        yield f'<TR><TD ALIGN="LEFT" COLSPAN="{span}"><FONT COLOR="{theme["quiet"]}">{escaped(line)}</FONT></TD></TR>'


def legend(style: Style, theme: Mapping[str, str]) -> Iterator[str]:
    """Yield the row that explains the colours of the gradients."""
    if style.health:
        ink = theme["ink"]
        cells = "".join(
            f'<TD BGCOLOR="{theme[one.color]}"><FONT COLOR="{ink}">{one.arrows} {escaped(one.word)}</FONT></TD>'
            for one in SCALE
        )
        first = f'<TD><FONT COLOR="{theme["quiet"]}">∂ rms</FONT></TD>'
        yield f'<TR>{first}{cells}<TD><FONT COLOR="{theme["quiet"]}">{HATCH} exactly 0</FONT></TD></TR>'


def _box(words: Card, box: Box, wires: Sequence[Wire], theme: Mapping[str, str]) -> str:
    title = _stacked([_line(line, theme) for line in words.lines])
    named = has_named_operands(box.vertex, len(wires))
    rows = _beside_doors(title, wires, theme) if named else f"<TR><TD>{title}</TD></TR>"
    is_output = box.vertex is not None and box.vertex.is_output
    width, padding = (3, 5) if is_output else (2, 5) if box.vertex is None else (1, 3)
    frame, fill = theme[f"{words.look} frame"], theme[words.look]
    if any(line.look == "bad" for line in words.lines):
        frame, width = theme["gradient"], 4
    if words.health is not None:
        fill = theme[words.health.color]
    return (
        f'<TABLE PORT="box" STYLE="{STYLES[words.look]}" BORDER="{width}" COLOR="{frame}" BGCOLOR="{fill}" '
        f'CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{rows}</TABLE>'
    )


def _line(line: Line, theme: Mapping[str, str]) -> str:
    text = escaped(line.text)
    if line.look == "bold":
        return f"<B>{text}</B>"
    if line.look == "italic":
        return f"<I>{text}</I>"
    if line.look == "sign":
        return f'<FONT POINT-SIZE="20">{text}</FONT>'
    if line.look == "value":
        return _colored(_text(line.text), theme["value"])
    if line.look == "bad":
        return f'<FONT COLOR="{theme["gradient"]}"><B>{text}</B></FONT>'
    return _small(line.text, theme) if line.look == "small" else text


def _stacked(lines: list[str]) -> str:
    """Return lines of different sizes one above the other; line breaks would let the small ones touch the large."""
    if len(lines) == 1:
        return lines[0]
    rows = "".join(f"<TR><TD>{line}</TD></TR>" for line in lines)
    return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'


def _beside_doors(title: str, wires: Sequence[Wire], theme: Mapping[str, str]) -> str:
    """Return rows with the title in the middle, a door for each operand on the left, and as much room on the right."""
    size = f'POINT-SIZE="10" COLOR="{theme["quiet"]}"'
    names = [f"<FONT {size}><I>{escaped(name(wire.edges[0].operand))}</I></FONT>" for wire in wires]
    first, *others = [f'<TD PORT="i{i}">{text}</TD>' for i, text in enumerate(names)]
    rows = [f'{first}<TD ROWSPAN="{len(wires)}">{title}</TD><TD> </TD>', *(f"{door}<TD> </TD>" for door in others)]
    return "".join(f"<TR>{row}</TR>" for row in rows)


def _text(lines: str) -> str:
    """Return text of several lines, which keep their indentation."""
    first, *others = lines.split("\n")
    if not others:
        return escaped(first)
    return "".join(f'{escaped(line).replace(" ", "&#160;")}<BR ALIGN="LEFT"/>' for line in (first, *others))


def _colored(text: str, color: str) -> str:
    return f'<FONT COLOR="{color}">{text or "&#160;"}</FONT>'


def _small(text: str, theme: Mapping[str, str]) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{theme["quiet"]}">{escaped(text)}</FONT>'
