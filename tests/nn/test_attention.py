"""nn.MultiheadAttention."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, check_model, no_grad

N, L, S, E, HEADS = 2, 4, 5, 6, 3


def numbers(*shape: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def same(a: Any, b: Any, message: str = "") -> None:
    """Compare a Tensor of ours with one of PyTorch's."""
    np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12, err_msg=message)


def both(torch: Any, array: Any) -> tuple[Any, Any]:
    return Tensor(array, True), torch.tensor(array, requires_grad=True)


def twins(torch: Any, **options: Any) -> tuple[Any, Any]:
    """Return a layer of ours and one of PyTorch's with the same parameters."""
    ours = nn.MultiheadAttention(E, HEADS, dtype=np.float64, rng=0, **options)
    if ours.in_proj_bias is not None:
        ours.in_proj_bias.data = numbers(3 * E)
        ours.out_proj.bias.data = numbers(E)
    theirs = torch.nn.MultiheadAttention(E, HEADS, **options).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in ours.state_dict().items()})
    return ours, theirs


BLOCKED = numbers(L, S) > 0.5
BLOCKED[:, 0] = False  # all may look somewhere
PADDING = np.array([[False] * 5, [False, False, False, True, True]])
LAYER_MASKS: dict[str, dict[str, Any]] = {
    "no mask": {},
    "booleans": {"attn_mask": BLOCKED},
    "booleans for each head": {"attn_mask": np.stack([BLOCKED, BLOCKED[::-1]] * HEADS)},
    "numbers": {"attn_mask": numbers(L, S)},
    "padding": {"key_padding_mask": PADDING},
    "both": {"attn_mask": BLOCKED, "key_padding_mask": PADDING},
    "both as numbers": {"attn_mask": numbers(L, S), "key_padding_mask": numbers(N, S)},
}


