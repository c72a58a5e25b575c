"""Small trainings of every kind of network, a step at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import nn
import optim
from nn import functional as F

Step = Callable[[], float]


def mlp() -> Step:
    net = nn.Sequential(
        nn.Linear(8, 16, rng=0), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3, rng=1), nn.Linear(16, 3, rng=2)
    )
    return training(net, (12, 8), optim.Adam(net.parameters()))


def cnn() -> Step:
    net = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1, rng=0), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 4, 3, rng=1), nn.Tanh(), nn.Flatten(), nn.Linear(16, 3, rng=2)),
    )
    return training(net, (4, 1, 8, 8), optim.SGD(net.parameters(), lr=0.1, momentum=0.9))


class Last(nn.Module):
    """The scores of the last step of a sequence."""

    def __init__(self, kind: type[nn.Module]) -> None:
        super().__init__()
        self.recurrent = kind(5, 6, rng=0)
        self.head = nn.Linear(6, 3, rng=1)

    def forward(self, x):  # type: ignore[no-untyped-def]
        return self.head(self.recurrent(x)[0][-1])


def rnn() -> Step:
    net = Last(nn.RNN)
    return training(net, (7, 4, 5), optim.RMSprop(net.parameters()), batch_axis=1)


def lstm() -> Step:
    net = Last(nn.LSTM)
    return training(net, (7, 4, 5), optim.Adam(net.parameters()), batch_axis=1)


def transformer() -> Step:
    body = nn.TransformerEncoderLayer(4, 2, 8, rng=0)
    net = nn.Sequential(body, nn.Linear(4, 3, rng=1))
    rng, adam = np.random.default_rng(3), optim.AdamW(net.parameters())

    def step() -> float:
        adam.zero_grad()
        scores = net(rng.normal(size=(5, 2, 4)).astype(np.float32))
        loss = F.cross_entropy(scores.reshape(10, 3), rng.integers(3, size=10))
        loss.backward()
        adam.step()
        return loss.item()

    return step


def training(net: nn.Module, shape: tuple[int, ...], optimizer: optim.Optimizer, batch_axis: int = 0) -> Step:
    """Return the function that takes one step on new random numbers, and gives the loss."""
    rng = np.random.default_rng(3)
    schedule = optim.Scheduler(optimizer, lr=optim.schedules.cosine(5000, optimizer.defaults["lr"]))

    def step() -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(rng.normal(size=shape).astype(np.float32)), rng.integers(3, size=shape[batch_axis]))
        loss.backward()
        optim.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        return loss.item()

    return step


KINDS: dict[str, Callable[[], Step]] = {f.__name__: f for f in (mlp, cnn, rnn, lstm, transformer)}
