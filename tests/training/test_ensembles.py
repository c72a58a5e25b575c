"""Ensembles average what their members say; dropout is one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.training.problems import batched, blobs, net
from training import (
    NeuralClassifier,
    accuracy,
    average_masks,
    average_models,
    average_states,
    fit,
    predict,
    subnetworks,
)

X, Y = blobs(50)


def softmax(scores: Any) -> Any:
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def base(p: float = 0.5, activation: Any = nn.Tanh) -> nn.Sequential:
    """The course's base network: two inputs and two hidden units, all of which may be dropped."""
    return nn.Sequential(
        nn.Dropout(p), nn.Linear(2, 2, rng=0, dtype=np.float64), activation(), nn.Dropout(p),
        nn.Linear(2, 1, rng=1, dtype=np.float64),
    )  # fmt: skip


def test_independent_models_are_averaged() -> None:
    models = [nn.Linear(2, 3, rng=seed) for seed in range(3)]
    outputs = np.stack([predict(model, X) for model in models])
    found = average_models((model for model in models), X)
    np.testing.assert_allclose(found.members, softmax(outputs), rtol=1e-5)
    np.testing.assert_allclose(found.mean, softmax(outputs).mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.spread, softmax(outputs).std(axis=0), atol=1e-6)
    plain = average_models(models, X, of="outputs")
    np.testing.assert_allclose(plain.mean, outputs.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(plain.disagreement(), outputs.var(axis=0).sum(axis=1), rtol=1e-4)


def test_disagreement_is_0_among_those_who_agree_and_log_2_among_opposites() -> None:
    one = nn.Linear(2, 2, rng=0)
    same = average_models([one, one], X)
    np.testing.assert_allclose(same.disagreement(), 0, atol=1e-12)
    left, right = nn.Linear(1, 2, bias=False), nn.Linear(1, 2, bias=False)
    left.weight.data, right.weight.data = [[50.0], [-50.0]], [[-50.0], [50.0]]
    np.testing.assert_allclose(average_models([left, right], np.ones((3, 1))).disagreement(), np.log(2))


def test_checkpoints_of_one_model_are_averaged_and_it_keeps_its_own_state() -> None:
    model = net()
    states: list[Any] = []
    fit(model, F.cross_entropy, optim.Adam(model.parameters(), lr=0.05), batched((X, Y), 10), 4, progress=False,
        callbacks=[lambda run: states.append((model.state_dict(), predict(model, X)))])  # fmt: skip
    model[0].weight.data = np.ones((8, 2))  # neither of the states
    before = model.state_dict()
    found = average_states(model, (state for state, _ in states), X, of="outputs")
    np.testing.assert_array_equal(found.mean, np.mean([output for _, output in states], axis=0))
    assert len(found.members) == 4
    with pytest.raises(ValueError, match=r"does not fit"):
        average_states(model, [{}], X)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_the_base_network_of_the_course_has_16_sub_networks() -> None:
    found = subnetworks(base(), X)
    assert len(found.masks) == len({tuple(mask) for mask in found.masks}) == 16
    assert found.chances == pytest.approx([1 / 16] * 16)
    w1, b1, w2, b2 = (p.data for p in base().parameters())
    for mask, output in zip(found.masks, found.outputs, strict=True):
        h = np.tanh((X * mask[:2] * 2) @ w1.T + b1) * mask[2:] * 2
        np.testing.assert_allclose(output, h @ w2.T + b2, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.mean, found.outputs.mean(axis=0))


def test_random_masks_come_to_the_mean_of_all_sub_networks() -> None:
    model = base(p=0.3)
    exact = subnetworks(model, X)
    assert exact.chances.sum() == pytest.approx(1)
    assert exact.chances.max() == pytest.approx(0.7**4)
    random = average_masks(model, X, passes=4000, of="outputs", rng=0)
    error = random.spread / np.sqrt(4000)
    assert np.mean(np.abs(random.mean - exact.mean) < 3 * error) > 0.95


def test_the_single_scaled_pass_is_exact_for_a_linear_network_and_near_otherwise() -> None:
    linear = base(activation=nn.Identity)
    np.testing.assert_allclose(predict(linear, X), subnetworks(linear, X).mean, rtol=1e-9, atol=1e-12)
    bent = base(p=0.2)
    gap = np.abs(predict(bent, X) - subnetworks(bent, X).mean).max()
    assert 1e-6 < gap < 0.2 * np.ptp(subnetworks(bent, X).mean)


def test_masks_leave_the_model_as_it_was() -> None:
    model = base().eval()
    model[0].rng = np.random.default_rng(5)
    state = model[0].rng.bit_generator.state
    average_masks(model, X, passes=3, of="outputs", rng=1)
    subnetworks(model, X)
    assert not any(module.training for module in model.modules())
    assert model[0].rng.bit_generator.state == state
    assert model[3].rng is None
    np.testing.assert_array_equal(
        average_masks(model, X, 5, rng=3, of="outputs").mean, average_masks(model, X, 5, rng=3, of="outputs").mean
    )


def test_bagging_and_dropout_both_beat_a_single_overfitted_network() -> None:
    sklearn = pytest.importorskip("sklearn.ensemble", reason="bagging is scikit-learn's")
    train, test = blobs(40, seed=3, noise=1.5), blobs(400, seed=4, noise=1.5)
    options: dict[str, Any] = {"hidden": (40,), "epochs": 60, "lr": 0.03}
    single = NeuralClassifier(**options, random_state=0).fit(*train)
    bagged = sklearn.BaggingClassifier(NeuralClassifier(**options), 7, random_state=0).fit(*train)
    dropped = NeuralClassifier(**options, dropout=0.5, random_state=0).fit(*train)
    masks = average_masks(dropped.module_, test[0], 30, rng=0)

    def loss(probabilities: Any) -> float:
        return float(-np.log(probabilities[np.arange(400), test[1]] + 1e-12).mean())

    alone = loss(single.predict_proba(test[0]))
    assert loss(bagged.predict_proba(test[0])) < alone
    assert loss(masks.mean) < alone
    assert accuracy(masks.mean, test[1]) > 0.6
    assert len({tuple(rows) for rows in bagged.estimators_samples_}) == 7  # each of a set of its own


def test_what_cannot_be_averaged_is_refused() -> None:
    with pytest.raises(ValueError, match=r"an ensemble has at least one member, and there is none"):
        average_models([], X)
    with pytest.raises(ValueError, match=r"of must be 'probabilities' or 'outputs', not 'votes'"):
        average_models([net()], X, of="votes")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"average_masks: Sequential has no dropout layer; put nn.Dropout into it"):
        average_masks(net(), X)
    with pytest.raises(ValueError, match=r"average_masks needs at least one pass, not passes=0"):
        average_masks(base(), X, 0)
    with pytest.raises(ValueError, match=r"subnetworks: Sequential has no dropout layer"):
        subnetworks(net(), X)
    with pytest.raises(ValueError, match=r"subnetworks runs 2ⁿ networks of n units, and here are 20; at most 16"):
        subnetworks(nn.Sequential(nn.Linear(2, 20), nn.Dropout(0.5)), X)
