"""The curves of a training say what is wrong with it; each rule speaks of the ill and not of the well."""

from __future__ import annotations

import math
from typing import Any

import pytest

import optim
from nn import functional as F
from tests.training.problems import batched, blobs, net
from training import History, accuracy, fit


def curves(**columns: list[float]) -> History:
    history = History()
    for values in zip(*columns.values(), strict=True):
        history.append(dict(zip(columns, values, strict=True)))
    return history


FALL = [1.0, 0.5, 0.4, 0.38, 0.379, 0.3789, 0.3788]
WELL = {"loss": FALL, "val_loss": [loss + 0.05 for loss in FALL]}


@pytest.mark.parametrize(
    ("rule", "ill", "number"),
    [
        ("rate too high", {"loss": [1.0, 2.0, 3.5]}, 3.5),
        ("rate too high", {"loss": [1.0, math.nan]}, None),
        ("rate too low", {"loss": [1.0, 1.01, 0.99, 0.99]}, 0.99),
        ("overfitting", {"loss": FALL, "val_loss": [1.0, 0.6, 0.5, 0.52, 0.6, 0.7, 0.8]}, 1.6),
        ("overfitting", {"loss": FALL, "accuracy": [0.9] * 7, "val_loss": FALL, "val_accuracy": [0.7] * 7}, 0.2),
        ("underfitting", {"loss": FALL, "val_loss": FALL}, 0.0),
        ("underfitting", {**WELL, "accuracy": [0.8] * 7, "val_accuracy": [0.8] * 7}, 0.05),
        ("unfinished", {"loss": FALL, "val_loss": [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]}, 1 - 0.4 / 0.7),
        ("unfinished", {"loss": [1.0, 0.8, 0.6, 0.4, 0.2]}, 0.75),
    ],
)
def test_a_rule_speaks_of_the_ill_and_is_silent_about_the_well(rule: str, ill: Any, number: float | None) -> None:
    (advice,) = (advice for advice in curves(**ill).advice() if advice.rule == rule)
    if number is not None:
        assert advice.number == pytest.approx(number)
    assert not curves(**WELL).advice()


def test_a_model_that_is_perfect_need_not_be_larger() -> None:
    assert not curves(**WELL, accuracy=[1.0] * 7, val_accuracy=[0.999] * 7).advice()


def test_the_evaluated_training_data_count_where_they_are_known() -> None:
    ill = {"loss": FALL, "train_loss": FALL, "val_loss": FALL, "accuracy": [0.5] * 7, "train_accuracy": [0.99] * 7,
           "val_accuracy": [0.6] * 7}  # fmt: skip
    assert curves(**ill).advice().rules() == {"overfitting"}


def test_trainings_that_are_ill_are_told_so() -> None:
    def told(lr: float, epochs: int, rule: Any = optim.SGD) -> set[str]:
        model, data = net(hidden=40), batched(blobs(20, noise=2.0), 10)
        return fit(model, F.cross_entropy, rule(model.parameters(), lr=lr), data, epochs, metrics=[accuracy],
                   validate=blobs(200, seed=1, noise=2.0), progress=False).advice().rules()  # fmt: skip

    assert told(1e-7, 5) == {"rate too low"}
    assert "rate too high" in told(3e2, 5)
    assert "overfitting" in told(0.05, 60, optim.Adam)


def test_without_an_epoch_there_is_nothing_to_say() -> None:
    with pytest.raises(ValueError, match=r"there is nothing to say: the history has no epoch yet"):
        History().advice()
