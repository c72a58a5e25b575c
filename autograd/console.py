"""Printing where a console, or the file that stands for it, cannot write every letter."""

from __future__ import annotations

from typing import Any


def readable(stream: Any) -> None:
    """Let a stream write ? for what its encoding has not, instead of failing: Windows redirects to a file in cp1252."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
