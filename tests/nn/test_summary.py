"""summary: what it counts, how it looks, and that it leaves the model as it was."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.random import generator
from nn.summary import Summary
from tests.support.strict_array import StrictArray

Shape = tuple[int, ...]


class Dense(nn.Linear):
    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        return math.prod(output_shape) * (2 * input_shape[-1] + (self.bias is not None))


class Squash(nn.Module):
    def forward(self, x: Any) -> Any:
        return np.tanh(x)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        return math.prod(output_shape)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = Dense(8, 4)
        self.act = Squash()
        self.fc2 = Dense(4, 2, bias=False)
        self.scale = nn.Parameter(np.ones(2, np.float32), requires_grad=False)

    def forward(self, x: Any) -> Any:
        return self.fc2(self.act(self.fc1(x))) * self.scale


def by_path(result: Any) -> dict[str, Any]:
    return {row.path: row for row in result.rows}


def test_it_counts_parameters_shapes_and_flops() -> None:
    result = nn.summary(Net(), (5, 8))
    rows = by_path(result)
    assert list(rows) == ["", "fc1", "act", "fc2"]
    assert [row.outputs for row in result.rows] == [((5, 2),), ((5, 4),), ((5, 4),), ((5, 2),)]
    assert [(row.trainable, row.frozen) for row in result.rows] == [(0, 2), (36, 0), (0, 0), (8, 0)]
    assert [row.flops for row in result.rows] == [0, 5 * 4 * (2 * 8 + 1), 20, 5 * 2 * 8]
    assert (result.trainable, result.frozen, result.parameters) == (44, 2, 46)
    assert result.flops == 340 + 20 + 80
    assert result.bytes == 46 * 4


def test_it_prints_as_a_table() -> None:
    assert str(nn.summary(Net(), (5, 8))).splitlines() == [
        "layer    type    output shape  parameters  frozen  FLOPs",
        "(model)  Net     (5, 2)                 2       2",
        "fc1      Dense   (5, 4)                36            340",
        "act      Squash  (5, 4)                               20",
        "fc2      Dense   (5, 2)                 8             80",
        "46 parameters (44 trainable, 2 frozen); with the buffers 184 bytes.",
        "440 FLOPs a call; a multiplication with an addition counts 2.",
    ]
    large = nn.summary(nn.Sequential(Dense(1000, 2000, bias=False)), (1, 1000))
    assert repr(large).splitlines()[2:] == [
        "0        Dense       (1, 2000)      2,000,000          4,000,000",
        "2,000,000 parameters (2,000,000 trainable, 0 frozen); with the buffers 8.0 MB.",
        "4,000,000 FLOPs a call; a multiplication with an addition counts 2.",
    ]


@pytest.mark.parametrize(
    ("layer", "shape", "flops"),
    [
        (nn.Linear(8, 3), (5, 2, 8), 5 * 2 * 3 * (2 * 8 + 1)),
        (nn.Linear(8, 3, bias=False), (8,), 3 * 2 * 8),
        (nn.Maxout(8, 3, pieces=4), (5, 8), 5 * 3 * (4 * (2 * 8 + 1) + 3)),
        (nn.GLU(), (5, 8), 5 * 4 * 2),
        (nn.Softmax(), (5, 8), 5 * 5 * 8),
        (nn.LogSoftmax(), (5, 8), 5 * 5 * 8),
        (nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Identity(), nn.Dropout()), (5, 2, 4), 5 * 8),
        # 3 windows of 2·2 pixels and 2 channels, for each of 4 channels of the result
        (nn.Conv2d(2, 4, 2), (1, 2, 2, 4), 3 * 4 * (2 * 2 * 2 * 2 + 1)),
        # in each of 2 directions, at each of 7 steps of 5 sequences: 4 gates of 3 units, from 8 features and 3 states,
        # each with a sum, two biases and a function; then c = f·c + i·g, tanh c, its product
        (nn.LSTM(8, 3, bidirectional=True), (7, 5, 8), 2 * 7 * 5 * 3 * (4 * (2 * (8 + 3) + 1 + 2 + 1) + 5)),
        (nn.RNN(8, 3, num_layers=2), (7, 5, 8), 7 * 5 * 3 * ((2 * 11 + 4) + (2 * 6 + 4))),
        (nn.GRU(8, 3, bias=False), (7, 8), 7 * 3 * (3 * (2 * 11 + 2) + 5)),
    ],
)
def test_the_flops_are_those_counted_by_hand(layer: nn.Module, shape: Shape, flops: int) -> None:
    assert nn.summary(layer, shape).flops == flops


def test_the_flops_of_a_transformer_are_those_counted_by_hand() -> None:
    n, length, e, heads, hidden = 2, 5, 8, 2, 16
    layer = nn.TransformerEncoderLayer(e, heads, hidden, batch_first=True)
    tokens = n * length
    projections = 4 * e * (2 * e + 1)  # Q, K, V and the result
    products = 2 * 2 * length * e + e + 5 * heads * length  # with the keys, and of the values; the scale; softmax
    network = hidden * (2 * e + 1) + hidden + e * (2 * hidden + 1)
    rest = 2 * 7 * e + 2 * e  # two normalisations, two sums
    result = nn.summary(layer, (n, length, e))
    assert (result.flops, result.unknown) == (tokens * (projections + products + network + rest), [])


def test_a_weight_that_is_computed_counts_too() -> None:
    result = nn.summary(nn.weight_norm(nn.Linear(8, 3)), (5, 8))
    assert (result.flops, result.unknown) == (5 * 3 * (2 * 8 + 1) + 3 * 3 * 8, [])


def test_every_layer_says_how_many_flops_it_takes() -> None:
    others = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
    kinds = [kind for name in nn.__all__ if isinstance(kind := getattr(nn, name), type) and issubclass(kind, nn.Module)]
    silent = {kind.__name__ for kind in kinds if kind.flops is nn.Module.flops} - {kind.__name__ for kind in others}
    assert {name for name in silent if not name.endswith("Loss")} == set()


def test_jupyter_shows_it_as_a_table() -> None:
    class Strange(nn.Module):
        def forward(self, x: Any) -> Any:
            return x

    Strange.__name__ = "<b>"
    shown = nn.summary(nn.Sequential(Dense(2, 3), Strange()), (1, 2))._repr_html_()
    assert shown.startswith("<table><thead><tr><th>layer</th><th>type</th>")
    assert "<tr><td>0</td><td>Dense</td><td>(1, 3)</td><td>9</td><td></td><td>15</td></tr>" in shown
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


def test_flops_that_are_not_known_are_not_hidden() -> None:
    class Mystery(nn.Module):
        def forward(self, x: Any) -> Any:
            return x + 1

    result = nn.summary(nn.Sequential(Dense(2, 3), Mystery(), Mystery()), (1, 2))
    assert [row.flops for row in result.rows] == [0, 15, None, None]
    assert (result.flops, result.unknown) == (15, ["Mystery"])
    assert str(result).splitlines()[-1] == (
        "At least 15 FLOPs a call; a multiplication with an addition counts 2. Not known: Mystery (no method flops)."
    )
    assert str(result).splitlines()[3].endswith("?")


def test_what_is_shared_is_counted_once_and_its_calls_are_added_up() -> None:
    layer = Dense(4, 4)
    net = nn.Sequential(layer, Squash(), layer, Dense(4, 4))
    net[3].weight = layer.weight
    net.unused = Dense(4, 1)
    net.forward = lambda x: net[3](layer(layer(x)))
    result = nn.summary(net, (1, 4))
    rows = by_path(result)
    assert list(rows) == ["", "0", "1", "3", "unused"]
    assert (rows["0"].calls, rows["0"].flops, rows["0"].trainable) == (2, 2 * 36, 20)
    assert rows["3"].trainable == 4
    assert (rows["unused"].calls, rows["unused"].trainable, rows["unused"].flops) == (0, 5, 0)
    assert result.parameters == 20 + 4 + 5
    cells = [row.cells() for row in result.rows]
    assert [c[1] for c in cells] == ["Sequential", "Dense ×2", "Squash", "Dense", "Dense"]
    assert [c[2] for c in cells] == ["(1, 4)", "(1, 4)", "not called", "(1, 4)", "not called"]


def test_several_inputs_options_and_outputs() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = Dense(3, 2), Dense(4, 2)

        def forward(self, x: Any, y: Any, *, factor: float = 1.0) -> Any:
            left, right = self.left(x), self.right(y)
            return left, {"h": (right, None), "scaled": np.ones((7, 1)) * factor}

    result = nn.summary(Both(), np.ones((5, 3), np.float32), Tensor(np.ones((6, 4), np.float32)), factor=2.0)
    assert result.rows[0].outputs == ((5, 2), (6, 2), (7, 1))
    assert nn.summary(Both(), (5, 3), y=np.ones((6, 4), np.float32)).rows[0].outputs[1] == (6, 2)
    assert result.rows[0].cells()[2] == "(5, 2), (6, 2), (7, 1)"


@pytest.mark.parametrize(
    ("count", "size"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (17_284, "17.3 kB"),
        (10**6, "1.0 MB"),
        (2 * 10**12, "2,000.0 GB"),
    ],
)
def test_memory_is_said_in_a_fitting_unit(count: int, size: str) -> None:
    assert f"with the buffers {size}." in str(Summary([], 0, 0, bytes=count))


def test_without_an_input_it_counts_the_parameters() -> None:
    result = nn.summary(Net())
    assert (result.parameters, result.flops, {row.calls for row in result.rows}) == (46, 0, {0})


def test_zeros_have_the_dtype_and_the_kind_of_the_parameters() -> None:
    class Look(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Any] = []
            self.weight = nn.Parameter(np.ones(1, np.float64))

        def forward(self, x: Any) -> Any:
            self.seen.append(x)
            return x

    class Strict:
        @staticmethod
        def asarray(array: Any) -> StrictArray:
            return StrictArray(array)

    net = Look()
    nn.summary(net, (2, 3))
    nn.summary(net.to(Strict), (2, 3))
    here, there = net.seen
    assert (type(here), here.dtype, here.shape) == (np.ndarray, np.float64, (2, 3))
    assert (type(there), there.dtype) == (StrictArray, np.float64)
    assert nn.summary(nn.Sequential(nn.Identity()), ()).rows[0].outputs == ((),)


class Restless(nn.Module):
    """A layer that changes all that a call can change."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = Dense(3, 3)
        self.rng = np.random.default_rng(3)
        self.register_buffer("mean", np.zeros(3))
        self.register_buffer("count", np.array(0))
        self.register_buffer("tracked", 0)
        self.modes: list[bool] = []

    def forward(self, x: Any) -> Any:
        self.modes.append(self.training)
        self.mean += 1
        self.count = self.count + 1
        self.tracked += 1
        self.last = self.fc(x) + self.rng.normal() + generator().normal()
        return self.last


