"""What the tests of layers share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def torch() -> Any:
    """Return PyTorch, to compare with."""
    return pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
