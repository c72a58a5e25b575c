"""nn.TransformerEncoderLayer and nn.PositionalEncoding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, check_model
from nn import functional as F

N, L, E, HEADS, HIDDEN = 2, 4, 6, 3, 5


def numbers(*shape: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def made(**options: Any) -> Any:
    return nn.TransformerEncoderLayer(E, HEADS, HIDDEN, dtype=np.float64, rng=0, **{"dropout": 0.0, **options})


def twin(torch: Any, layer: Any, **options: Any) -> Any:
    """Return PyTorch's layer with the same parameters, of which those that start at 0 or 1 are moved a little."""
    for k, parameter in enumerate(layer.parameters()):
        if parameter.ndim == 1:
            parameter.data = parameter.data + 0.1 * numbers(*parameter.shape, seed=k)
    theirs = torch.nn.TransformerEncoderLayer(E, HEADS, HIDDEN, **{"dropout": 0.0, **options}).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in layer.state_dict().items()})
    return theirs


def same(a: Any, b: Any, message: str = "") -> None:
    np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12, err_msg=message)


CAUSAL = np.triu(np.ones((L, L), dtype=bool), 1)
PADDING = np.array([[False] * L, [False, False, True, True]])


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu", "function"])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("masks", [{}, {"src_mask": CAUSAL}, {"src_key_padding_mask": PADDING}])
def test_the_layer_is_pytorchs(
    torch: Any, norm_first: bool, batch_first: bool, activation: str, bias: bool, masks: dict[str, Any]
) -> None:
    options = {"norm_first": norm_first, "batch_first": batch_first, "bias": bias, "layer_norm_eps": 1e-3}
    ours = made(activation=F.silu if activation == "function" else activation, **options)
    theirs = twin(
        torch, ours, activation=torch.nn.functional.silu if activation == "function" else activation, **options
    )
    x = numbers(N, L, E) if batch_first else numbers(L, N, E)
    here, there = Tensor(x, True), torch.tensor(x, requires_grad=True)
    found, expected = ours(here, **masks), theirs(there, **{name: torch.tensor(m) for name, m in masks.items()})
    g = numbers(*x.shape, seed=2)
    found.backward(g)
    expected.backward(torch.tensor(g))
    same(found, expected)
    same(here.grad, there.grad)
    names = dict(theirs.named_parameters())
    assert list(names) == [name for name, _ in ours.named_parameters()]
    for name, parameter in ours.named_parameters():
        same(parameter.grad, names[name].grad, name)


def test_one_sequence_needs_no_batch(torch: Any) -> None:
    ours = made(batch_first=True)
    theirs = twin(torch, ours, batch_first=True)
    x = numbers(L, E)
    same(ours(x, is_causal=True), theirs(torch.tensor(x), src_mask=torch.tensor(CAUSAL), is_causal=True))


def test_the_state_dict_of_pytorch_is_taken(torch: Any) -> None:
    theirs = torch.nn.TransformerEncoderLayer(E, HEADS, HIDDEN, dropout=0.3).double()
    ours = made(dropout=0.3)
    ours.load_state_dict(theirs.state_dict())
    x = numbers(L, N, E)
    same(ours.eval()(x), theirs.eval()(torch.tensor(x)))


def test_the_defaults_are_pytorchs(torch: Any) -> None:
    ours, theirs = nn.TransformerEncoderLayer(E, HEADS), torch.nn.TransformerEncoderLayer(E, HEADS)
    here, there = ({name: tuple(p.shape) for name, p in layer.state_dict().items()} for layer in (ours, theirs))
    assert here == there
    assert [d.p for d in (ours.dropout, ours.dropout1, ours.dropout2)] == [0.1] * 3
    assert ours.self_attn.dropout == 0.1
    assert ours.norm1.eps == ours.norm2.eps == 1e-5


def test_dropout_acts_in_training_only_and_the_seed_decides() -> None:
    x = numbers(L, N, E)
    layer = made(dropout=0.5)
    one, other = layer(x).data, layer(x).data
    assert (one != other).any()
    np.testing.assert_array_equal(made(dropout=0.5)(x).data, one)
    np.testing.assert_array_equal(layer.eval()(x).data, made()(x).data)


def test_a_causal_layer_knows_nothing_of_what_comes_later() -> None:
    layer, x = made(), Tensor(numbers(L, N, E), True)
    layer(x, is_causal=True)[1].sum().backward()
    np.testing.assert_array_equal(x.grad.data.any(axis=(1, 2)), [True, True, False, False])


def test_an_activation_may_be_a_layer() -> None:
    layer = made(activation=nn.GELU())
    x = numbers(L, N, E)
    np.testing.assert_allclose(layer(x).data, made(activation="gelu")(x).data, rtol=1e-14)
    assert "activation" in dict(layer.named_children())


