"""An exception in a model says where: every layer and loss that refuses a shape is named by its path."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor

RNG = np.random.default_rng(0)


def x(*shape: int) -> Any:
    return RNG.normal(size=shape).astype(np.float32)


# Each layer that does not take every shape, and what does not fit into it.
LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[Any, ...]]] = {
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(2), (x(3),)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(2), (x(3, 4),)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(2), (x(3),)),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(2), (x(3, 4),)),
    "AvgPool1d": (lambda: nn.AvgPool1d(2), (x(3),)),
    "AvgPool2d": (lambda: nn.AvgPool2d(5), (x(1, 2, 3, 4),)),
    "MaxPool1d": (lambda: nn.MaxPool1d(2), (x(3),)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (x(3, 4),)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4), (x(5, 3),)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4), (x(5, 3, 2, 2),)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3), (x(5, 3, 7),)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3), (x(5, 3, 7, 7),)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 3, 3), (x(5, 3, 7),)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 3), (x(5, 3, 7, 7),)),
    "Dropout2d": (nn.Dropout2d, (x(3),)),
    "Embedding": (lambda: nn.Embedding(3, 2), (np.array([3]),)),
    "Flatten": (lambda: nn.Flatten(2, 1), (x(3, 5),)),
    "GLU": (nn.GLU, (x(3, 3),)),
    "GRU": (lambda: nn.GRU(3, 2), (x(4, 2, 2),)),
    "GRUCell": (lambda: nn.GRUCell(3, 2), (x(4, 2),)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (x(4, 3),)),
    "LSTM": (lambda: nn.LSTM(3, 2), (x(4, 2, 2),)),
    "LSTMCell": (lambda: nn.LSTMCell(3, 2), (x(4, 2),)),
    "LayerNorm": (lambda: nn.LayerNorm(4), (x(4, 3),)),
    "Linear": (lambda: nn.Linear(4, 2), (x(3, 3),)),
    "LogSoftmax": (lambda: nn.LogSoftmax(axis=3), (x(3, 5),)),
    "Maxout": (lambda: nn.Maxout(4, 2, 2), (x(3, 3),)),
    "MultiheadAttention": (lambda: nn.MultiheadAttention(4, 2), (x(3, 2, 3),) * 3),
    "PReLU": (lambda: nn.PReLU(4), (x(3, 3),)),
    "PositionalEncoding": (lambda: nn.PositionalEncoding(4), (x(3, 2, 3),)),
    "RMSNorm": (lambda: nn.RMSNorm(4), (x(4, 3),)),
    "RNN": (lambda: nn.RNN(3, 2), (x(4, 2, 2),)),
    "RNNCell": (lambda: nn.RNNCell(3, 2), (x(4, 2),)),
    "Softmax": (lambda: nn.Softmax(axis=3), (x(3, 5),)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(4, 2, 8), (x(3, 2, 3),)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), (x(3, 5),)),
}
CLASSES = ("CrossEntropyLoss", "NLLLoss", "MulticlassSVMLoss")
LOSSES = [
    *("AdalineLoss", "BCELoss", "BCEWithLogitsLoss", "HingeLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss"),
    *("PerceptronLoss", "SmoothL1Loss", *CLASSES),
]
ANY_SHAPE = {
    *("ELU", "GELU", "SELU", "Dropout", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "LeakyReLU", "LogSigmoid"),
    *("ReLU", "ReLU6", "SiLU", "Sigmoid", "Softplus", "Tanh"),
}
NOTHING_OF_ITS_OWN = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"}


def test_no_layer_is_left_out() -> None:
    modules = {
        name for name in nn.__all__ if isinstance(kind := getattr(nn, name), type) and issubclass(kind, nn.Module)
    }
    assert modules == {*LAYERS, *LOSSES, *ANY_SHAPE, *NOTHING_OF_ITS_OWN}


class Model(nn.Module):
    """A model with one part, which is called with all that the model is called with."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.body = nn.ModuleList([nn.Identity(), part])

    def forward(self, *args: Any) -> Any:
        return self.body[1](*args)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_is_given_another_shape_is_named_by_its_path(name: str) -> None:
    make, args = LAYERS[name]
    model = Model(make())
    with pytest.raises((ValueError, IndexError)) as caught:
        model(*args)
    assert "body.1" in caught.value.__notes__[0]
    assert str(args[0].shape) in caught.value.__notes__[0] + str(caught.value)
    if name != "TransformerEncoderLayer":  # one of its own layers refuses
        assert caught.value.__notes__[0].startswith(f"raised in {name} 'body.1', called with ")
    assert len(caught.value.__notes__) == 1


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_that_is_given_another_shape_says_both_and_is_named_by_its_path(name: str) -> None:
    scores, target = (x(3, 4), np.array([0, 1])) if name in CLASSES else (np.full(3, 0.5, np.float32), x(4))
    with pytest.raises(ValueError, match=r"shape \(3") as caught:
        Model(getattr(nn, name)())(scores, target)
    assert str(target.shape) in str(caught.value)
    assert caught.value.__notes__ == [
        f"raised in {name} 'body.1', called with float32 of shape {scores.shape}, "
        f"{target.dtype} of shape {target.shape}"
    ]


