"""Initialisation from data: LSUV, and Krähenbühl's."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F
from nn import init

RNG = np.random.default_rng(0)
X = (3 * RNG.standard_normal((300, 20)) + 1) @ RNG.standard_normal((20, 20))  # neither centred, scaled nor independent


def deep(*widths: int, activation: Callable[[], nn.Module] = nn.ReLU, bias: bool = True) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise(widths):
        layers += [nn.Linear(n_in, n_out, bias=bias, dtype=float, rng=1), activation()]
    return nn.Sequential(*layers[:-1])


def outputs(net: nn.Sequential, x: Any = X) -> list[Any]:
    """Return what the weight layers of a Sequential make of x."""
    found = []
    for layer in net:
        x = layer(x)
        if isinstance(getattr(layer, "weight", None), nn.Parameter):
            found.append(x.data)
    return found


class Residual(nn.Module):
    """A network whose layers are called in another order than they were assigned, with additions."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(30, 5, dtype=float)
        self.second = nn.Linear(30, 30, dtype=float)
        self.first = nn.Linear(20, 30, dtype=float)
        self.idle = nn.Linear(3, 3, dtype=float)

    def forward(self, x: Any) -> Any:
        h = F.relu(self.first(x))
        return self.last(h + F.relu(self.second(h)))


