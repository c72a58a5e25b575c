"""What all tests share: random numbers and hypothesis' examples are the same in every run, and there is no deadline."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# No tests, which pytest would import all the same to look for examples in docstrings; some of them need PyTorch.
collect_ignore_glob = ["support/*.py", "support/*/*.py", "peers/table/*.py"]

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

_begun: dict[str, list[Any]] = {}  # module → the states of its generators before its first test


@pytest.fixture(autouse=True)
def the_same_numbers_whatever_ran_before(request: pytest.FixtureRequest) -> None:
    """Let the generators of a test's module, and the library's, begin anew: a test alone is the one among all."""
    from autograd import seed  # found by the path above

    seed(0)
    generators = [value for value in vars(request.module).values() if isinstance(value, np.random.Generator)]
    states = _begun.setdefault(request.module.__name__, [rng.bit_generator.state for rng in generators])
    for rng, state in zip(generators, states, strict=True):
        rng.bit_generator.state = state
