"""Small networks for the tests of hooks."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import Tensor

X = np.array([[1.0, -2.0], [0.5, 3.0]])


class Pair(nn.Module):
    """Two inputs, two outputs, which have nothing to do with each other."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(2, 2, rng=0, dtype=float), nn.Linear(2, 3, rng=1, dtype=float)

    def forward(self, x: Any, y: Any) -> tuple[Any, Any]:
        return self.left(x), self.right(y)


class Double(nn.Module):
    def forward(self, x: Any) -> Any:
        return 2 * x


def a_net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3, rng=0, dtype=float), nn.Tanh(), nn.Linear(3, 1, rng=1, dtype=float))


def leaf(values: Any = X) -> Tensor:
    return Tensor(values, requires_grad=True)
