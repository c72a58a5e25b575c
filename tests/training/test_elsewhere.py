"""Training on another array module: the loop, its callbacks and the metrics give there what they give here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
import training
from tests.support.strict_array import Strict, StrictArray

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((20, 4)), RNG.integers(3, size=20)
LOSS = nn.CrossEntropyLoss()


def a_net(module: Any) -> nn.Sequential:
    layers = [nn.Linear(4, 5, rng=0, dtype=float), nn.BatchNorm1d(5, dtype=float), nn.Tanh(), nn.Dropout(0.2, rng=0)]
    return nn.Sequential(*layers, nn.Linear(5, 3, rng=1, dtype=float), nn.ReLU()).to(module)


def test_the_whole_loop_gives_elsewhere_what_it_gives_here(tmp_path: Path) -> None:
    rows, states = [], []
    for module in (np, Strict):
        net, data = a_net(module), (module.asarray(X), module.asarray(Y))
        history = training.fit(
            net,
            LOSS,
            optim.Adam(net.parameters(), lr=0.05),
            training.Batches(*data, batch_size=7, rng=0),
            epochs=3,
            validate=data,
            metrics=[training.accuracy, lambda_top],
            callbacks=[
                training.Monitor(net, every=1),
                training.StopWhenStill(1e-9),
                training.EarlyStopping(patience=3),
                training.Averaging(optim.Averaged(net)),
                training.Checkpoints(tmp_path / module.__name__),
            ],
            accumulate=2,
            clip=1.0,
            penalty=nn.penalties.l2,
            progress=False,
        )
        rows.append([{k: v for k, v in row.items() if k != "seconds"} for row in history.rows])
        states.append(net.state_dict())
    for here, there in zip(*rows, strict=True):
        assert here.keys() == there.keys()
        assert there == pytest.approx(here, rel=1e-9)
    for name, here in states[0].items():
        assert type(states[1][name]) is StrictArray
        np.testing.assert_allclose(states[1][name].get(), here, rtol=1e-9, atol=1e-12)


def lambda_top(scores: Any, y: Any) -> float:
    return training.top_k(scores, y, 2)


def test_a_training_goes_on_elsewhere_from_a_checkpoint_that_was_written_here(tmp_path: Path) -> None:
    finals = []
    for modules in ((np, np), (np, Strict)):
        for epochs, module in zip((1, 3), modules, strict=True):
            net = a_net(module)
            training.fit(
                net,
                LOSS,
                optim.Adam(net.parameters()),
                training.Batches(module.asarray(X), module.asarray(Y), batch_size=5, rng=0),
                epochs=epochs,
                callbacks=[training.Checkpoints(tmp_path / modules[1].__name__)],
                progress=False,
            )
        finals.append(net.to(np).state_dict())
    for name, value in finals[0].items():
        np.testing.assert_allclose(finals[1][name], value, rtol=1e-9, atol=1e-12)


def test_a_monitor_sees_the_same_figures() -> None:
    tables = []
    for module in (np, Strict):
        net = a_net(module)
        monitor = training.Monitor(net, every=1)
        data = training.Batches(module.asarray(X), module.asarray(Y), batch_size=20, rng=0)
        training.fit(net, LOSS, optim.SGD(net.parameters(), lr=0.1), data, 1, callbacks=[monitor], progress=False)
        tables.append(str(monitor.records[-1].table()))
    assert tables[0] == tables[1]


@pytest.mark.parametrize("measure", [
    training.accuracy,
    lambda_top,
    training.predicted_classes,
    training.confusion_matrix,
    lambda scores, y: training.r2(scores, 0.5 * scores),
])  # fmt: skip
def test_a_metric_is_computed_in_numpys_memory(measure: Any) -> None:
    scores = RNG.standard_normal((20, 3))
    args = (scores, Y) if measure is not training.predicted_classes else (scores,)
    here, there = measure(*args), measure(*map(StrictArray, args))
    assert isinstance(there, (float, np.ndarray))
    np.testing.assert_allclose(there, here, rtol=1e-12)


def test_predictions_evaluations_and_the_search_for_a_learning_rate_work_there() -> None:
    here, there = a_net(np), a_net(Strict)
    predicted = training.predict(there, StrictArray(X), batch_size=6)
    np.testing.assert_allclose(predicted.get(), training.predict(here, X, batch_size=6), rtol=1e-12)
    expected = training.evaluate(here, LOSS, (X, Y), [training.accuracy])
    found = training.evaluate(there, LOSS, (StrictArray(X), StrictArray(Y)), [training.accuracy])
    assert found == pytest.approx(expected)
    texts = []
    for net, module in ((here, np), (there, Strict)):
        batches = training.Batches(module.asarray(X), module.asarray(Y), batch_size=5, rng=0)
        sgd = optim.SGD(net.parameters(), lr=0.1)
        texts.append(str(training.learning_rate_range(net, LOSS, sgd, batches, steps=10)))
    assert texts[0] == texts[1]


def test_the_checks_before_a_training_work_there() -> None:
    assert training.first_loss(a_net(Strict), LOSS, StrictArray(X), StrictArray(Y), tolerance=1.0)
    assert training.regularisation_grows(a_net(Strict), LOSS, StrictArray(X), StrictArray(Y))
    here, there = (
        training.overfits(a_net(m), LOSS, m.asarray(X[:4]), m.asarray(Y[:4]), steps=5).text for m in (np, Strict)
    )
    assert here == there
