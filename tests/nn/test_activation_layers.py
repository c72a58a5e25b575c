"""The non-linearities as layers: they are the functions, say their options, and two of them have parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, check_model
from nn import functional as F

RNG = np.random.default_rng(4)
LAYERS: list[tuple[Callable[[], nn.Module], Callable[[Any], Any], str]] = [
    (nn.ReLU, F.relu, "ReLU()"),
    (nn.LeakyReLU, F.leaky_relu, "LeakyReLU(negative_slope=0.01)"),
    (lambda: nn.LeakyReLU(0.1), lambda x: F.leaky_relu(x, 0.1), "LeakyReLU(negative_slope=0.1)"),
    (nn.ELU, F.elu, "ELU(alpha=1.0)"),
    (lambda: nn.ELU(0.5), lambda x: F.elu(x, 0.5), "ELU(alpha=0.5)"),
    (nn.SELU, F.selu, "SELU()"),
    (nn.ReLU6, F.relu6, "ReLU6()"),
    (nn.Hardtanh, F.hardtanh, "Hardtanh(min_val=-1.0, max_val=1.0)"),
    (lambda: nn.Hardtanh(0, 2), lambda x: F.hardtanh(x, 0, 2), "Hardtanh(min_val=0, max_val=2)"),
    (nn.Hardsigmoid, F.hardsigmoid, "Hardsigmoid()"),
    (nn.Hardswish, F.hardswish, "Hardswish()"),
    (nn.Sigmoid, F.sigmoid, "Sigmoid()"),
    (nn.LogSigmoid, F.logsigmoid, "LogSigmoid()"),
    (nn.Tanh, F.tanh, "Tanh()"),
    (nn.Softplus, F.softplus, "Softplus(beta=1.0, threshold=20.0)"),
    (lambda: nn.Softplus(2, 1), lambda x: F.softplus(x, 2, 1), "Softplus(beta=2, threshold=1)"),
    (nn.SiLU, F.silu, "SiLU()"),
    (nn.GELU, F.gelu, "GELU(approximate='none')"),
    (lambda: nn.GELU("tanh"), lambda x: F.gelu(x, "tanh"), "GELU(approximate='tanh')"),
    (nn.GLU, F.glu, "GLU(axis=-1)"),
    (lambda: nn.GLU(0), lambda x: F.glu(x, 0), "GLU(axis=0)"),
    (nn.Softmax, F.softmax, "Softmax(axis=-1)"),
    (lambda: nn.Softmax(0), lambda x: F.softmax(x, 0), "Softmax(axis=0)"),
    (nn.LogSoftmax, F.log_softmax, "LogSoftmax(axis=-1)"),
    (lambda: nn.LogSoftmax(0), lambda x: F.log_softmax(x, 0), "LogSoftmax(axis=0)"),
]


@pytest.mark.parametrize(("make", "function", "text"), LAYERS, ids=[text for _, _, text in LAYERS])
def test_the_layer_is_the_function_and_says_its_options(
    make: Callable[[], nn.Module], function: Callable[[Any], Any], text: str
) -> None:
    layer, x = make(), 2 * RNG.standard_normal((4, 6))
    np.testing.assert_array_equal(layer(x), function(x))
    assert repr(layer) == text
    assert list(layer.parameters()) == []


@pytest.mark.parametrize(
    "name",
    [
        *("ReLU", "LeakyReLU", "PReLU", "ELU", "SELU", "ReLU6", "Hardtanh", "Hardsigmoid", "Hardswish", "Sigmoid"),
        *("LogSigmoid", "Tanh", "Softplus", "SiLU", "GELU", "GLU"),
    ],
)
def test_the_defaults_are_pytorchs(torch: Any, name: str) -> None:
    x = (3 * RNG.standard_normal((4, 6))).astype(np.float32)
    ours, theirs = getattr(nn, name)()(Tensor(x)), getattr(torch.nn, name)()(torch.tensor(x))
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-6, atol=1e-6)


# --------------------------------------------------------------------------------------------------------------- PReLU


@pytest.mark.parametrize(("number", "shape"), [(1, (4, 3)), (3, (4, 3)), (3, (2, 3, 5)), (1, (6,))])
def test_prelu_has_pytorchs_state_output_and_gradients(torch: Any, number: int, shape: Any) -> None:
    ours, theirs = nn.PReLU(number), torch.nn.PReLU(number)
    np.testing.assert_array_equal(ours.weight.data, theirs.weight.detach().numpy())
    slopes = RNG.standard_normal(number).astype(np.float32)
    ours.load_state_dict({"weight": slopes})
    theirs.load_state_dict({"weight": torch.tensor(slopes)})
    x = RNG.standard_normal(shape).astype(np.float32)
    here, there = Tensor(x, True), torch.tensor(x, requires_grad=True)
    (ours(here) ** 2).sum().backward()
    (theirs(there) ** 2).sum().backward()
    np.testing.assert_allclose(here.grad.data, there.grad.numpy(), rtol=1e-5)
    np.testing.assert_allclose(ours.weight.grad.data, theirs.weight.grad.numpy(), rtol=1e-5)
    assert ours.weight.grad.dtype == np.float32


def test_prelu_starts_where_it_is_told_to() -> None:
    layer = nn.PReLU(2, init=0.1, dtype=np.float64)
    assert layer.weight.tolist() == [0.1, 0.1]
    assert layer.weight.dtype == np.float64
    assert repr(layer) == "PReLU(num_parameters=2)"


def test_a_wrong_number_of_slopes_is_named_by_its_path() -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.PReLU(2))
    with pytest.raises(ValueError, match=r"the weight '1.weight' has shape \(2,\), but x of shape \(5, 3\) has 3"):
        net(np.ones((5, 4), dtype=np.float32))


# -------------------------------------------------------------------------------------------------------------- Maxout


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_maxout_has_as_many_times_the_parameters_of_a_linear_layer_as_it_has_pieces(pieces: int) -> None:
    def count(module: nn.Module) -> int:
        return sum(parameter.size for parameter in module.parameters())

    assert count(nn.Maxout(5, 3, pieces)) == pieces * count(nn.Linear(5, 3))


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.1])
def test_maxout_generalises_relu_and_leaky_relu(slope: float) -> None:
    linear, layer = nn.Linear(5, 3, rng=0), nn.Maxout(5, 3, rng=1)
    w, b = linear.weight.data, linear.bias.data
    layer.load_state_dict({"weight": np.concatenate([w, slope * w]), "bias": np.concatenate([b, slope * b])})
    x = RNG.standard_normal((7, 5)).astype(np.float32)
    np.testing.assert_allclose(layer(x).data, F.leaky_relu(linear(x), slope).data, rtol=1e-6, atol=1e-7)


def test_maxout_is_the_greatest_of_several_linear_layers() -> None:
    layer = nn.Maxout(4, 3, pieces=3, dtype=np.float64, rng=0)
    x = RNG.standard_normal((2, 5, 4))
    one_by_one = [x @ layer.weight.data[i : i + 3].T + layer.bias.data[i : i + 3] for i in (0, 3, 6)]
    np.testing.assert_allclose(layer(x).data, np.max(one_by_one, axis=0), rtol=1e-14)
    assert check_model(nn.Sequential(layer, nn.Linear(3, 2, rng=1)), nn.MSELoss(), x, np.ones((2, 5, 2)))


def test_maxout_is_as_its_seed_says() -> None:
    first, again, other = (nn.Maxout(6, 4, rng=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.weight.data, again.weight.data)
    assert (first.weight.data != other.weight.data).all()
    assert abs(first.weight.data).max() <= 6**-0.5
    assert first.weight.dtype == np.float32
    assert repr(nn.Maxout(6, 4, 3, bias=False)) == "Maxout(in_features=6, out_features=4, pieces=3, bias=False)"
    assert nn.Maxout(6, 4, bias=False).bias is None


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.PReLU(0), "PReLU: num_parameters must be a whole number from 1 on, not 0"),
        (lambda: nn.Maxout(0, 2), "Maxout: in_features must be a whole number from 1 on, not 0"),
        (lambda: nn.Maxout(2, 2, 0), "Maxout: pieces must be a whole number from 1 on, not 0"),
        (lambda: nn.GELU("erf"), "approximate must be 'none' or 'tanh', not 'erf'"),
        (lambda: nn.Softplus(0), "softplus divides by beta, which is 0"),
        (lambda: nn.Hardtanh(2.0, 1.0), "min_val must be less than max_val, but they are 2.0 and 1.0"),
    ],
)
def test_wrong_options_are_refused_when_the_layer_is_made(make: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
