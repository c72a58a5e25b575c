"""Layers for sequences on another array module: they give there what they give here, and mix no arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from tests.support.strict_array import StrictArray

T, N, E = 5, 2, 8
X = np.random.default_rng(0).standard_normal((T, N, E))
PADDING = np.array([[False] * T, [False, False, False, True, True]])
CAUSAL = np.triu(np.full((T, T), -np.inf), 1)


class Strict:
    """An array module like CuPy, of arrays that do not mix with NumPy's."""

    asarray = staticmethod(StrictArray)


class ToItself(nn.MultiheadAttention):
    def forward(self, x: Any, **options: Any) -> Any:  # type: ignore[override]
        return super().forward(x, x, x, **options)


OPTIONS: dict[str, Any] = {"dtype": np.float64, "rng": 0}
LAYERS: dict[str, tuple[Callable[[], nn.Module], dict[str, Any]]] = {
    "rnn": (lambda: nn.RNN(E, 3, nonlinearity="relu", **OPTIONS), {"lengths": [5, 2]}),
    "lstm": (lambda: nn.LSTM(E, 3, 2, dropout=0.5, bidirectional=True, **OPTIONS), {}),
    "gru": (lambda: nn.GRU(E, 3, **OPTIONS), {"hx": np.ones((1, N, 3)), "lengths": np.array([3, 4])}),
    "attention": (lambda: ToItself(E, 2, 0.5, **OPTIONS), {"key_padding_mask": PADDING, "is_causal": True}),
    "attention without weights": (lambda: ToItself(E, 2, **OPTIONS), {"attn_mask": CAUSAL, "need_weights": False}),
    "transformer": (
        lambda: nn.TransformerEncoderLayer(E, 2, 16, norm_first=True, **OPTIONS),
        {"src_key_padding_mask": PADDING},
    ),
}


def flat(result: Any) -> list[Any]:
    return [part for r in result for part in flat(r)] if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_elsewhere_what_it_gives_here(name: str) -> None:
    make, options = LAYERS[name]
    results = []
    for module in (np, Strict):
        layer, x = make().to(module), Tensor(module.asarray(X), True)
        given = {key: module.asarray(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
        output = flat(layer(x, **given))
        sum((part * part).sum() for part in output if part is not None).backward()
        results.append([*output, x.grad, *(p.grad for p in layer.parameters())])
    for here, there in zip(*results, strict=True):
        assert (here is None) == (there is None)
        if here is not None:
            assert type(there.data) is StrictArray
            np.testing.assert_allclose(there.data.get(), here.data, rtol=1e-12, atol=1e-12)
