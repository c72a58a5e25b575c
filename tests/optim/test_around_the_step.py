"""Averages after the step, learning rates by fan-in, and SciPy's minimisers."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F

# ------------------------------------------------------------------------------------------------------------- averages


def test_averages_are_those_of_their_formulas() -> None:
    rng = np.random.default_rng(0)
    w = Tensor(np.zeros((2, 2)), True)
    equal, exponential = optim.Averaged([w]), optim.Averaged([w], decay=0.9)
    path = rng.standard_normal((7, 2, 2))
    expected = path[0]
    for n, values in enumerate(path):
        w.data = values
        equal.update()
        exponential.update()
        expected = values if n == 0 else 0.9 * expected + 0.1 * values
    for average, value in ((equal, path.mean(0)), (exponential, expected)):
        with average.applied():
            np.testing.assert_allclose(w.data, value, rtol=1e-12)
        np.testing.assert_array_equal(w.data, path[-1])
    equal.copy_to_parameters()
    np.testing.assert_allclose(w.data, path.mean(0), rtol=1e-12)


def test_the_parameters_come_back_after_an_error_and_stay_in_the_optimisers_buffer() -> None:
    params = [nn.Parameter(np.ones(shape)) for shape in [(3, 4), (5,), ()]]
    for parameter in params:
        parameter.grad = Tensor(np.ones(parameter.shape))
    adam, average = optim.Adam(params, flat=True), optim.Averaged(params, decay=0.5)
    adam.step()
    arrays, before = [p.data for p in params], [p.data.copy() for p in params]
    with pytest.raises(ZeroDivisionError), average.applied():
        raise ZeroDivisionError
    for parameter, array, values in zip(params, arrays, before, strict=True):
        assert parameter.data is array
        np.testing.assert_array_equal(array, values)


def test_a_graph_recorded_before_the_swap_is_not_swept_with_other_values() -> None:
    w = Tensor([2.0], True, name="w")
    average = optim.Averaged([w])
    loss = (w * w).sum()
    with average.applied(), pytest.raises(RuntimeError, match="'w' was written"):
        loss.backward()


def test_an_average_goes_on_from_its_state() -> None:
    w = Tensor([1.0, 2.0], True)
    one, two = optim.Averaged([w], 0.5), optim.Averaged([w], 0.5)
    one.update()
    w.data = [3.0, 4.0]
    two.load_state_dict(one.state_dict())
    one.update()
    two.update()
    assert [m.tolist() for m in two.state_dict()["means"]] == [m.tolist() for m in one.state_dict()["means"]]
    with pytest.raises(ValueError, match=r"averages parameters of shapes \[\(3,\)\], and here they are \[\(2,\)\]"):
        two.load_state_dict({"n": 1, "means": [np.ones(3)]})


def test_the_state_of_an_average_is_a_copy_on_both_ways() -> None:
    w = Tensor([1.0, 2.0], True)
    average = optim.Averaged([w])
    average.update()
    state = average.state_dict()
    average.load_state_dict(state)
    w.data = [5.0, 6.0]
    average.update()
    assert state["n"] == 1
    assert [mean.tolist() for mean in state["means"]] == [[1.0, 2.0]]
    message = r"this is not what the state_dict\(\) of Averaged returns: it lacks "
    with pytest.raises(ValueError, match=f"{message}'n', 'means'$"):
        average.load_state_dict({})
    for name in state:
        with pytest.raises(ValueError, match=f"{message}'{name}'$"):
            average.load_state_dict({other: value for other, value in state.items() if other != name})


class Centred(nn.Module):
    """A normalisation of somebody's own, which writes into its statistics, and has another one inside."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("running_mean", np.zeros(2))
        self.register_buffer("batches", np.zeros(()))
        self.inside = nn.BatchNorm1d(2, dtype=float)
        self.momentum: float | None = 0.1

    def reset_running_stats(self) -> None:
        self.running_mean[...] = 0
        self.batches[...] = 0

    def forward(self, x: Any) -> Any:
        if self.training:
            self.batches += 1
            self.running_mean += (x.data.mean(axis=0) - self.running_mean) / self.batches
        return self.inside(x - self.running_mean)


