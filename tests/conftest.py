"""What all tests share: hypothesis draws the same examples on every machine and run, and knows no deadline."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# The helpers are imported as `tests.support`, however pytest was started.
if (root := str(Path(__file__).parent.parent)) not in sys.path:
    sys.path.append(root)

_slow_machines = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "fixed", derandomize=True, deadline=None, database=None, max_examples=60, suppress_health_check=_slow_machines
)
settings.register_profile(  # HYPOTHESIS_PROFILE=search looks further, with new examples each time
    "search", deadline=None, database=None, max_examples=2000, print_blob=True, suppress_health_check=_slow_machines
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
