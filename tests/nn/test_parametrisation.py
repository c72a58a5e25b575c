"""Weight normalisation: w = g·v/‖v‖, its gradients, its names, copies of it, and its initialisation."""

from __future__ import annotations

import copy
import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, check_model, no_grad
from autograd.backward import gradients
from nn.parameter import write

RNG = np.random.default_rng(51)


def linear(rows: int = 3, **options: Any) -> Any:
    return nn.weight_norm(nn.Linear(4, rows, dtype=np.float64, rng=1, **options))


def parts(layer: Any) -> tuple[Any, Any]:
    """Return g and v."""
    computed = layer.parametrizations.weight
    return computed.original0, computed.original1


def test_nothing_changes_at_first() -> None:
    layer, x = nn.Linear(4, 3, dtype=np.float64, rng=1), RNG.standard_normal((5, 4))
    before, weight = layer(x).data, layer.weight.data.copy()
    assert nn.weight_norm(layer) is layer
    np.testing.assert_allclose(layer(x).data, before, rtol=1e-14)
    np.testing.assert_allclose(layer.weight.data, weight, rtol=1e-14)
    g, v = parts(layer)
    np.testing.assert_allclose(g.data[:, 0], np.linalg.norm(weight, axis=1), rtol=1e-14)
    np.testing.assert_array_equal(v.data, weight)


@pytest.mark.parametrize("axis", [0, 1, None])
def test_names_output_and_gradients_are_pytorchs(torch: Any, axis: int | None) -> None:
    ours = nn.weight_norm(nn.Linear(4, 3, dtype=np.float64), axis=axis)
    theirs = torch.nn.Linear(4, 3, dtype=torch.float64)
    theirs = torch.nn.utils.parametrizations.weight_norm(theirs, dim=axis)
    for parameter in ours.parameters():
        parameter.data = RNG.uniform(0.5, 1.5, parameter.shape)
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}
    x, upstream = RNG.standard_normal((5, 4)), RNG.standard_normal((5, 3))
    y, z = ours(x), theirs(torch.tensor(x))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12)
    y.backward(upstream), z.backward(torch.tensor(upstream))
    there = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        np.testing.assert_allclose(parameter.grad.data, there[name].grad.numpy(), rtol=1e-11, atol=1e-13)


def test_the_gradient_by_the_direction_is_orthogonal_to_it_and_that_by_the_length_is_the_part_along_it() -> None:
    layer, x = linear(), RNG.standard_normal((5, 4))
    (layer(x) ** 2).sum().backward()
    g, v = parts(layer)
    np.testing.assert_allclose((v.grad.data * v.data).sum(axis=1), 0, atol=1e-12)
    plain = nn.remove_weight_norm(copy.deepcopy(layer))
    (plain(x) ** 2).sum().backward()
    along = (plain.weight.grad.data * v.data).sum(axis=1) / np.linalg.norm(v.data, axis=1)
    np.testing.assert_allclose(g.grad.data[:, 0], along, rtol=1e-11)


def test_numbers_confirm_a_model_of_it() -> None:
    net = nn.Sequential(linear(3), nn.Tanh(), nn.weight_norm(nn.Linear(3, 4, rng=2), axis=1))
    assert check_model(net, nn.CrossEntropyLoss(), RNG.standard_normal((3, 4)), np.array([0, 3, 1]))


def test_it_can_be_differentiated_twice() -> None:
    layer, x = linear(1), Tensor(RNG.standard_normal(4), True)
    g, v = parts(layer)
    (by_g,) = gradients([layer(x).sum() ** 2], [g], [None], create_graph=True)
    (mixed,) = gradients([by_g.sum()], [x], [None])  # d/dx of 2(w·x + b)(v·x/‖v‖)
    unit = v.data[0] / np.linalg.norm(v.data)
    y = layer(x.data).item()
    np.testing.assert_allclose(mixed, 2 * g.item() * unit * (unit @ x.data) + 2 * y * unit, rtol=1e-10)


def test_only_length_and_direction_are_parameters_and_they_know_their_paths() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.weight_norm(nn.Linear(2, 2, bias=False)))
    names = [name for name, _ in net[1].named_parameters(prefix="1")]
    assert names == ["1.parametrizations.weight.original0", "1.parametrizations.weight.original1"]
    assert [p.name for p in net[1].parameters()] == names
    assert isinstance(net[1], nn.Linear)
    assert not isinstance(net[1].weight, nn.Parameter)
    assert repr(net[1]) == (
        "Linear(\n  in_features=2, out_features=2, bias=False\n  (parametrizations): Parametrisations(\n"
        "    (weight): WeightNorm(axis=0)\n  )\n)"
    )
    assert net[1].parametrizations.weight.flops((), (2, 2)) == 12


