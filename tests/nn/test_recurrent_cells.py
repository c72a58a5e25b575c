"""nn.RNNCell, nn.LSTMCell and nn.GRUCell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn

BATCH, FEATURES, UNITS = 4, 3, 5


def numbers(*shape: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def made(kind: str, **options: Any) -> Any:
    return getattr(nn, kind)(FEATURES, UNITS, dtype=np.float64, rng=0, **options)


def twin(torch: Any, cell: Any, **options: Any) -> Any:
    """Return PyTorch's cell with the same parameters."""
    theirs = getattr(torch.nn, type(cell).__name__)(FEATURES, UNITS, **options).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in cell.state_dict().items()})
    return theirs


def flat(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("batch", [(), (4,)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_is_pytorchs(torch: Any, kind: str, batch: tuple[int, ...], bias: bool) -> None:
    ours = made(kind, bias=bias)
    theirs = twin(torch, ours, bias=bias)
    x, h, c = numbers(*batch, FEATURES), numbers(*batch, UNITS, seed=2), numbers(*batch, UNITS, seed=3)
    for start in (None, (h, c) if kind == "LSTMCell" else h):
        their_start = None if start is None else tuple(map(torch.tensor, start)) if kind == "LSTMCell" else start
        their_start = torch.tensor(their_start) if isinstance(their_start, np.ndarray) else their_start
        ours.zero_grad(), theirs.zero_grad()
        found, expected = flat(ours(x, start)), flat(theirs(torch.tensor(x), their_start))
        sum((part * part).sum() for part in found).backward()
        sum((part * part).sum() for part in expected).backward()
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12)
        for (name, a), (their_name, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert name == their_name
            np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_a_cell_with_relu_is_pytorchs(torch: Any) -> None:
    ours = made("RNNCell", nonlinearity="relu")
    theirs = twin(torch, ours, nonlinearity="relu")
    x = numbers(BATCH, FEATURES)
    np.testing.assert_allclose(ours(x).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_steps_in_a_loop_are_what_the_layer_does(kind: str) -> None:
    cell, layer = made(f"{kind}Cell"), getattr(nn, kind)(FEATURES, UNITS, dtype=np.float64)
    layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    x, state = numbers(6, BATCH, FEATURES), None
    for x_t in x:
        state = cell(x_t, state)
    np.testing.assert_allclose(flat(state)[0].data, layer(x)[0].data[-1], rtol=1e-12)


def test_options_are_shown() -> None:
    assert repr(nn.LSTMCell(3, 5)) == "LSTMCell(3, 5)"
    assert repr(nn.GRUCell(3, 5, bias=False)) == "GRUCell(3, 5, bias=False)"
    assert repr(nn.RNNCell(3, 5, nonlinearity="relu")) == "RNNCell(3, 5, nonlinearity='relu')"


def test_flops_count_products_sums_and_functions() -> None:
    # A gate of a unit: products with 3 features and 5 states, their sum with two biases, σ or tanh.
    assert nn.RNNCell(3, 5).flops((4, 3), (4, 5)) == 4 * 5 * (2 * (3 + 5) + 3 + 1)
    assert nn.RNNCell(3, 5, bias=False).flops((4, 3), (4, 5)) == 4 * 5 * (2 * (3 + 5) + 1 + 1)
    assert nn.LSTMCell(3, 5).flops((3,), (5,)) == 5 * (4 * (2 * (3 + 5) + 4) + 5)  # f c + i g, o tanh(c)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.RNNCell(3, 5, nonlinearity="elu"), "RNNCell: nonlinearity must be 'tanh' or 'relu', not 'elu'"),
        (lambda: nn.GRUCell(0, 5), "GRUCell: input_size must be a whole number from 1 on, not 0"),
    ],
)
def test_options_out_of_range_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_wrong_inputs_of_a_cell_are_refused_by_its_name() -> None:
    model = nn.Sequential(nn.LSTMCell(3, 5))
    with pytest.raises(ValueError, match=r"LSTMCell '0' takes x of shape \(N, 3\) or \(3,\), .* has shape \(2, 4\)"):
        model(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"LSTMCell '0': the state must have shape \(2, 5\), not \(2, 4\)"):
        model[0](np.ones((2, 3)), (np.ones((2, 5)), np.ones((2, 4))))
    for state, number in ((np.ones((2, 5)),), 1), (np.ones((3, 5)), 3):
        with pytest.raises(ValueError, match=f"LSTMCell '0' goes on from 2 states, h and c, not from {number}"):
            model[0](np.ones((2, 3)), state)
