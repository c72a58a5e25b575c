"""save and load: what is written is read again, by PyTorch too; what is damaged is refused and changes nothing."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F
from tests.support.saved import FORMATS, X, a_net, assert_equal, needs_safetensors
from tests.support.strict_array import StrictArray

CYCLE: dict[str, Any] = {"epoch": 7}
CYCLE["self"] = [CYCLE]

# ------------------------------------------------------------------------------------------------------ there and back


@FORMATS
def test_what_is_saved_is_loaded(suffix: str, tmp_path: Path) -> None:
    net, path = a_net(1), tmp_path / f"net{suffix}"
    nn.save(net, path)
    loaded = nn.load(path)
    assert_equal(loaded, net.state_dict())
    loaded["0.weight"][...] = 7  # the arrays are yours
    twin = a_net(2)
    assert_equal(nn.load(str(path), twin), twin.state_dict())
    assert_equal(twin.state_dict(), net.state_dict())
    np.testing.assert_array_equal(twin(X).data, net(X).data)
    assert os.listdir(tmp_path) == [path.name]


@FORMATS
def test_every_dtype_and_layout_comes_back(suffix: str, tmp_path: Path) -> None:
    kinds = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")
    state = {f"{kind} array": np.arange(6).reshape(2, 3).astype(kind) for kind in kinds}
    state |= {
        "transposed": np.arange(6.0).reshape(2, 3).T,
        "sliced": np.arange(10.0)[::-3],
        "number": np.array(3.5),
        "empty": np.ones((0, 3)),
        "file": np.ones(1),
        "allow_pickle": np.ones(2),
        "a.b/c é": np.ones(1),
    }
    nn.save(state, tmp_path / f"all{suffix}")
    assert_equal(nn.load(tmp_path / f"all{suffix}"), {name: np.asarray(value) for name, value in state.items()})


@FORMATS
def test_numbers_in_the_other_byte_order_keep_their_values(suffix: str, tmp_path: Path) -> None:
    nn.save({"x": np.arange(3, dtype=">f8")}, tmp_path / f"x{suffix}")
    assert nn.load(tmp_path / f"x{suffix}")["x"].tolist() == [0.0, 1.0, 2.0]


@FORMATS
def test_the_same_model_gives_the_same_file(suffix: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        nn.save(a_net(), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


@FORMATS
def test_a_state_dict_tensors_and_arrays_of_other_libraries_are_saved(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"state{suffix}"
    nn.save({"tensor": Tensor([1.0], requires_grad=True), "strict": StrictArray(np.ones(2))}, path)
    loaded = nn.load(path)
    assert all(type(value) is np.ndarray for value in loaded.values())
    assert {name: value.tolist() for name, value in loaded.items()} == {"tensor": [1.0], "strict": [1.0, 1.0]}


@FORMATS
def test_what_is_shared_is_saved_under_each_name(suffix: str, tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    nn.save(net, tmp_path / f"net{suffix}")
    fresh = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    nn.load(tmp_path / f"net{suffix}", fresh)
    np.testing.assert_array_equal(fresh[1].weight.data, net[0].weight.data)


@FORMATS
def test_a_model_that_does_not_fit_is_told_so_with_the_path_and_left_alone(suffix: str, tmp_path: Path) -> None:
    path, net = tmp_path / f"net{suffix}", nn.Sequential(nn.Linear(4, 5), nn.ReLU())
    nn.save(a_net(), path)
    before = net.state_dict()
    with pytest.raises(ValueError, match="this state_dict does not fit Sequential") as caught:
        nn.load(path, net)
    assert str(caught.value).startswith(f"{path}: this state_dict does not fit Sequential, which is left as it was:\n")
    assert "\n    1.mean\n" in str(caught.value)
    assert str(caught.value).endswith(
        "  wrong:\n    0.weight: shape (5, 4) expected, (3, 4) given\n    0.bias: shape (5,) expected, (3,) given"
    )
    assert_equal(net.state_dict(), before)
    nn.load(path, nn.Sequential(nn.Linear(4, 3)), strict=False)


@FORMATS
def test_training_goes_on_from_a_file(suffix: str, tmp_path: Path) -> None:
    net, target = a_net(), np.array([0, 1, 0, 1, 0])

    def train(model: nn.Module) -> None:
        sgd = optim.SGD(model.parameters(), lr=0.1)
        for _ in range(5):
            sgd.zero_grad()
            F.cross_entropy(model(X), target).backward()
            sgd.step()

    train(net)
    nn.save(net, tmp_path / f"net{suffix}")
    twin = a_net(9)
    nn.load(tmp_path / f"net{suffix}", twin)
    for model in (net, twin):
        train(model)
    assert_equal(net.state_dict(), twin.state_dict())


# --------------------------------------------------------------------------------------------------- as a whole or not


class Disk(Exception):
    """The disk is full."""


@FORMATS
@pytest.mark.parametrize("when", ["while writing", "at the end"])
def test_a_write_that_fails_leaves_the_old_file(
    suffix: str, when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"net{suffix}"
    nn.save(a_net(1), path)

    def full(*args: Any) -> None:
        raise Disk

    if when == "while writing":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Disk):
        nn.save(a_net(2), path)
    monkeypatch.undo()
    assert_equal(nn.load(path), a_net(1).state_dict())
    assert os.listdir(tmp_path) == [path.name]


@FORMATS
def test_a_saved_file_may_be_read_by_whom_the_system_says(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    nn.save(a_net(), tmp_path / f"net{suffix}")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", f"net{suffix}")]
    assert modes[0] == modes[1]


@FORMATS
def test_a_file_that_was_cut_off_anywhere_is_refused(suffix: str, tmp_path: Path) -> None:
    path, net = tmp_path / f"net{suffix}", a_net(1)
    nn.save(a_net(2), path)
    content = path.read_bytes()
    for length in [*range(0, len(content), 7), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=rf"net\{suffix} is damaged, or is no \{suffix} file: ") as caught:
            nn.load(path, net)
        assert str(path) in str(caught.value)
    assert_equal(net.state_dict(), a_net(1).state_dict())


def test_no_damage_to_an_npz_file_goes_unnoticed(tmp_path: Path) -> None:
    path, state = tmp_path / "net.npz", a_net().state_dict()
    nn.save(state, path)
    content = bytearray(path.read_bytes())
    noticed = 0
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        try:
            loaded = nn.load(path)
        except ValueError as problem:
            noticed += "net.npz is damaged" in str(problem)
        else:
            assert_equal(loaded, state)  # some bytes mean nothing, such as those of the date
    assert noticed > 50


@FORMATS
def test_something_else_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    for content in (b"", b"hello", b"\x80\x04K\x01." * 99):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"is damaged, or is no \..* file"):
            nn.load(path)
    with pytest.raises(FileNotFoundError, match="missing"):
        nn.load(tmp_path / f"missing{suffix}")


def test_pickles_are_never_read(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    np.savez(path, x=np.array([{"an": "object"}], dtype=object), allow_pickle=True)
    text = r"evil\.npz is damaged, or is no \.npz file: 'x\.npy' holds Python objects, which are pickled"
    with pytest.raises(ValueError, match=text):
        nn.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    with pytest.raises(ValueError, match=r"it holds 'archive/data.pkl', which is no array"):
        nn.load(path)


# ----------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", ["net", "net.txt", "net.npy"])
def test_a_format_that_there_is_not_is_refused(name: str, tmp_path: Path) -> None:
    for attempt in (lambda: nn.save(a_net(), tmp_path / name), lambda: nn.load(tmp_path / name)):
        with pytest.raises(ValueError, match=rf"{name}' must end in .safetensors or .npz, the formats that there are$"):
            attempt()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.PKL"])
def test_pickles_are_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(ValueError, match=r"a pickle can run anything .* safetensors\.torch\.save_file\(model"):
        nn.load(name)


@FORMATS
def test_a_link_stays_one_and_the_file_that_it_names_is_written(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    link, blob = tmp_path / f"latest{suffix}", tmp_path / "models" / "blob"
    link.symlink_to(blob)
    nn.save(a_net(1), link)
    nn.save(a_net(2), link)
    assert link.is_symlink()
    assert [path.name for path in blob.parent.iterdir()] == ["blob"]
    assert_equal(nn.load(link), a_net(2).state_dict())


@needs_safetensors
def test_a_name_that_the_format_keeps_for_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    nn.save({"x": np.ones(1)}, path)
    with pytest.raises(ValueError, match="an array cannot be called '__metadata__' in a file"):
        nn.save({"__metadata__": np.ones(1)}, path)
    assert list(nn.load(path)) == ["x"]


def test_a_file_is_loaded_into_a_module_only(tmp_path: Path) -> None:
    nn.save({"x": np.ones(1)}, tmp_path / "x.npz")
    with pytest.raises(TypeError, match="load takes a Module to load into, not dict"):
        nn.load(tmp_path / "x.npz", {})  # type: ignore[arg-type]


def test_a_folder_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"net\.npz cannot be written: there is no folder '.*missing'"):
        nn.save(a_net(), tmp_path / "missing" / "net.npz")


@FORMATS
@pytest.mark.parametrize(
    ("thing", "error", "message"),
    [
        (3, TypeError, "save takes a Module, a state_dict or a dict of such, not int"),
        ([np.ones(1)], TypeError, "not list"),
        ({"z": np.ones(1, complex)}, ValueError, r"save writes arrays of numbers, and 'z' has dtype complex128"),
        ({"a": {"b": np.array(["text"])}}, ValueError, r"'a\.b' has dtype <U4"),
        ({"a": [{1, 2}]}, ValueError, r"save cannot write 'a\.0', a set; it writes arrays, numbers, texts, None, and"),
        ({"net": nn.ReLU()}, ValueError, r"'net', a ReLU; give it what its state_dict\(\) returns"),
        ({"rng": np.random.default_rng()}, ValueError, r"'rng', a Generator; give it what its bit_generator\.state is"),
        ({"a\0b": np.ones(1)}, ValueError, r"an array cannot be called 'a\\x00b' in a file; give it another name"),
        ({"__metadata__": np.ones(1)}, ValueError, "an array cannot be called '__metadata__'"),
        (CYCLE, ValueError, "save cannot write a state that contains itself, or is nested hundreds of times"),
        ({"z": 1j}, ValueError, "'z', a complex; it writes"),
        ({1.5: 2}, ValueError, r"save writes dicts by keys that are str or int, and here is the key 1\.5"),
        ({"a": {"b": {True: 2}}}, ValueError, r"and in 'a\.b' is the key True"),
    ],
)
def test_what_is_no_state_is_refused(
    thing: Any, error: type[Exception], message: str, suffix: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        nn.save(thing, tmp_path / f"x{suffix}")
    assert os.listdir(tmp_path) == []


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path = tmp_path / "net.safetensors"
    message = r'^\.safetensors files need the package safetensors: pip install "seegrad\[safetensors\]", or use \.npz$'
    with pytest.raises(ImportError, match=message):
        nn.save(a_net(), path)
    assert os.listdir(tmp_path) == []
    path.write_bytes(b"")
    with pytest.raises(ImportError, match=message):
        nn.load(path)
