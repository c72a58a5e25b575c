"""Search for hyper-parameters in stages: coarse and short first, then fine and longer, in log space."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .pictures import new_figure
from .tables import Table, number

try:
    from sklearn.base import clone
    from sklearn.model_selection import RandomizedSearchCV
    from sklearn.utils import check_random_state
except ImportError as missing:
    raise ImportError("the search needs scikit-learn; install it with: pip install 'seegrad[training]'") from missing

Space = Mapping[str, Any]

BEST = 0.25  # the share of the candidates of a stage that the next one is drawn around
MARGIN = 0.1  # of the width of a range, is added on both sides of the best
BEYOND = 0.5  # of the width, is added where the very best lies at the edge (nearer than the margin)


class Stage:
    """One stage of a search.

    Attributes
    ----------
    space : dict of str → (low, high) or list
        What was drawn from.
    settings : dict
        What was the same for all: of the estimator, such as ``epochs``.
    params : list of dict
        What was tried.
    scores : list of float
        The mean score over the folds, of each.
    deviations : list of float
        Its standard deviation over the folds.
    """

    def __init__(self, space: dict[str, Any], settings: dict[str, Any], search: Any) -> None:
        self.space = space
        self.settings = settings
        self.params: list[dict[str, Any]] = list(search.cv_results_["params"])
        self.scores: list[float] = search.cv_results_["mean_test_score"].tolist()
        self.deviations: list[float] = search.cv_results_["std_test_score"].tolist()

    def order(self) -> list[int]:
        """Return the numbers of the candidates, the best first; those that failed are left out."""
        known = [i for i, score in enumerate(self.scores) if not math.isnan(score)]
        return sorted(known, key=lambda i: -self.scores[i])

    def table(self, rows: int | None = None) -> Table:
        """Return the candidates as a table, the best first, or so many of them."""
        head = ["score", "±", *self.space]
        cells = [
            [number(self.scores[i], 4), number(self.deviations[i], 2), *(_shown(self.params[i][n]) for n in self.space)]
            for i in self.order()[:rows]
        ]
        return Table([head, *cells])

    def narrowed(self) -> dict[str, Any]:
        """Return the space around the best candidates, for the next stage."""
        order = self.order()
        if not order:
            raise ValueError("no candidate of the stage could be trained; see the warnings, and check the space")
        best = [self.params[i] for i in order[: max(2, round(BEST * len(self.params)))]]
        return {name: _around(values, [found[name] for found in best]) for name, values in self.space.items()}


class CoarseToFine:
    """What :func:`coarse_to_fine` found.

    Attributes
    ----------
    stages : list of Stage
        What was tried.
    best_params_ : dict
        The best of the last stage.
    best_score_ : float
        Its mean score over the folds.
    best_estimator_ : estimator
        Trained with them on all the data.
    """

    def __init__(self, stages: list[Stage], best_estimator: Any) -> None:
        self.stages = stages
        best = stages[-1].order()[0]
        self.best_params_ = stages[-1].params[best]
        self.best_score_ = stages[-1].scores[best]
        self.best_estimator_ = best_estimator

    def plot(self, figure: Any = None) -> Any:
        """Draw the scores against each range, a row for each stage.

        Parameters
        ----------
        figure : matplotlib Figure, optional
            Where to draw; what was in it is removed. Default: a new one.

        Returns
        -------
        matplotlib Figure

        Raises
        ------
        ImportError
            If Matplotlib is missing.
        """
        names = list(self.stages[0].space)
        if figure is None:
            figure = new_figure("CoarseToFine.plot", 3.2 * len(names), 2.4 * len(self.stages))
        for ax in figure.axes:
            ax.remove()  # clear() sets shared axes to 0 … 1, and Matplotlib 3.10 warns of a logarithmic one
        figure.clear()
        axes = figure.subplots(len(self.stages), len(names), squeeze=False, sharex="col")
        for i, (row, stage) in enumerate(zip(axes, self.stages, strict=True), 1):
            for ax, name in zip(row, names, strict=True):
                _draw(ax, stage, name)
            settings = ", ".join(f"{name}={value}" for name, value in stage.settings.items())
            row[0].set_ylabel(f"stage {i}" + (f", {settings}" if settings else "") + "\nscore")
        for ax, name in zip(axes[-1], names, strict=True):
            ax.set_xlabel(name)
        return figure

    def __str__(self) -> str:
        parts = []
        for i, stage in enumerate(self.stages, 1):
            settings = "".join(f", {name}={value}" for name, value in stage.settings.items())
            ranges = ", ".join(f"{name} {_range(values)}" for name, values in stage.space.items())
            parts.append(f"Stage {i}: {len(stage.params)} candidates{settings}; {ranges}\n{stage.table(5)}")
        return "\n\n".join(parts)

    __repr__ = __str__


def coarse_to_fine(
    estimator: Any,
    space: Space,
    X: Any,
    y: Any,
    stages: Sequence[Mapping[str, Any]] = ({"epochs": 5}, {"epochs": 20}, {"epochs": 50}),
    *,
    candidates: int = 20,
    cv: Any = 3,
    scoring: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> CoarseToFine:
    """Search in stages, each around the best quarter of the one before.

    Each stage is a ``RandomizedSearchCV`` of scikit-learn: random search finds good values sooner than a grid where
    only a few of the parameters matter. Ranges are drawn from evenly in their logarithms. The best quarter of a stage,
    and a tenth of the old width on both sides of it, is the range of the next. Where the best value of all lies at the
    edge of its range, it is half of the old width: better ones may be beyond.

    Parameters
    ----------
    estimator : estimator
        Such as :class:`NeuralClassifier`, or a pipeline that ends in one.
    space : dict of str → (low, high), or list of choices
        What is searched, by the names of the estimator's parameters (in a pipeline, ``neuralclassifier__lr``). A range
        is a pair of positive numbers; of two integers integers are drawn. Of a list those choices stay that are among
        the best.
    X, y : arrays
        The training data; keep test data apart.
    stages : sequence of dict, default 5, 20 and 50 epochs
        What is set in each stage: coarse ones are short.
    candidates : int, default 20
        How many are tried in each stage.
    cv, scoring, n_jobs : optional
        See ``sklearn.model_selection.RandomizedSearchCV``. Joblib's backends spread the work over machines: inside
        ``with joblib.parallel_backend("dask"):``.
    random_state : int, RandomState or None
        Of what is drawn.

    Returns
    -------
    CoarseToFine
        It prints as a table for each stage.

    Raises
    ------
    ValueError
        If there is no stage, a range is none, or all candidates of a stage fail.

    References
    ----------
    Bergstra & Bengio, "Random search for hyper-parameter optimization" (2012).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from training import NeuralClassifier, coarse_to_fine
    >>> X, y = load_iris(return_X_y=True)
    >>> model = NeuralClassifier(hidden=(8,), random_state=0)
    >>> space = {"lr": (1e-5, 1.0), "activation": ["relu", "tanh"]}
    >>> found = coarse_to_fine(model, space, X, y, ({"epochs": 2}, {"epochs": 5}), candidates=6, random_state=0)
    >>> [len(stage.params) for stage in found.stages]
    [6, 6]
    """
    if not stages:
        raise ValueError("a search has at least one stage, such as {'epochs': 5}")
    for name, values in space.items():
        _refuse(name, values)
    random, done, here = check_random_state(random_state), [], dict(space)
    for settings in stages:
        search = RandomizedSearchCV(
            clone(estimator).set_params(**settings),
            {name: _LogRange(values) if _is_range(values) else values for name, values in here.items()},
            n_iter=candidates,
            cv=cv,
            scoring=scoring,
            n_jobs=n_jobs,
            random_state=random,
            refit=False,
        )
        done.append(Stage(here, dict(settings), search.fit(X, y)))
        here = done[-1].narrowed()
    best = done[-1].params[done[-1].order()[0]]
    return CoarseToFine(done, clone(estimator).set_params(**done[-1].settings, **best).fit(X, y))


class _LogRange:
    """Python numbers that are drawn evenly in their logarithms, as RandomizedSearchCV draws."""

    def __init__(self, values: tuple[Any, Any]) -> None:
        self.whole = _is_whole(values)
        low, high = values
        self.low, self.high = (low - 0.49, high + 0.49) if self.whole else (low, high)

    def rvs(self, random_state: Any = None) -> float:
        drawn = math.exp(random_state.uniform(math.log(self.low), math.log(self.high)))
        return round(drawn) if self.whole else drawn


def _is_range(values: Any) -> bool:
    return isinstance(values, tuple)


def _is_whole(values: tuple[Any, Any]) -> bool:
    return all(isinstance(value, (int, np.integer)) for value in values)


def _around(values: Any, best: list[Any]) -> Any:
    """Return the range, or the choices, around the best values, of which the very best is the first."""
    if not _is_range(values):
        return [value for value in values if any(value is found or value == found for found in best)]
    low, high = values
    width = math.log(high / low)
    down, up = (
        BEYOND if away < MARGIN * width else MARGIN for away in (math.log(best[0] / low), math.log(high / best[0]))
    )
    narrow = min(best) / math.exp(down * width), max(best) * math.exp(up * width)
    return (max(1, math.floor(narrow[0])), math.ceil(narrow[1])) if _is_whole(values) else narrow


def _refuse(name: str, values: Any) -> None:
    if _is_range(values):
        numbers = len(values) == 2 and all(isinstance(v, (int, float, np.number)) for v in values)
        if not (numbers and 0 < values[0] <= values[1]):
            raise ValueError(f"the range of {name!r} is a pair (low, high) of numbers over 0, not {values!r}")
    elif not (isinstance(values, list) and values):
        raise ValueError(f"{name!r} has a range (low, high) or a list of choices, not {values!r}")


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _range(values: Any) -> str:
    return f"from {_shown(values[0])} to {_shown(values[1])}" if _is_range(values) else f"of {values}"


def _draw(ax: Any, stage: Stage, name: str) -> None:
    """Draw the scores of a stage against one parameter."""
    values = [found[name] for found in stage.params]
    ax.grid(alpha=0.3)
    if _is_range(stage.space[name]):
        ax.set_xscale("log")
        ax.axvspan(*stage.space[name], color="C0", alpha=0.08)
    else:
        values = [str(value) for value in values]
    best = stage.order()[0]
    ax.plot(values, stage.scores, "C0o", markersize=4, alpha=0.7)
    ax.plot(values[best], stage.scores[best], "C1*", markersize=11)