@pytest.mark.parametrize("masks", LAYER_MASKS)
@pytest.mark.parametrize(
    ("batch_first", "need_weights", "average", "bias"),
    [*itertools.product([False, True], [False, True], [True], [True]), (False, True, False, False)],
)
def test_the_layer_is_pytorchs(
    torch: Any, masks: str, batch_first: bool, need_weights: bool, average: bool, bias: bool
) -> None:
    ours, theirs = twins(torch, batch_first=batch_first, bias=bias)
    shapes = [(N, n, E) if batch_first else (n, N, E) for n in (L, S, S)]
    pairs = [both(torch, numbers(*shape, seed=k)) for k, shape in enumerate(shapes)]
    options = {"need_weights": need_weights, "average_attn_weights": average}
    found, weights = ours(*[a for a, _ in pairs], **LAYER_MASKS[masks], **options)
    their_masks = {name: torch.tensor(mask) for name, mask in LAYER_MASKS[masks].items()}
    expected, their_weights = theirs(*[b for _, b in pairs], **their_masks, **options)
    same(found, expected)
    g = numbers(*found.shape, seed=9)
    loss, their_loss = (found * g).sum(), (expected * torch.tensor(g)).sum()
    if need_weights:
        same(weights, their_weights)
        h = numbers(*weights.shape, seed=10)
        loss, their_loss = loss + (weights * h).sum(), their_loss + (their_weights * torch.tensor(h)).sum()
    else:
        assert weights is None
    loss.backward()
    their_loss.backward()
    for a, b in pairs:
        same(a.grad, b.grad)
    for (name, a), (their_name, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == their_name
        same(a.grad, b.grad, name)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_attention_to_itself_is_pytorchs(torch: Any, batch_first: bool, need_weights: bool) -> None:
    ours, theirs = twins(torch, batch_first=batch_first)
    x, y = both(torch, numbers(N, L, E))
    causal = np.triu(np.ones((x.shape[batch_first],) * 2, dtype=bool), 1)
    found, _ = ours(x, x, x, is_causal=True, need_weights=need_weights)
    expected, _ = theirs(y, y, y, is_causal=True, attn_mask=torch.tensor(causal), need_weights=need_weights)
    same(found, expected)
    (found * found).sum().backward()
    (expected * expected).sum().backward()
    same(x.grad, y.grad)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        same(a.grad, b.grad)


def test_keys_and_values_may_have_other_features(torch: Any) -> None:
    ours, theirs = twins(torch, kdim=4, vdim=2)
    pairs = [both(torch, numbers(n, N, e, seed=e)) for n, e in ((L, E), (S, 4), (S, 2))]
    found, weights = ours(*[a for a, _ in pairs])
    expected, their_weights = theirs(*[b for _, b in pairs])
    same(found, expected)
    same(weights, their_weights)
    (found * found).sum().backward()
    (expected * expected).sum().backward()
    for a, b in [*pairs, *zip(ours.parameters(), theirs.parameters(), strict=True)]:
        same(a.grad, b.grad)


@pytest.mark.parametrize("masks", [{}, {"attn_mask": BLOCKED, "key_padding_mask": PADDING[1]}])
@pytest.mark.parametrize("average", [True, False])
def test_one_sequence_needs_no_batch(torch: Any, masks: dict[str, Any], average: bool) -> None:
    ours, theirs = twins(torch, batch_first=True)
    arrays = [numbers(n, E, seed=n) for n in (L, S, S)]
    found = ours(*arrays, **masks, average_attn_weights=average)
    expected = theirs(
        *map(torch.tensor, arrays), **{k: torch.tensor(m) for k, m in masks.items()}, average_attn_weights=average
    )
    for a, b in zip(found, expected, strict=True):
        same(a, b)


def test_a_mask_for_each_head_of_one_sequence(torch: Any) -> None:
    ours, theirs = twins(torch)
    x, mask = numbers(S, E), np.stack([np.triu(np.ones((S, S), dtype=bool), k) for k in (1, 2, 3)])
    same(ours(x, x, x, attn_mask=mask)[0], theirs(*[torch.tensor(x)] * 3, attn_mask=torch.tensor(mask))[0])


def test_a_query_without_any_key_gets_the_bias_alone() -> None:
    layer = nn.MultiheadAttention(E, HEADS, dtype=np.float64, rng=0)
    layer.out_proj.bias.data = numbers(E)
    x = Tensor(numbers(L, E), True)
    blocked = np.zeros((L, L), dtype=bool)
    blocked[1] = True
    for need_weights in (True, False):
        found, weights = layer(x, x, x, attn_mask=blocked, need_weights=need_weights)
        np.testing.assert_array_equal(found.data[1], layer.out_proj.bias.data)
        assert weights is None or not weights.data[1].any()
        x.grad = None
        found.sum().backward()
        assert np.isfinite(x.grad.data).all()


def test_the_state_dict_of_pytorch_is_taken(torch: Any) -> None:
    for options in ({}, {"bias": False}, {"kdim": 4}):
        theirs = torch.nn.MultiheadAttention(E, HEADS, **options).double()
        ours = nn.MultiheadAttention(E, HEADS, dtype=np.float64, **options)
        ours.load_state_dict(theirs.state_dict())
        arrays = [numbers(L, N, e) for e in (E, ours.kdim, ours.vdim)]
        same(ours(*arrays)[0], theirs(*map(torch.tensor, arrays))[0])


def test_dropout_is_of_the_weights_and_in_training_only() -> None:
    layer = nn.MultiheadAttention(E, HEADS, dropout=0.5, dtype=np.float64, rng=0)
    x = numbers(L, N, E)
    _, weights = layer(x, x, x, average_attn_weights=False)
    assert 0.2 < (weights.data == 0).mean() < 0.8
    layer.eval()
    _, right = layer(x, x, x, average_attn_weights=False)
    kept = weights.data != 0
    np.testing.assert_allclose(weights.data[kept], 2 * right.data[kept], rtol=1e-12)
    with no_grad():
        with_weights, without = (layer(x, x, x, need_weights=need)[0] for need in (True, False))
    np.testing.assert_allclose(with_weights.data, without.data, rtol=1e-12)


def test_dropout_is_the_same_with_and_without_weights() -> None:
    x = numbers(L, N, E)
    one, other = (
        nn.MultiheadAttention(E, HEADS, 0.5, dtype=np.float64, rng=0)(x, x, x, need_weights=need)[0].data
        for need in (True, False)
    )
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.no_cover
def test_the_check_confirms_a_model_with_attention() -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2, dtype=np.float64, rng=0)

        def forward(self, x: Any) -> Any:
            return self.attention(x, x[:2], x[1:], attn_mask=np.array([[False, True]] * 3))[0].sum(axis=0)

    assert check_model(Pooled(), nn.CrossEntropyLoss(), numbers(3, 2, 4), np.array([2, 0]))


def test_float32_stays_float32() -> None:
    layer = nn.MultiheadAttention(E, HEADS, 0.5, rng=0)
    x = Tensor(numbers(L, N, E).astype(np.float32), True)
    for need_weights in (True, False):
        found, _ = layer(x, x, x, np.zeros((N, L), dtype=bool), need_weights, is_causal=True)
        found.sum().backward()
        assert {t.dtype for t in (found, x.grad, *(p.grad for p in layer.parameters()))} == {np.dtype("f4")}


def test_a_batch_may_be_empty() -> None:
    layer, x = nn.MultiheadAttention(E, HEADS, dtype=np.float64), Tensor(np.ones((L, 0, E)), True)
    for options in ({}, {"need_weights": False, "attn_mask": np.ones((0, L, L), dtype=bool)}):
        result, _ = layer(x, x, x, key_padding_mask=np.zeros((0, L), dtype=bool), **options)
        result.sum().backward()
        assert result.shape == x.grad.shape == (L, 0, E)


