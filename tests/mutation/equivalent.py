"""Mutants that compute the same as the right program, so that nobody can notice them: each with the reason."""

from __future__ import annotations

# (page, name of the target) → {what is changed: why nobody can notice}
EQUIVALENT: dict[tuple[str, str], dict[str, str]] = {}