def test_a_whole_weight_can_have_one_length() -> None:
    layer = nn.weight_norm(nn.Linear(4, 3, rng=0), axis=None)
    assert parts(layer)[0].shape == ()
    np.testing.assert_allclose(parts(layer)[0].item(), np.linalg.norm(layer.weight.data), rtol=1e-6)


def test_several_weights_of_a_module_are_computed_each_by_itself() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = (nn.Parameter(RNG.standard_normal((2, 2))) for _ in range(2))

        def forward(self, x: Any) -> Any:
            return x @ self.a @ self.b

    model, x = Two(), RNG.standard_normal((3, 2))
    before = model(x).data
    nn.weight_norm(nn.weight_norm(model, "a"), "b", axis=1)
    np.testing.assert_allclose(model(x).data, before, rtol=1e-13)
    nn.remove_weight_norm(model, "a")
    np.testing.assert_allclose(model(x).data, before, rtol=1e-13)
    assert sorted(model.state_dict()) == ["a", "parametrizations.b.original0", "parametrizations.b.original1"]
    nn.remove_weight_norm(model, "b")
    assert (type(model), sorted(model.state_dict())) == (Two, ["a", "b"])


def test_taking_it_off_leaves_an_ordinary_layer_with_the_same_weight() -> None:
    layer, x = linear(), RNG.standard_normal((5, 4))
    parts(layer)[0].data = [[1.0], [2.0], [3.0]]
    before = layer(x).data
    assert nn.remove_weight_norm(layer) is layer
    assert type(layer) is nn.Linear
    assert isinstance(layer.weight, nn.Parameter)
    assert (layer.weight.name, layer.weight.requires_grad) == ("weight", True)
    np.testing.assert_allclose(np.linalg.norm(layer.weight.data, axis=1), [1, 2, 3])
    np.testing.assert_allclose(layer(x).data, before, rtol=1e-13)
    assert repr(layer) == "Linear(in_features=4, out_features=3, bias=True)"


def test_a_frozen_weight_stays_frozen() -> None:
    layer = nn.Linear(2, 2)
    layer.weight.requires_grad_(False)
    nn.weight_norm(layer)
    assert [p.requires_grad for p in parts(layer)] == [False, False]
    assert not nn.remove_weight_norm(layer).weight.requires_grad


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["copy", "pickle"])
def test_a_copy_is_as_independent_and_as_trainable_as_the_model(copied: Any) -> None:
    net = nn.Sequential(linear(), nn.ReLU(), nn.weight_norm(nn.Linear(3, 2, rng=1)))
    x = RNG.standard_normal((5, 4))
    other = copied(net)
    assert type(other[0]) is type(net[0])
    np.testing.assert_array_equal(other(x).data, net(x).data)
    before = net(x).data
    optimizer = optim.SGD(other.parameters(), lr=0.1)
    (other(x) ** 2).sum().backward()
    optimizer.step()
    assert (other(x).data != before).any()
    np.testing.assert_array_equal(net(x).data, before)
    assert [p.name for p in other.parameters()] == [p.name for p in net.parameters()]
    net.load_state_dict(other.state_dict())
    np.testing.assert_array_equal(net(x).data, other(x).data)


