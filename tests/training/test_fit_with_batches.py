"""fit and Batches together: orders, augmentation and places in an epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.training.problems import blobs, net
from training import Batches, Checkpoints, Mixup, NeuralClassifier, Noise, accuracy, fit


def images(seed: int = 0) -> Any:
    """The heaps of points, as images of two pixels."""
    X, y = blobs(50, seed)
    return X.reshape(-1, 1, 1, 2), y


def trained(folder: Path | None, epochs: int, **options: Any) -> Any:
    model = nn.Sequential(nn.Flatten(), net())
    batches = Batches(*images(), batch_size=8, rng=3, **options)
    history = fit(model, F.cross_entropy, optim.Adam(model.parameters()), batches, epochs, validate=images(1),
                  metrics=[accuracy], callbacks=[Checkpoints(folder)] if folder else [], progress=False)  # fmt: skip
    return history.rows, [p.data.copy() for p in model.parameters()]


@pytest.mark.parametrize(
    "options", [{}, {"transform": Noise(0.1)}, {"prefetch": 2}, {"transform": Mixup(0.4, classes=3)}]
)
def test_a_training_goes_on_bit_for_bit_with_its_order_and_its_augmentation(tmp_path: Path, options: Any) -> None:
    rows, parameters = trained(None, 4, **options)
    trained(tmp_path, 2, **options)
    rows_again, parameters_again = trained(tmp_path, 4, **options)
    assert rows_again == rows
    for a, b in zip(parameters, parameters_again, strict=True):
        np.testing.assert_array_equal(a, b)


def test_batches_of_another_size_are_refused(tmp_path: Path) -> None:
    trained(tmp_path, 1)
    model = nn.Sequential(nn.Flatten(), net())
    other = Batches(*images(), batch_size=9)
    with pytest.raises(
        ValueError, match=r"do not fit this training: this is a place in Batches with batch_size=8, and"
    ):
        fit(model, F.cross_entropy, optim.Adam(model.parameters()), other, 2, callbacks=[Checkpoints(tmp_path)])


def test_a_whole_epoch_is_taken_when_batches_are_accumulated() -> None:
    model, batches = net(), Batches(*blobs(50), batch_size=8, rng=0)
    history = fit(
        model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), batches, 2, accumulate=3, progress=False
    )
    assert history["step"] == [3, 6]
    assert (batches.epoch, batches.batch) == (2, 0)


def test_a_network_learns_with_its_batches() -> None:
    X, y = blobs(60, noise=0.4)
    assert NeuralClassifier(epochs=10, random_state=0).fit(X, y).score(X, y) > 0.9
    assert isinstance(NeuralClassifier(epochs=1, random_state=0).fit(X, y).module_, nn.Module)
