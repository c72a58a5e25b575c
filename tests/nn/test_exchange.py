"""Files of other libraries: PyTorch and NumPy read ours, and we read theirs."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from tests.support.saved import FORMATS, a_net, assert_equal, needs_safetensors
from tests.support.strict_array import StrictArray


def in_safetensors(entries: dict[str, tuple[str, list[int], bytes]]) -> bytes:
    """Return a file, written by hand as the format is described: length of the header, header in JSON, data."""
    header, data = {}, b""
    for name, (dtype, shape, content) in entries.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@needs_safetensors
def test_a_file_written_by_hand_is_understood_and_bfloat16_becomes_float32(tmp_path: Path) -> None:
    path = tmp_path / "hand.safetensors"
    halves = struct.pack("<4H", 0x3FC0, 0xC000, 0x7F80, 0x0000)  # 1.5, −2, ∞, 0: the upper halves of float32
    path.write_bytes(in_safetensors({"b": ("BF16", [2, 2], halves), "i": ("I32", [], struct.pack("<i", -7))}))
    loaded = nn.load(path)
    assert (loaded["b"].dtype, loaded["b"].tolist()) == (np.float32, [[1.5, -2.0], [np.inf, 0.0]])
    assert (loaded["i"].dtype, loaded["i"].shape, loaded["i"].item()) == (np.int32, (), -7)
    path.write_bytes(in_safetensors({"f": ("F8_E4M3", [1], b"\x00")}))
    with pytest.raises(ValueError, match=r"hand\.safetensors .*: 'f' has dtype F8_E4M3, which NumPy has not"):
        nn.load(path)


@needs_safetensors
def test_what_safetensors_cannot_hold_is_refused(tmp_path: Path) -> None:
    if np.dtype(np.longdouble) == np.float64:
        pytest.skip("long double is float64 on this machine: every dtype fits")
    with pytest.raises(ValueError, match=r"a \.safetensors file cannot hold 'x' of dtype .*; an \.npz file can"):
        nn.save({"x": np.ones(1, np.longdouble)}, tmp_path / "x.safetensors")
    nn.save({"x": np.ones(1, np.longdouble)}, tmp_path / "x.npz")
    assert nn.load(tmp_path / "x.npz")["x"].dtype == np.longdouble


def test_numpy_reads_our_files_and_we_read_its(tmp_path: Path) -> None:
    state = a_net().state_dict()
    nn.save(state, tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz", allow_pickle=False) as archive:
        assert_equal(dict(archive), state)
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "its.npz", **state)
        assert_equal(nn.load(tmp_path / "its.npz"), state)


@FORMATS
def test_a_file_can_be_loaded_into_a_model_on_another_array_module(suffix: str, tmp_path: Path) -> None:
    class Strict:
        @staticmethod
        def asarray(array: Any) -> StrictArray:
            return StrictArray(array)

    path, net = tmp_path / f"net{suffix}", a_net(2).to(Strict)
    nn.save(a_net(1), path)
    nn.load(path, net)
    assert {type(value) for value in net.state_dict().values()} == {StrictArray}
    nn.save(net, tmp_path / f"again{suffix}")
    assert_equal(nn.load(tmp_path / f"again{suffix}"), a_net(1).state_dict())
    assert a_net().load_state_dict(net.state_dict()) == ([], [])


class Sequences:
    """A kit of layers for sequences, ours or PyTorch's, with what a network of them does: the mean of its output."""

    def __init__(self, kit: Any) -> None:
        class Net(kit.Module):  # type: ignore[name-defined, misc]
            def __init__(self, body: Any) -> None:
                super().__init__()
                self.body, self.head = body, kit.Linear(8, 5)

            def forward(self, x: Any) -> Any:
                x = self.body(x)
                return self.head((x[0] if isinstance(x, tuple) else x).mean(1))

        self.rnn = lambda: Net(kit.RNN(8, 8, nonlinearity="relu", batch_first=True))
        self.lstm = lambda: Net(kit.LSTM(8, 4, num_layers=2, bidirectional=True, batch_first=True))
        self.gru = lambda: Net(kit.GRU(8, 8, batch_first=True))
        self.transformer = lambda: Net(kit.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=True))


def convolutional(kit: Any) -> Any:
    return kit.Sequential(
        kit.Conv2d(3, 4, 3, padding=1),
        kit.BatchNorm2d(4),
        kit.ReLU(),
        kit.Sequential(kit.Flatten(), kit.Linear(256, 5), kit.LayerNorm(5)),
    )


NETWORKS = ["convolutional", "rnn", "lstm", "gru", "transformer"]


def the_network(name: str, torch: Any) -> tuple[nn.Module, Any, Any]:
    """Return our network, PyTorch's of the same layers, and an input."""
    shape = (4, 3, 8, 8) if name == "convolutional" else (4, 6, 8)
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    if name == "convolutional":
        return convolutional(nn), convolutional(torch.nn), x
    return getattr(Sequences(nn), name)(), getattr(Sequences(torch.nn), name)(), x


def output(net: Any, x: Any) -> Any:
    return net.eval()(x).detach().numpy()


@needs_safetensors
@pytest.mark.parametrize("name", NETWORKS)
def test_pytorch_loads_what_is_trained_and_saved_here(name: str, torch: Any, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    ours, theirs, x = the_network(name, torch)
    before, sgd = ours.state_dict(), optim.SGD(ours.parameters(), lr=0.05)
    for _ in range(5):
        sgd.zero_grad()
        F.cross_entropy(ours(x), np.array([0, 1, 2, 3])).backward()
        sgd.step()
    assert all((value != before[path]).any() for path, value in ours.state_dict().items() if "weight" in path)
    nn.save(ours, tmp_path / "ours.safetensors")
    theirs.load_state_dict(load_file(tmp_path / "ours.safetensors"), strict=True)
    np.testing.assert_allclose(output(theirs, torch.tensor(x)), output(ours, x), rtol=1e-6, atol=1e-6)
    nn.save(ours, tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz") as archive:
        theirs.load_state_dict({path: torch.tensor(value) for path, value in archive.items()}, strict=True)
    np.testing.assert_allclose(output(theirs, torch.tensor(x)), output(ours, x), rtol=1e-6, atol=1e-6)


@needs_safetensors
@pytest.mark.parametrize("name", NETWORKS)
def test_what_pytorch_trains_and_saves_is_loaded_here(name: str, torch: Any, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    ours, theirs, x = the_network(name, torch)
    sgd = torch.optim.SGD(theirs.parameters(), lr=0.05)
    for _ in range(5):
        sgd.zero_grad()
        torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.arange(4)).backward()
        sgd.step()
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors", metadata={"format": "pt"})
    nn.load(tmp_path / "theirs.safetensors", ours)
    np.testing.assert_allclose(output(ours, x), output(theirs, torch.tensor(x)), rtol=1e-6, atol=1e-6)
    np.savez(tmp_path / "theirs.npz", **{path: value.numpy() for path, value in theirs.state_dict().items()})
    nn.load(tmp_path / "theirs.npz", fresh := the_network(name, torch)[0])
    np.testing.assert_array_equal(output(fresh, x), output(ours, x))
    halved = {path: value.bfloat16() for path, value in theirs.state_dict().items()}
    save_file(halved, tmp_path / "halved.safetensors")
    for path, value in nn.load(tmp_path / "halved.safetensors").items():
        np.testing.assert_array_equal(value, halved[path].float().numpy())
