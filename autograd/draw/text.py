"""Numbers and names as a picture writes them, and the escapes that make any text safe inside of DOT."""

from __future__ import annotations

import html
import unicodedata
from typing import Any

import numpy as np

from .data import Numbers

LONGEST = 40  # characters of a name; of a line of numbers, too

_DIRECTIONS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def number(x: float) -> str:
    """Return a number to four significant digits, with a true minus sign.

    Examples
    --------
    >>> from autograd.draw.text import number
    >>> number(-12.0), number(0.123456), number(1.5e-7), number(float("inf"))
    ('−12', '0.1235', '1.5e−7', '∞')
    """
    if isinstance(x, bool):
        return str(x)
    text = str(x) if isinstance(x, int) and abs(x) < 100_000 else f"{x:.4g}"
    digits, e, exponent = text.partition("e")
    return (digits + (f"e{int(exponent)}" if e else "")).replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


def numbers(known: Numbers) -> str:
    """Return a scalar as a number, a small array in brackets as NumPy prints it, and of a larger one the statistics.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.draw.data import numbers_of
    >>> from autograd.draw.text import numbers
    >>> print(numbers(numbers_of(np.arange(-50.0, 50.0))))
    −50 … 49, mean −0.5
    """
    if known.elements is None:
        return statistics(known)
    if not known.shape:
        return number(known.elements[0])
    array = np.array(known.elements).reshape(known.shape)
    return np.array2string(array, separator=", ", max_line_width=LONGEST, formatter={"all": _element})


def statistics(known: Numbers) -> str:
    """Return the smallest and the largest element and the mean, and how many are no numbers."""
    words = []
    if known.low is not None and known.high is not None and known.mean is not None:
        if known.low == known.high:
            words.append(f"all {number(known.low)}")
        else:
            words.append(f"{number(known.low)} … {number(known.high)}, mean {number(known.mean)}")
    words += [f"{known.nans:,} NaN"] * bool(known.nans) + [f"{known.infinities:,} ∞"] * bool(known.infinities)
    return ", ".join(words) or "empty"


def _element(x: Any) -> str:
    return number(x.item())


def one_line(known: Numbers) -> str:
    """Return numbers without line breaks."""
    return " ".join(part.strip() for part in numbers(known).split("\n"))


def size(count: int) -> str:
    """Return a number of bytes.

    Examples
    --------
    >>> from autograd.draw.text import size
    >>> size(640), size(1_500_000)
    ('640 B', '1.5 MB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} B"


def name(text: str) -> str:
    r"""Return a name as it can be shown: shortened in the middle, and with escapes for what is invisible.

    Examples
    --------
    >>> from autograd.draw.text import name
    >>> name("a\nb"), len(name("a very long name " * 1000))
    ('a\\nb', 40)
    """
    if len(text) > LONGEST:
        head = LONGEST * 3 // 5
        text = f"{text[:head]}…{text[head + 1 - LONGEST :]}"
    shown = "".join(map(_visible, text))
    runs_leftwards = any(unicodedata.bidirectional(c) in ("R", "AL") for c in shown)
    return f"\u2068{shown}\u2069" if runs_leftwards else shown  # isolated: what stands beside it keeps its place


def escaped(text: str) -> str:
    r"""Return text as it is written inside of an HTML-like label, where ``\N`` would be the name of the node."""
    return html.escape(text).replace("\\", "\\\\")


def quoted(text: str) -> str:
    """Return text as a DOT string. A backslash becomes ∖: how often it must be doubled depends on the attribute."""
    return f'"{html.escape(text).replace(chr(92), "∖")}"'


def _visible(character: str) -> str:
    """Return the character, or its Python escape if it cannot be seen, turns the writing or does not exist in XML."""
    code = ord(character)
    control = code < 0x20 or 0x7F <= code < 0xA0 or character in _DIRECTIONS or character in "\u2028\u2029"
    no_character = 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE
    return character.encode("unicode_escape").decode() if control or no_character else character
