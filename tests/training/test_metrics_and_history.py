"""Metrics agree with scikit-learn's; the history is a table, a file and a picture."""

from __future__ import annotations

import csv
import math
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

import nn
import training
from tests.training.problems import blobs, net
from training import History, accuracy, confusion_matrix, evaluate, predict, r2, top_k

matplotlib.use("agg")
sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="the metrics are compared with scikit-learn's")
rng = np.random.default_rng(0)
SCORES, CLASSES = rng.normal(size=(200, 7)), rng.integers(0, 7, 200)


def test_classification_metrics_are_those_of_scikit_learn() -> None:
    found = SCORES.argmax(axis=1)
    assert accuracy(SCORES, CLASSES) == sklearn_metrics.accuracy_score(CLASSES, found)
    np.testing.assert_array_equal(
        confusion_matrix(SCORES, CLASSES), sklearn_metrics.confusion_matrix(CLASSES, found, labels=range(7))
    )
    for k in (1, 3, 6):
        expected = sklearn_metrics.top_k_accuracy_score(CLASSES, SCORES, k=k, labels=range(7))
        assert top_k(SCORES, CLASSES, k) == pytest.approx(expected)


def test_one_score_means_two_classes_and_probabilities_their_likeliest() -> None:
    for scores in (SCORES[:, 0], SCORES[:, :1]):
        for y in (CLASSES % 2, (CLASSES % 2)[:, None].astype(np.float32)):
            right = np.mean((SCORES[:, 0] > 0) == CLASSES % 2)
            assert accuracy(scores, y) == pytest.approx(right)
            assert np.trace(confusion_matrix(scores, y)) == pytest.approx(right * 200)
    assert accuracy(SCORES, np.eye(7)[CLASSES]) == accuracy(SCORES, CLASSES)


def test_scores_of_pixels_have_their_classes_on_axis_1() -> None:
    scores, y = rng.normal(size=(2, 3, 4, 5)), rng.integers(0, 3, (2, 4, 5))
    assert accuracy(scores, y) == np.mean(scores.argmax(1) == y)


@pytest.mark.parametrize("shape", [(50,), (50, 3)])
def test_r2_is_that_of_scikit_learn(shape: tuple[int, ...]) -> None:
    y = rng.normal(size=shape)
    guess = y + 0.3 * rng.normal(size=shape)
    assert r2(guess, y) == pytest.approx(sklearn_metrics.r2_score(y, guess))
    assert r2(guess.reshape(50, -1), y.reshape(50, -1)) == pytest.approx(sklearn_metrics.r2_score(y, guess))
    assert r2(np.ones(4), np.ones(4)) == 1.0
    assert r2(np.zeros(4), np.ones(4)) == 0.0


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"accuracy: scores of shape \(200, 7\) say \(200,\) classes, and y has \(5,\)"
    ):
        accuracy(SCORES, CLASSES[:5])
    with pytest.raises(ValueError, match=r"top_k looks for the best 8 of C scores in an array \(N, C\), and this one"):
        top_k(SCORES, CLASSES, 8)
    with pytest.raises(ValueError, match=r"r2: predictions of shape \(3,\) for targets of shape \(4,\)"):
        r2(np.ones(3), np.ones(4))


def test_a_model_is_evaluated_on_all_of_the_data_at_once() -> None:
    X, y = blobs(700)
    model = net()
    found = evaluate(model, nn.CrossEntropyLoss(), (X, y), [accuracy])
    assert found["accuracy"] == accuracy(model(X), y)
    assert found["loss"] == pytest.approx(nn.CrossEntropyLoss()(model(X), y).item(), rel=1e-5)
    np.testing.assert_allclose(predict(model, X.astype(np.float64), 33), model(X).data, rtol=1e-5, atol=1e-6)


def test_evaluation_drops_nothing_records_nothing_and_leaves_the_modes() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 3))
    model[0].eval()
    made: list[Any] = []
    model.register_forward_hook(lambda module, args, output: made.append((module[1].training, output.requires_grad)))
    data = blobs(30)
    assert evaluate(model, nn.CrossEntropyLoss(), data) == evaluate(model, nn.CrossEntropyLoss(), data)
    assert made == [(False, False)] * 2
    assert [module.training for module in model] == [False, True, True]
    with pytest.raises(ZeroDivisionError), training.evaluating(model):
        _ = 1 / 0
    assert model.training


