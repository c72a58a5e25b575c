"""The search narrows its ranges around the best, stage by stage."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="the search is made of scikit-learn's")
import joblib
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_iris

from training import NeuralClassifier, coarse_to_fine

X, Y = np.zeros((12, 1)), np.zeros(12)


class Hill(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Its score is highest at lr = 0.003, units = 40 and the kind "good": no data are needed to know."""

    def __init__(self, lr: float = 1.0, units: int = 1, kind: str = "bad", epochs: int = 1) -> None:
        self.lr, self.units, self.kind, self.epochs = lr, units, kind, epochs

    def fit(self, X: Any, y: Any) -> Hill:
        if self.kind == "broken":
            raise ValueError("broken")
        return self

    def score(self, X: Any, y: Any) -> float:
        return -(math.log10(self.lr / 0.003) ** 2) - math.log10(self.units / 40) ** 2 + 50.0 * (self.kind == "good")


SPACE = {"lr": (1e-6, 1.0), "units": (1, 1000), "kind": ["bad", "worse", "good"]}


def width(values: Any) -> float:
    return math.log(values[1] / values[0])


def test_each_stage_is_narrower_and_around_the_best() -> None:
    found = coarse_to_fine(Hill(), SPACE, X, Y, ({"epochs": 1}, {"epochs": 2}, {"epochs": 3}), candidates=40,
                           random_state=0)  # fmt: skip
    first, second, third = found.stages
    for name, best in (("lr", 0.003), ("units", 40)):
        assert width(first.space[name]) > width(second.space[name]) > width(third.space[name])
        assert third.space[name][0] < best < third.space[name][1]
    assert third.space["kind"] == ["good"]
    assert found.best_params_["lr"] == pytest.approx(0.003, rel=0.5)
    assert found.best_params_["units"] == pytest.approx(40, rel=0.5)
    assert found.best_score_ == max(third.scores)
    assert found.best_estimator_.get_params() == {**found.best_params_, "epochs": 3}
    assert [stage.settings for stage in found.stages] == [{"epochs": 1}, {"epochs": 2}, {"epochs": 3}]
    for stage in found.stages:
        for params in stage.params:
            assert stage.space["lr"][0] <= params["lr"] <= stage.space["lr"][1]
            assert stage.space["units"][0] <= params["units"] <= stage.space["units"][1]
            assert isinstance(params["units"], int)


def test_a_best_value_at_the_edge_leads_beyond_it() -> None:
    found = coarse_to_fine(Hill(), {"lr": (0.05, 1.0)}, X, Y, [{"epochs": 1}] * 5, candidates=20, random_state=0)
    assert found.stages[-1].space["lr"][0] < 0.003
    assert found.best_params_["lr"] < 0.006


def test_ranges_are_drawn_evenly_in_their_logarithms() -> None:
    found = coarse_to_fine(
        Hill(), {"lr": (1e-6, 1.0), "units": (1, 100)}, X, Y, [{}], candidates=200, cv=2, random_state=0
    )
    drawn = np.log10([params["lr"] for params in found.stages[0].params])
    np.testing.assert_allclose(np.histogram(drawn, bins=3, range=(-6, 0))[0] / 200, 1 / 3, atol=0.1)
    units = np.array([params["units"] for params in found.stages[0].params])
    assert np.mean(units <= 10) == pytest.approx(0.5, abs=0.12)
    assert 1 <= units.min() < units.max() <= 100


def test_it_reports_each_stage_as_a_table_and_a_picture() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="pictures are Matplotlib's")
    matplotlib.use("agg")
    found = coarse_to_fine(Hill(), SPACE, X, Y, ({"epochs": 1}, {"epochs": 2}), candidates=8, random_state=0)
    text = str(found)
    assert "Stage 1: 8 candidates, epochs=1; lr from 1e-06 to 1, units from 1 to 1000, kind of ['bad', " in text
    assert "Stage 2: 8 candidates, epochs=2; lr from " in text
    rows = str(found.stages[0].table()).splitlines()
    assert rows[0].split() == ["score", "±", "lr", "units", "kind"]
    scores = [float(row.split()[0]) for row in rows[1:]]
    assert len(scores) == 8
    assert scores == sorted(scores, reverse=True)
    figure = found.plot()
    assert len(figure.axes) == 6
    assert [ax.get_xlabel() for ax in figure.axes[3:]] == ["lr", "units", "kind"]
    assert figure.axes[0].get_xscale() == "log"
    assert found.plot(figure) is figure
    matplotlib.pyplot.close(figure)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_candidates_that_fail_are_left_out() -> None:
    space = {"lr": (1e-3, 1e-1), "kind": ["broken", "good", "bad"]}
    found = coarse_to_fine(Hill(), space, X, Y, [{}, {}], candidates=12, random_state=0)
    assert "broken" not in found.stages[1].space["kind"]
    assert len(found.stages[0].order()) < 12


def test_what_is_no_space_is_refused() -> None:
    for space, message in (
        ({"lr": (0.0, 1.0)}, r"the range of 'lr' is a pair \(low, high\) of numbers over 0, not \(0.0, 1.0\)"),
        ({"lr": (2.0, 1.0)}, r"the range of 'lr' is a pair"),
        ({"lr": ("a", "b")}, r"the range of 'lr' is a pair"),
        ({"kind": []}, r"'kind' has a range \(low, high\) or a list of choices, not \[\]"),
        ({"kind": "good"}, r"'kind' has a range"),
    ):
        with pytest.raises(ValueError, match=message):
            coarse_to_fine(Hill(), space, X, Y)
    with pytest.raises(ValueError, match=r"a search has at least one stage, such as \{'epochs': 5\}"):
        coarse_to_fine(Hill(), SPACE, X, Y, [])


def test_a_network_is_searched_and_found() -> None:
    A, b = load_iris(return_X_y=True)
    A = (A - A.mean(axis=0)) / A.std(axis=0)
    space = {  # architecture, rate, its decay, update rule, strengths of L2 and dropout
        "hidden": [(4,), (16,)], "lr": (1e-5, 1.0), "lr_decay": (1e-3, 0.3), "optimizer": ["SGD", "Adam"],
        "weight_decay": (1e-6, 1e-1), "dropout": (0.01, 0.5),
    }  # fmt: skip
    model = NeuralClassifier(random_state=0)
    found = coarse_to_fine(model, space, A, b, ({"epochs": 3}, {"epochs": 15}), candidates=8, cv=2, random_state=0)
    assert found.best_estimator_.score(A, b) > 0.85
    assert found.best_estimator_.epochs == 15


def test_it_scales_through_the_dask_backend_of_joblib() -> None:
    distributed = pytest.importorskip("distributed", reason="the cluster is Dask's: pip install 'dask[distributed]'")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_backend("dask"),
    ):
        there = coarse_to_fine(Hill(), SPACE, X, Y, [{"epochs": 1}], candidates=8, random_state=0)
    here = coarse_to_fine(Hill(), SPACE, X, Y, [{"epochs": 1}], candidates=8, random_state=0)
    assert there.best_params_ == here.best_params_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_a_stage_without_any_score_is_told() -> None:
    class Scoreless(Hill):
        def score(self, X: Any, y: Any) -> float:
            return math.nan

    with pytest.raises(ValueError, match=r"no candidate of the stage could be trained; see the warnings, and check"):
        coarse_to_fine(Scoreless(), {"lr": (1e-3, 1e-1)}, X, Y, [{}], candidates=3, random_state=0)