def test_parameters_start_as_glorot_and_bengio_say() -> None:
    layer = nn.MultiheadAttention(60, 3, rng=0)
    bound = np.sqrt(6 / (180 + 60))
    assert 0.99 * bound < np.abs(layer.in_proj_weight.data).max() <= bound
    assert layer.in_proj_weight.dtype == np.float32
    assert not layer.in_proj_bias.data.any()
    assert not layer.out_proj.bias.data.any()
    other = nn.MultiheadAttention(60, 3, kdim=20, rng=0)
    bound = np.sqrt(6 / (60 + 20))
    assert 0.99 * bound < np.abs(other.k_proj_weight.data).max() <= bound


def test_options_are_shown() -> None:
    assert repr(nn.MultiheadAttention(6, 3)).startswith("MultiheadAttention(\n  embed_dim=6, num_heads=3\n  (out_proj)")
    layer = nn.MultiheadAttention(6, 3, 0.1, False, kdim=4, batch_first=True)
    assert layer.extra_repr() == "embed_dim=6, num_heads=3, dropout=0.1, bias=False, kdim=4, batch_first=True"


def test_flops_count_projections_scores_and_averages() -> None:
    layer = nn.MultiheadAttention(6, 3, batch_first=True)
    # For each of 2·4 tokens: three products 6×6 with biases, the scale, and 4 keys.
    expected = 2 * 4 * (3 * (2 * 6 * 6 + 6) + 6 + 4 * (2 * 6 + 2 * 6 + 3 * 5))
    assert layer.flops((2, 4, 6), (2, 4, 6)) == expected
    assert nn.MultiheadAttention(6, 3).flops((4, 2, 6), (4, 2, 6)) == expected


X = np.ones((L, N, E))
Y = np.ones((S, N, E))


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        (
            (X[..., :4], Y, Y),
            {},
            r"'0' takes query \(L, N, 6\), key \(S, N, 6\) .* shapes are \(4, 2, 4\)",
        ),
        ((X, Y[:, :1], Y), {}, r"MultiheadAttention '0' takes query .* are \(4, 2, 6\), \(5, 1, 6\) and \(5, 2, 6\)"),
        ((X, Y, X), {}, r"MultiheadAttention '0' takes query .* and \(4, 2, 6\)"),
        ((X, Y[:, 0], Y[:, 0]), {}, r"or single sequences without N, .* shapes are \(4, 2, 6\), \(5, 6\)"),
        ((X, Y[:0], Y[:0]), {}, r"with S of 1 or more, but the shapes are \(4, 2, 6\), \(0, 2, 6\) and \(0, 2, 6\)"),
        (
            (X, Y, Y),
            {"attn_mask": np.ones((5, 4), dtype=bool)},
            r"'0': attn_mask must have shape \(4, 5\), for 4 queries and 5 keys, or \(6, 4, 5\), .*, not \(5, 4\)",
        ),
        (
            (X, Y, Y),
            {"key_padding_mask": np.ones((5, 2), dtype=bool)},
            r"'0': key_padding_mask must have shape \(2, 5\), .* for each key of each sequence, not \(5, 2\)",
        ),
        (
            (X[:, 0], Y[:, 0], Y[:, 0]),
            {"key_padding_mask": np.ones((1, 5), dtype=bool)},
            r"'0': key_padding_mask must have shape \(5,\), a truth value for each key, not \(1, 5\)",
        ),
    ],
)
def test_wrong_shapes_are_refused_by_the_name_of_the_layer(arrays: Any, options: Any, message: str) -> None:
    model = nn.Sequential(nn.MultiheadAttention(E, HEADS))
    with pytest.raises(ValueError, match=message):
        model[0](*arrays, **options)


def test_the_expected_shape_has_the_batch_first_if_it_is() -> None:
    with pytest.raises(ValueError, match=r"takes query \(N, L, 6\), key \(N, S, 4\) and value \(N, S, 6\)"):
        nn.MultiheadAttention(E, HEADS, kdim=4, batch_first=True)(X, X, X)


def test_a_mask_of_integers_is_refused() -> None:
    layer = nn.MultiheadAttention(E, HEADS)
    with pytest.raises(TypeError, match=r"a mask holds booleans, or floating point numbers .* not int64"):
        layer(X, X, X, key_padding_mask=np.zeros((N, L), dtype=int))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_heads": 4}, ValueError, "embed_dim=6 is no multiple of num_heads=4"),
        ({"embed_dim": 0}, ValueError, "MultiheadAttention: embed_dim must be a whole number from 1 on, not 0"),
        ({"kdim": 0}, ValueError, "MultiheadAttention: kdim must be a whole number from 1 on, not 0"),
        ({"vdim": -1}, ValueError, "MultiheadAttention: vdim must be a whole number from 1 on, not -1"),
        ({"dropout": -0.1}, ValueError, r"dropout must be a number from 0 to 1, the probability that .*, not -0\.1"),
        ({"add_bias_kv": True}, NotImplementedError, "adds no key and value of its own; leave out add_bias_kv"),
        ({"add_zero_attn": True}, NotImplementedError, "adds no key and value of its own; leave out add_zero_attn"),
    ],
)
def test_options_out_of_range_are_refused(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.MultiheadAttention(**{"embed_dim": 6, "num_heads": 3, **options})