def test_statistics_are_those_of_the_batches_alone_whatever_there_was_before() -> None:
    rng = np.random.default_rng(0)
    batches = [rng.standard_normal((8, 2)) for _ in range(3)]
    net = nn.Sequential(nn.Sequential(nn.Dropout(0.5, rng=0), nn.BatchNorm1d(2, dtype=float)), Centred())
    for _ in range(4):
        net(Tensor(100 + rng.standard_normal((8, 2))))
    before = {name: array.copy() for name, array in net.state_dict().items()}
    with optim.Averaged(net).applied(batches):
        mean = np.mean(batches, axis=(0, 1))
        np.testing.assert_allclose(net[0][1].running_mean, mean, rtol=1e-12)
        assert net[0][1].num_batches_tracked == net[1].batches == 3
    assert net.state_dict().keys() == before.keys()
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    optim.refresh_batch_norm(net, batches, forward=lambda x: net(x + 1.0))
    np.testing.assert_allclose(net[0][1].running_mean, mean + 1, rtol=1e-12)
    assert net.training
    with pytest.raises(TypeError, match=r"^refresh_batch_norm takes a model, a Module, not list$"):
        optim.refresh_batch_norm([], batches)


def test_batch_norm_is_refreshed_for_the_averages_and_put_back() -> None:
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4), nn.Dropout(0.5, rng=0), nn.Linear(4, 2, rng=1))
    average = optim.Averaged(net)
    batches = [(rng.standard_normal((8, 3)).astype(np.float32), None) for _ in range(5)]
    net[0].weight.data = net[0].weight.data * 3
    net.eval()
    net[3].train()
    before = {name: value.copy() for name, value in net.named_buffers()}
    with average.applied(batches):
        outputs = np.stack([(x @ net[0].weight.data.T + net[0].bias.data) for x, _ in batches])
        np.testing.assert_allclose(net[1].running_mean, outputs.mean((0, 1)), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(net[1].running_var, outputs.var(1, ddof=1).mean(0), rtol=1e-4)
        assert net[1].momentum == 0.1
        assert [module.training for module in net.children()] == [False, False, False, True]
    for name, value in net.named_buffers():
        np.testing.assert_array_equal(value, before[name])
    with pytest.raises(TypeError, match=r"write Averaged\(model\)"), optim.Averaged([Tensor(1.0, True)]).applied([]):
        pass


def test_checkpoints_are_averaged_and_others_refused() -> None:
    states = [{"w": np.array([x, 2.0], np.float32), "count": np.array(int(x))} for x in (1.0, 2.0, 6.0)]
    mean = optim.average_checkpoints(iter(states))
    assert mean["w"].tolist() == [3.0, 2.0]
    assert mean["w"].dtype == np.float32
    assert mean["count"] == 6
    mean["w"][...] = 0
    assert [state["w"][0] for state in states] == [1.0, 2.0, 6.0]
    alone = optim.average_checkpoints(states[:1])
    assert not any(np.shares_memory(alone[name], states[0][name]) for name in alone)
    with pytest.raises(ValueError, match="checkpoint 1 is one of another model: it differs in a, b, c, d, e, f, g, h"):
        optim.average_checkpoints([dict.fromkeys("hbdf", np.ones(2)), dict.fromkeys("aceg", np.ones(2))])
    with pytest.raises(ValueError, match="it differs in w"):
        optim.average_checkpoints([{"w": np.ones(2)}, {"w": np.ones(3)}])
    with pytest.raises(TypeError, match=r"takes state dicts, as nn\.load\(path\) returns, not 'a\.npz'"):
        optim.average_checkpoints(["a.npz"])
    with pytest.raises(ValueError, match=r"checkpoint 0 has something at 'model' that is no array .*\[\"model\"\]"):
        optim.average_checkpoints([{"model": {"w": np.ones(2)}, "epoch": 3}])
    with pytest.raises(ValueError, match="at least one state dict"):
        optim.average_checkpoints([])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "Averaged got no parameters"),
        (([Tensor(1.0, True)], 1.0), "decay must be a number from 0 to less than 1"),
    ],
)
def test_an_average_of_nothing_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optim.Averaged(*arguments)


# --------------------------------------------------------------------------------------------------------------- fan-in