def test_the_model_is_afterwards_what_it_was() -> None:
    net = nn.Sequential(Restless(), nn.ReLU())
    net[1].eval()
    seen: list[Any] = []
    net[0].register_forward_hook(lambda m, args, output: seen.append(output.requires_grad))
    before = {name: dict(vars(module)) for name, module in net.named_modules()}
    values = copy.deepcopy(net.state_dict())
    autograd.seed(5)
    states = [net[0].rng.bit_generator.state, generator().bit_generator.state]
    nn.summary(net, (2, 3))
    assert {name: dict(vars(module)) for name, module in net.named_modules()} == before
    assert len(net[0]._hooks.after) == 1
    assert net[1]._hooks is None
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, values[name])
    assert [net[0].rng.bit_generator.state, generator().bit_generator.state] == states
    assert (net[0].modes, seen) == ([False], [False])
    assert (net.training, net[1].training) == (True, False)


def test_a_call_that_fails_changes_nothing_either() -> None:
    net = nn.Sequential(Restless(), Dense(4, 1))
    before = {name: dict(vars(module)) for name, module in net.named_modules()}
    with pytest.raises(ValueError, match=r"linear: the weight '1\.weight' of shape \(1, 4\) takes x of shape"):
        nn.summary(net, (2, 3))
    assert {name: dict(vars(module)) for name, module in net.named_modules()} == before
    assert not net[0].mean.any()


def test_only_models_have_a_summary() -> None:
    with pytest.raises(TypeError, match="summary takes a Module, not function"):
        nn.summary(lambda x: x, (2, 3))  # type: ignore[arg-type]
