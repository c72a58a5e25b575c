"""Architectures, drawn at random, that can be built here and in PyTorch: layers, a loss, an optimiser, a schedule.

A layer is its name and its options, or a block of layers; `build` makes it of either library, whose names are the
same. What flows through is a batch of vectors (N, D), of signals (N, C, L), of images (N, C, H, W), or of sequences
(N, L, D), and the layers are drawn to fit its shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import nn
import optim

torch = pytest.importorskip("torch", reason="PyTorch is not installed: there is nothing to train beside")

Shape = tuple[int, ...]
Draw = Callable[..., Any]
N = 4


@dataclass(frozen=True)
class Layer:
    """A layer, or a residual block or a branch of `inside` layers."""

    name: str
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    inside: tuple[Layer, ...] = ()

    def __str__(self) -> str:
        options = ", ".join([*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.options.items())])
        return f"{self.name}({options}{', '.join(map(str, self.inside))})"

    __repr__ = __str__


WITH_PARAMETERS = {
    *("Linear", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "BatchNorm1d", "BatchNorm2d", "LayerNorm"),
    *("GroupNorm", "RMSNorm", "PReLU", "Embedding", "RNN", "LSTM", "GRU", "MultiheadAttention"),
    "TransformerEncoderLayer",
}
AXIS = {"Softmax", "LogSoftmax", "GLU"}


def build(kit: Any, layer: Layer) -> Any:
    """Return the layer as a module of a library, in float64."""
    if layer.name in FORWARDS:
        return _wrapped(kit, layer)
    options = dict(layer.options)
    if layer.name in WITH_PARAMETERS:
        options["dtype"] = np.float64 if kit is nn else torch.float64
    if layer.name in AXIS and kit is not nn:
        options["dim"] = options.pop("axis")
    return getattr(kit, layer.name)(*layer.args, **options)


# What has no name in the libraries, from a block's layers and its input.
FORWARDS: dict[str, Callable[[Any, Any], Any]] = {
    "Residual": lambda body, x: x + body(x),
    "Again": lambda body, x: body(body(x)),
    "First": lambda body, x: body(x)[0],
    "Attend": lambda body, x: body(x, x, x, need_weights=False)[0],
    "Transpose": lambda body, x: x.swapaxes(1, 2),
    "Sum": lambda body, x: body(x) + 0.5 * body(0.5 * x),
}


def _wrapped(kit: Any, layer: Layer) -> Any:
    class Block(kit.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.body = sequence(kit, layer.inside)
            if layer.name == "Again":
                self.again = self.body  # one module in two places

        def forward(self, x: Any) -> Any:
            return FORWARDS[layer.name](self.body, x)

    Block.__name__ = layer.name
    return Block()


def sequence(kit: Any, layers: tuple[Layer, ...]) -> Any:
    modules = [build(kit, layer) for layer in layers]
    return modules[0] if len(modules) == 1 else kit.Sequential(*modules)


def shape_after(layer: Layer, shape: Shape) -> Shape:
    """Return the shape of what a layer makes, as PyTorch has it."""
    with torch.no_grad():
        return tuple(build(torch.nn, layer)(torch.zeros(shape, dtype=torch.float64)).shape)


# ------------------------------------------------------------------------------------------------------------ drawing

# Not Hardsigmoid: PyTorch's has a slope of 1/6 in single precision, which in a deep network is seen.
ACTIVATIONS: list[Layer] = [
    *(Layer(name) for name in ("ReLU", "Tanh", "Sigmoid", "SiLU", "SELU", "ReLU6", "Hardtanh")),
    *(Layer(name) for name in ("Hardswish", "LogSigmoid", "PReLU", "Identity")),
    *(Layer("LeakyReLU", (0.2,)), Layer("ELU", (0.7,)), Layer("GELU"), Layer("GELU", (), {"approximate": "tanh"})),
    *(Layer("Softplus", (1.5, 3.0)), Layer("Softmax", (), {"axis": -1}), Layer("LogSoftmax", (), {"axis": 1})),
    *(Layer("Dropout", (0.0,)), Layer("Dropout", (0.0,))),
]
BIAS = st.booleans()


def _linear(draw: Draw, shape: Shape) -> Layer:
    return Layer("Linear", (shape[-1], draw(st.integers(1, 5))), {"bias": draw(BIAS)})


def _activation(draw: Draw, shape: Shape) -> Layer:
    return draw(st.sampled_from(ACTIVATIONS))


def _glu(draw: Draw, shape: Shape) -> Layer:
    return Layer("GLU", (), {"axis": -1}) if shape[-1] % 2 == 0 else Layer("Tanh")


def _norm(draw: Draw, shape: Shape) -> Layer:
    """Draw a normalisation; its eps is large, so that a variance near 0 does not blow rounding up."""
    options: dict[str, Any] = {"eps": draw(st.sampled_from([1e-2, 0.1]))}
    kind = draw(st.sampled_from(["BatchNorm", "LayerNorm", "RMSNorm", "GroupNorm"]))
    if kind == "BatchNorm":
        options |= {"momentum": draw(st.sampled_from([0.1, None, 0.5])), "affine": draw(BIAS)}
        options["track_running_stats"] = draw(BIAS)
        return Layer(f"BatchNorm{max(1, len(shape) - 2)}d", (shape[1],), options)
    if kind == "GroupNorm":
        groups = draw(st.sampled_from([n for n in range(1, shape[1] + 1) if shape[1] % n == 0]))
        return Layer("GroupNorm", (groups, shape[1]), options | {"affine": draw(BIAS)})
    axes = draw(st.integers(1, len(shape) - 1))
    if kind == "LayerNorm":
        options |= {"elementwise_affine": draw(BIAS), "bias": draw(BIAS)}
    return Layer(kind, (shape[-axes:],), options)


def _convolution(draw: Draw, shape: Shape) -> Layer:
    size = min(shape[2:])
    kernel, padding = draw(st.integers(1, min(3, size))), draw(st.integers(0, 1))
    options = {"stride": draw(st.integers(1, 2)), "padding": padding, "bias": draw(BIAS)}
    if 2 * (kernel - 1) < size:
        options["dilation"] = draw(st.integers(1, 2))
    options["groups"] = groups = draw(st.sampled_from([n for n in (1, 2, 3) if shape[1] % n == 0]))
    if draw(BIAS) and draw(BIAS):
        options["padding_mode"] = draw(st.sampled_from(["reflect", "replicate", "circular"]))
        if options["padding_mode"] == "reflect" and size == 1:
            del options["padding_mode"]
    return Layer(f"Conv{len(shape) - 2}d", (shape[1], groups * draw(st.integers(1, 2)), kernel), options)


def _transposed(draw: Draw, shape: Shape) -> Layer:
    stride = draw(st.integers(1, 2))
    options = {"stride": stride, "bias": draw(BIAS), "output_padding": draw(st.integers(0, stride - 1))}
    options["groups"] = groups = draw(st.sampled_from([n for n in (1, 2) if shape[1] % n == 0]))
    args = (shape[1], groups * draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    return Layer(f"ConvTranspose{len(shape) - 2}d", args, options)


def _pooling(draw: Draw, shape: Shape) -> Layer:
    axes, size = len(shape) - 2, min(shape[2:])
    kind = draw(st.sampled_from(["Avg", "Max"]))
    if draw(BIAS):
        return Layer(f"Adaptive{kind}Pool{axes}d", (draw(st.integers(1, size)),))
    kernel = draw(st.integers(1, min(3, size)))
    options = {"stride": draw(st.integers(1, 2)), "padding": draw(st.integers(0, kernel // 2)), "ceil_mode": draw(BIAS)}
    if kind == "Avg":
        options["count_include_pad"] = draw(BIAS)
    return Layer(f"{kind}Pool{axes}d", (kernel,), options)


def _recurrent(draw: Draw, shape: Shape) -> Layer:
    options = {"num_layers": draw(st.integers(1, 2)), "bidirectional": draw(BIAS), "bias": draw(BIAS)}
    kind = draw(st.sampled_from(["RNN", "LSTM", "GRU"]))
    if kind == "RNN":
        options["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    args = (shape[-1], draw(st.integers(1, 3)))
    return Layer("First", (), {}, (Layer(kind, args, options | {"batch_first": True}),))


def _attention(draw: Draw, shape: Shape) -> Layer:
    heads = draw(st.sampled_from([n for n in (1, 2, 3) if shape[-1] % n == 0]))
    if draw(BIAS):
        options = {"bias": draw(BIAS), "batch_first": True}
        return Layer("Attend", (), {}, (Layer("MultiheadAttention", (shape[-1], heads), options),))
    options = {"norm_first": draw(BIAS), "activation": draw(st.sampled_from(["relu", "gelu"])), "bias": draw(BIAS)}
    options |= {"dropout": 0.0, "batch_first": True, "layer_norm_eps": 0.01}
    return Layer("TransformerEncoderLayer", (shape[-1], heads, draw(st.integers(1, 4))), options)


def _block(draw: Draw, shape: Shape) -> Layer:
    """Draw a residual block, or layers that are used twice."""
    inside, after = draw_layers(draw, shape, 2, FITTING)
    if "Batch" in str(inside):  # running statistics of two batches in one step are the same only by chance
        return Layer("Tanh")
    kinds = ["Residual", "Again", "Sum"] if after == shape else ["Sum"]
    return Layer(draw(st.sampled_from(kinds)), (), {}, inside)


def _transpose(draw: Draw, shape: Shape) -> Layer:
    return Layer("Transpose", (), {}, (Layer("Identity"),))


Table = dict[int, list[Callable[[Draw, Shape], Layer]]]
COMMON = [_activation, _norm, _glu]
FITTING: Table = {
    2: [_linear, _linear, *COMMON],
    3: [_linear, _convolution, _transposed, _pooling, _recurrent, _attention, _attention, *COMMON],
    4: [_convolution, _convolution, _transposed, _pooling, *COMMON],
}
WITH_BLOCKS: Table = {
    2: [*FITTING[2], _block],
    3: [*FITTING[3], _block, _transpose],
    4: [*FITTING[4], _block],
}


def draw_layers(draw: Draw, shape: Shape, most: int, table: Table) -> tuple[tuple[Layer, ...], Shape]:
    """Draw up to so many layers that fit one after the other; return the shape after them."""
    layers: list[Layer] = []
    for _ in range(draw(st.sampled_from(range(1, most + 1)))):
        layer = draw(st.sampled_from(table[len(shape)]))(draw, shape)
        layers.append(layer)
        shape = shape_after(layer, shape)
    return tuple(layers), shape


# What is calm: rounding of the size of 1e-16 in a gradient that is 0 must not become a step of the size of the learning
# rate, as it does with the usual eps, where a gradient is divided by its own size.
CALM = st.sampled_from([0.01, 0.1])
DECAY = st.sampled_from([0.0, 0.01])


def draw_optimiser(draw: Draw) -> tuple[str, dict[str, Any]]:
    """Draw an optimiser and its options, which have the same names in both libraries."""
    name = draw(st.sampled_from(["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam"]))
    options: dict[str, Any] = {"lr": draw(st.sampled_from([0.003, 0.02, 0.05])), "weight_decay": draw(DECAY)}
    options["maximize"] = draw(BIAS) and draw(BIAS)
    if name == "SGD":
        options["momentum"] = draw(st.sampled_from([0.0, 0.5, 0.9]))
        options["nesterov"] = options["momentum"] > 0 and draw(BIAS)
        options["dampening"] = 0.0 if options["nesterov"] else draw(st.sampled_from([0.0, 0.3]))
        return name, options
    options["eps"] = draw(CALM)
    if name in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam"):
        options["betas"] = draw(st.sampled_from([(0.9, 0.999), (0.5, 0.8), (0.0, 0.9)]))
    if name in ("Adam", "AdamW"):
        options["amsgrad"] = draw(BIAS)
    if name in ("NAdam", "RAdam"):
        options["decoupled_weight_decay"] = draw(BIAS)
    if name == "RMSprop":
        options |= {"alpha": draw(st.sampled_from([0.9, 0.99])), "momentum": draw(st.sampled_from([0.0, 0.5]))}
        options["centered"] = draw(BIAS)
    if name == "Adagrad":
        options["lr_decay"] = draw(DECAY)
    return name, options


S = optim.schedules
SCHEDULES: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "step": (S.step(7, 0.5), lambda L, o: L.StepLR(o, 7, 0.5)),
    "exponential": (S.exponential(0.05), lambda L, o: L.ExponentialLR(o, math.exp(-0.05))),
    "cosine": (S.cosine(20), lambda L, o: L.CosineAnnealingLR(o, 20)),
    "warm up": (S.linear(5, 0.3, 1.0), lambda L, o: L.LinearLR(o, 0.3, 1.0, 5)),
}
# The norms are none that an absolute error's gradient, of equal parts, meets: what just meets one PyTorch still scales.
CLIPS: dict[str, Callable[[Any, Any], Any]] = {
    "by norm": lambda kit, parameters: kit.clip_grad_norm_(parameters, 0.487),
    "by greatest element": lambda kit, parameters: kit.clip_grad_norm_(parameters, 0.193, math.inf),
    "by value": lambda kit, parameters: kit.clip_grad_value_(parameters, 0.05),
}
LOSSES: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name in ("MSELoss", "L1Loss", "BCEWithLogitsLoss", "CrossEntropyLoss")},
    "HuberLoss": ("HuberLoss", {"delta": 0.7}),
    "SmoothL1Loss": ("SmoothL1Loss", {"beta": 0.4}),
    "MSELoss, summed": ("MSELoss", {"reduction": "sum"}),
    "CrossEntropyLoss, smoothed": ("CrossEntropyLoss", {"label_smoothing": 0.1}),
    "CrossEntropyLoss, of probabilities": ("CrossEntropyLoss", {}),
    "CrossEntropyLoss, without a class": ("CrossEntropyLoss", {"ignore_index": 1, "reduction": "sum"}),
    "KLDivLoss": ("KLDivLoss", {"reduction": "batchmean"}),
}
