"""All of nn on another array module: each module gives there what it gives here, and mixes no arrays."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from tests.support.strict_array import Strict, StrictArray

T, N, E = 5, 2, 8
RNG = np.random.default_rng(0)
X = RNG.standard_normal((T, N, E))
PADDING = np.array([[False] * T, [False, False, False, True, True]])
CAUSAL = np.triu(np.full((T, T), -np.inf), 1)
OPTIONS: dict[str, Any] = {"dtype": np.float64, "rng": 0}
DOUBLE: dict[str, Any] = {"dtype": np.float64}

Make = Callable[[], nn.Module]


def x(*shape: int) -> Any:
    return RNG.standard_normal(shape)


class ToItself(nn.MultiheadAttention):
    def forward(self, x: Any, **options: Any) -> Any:  # type: ignore[override]
        return super().forward(x, x, x, **options)


class OfParts(nn.Module):
    """Uses what a container of modules or parameters holds."""

    def __init__(self, parts: Any) -> None:
        super().__init__()
        self.parts = parts

    def forward(self, x: Any) -> Any:
        for part in self.parts.values() if hasattr(self.parts, "values") else self.parts:
            x = x * part if isinstance(part, Tensor) else part(x)
        return x


def linear(seed: int = 0) -> nn.Linear:
    return nn.Linear(E, E, dtype=np.float64, rng=seed)


def ones(*shape: int) -> nn.Parameter:
    return nn.Parameter(np.ones(shape) * 1.5)


IMAGES, ROWS = x(N, 4, 6, 6), x(N, 4, 7)
# Each kind of module: the name of its class (and an option), how it is made, and what it is called with.
LAYERS: dict[str, tuple[Make, tuple[Any, ...], dict[str, Any]]] = {
    **{name: (getattr(nn, name), (X,), {}) for name in (
        *("ELU", "GELU", "GLU", "SELU", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "LeakyReLU", "LogSigmoid"),
        *("ReLU", "ReLU6", "SiLU", "Sigmoid", "Softplus", "Tanh", "Flatten"),
    )},
    "GELU, tanh": (lambda: nn.GELU("tanh"), (X,), {}),
    "Softplus, β": (lambda: nn.Softplus(2.0, 1.0), (X,), {}),
    "Softmax": (lambda: nn.Softmax(-1), (X,), {}),
    "LogSoftmax": (lambda: nn.LogSoftmax(-1), (X,), {}),
    "PReLU": (lambda: nn.PReLU(N, dtype=np.float64), (X,), {}),
    "Maxout": (lambda: nn.Maxout(E, 3, 2, **OPTIONS), (X,), {}),
    "Linear": (lambda: nn.Linear(E, 3, **OPTIONS), (X,), {}),
    "Linear, one vector": (lambda: nn.Linear(E, 3, bias=False, **OPTIONS), (X[0, 0],), {}),
    "Unflatten": (lambda: nn.Unflatten(-1, (2, 4)), (X,), {}),
    "Dropout": (lambda: nn.Dropout(0.4, rng=0), (X,), {}),
    "Dropout, not inverted": (lambda: nn.Dropout(0.4, inverted=False, rng=0), (X,), {}),
    "Dropout, all": (lambda: nn.Dropout(1.0, rng=0), (X,), {}),
    "Dropout2d": (lambda: nn.Dropout2d(0.4, rng=0), (IMAGES,), {}),
    "Embedding": (lambda: nn.Embedding(6, 3, **OPTIONS), (np.array([[1, 2], [5, 1]]),), {}),
    "Embedding, all options": (
        lambda: nn.Embedding(6, 3, padding_idx=-1, max_norm=0.5, scale_grad_by_freq=True, **OPTIONS),
        (np.array([[1, 2], [5, 1]]),),
        {},
    ),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(E, **DOUBLE), (X[0],), {}),
    "BatchNorm1d, sequences": (lambda: nn.BatchNorm1d(4, momentum=None, **DOUBLE), (ROWS,), {}),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, **DOUBLE), (IMAGES,), {}),
    "BatchNorm2d, bare": (lambda: nn.BatchNorm2d(4, affine=False, track_running_stats=False), (IMAGES,), {}),
    "LayerNorm": (lambda: nn.LayerNorm((N, E), **DOUBLE), (X,), {}),
    "RMSNorm": (lambda: nn.RMSNorm(E, **DOUBLE), (X,), {}),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4, **DOUBLE), (IMAGES,), {}),
    "Conv1d": (lambda: nn.Conv1d(4, 6, 3, stride=2, groups=2, **OPTIONS), (ROWS,), {}),
    **{f"Conv1d, {mode}": (lambda mode=mode: nn.Conv1d(4, 2, 3, padding=2, padding_mode=mode, **OPTIONS), (ROWS,), {})
       for mode in ("reflect", "replicate", "circular")},
    "Conv2d": (lambda: nn.Conv2d(4, 3, 3, **OPTIONS), (IMAGES,), {}),
    "Conv2d, 1×1": (lambda: nn.Conv2d(4, 3, 1, **OPTIONS), (IMAGES,), {}),
    "Conv2d, depthwise": (lambda: nn.Conv2d(4, 8, 3, groups=4, padding="same", **OPTIONS), (IMAGES,), {}),
    "Conv2d, dilated": (lambda: nn.Conv2d(4, 2, (3, 2), (2, 1), 1, 2, bias=False, **OPTIONS), (IMAGES,), {}),
    "Conv2d, one image": (lambda: nn.Conv2d(4, 2, 3, **OPTIONS), (IMAGES[0],), {}),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, **OPTIONS), (ROWS,), {}),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, dilation=2, **OPTIONS), (IMAGES,), {}),
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 2, 1), (ROWS,), {}),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (IMAGES,), {}),
    "MaxPool2d, all options": (
        lambda: nn.MaxPool2d(3, 2, 1, dilation=2, ceil_mode=True), (IMAGES,), {}
    ),
    "AvgPool1d": (lambda: nn.AvgPool1d(3, 2, 1, ceil_mode=True, count_include_pad=False), (ROWS,), {}),
    "AvgPool2d": (lambda: nn.AvgPool2d(2), (IMAGES,), {}),
    "AvgPool2d, divisor": (lambda: nn.AvgPool2d(3, 1, 1, divisor_override=2), (IMAGES,), {}),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(3), (ROWS,), {}),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((4, None)), (IMAGES,), {}),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(3), (ROWS,), {}),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(4), (IMAGES,), {}),
    "RNN": (lambda: nn.RNN(E, 3, nonlinearity="relu", **OPTIONS), (X,), {"lengths": [5, 2]}),
    "LSTM": (lambda: nn.LSTM(E, 3, 2, dropout=0.5, bidirectional=True, **OPTIONS), (X,), {}),
    "LSTM, batch first": (lambda: nn.LSTM(E, 4, batch_first=True, **OPTIONS), (X,), {}),
    "GRU": (lambda: nn.GRU(E, 3, **OPTIONS), (X,), {"hx": np.ones((1, N, 3)), "lengths": np.array([3, 4])}),
    "RNNCell": (lambda: nn.RNNCell(E, 3, **OPTIONS), (X[0],), {"hx": np.ones((N, 3))}),
    "LSTMCell": (lambda: nn.LSTMCell(E, 3, **OPTIONS), (X[0],), {}),
    "GRUCell": (lambda: nn.GRUCell(E, 3, bias=False, **OPTIONS), (X[0, 0],), {}),
    "MultiheadAttention": (
        lambda: ToItself(E, 2, 0.5, **OPTIONS), (X,), {"key_padding_mask": PADDING, "is_causal": True}
    ),
    "MultiheadAttention, without weights": (
        lambda: ToItself(E, 2, **OPTIONS),
        (X,),
        {"attn_mask": CAUSAL, "need_weights": False},
    ),
    "PositionalEncoding": (lambda: nn.PositionalEncoding(E), (X,), {}),
    "TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(E, 2, 16, norm_first=True, **OPTIONS),
        (X,),
        {"src_key_padding_mask": PADDING},
    ),
    "Sequential": (lambda: nn.Sequential(linear(), nn.Tanh(), linear(1)), (X,), {}),
    "ModuleList": (lambda: OfParts(nn.ModuleList([linear(), nn.Tanh()])), (X,), {}),
    "ModuleDict": (lambda: OfParts(nn.ModuleDict({"a": linear(), "b": nn.Tanh()})), (X,), {}),
    "ParameterList": (lambda: OfParts(nn.ParameterList([ones(E), ones(N, 1)])), (X,), {}),
    "ParameterDict": (lambda: OfParts(nn.ParameterDict({"a": ones(E), "b": ones()})), (X,), {}),
    "weight_norm": (lambda: nn.weight_norm(linear()), (X,), {}),
    "weight_norm, twice": (lambda: nn.weight_norm(nn.weight_norm(linear()), "bias", None), (X,), {}),
    "remove_weight_norm": (lambda: nn.remove_weight_norm(nn.weight_norm(linear())), (X,), {}),
}  # fmt: skip

SIGNS, CHANCES, CLASSES = np.where(x(N, 3) > 0, 1.0, -1.0), RNG.uniform(0.1, 0.9, (N, 3)), np.array([2, 0])
SCORES, WEIGHT = x(N, 3), RNG.uniform(0.5, 1.0, 3)
LOSSES: dict[str, tuple[Callable[..., nn.Module], Any, Any]] = {
    "AdalineLoss": (nn.AdalineLoss, SCORES, SIGNS),
    "BCELoss": (nn.BCELoss, CHANCES, CHANCES[::-1].copy()),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss, SCORES, CHANCES),
    "BCEWithLogitsLoss, weights": (
        lambda reduction: nn.BCEWithLogitsLoss(WEIGHT, reduction, pos_weight=WEIGHT), SCORES, CHANCES
    ),
    "CrossEntropyLoss": (nn.CrossEntropyLoss, SCORES, CLASSES),
    "CrossEntropyLoss, all options": (
        lambda reduction: nn.CrossEntropyLoss(WEIGHT, 0, reduction, label_smoothing=0.1), SCORES, CLASSES
    ),
    "CrossEntropyLoss, probabilities": (nn.CrossEntropyLoss, SCORES, CHANCES),
    "HingeLoss": (nn.HingeLoss, SCORES, SIGNS),
    "HuberLoss": (nn.HuberLoss, SCORES, SIGNS),
    "KLDivLoss": (nn.KLDivLoss, np.log(CHANCES), CHANCES),
    "KLDivLoss, logarithms": (
        lambda reduction: nn.KLDivLoss(reduction, log_target=True), np.log(CHANCES), np.log(CHANCES[::-1])
    ),
    "L1Loss": (nn.L1Loss, SCORES, SIGNS),
    "MSELoss": (nn.MSELoss, SCORES, SIGNS),
    "MulticlassSVMLoss": (nn.MulticlassSVMLoss, SCORES, CLASSES),
    "NLLLoss": (nn.NLLLoss, SCORES, CLASSES),
    "NLLLoss, weights": (lambda reduction: nn.NLLLoss(WEIGHT, 2, reduction), SCORES, CLASSES),
    "PerceptronLoss": (nn.PerceptronLoss, SCORES, (SIGNS + 1) / 2),
    "SmoothL1Loss": (nn.SmoothL1Loss, SCORES, SIGNS),
}  # fmt: skip

ELSEWHERE = {  # what is tried below or in another file, or has nothing to do with arrays
    "Module": "the base of all these",
    "Parameter": "part of the layers",
    "functional": "test_every_function.py",
    "init": "init/test_writing.py, init/test_data.py",
    "load": "test_exchange.py",
    "save": "test_exchange.py",
    "summary": "test_summary.py",
    **dict.fromkeys(("monte_carlo", "penalties", "weight_norm_init"), "below"),
}


def test_nothing_of_nn_is_left_out() -> None:
    tried = {name.partition(",")[0] for name in (*LAYERS, *LOSSES)}
    assert tried | set(ELSEWHERE) == set(nn.__all__)
    assert not tried & set(ELSEWHERE)


def flat(result: Any) -> list[Any]:
    return [part for r in result for part in flat(r)] if isinstance(result, tuple) else [result]


def assert_equal(here: Any, there: Any) -> None:
    """Compare arrays or Tensors: there all of them are StrictArrays."""
    assert (here is None) == (there is None)
    if here is not None:
        array = there.data if isinstance(there, Tensor) else there
        assert type(array) is StrictArray
        assert array.dtype == here.dtype
        expected = here.data if isinstance(here, Tensor) else here
        np.testing.assert_allclose(array.get(), expected, rtol=1e-12, atol=1e-12)


def both(make: Make, args: tuple[Any, ...], options: dict[str, Any], use: Callable[..., list[Any]]) -> None:
    """Compare what is made of a layer and its operands here and there."""
    results = []
    for module in (np, Strict):
        operands = [module.asarray(a) for a in args]
        tensors = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in operands]
        given = {key: module.asarray(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
        results.append(use(make().to(module), tensors, given))
    for here, there in zip(*results, strict=True):
        assert_equal(here, there)


def differentiated(layer: nn.Module, tensors: list[Any], options: dict[str, Any]) -> list[Any]:
    output = [part for part in flat(layer(*tensors, **options)) if part is not None]
    differentiable = [part for part in output if isinstance(part, Tensor) and part.requires_grad]
    if differentiable:
        sum((part * part).sum() for part in differentiable).backward()
    leaves = [t for t in (*tensors, *layer.parameters()) if t.requires_grad]
    return [*output, *(leaf.grad for leaf in leaves), *layer.buffers()]


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluated"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_elsewhere_what_it_gives_here(name: str, training: bool) -> None:
    make, args, options = LAYERS[name]
    both(lambda: make().train(training), args, options, differentiated)


@pytest.mark.parametrize("name", LAYERS)
def test_so_it_does_with_hooks_and_after_copying_and_loading(name: str) -> None:
    make, args, options = LAYERS[name]

    def use(layer: nn.Module, tensors: list[Any], given: dict[str, Any]) -> list[Any]:
        layer = copy.deepcopy(layer).eval()
        layer.load_state_dict(make().state_dict())  # of NumPy's arrays
        seen: list[Any] = []
        layer.register_forward_hook(lambda module, args, output: seen.extend(flat(output)))
        layer.register_full_backward_hook(lambda module, g_in, g_out: seen.extend((*g_in, *g_out)))
        results = differentiated(layer, tensors, given)
        return [*results, *(part for part in seen if part is not None)]

    both(make, args, options, use)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_gives_elsewhere_what_it_gives_here(name: str, reduction: str) -> None:
    make, scores, target = LOSSES[name]

    def use(loss: nn.Module, tensors: list[Any], options: dict[str, Any]) -> list[Any]:
        (score, *_), wanted = tensors, tensors[1].data
        value = loss(score, wanted)
        value.sum().backward()
        return [value, score.grad]

    both(lambda: make(reduction=reduction), (scores, target), {}, use)


@pytest.mark.parametrize("penalty", [
    nn.penalties.l1,
    nn.penalties.l2,
    lambda net: nn.penalties.elastic(net, 0.5),
    lambda net: nn.penalties.group_lasso(net, axis=1),
    lambda net: nn.penalties.l2(list(net.parameters())),
    lambda net: nn.penalties.l1(net, select=lambda name, parameter: name.endswith("bias")),
])  # fmt: skip
def test_a_penalty_costs_elsewhere_what_it_costs_here(penalty: Callable[[Any], Tensor]) -> None:
    def use(net: nn.Module, tensors: list[Any], options: dict[str, Any]) -> list[Any]:
        cost = penalty(net)
        cost.backward()
        return [cost, *(p.grad for p in net.parameters())]

    both(lambda: nn.Sequential(linear(), nn.Tanh(), linear(1)), (), {}, use)


def test_many_random_passes_and_the_start_of_normalised_weights_are_the_same_elsewhere() -> None:
    def use(net: nn.Module, tensors: list[Any], options: dict[str, Any]) -> list[Any]:
        nn.weight_norm_init(net.eval(), tensors[0])
        return [*net.parameters(), *nn.monte_carlo(net, tensors[0], passes=4, rng=0)]

    both(lambda: nn.Sequential(nn.weight_norm(linear()), nn.Dropout(0.5), nn.weight_norm(linear(1))), (X,), {}, use)


def test_a_model_is_moved_there_and_back_with_what_it_has_learned() -> None:
    net = nn.Sequential(nn.Conv2d(4, 3, 3, **OPTIONS), nn.BatchNorm2d(3, **DOUBLE), nn.weight_norm(nn.PReLU(3)))
    before = {name: value.copy() for name, value in net.state_dict().items()}
    net.to(Strict).to(np)
    for name, value in net.state_dict().items():
        assert type(value) is np.ndarray
        np.testing.assert_array_equal(value, before[name])
