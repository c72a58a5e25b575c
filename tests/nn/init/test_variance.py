"""Weights of the right size: the variances of the papers, and what the papers claim of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad
from nn import init

SHAPES = [(300, 200), (200, 300), (32, 16, 5, 5), (64, 8, 9)]


class Recorder(np.random.Generator):
    """A generator that remembers which distributions were asked for."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))
        self.asked: list[tuple[Any, ...]] = []

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        self.asked.append(("normal", loc, scale))
        return super().normal(loc, scale, size)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        self.asked.append(("uniform", low, high))
        return super().uniform(low, high, size)


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("xavier_uniform_", {}),
    ("xavier_normal_", {}),
    ("xavier_uniform_", {"gain": 5 / 3}),
    ("xavier_normal_", {"gain": 0.1}),
    *(
        (f"kaiming_{kind}_", options)
        for kind in ("normal", "uniform")
        for options in (
            {},
            {"mode": "fan_out"},
            {"nonlinearity": "relu"},
            {"a": 0.2},
            {"a": math.sqrt(5)},
            {"mode": "fan_out", "nonlinearity": "tanh"},
            {"nonlinearity": "linear"},
            {"a": 0.3, "nonlinearity": "selu"},
        )
    ),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "options"), CALLS)
def test_the_distribution_is_pytorchs(
    torch: Any, monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    theirs: list[tuple[Any, ...]] = []
    for kind in ("normal", "uniform"):
        monkeypatch.setattr(
            torch.Tensor,
            f"{kind}_",
            lambda self, *args, generator=None, kind=kind: theirs.append((kind, *args)),
        )
    getattr(torch.nn.init, name)(torch.empty(shape), **options)
    ours = Recorder()
    values = getattr(init, name)(nn.Parameter(np.zeros(shape)), **options, rng=ours).data
    ((kind, *numbers),) = ours.asked
    ((expected_kind, *expected),) = theirs
    assert kind == expected_kind
    assert numbers == pytest.approx(expected, rel=1e-15, abs=0)
    std = expected[1] if kind == "normal" else expected[1] / math.sqrt(3)
    assert abs(values.mean()) < 3 * std / math.sqrt(values.size)
    assert values.std() == pytest.approx(std, rel=3 / math.sqrt(2 * values.size))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "options", "variance"),
    [
        ("xavier", {}, lambda n_in, n_out: 2 / (n_in + n_out)),
        ("xavier", {"gain": 2.5}, lambda n_in, n_out: 2.5**2 * 2 / (n_in + n_out)),
        ("kaiming", {}, lambda n_in, n_out: 2 / n_in),
        ("kaiming", {"a": 0.5}, lambda n_in, n_out: 2 / 1.25 / n_in),
        ("kaiming", {"nonlinearity": "linear"}, lambda n_in, n_out: 1 / n_in),
        ("kaiming", {"mode": "fan_out", "nonlinearity": "tanh"}, lambda n_in, n_out: 25 / 9 / n_out),
    ],
)
def test_the_variance_is_the_papers(
    name: str, options: dict[str, Any], variance: Callable[[int, int], float], shape: tuple[int, ...]
) -> None:
    n_out, n_in = (shape[axis] * math.prod(shape[2:]) for axis in (0, 1))
    std = math.sqrt(variance(n_in, n_out))
    for kind, low, high in (("normal", 0.0, std), ("uniform", -math.sqrt(3) * std, math.sqrt(3) * std)):
        recorder = Recorder()
        w = nn.Parameter(np.zeros(shape))
        assert getattr(init, f"{name}_{kind}_")(w, **options, rng=recorder) is w
        assert recorder.asked == [(kind, pytest.approx(low, rel=1e-14), pytest.approx(high, rel=1e-14))]
        assert w.data.std() == pytest.approx(std, rel=3 / math.sqrt(2 * w.size))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_the_fan_in_form_has_the_variance_one_over_the_fan_in(shape: tuple[int, ...], gain: float) -> None:
    n_in = math.prod(shape[1:])
    for name, expected in [
        ("lecun_normal_", ("normal", 0.0, gain / math.sqrt(n_in))),
        ("lecun_uniform_", ("uniform", -gain * math.sqrt(3 / n_in), gain * math.sqrt(3 / n_in))),
    ]:
        recorder = Recorder()
        values = getattr(init, name)(nn.Parameter(np.zeros(shape)), gain, rng=recorder).data
        assert recorder.asked[0][0] == expected[0]
        assert recorder.asked[0][1:] == pytest.approx(expected[1:], rel=1e-15)
        assert values.std() == pytest.approx(gain / math.sqrt(n_in), rel=3 / math.sqrt(2 * values.size))


def test_the_words_of_the_course_are_names_for_the_same_functions() -> None:
    assert init.he_normal_ is init.kaiming_normal_
    assert init.he_uniform_ is init.kaiming_uniform_
    assert init.xavier_fan_in_normal_ is init.lecun_normal_
    assert init.xavier_fan_in_uniform_ is init.lecun_uniform_