def test_layers_with_more_inputs_get_smaller_learning_rates() -> None:
    net = nn.Sequential(nn.Linear(100, 20), nn.Tanh(), nn.Linear(20, 100), nn.Linear(100, 5))
    groups = optim.scale_by_fan_in(net, 0.5, power=0.5, reference=20)
    sgd = optim.SGD(groups, lr=9.0)
    assert [(len(g["params"]), g["lr"]) for g in sgd.param_groups] == [(4, pytest.approx(0.5 * 0.2**0.5)), (2, 0.5)]
    assert sum(len(g["params"]) for g in groups) == len(list(net.parameters()))


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Conv2d(4, 6, 3, groups=2), 18),
        (nn.ConvTranspose2d(4, 6, 3, groups=2), 18),
        (nn.ConvTranspose2d(4, 60, 1), 4),
        (nn.Embedding(10, 4), 1),
        (nn.LayerNorm((3, 4)), 1),
        (nn.BatchNorm2d(4), 1),
    ],
)
def test_the_fan_in_is_how_many_inputs_an_output_adds_up(layer: nn.Module, fan_in: int) -> None:
    (group,) = optim.scale_by_fan_in(layer, 1.0)
    assert group["lr"] == pytest.approx(1 / fan_in)


def test_a_shared_weight_is_in_one_group() -> None:
    one, other = nn.Linear(4, 4), nn.Linear(4, 4)
    other.weight = one.weight
    groups = optim.scale_by_fan_in(nn.Sequential(one, other), 1.0)
    assert [(len(group["params"]), group["lr"]) for group in groups] == [(2, 0.25), (1, 1.0)]
    assert groups[1]["params"][0] is other.bias


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        ([], {}, TypeError, "^scale_by_fan_in takes a model, a Module, not list"),
        (nn.Linear(2, 2), {"lr": -1.0}, ValueError, "^lr must be at least 0, and is -1"),
        (nn.Linear(2, 2), {"reference": -1.0}, ValueError, "^reference must be at least 0, and is -1"),
        (nn.Linear(2, 2), {"power": "1"}, ValueError, "^power must be a number, and is '1'"),
    ],
)
def test_rates_that_cannot_be_scaled_are_refused(model: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        optim.scale_by_fan_in(model, **{"lr": 1.0, **options})


# ------------------------------------------------------------------------------------------------------------- minimise


def bowl(x: Any) -> Any:
    return np.cosh(x - 1).sum() + ((x - 1) * np.arange(3)).sum() ** 2


METHODS = ["CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "SLSQP", "dogleg", "trust-ncg", "trust-krylov", "trust-exact"]


@pytest.mark.parametrize("method", [*METHODS, "trust-constr", "Nelder-Mead", "Powell"])
def test_every_method_of_scipy_finds_the_minimum(method: str) -> None:
    pytest.importorskip("scipy", reason="SciPy is not installed: there is nothing to be a bridge to")
    result = optim.minimize(bowl, np.array([1.8, 0.2, 1.5]), method)
    np.testing.assert_allclose(result.x, 1, atol=2e-3)


def test_the_place_may_be_several_arrays_of_any_shape() -> None:
    pytest.importorskip("scipy", reason="SciPy is not installed: there is nothing to be a bridge to")
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((30, 4)), rng.standard_normal((2, 4))
    y = x @ target.T + np.array([1.0, -2.0])

    def loss(weight: Any, bias: Any, scale: float) -> Any:
        return scale * F.linear(Tensor(x), weight, bias).__sub__(y).__pow__(2).sum()

    result = optim.minimize(loss, (np.zeros((2, 4)), np.zeros(2)), "BFGS", args=(0.5,), tol=1e-9)
    weight, bias = result.x
    np.testing.assert_allclose(weight, target, atol=1e-6)
    np.testing.assert_allclose(bias, [1.0, -2.0], atol=1e-6)
    assert [part.shape for part in result.jac] == [(2, 4), (2,)]


def test_derivatives_given_by_hand_are_refused_and_a_missing_scipy_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy", reason="SciPy is not installed: there is nothing to be a bridge to")
    with pytest.raises(TypeError, match="minimize computes the derivatives itself; leave out jac"):
        optim.minimize(bowl, [1.0, 1.0], jac=lambda x: x)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"pip install 'seegrad\[scipy\]'"):
        optim.minimize(bowl, [1.0, 1.0])