@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam])
def test_it_is_trained(rule: Any) -> None:
    net, x = nn.Sequential(linear(8), nn.Tanh(), nn.weight_norm(nn.Linear(8, 1, rng=2))), RNG.standard_normal((50, 4))
    target = np.sin(x[:, :1])
    optimizer, losses = rule(net.parameters(), lr=0.05), []
    for _ in range(60):
        optimizer.zero_grad()
        loss = ((net(x) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4


def test_a_new_weight_can_be_assigned_and_an_initialiser_refuses_the_computed_one() -> None:
    layer, weight = linear(), RNG.standard_normal((3, 4))
    for value in (weight, Tensor(2 * weight), nn.Parameter(3 * weight)):
        layer.weight = value
        np.testing.assert_allclose(layer.weight.data, value.data if isinstance(value, Tensor) else value)
    with pytest.raises(
        ValueError, match=r"the normalised weight of shape \(3, 4\) at .* values of shape \(4, 3\); give"
    ):
        layer.weight = weight.T
    weight[1] = 0  # a slice without a direction keeps the one that it had
    layer.weight = weight
    np.testing.assert_allclose(layer.weight.data, weight)
    layer.weight.sum().backward()
    assert all(np.isfinite(parameter.grad.data).all() for parameter in layer.parametrizations.parameters())
    with pytest.raises(TypeError, match="is the result of a recorded operation"):
        nn.init.normal_(layer.weight)


# ------------------------------------------------------------------------------------------------------- initialisation


def test_the_initialisation_gives_every_unit_mean_zero_and_variance_one_before_its_non_linearity() -> None:
    widths = [4, 30, 20, 3]
    layers = [nn.weight_norm(nn.Linear(n, m, rng=n).double()) for n, m in pairwise(widths)]
    net = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    seen: list[Any] = []
    x = 3 + 5 * RNG.standard_normal((200, 4))
    nn.weight_norm_init(net, x)
    for layer in layers:
        layer.register_forward_hook(lambda module, args, output: seen.append(output.data))
    with no_grad():
        net(x)
    for t in seen:
        np.testing.assert_allclose(t.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(t.std(axis=0), 1, rtol=1e-12)


def test_the_initialisation_is_the_papers_formula() -> None:
    layer, x = linear(), RNG.standard_normal((50, 4)) + 1
    v = parts(layer)[1].data
    t = x @ (v / np.linalg.norm(v, axis=1, keepdims=True)).T
    nn.weight_norm_init(layer, x)
    np.testing.assert_allclose(parts(layer)[0].data[:, 0], 1 / t.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(layer.bias.data, -t.mean(axis=0) / t.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(parts(layer)[1].data, v)
    assert not layer._hooks or not layer._hooks.after


def test_a_layer_without_a_bias_keeps_its_mean_and_sequences_are_taken() -> None:
    layer, x = linear(bias=False), RNG.standard_normal((8, 6, 4)) + 1
    nn.weight_norm_init(layer, x)
    y = layer(x).data
    np.testing.assert_allclose(y.std(axis=(0, 1)), 1, rtol=1e-12)
    assert (np.abs(y.mean(axis=(0, 1))) > 0.01).all()


def test_feature_maps_have_their_units_on_axis_one() -> None:
    class Mix(nn.Module):
        """A convolution with windows of one pixel."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(RNG.standard_normal((3, 2, 1, 1)))
            self.bias = nn.Parameter(np.zeros(3))

        def forward(self, x: Any) -> Any:
            mixed = np.einsum("nchw,oc->nohw", x, self.weight[:, :, 0, 0])
            return mixed + self.bias.reshape(3, 1, 1)

    layer, x = nn.weight_norm(Mix()), RNG.standard_normal((5, 2, 4, 4)) + 2
    nn.weight_norm_init(layer, x)
    y = layer(x).data
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("net", "x", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(4, 2)),
            (9, 4),
            "no layer of this Sequential has a normalised weight; call nn",
        ),
        (lambda: nn.Sequential(linear(), linear()), (9, 4), r"takes x of shape \(…, 4\)"),
        (
            lambda: nn.Sequential(linear(), nn.weight_norm(nn.Linear(3, 2), axis=1)),
            (9, 4),
            "Linear '1' has 2 outputs and 3 lengths; normalise it along the axis of its outputs",
        ),
        (
            lambda: nn.Sequential(linear(4), linear()),
            (1, 4),
            "a unit of Linear '0' gives the same for all of the batch",
        ),
    ],
)
def test_an_initialisation_that_fails_changes_nothing(net: Any, x: tuple[int, ...], message: str) -> None:
    model = net()
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        nn.weight_norm_init(model, RNG.standard_normal(x))
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[path])
    assert all(not module._hooks or not module._hooks.after for module in model.modules())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda net: nn.weight_norm(net[0], "weigth"),
            "Linear '0' has no parameter 'weigth' of its own; it has 'weight'",
        ),
        (lambda net: nn.weight_norm(net[1]), r"ReLU '1' has no parameter 'weight' of its own; it has none"),
        (lambda net: nn.weight_norm(net[2]), r"Linear '2'\.weight is normalised already"),
        (lambda net: nn.weight_norm(net[0], axis=2), r"Linear '0'\.weight of shape \(3, 4\) has no axis 2"),
        (
            lambda net: nn.weight_norm(net[3]),
            r"Embedding '3'\.weight of shape \(5, 2\) is 0 in a slice along axis 0, and",
        ),
        (lambda net: nn.remove_weight_norm(net[0]), "Linear '0' has no normalised weight 'weight'"),
    ],
)
def test_what_cannot_be_normalised_is_refused_and_stays_as_it_was(change: Any, message: str) -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), linear(), nn.Embedding(5, 2, padding_idx=0))
    before = list(net.state_dict())
    with pytest.raises(ValueError, match=message):
        change(net)
    assert list(net.state_dict()) == before


def test_values_written_into_length_and_direction_are_used_at_the_next_call() -> None:
    layer = linear()
    g, v = parts(layer)
    write(g, np.full((3, 1), 2.0))
    write(v, np.eye(3, 4))
    np.testing.assert_array_equal(layer.weight.data, 2 * np.eye(3, 4))
