"""A training stops when it should, and with the parameters that were best; then it is trained on all the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.training.problems import batched, blobs, net
from training import (
    Averaging,
    EachEpoch,
    EachStep,
    EarlyStopping,
    LivePlot,
    StopWhenStill,
    StopWhenWorse,
    TensorBoard,
    evaluate,
    fit,
    retrain_from_start,
    retrain_onward,
)

TRAIN, VAL = blobs(24, noise=2.0), blobs(60, seed=1, noise=2.0)


def overfitted(stopping: EarlyStopping, **options: Any) -> tuple[nn.Module, Any]:
    model = net(hidden=30)
    adam = optim.Adam(model.parameters(), lr=0.03)
    history = fit(
        model, F.cross_entropy, adam, batched(TRAIN, 8), 60, validate=VAL, callbacks=[stopping], progress=False,
        **options,
    )  # fmt: skip
    return model, history


# ------------------------------------------------------------------------------------------------------- early stopping


def test_early_stopping_ends_with_the_parameters_that_were_best() -> None:
    stopping = EarlyStopping(patience=4)
    model, history = overfitted(stopping)
    best = history.best("val_loss")
    assert len(history) == best + 1 + 4 < 60
    assert evaluate(model, F.cross_entropy, VAL)["loss"] == history["val_loss"][best] < history["val_loss"][-1]
    assert (stopping.best, stopping.epoch, stopping.step) == (history["val_loss"][best], best + 1, 3 * (best + 1))
    assert stopping.objective == history["loss"][best]


def test_it_can_leave_the_last_parameters_and_watch_what_grows() -> None:
    stopping = EarlyStopping(patience=3, restore_best=False)
    model, history = overfitted(stopping)
    assert evaluate(model, F.cross_entropy, VAL)["loss"] == history["val_loss"][-1] > stopping.best
    rule, model = EarlyStopping(2, mode="max", min_delta=0.1), net()
    assert [rule.update(v, model) for v in (0.5, 0.55, 0.62, 0.7, math.nan)] == [False, False, False, False, True]
    assert (rule.best, rule.epoch) == (0.62, 3)
    rule = EarlyStopping(2)
    assert [rule.update(v, model) for v in (1.0, 1.0, 1.0)] == [False, False, True]  # the same is no better


def test_the_copy_that_is_kept_is_no_view_of_the_parameters() -> None:
    model, stopping = net(), EarlyStopping()
    stopping.update(1.0, model)
    before = [p.data.copy() for p in model.parameters()]
    for p in model.parameters():
        p.data[...] = 7.0
        p.mark_written()
    stopping.restore(model)
    for p, old in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(p.data, old)


def test_early_stopping_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match=r"mode must be 'min' or 'max', not 'least'"):
        EarlyStopping(mode="least")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"EarlyStopping: patience must be a number from 0 on, not -1"):
        EarlyStopping(-1)
    with pytest.raises(ValueError, match=r"there is nothing to restore: no measure was a number yet"):
        EarlyStopping().restore(net())
    model = net()
    with pytest.raises(
        ValueError, match=r"EarlyStopping watches 'val_loss', and an epoch has only loss, lr, step; giv"
    ):
        fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [TRAIN], 1, callbacks=[EarlyStopping()],
            progress=False)  # fmt: skip


# ----------------------------------------------------------------------------------------- retraining on all the data


ALL = tuple(np.concatenate(parts) for parts in zip(TRAIN, VAL, strict=True))


@pytest.mark.parametrize("same", ["steps", "epochs"])
def test_retraining_from_the_start_takes_as_many_steps_or_passes(same: Any) -> None:
    stopping = EarlyStopping(patience=3)
    overfitted(stopping)
    model = net(hidden=30)
    batches = batched(ALL, 8)
    history = retrain_from_start(
        model, F.cross_entropy, optim.Adam(model.parameters(), lr=0.03), batches, stopping, same, progress=False
    )
    if same == "steps":
        assert history["step"][-1] == stopping.step
    else:
        assert len(history) == stopping.epoch
        assert history["step"][-1] == stopping.epoch * len(batches) > stopping.step


def test_retraining_onward_goes_on_from_the_best_until_validation_meets_the_objective() -> None:
    stopping = EarlyStopping(patience=3, restore_best=False)
    model, _ = overfitted(stopping)
    stopping.objective = 0.8 * stopping.best  # not reached at the stop, and soon after
    first: list[float] = []
    sgd = optim.Adam(model.parameters(), lr=0.01)
    start = nn.Sequential.state_dict(model)
    history = retrain_onward(
        model, F.cross_entropy, sgd, batched(ALL, 8), stopping, VAL, epochs=80, progress=False,
        callbacks=[lambda run: first.append(run.log["val_loss"])],
    )  # fmt: skip
    assert start.keys() == stopping.state.keys()  # type: ignore[union-attr]
    assert history["val_loss"][-1] < stopping.objective <= history["val_loss"][-2]
    assert len(history) < 80
    assert first == history["val_loss"]


def test_retraining_onward_begins_with_the_best_parameters_and_gives_up_in_the_end() -> None:
    stopping = EarlyStopping(patience=3, restore_best=False)
    model, _ = overfitted(stopping)
    stopping.objective = 0.0
    frozen = optim.SGD(model.parameters(), lr=0.0)
    history = retrain_onward(model, F.cross_entropy, frozen, batched(ALL, 8), stopping, VAL, epochs=2, progress=False)
    assert history["val_loss"] == [stopping.best] * 2


def test_retraining_needs_a_training_that_was_stopped() -> None:
    model = net()
    sgd = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"this EarlyStopping has no best epoch yet: give it to fit as a callback"):
        retrain_from_start(model, F.cross_entropy, sgd, [TRAIN], EarlyStopping())
    with pytest.raises(ValueError, match=r"this EarlyStopping has no best epoch yet"):
        retrain_onward(model, F.cross_entropy, sgd, [TRAIN], EarlyStopping(), VAL)
    with pytest.raises(ValueError, match=r"same must be 'steps' or 'epochs', not 'time'"):
        retrain_from_start(model, F.cross_entropy, sgd, [TRAIN], EarlyStopping(), "time")  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------------- the other rules


def test_a_training_that_explodes_is_stopped_at_three_times_the_first_cost() -> None:
    x, y = np.ones((4, 1)), np.zeros((4, 1))

    def train(lr: float, callbacks: Any) -> Any:
        model = nn.Linear(1, 1, bias=False, dtype=np.float64)
        model.weight.data = [[1.0]]
        return fit(model, F.mse_loss, optim.SGD(model.parameters(), lr=lr), [(x, y)], 20, callbacks=callbacks,
                   progress=False)  # fmt: skip

    said: list[Any] = []
    history = train(1.2, [StopWhenWorse(), lambda run: said.append(run.stopped)])  # w ← −1.4 w: the cost ×1.96
    assert history["loss"] == pytest.approx([1.0, 1.96, 1.96**2])
    assert said[-1] == (
        "the loss of step 3 is 3.842, and 3 times that of the first, 1, is the most: the learning rate is too high"
    )
    assert len(train(0.4, [StopWhenWorse()])) == 20


def test_a_cost_that_is_no_number_stops_too() -> None:
    rule = StopWhenWorse()
    assert [rule.update(cost) for cost in (1.0, 2.0, math.nan)] == [False, False, True]
    assert StopWhenWorse().update(math.nan)
    with pytest.raises(ValueError, match=r"factor must be a number above 1, not 1"):
        StopWhenWorse(1)


@pytest.mark.parametrize("each", ["step", "epoch"])
def test_gradient_descent_stops_when_the_parameters_are_still(each: Any) -> None:
    model = nn.Linear(1, 1, bias=False, dtype=np.float64)
    model.weight.data = [[1.0]]
    rule = StopWhenStill(goal=0.01, each=each)
    batches = [(np.ones((2, 1)), np.zeros((2, 1)))] * 2
    said: list[Any] = []
    fit(model, F.mse_loss, optim.SGD(model.parameters(), lr=0.25), batches, 50,
        callbacks=[rule, lambda run: said.append((run.step, run.stopped))], progress=False)  # fmt: skip
    # w halves in each step: it moves by 2⁻ⁿ in step n, by 3·4⁻ⁿ in epoch n
    step, why = said[-1]
    assert step == (7 if each == "step" else 10)
    assert rule.moved == pytest.approx(2.0**-7 if each == "step" else 3 * 4.0**-5)
    assert why.startswith(f"Σ|W − W_old| since the last {each} is 0.00")
    with pytest.raises(ValueError, match=r"StopWhenStill: goal must be a number from 0 on, not -1"):
        StopWhenStill(-1)
    with pytest.raises(ValueError, match=r"each must be 'step' or 'epoch', not 'hour'"):
        StopWhenStill(1, "hour")  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------- what goes along with training


def test_schedules_go_along_by_steps_by_epochs_and_by_what_validation_says() -> None:
    def rates(make: Any, **options: Any) -> Any:
        model = net()
        sgd = optim.SGD(model.parameters(), lr=1e-9)
        return fit(model, F.cross_entropy, sgd, batched(TRAIN, 12), 3, callbacks=[make(sgd)], validate=VAL,
                   progress=False, **options)["lr"]  # fmt: skip

    halving = optim.schedules.step(1, 0.5)
    assert rates(lambda sgd: EachStep(optim.Scheduler(sgd, lr=halving))) == [0.5e-9, 0.125e-9, 0.03125e-9]
    assert rates(lambda sgd: EachEpoch(optim.Scheduler(sgd, lr=halving))) == [1e-9, 0.5e-9, 0.25e-9]
    plateau = lambda sgd: EachEpoch(optim.OnPlateau(sgd, factor=0.5, patience=0, eps=0))  # noqa: E731
    assert rates(plateau) == [1e-9, 1e-9, 0.5e-9]
    with pytest.raises(ValueError, match=r"EachEpoch watches 'val_f1', and an epoch has only loss, "):
        rates(lambda sgd: EachEpoch(optim.OnPlateau(sgd), watch="val_f1"))
    with pytest.raises(TypeError, match=r"EachStep drives something with a method step, such as optim.Scheduler, not"):
        rates(lambda sgd: EachStep(halving))


@pytest.mark.parametrize("each", ["step", "epoch"])
def test_averages_are_evaluated_and_kept(each: Any) -> None:
    model = net()
    averaged = optim.Averaged(model)
    seen: list[Any] = []
    take = lambda run: seen.append([p.data.copy() for p in run.model.parameters()])  # noqa: E731
    history = fit(
        model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.3), [TRAIN], 4, validate=VAL,
        callbacks=[EarlyStopping(), Averaging(averaged, each, start=1), take], progress=False,
    )  # fmt: skip
    mean = [np.mean(parts, axis=0) for parts in zip(*seen[1:], strict=True)]
    for parameter, value in zip(model.parameters(), mean, strict=True):
        np.testing.assert_allclose(parameter.data, value, rtol=1e-5, atol=1e-6)
    assert averaged.n == 3
    assert history["val_loss"][-1] == evaluate(model, F.cross_entropy, VAL)["loss"]  # early stopping kept the average
    with pytest.raises(ValueError, match=r"each must be 'step' or 'epoch', not 'day'"):
        Averaging(averaged, "day")  # type: ignore[arg-type]


def test_early_stopping_keeps_the_average_that_was_best_in_whatever_order_they_are_given() -> None:
    model, stopping = net(hidden=30), EarlyStopping(patience=4)
    callbacks = [stopping, Averaging(optim.Averaged(model, decay=0.5))]
    history = fit(model, F.cross_entropy, optim.Adam(model.parameters(), lr=0.03), batched(TRAIN, 8), 60, validate=VAL,
                  callbacks=callbacks, progress=False)  # fmt: skip
    assert evaluate(model, F.cross_entropy, VAL)["loss"] == stopping.best < history["val_loss"][-1]


def test_averages_refresh_batch_normalisation() -> None:
    model = nn.Sequential(nn.Linear(2, 4, rng=0), nn.BatchNorm1d(4), nn.Linear(4, 3, rng=1))
    callback = Averaging(optim.Averaged(model), refresh=[TRAIN])
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.3), [TRAIN], 3, callbacks=[callback],
        validate=VAL, progress=False)  # fmt: skip
    np.testing.assert_allclose(model[1].running_mean, model[0](TRAIN[0]).data.mean(axis=0), rtol=1e-4, atol=1e-5)


def test_curves_are_drawn_into_a_file_while_it_trains(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib", reason="pictures are Matplotlib's").use("agg")
    path, sizes = tmp_path / "curves.png", []
    model = net()
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [TRAIN], 3, progress=False,
        callbacks=[LivePlot(path, every=2), lambda run: sizes.append(path.exists() and path.stat().st_mtime_ns)],
        )  # fmt: skip
    assert sizes[0] is False
    assert sizes[1] == sizes[2] < path.stat().st_mtime_ns
    assert path.read_bytes().startswith(b"\x89PNG")


def test_curves_are_drawn_into_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    pytest.importorskip("matplotlib", reason="pictures are Matplotlib's").use("agg")
    shown: list[bytes] = []
    handle = types.SimpleNamespace(update=shown.append)
    notebook = types.ModuleType("IPython.display")
    notebook.Image = lambda data: data  # type: ignore[attr-defined]
    notebook.display = lambda data, display_id: shown.append(data) or handle  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", notebook)
    model = net()
    sgd = optim.SGD(model.parameters(), lr=0.1)
    fit(model, F.cross_entropy, sgd, [TRAIN], 2, callbacks=[LivePlot()], progress=False)
    assert [picture[:4] for picture in shown] == [b"\x89PNG"] * 2
    assert shown[0] != shown[1]
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(ImportError, match=r"without IPython there is no notebook to draw in; write LivePlot\('curves"):
        fit(model, F.cross_entropy, sgd, [TRAIN], 1, callbacks=[LivePlot()], progress=False)


def test_numbers_are_written_for_tensorboard() -> None:
    written: list[Any] = []

    class Writer:
        def add_scalar(self, tag: str, value: float, step: int) -> None:
            written.append((tag, step))

        def flush(self) -> None:
            written.append("flushed")

    model = net()
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [TRAIN], 2, validate=VAL,
        callbacks=[TensorBoard(Writer())], progress=False)  # fmt: skip
    tags = ["loss/train", "lr", "loss/val", "step"]
    assert written == [*((tag, 1) for tag in tags), *((tag, 2) for tag in tags), "flushed"]
    with pytest.raises(TypeError, match=r"TensorBoard takes a SummaryWriter, with a method add_scalar, not str"):
        TensorBoard("runs")
