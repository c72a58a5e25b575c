"""save and load of nested states, such as a whole training's: everything comes back as it was, to the last bit."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor

from .test_saving import FORMATS, a_net, assert_equal, needs_safetensors


def a_nested_state() -> dict[Any, Any]:
    return {
        "model": a_net().state_dict(),
        "optimizer": {"state": {0: {"step": 3, "exp_avg": np.ones((2, 3))}, 1: {}}, "betas": (0.9, 0.999)},
        "list": [1, [2.5, None], (), [], "text ✓", (True, False)],
        "numbers": [0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, 2**127 + 1, -(2**200)],
        "scalars": [np.float64(0.1), np.float32(0.1), np.int8(-3), np.bool_(True)],
        "rng": np.random.default_rng(5).bit_generator.state,
        "twister": np.random.Generator(np.random.MT19937(5)).bit_generator.state,
        -1: {"": {"": np.zeros(0)}},
        "float": {"float": "nan"},
        "empty": {},
    }


def assert_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        assert list(map(type, one)) == list(map(type, other))
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif isinstance(one, (np.ndarray, np.generic)):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    else:
        assert repr(one) == repr(other)  # NaN is not equal to itself, and −0 is equal to 0


@FORMATS
def test_a_nested_state_comes_back_as_it_was(suffix: str, tmp_path: Path) -> None:
    path, tree = tmp_path / f"training{suffix}", a_nested_state() | {"nan": math.nan}
    nn.save(tree, path)
    assert_same(nn.load(path), tree)
    nn.save({"epoch": 7}, path)
    assert_same(nn.load(path), {"epoch": 7})
    nn.save({0: np.ones(1)}, path)
    assert_same(nn.load(path), {0: np.ones(1)})
    nn.save({"tensor": Tensor([1.0], True), "n": 1}, path)
    assert_same(nn.load(path), {"tensor": np.ones(1), "n": 1})


@FORMATS
def test_paths_that_read_alike_are_kept_apart(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"alike{suffix}"
    tree = {
        "a": {"b": np.array([1])},
        "a.b": np.array([2]),
        "a.b'": np.array([3]),
        0: np.array([4]),
        "0": np.array([5]),
    }
    nn.save(tree, path)
    assert_same(nn.load(path), tree)


@needs_safetensors
def test_others_read_the_arrays_of_a_nested_state_by_their_paths(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    nn.save(a_nested_state(), tmp_path / "training.safetensors")
    loaded = load_file(tmp_path / "training.safetensors")
    assert loaded["optimizer.state.0.exp_avg"].tolist() == [[1.0] * 3] * 2
    assert {"model.0.weight", "model.1.mean", "scalars.0", "twister.state.key"} <= loaded.keys()


def test_numpy_reads_the_arrays_of_a_nested_state_by_their_paths(tmp_path: Path) -> None:
    nn.save(a_nested_state(), tmp_path / "training.npz")
    with np.load(tmp_path / "training.npz") as loaded:
        assert loaded["optimizer.state.0.exp_avg"].tolist() == [[1.0] * 3] * 2
        assert json.loads(loaded["structure.json"])["dict"][3][0] == "numbers"


def test_a_model_file_holds_its_arrays_and_nothing_else(tmp_path: Path) -> None:
    nn.save(a_net(), tmp_path / "net.npz")
    with zipfile.ZipFile(tmp_path / "net.npz") as archive:
        assert archive.namelist() == [f"{name}.npy" for name in a_net().state_dict()]


@needs_safetensors
def test_a_model_file_of_safetensors_has_a_check_sum_and_no_other_metadata(tmp_path: Path) -> None:
    from safetensors import safe_open

    nn.save(a_net().state_dict(), tmp_path / "net.safetensors")
    with safe_open(tmp_path / "net.safetensors", "numpy") as file:
        assert list(file.metadata()) == ["seegrad.crc32"]


@FORMATS
def test_a_nested_state_that_was_cut_off_anywhere_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"training{suffix}"
    nn.save({"a": np.ones(3), "b": {"c": (1, 2)}}, path)
    content = path.read_bytes()
    for length in [*range(0, len(content), 7), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=rf"training\{suffix} is damaged, or is no \{suffix} file: "):
            nn.load(path)


@pytest.mark.parametrize(
    ("structure", "problem"),
    [
        ('{"dict": [["a", {"array": "a"}], ["b", {"array": "b"}]]}', "the array 'b' is missing"),
        ('{"dict": []}', "its structure has no place for 'a'"),
        ('{"dict": [["a", {"array": "a"}], ["b", {"object": 1}]]}', "its structure has a 'object', which nobody knows"),
        ('{"dict": [["a"', "Expecting ',' delimiter"),
        ("[" * 100_000, "recursion|Stack overflow"),
    ],
)
def test_a_structure_that_is_not_one_is_refused(structure: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "training.npz"
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("a.npy", "w") as entry:
            np.lib.format.write_array(entry, np.ones(1))
        archive.writestr("structure.json", structure)
    with pytest.raises(ValueError, match=f"training.npz is damaged, or is no .npz file: .*({problem})"):
        nn.load(path)


@FORMATS
def test_a_nested_state_is_not_taken_for_a_model(suffix: str, tmp_path: Path) -> None:
    path, net = tmp_path / f"training{suffix}", a_net()
    nn.save({"model": net.state_dict(), "epoch": 7}, path)
    before = net.state_dict()
    with pytest.raises(
        ValueError, match=r"holds a nested state with 'model', 'epoch', not a model alone; write model\."
    ):
        nn.load(path, net)
    assert_equal(net.state_dict(), before)
    nn.load(path)["model"]["0.weight"][...] = 7  # the arrays are yours
