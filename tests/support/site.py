"""The program that checks the site, docs/check_site.py, as a module; and what it counts as public."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("check_site", Path(__file__).parents[2] / "docs" / "check_site.py")
assert _spec is not None
assert _spec.loader is not None
check_site = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check_site)

PACKAGES, public_names = check_site.PACKAGES, check_site.public_names
