"""Damaged files of models and of trainings: a clear error or the right content, whatever the damage."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.support.saved import FORMATS, a_net, assert_equal

TRIALS = pytest.mark.parametrize("trials", [120, pytest.param(10_000, marks=pytest.mark.soak)])


def a_model() -> Any:
    return a_net(1).state_dict()


def a_checkpoint() -> Any:
    """The state of a training: arrays, numbers, texts, and dicts in dicts."""
    net, rng = (
        nn.Sequential(nn.Linear(4, 6, rng=0), nn.BatchNorm1d(6), nn.Linear(6, 3, rng=1)),
        np.random.default_rng(0),
    )
    adam = optim.Adam(net.parameters(), amsgrad=True)
    schedule = optim.Scheduler(adam, lr=optim.schedules.cosine(100))
    for _ in range(2):
        adam.zero_grad()
        F.cross_entropy(net(rng.normal(size=(5, 4)).astype(np.float32)), rng.integers(3, size=5)).backward()
        adam.step()
        schedule.step()
    return {
        **{"model": net.state_dict(), "optimizer": adam.state_dict(), "schedule": schedule.state_dict()},
        **{"rng": rng.bit_generator.state, "epoch": 7, "losses": [0.5, float("inf")], "ähnlich": ("é", None, True)},
    }


def cut(content: bytearray, rng: np.random.Generator) -> bytearray:
    return content[: rng.integers(len(content))]


def one_bit(content: bytearray, rng: np.random.Generator) -> bytearray:
    content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
    return content


def one_byte(content: bytearray, rng: np.random.Generator) -> bytearray:
    content[rng.integers(len(content))] = rng.integers(256)
    return content


def a_stretch(content: bytearray, rng: np.random.Generator) -> bytearray:
    first, length = int(rng.integers(len(content))), int(rng.integers(1, 64))
    length = min(length, len(content) - first)
    content[first : first + length] = rng.bytes(length)
    return content


def a_hole(content: bytearray, rng: np.random.Generator) -> bytearray:
    first = rng.integers(len(content))
    del content[first : first + rng.integers(1, 600)]
    return content


def zeros(content: bytearray, rng: np.random.Generator) -> bytearray:
    first = int(rng.integers(len(content)))
    content[first:] = bytes(len(content) - first)
    return content


def appended(content: bytearray, rng: np.random.Generator) -> bytearray:
    return content + rng.bytes(int(rng.integers(1, 100)))


DAMAGES = (cut, one_bit, one_byte, a_stretch, a_hole, zeros, appended)


def same(one: Any, other: Any) -> bool:
    """Say whether two states are equal to the bit, in their types too."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return type(one) is type(other) and one == other


def is_clear(message: str, path: Path) -> bool:
    return message.startswith(f"{path} is damaged, or is no {path.suffix} file: ") and not message.endswith(": ")


@TRIALS
@FORMATS
@pytest.mark.parametrize("made", [a_model, a_checkpoint])
def test_a_damaged_file_is_refused_or_its_content_is_right(
    made: Callable[[], Any], suffix: str, trials: int, tmp_path: Path
) -> None:
    state, path, rng = made(), tmp_path / f"state{suffix}", np.random.default_rng(trials)
    nn.save(state, path)
    whole, good = path.read_bytes(), 0
    assert same(nn.load(path), state)
    tracemalloc.start()
    try:
        for trial in range(trials):
            content = DAMAGES[trial % len(DAMAGES)](bytearray(whole), rng)
            path.write_bytes(content)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            try:
                loaded = nn.load(path)
            except ValueError as problem:
                good += is_clear(str(problem), path)
            else:
                assert same(loaded, state), f"trial {trial} went unnoticed"
                good += 1
            assert tracemalloc.get_traced_memory()[1] - before < 1 << 20
    finally:
        tracemalloc.stop()
    assert good == trials


@FORMATS
def test_each_bit_of_a_file_counts_or_means_nothing(suffix: str, tmp_path: Path) -> None:
    state, path = {"a": np.arange(3.0), "b": np.array(True)}, tmp_path / f"state{suffix}"
    nn.save(state, path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        content = bytearray(whole)
        content[place] ^= 1 << (place % 8)
        path.write_bytes(content)
        try:
            loaded = nn.load(path)
        except ValueError:
            continue
        assert same(loaded, state), f"byte {place} of {len(whole)}"


@FORMATS
def test_a_model_is_left_alone_by_a_damaged_file_and_the_file_by_a_failed_save(suffix: str, tmp_path: Path) -> None:
    net, path, rng = a_net(3), tmp_path / f"net{suffix}", np.random.default_rng(0)
    nn.save(a_net(1), path)
    whole, before = path.read_bytes(), net.state_dict()
    for _ in range(20):
        path.write_bytes(cut(bytearray(whole), rng))
        with pytest.raises(ValueError, match="is damaged"):
            nn.load(path, net)
    assert_equal(net.state_dict(), before)
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="save writes arrays of numbers"):
        nn.save({"weight": np.ones(3), "bias": np.array(["x"])}, path)
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_zip_file_whose_directory_lost_an_entry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    nn.save({"a": np.ones(2), "b": np.ones(2), "ü": np.ones(2)}, path)
    whole = path.read_bytes()
    comment = whole.index(b"PK\1\2") + 32  # the length of the comment on the first entry, which swallows what follows
    path.write_bytes(whole[:comment] + b"\xff\xff" + whole[comment + 2 :])
    with pytest.raises(ValueError, match="its directory lists 1 entries and says that it has 3"):
        nn.load(path)
    end = whole.rindex(b"PK\5\6")
    path.write_bytes(whole[: end + 4] + bytes(len(whole) - end - 4))  # the last block of the file was never written
    with pytest.raises(ValueError, match="its directory lists 0 entries and says that it has 0"):
        nn.load(path)
    flags = whole.rindex(b"PK\1\2") + 8  # bit 11: the name is in UTF-8
    path.write_bytes(whole[: flags + 1] + bytes([whole[flags + 1] ^ 8]) + whole[flags + 2 :])
    with pytest.raises(ValueError, match="a name in its directory is not in UTF-8"):
        nn.load(path)
