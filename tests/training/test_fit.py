"""fit does what the loop that one writes by hand does, and tells how it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
import training
from nn import functional as F
from tests.training.problems import batched, blobs, net
from training import Callback, accuracy, fit, train_step


def same(model: nn.Module, other: nn.Module) -> bool:
    return all(np.array_equal(a.data, b.data) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_it_is_the_loop_that_one_writes_by_hand() -> None:
    batches = batched(blobs(), 16)
    mine, its = net(), net()
    adam = optim.Adam(mine.parameters(), lr=0.01)
    for _ in range(3):
        for x, y in batches:
            loss = F.cross_entropy(mine(x), y)
            adam.zero_grad()
            loss.backward()
            adam.step()
    fit(its, F.cross_entropy, optim.Adam(its.parameters(), lr=0.01), batches, 3, progress=False)
    assert same(mine, its)


def test_the_history_has_the_mean_over_examples_and_the_metrics_of_the_epoch() -> None:
    X, y = blobs(50)
    model = net()
    expected = F.cross_entropy(model(X), y).item()  # with a rate of 0 the mean over unequal batches is that over all
    history = fit(
        model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.0), batched((X, y), 16), 2,
        validate=(X, y), metrics=[accuracy], progress=False,
    )  # fmt: skip
    assert history["loss"] == pytest.approx([expected] * 2, rel=1e-5)
    assert history["val_loss"] == pytest.approx([expected] * 2, rel=1e-5)
    assert history["accuracy"] == history["val_accuracy"] == [accuracy(model(X), y)] * 2
    assert history["step"] == [4, 8]
    assert history["lr"] == [0.0, 0.0]


def test_accumulated_gradients_are_those_of_one_large_batch() -> None:
    X, y = blobs(50)
    small, large = net(np.float64), net(np.float64)
    for model, size, accumulate in ((small, 7, 3), (large, 21, 1)):
        sgd = optim.SGD(model.parameters(), lr=0.5)
        history = fit(
            model, F.cross_entropy, sgd, batched((X, y), size), 3,
            accumulate=accumulate, penalty=lambda m: 0.01 * nn.penalties.l2(m), clip=0.4, progress=False,
        )  # fmt: skip
        assert history["step"] == [3, 6, 9]
    for a, b in zip(small.parameters(), large.parameters(), strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-10, atol=1e-12)


def test_the_penalty_has_its_part_in_the_gradient_and_a_column_of_its_own() -> None:
    X, y = blobs(20)
    model = net()
    expected = 0.1 * nn.penalties.l2(model).item()
    plain = F.cross_entropy(model(X), y).item()
    model_2 = net()
    loss = F.cross_entropy(model_2(X), y) + 0.1 * nn.penalties.l2(model_2)
    loss.backward()
    sgd = optim.SGD(model.parameters(), lr=0.1)
    done = train_step(model, F.cross_entropy, sgd, (X, y), penalty=lambda m: 0.1 * nn.penalties.l2(m))
    assert (done.loss, done.penalty) == pytest.approx((plain, expected), rel=1e-6)
    for a, b in zip(model.parameters(), model_2.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-4, atol=1e-6)
    history = fit(
        (fresh := net()), F.cross_entropy, optim.SGD(fresh.parameters(), lr=0.0), [(X, y)], 1,
        penalty=lambda m: 0.1 * nn.penalties.l2(m), progress=False,
    )  # fmt: skip
    assert history["penalty"] == pytest.approx([expected], rel=1e-6)
    assert history["loss"] == pytest.approx([plain], rel=1e-6)


def test_gradients_are_clipped_before_the_step() -> None:
    X, y = blobs(20)
    model = net()
    before = [p.data.copy() for p in model.parameters()]
    train_step(model, F.cross_entropy, optim.SGD(model.parameters(), lr=1.0), (X, y), clip=1e-3)
    moved = sum(float(((p.data - old) ** 2).sum()) for p, old in zip(model.parameters(), before, strict=True))
    assert np.sqrt(moved) == pytest.approx(1e-3, rel=1e-2)
    values: list[float] = []
    train_step(
        model, F.cross_entropy, optim.SGD(model.parameters(), lr=1.0), (X, y),
        clip=lambda parameters: values.append(len(parameters)),
    )  # fmt: skip
    assert values == [4]


def test_an_optimiser_that_calls_its_closure_often_works_too() -> None:
    X, y = blobs(40)
    model = net(np.float64)
    lbfgs = optim.LBFGS(model.parameters(), max_iter=10, line_search_fn="strong_wolfe")
    history = fit(model, F.cross_entropy, lbfgs, [(X, y)], 4, progress=False)
    assert history["loss"][-1] < 0.1 * history["loss"][0]


def test_inputs_become_what_the_model_is_made_of() -> None:
    X, y = np.random.default_rng(0).normal(size=(8, 3)), np.ones((8, 1))
    assert X.dtype == np.float64
    model = nn.Linear(3, 1)
    seen: list[Any] = []
    model.register_forward_hook(lambda module, args, output: seen.append((args[0].dtype, output.dtype)))
    done = train_step(model, F.mse_loss, optim.SGD(model.parameters(), lr=0.1), (X, y))
    assert seen == [(np.float32, np.float32)]
    assert done.outputs[0][1].dtype == np.float32


def test_a_model_in_evaluation_mode_is_trained_and_layers_that_are_frozen_stay_so() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3)).eval()
    modes: list[list[bool]] = []
    look = [lambda run: modes.append([module.training for module in run.model])]
    data = blobs(20)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    fit(model, F.cross_entropy, sgd, [data], 1, validate=data, callbacks=look, progress=False)
    model[1].eval()
    fit(model, F.cross_entropy, sgd, [data], 1, validate=data, callbacks=look, progress=False)
    assert modes == [[True] * 4, [True, False, True, True]]


def test_it_evaluates_on_as_many_data_sets_as_it_is_given() -> None:
    data, other = blobs(30), blobs(30, seed=1)
    model = net()
    history = fit(
        model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), batched(data, 10), 2,
        validate={"train": data, "test": batched(other, 7)}, metrics={"right": accuracy}, progress=False,
    )  # fmt: skip
    assert set(history.columns) == {
        "loss", "right", "lr", "step", "train_loss", "train_right", "test_loss", "test_right",
    }  # fmt: skip
    assert history["test_loss"][-1] == pytest.approx(F.cross_entropy(model(other[0]), other[1]).item(), rel=1e-5)


def test_it_stops_after_so_many_steps() -> None:
    model = net()
    history = fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), batched(blobs(), 10), steps=9,
                  progress=False)  # fmt: skip
    assert history["step"] == [6, 9]


def test_it_goes_on_with_a_history() -> None:
    model, batches = net(), batched(blobs(), 20)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, F.cross_entropy, sgd, batches, 2, progress=False)
    assert fit(model, F.cross_entropy, sgd, batches, 5, history=history, progress=False) is history
    assert history["step"] == [3, 6, 9, 12, 15]


def test_callbacks_are_told_everything_in_order() -> None:
    told: list[Any] = []

    class Listener(Callback):
        def begin(self, run: Any) -> None:
            told.append("begin")

        def after_step(self, run: Any) -> None:
            told.append(run.step)

        def before_validation(self, run: Any) -> None:
            told.append("before")

        def after_epoch(self, run: Any) -> None:
            told.append((run.epoch, run.log is run.history[-1]))
            if run.epoch == 2:
                run.stop("enough")
                run.stop("more than enough")
                assert run.stopped == "enough"

        def end(self, run: Any) -> None:
            told.append("end")

    model = net()
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), batched(blobs(40), 20), 9,
        callbacks=[Listener()], progress=False)  # fmt: skip
    assert told == ["begin", 1, 2, "before", (1, True), 3, 4, "before", (2, True), "end"]


def test_the_bar_shows_loss_metrics_and_validation_and_nothing_when_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    model, data = net(), blobs(60)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    monkeypatch.setattr("training.progress.REST", 0.0)
    fit(model, F.cross_entropy, sgd, batched(data, 10), 2, validate=data, metrics=[accuracy])
    printed, bar = capsys.readouterr()
    assert printed == ""
    for text in ("epoch 1/2", "epoch 2/2", "12/12", "loss=", "accuracy=", "val_loss=", "val_accuracy="):
        assert text in bar
    fit(model, F.cross_entropy, sgd, batched(data, 10), 2, validate=data, progress=False)
    assert capsys.readouterr() == ("", "")


def test_what_cannot_be_trained_is_refused() -> None:
    model, data = net(), blobs(20)
    sgd = optim.SGD(model.parameters(), lr=0.1)

    def run(batches: Any = (data,), epochs: int | None = 1, **options: Any) -> None:
        fit(model, F.cross_entropy, sgd, batches, epochs, progress=False, **options)

    with pytest.raises(ValueError, match=r"fit needs to know where to end: give it epochs=… or steps=…"):
        run(epochs=None)
    with pytest.raises(ValueError, match=r"fit: accumulate must be a whole number from 1 on, not 0"):
        run(accumulate=0)
    with pytest.raises(TypeError, match=r"batches is a generator, which can be gone through only once; give a list"):
        run(x for x in [data])
    with pytest.raises(ValueError, match=r"there are no batches to learn from"):
        run([])
    with pytest.raises(TypeError, match=r"a batch is a pair \(x, y\) of inputs and targets, not a ndarray; for an"):
        run([data[0]])
    with pytest.raises(TypeError, match=r"not a tuple of 3"):
        run([(*data, 1)])
    with pytest.raises(TypeError, match=r"a callback is a Callback or a function of the run, not EarlyStopping"):
        run(callbacks=[training.EarlyStopping])
    with pytest.raises(TypeError, match=r"a callback is a Callback or a function of the run, not int"):
        run(callbacks=[3])
    with pytest.raises(TypeError, match=r"metrics are a list or a dict of functions; write metrics=\[accuracy\]"):
        run(metrics=accuracy)
    with pytest.raises(ValueError, match=r"there are no examples to evaluate; an iterator can be gone through only"):
        run(validate=iter([]))
    with pytest.raises(ValueError, match=r"there are 20 examples and 3 targets; each example needs one"):
        run(validate=(data[0], data[1][:3]))
    with pytest.raises(ValueError, match=r"train_step needs at least one batch"):
        train_step(model, F.cross_entropy, sgd)


def test_an_optimiser_without_a_closure_is_named() -> None:
    class Deaf(optim.SGD):
        def step(self, closure: Any = None) -> Any:
            return None

    model = net()
    with pytest.raises(TypeError, match=r"Deaf.step\(closure\) did not call its closure"):
        train_step(model, F.cross_entropy, Deaf(model.parameters(), lr=0.1), blobs(4))


def test_no_file_hides_a_function_of_its_name() -> None:
    files = {path.stem for path in Path(training.__file__).parent.iterdir()}
    assert not files & set(training.__all__)  # `import training.fit` would put the file in the place of the function
