"""Nothing, and one number: empty batches and arrays without axes go through every layer, loss and training rule."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F

POINTWISE = [
    *("ELU", "GELU", "SELU", "Dropout", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "LeakyReLU", "LogSigmoid"),
    *("ReLU", "ReLU6", "SiLU", "Sigmoid", "Softplus", "Tanh"),
]


class ToItself(nn.MultiheadAttention):
    def forward(self, x: Any, **options: Any) -> Any:  # type: ignore[override]
        return super().forward(x, x, x, **options)


# Each layer, and the shape of an empty batch.
EMPTY: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    **{name: (getattr(nn, name), (0, 4)) for name in POINTWISE},
    "Linear": (lambda: nn.Linear(4, 2), (0, 4)),
    "Maxout": (lambda: nn.Maxout(4, 2, 2), (0, 4)),
    "PReLU": (lambda: nn.PReLU(4), (0, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(4), (0, 4)),
    "RMSNorm": (lambda: nn.RMSNorm(4), (0, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (0, 4)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4).eval(), (0, 4)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(2).eval(), (0, 2, 3, 3)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3), (0, 2, 7)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3), (0, 2, 7, 7)),
    "Conv2d, reflected": (lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), (0, 2, 7, 7)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 3, 3), (0, 2, 7)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 3), (0, 2, 7, 7)),
    "MaxPool1d": (lambda: nn.MaxPool1d(2), (0, 2, 6)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (0, 2, 4, 4)),
    "MaxPool2d, padded": (lambda: nn.MaxPool2d(3, 2, 1), (0, 2, 4, 4)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), (0, 2, 6)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2), (0, 2, 4, 4)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(2), (0, 2, 6)),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(2), (0, 2, 5, 5)),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(2), (0, 2, 6)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(2), (0, 2, 4, 4)),
    "RNN": (lambda: nn.RNN(3, 2), (4, 0, 3)),
    "LSTM": (lambda: nn.LSTM(3, 2), (4, 0, 3)),
    "GRU": (lambda: nn.GRU(3, 2), (4, 0, 3)),
    "RNNCell": (lambda: nn.RNNCell(3, 2), (0, 3)),
    "LSTMCell": (lambda: nn.LSTMCell(3, 2), (0, 3)),
    "GRUCell": (lambda: nn.GRUCell(3, 2), (0, 3)),
    "MultiheadAttention": (lambda: ToItself(4, 2), (3, 0, 4)),
    "PositionalEncoding": (lambda: nn.PositionalEncoding(4), (3, 0, 4)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(4, 2, 8), (3, 0, 4)),
    "GLU": (nn.GLU, (0, 4)),
    "Dropout2d": (nn.Dropout2d, (0, 2, 3, 3)),
    "Softmax": (lambda: nn.Softmax(1), (0, 3)),
    "LogSoftmax": (lambda: nn.LogSoftmax(1), (0, 3)),
    "Flatten": (nn.Flatten, (0, 2, 3)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), (0, 6)),
    "Sequential": (lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), (0, 4)),
}
OTHERS = {"Embedding": "of whole numbers, below", **dict.fromkeys(("Module", "ModuleDict", "ModuleList"), "no layer")}


def test_no_layer_is_left_out() -> None:
    layers = {
        name
        for name in nn.__all__
        if inspect.isclass(kind := getattr(nn, name)) and issubclass(kind, nn.Module) and not name.endswith("Loss")
    }
    assert layers - {"ParameterDict", "ParameterList"} == {*OTHERS, *(name.partition(",")[0] for name in EMPTY)}


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


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_no_words_have_no_vectors_and_bring_gradients_of_zero(shape: tuple[int, ...]) -> None:
    layer = nn.Embedding(5, 2, padding_idx=0, max_norm=1.0, scale_grad_by_freq=True)
    y = layer(np.zeros(shape, int))
    assert y.shape == (*shape, 2)
    y.sum().backward()
    assert not layer.weight.grad.data.any()


SCORES = ("CrossEntropyLoss", "MulticlassSVMLoss", "NLLLoss")
LOSSES = [name for name in nn.__all__ if name.endswith("Loss")]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_no_examples_is_the_sum_or_the_mean_of_nothing(name: str, reduction: str) -> None:
    x = Tensor(np.zeros((0, 3), np.float32), requires_grad=True)
    loss = getattr(nn, name)(reduction=reduction)(x, np.zeros(0, int) if name in SCORES else x.data)
    loss.sum().backward()
    assert x.grad.shape == (0, 3)
    assert loss.shape == (() if reduction != "none" else (0,) if name in SCORES else (0, 3))
    if reduction != "none":  # of nothing, PyTorch too has the mean NaN
        assert loss.item() == 0 if reduction == "sum" else np.isnan(loss.item())


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in SCORES])
def test_a_loss_of_one_number_without_axes_is_that_of_a_batch_of_one(name: str) -> None:
    loss = getattr(nn, name)()
    one, batch = Tensor(np.float32(0.25), requires_grad=True), Tensor(np.full(1, 0.25, np.float32), requires_grad=True)
    losses = loss(one, np.float32(1.0)), loss(batch, np.ones(1, np.float32))
    for each in losses:
        assert each.shape == ()
        each.backward()
    assert losses[0].item() == losses[1].item()
    assert one.grad.item() == batch.grad.item()


@pytest.mark.parametrize("name", [name for name in POINTWISE if name != "Dropout"])
def test_a_layer_for_any_shape_takes_one_number_without_axes(name: str) -> None:
    layer, one = getattr(nn, name)(), Tensor(np.float32(0.5), requires_grad=True)
    y = layer(one)
    assert (y.shape, y.dtype) == ((), np.float32)
    y.backward()
    batch = Tensor(np.full(3, 0.5, np.float32), requires_grad=True)
    np.testing.assert_allclose(y.item(), layer(batch).data[0], rtol=1e-6)
    assert one.grad.shape == ()


@pytest.mark.parametrize("shape", [(), (0,), (0, 3)])
@pytest.mark.parametrize(
    "rule", [kind for name in optim.__all__ if inspect.isclass(kind := getattr(optim, name))
             and issubclass(kind, optim.Optimizer) and kind is not optim.Optimizer]
)  # fmt: skip
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
    if p.size:
        optim.clip_grad_norm_([p, q], 0.01)
        assert abs(p.grad.item()) <= 0.01


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
