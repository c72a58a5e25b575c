"""Mutants that compute the same as the right program, so that nobody can notice them: each with the reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["equivalent"]

# "page: name: what is changed" → why nobody can notice
EQUIVALENT: dict[str, str] = {mutant: entry["why"] for entry in LISTED for mutant in entry["mutants"]}
