"""A program that trains with checkpoints, and kills itself where it is told: ``killed.py FOLDER [PLACE COUNT]``.

It prints a digest of all that the training came to. The test starts it again after each death.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from typing import Any

import autograd
import nn
import optim
from nn import functional as F
from tests.training.problems import Shuffled, blobs
from training import Averaging, Callback, Checkpoints, EachStep, EarlyStopping, fit


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(function: Any, count: int, after: bool) -> Any:
    """The function, which kills the process when it is called for the so manyth time: before its work, or after."""
    calls = 0

    def replaced(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and not after:
            die()
        result = function(*args, **kwargs)
        if calls == count:
            die()
        return result

    return replaced


def arm(place: str, count: int) -> list[Callback]:
    """Kill at this place; return the callbacks that it needs."""
    if place == "step":
        killer = Callback()
        killer.after_step = lambda run: die() if run.step == count else None  # type: ignore[method-assign]
        return [killer]
    name = place.split("-")[0]
    setattr(os, name, dying(getattr(os, name), count, after=place.endswith("-after")))
    return []


def train(folder: str | None, epochs: int = 5, more: tuple[Any, ...] = ()) -> tuple[nn.Module, Any]:
    """Train a network that has everything to remember: dropout, batch normalisation, Adam, a schedule, an average."""
    autograd.seed(5)
    model = nn.Sequential(
        nn.Linear(2, 8, rng=0), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Dropout(0.1, rng=7), nn.Linear(8, 3)
    )
    adam = optim.Adam(model.parameters(), lr=0.02)
    callbacks = [
        EachStep(optim.Scheduler(adam, lr=optim.schedules.cosine(100))),
        Averaging(optim.Averaged(model, decay=0.9)),
        EarlyStopping(patience=50),
        *([Checkpoints(folder)] if folder else []),
        *more,
    ]
    history = fit(
        model,
        F.cross_entropy,
        adam,
        Shuffled(blobs(40), 8),
        epochs,
        validate=blobs(20, seed=1),
        callbacks=callbacks,
        progress=False,
    )
    return model, history


def digest(model: nn.Module, history: Any) -> str:
    """What the training came to, to the last bit."""
    found = hashlib.sha256(repr(history.rows).encode())
    for name, array in model.state_dict().items():
        found.update(name.encode() + array.tobytes())
    return found.hexdigest()


if __name__ == "__main__":
    folder, *moment = sys.argv[1:]
    print(digest(*train(folder, more=tuple(arm(moment[0], int(moment[1])) if moment else []))))
