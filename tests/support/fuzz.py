"""How long the fuzz tests look: `make test` draws the same few cases each time, `make soak` many new ones."""

from __future__ import annotations

import os

from hypothesis import settings

LONG = settings(settings.get_profile("search"), max_examples=int(os.environ.get("FUZZ_EXAMPLES", "500")))
