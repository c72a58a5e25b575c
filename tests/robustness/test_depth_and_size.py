"""Depth and size: long chains, many layers, wide fans, large arrays."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, detect_anomaly, draw
from autograd.backward import gradients
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


@pytest.mark.parametrize("length", [5_000, pytest.param(1_000_000, marks=SOAK)])
def test_a_drawing_of_a_chain_is_made_whatever_its_length_and_says_that_a_picture_would_be_too_large(
    length: int, tmp_path: Path
) -> None:
    y = Tensor(1.0, requires_grad=True)
    for _ in range(length):
        y = np.sin(y)
    drawing = draw(y)
    assert repr(drawing) == f"<Drawing: {length + 1:,} nodes, {length:,} edges>"
    assert drawing.dot.count("->") == length
    with pytest.raises(ValueError, match="boxes, and nobody can read more than"):
        drawing.save(tmp_path / "chain.svg")


def test_a_node_with_a_hundred_thousand_consumers_and_a_sum_of_as_many() -> None:
    count = 100_000
    with collector_off():
        x = Tensor(2.0, requires_grad=True)
        y = x * x
        total = sum(y * float(k % 3) for k in range(count))
        reference = watch(y.node)
        total.backward()
        assert x.grad.item() == 4.0 * sum(k % 3 for k in range(count))
        del y, total
        assert alive(reference) == []


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
