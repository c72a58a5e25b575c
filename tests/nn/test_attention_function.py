"""nn.functional.scaled_dot_product_attention."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F

L, S, E = 4, 5, 6


def numbers(*shape: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def same(a: Any, b: Any, message: str = "") -> None:
    """Compare a Tensor of ours with one of PyTorch's."""
    np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12, err_msg=message)


def both(torch: Any, array: Any) -> tuple[Any, Any]:
    return Tensor(array, True), torch.tensor(array, requires_grad=True)


ALLOWED = numbers(L, S) > 0
ALLOWED[2] = False  # a query that may look at nothing
MASKS = {
    "none": None,
    "booleans": ALLOWED,
    "booleans for each": np.stack([ALLOWED, ~ALLOWED, ALLOWED[::-1]])[:, None],
    "numbers": numbers(L, S, seed=5),
    "infinity": np.where(ALLOWED, numbers(L, S, seed=5), -np.inf),
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("batch", [(), (3,), (3, 2)])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_the_function_is_pytorchs(torch: Any, mask: str, batch: tuple[int, ...], scale: float | None) -> None:
    attn_mask = MASKS[mask]
    if attn_mask is not None and attn_mask.ndim > 2 and len(batch) < 2:
        attn_mask = attn_mask[0, 0]
    shapes = [(*batch, L, 4), (*batch, S, 4), (*batch, S, 3)]
    pairs = [both(torch, numbers(*shape, seed=k)) for k, shape in enumerate(shapes)]
    ours = F.scaled_dot_product_attention(*[a for a, _ in pairs], attn_mask, scale=scale)
    their_mask = None if attn_mask is None else torch.tensor(attn_mask)
    theirs = torch.nn.functional.scaled_dot_product_attention(*[b for _, b in pairs], their_mask, scale=scale)
    g = numbers(*ours.shape, seed=9)
    ours.backward(g)
    theirs.backward(torch.tensor(g))
    same(ours, theirs)
    for a, b in pairs:
        same(a.grad, b.grad)


@pytest.mark.parametrize(("queries", "keys"), [(4, 4), (3, 5), (5, 3)])
def test_causal_attention_is_pytorchs(torch: Any, queries: int, keys: int) -> None:
    arrays = [numbers(2, n, 4, seed=n) for n in (queries, keys, keys)]
    ours = F.scaled_dot_product_attention(*arrays, is_causal=True)
    theirs = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, arrays), is_causal=True)
    same(Tensor(ours), theirs)


def test_a_mask_of_numbers_is_learned_as_in_pytorch(torch: Any) -> None:
    arrays = [numbers(3, 2, n, 4, seed=n) for n in (L, S, S)]
    ours, theirs = both(torch, numbers(2, L, S))
    g = numbers(3, 2, L, 4, seed=9)
    F.scaled_dot_product_attention(*arrays, ours).backward(g)
    torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, arrays), theirs).backward(torch.tensor(g))
    same(ours.grad, theirs.grad)


def test_grouped_heads_are_pytorchs(torch: Any) -> None:
    pairs = [both(torch, numbers(3, heads, L, 4, seed=heads)) for heads in (4, 2, 2)]
    ours = F.scaled_dot_product_attention(*[a for a, _ in pairs], enable_gqa=True)
    theirs = torch.nn.functional.scaled_dot_product_attention(*[b for _, b in pairs], enable_gqa=True)
    (ours * ours).sum().backward()
    (theirs * theirs).sum().backward()
    same(ours, theirs)
    for a, b in pairs:
        same(a.grad, b.grad)


def test_a_causal_attention_knows_nothing_of_what_comes_later() -> None:
    x, later = numbers(L, E), numbers(L, E, seed=2)
    later[:2] = x[:2]
    one, other = (F.scaled_dot_product_attention(a, a, a, is_causal=True) for a in (x, later))
    np.testing.assert_array_equal(one[:2], other[:2])
    assert (one[2:] != other[2:]).all()


def test_what_may_not_be_looked_at_has_no_influence_and_no_gradient() -> None:
    query, key, value = (Tensor(numbers(n, E, seed=n), True) for n in (L, S, S))
    mask = np.ones((L, S), dtype=bool)
    mask[:, 3] = False
    F.scaled_dot_product_attention(query, key, value, mask).sum().backward()
    assert not key.grad.data[3].any()
    assert not value.grad.data[3].any()
    assert key.grad.data[[0, 1, 2, 4]].all()


