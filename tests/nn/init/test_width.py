"""The rule of Hanin & Rolnick."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import nn
from autograd import no_grad
from nn import init


def network(widths: list[int], rng: np.random.Generator) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise(widths):
        layers += [nn.Linear(n_in, n_out, dtype=float, rng=0), nn.ReLU()]
    return init.initialise(nn.Sequential(*layers[:-1]), "he_normal", rng)


def test_the_report_counts_hidden_layers_only() -> None:
    report = init.width_rule(network([7, 10, 20, 40, 3], np.random.default_rng(0)))
    assert [(a.path, a.fan_in, a.width) for a in report.layers] == [
        ("0.weight", 7, 10),
        ("2.weight", 10, 20),
        ("4.weight", 20, 40),
        ("6.weight", 40, 3),
    ]
    assert report.reciprocal_widths == pytest.approx(1 / 10 + 1 / 20 + 1 / 40)
    assert report.scale == pytest.approx(math.prod(a.scale for a in report.layers[:3]))


@pytest.mark.parametrize(("scheme", "expected"), [("he_normal", 1.0), ("he_uniform", 1.0), ("xavier_normal", 0.5)])
def test_the_scale_is_one_after_he_and_a_half_after_xavier(scheme: str, expected: float) -> None:
    net = init.initialise(nn.Sequential(*(nn.Linear(200, 200) for _ in range(4))), scheme, rng=0)
    report = init.width_rule(net)
    assert [layer.scale for layer in report.layers] == pytest.approx([expected] * 4, rel=0.03)
    assert report.scale == pytest.approx(expected**3, rel=0.05)


def test_only_weight_matrices_are_layers_with_a_width() -> None:
    net = nn.Sequential(nn.Embedding(9, 4), nn.LayerNorm((3, 4)), nn.Linear(4, 5), nn.BatchNorm1d(5), nn.PReLU(5))
    report = init.width_rule(net)
    assert [layer.path for layer in report.layers] == ["2.weight"]
    assert hash(report) == hash(init.width_rule(net)), "a report is as immutable as what is in it"


def test_groups_have_their_own_fan_in() -> None:
    class Grouped(nn.Module):
        groups = 2

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(np.full((6, 3, 2, 2), 0.5))

    (layer,) = init.width_rule(Grouped()).layers
    assert layer == init.LayerWidth("weight", 12, 6, 12 * 0.25 / 2)


def test_a_weight_normalised_layer_counts_by_the_weight_that_it_computes() -> None:
    net = network([20, 30, 5], np.random.default_rng(0))
    before = init.width_rule(net).layers
    nn.weight_norm(net[0])
    for layer, was in zip(init.width_rule(net).layers, before, strict=True):
        assert (layer.path, layer.fan_in, layer.width) == (was.path, was.fan_in, was.width)
        assert layer.scale == pytest.approx(was.scale)


@pytest.mark.no_cover
def test_the_sum_of_the_reciprocal_widths_says_how_much_networks_differ() -> None:
    """With He's weights, the logarithm of the mean square of the last hidden layer varies by 5 Σ 1/width."""
    for widths in ([40] * 9, [20, 80] * 4 + [20]):
        found, rng = [], np.random.default_rng(1)
        x = rng.standard_normal((1, widths[0]))
        for _ in range(300):
            net = network([*widths, 1], rng)
            with no_grad():
                found.append(math.log((net[:-1](x).data ** 2).mean()))
        expected = 5 * init.width_rule(net).reciprocal_widths
        assert np.var(found) == pytest.approx(expected, rel=3 * math.sqrt(2 / 300) + 0.1)


def test_printed_it_is_a_table() -> None:
    net = init.initialise(nn.Sequential({"first": nn.Linear(4, 2), "last": nn.Linear(2, 2)}), "constant", val=0.5)
    assert str(init.width_rule(net)).splitlines() == [
        "weight          fan-in     width   fan-in·w²/2",
        "first.weight         4         2           0.5",
        "last.weight          2         2          0.25",
        "hidden layers: Σ 1/width = 0.5, Π fan-in·w²/2 = 0.5",
    ]


def test_a_model_without_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="width_rule: Sequential has no layer with a weight matrix"):
        init.width_rule(nn.Sequential(nn.ReLU()))