class Twice(nn.Module):
    """A layer that is called with its own result."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(20, 20, dtype=float)

    def forward(self, x: Any) -> Any:
        return self.layer(self.layer(x))


# --------------------------------------------------------------------------------------------------------------- LSUV


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_after_lsuv_every_one_of_ten_layers_has_unit_variance(activation: Callable[[], nn.Module]) -> None:
    net = deep(20, *[60] * 10, 3, activation=activation)
    before = [y.var() for y in outputs(net)]
    assert init.lsuv_(net, X, tol=1e-9, rng=0) is net
    np.testing.assert_allclose([y.var() for y in outputs(net)], 1, atol=1e-8)
    assert min(before) < 0.1  # without it the signal dies away


def test_the_directions_stay_orthogonal_and_the_biases_are_zero() -> None:
    net = init.lsuv_(deep(20, 30, 30), X, rng=0)
    for layer, rng in ((net[0], np.random.default_rng(0)), (net[2], None)):
        w = layer.weight.data
        product = w.T @ w if len(w) > len(w.T) else w @ w.T
        np.testing.assert_allclose(product / product[0, 0], np.eye(len(product)), atol=1e-12)
        assert (layer.bias.data == 0).all()
        if rng is not None:
            drawn = init.orthogonal_(nn.Parameter(w), rng=rng).data
            np.testing.assert_allclose(w / drawn, w[0, 0] / drawn[0, 0])


def test_a_layer_within_the_tolerance_is_not_scaled() -> None:
    x = np.random.default_rng(1).standard_normal((2000, 20))
    net = init.lsuv_(deep(20, 20), x, tol=0.1, rng=0)  # an orthogonal square matrix keeps the variance as it is
    np.testing.assert_array_equal(net[0].weight.data, init.orthogonal_(nn.Parameter(net[0].weight.data), rng=0).data)


def test_layers_are_taken_as_they_are_called_and_those_that_are_not_stay() -> None:
    net = Residual()
    idle = net.idle.weight.data.copy()
    init.lsuv_(net, X, tol=1e-9, rng=0)
    first = net.first(X)
    assert first.data.var() == pytest.approx(1)
    assert net.second(F.relu(first)).data.var() == pytest.approx(1)
    assert net(X).data.var() == pytest.approx(1)
    np.testing.assert_array_equal(net.idle.weight.data, idle)


def test_a_layer_that_is_called_again_needs_iterations_and_a_warning_says_if_too_few() -> None:
    net = init.lsuv_(Twice(), X, tol=0.01, max_iterations=30, rng=0)
    both = np.concatenate([net.layer(X).data, net(X).data])
    assert both.var() == pytest.approx(1, abs=0.01)
    with pytest.warns(RuntimeWarning, match=r"lsuv_: .* Linear 'layer' has the variance .* after 1 iterations"):
        init.lsuv_(Twice(), X, tol=0.01, max_iterations=1, rng=0)


def test_a_layer_is_scaled_no_more_often_than_is_allowed_and_the_warning_points_at_the_call() -> None:
    net = nn.Sequential(Twice())
    with pytest.warns(RuntimeWarning, match="after 0 iterations") as warned:
        init.lsuv_(net, X, max_iterations=0, rng=0)
    assert [warning.filename for warning in warned] == [__file__]
    drawn = init.orthogonal_(nn.Parameter(np.zeros((20, 20))), rng=0)
    np.testing.assert_array_equal(net[0].layer.weight.data, drawn.data)


# ---------------------------------------------------------------------------------------------------- Krähenbühl et al.


@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_every_channel_has_the_mean_beta_and_unit_variance(beta: float) -> None:
    net = deep(20, 40, 30, 20, 10)
    assert init.data_dependent_(net, X, beta, rng=0) is net
    for y in outputs(net):
        np.testing.assert_allclose(y.mean(axis=0), beta, atol=1e-12)
        np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-12)


CONVOLUTIONS: list[tuple[int, list[nn.Module]]] = [
    (1, [nn.Conv1d(4, 8, 3, dtype=float), nn.ReLU(), nn.Conv1d(8, 6, 3, groups=2, stride=2, dtype=float)]),
    (2, [nn.Conv2d(4, 8, 3, dtype=float), nn.ReLU(), nn.Conv2d(8, 6, 3, groups=2, padding="same", dtype=float)]),
    (1, [nn.ConvTranspose1d(4, 4, 3, dtype=float), nn.Tanh(), nn.ConvTranspose1d(4, 6, 3, groups=2, dtype=float)]),
    (2, [nn.ConvTranspose2d(4, 6, 3, groups=2, stride=2, dtype=float), nn.ReLU(), nn.Conv2d(6, 3, 1, dtype=float)]),
]


@pytest.mark.parametrize(("axes", "layers"), CONVOLUTIONS, ids=repr)
def test_channels_of_a_convolution_are_measured_over_all_positions(axes: int, layers: list[nn.Module]) -> None:
    x = np.random.default_rng(0).standard_normal((20, 4, *(8,) * axes)) + np.arange(4).reshape(4, *(1,) * axes)
    net = nn.Sequential(*layers)
    for y in outputs(init.data_dependent_(net, x, rng=0), x):
        np.testing.assert_allclose(y.mean(axis=(0, *range(2, y.ndim))), 0, atol=1e-12)
        np.testing.assert_allclose(y.var(axis=(0, *range(2, y.ndim))), 1, rtol=1e-12)
    for y in outputs(init.lsuv_(net, x, tol=1e-9, rng=0), x):
        assert y.var() == pytest.approx(1)


def test_the_pieces_of_a_maxout_unit_are_scaled_and_shifted_together() -> None:
    net = nn.Sequential(nn.Maxout(20, 8, pieces=3, dtype=float), nn.Linear(8, 5, dtype=float))
    for y in outputs(init.data_dependent_(net, X, rng=0)):
        np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-12)
    for y in outputs(init.lsuv_(net, X, tol=1e-9, rng=0)):
        assert y.var() == pytest.approx(1)


def test_a_module_whose_weight_does_not_make_its_channels_stays_as_it_is() -> None:
    class Scores(nn.Module):
        """It returns several things, or another number of channels than its weight has rows."""

        def __init__(self, make: Callable[[Any], Any]) -> None:
            super().__init__()
            self.make = make
            self.weight = nn.Parameter(np.ones((6, 20)))

        def forward(self, x: Any) -> Any:
            return self.make(x @ self.weight.T)

    for make in (lambda y: (y, y), lambda y: y[:, :3], lambda y: y.sum()):
        net = nn.Sequential(nn.Linear(20, 20, dtype=float), Scores(make))
        init.lsuv_(net, X, rng=0)
        assert (net[1].weight.data == 1).all()
        assert net[0](X).data.var() == pytest.approx(1, abs=0.1)


def test_without_a_bias_only_the_variance_can_be_had() -> None:
    for y in outputs(init.data_dependent_(deep(20, 40, 30, bias=False), X, rng=0)):
        np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-12)
        assert np.abs(y.mean(axis=0)).max() > 0.1


def rates(net: nn.Sequential, seed: int) -> Any:
    """Return, for each layer, the size of the gradient of a random linear loss relative to the size of the weight."""
    y = net(X)
    weights = [layer.weight for layer in net if isinstance(layer, nn.Linear)]
    found = gradients([y], weights, [np.random.default_rng(seed).standard_normal(y.shape)])
    return np.array([np.linalg.norm(g) / np.linalg.norm(w.data) for g, w in zip(found, weights, strict=True)])


def test_balanced_layers_learn_at_the_same_rate_and_compute_what_they_did() -> None:
    widths = (20, 100, 10, 60, 5)
    plain = init.data_dependent_(deep(*widths), X, rng=0)
    balanced = init.data_dependent_(deep(*widths), X, balance=True, rng=0)
    spread = [np.mean([rates(net, seed) for seed in range(10)], axis=0) for net in (plain, balanced)]
    assert spread[0].max() / spread[0].min() > 2
    assert spread[1].max() / spread[1].min() < 1.1
    np.testing.assert_allclose(balanced(X).data, plain(X).data, atol=1e-10)
    for y in outputs(balanced):
        np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-10)
        np.testing.assert_allclose(y.std(axis=0), y[:, 0].std(), rtol=1e-10)


def test_balanced_channels_have_the_mean_beta_in_units_of_their_deviation() -> None:
    net = init.data_dependent_(deep(20, 100, 10, 5), X, beta=0.5, balance=True, rng=0)
    for y in outputs(net):
        np.testing.assert_allclose(y.mean(axis=0), 0.5 * y.std(axis=0), rtol=1e-9)
    assert outputs(net)[0].std() != pytest.approx(1, rel=0.1)


def test_balancing_goes_on_where_tanh_is_not_homogeneous() -> None:
    net = init.data_dependent_(deep(20, 100, 10, 60, 5, activation=nn.Tanh), X, balance=True, rng=0)
    found = np.mean([rates(net, seed) for seed in range(10)], axis=0)
    assert found.max() / found.min() < 1.15


def test_a_balance_that_is_not_found_is_a_warning() -> None:
    class Flicker(nn.Module):
        """Two layers side by side, one of which counts for more or less in each run: no scale is the right one."""

        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(20, 5, dtype=float), nn.Linear(20, 5, dtype=float)
            self.chance = np.random.default_rng(0)

        def forward(self, x: Any) -> Any:
            return self.a(x) + self.b(x) * self.chance.choice([0.1, 10.0])

    message = r"the rates of the layers still differ by a factor of .* not homogeneous"
    with pytest.warns(RuntimeWarning, match=message) as warned:
        init.data_dependent_(Flicker(), X, balance=True, rng=0)
    assert [warning.filename for warning in warned] == [__file__]


# ---------------------------------------------------------------------------------------------------------------- both

BOTH = pytest.mark.parametrize("initialiser", [init.lsuv_, init.data_dependent_])


@BOTH
def test_the_seed_decides(initialiser: Any) -> None:
    one, same, other = (initialiser(deep(20, 30, 5), X, rng=seed).state_dict() for seed in (0, 0, 1))
    assert all((one[path] == same[path]).all() for path in one)
    assert (one["0.weight"] != other["0.weight"]).any()


@BOTH
def test_layers_of_one_shape_get_weights_of_their_own(initialiser: Any) -> None:
    net = initialiser(deep(20, 20, 20), X, rng=0)
    one, other = (net[i].weight.data / np.linalg.norm(net[i].weight.data) for i in (0, 2))
    assert np.abs(one - other).max() > 0.1


@BOTH
def test_a_table_to_look_up_in_is_no_layer_that_adds_up(initialiser: Any) -> None:
    net = nn.Sequential(nn.Embedding(6, 6, dtype=float, rng=0), nn.Linear(6, 4, dtype=float, rng=0))
    before = net.state_dict()
    initialiser(net, np.arange(6), rng=0)
    np.testing.assert_array_equal(net[0].weight.data, before["0.weight"])
    assert (net[1].weight.data != before["1.weight"]).all()


@BOTH
@pytest.mark.parametrize("layer", [nn.Conv1d(3, 4, 3, dtype=float), nn.Conv2d(3, 4, 3, dtype=float)], ids=repr)
def test_an_example_without_a_batch_is_enough_for_a_convolution(initialiser: Any, layer: nn.Module) -> None:
    x = np.random.default_rng(0).standard_normal((3, 9, 9)[: layer.weight.ndim - 1])
    net = initialiser(nn.Sequential(copy.deepcopy(layer)), x, rng=0)
    y = net(x).data.reshape(4, -1)
    assert y.var() == pytest.approx(1, abs=0.1)
    if initialiser is init.data_dependent_:
        np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-12)


def test_a_single_example_is_enough_for_lsuv() -> None:
    net = init.lsuv_(deep(20, 30), X[0], tol=1e-9, rng=0)
    assert net(X[0]).data.var() == pytest.approx(1)


def test_the_tolerance_and_the_iterations_are_the_papers_if_nobody_gives_them() -> None:
    assert init.lsuv_.__defaults__ == (0.1, 10, None)
    assert init.data_dependent_.__defaults__ == (0.0, False, None)


@BOTH
def test_float32_models_stay_float32(initialiser: Any) -> None:
    net = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 5))
    y = initialiser(net, X.astype(np.float32), rng=0)(X.astype(np.float32))
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    assert y.data.var() == pytest.approx(1, abs=0.1)


@BOTH
def test_a_frozen_layer_stays_as_it_is(initialiser: Any) -> None:
    net = deep(20, 30, 30, 5)
    net[0].weight.requires_grad_(False)
    net[2].bias.requires_grad_(False)
    before = net.state_dict()
    after = initialiser(net, X, rng=0).state_dict()
    for path in ("0.weight", "0.bias", "2.bias"):
        np.testing.assert_array_equal(after[path], before[path])
    assert net(X).data.var() == pytest.approx(1, abs=0.1)
    assert (after["2.weight"] != before["2.weight"]).any()


@BOTH
def test_the_model_runs_as_in_evaluation_and_every_mode_comes_back(initialiser: Any) -> None:
    seen = []

    class Spy(nn.Module):
        def forward(self, x: Any) -> Any:
            seen.append(self.training)
            return x

    net = nn.Sequential(nn.Linear(20, 5, dtype=float), Spy(), nn.Linear(5, 5, dtype=float))
    net[2].eval()
    initialiser(net, X, rng=0)
    assert seen
    assert not any(seen)
    assert [net.training, net[0].training, net[1].training, net[2].training] == [True, True, True, False]


@BOTH
def test_no_gradient_and_no_hook_is_left_behind(initialiser: Any) -> None:
    net = deep(20, 10, 5)
    initialiser(net, X, rng=0)
    assert all(parameter.grad is None and parameter.is_leaf for parameter in net.parameters())
    assert all(parameter.requires_grad for parameter in net.parameters())
    assert not any(module._hooks.after for module in net.modules() if module._hooks is not None)


def assert_refused(initialiser: Any, net: nn.Module, x: Any, message: str, **options: Any) -> None:
    before = net.state_dict()
    with pytest.raises((ValueError, TypeError), match=message):
        initialiser(net, x, rng=0, **options)
    for path, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[path])
    assert net.training


@BOTH
def test_equal_examples_are_refused_and_the_model_is_as_it_was(initialiser: Any) -> None:
    class Zero(nn.Module):
        def forward(self, x: Any) -> Any:
            return 0 * x

    net = nn.Sequential(nn.Linear(20, 5, dtype=float), Zero(), nn.Linear(5, 5, dtype=float))
    message = f"{initialiser.__name__}: an output of Linear '2' is the same for all of x, or not finite; give more and"
    assert_refused(initialiser, net, X, message)


@BOTH
def test_infinite_outputs_are_refused(initialiser: Any) -> None:
    assert_refused(initialiser, deep(20, 5), np.where(X > 0, np.nan, X), "Linear '0' is the same for all of x, or not")


@BOTH
def test_a_model_without_called_weights_is_refused(initialiser: Any) -> None:
    message = f"{initialiser.__name__}: no layer of Sequential that has a weight matrix to train was called with x"
    assert_refused(initialiser, nn.Sequential(nn.ReLU()), X, message)


@BOTH
def test_an_error_of_the_model_itself_leaves_it_as_it_was(initialiser: Any) -> None:
    assert_refused(initialiser, deep(20, 10, 5), X[:, :7], r"weight '0\.weight' .* x has shape \(300, 7\)")


def test_what_cannot_be_balanced_is_refused() -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(20, 5, dtype=float), nn.Linear(20, 5, dtype=float)

        def forward(self, x: Any) -> Any:
            return self.a(x), self.b(x)

    class Deaf(Pair):
        def forward(self, x: Any) -> Any:
            return self.a(x) + self.b(x).detach()

    assert_refused(
        init.data_dependent_, Pair(), X, "returns one Tensor, not tuple; leave out balance=True", balance=True
    )
    assert_refused(init.data_dependent_, Deaf(), X, "the gradient at Linear 'b' is zero, or not finite", balance=True)
    assert isinstance(init.data_dependent_(Pair(), X, rng=0)(X)[1], Tensor)