def test_large_scores_do_not_overflow() -> None:
    x = np.array([[100.0, 0.0], [0.0, 100.0]], dtype=np.float32)
    result = F.scaled_dot_product_attention(x, x, np.array([[1.0], [2.0]], dtype=np.float32), scale=1.0)
    np.testing.assert_array_equal(result, [[1.0], [2.0]])
    assert result.dtype == np.float32


def test_dropout_keeps_the_expectation_and_the_seed_decides() -> None:
    query, key, value = numbers(1, E), numbers(400, E), np.ones((400, 1))
    attend = F.scaled_dot_product_attention
    results = np.array([attend(query, key, value, dropout_p=0.3, rng=seed).item() for seed in range(200)])
    np.testing.assert_allclose(results.mean(), 1, atol=0.02)
    assert results.std() > 0.02
    assert attend(query, key, value, dropout_p=0.3, rng=3).item() == results[3]
    assert not attend(query, key, value, dropout_p=1.0).any()


def test_float32_stays_float32_with_every_mask() -> None:
    x = Tensor(numbers(L, E).astype(np.float32), True)
    for mask in (
        None,
        np.tri(L, dtype=bool),
        np.tri(L, dtype=np.float32),
        np.zeros((L, L)),
        [[0.0] * L],
        np.tri(L) - 1e300,
    ):
        result = F.scaled_dot_product_attention(x, x, x, mask, 0.5, is_causal=True, rng=0)
        x.grad = None
        result.sum().backward()
        assert result.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("shapes", "options", "error", "message"),
    [
        ([(4, 6), (5, 7), (5, 6)], {}, ValueError, r"key \(…, S, E\) .* shapes are \(4, 6\), \(5, 7\) and \(5, 6\)"),
        ([(4, 6), (5, 6), (4, 6)], {}, ValueError, r"value \(…, S, E′\) .* shapes are \(4, 6\), \(5, 6\) and \(4, 6\)"),
        ([(2, 4, 6), (3, 5, 6), (5, 6)], {}, ValueError, r"axes before that broadcast .* shapes are \(2, 4, 6\)"),
        (
            [(4, 6), (0, 6), (0, 6)],
            {},
            ValueError,
            r"S of 1 or more, but the shapes are \(4, 6\), \(0, 6\) and \(0, 6\)",
        ),
        ([(4, 0), (5, 0), (5, 6)], {}, ValueError, r"E and S of 1 or more, but the shapes are \(4, 0\), \(5, 0\)"),
        ([(6,), (5, 6), (5, 6)], {}, ValueError, r"but the shapes are \(6,\), \(5, 6\)"),
        ([(4, 6), (5, 6), (5, 6)], {"dropout_p": 1.5}, ValueError, r"number from 0 to 1, the probability .*, not 1\.5"),
        (
            [(4, 6)] * 3,
            {"enable_gqa": True},
            ValueError,
            r"enable_gqa takes \(…, heads, length, features\)",
        ),
        ([(3, 4, 6), *[(2, 4, 6)] * 2], {"enable_gqa": True}, ValueError, r"queries have shape \(3, 4, 6\) and these"),
        (
            [(4, 6), (5, 6), (5, 6)],
            {"attn_mask": np.ones((5, 4), dtype=bool)},
            ValueError,
            r"attn_mask must broadcast to the shape \(4, 5\) of the products .*, but has shape \(5, 4\)",
        ),
        (
            [(4, 6), (5, 6), (5, 6)],
            {"attn_mask": np.ones((3, 4, 5), dtype=bool)},
            ValueError,
            r"attn_mask must broadcast to the shape \(4, 5\) .*, but has shape \(3, 4, 5\)",
        ),
        (
            [(4, 6), (5, 6), (5, 6)],
            {"attn_mask": np.ones((4, 5), dtype=int)},
            TypeError,
            "a mask holds booleans, or floating point numbers to be added to the scores, not int64",
        ),
    ],
)
def test_what_does_not_fit_is_refused(shapes: Any, options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        F.scaled_dot_product_attention(*map(np.ones, shapes), **options)
