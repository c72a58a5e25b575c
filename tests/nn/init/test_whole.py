"""initialise: a whole model by one scheme."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import functional as F
from nn import init
from nn.init.whole import SCHEMES


class Holder(nn.Module):
    """A module with parameters of these shapes."""

    def __init__(self, **shapes: tuple[int, ...]) -> None:
        super().__init__()
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(np.full(shape, 7.0)))


def mlp() -> nn.Sequential:
    first, second, third = (nn.Linear(*sizes, rng=i + 1) for i, sizes in enumerate([(30, 50), (50, 40), (40, 3)]))
    return nn.Sequential(first, nn.Tanh(), nn.Sequential(second, nn.ReLU()), third)


def orthogonal(w: Any) -> bool:
    rows = w.reshape(len(w), -1)
    return bool(np.allclose(rows @ rows.T, np.eye(len(w))))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_writes_all_weights_and_clears_all_biases(scheme: str) -> None:
    options = {"constant": {"val": 0.5}, "sparse": {"sparsity": 0.5}}.get(scheme, {})
    net = mlp()
    before = net.state_dict()
    assert init.initialise(net, scheme, rng=0, **options) is net
    for path, array in net.state_dict().items():
        assert (array == 0).all() if path.endswith("bias") else (array != before[path]).all(), path


def test_the_weights_are_those_of_the_initialiser_drawn_one_after_the_other() -> None:
    net, rng = init.initialise(mlp(), "kaiming_uniform", rng=5, nonlinearity="tanh"), np.random.default_rng(5)
    for path, parameter in net.named_parameters():
        if path.endswith("weight"):
            expected = init.kaiming_uniform_(nn.Parameter(parameter.data), nonlinearity="tanh", rng=rng)
            np.testing.assert_array_equal(parameter.data, expected.data, err_msg=path)


def test_the_seed_decides() -> None:
    one, same, other = (init.initialise(mlp(), "he_normal", rng=seed).state_dict() for seed in (1, 1, 2))
    net = mlp()
    autograd.seed(1)
    by_the_library = init.initialise(net, "he_normal").state_dict()
    for path in one:
        np.testing.assert_array_equal(one[path], same[path])
        np.testing.assert_array_equal(one[path], by_the_library[path])
    assert (one["0.weight"] != other["0.weight"]).any()


def test_a_scheme_may_be_a_function() -> None:
    net = init.initialise(mlp(), lambda w, rng, scale: init.normal_(w, std=scale, rng=rng), rng=3, scale=0.2)
    np.testing.assert_array_equal(
        net[0].weight.data, init.normal_(nn.Parameter(net[0].weight.data), std=0.2, rng=3).data
    )
    halves = init.initialise(nn.Linear(2, 2), lambda w: init.constant_(w, 0.5))
    assert halves.weight.tolist() == [[0.5, 0.5]] * 2
    with_underscore = init.initialise(nn.Linear(2, 2), "ones_")
    assert with_underscore.weight.tolist() == [[1, 1]] * 2


def test_a_frozen_layer_stays_as_it_is() -> None:
    net = mlp()
    net[0].weight.requires_grad_(False)
    before = net.state_dict()
    init.initialise(net, "ones")
    np.testing.assert_array_equal(net[0].weight.data, before["0.weight"])
    assert (net[0].bias.data == 0).all()
    assert (net[3].weight.data == 1).all()


LEFT: list[nn.Module] = [
    nn.Embedding(5, 4),
    nn.LayerNorm((3, 4)),
    nn.RMSNorm((3, 4)),
    nn.GroupNorm(2, 4),
    nn.BatchNorm2d(3),
    nn.PReLU(3),
]


@pytest.mark.parametrize("module", [*LEFT, Holder(scale=())], ids=repr)
def test_what_is_no_weight_matrix_stays_as_it_is(module: nn.Module) -> None:
    module = copy.deepcopy(module)
    for name, parameter in module.named_parameters():
        init.constant_(parameter, 0.0 if name == "bias" else 7.0)
    init.initialise(nn.Sequential(module), "orthogonal")
    for name, parameter in module.named_parameters():
        assert (parameter.data == (0 if name == "bias" else 7)).all()


def test_everything_that_is_called_a_bias_becomes_zero() -> None:
    module = Holder(bias=(3,), bias_ih_l0=(4,), in_proj_bias=(6,), bias_k=(1, 1, 3))
    init.initialise(module, "ones")
    assert all((parameter.data == 0).all() for parameter in module.parameters())


@pytest.mark.parametrize(("kind", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4), (nn.GRUCell, 3), (nn.LSTMCell, 4)])
def test_each_gate_of_a_recurrent_layer_is_a_matrix_of_its_own(kind: Any, gates: int) -> None:
    layer = init.initialise(kind(5, 3, dtype=float), "orthogonal", rng=0)
    found = [
        gate
        for name, parameter in layer.named_parameters()
        for gate in (np.split(parameter.data, gates) if name.startswith("weight") else [])
    ]
    assert all(orthogonal(gate) for gate in found)
    assert len({gate.tobytes() for gate in found}) == 2 * gates
    assert all((p.data == 0).all() for name, p in layer.named_parameters() if name.startswith("bias"))


def test_the_gates_do_not_count_for_the_fan_out() -> None:
    lstm = init.initialise(nn.LSTM(30, 30), "xavier_uniform", rng=0)
    assert np.abs(lstm.weight_hh_l0.data).max() == pytest.approx(math.sqrt(6 / (30 + 30)), rel=0.01)


def test_each_projection_of_attention_is_a_matrix_of_its_own() -> None:
    attention = init.initialise(nn.MultiheadAttention(4, 2, dtype=float), "orthogonal", rng=0)
    assert all(orthogonal(part) for part in np.split(attention.in_proj_weight.data, 3))
    assert orthogonal(attention.out_proj.weight.data)


def test_each_group_of_a_convolution_is_a_matrix_of_its_own() -> None:
    layer = init.initialise(nn.Conv2d(8, 8, 3, groups=4, dtype=float), "orthogonal", rng=0)
    assert all(orthogonal(group) for group in np.split(layer.weight.data, 4))


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("kind", [nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d])
def test_he_keeps_the_second_moment_through_every_kind_of_convolution(kind: Any, groups: int) -> None:
    """Inside the image, where all of the kernel counts, for many more inputs than outputs."""
    axes = 1 if kind in (nn.Conv1d, nn.ConvTranspose1d) else 2
    layer = init.initialise(kind(32, 8, 3, groups=groups, dtype=float), "he_normal", rng=1)
    found, rng = [], np.random.default_rng(2)
    for _ in range(40):
        init.initialise(layer, "he_normal", rng)
        y = layer(np.maximum(rng.standard_normal((4, 32, *(9,) * axes)), 0)).data
        found.append((y[(..., *(slice(2, -2),) * axes)] ** 2).mean())
    assert abs(np.mean(found) - 1) < 3 * np.std(found, ddof=1) / math.sqrt(40)
    assert np.std(found, ddof=1) < 0.4


def test_a_subclass_of_a_transposed_convolution_is_turned_round_too() -> None:
    class Upsampling(nn.ConvTranspose1d):
        pass

    one, other = (init.initialise(kind(4, 3, 2), "he_normal", rng=0) for kind in (Upsampling, nn.ConvTranspose1d))
    np.testing.assert_array_equal(one.weight.data, other.weight.data)


def test_the_matrices_of_a_module_of_ones_own_are_drawn_as_wholes() -> None:
    """Only where a layer has gates, projections, groups or pieces is a weight cut up."""
    module = Holder(kernel=(4, 4), weight_ih=(4, 4), weight=(4, 4), proj_weight=(4, 4), k_proj_weight=(4, 4))
    module.groups = module.pieces = 1
    init.initialise(module, "orthogonal", rng=0)
    assert all(orthogonal(parameter.data) for parameter in module.parameters())


def test_only_the_weights_with_gates_of_a_module_with_a_hidden_size_are_cut_up() -> None:
    module = Holder(embed=(8, 4), weight_ih=(8, 4))
    module.hidden_size = 4
    init.initialise(module, "orthogonal", rng=0)
    np.testing.assert_allclose(module.embed.data.T @ module.embed.data, np.eye(4), atol=1e-12)
    assert all(orthogonal(gate) for gate in np.split(module.weight_ih.data, 2))


def test_the_fans_of_a_transposed_convolution_are_those_of_its_maps() -> None:
    layer = init.initialise(nn.ConvTranspose2d(6, 40, 5, groups=2, dtype=float), "he_uniform", rng=0)
    assert np.abs(layer.weight.data).max() == pytest.approx(math.sqrt(6 / (3 * 25)), rel=0.01)


def test_each_piece_of_maxout_is_a_matrix_of_its_own() -> None:
    layer = init.initialise(nn.Maxout(4, 4, pieces=3, dtype=float), "orthogonal", rng=0)
    assert all(orthogonal(piece) for piece in np.split(layer.weight.data, 3))


def test_a_weight_normalised_layer_makes_the_weight_that_was_drawn() -> None:
    plain, normalised = (nn.Sequential(nn.Linear(5, 4, dtype=float), nn.Linear(4, 3, dtype=float)) for _ in range(2))
    nn.weight_norm(normalised[0])
    for net in (plain, normalised):
        init.initialise(net, "he_normal", rng=0)
    np.testing.assert_allclose(normalised[0].weight.data, plain[0].weight.data, rtol=1e-14)
    np.testing.assert_array_equal(normalised[1].weight.data, plain[1].weight.data)
    assert (normalised[0].bias.data == 0).all()
    normalised.requires_grad_(False)
    before = normalised.state_dict()
    init.initialise(normalised, "he_normal", rng=1)
    assert all((normalised.state_dict()[path] == before[path]).all() for path in before)


def test_a_shared_weight_is_drawn_once() -> None:
    one, other = nn.Linear(4, 4), nn.Linear(4, 4)
    other.weight = one.weight
    net = init.initialise(nn.Sequential(one, other, nn.Linear(4, 4)), "normal", rng=0)
    expected = np.random.default_rng(0).normal(size=(2, 4, 4)).astype(np.float32)
    np.testing.assert_array_equal(one.weight.data, expected[0])
    np.testing.assert_array_equal(net[2].weight.data, expected[1])


def test_an_unknown_scheme_lists_those_that_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"no scheme 'xavier'; there are zeros, ones, .*xavier_uniform, .*he_normal, .*sparse"
    ):
        init.initialise(mlp(), "xavier")
    with pytest.raises(TypeError, match="a scheme is a name or a function, not float"):
        init.initialise(mlp(), 0.01)  # type: ignore[arg-type]


def test_an_error_on_the_way_names_the_weight_and_leaves_the_model_as_it_was() -> None:
    net = nn.Sequential({"fc": nn.Linear(3, 3), "conv": nn.Conv1d(3, 3, 3)})
    before = net.state_dict()
    with pytest.raises(ValueError, match=r"sparse_ is for weights of two axes, .*'conv\.weight' has shape \(3, 3, 3\)"):
        init.initialise(net, "sparse", sparsity=0.5)
    for path, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[path])


def test_nothing_is_recorded_and_optimisers_go_on_with_the_same_parameters() -> None:
    net = mlp()
    parameters = list(net.parameters())
    arrays = [parameter.data for parameter in parameters]
    init.initialise(net, "he_normal", rng=0)
    for parameter, now, array in zip(parameters, net.parameters(), arrays, strict=True):
        assert parameter is now
        assert now.data is array
        assert now.is_leaf


def test_with_zero_weights_all_neurons_of_a_layer_get_the_same_gradient_and_stay_the_same() -> None:
    """W1 of the course: and so do any weights that are equal, which the loss does move."""
    x = np.random.default_rng(0).standard_normal((20, 5)).astype(np.float32)
    y = np.arange(20) % 3
    for val in (0.0, 0.3):
        net = init.initialise(nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3)), "constant", val=val)
        for _ in range(5):
            net.zero_grad()
            F.cross_entropy(net(x), y).backward()
            for parameter in (net[0].weight, net[0].bias, Tensor(net[2].weight.data.T)):
                assert (parameter.data == parameter.data[:1]).all()
            gradient = net[0].weight.grad.data
            assert (gradient == gradient[:1]).all()
            assert (np.abs(gradient).max() > 0) == (val > 0)
            for parameter in net.parameters():
                parameter.data -= 0.5 * parameter.grad.data
    drawn = init.initialise(nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3)), "xavier_normal", rng=0)
    F.cross_entropy(drawn(x), y).backward()
    assert len(np.unique(drawn[0].weight.grad.data, axis=0)) == 8
