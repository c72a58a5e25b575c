"""Small problems that every machine learns in no time."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn

Split = tuple[Any, Any]


def blobs(n: int = 60, seed: int = 0, noise: float = 0.6) -> Split:
    """Three heaps of points in the plane, and which heap each is of."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    centres = np.array([[0.0, 2.0], [-2.0, -1.0], [2.0, -1.0]])
    return (centres[y] + noise * rng.normal(size=(n, 2))).astype(np.float32), y


def batched(data: Split, size: int) -> list[Split]:
    """The same batches in the same order each time."""
    X, y = data
    return [(X[i : i + size], y[i : i + size]) for i in range(0, len(X), size)]


def net(dtype: Any = np.float32, hidden: int = 8) -> nn.Sequential:
    """A small network, always with the same parameters."""
    return nn.Sequential(nn.Linear(2, hidden, dtype=dtype, rng=0), nn.Tanh(), nn.Linear(hidden, 3, dtype=dtype, rng=1))


class Shuffled:
    """Batches in a random order, which say where they are: each epoch draws its order from a generator of its own."""

    def __init__(self, data: Split, size: int, seed: int = 0) -> None:
        self.data = data
        self.size = size
        self.rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return -(-len(self.data[0]) // self.size)

    def __iter__(self) -> Any:
        order = self.rng.permutation(len(self.data[0]))
        return iter(batched((self.data[0][order], self.data[1][order]), self.size))

    def state_dict(self) -> dict[str, Any]:
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state: Any) -> None:
        self.rng.bit_generator.state = state["rng"]
