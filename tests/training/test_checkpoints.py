"""A training that was killed goes on where it was, bit for bit; of its checkpoints those are kept that should be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.training.killed import digest, train
from tests.training.problems import batched, blobs, net
from training import Checkpoints, EarlyStopping, StopWhenStill, StopWhenWorse, fit

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("killed.py")


def start(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill −9 here")
@pytest.mark.parametrize(
    ("place", "count", "whole"),
    [
        ("step", 13, [1, 2]),  # in the third epoch
        ("fsync", 3, [1, 2]),  # while the third checkpoint is written
        ("replace", 3, [1, 2]),  # when it is written, and has not its name yet
        ("replace-after", 3, [1, 2, 3]),  # when it has its name, and the first is not yet removed
    ],
)
def test_a_training_that_is_killed_goes_on_bit_for_bit(tmp_path: Path, place: str, count: int, whole: Any) -> None:
    killed = start(tmp_path, place, count)
    assert killed.returncode == -signal.SIGKILL
    assert Checkpoints(tmp_path).numbers() == whole
    for number in whole:
        nn.load(Checkpoints(tmp_path).path(number))  # each is whole
    assert digest(*train(str(tmp_path))) == digest(*train(None))
    assert not list(tmp_path.glob("*.unfinished"))
    assert Checkpoints(tmp_path).numbers()[-1] == 5


def test_the_program_prints_what_the_test_computes(tmp_path: Path) -> None:
    assert start(tmp_path).stdout.strip() == digest(*train(None))


def test_it_loses_nothing_wherever_it_is_cut(tmp_path: Path) -> None:
    expected = digest(*train(None))
    for cut in range(1, 5):
        folder = str(tmp_path / str(cut))
        train(folder, epochs=cut)
        assert digest(*train(folder)) == expected


def test_a_training_that_is_done_stays_as_it_is(tmp_path: Path) -> None:
    first, again = train(str(tmp_path)), train(str(tmp_path))
    assert digest(*again) == digest(*first)


@pytest.mark.parametrize(
    ("rule", "lr", "epochs"), [(lambda: EarlyStopping(2), 0.0, 3), (lambda: StopWhenStill(0.0), 0.0, 1),
                               (lambda: StopWhenWorse(1.01), 1e3, 1)]
)  # fmt: skip
def test_one_that_was_stopped_does_not_go_on(tmp_path: Path, rule: Any, lr: float, epochs: int) -> None:
    def run() -> Any:
        model = net()
        sgd = optim.SGD(model.parameters(), lr=lr)
        callbacks = [Checkpoints(tmp_path, every=10), rule()]
        history = fit(model, F.cross_entropy, sgd, batched(blobs(), 20), 30, callbacks=callbacks,
                      validate=blobs(seed=1), progress=False)  # fmt: skip
        return history.rows, model[0].weight.data

    (rows, weight), (rows_again, weight_again) = run(), run()
    assert rows_again == rows
    assert len(rows) == epochs
    np.testing.assert_array_equal(weight_again, weight)


# --------------------------------------------------------------------------------------------------------- what is kept


def saved(folder: Path, values: list[float], **options: Any) -> Checkpoints:
    checkpoints = Checkpoints(folder, **options)
    for epoch, value in enumerate(values, 1):
        checkpoints.save({"w": np.array([epoch])}, epoch, value)
    return checkpoints


def test_the_last_and_the_best_are_kept(tmp_path: Path) -> None:
    values = [0.5, 0.2, 0.9, 0.3, 0.8, 0.7]
    found = saved(tmp_path / "a", values, keep_last=2, keep_best=2)
    assert found.numbers() == [2, 4, 5, 6]
    assert found.best() == found.path(2)
    assert saved(tmp_path / "b", values, keep_last=1, keep_best=1, mode="max").numbers() == [3, 6]
    assert saved(tmp_path / "c", [np.nan, np.nan], keep_last=1, keep_best=1).numbers() == [2]
    again = Checkpoints(tmp_path / "a", keep_last=2, keep_best=2)
    state = again.load()
    assert state is not None
    assert state["w"] == [6]
    assert again.load(2)["w"] == [2]  # type: ignore[index]
    again.load()
    again.save({"w": np.array([7])}, 7, 0.1)
    assert again.numbers() == [2, 6, 7]
    assert again.best() == again.path(7)


def test_what_is_in_the_folder_counts_though_nobody_asked_for_it(tmp_path: Path) -> None:
    saved(tmp_path, [0.5, 0.2, 0.9])
    assert Checkpoints(tmp_path).best() == Checkpoints(tmp_path).path(2)
    again = Checkpoints(tmp_path)
    again.save({"w": np.array([4])}, 4, 0.3)
    assert again.numbers() == [2, 3, 4]
    assert Checkpoints(tmp_path / "nothing").best() is None
    model = net()
    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [blobs()], 3, progress=False,
        callbacks=[Checkpoints(tmp_path / "fit", keep_last=1)])  # fmt: skip
    path = Checkpoints(tmp_path / "fit", keep_last=1).best()
    assert path is not None
    other = net()
    other.load_state_dict(nn.load(path)["state"]["model"])
    np.testing.assert_array_equal(other[0].weight.data, model[0].weight.data)


def test_the_watched_number_decides(tmp_path: Path) -> None:
    model = net()
    checkpoints = Checkpoints(tmp_path, keep_last=1, watch="score", mode="max")
    scores = iter([0.1, 0.9, 0.5])

    def score(run: Any) -> None:
        run.log["score"] = next(scores)

    fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [blobs()], 3, progress=False,
        callbacks=[checkpoints, score])  # fmt: skip
    assert checkpoints.numbers() == [2, 3]
    assert checkpoints.best() == checkpoints.path(2)


def test_not_every_epoch_need_have_one(tmp_path: Path) -> None:
    model = net()
    sgd = optim.SGD(model.parameters(), lr=0.1)
    checkpoints = Checkpoints(tmp_path, keep_last=9, every=2)
    fit(model, F.cross_entropy, sgd, [blobs()], 5, callbacks=[checkpoints], progress=False)
    assert checkpoints.numbers() == [2, 4]


@pytest.mark.parametrize("format", [".npz", ".safetensors"])
def test_both_formats_do(tmp_path: Path, format: Any) -> None:
    if format == ".safetensors":
        pytest.importorskip("safetensors", reason="the format is that of safetensors")
    found = saved(tmp_path, [1.0, 2.0], format=format)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"epoch-0000{n}{format}" for n in (1, 2)]
    assert found.load()["w"] == [2]  # type: ignore[index]


def test_a_damaged_file_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    found = saved(tmp_path, [1.0, 2.0])
    whole = found.path(2).read_bytes()
    found.path(2).write_bytes(whole[: len(whole) // 2])
    with pytest.warns(UserWarning, match=r"epoch-00002.npz is damaged; going on from the one before it"):
        assert found.load()["w"] == [1]  # type: ignore[index]
    found.path(1).write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(ValueError, match=r"epoch-00001.npz is no checkpoint that can be read: "),
    ):
        found.load()
    with pytest.raises(FileNotFoundError, match=r"has no checkpoint of epoch 7; it has \[1, 2\]"):
        found.load(7)
    assert Checkpoints(tmp_path / "nothing").load() is None


# ---------------------------------------------------------------------------------------------------- what does not fit


def test_checkpoints_of_another_training_are_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    train(str(tmp_path), epochs=1)
    other = nn.Sequential(nn.Linear(2, 5), nn.Linear(5, 3))
    before = other.state_dict()
    sgd = optim.SGD(other.parameters(), lr=0.1)
    with pytest.raises(
        ValueError,
        match=r"the checkpoints in .* do not fit this training: this is the state of another training: it has "
        r"batches, callbacks, epoch",
    ):
        fit(other, F.cross_entropy, sgd, [blobs()], 1, callbacks=[Checkpoints(tmp_path)], progress=False)
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_other_callbacks_generators_and_parameters_are_named(tmp_path: Path) -> None:
    def run(model: nn.Module, *callbacks: Any) -> None:
        adam = optim.Adam(model.parameters())
        fit(model, F.cross_entropy, adam, [blobs()], 1, callbacks=[*callbacks, Checkpoints(tmp_path)], progress=False)

    run(net(), StopWhenWorse())
    with pytest.raises(ValueError, match=r"was saved with the callbacks StopWhenWorse, and goes on with none; give it"):
        run(net())
    with pytest.raises(ValueError, match=r"the state has random generators at library, and here they are at library, "):
        run(nn.Sequential(*net(), nn.Dropout(0.5, rng=0)), StopWhenWorse())
    wider = net(hidden=9)
    before = wider[0].weight.data.copy()
    with pytest.raises(ValueError, match=r"do not fit this training: this state_dict does not fit Sequential"):
        run(wider, StopWhenWorse())
    np.testing.assert_array_equal(wider[0].weight.data, before)


def test_a_model_that_fits_is_not_changed_if_its_optimiser_does_not(tmp_path: Path) -> None:
    def run(model: nn.Module, groups: Any) -> None:
        sgd = optim.SGD(groups, lr=0.1)
        fit(model, F.cross_entropy, sgd, [blobs()], 1, callbacks=[Checkpoints(tmp_path)], progress=False)

    first = net()
    run(first, first.parameters())
    other = net()
    before = other[0].weight.data.copy()
    with pytest.raises(ValueError, match=r"do not fit this training: this state_dict does not fit SGD"):
        run(other, [{"params": other[0].parameters()}, {"params": other[2].parameters()}])
    np.testing.assert_array_equal(other[0].weight.data, before)


def test_a_loss_with_a_state_goes_along(tmp_path: Path) -> None:
    def run(epochs: int) -> Any:
        model, loss = net(), nn.CrossEntropyLoss(weight=[1.0, 2.0, 3.0])
        return fit(model, loss, optim.SGD(model.parameters(), lr=0.1), [blobs()], epochs, progress=False,
                   callbacks=[Checkpoints(tmp_path)]).rows  # fmt: skip

    assert run(3)[:2] == run(2)[:2]


def test_options_out_of_their_limits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Checkpoints: keep_last must be a whole number from 1 on, not 0"):
        Checkpoints(tmp_path, keep_last=0)
    with pytest.raises(ValueError, match=r"mode must be 'min' or 'max', not 'less'"):
        Checkpoints(tmp_path, mode="less")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"format must be '.npz' or '.safetensors', not '.pkl'"):
        Checkpoints(tmp_path, format=".pkl")  # type: ignore[arg-type]
    train(str(tmp_path), epochs=1)
    model = net()
    with pytest.raises(ValueError, match=r"has checkpoints of epochs \[1\], and resume=False; give another folder"):
        fit(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), [blobs()], 1,
            callbacks=[Checkpoints(tmp_path, resume=False)])  # fmt: skip
