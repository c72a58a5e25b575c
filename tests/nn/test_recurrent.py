"""nn.RNN, nn.LSTM and nn.GRU, and the functions below them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, check_model, no_grad
from nn import functional as F

KINDS = ["RNN", "LSTM", "GRU"]
STEPS, BATCH, FEATURES, UNITS = 6, 4, 3, 5
LENGTHS = [3, 6, 1, 5]


def made(kind: str, *args: Any, **options: Any) -> Any:
    """Return a layer in double precision."""
    return getattr(nn, kind)(*(args or (FEATURES, UNITS)), dtype=np.float64, rng=0, **options)


def twin(torch: Any, layer: Any, **options: Any) -> Any:
    """Return PyTorch's layer with the same parameters."""
    theirs = getattr(torch.nn, type(layer).__name__)(layer.input_size, layer.hidden_size, **options).double()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in layer.state_dict().items()})
    return theirs


def flat(result: Any) -> list[Any]:
    return [part for r in result for part in flat(r)] if isinstance(result, (tuple, list)) else [result]


def numbers(*shape: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def padded(torch: Any, layer: Any, x: Any, state: Any, lengths: Any, batch_first: bool) -> Any:
    """Run PyTorch's layer on a padded batch, by way of its packed sequences."""
    tools = torch.nn.utils.rnn
    packed = tools.pack_padded_sequence(x, torch.tensor(lengths), batch_first, enforce_sorted=False)
    output, last = layer(packed, state)
    output, _ = tools.pad_packed_sequence(output, batch_first, total_length=x.shape[1 if batch_first else 0])
    return output, last


@pytest.mark.parametrize("kind", ["RNN", "relu", "LSTM", "GRU"])
@pytest.mark.parametrize(
    ("layers", "bidirectional", "batch_first", "bias", "lengths"),
    [*itertools.product([1, 2], [False, True], [False, True], [False, True], [None, LENGTHS])],
)
def test_outputs_states_and_gradients_are_pytorchs(
    torch: Any, kind: str, layers: int, bidirectional: bool, batch_first: bool, bias: bool, lengths: Any
) -> None:
    options = {"num_layers": layers, "bidirectional": bidirectional, "batch_first": batch_first, "bias": bias}
    kind, options = ("RNN", {**options, "nonlinearity": "relu"}) if kind == "relu" else (kind, options)
    ours = made(kind, **options)
    theirs = twin(torch, ours, **options)
    x = numbers(*((BATCH, STEPS) if batch_first else (STEPS, BATCH)), FEATURES)
    states = [numbers(layers * (1 + bidirectional), BATCH, UNITS, seed=s) for s in ((2, 3) if kind == "LSTM" else (2,))]
    inputs = [Tensor(a, True) for a in (x, *states)]
    their_inputs = [torch.tensor(a, requires_grad=True) for a in (x, *states)]

    found = flat(ours(inputs[0], tuple(inputs[1:]) if kind == "LSTM" else inputs[1], lengths))
    their_state = tuple(their_inputs[1:]) if kind == "LSTM" else their_inputs[1]
    expected = flat(
        theirs(their_inputs[0], their_state)
        if lengths is None
        else padded(torch, theirs, their_inputs[0], their_state, lengths, batch_first)
    )
    upstream = [numbers(*part.shape, seed=7) for part in found]
    sum((part * g).sum() for part, g in zip(found, upstream, strict=True)).backward()
    sum((part * torch.tensor(g)).sum() for part, g in zip(expected, upstream, strict=True)).backward()

    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12)
    for a, b in zip(inputs, their_inputs, strict=True):
        np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-10, atol=1e-12)
    for (name, a), (their_name, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == their_name
        np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_state_it_starts_from_zero_and_takes_one_sequence_too(torch: Any, kind: str) -> None:
    ours = made(kind, num_layers=2, bidirectional=True)
    theirs = twin(torch, ours, num_layers=2, bidirectional=True)
    for x in (numbers(STEPS, BATCH, FEATURES), numbers(STEPS, FEATURES)):
        for a, b in zip(flat(ours(x)), flat(theirs(torch.tensor(x))), strict=True):
            np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_one_sequence_can_start_from_a_state(torch: Any, kind: str) -> None:
    ours = made(kind, batch_first=True)
    theirs = twin(torch, ours, batch_first=True)
    x, state = numbers(STEPS, FEATURES), numbers(1, UNITS)
    start, their_start = (
        ((state, state), (torch.tensor(state),) * 2) if kind == "LSTM" else (state, torch.tensor(state))
    )
    for a, b in zip(flat(ours(x, start)), flat(theirs(torch.tensor(x), their_start)), strict=True):
        np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_dict_of_pytorch_is_taken(torch: Any, kind: str) -> None:
    theirs = getattr(torch.nn, kind)(FEATURES, UNITS, num_layers=2, bidirectional=True).double()
    ours = made(kind, num_layers=2, bidirectional=True)
    ours.load_state_dict(theirs.state_dict())
    x = numbers(STEPS, BATCH, FEATURES)
    np.testing.assert_allclose(ours(x)[0].data, theirs(torch.tensor(x))[0].detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_is_kept_and_equals_pytorchs(torch: Any, kind: str) -> None:
    ours = getattr(nn, kind)(FEATURES, UNITS, rng=0)
    theirs = twin(torch, ours).float()
    x = numbers(STEPS, BATCH, FEATURES).astype(np.float32)
    tensor, theirs_in = Tensor(x, True), torch.tensor(x, requires_grad=True)
    output, _ = ours(tensor)
    (output * output).sum().backward()
    expected, _ = theirs(theirs_in)
    (expected * expected).sum().backward()
    assert {t.dtype for t in (output, tensor.grad, *(p.grad for p in ours.parameters()))} == {np.dtype("f4")}
    np.testing.assert_allclose(output.data, expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(tensor.grad.data, theirs_in.grad.numpy(), rtol=1e-5, atol=1e-6)


# --------------------------------------------------------------------------------------------------- padding, direction


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_padded_batch_gives_what_each_sequence_gives_alone(kind: str, bidirectional: bool) -> None:
    layer = made(kind, num_layers=2, bidirectional=bidirectional)
    x = numbers(STEPS, BATCH, FEATURES)
    with no_grad():
        output, last = layer(x, lengths=LENGTHS)
        for k, length in enumerate(LENGTHS):
            alone, last_alone = layer(x[:length, k])
            np.testing.assert_allclose(output.data[:length, k], alone.data, rtol=1e-12, atol=1e-14)
            assert not output.data[length:, k].any()
            for a, b in zip(flat(last), flat(last_alone), strict=True):
                np.testing.assert_allclose(a.data[:, k], b.data, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_padding_is_made_of_does_not_matter(kind: str) -> None:
    layer = made(kind, bidirectional=True)
    gradients = []
    for filling in (0.0, np.nan):
        x = numbers(STEPS, BATCH, FEATURES)
        for k, length in enumerate(LENGTHS):
            x[length:, k] = filling
        tensor = Tensor(x, True)
        output, last = layer(tensor, lengths=np.array(LENGTHS))
        layer.zero_grad()
        sum((part * part).sum() for part in flat((output, last))).backward()
        gradients.append([tensor.grad.data, *(p.grad.data for p in layer.parameters())])
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_gradient_reaches_the_padding() -> None:
    layer, x = made("LSTM", num_layers=2, bidirectional=True), Tensor(numbers(STEPS, BATCH, FEATURES), True)
    layer(x, lengths=LENGTHS)[0].sum().backward()
    own = np.arange(STEPS)[:, None] < np.array(LENGTHS)
    np.testing.assert_array_equal(x.grad.data.any(axis=-1), own)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_backwards_is_forwards_on_the_sequence_turned_round(name: str) -> None:
    rows = {"rnn": 1, "lstm": 4, "gru": 3}[name] * UNITS
    x, w, u = numbers(STEPS, BATCH, FEATURES), numbers(rows, FEATURES), numbers(rows, UNITS)
    there = getattr(F, name)(x, None, w, u, reverse=True)
    back = getattr(F, name)(x[::-1], None, w, u)
    np.testing.assert_allclose(there[0], back[0][::-1], rtol=1e-14)
    np.testing.assert_allclose(there[1], back[1], rtol=1e-14)


# --------------------------------------------------------------------------------------------------------------- layers


def test_dropout_acts_between_the_layers_and_in_training_only() -> None:
    x = numbers(STEPS, BATCH, FEATURES)
    layer = made("GRU", num_layers=2, dropout=0.5)
    one, other = layer(x)[0].data, layer(x)[0].data
    assert (one != other).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].data, layer(x)[0].data)
    without = made("GRU", num_layers=2)
    np.testing.assert_array_equal(layer(x)[0].data, without(x)[0].data)
    np.testing.assert_array_equal(made("GRU", num_layers=2, dropout=0.5)(x)[0].data, one)  # the same seed


def test_dropout_of_everything_leaves_the_upper_layer_without_input() -> None:
    x = numbers(STEPS, BATCH, FEATURES)
    layer = made("RNN", num_layers=2, dropout=1.0)
    upper = nn.RNN(UNITS, UNITS, dtype=np.float64)
    upper.load_state_dict({n[:-1] + "0": v for n, v in layer.state_dict().items() if n.endswith("1")})
    np.testing.assert_allclose(layer(x)[0].data, upper(np.zeros((STEPS, BATCH, UNITS)))[0].data, rtol=1e-12)


def test_dropout_with_nothing_between_is_pointed_out() -> None:
    with pytest.warns(UserWarning, match=r"dropout=0\.5 acts between layers, and with num_layers=1"):
        nn.LSTM(3, 5, dropout=0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_weight_stays_without_gradient(kind: str) -> None:
    layer = made(kind)
    layer.weight_hh_l0.requires_grad_(False)
    layer(numbers(STEPS, BATCH, FEATURES))[0].sum().backward()
    assert layer.weight_hh_l0.grad is None
    assert layer.weight_ih_l0.grad is not None


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_the_last_state_is_no_view_of_the_output(name: str) -> None:
    rows = {"rnn": 1, "lstm": 4, "gru": 3}[name] * UNITS
    output, *last = getattr(F, name)(
        numbers(STEPS, BATCH, FEATURES), None, numbers(rows, FEATURES), numbers(rows, UNITS)
    )
    assert not any(np.shares_memory(output, part) for part in last)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.no_cover
def test_the_check_confirms_a_model_with_two_layers(kind: str) -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = made(kind, 2, 2, num_layers=2, bidirectional=True)
            self.head = nn.Linear(4, 3, dtype=np.float64, rng=1)

        def forward(self, x: Any) -> Any:
            return self.head(self.network(x, lengths=[3, 2])[0][0])

    assert check_model(Last(), nn.CrossEntropyLoss(), numbers(3, 2, 2), np.array([2, 0]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_may_be_empty(kind: str) -> None:
    layer, x = made(kind, num_layers=2, bidirectional=True), Tensor(np.ones((STEPS, 0, FEATURES)), True)
    for lengths in (None, np.zeros(0, dtype=int)):
        output, *_ = layer(x, lengths=lengths)
        output.sum().backward()
        assert (output.shape, x.grad.shape) == ((STEPS, 0, 2 * UNITS), x.shape)
    assert all(not parameter.grad.data.any() for parameter in layer.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_start_uniform_on_one_over_root_h(kind: str) -> None:
    for parameter in getattr(nn, kind)(40, 100, num_layers=2, bidirectional=True, rng=0).parameters():
        assert parameter.dtype == np.float32
        assert 0.09 < np.abs(parameter.data).max() <= 0.1
    one, other = (getattr(nn, kind)(4, 3, rng=1).state_dict() for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_options_are_shown() -> None:
    assert repr(nn.LSTM(3, 5)) == "LSTM(3, 5)"
    assert repr(nn.GRU(3, 5, 2, False, True, 0.5, True)) == (
        "GRU(3, 5, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)"
    )
    assert repr(nn.RNN(3, 5, nonlinearity="relu")) == "RNN(3, 5, nonlinearity='relu')"


def test_flops_count_products_sums_and_functions() -> None:
    # A gate of a unit: products with 3 features and 5 states, their sum with two biases, σ or tanh.
    assert nn.RNN(3, 5).flops((6, 4, 3), (6, 4, 5)) == 6 * 4 * 5 * (2 * (3 + 5) + 3 + 1)
    # f c + i g, o tanh(c); above, the 10 outputs of both directions are the features
    two = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    units = 5 * (4 * (2 * (3 + 5) + 4) + 5) + 5 * (4 * (2 * (10 + 5) + 4) + 5)
    assert two.flops((6, 4, 3), (6, 4, 10)) == 6 * 4 * 2 * units
    # r a, (1 − u) n + u h
    assert nn.GRU(3, 5).flops((6, 3), (6, 5)) == 6 * 5 * (3 * (2 * (3 + 5) + 4) + 5)


# --------------------------------------------------------------------------------------------------------------- errors


class Tagger(nn.Module):
    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.memory = made("LSTM", num_layers=2, **options)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.memory(*args, **kwargs)


X = np.ones((STEPS, BATCH, FEATURES))
H = np.ones((2, BATCH, UNITS))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X[..., :2],), r"LSTM 'memory' takes x of shape \(T, N, 3\), or \(T, 3\) for .* has shape \(6, 4, 2\)"),
        ((X[0, 0],), r"LSTM 'memory' takes x of shape .* has shape \(3,\)"),
        ((X, (H[:1], H)), r"LSTM 'memory': h0 must have shape \(2, 4, 5\), a state for each layer .* not \(1, 4, 5\)"),
        ((X, (H, H[:, :1])), r"LSTM 'memory': c0 must have shape \(2, 4, 5\), .* of each sequence, not \(2, 1, 5\)"),
        ((X, np.stack([H, H[::-1]])[..., :1]), r"LSTM 'memory': h0 must have shape \(2, 4, 5\), .* not \(2, 4, 1\)"),
        ((X, (H,)), r"LSTM 'memory' starts from the 2 states h0, c0, not from 1"),
        ((X[:, 0], (H, H)), r"h0 must have shape \(2, 5\), a state for each layer and direction, not \(2, 4, 5\)"),
        ((X[:, 0], None, [6]), r"LSTM 'memory': one sequence, x of shape \(6, 3\), has no padding; leave out lengths"),
        ((X, None, [0, 1, 2, 3]), r"'memory\.weight_ih_l0': lengths must lie between 1 and the 6 .* from 0 to 3"),
        ((X, None, [1, 2, 3, 7]), r"'memory\.weight_ih_l0': lengths must lie between 1 and the 6 steps .* from 1 to 7"),
        ((X, None, [1, 2, 3]), r"'memory\.weight_ih_l0': lengths must have shape \(4,\), one for each .* not \(3,\)"),
    ],
)
def test_wrong_inputs_are_refused_by_the_name_of_the_layer(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tagger()(*arguments)


def test_lengths_that_are_no_integers_are_refused() -> None:
    with pytest.raises(TypeError, match=r"lengths must be integers, not float64; write lengths\.astype\(int\)"):
        Tagger()(X, lengths=np.ones(BATCH))


def test_the_expected_shape_has_the_batch_first_if_it_is() -> None:
    with pytest.raises(ValueError, match=r"takes x of shape \(N, T, 3\)"):
        Tagger(batch_first=True)(X[..., :1])
    with pytest.raises(ValueError, match=r"h0 must have shape \(2, 6, 5\)"):
        Tagger(batch_first=True)(X, (H, H))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nn.RNN(0, 5), ValueError, "RNN: input_size must be a whole number from 1 on, not 0"),
        (lambda: nn.LSTM(3, -1), ValueError, "LSTM: hidden_size must be a whole number from 1 on, not -1"),
        (lambda: nn.GRU(3, 5, 0), ValueError, "GRU: num_layers must be a whole number from 1 on, not 0"),
        (
            lambda: nn.GRU(3, 5, 2, dropout=1.5),
            ValueError,
            r"GRU: dropout must be a number from 0 to 1, .*, not 1\.5",
        ),
        (lambda: nn.RNN(3, 5, nonlinearity="elu"), ValueError, "RNN: nonlinearity must be 'tanh' or 'relu', not 'elu'"),
        (lambda: nn.LSTM(3, 5, proj_size=2), NotImplementedError, r"does not project .* put an nn\.Linear\(5, 2\)"),
    ],
)
def test_options_out_of_range_are_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("changed", "shape", "message"),
    [
        ("x", (6, 3), r"gru: x must have shape \(T, N, 3\), one step or more of N sequences .* not \(6, 3\)"),
        ("x", (0, 4, 3), r"gru: x must have shape \(T, N, 3\), one step or more .* not \(0, 4, 3\)"),
        ("h0", (4, 6), r"gru: h0 must have shape \(4, 5\), a state for each sequence, not \(4, 6\)"),
        (
            "weight_ih",
            (5, 3),
            r"gru: the weight_ih must have shape \(15, I\), as many rows as the weight_hh, not",
        ),
        ("weight_hh", (5, 5), r"gru: the weight_hh must have shape \(3·H, H\), not \(5, 5\)"),
        ("bias_ih", (5,), r"gru: the bias_ih must have shape \(15,\), not \(5,\)"),
        ("bias_hh", (15, 1), r"gru: the bias_hh must have shape \(15,\), not \(15, 1\)"),
    ],
)
def test_wrong_shapes_are_refused_by_the_function(changed: str, shape: tuple[int, ...], message: str) -> None:
    shapes = {"x": (6, 4, 3), "h0": (4, 5), "weight_ih": (15, 3), "weight_hh": (15, 5), "bias_ih": (15,)}
    shapes = {**shapes, "bias_hh": (15,), changed: shape}
    with pytest.raises(ValueError, match=message):
        F.gru(**{name: np.ones(s) for name, s in shapes.items()})


def test_an_unknown_nonlinearity_is_refused_by_the_function() -> None:
    with pytest.raises(ValueError, match="rnn: nonlinearity must be 'tanh' or 'relu', not 'sigmoid'"):
        F.rnn(X, None, np.ones((UNITS, FEATURES)), np.ones((UNITS, UNITS)), nonlinearity="sigmoid")
