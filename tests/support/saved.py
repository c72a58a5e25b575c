"""What the tests of saving and loading share."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import nn

needs_safetensors = pytest.mark.skipif(
    find_spec("safetensors") is None, reason="safetensors is not installed: nothing to read and write with"
)
FORMATS = pytest.mark.parametrize("suffix", [".npz", pytest.param(".safetensors", marks=needs_safetensors)])
X = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)


def a_net(seed: int = 0) -> nn.Sequential:
    net = nn.Sequential(nn.Linear(4, 3, rng=seed), nn.Tanh(), nn.Sequential(nn.Linear(3, 2, rng=seed)))
    net[1].register_buffer("mean", np.full(3, seed, dtype=np.float32))
    net[1].register_buffer("count", np.array(seed))
    net[1].register_buffer("mask", np.array([True, False]))
    net[1].register_buffer("cache", np.zeros(1), persistent=False)
    return net


def assert_equal(one: Any, other: Any) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert value.dtype == other[name].dtype
        assert value.shape == other[name].shape
        np.testing.assert_array_equal(value, other[name])
