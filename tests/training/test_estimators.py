"""The estimators are scikit-learn's in all that it checks, and work with what it has."""

from __future__ import annotations

import pickle
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
import optim

pytest.importorskip("sklearn", minversion="1.6", reason="the estimators are those of scikit-learn")
from scipy.stats import loguniform
from sklearn.datasets import load_iris, make_regression
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from training import NeuralClassifier, NeuralRegressor, predict
from training.estimators import mlp

X, Y = load_iris(return_X_y=True)
SMALL: dict[str, Any] = {"hidden": (8,), "epochs": 6, "lr": 0.05, "random_state": 0}


@pytest.mark.parametrize("estimator", [NeuralClassifier(), NeuralRegressor()], ids=lambda e: type(e).__name__)
@pytest.mark.no_cover
def test_scikit_learn_finds_nothing_wrong(estimator: Any) -> None:
    results = check_estimator(estimator, on_skip=None, on_fail="raise")
    assert len(results) > 40
    assert {result["status"] for result in results} <= {"passed", "skipped"}  # skipped is what needs pandas


def test_it_works_with_what_scikit_learn_has() -> None:
    one = NeuralClassifier(**SMALL)
    pipeline = make_pipeline(StandardScaler(), one)
    assert cross_val_score(pipeline, X, Y, cv=3).mean() > 0.8
    grid = GridSearchCV(one, {"hidden": [(4,), (8, 8)], "activation": ["relu", "tanh"]}, cv=2).fit(X, Y)
    assert len(grid.cv_results_["params"]) == 4
    random = RandomizedSearchCV(one, {"lr": loguniform(1e-4, 1e-1), "weight_decay": loguniform(1e-6, 1e-2)}, n_iter=3,
                                cv=2, random_state=0).fit(X, Y)  # fmt: skip
    assert 1e-4 <= random.best_params_["lr"] <= 1e-1
    halving = HalvingRandomSearchCV(one, {"lr": loguniform(1e-4, 1e-1)}, resource="epochs", max_resources=6,
                                    n_candidates=4, min_resources=2, cv=2, random_state=0).fit(X, Y)  # fmt: skip
    assert set(halving.cv_results_["n_resources"]) == {2, 6}
    assert BaggingClassifier(pipeline, n_estimators=3, random_state=0).fit(X, Y).score(X, Y) > 0.8
    voting = VotingClassifier([("net", pipeline), ("line", LogisticRegression(max_iter=500))], voting="soft")
    assert voting.fit(X, Y).score(X, Y) > 0.9


def test_the_same_random_state_gives_the_same_model_and_it_survives_a_pickle() -> None:
    one, two = (NeuralClassifier(dropout=0.2, **SMALL).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).predict_proba(X), one.predict_proba(X))
    other = NeuralClassifier(**{**SMALL, "random_state": 1}).fit(X, Y)
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_classes_may_have_any_names() -> None:
    names = np.array(["setosa", "versicolor", "virginica"])[Y]
    model = NeuralClassifier(**SMALL).fit(X, names)
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    assert set(model.predict(X)) <= set(names)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert model.score(X, names) > 0.6


def test_every_option_reaches_the_training() -> None:
    def history(**options: Any) -> Any:
        return NeuralClassifier(**{**SMALL, **options}).fit(X, Y).history_

    base = history()
    assert history(lr_decay=0.5)["lr"] == pytest.approx([0.05 * np.exp(-0.5 * t) for t in range(6)])
    assert history(batch_size=50)["step"][-1] == 18
    assert len(history(epochs=2)) == 2
    for option in (
        {"weight_decay": 1.0}, {"dropout": 0.5}, {"activation": "tanh"}, {"hidden": (3,)}, {"lr": 0.1},
        {"optimizer": "SGD"}, {"optimizer": partial(optim.SGD, momentum=0.9)}, {"loss": nn.MulticlassSVMLoss()},
    ):  # fmt: skip
        assert history(**option)["loss"] != base["loss"], option


def test_early_stopping_holds_a_part_back_and_keeps_the_best() -> None:
    model = NeuralClassifier(hidden=(32,), epochs=200, lr=0.05, early_stopping=True, patience=3, random_state=0,
                             validation_fraction=0.2).fit(X, Y)  # fmt: skip
    losses = model.history_["val_loss"]
    assert len(losses) == int(np.argmin(losses)) + 1 + 3 < 200
    assert model.history_["step"][0] == -(-120 // 32)


def test_a_factory_is_given_the_options_that_it_asks_for() -> None:
    asked: list[Any] = []

    def plain(inputs: int, outputs: int) -> nn.Module:
        asked.append((inputs, outputs))
        return nn.Linear(inputs, outputs)

    def some(inputs: int, outputs: int, hidden: Any, **rest: Any) -> nn.Module:
        asked.append((hidden, sorted(rest)))
        return mlp(inputs, outputs, hidden, **rest)

    NeuralClassifier(plain, **SMALL).fit(X, Y)
    NeuralRegressor(some, **SMALL).fit(X, X[:, :2])
    assert asked == [(4, 3), ((8,), ["activation", "dropout", "rng"])]
    with pytest.raises(TypeError, match=r"module must return a Module, and .* returned a int"):
        NeuralClassifier(lambda inputs, outputs: 3).fit(X, Y)
    with pytest.raises(ValueError, match=r"there is no activation 'step'; there are relu, tanh,"):
        NeuralClassifier(activation="step").fit(X, Y)
    for wrong in ("Sgd", "schedules"):
        with pytest.raises(ValueError, match=rf"optim has no optimizer '{wrong}'; 'SGD' and 'Adam' are two of those"):
            NeuralClassifier(optimizer=wrong).fit(X, Y)


def test_a_regressor_predicts_in_the_units_of_its_targets() -> None:
    A, b = make_regression(150, 4, n_targets=2, noise=1.0, random_state=0)
    b = b + 1e4
    model = NeuralRegressor(hidden=(16,), random_state=0).fit(A, b)
    assert model.predict(A).shape == b.shape
    assert model.score(A, b) > 0.95
    flat = NeuralRegressor(hidden=(16,), random_state=0).fit(A, b[:, 0])
    assert flat.predict(A).shape == (150,)
    constant = NeuralRegressor(hidden=(4,), epochs=30, random_state=0).fit(A, np.full(150, 7.0))
    np.testing.assert_allclose(constant.predict(A), 7.0, atol=0.5)


def test_it_computes_in_the_dtype_of_the_examples() -> None:
    for dtype in (np.float32, np.float64):
        model = NeuralClassifier(**SMALL).fit(X.astype(dtype), Y).module_
        assert {p.dtype for p in model.parameters()} == {np.dtype(dtype)}
        assert predict(model, X).dtype == dtype
        assert not model.training


def test_the_bar_is_shown_when_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    NeuralClassifier(**SMALL).fit(X, Y)
    assert capsys.readouterr().err == ""
    NeuralClassifier(verbose=True, **SMALL).fit(X, Y)
    assert "epoch" in capsys.readouterr().err