@pytest.mark.no_cover
def test_the_check_confirms_a_model_with_two_layers() -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.TransformerEncoderLayer(2, 1, 3, 0.0, "gelu", dtype=np.float64, rng=0, norm_first=True)
            self.second = nn.TransformerEncoderLayer(2, 2, 3, 0.0, "gelu", dtype=np.float64, rng=1)

        def forward(self, x: Any) -> Any:
            return (self.second(self.first(x, is_causal=True)) * numbers(3, 2, 2)).sum(axis=0)

    assert check_model(Pooled(), nn.CrossEntropyLoss(), numbers(3, 2, 2), np.array([1, 0]))


def test_float32_stays_float32() -> None:
    layer = nn.TransformerEncoderLayer(E, HEADS, HIDDEN, activation="gelu", rng=0)
    x = Tensor(numbers(L, N, E).astype(np.float32), True)
    y = layer(nn.PositionalEncoding(E, 10)(x), is_causal=True)
    y.sum().backward()
    assert {t.dtype for t in (y, x.grad, *(p.grad for p in layer.parameters()))} == {np.dtype("f4")}


def test_flops_are_those_that_no_part_counts() -> None:
    assert made().flops((L, N, E), (L, N, E)) == L * N * (2 * E + HIDDEN)
    assert made(activation=nn.GELU()).flops((L, N, E), (L, N, E)) == L * N * 2 * E
    assert nn.PositionalEncoding(E).flops((L, N, E), (L, N, E)) == L * N * E


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="activation must be 'relu', 'gelu' or a function, not 'tanh'"):
        made(activation="tanh")


def test_wrong_inputs_are_refused_by_the_name_of_the_part() -> None:
    model = nn.Sequential(made())
    with pytest.raises(ValueError, match=r"MultiheadAttention '0\.self_attn' takes query \(L, N, 6\)"):
        model(numbers(L, N, E - 1))


# -------------------------------------------------------------------------------------------------- positional encoding


def test_the_pattern_is_that_of_the_paper() -> None:
    pattern = nn.PositionalEncoding(5, 20, dtype=np.float64).pattern
    for t in (0, 1, 19):
        expected = [np.sin(t), np.cos(t), np.sin(t / 10000**0.4), np.cos(t / 10000**0.4), np.sin(t / 10000**0.8)]
        np.testing.assert_allclose(pattern[t], expected, rtol=1e-12, atol=1e-14)


def test_a_shift_in_time_is_a_rotation_of_each_pair() -> None:
    pattern = nn.PositionalEncoding(8, 50, dtype=np.float64).pattern
    near, far = pattern[3] @ pattern[7], pattern[30] @ pattern[34]
    np.testing.assert_allclose(near, far, rtol=1e-12)


@pytest.mark.parametrize(("batch_first", "shape"), [(False, (L, N, E)), (True, (N, L, E)), (True, (L, E))])
def test_each_place_gets_its_own_pattern(batch_first: bool, shape: tuple[int, ...]) -> None:
    layer = nn.PositionalEncoding(E, 10, batch_first=batch_first)
    result = layer(np.zeros(shape, dtype=np.float32))
    if len(shape) == 3:
        result = result[0] if batch_first else result[:, 0]
    np.testing.assert_array_equal(result, layer.pattern[:L])
    assert result.dtype == np.float32


def test_the_pattern_is_neither_trained_nor_saved() -> None:
    layer = nn.PositionalEncoding(E)
    assert layer.state_dict() == {}
    assert list(layer.parameters()) == []


def test_dropout_of_the_sum_acts_in_training_only() -> None:
    layer = nn.PositionalEncoding(E, dropout=0.5, rng=0)
    assert (layer(np.ones((L, E))) == 0).any()
    np.testing.assert_array_equal(layer.eval()(np.ones((L, E))), np.ones((L, E)) + layer.pattern[:L])


@pytest.mark.parametrize(
    ("batch_first", "shape", "message"),
    [
        (False, (L, N, 5), r"'place' takes x of shape \(L, N, 6\), or \(L, 6\), with L up to .*=4, .* \(4, 2, 5\)"),
        (False, (L + 1, N, E), r"'place' takes x of shape .* with L up to max_len=4, but x has shape \(5, 2, 6\)"),
        (True, (N, L + 1, E), r"'place' takes x of shape \(N, L, 6\), .* but x has shape \(2, 5, 6\)"),
    ],
)
def test_what_is_too_long_or_too_wide_is_refused(batch_first: bool, shape: tuple[int, ...], message: str) -> None:
    model = nn.Sequential({"place": nn.PositionalEncoding(E, L, batch_first=batch_first)})
    with pytest.raises(ValueError, match=message):
        model(np.ones(shape))


def test_a_pattern_without_features_is_refused() -> None:
    with pytest.raises(ValueError, match="PositionalEncoding: d_model must be a whole number from 1 on, not 0"):
        nn.PositionalEncoding(0)
