"""Small models that the tests of Module share."""

from __future__ import annotations

import numpy as np

import nn
from autograd import Tensor


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.act = nn.ReLU()
        self.scale = nn.Parameter(np.ones(3, dtype=np.float32))
        self.fc2 = nn.Linear(3, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(x)) * self.scale)


class Outer(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x)


X = np.ones((2, 4), dtype=np.float32)


def names(module: nn.Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


def tensor_names(module: nn.Module) -> list[str | None]:
    return [parameter.name for parameter in module.parameters()]
