"""Depth and size: long chains, many layers, wide fans, large arrays, none at all."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, detect_anomaly
from autograd.backward import gradients
from nn import functional as F
from tests.support.memory import alive, collector_off, watch

SOAK = pytest.mark.soak


@pytest.mark.parametrize("length", [20_000, pytest.param(1_000_000, marks=SOAK)])
def test_a_chain_is_swept_twice_kept_refused_to_copies_and_gone(length: int) -> None:
    with collector_off():
        x = Tensor([1.0, 2.0], requires_grad=True)
        y = x
        for _ in range(length):
            y = y + x
        references = watch(y.node, y.node.parents[0])
        y.retain_grad()
        total = y.sum()
        for _ in range(2):
            total.backward(retain_graph=True)
        assert x.grad.tolist() == [2.0 * (length + 1)] * 2
        assert y.grad.tolist() == [2.0, 2.0]
        for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="its graph can be neither copied nor pickled"):
                duplicate(y)
        assert repr(total) == f"Tensor({3.0 * (length + 1)}, made by sum)"
        assert copy.deepcopy(x).grad.tolist() == x.grad.tolist()
        del y, total
        assert alive(references) == []


@pytest.mark.parametrize("length", [1_500, pytest.param(200_000, marks=SOAK)])
def test_a_chain_is_differentiated_twice_and_watched(length: int) -> None:
    with collector_off():
        x = Tensor(1.0, requires_grad=True)
        y = x
        with detect_anomaly():
            for _ in range(length - 1):
                y = y * x
            (first,) = gradients([y], [x], [None], create_graph=True)
            references = watch(y.node, first.node)
            first.backward()
        assert (first.item(), x.grad.item()) == (length, length * (length - 1.0))
        del y, first
        assert alive(references) == []


@pytest.mark.parametrize("count", [3_000, pytest.param(50_000, marks=SOAK)])
def test_many_uses_of_one_leaf_and_many_outputs_of_one_primitive(count: int) -> None:
    x = Tensor(np.arange(float(count)), requires_grad=True)
    sum(part * 2.0 for part in x).backward()  # an index each
    np.testing.assert_array_equal(x.grad.data, np.full(count, 2.0))
    pieces = np.split(x, 50)
    assert len(pieces) == 50
    x.grad = None
    np.concatenate(pieces[::-1]).sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.ones(count))


@pytest.mark.parametrize("depth", [400, pytest.param(20_000, marks=SOAK)])
def test_a_model_of_many_layers_does_everything_that_a_model_does(depth: int, tmp_path: Path) -> None:
    net = nn.Sequential(*(nn.Linear(2, 2, rng=i) for i in range(depth)))
    sgd = optim.SGD(net.parameters(), lr=0.1)
    x = np.ones((1, 2), np.float32)
    net(x).sum().backward()
    sgd.step()
    nn.save(net, tmp_path / "net.npz")
    twins = [
        copy.deepcopy(net),
        pickle.loads(pickle.dumps(net)),
        nn.Sequential(*(nn.Linear(2, 2) for _ in range(depth))),
    ]
    nn.load(tmp_path / "net.npz", twins[2])
    for twin in twins:
        assert twin(x).data.tobytes() == net(x).data.tobytes()
    assert repr(net).count("\n") == depth + 1
    assert net[-1].weight.name == f"{depth - 1}.weight"
    assert len(list(net.train(False).parameters())) == 2 * depth


def test_modules_nested_deeper_than_calls_can_be_are_still_copied_saved_and_shown(tmp_path: Path) -> None:
    def nested(seed: int) -> nn.Module:
        net = deepest = nn.Module()
        for _ in range(1199):
            deepest.a = nn.Module()
            deepest = deepest.a
        deepest.a = nn.Linear(2, 1, rng=seed)
        return net

    net = nested(0)
    nn.save(net, tmp_path / "net.npz")
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), nested(1)):
        nn.load(tmp_path / "net.npz", twin)
        for one, other in zip(twin.parameters(), net.parameters(), strict=True):
            np.testing.assert_array_equal(one.data, other.data)
            assert one.name == other.name == "a." * 1200 + other.name.rpartition(".")[2]
    assert repr(net).count("(a): ") == 1200


def available_memory() -> int:
    info = Path("/proc/meminfo")
    if not info.exists():
        return 0
    fields = dict(line.split(":") for line in info.read_text().splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024


@SOAK
@pytest.mark.skipif(available_memory() < 14 << 30, reason="it takes 14 GB of memory")
def test_arrays_of_more_than_two_to_the_31_bytes() -> None:
    n = (1 << 29) + 3  # of float32: a little more than 2³¹ bytes
    x = Tensor(np.ones(n, np.float32))
    x.requires_grad_()
    y = x * x
    assert y.size == n
    assert y[-1].item() == 1.0
    y.sum().backward()
    assert x.grad.dtype == np.float32
    assert (x.grad.data[0], x.grad.data[-1], x.grad.data.min(), x.grad.data.max()) == (2.0, 2.0, 2.0, 2.0)


# ------------------------------------------------------------------------------------------------- nothing, and one

# Each layer that has a batch axis, and the shape of an empty batch.
EMPTY: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "Linear": (lambda: nn.Linear(4, 2), (0, 4)),
    "Maxout": (lambda: nn.Maxout(4, 2, 2), (0, 4)),
    "PReLU": (lambda: nn.PReLU(4), (0, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(4), (0, 4)),
    "RMSNorm": (lambda: nn.RMSNorm(4), (0, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (0, 4)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4).eval(), (0, 4)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3), (0, 2, 7)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3), (0, 2, 7, 7)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 3, 3), (0, 2, 7)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 3), (0, 2, 7, 7)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (0, 2, 4, 4)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), (0, 2, 6)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(2), (0, 2, 6)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(2), (0, 2, 4, 4)),
    "RNN": (lambda: nn.RNN(3, 2), (4, 0, 3)),
    "LSTM": (lambda: nn.LSTM(3, 2), (4, 0, 3)),
    "GRU": (lambda: nn.GRU(3, 2), (4, 0, 3)),
    "LSTMCell": (lambda: nn.LSTMCell(3, 2), (0, 3)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(4, 2, 8), (3, 0, 4)),
    "GLU": (nn.GLU, (0, 4)),
    "Dropout2d": (nn.Dropout2d, (0, 2, 3, 3)),
    "Softmax": (lambda: nn.Softmax(1), (0, 3)),
    "Flatten": (nn.Flatten, (0, 2, 3)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), (0, 6)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_batch_goes_through_and_brings_gradients_of_zero(name: str) -> None:
    make, shape = EMPTY[name]
    layer, x = make(), Tensor(np.zeros(shape, np.float32), requires_grad=True)
    y = layer(x)
    while isinstance(y, tuple):
        y = y[0]
    assert 0 in y.shape
    assert y.dtype == np.float32
    y.sum().backward()
    assert x.grad.shape == shape
    for parameter in layer.parameters():
        assert parameter.grad.shape == parameter.shape
        assert not parameter.grad.data.any()


@pytest.mark.parametrize("shape", [(), (0,), (0, 3)])
@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad, optim.LBFGS])
def test_parameters_without_axes_and_without_elements_are_trained(rule: Any, shape: tuple[int, ...]) -> None:
    p, q = nn.Parameter(np.full(shape, 0.5, np.float32)), nn.Parameter(np.ones((), np.float32))
    optimizer = rule([p, q], lr=0.1)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (p * p).sum() + q * q
        loss.backward()
        return loss

    closure()
    optimizer.step(closure)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.step(closure)
    assert p.shape == shape
    assert -0.1 < q.item() < 1


def test_a_loss_of_one_number_without_axes_and_the_mean_of_none() -> None:
    x = Tensor(np.float32(0.5), requires_grad=True)
    F.mse_loss(x, np.float32(0.0)).backward()
    assert x.grad.item() == 1.0
    none = Tensor(np.zeros((0, 3), np.float32), requires_grad=True)
    loss = F.cross_entropy(none, np.zeros(0, int))
    loss.backward()
    assert np.isnan(loss.item())  # PyTorch's answer too: the mean of nothing
    assert none.grad.shape == (0, 3)
    assert F.cross_entropy(none, np.zeros(0, int), reduction="sum").item() == 0.0