def test_a_metric_needs_a_name_and_predictions_need_examples() -> None:
    nameless = partial(top_k, k=2)
    with pytest.raises(TypeError, match=r"the metric functools.partial.* has no name; write metrics=\{'name': …\}"):
        evaluate(net(), nn.CrossEntropyLoss(), blobs(5), [nameless])
    assert evaluate(net(), nn.CrossEntropyLoss(), blobs(5), {"top2": nameless})["top2"] <= 1
    with pytest.raises(ValueError, match=r"there are no examples to predict"):
        predict(net(), np.ones((0, 2)))
    with pytest.raises(ValueError, match=r"predict: batch_size must be a whole number from 1 on, not 0"):
        predict(net(), np.ones((3, 2)), 0)


def test_classes_in_place_of_scores_make_no_confusion_matrix() -> None:
    with pytest.raises(
        ValueError, match=r"y has the class 2, but scores of shape \(4,\) are of the classes 0 to 1; give"
    ):
        confusion_matrix(np.array([0, 2, 1, 2]), np.array([0, 2, 1, 1]))


# --------------------------------------------------------------------------------------------------------- the history


def history(epochs: int = 4) -> History:
    found = History()
    for i in range(epochs):
        found.append({
            "loss": 2.0 / (i + 1), "accuracy": 0.2 * i, "lr": 0.1 * 0.5**i,
            "val_loss": 1.0 + abs(i - 2), "val_accuracy": 0.15 * i, "step": 10 * i + 10,
        })  # fmt: skip
    return found


def test_it_is_a_table() -> None:
    found = history()
    assert len(found) == 4
    assert found["loss"] == [2.0, 1.0, 2.0 / 3, 0.5]
    assert found[-1]["step"] == 40
    assert "val_loss" in found
    assert "f1" not in found
    assert (found.best("val_loss"), found.best("accuracy", "max")) == (2, 3)
    assert [row["step"] for row in found] == [10, 20, 30, 40]
    found.append({"loss": math.nan, "extra": 1.0})
    assert math.isnan(found["val_loss"][-1])
    assert found.best("loss") == 3
    assert found["extra"][-1] == 1.0
    assert str(found).splitlines()[0].split() == ["epoch", *found.columns]
    assert repr(found).startswith("History(5 epochs: loss, accuracy, lr,")
    with pytest.raises(KeyError, match=r"the history has no 'f1'; it has loss, accuracy"):
        found["f1"]
    with pytest.raises(ValueError, match=r"the history has no number for 'val_loss' yet"):
        History().best("val_loss")


def test_its_file_has_the_same_numbers(tmp_path: Path) -> None:
    found = history()
    found.append({"loss": 0.1})
    found.to_csv(tmp_path / "history.csv")
    with (tmp_path / "history.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == found["loss"]
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[-1]["val_loss"] == ""


def test_it_draws_loss_metrics_gap_and_rate() -> None:
    figure = history().plot()
    loss, accuracy_, gap, rate = figure.axes
    assert [ax.get_title() for ax in figure.axes] == ["loss", "accuracy", "gap: accuracy, train − validation",
                                                      "learning rate"]  # fmt: skip
    assert [line.get_label() for line in loss.lines] == ["train", "validation", "lowest validation loss"]
    assert list(loss.lines[2].get_xdata()) == [3, 3]
    np.testing.assert_allclose(gap.lines[0].get_ydata(), [0.0, 0.05, 0.1, 0.15])
    np.testing.assert_allclose(rate.lines[0].get_ydata(), [0.1, 0.05, 0.025, 0.0125])
    assert [len(line.get_xdata()) for line in accuracy_.lines] == [4, 4]
    again = history(2).plot(figure)
    assert again is figure
    assert len(figure.axes) == 4
    matplotlib.pyplot.close(figure)


def test_it_draws_what_there_is() -> None:
    found = History()
    with pytest.raises(ValueError, match=r"there is nothing to plot: the history has no epoch yet"):
        found.plot()
    found.append({"loss": 1.0, "train_loss": 0.9, "val_loss": math.nan, "test_loss": 1.2, "step": 1})
    figure = found.plot()
    assert [ax.get_title() for ax in figure.axes] == ["loss", "gap: loss, validation − train"]
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert labels == ["train", "validation", "test"]
    assert list(figure.axes[0].lines[0].get_ydata()) == [0.9]
    matplotlib.pyplot.close(figure)


def test_a_confusion_matrix_is_drawn_with_its_counts() -> None:
    ax = training.plot_confusion(confusion_matrix(SCORES, CLASSES), names=list("abcdefg"))
    assert ax.get_title().endswith("of 200 are right")
    assert sum(int(text.get_text()) for text in ax.texts) == 200
    matplotlib.pyplot.close(ax.figure)