def deep(depth: int, width: int, activation: Callable[[], nn.Module] | None, draw: Callable[[Any], Any]) -> nn.Module:
    """Return a network of equal layers without biases, with weights drawn one after the other."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers.append(nn.Linear(width, width, bias=False, dtype=float, rng=0))
        draw(layers[-1].weight)
        layers += [activation()] if activation else []
    return nn.Sequential(*layers)


def second_moments(net: nn.Module, width: int, rng: np.random.Generator) -> list[float]:
    """Return the mean square after each layer, of unit Gaussian inputs."""
    x, moments = Tensor(rng.standard_normal((200, width))), []
    with no_grad():
        for layer in net:
            x = layer(x)
            if not isinstance(layer, nn.Linear):
                moments.append(float((x.data**2).mean()))
    return moments


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_he_keeps_the_second_moment_through_relus_and_xavier_halves_it_in_each(distribution: str) -> None:
    he, xavier = [], []
    for seed in range(8):
        for found, name in ((he, f"he_{distribution}_"), (xavier, f"xavier_{distribution}_")):
            rng = np.random.default_rng(seed)
            net = deep(10, 100, nn.ReLU, lambda w, name=name, rng=rng: getattr(init, name)(w, rng=rng))
            found.append(second_moments(net, 100, rng))
    np.testing.assert_allclose(np.array(xavier), np.array(he) * 0.5 ** np.arange(1, 11), rtol=1e-9)
    error = np.std(he, axis=0, ddof=1) / math.sqrt(8)
    assert (np.abs(np.mean(he, axis=0) - 1) < 3 * error).all()
    assert (error < 0.2).all()


def test_he_fan_out_keeps_the_second_moment_of_the_gradients() -> None:
    """The widths differ, so that fan_in would change it by the ratio 50/400 of the first and the last."""
    widths, found = [400, 200, 100, 50], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = Tensor(rng.standard_normal((10, 400)), True)
        y = x
        for n_in, n_out in itertools.pairwise(widths):
            y = nn.functional.relu(y)
            y = nn.functional.linear(y, init.he_normal_(nn.Parameter(np.zeros((n_out, n_in))), mode="fan_out", rng=rng))
        y.backward(rng.standard_normal(y.shape))
        found.append((x.grad.data**2).mean())
    assert abs(np.mean(found) - 1) < 3 * np.std(found, ddof=1) / math.sqrt(20)


def test_the_slope_of_a_leaky_relu_is_accounted_for() -> None:
    z = np.random.default_rng(0).standard_normal((2000, 300))
    weight = init.he_normal_(nn.Parameter(np.zeros((300, 300))), a=0.5, rng=1).data
    outputs = np.where(z > 0, z, 0.5 * z) @ weight.T
    assert (outputs**2).mean() == pytest.approx(1, rel=0.03)


DEPTH, WIDTH, RUNS = 200, 30, 30


@pytest.mark.parametrize("nonlinearity", ["linear", "relu"])
@pytest.mark.no_cover
def test_the_log_of_the_gradient_norm_walks_at_random_through_200_layers(nonlinearity: str) -> None:
    """With random_walk_ its mean stays at 0; with the gain that keeps the mean of the norm, it drifts away."""
    activation = nn.ReLU if nonlinearity == "relu" else None

    def log_growth(draw: Callable[[Any, Any], Any]) -> Any:
        found = []
        for seed in range(RUNS):
            rng = np.random.default_rng(seed)
            net = deep(DEPTH, WIDTH, activation, lambda w, rng=rng: draw(w, rng))
            x = Tensor(rng.standard_normal((1, WIDTH)), True)
            g = rng.standard_normal((1, WIDTH))
            net(x).backward(g)
            found.append(math.log((x.grad.data**2).sum() / (g**2).sum()))
        return np.array(found)

    walk = log_growth(lambda w, rng: init.random_walk_(w, nonlinearity, rng=rng))
    error = walk.std(ddof=1) / math.sqrt(RUNS)
    assert abs(walk.mean()) < 3 * error
    plain = log_growth(lambda w, rng: init.kaiming_normal_(w, nonlinearity=nonlinearity, rng=rng))
    drift = DEPTH * (1 / WIDTH if nonlinearity == "linear" else 2.4 / (WIDTH - 2.4))
    assert plain.mean() - walk.mean() == pytest.approx(-drift, rel=1e-9)
    assert drift > 5 * error


def test_the_gain_of_a_random_walk_is_that_of_the_paper() -> None:
    for nonlinearity, n, expected in [
        ("linear", 100, math.exp(0.005)),
        ("relu", 100, math.sqrt(2) * math.exp(1.2 / 97.6)),
        ("relu", 3, math.sqrt(2) * math.exp(1.2 / 3.6)),
    ]:
        recorder = Recorder()
        init.random_walk_(nn.Parameter(np.zeros((7, n))), nonlinearity, rng=recorder)
        assert recorder.asked == [("normal", 0.0, pytest.approx(expected / math.sqrt(n), rel=1e-15))]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda w: init.kaiming_normal_(w, mode="fan"),
            "kaiming_normal_: mode must be 'fan_in' or 'fan_out', not 'fan'",
        ),
        (lambda w: init.he_uniform_(w, mode="fan_on"), "kaiming_uniform_: mode must be"),
        (lambda w: init.kaiming_uniform_(w, nonlinearity="swish"), "no gain for 'swish'"),
        (
            lambda w: init.random_walk_(w, "tanh"),
            r"a gain for 'relu' and for 'linear', not for 'tanh'; .*lecun_normal_",
        ),
    ],
)
def test_unknown_options_are_refused_and_nothing_is_written(call: Any, message: str) -> None:
    w = nn.Parameter(np.ones((2, 3)))
    with pytest.raises(ValueError, match=message):
        call(w)
    assert (w.data == 1).all()


@pytest.mark.parametrize("name", ["xavier_uniform_", "lecun_normal_", "he_normal_", "random_walk_"])
def test_a_vector_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"the weight 'norm\.weight' has shape \(3,\), and only a weight of two axes"):
        getattr(init, name)(nn.Parameter([1.0, 1.0, 1.0], name="norm.weight"))