class Failing(nn.Module):
    """A layer of the user's, with an error that is NumPy's or Python's."""

    def forward(self, x: Any, flag: Any = None) -> Any:
        return x.reshape(7) if flag is None else x.nonsense


def test_an_error_of_numpys_in_a_layer_of_ones_own_is_placed_as_well() -> None:
    model = nn.Sequential(nn.Identity(), Model(Failing()))
    with pytest.raises(ValueError, match="cannot reshape") as caught:
        model(Tensor(x(2, 3), requires_grad=True))
    assert caught.value.__notes__ == ["raised in Failing '1.body.1', called with float32 of shape (2, 3)"]
    assert "1.body.1" in "".join(traceback.format_exception(caught.value))


def test_what_is_no_array_is_told_by_its_kind() -> None:
    with pytest.raises(AttributeError) as caught:
        Model(Failing())([1.0, 2.0], 3)
    assert caught.value.__notes__ == ["raised in Failing 'body.1', called with a list of 2, 3"]
    with pytest.raises(AttributeError) as caught:
        Model(Failing())(logging, None)
    assert caught.value.__notes__ == ["raised in Failing 'body.1', called with a module, None"]
    with pytest.raises(TypeError) as no_arguments:
        nn.Linear(2, 2)()
    assert no_arguments.value.__notes__ == ["raised in Linear, called with nothing"]


def test_an_exception_keeps_its_own_notes_and_is_the_same_object() -> None:
    mine = KeyError("mine")
    mine.add_note("a note of my own")

    class Raising(nn.Module):
        def forward(self, x: Any) -> Any:
            raise mine

    with pytest.raises(KeyError) as caught:
        nn.Sequential(Raising())(1.0)
    assert caught.value is mine
    assert mine.__notes__ == ["a note of my own", "raised in Raising '0', called with 1.0"]


@pytest.mark.parametrize("register", ["register_forward_pre_hook", "register_forward_hook"])
def test_an_error_in_a_hook_is_placed_too(register: str) -> None:
    model = Model(nn.Tanh())
    getattr(model.body[1], register)(lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        model(x(2))
    assert caught.value.__notes__ == ["raised in Tanh 'body.1', called with float32 of shape (2,)"]


def test_modules_that_are_nested_too_deep_for_python_say_what_to_do() -> None:
    net: nn.Module = nn.Identity()
    for _ in range(600):
        net = nn.Sequential(net)
    with pytest.raises(RecursionError) as caught:
        net(x(2))
    (note,) = caught.value.__notes__
    assert note.startswith("raised in calls that are nested deeper than Python's limit of ")
    assert note.endswith("one beside the other, or raise the limit with sys.setrecursionlimit")
    assert len(repr(net)) > 600
    assert len(list(net.modules())) == 601
