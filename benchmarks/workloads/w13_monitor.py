"""W13: what a monitor costs: ten steps, one of which it looks at, beside the same ten steps without it."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..workload import Built, Workload

SIZES, BATCH, STEPS = (784, 512, 512, 10), 128, 10


def build(watched: bool) -> Built:
    """Define the network of W5 without what is random in it, and perhaps a monitor."""
    import nn
    import optim
    from training import Monitor

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32), rng.integers(0, SIZES[-1], BATCH)
    first, second, last = (nn.Linear(n, m, rng=n + m) for n, m in pairwise(SIZES))
    model = nn.Sequential(first, nn.BatchNorm1d(SIZES[1]), nn.ReLU(), second, nn.BatchNorm1d(SIZES[2]), nn.ReLU(), last)
    adam, cross_entropy = optim.Adam(model.parameters(), eps=1e-5), nn.CrossEntropyLoss()
    monitor: Any = Monitor(model, every=STEPS) if watched else None

    def ten_steps() -> None:
        for _ in range(STEPS):
            adam.zero_grad()
            cross_entropy(model(x), y).backward()
            adam.step()
            if monitor is not None:
                monitor.step()
        if monitor is not None:
            monitor.records.clear()

    return ten_steps, lambda: [parameter.data for parameter in model.parameters()]


WORKLOAD = Workload(
    "W13",
    "ten steps of the network of W5 (without dropout), of which training.Monitor looks at one",
    {"seegrad": partial(build, True), "seegrad unwatched": partial(build, False)},
    without=dict.fromkeys(("by hand", "PyTorch", "JAX", "MyGrad", "HIPS autograd"), "it has no such monitor"),
    check_steps=1,
)
