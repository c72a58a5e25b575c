"""Clipping before the step, averages after it, learning rates by fan-in, and SciPy's minimisers."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F


def parameters(seed: int = 0, dtype: Any = float) -> list[nn.Parameter]:
    rng = np.random.default_rng(seed)
    params = [nn.Parameter(rng.standard_normal(shape).astype(dtype), name=f"p{shape}") for shape in [(3, 4), (5,), ()]]
    for parameter in params:
        parameter.grad = Tensor(np.asarray(rng.standard_normal(parameter.shape), dtype=dtype))
    return params


def as_torch(torch: Any, params: list[nn.Parameter]) -> list[Any]:
    theirs = [torch.tensor(p.data, requires_grad=True) for p in params]
    for theirs_one, ours_one in zip(theirs, params, strict=True):
        theirs_one.grad = torch.tensor(ours_one.grad.data)
    return theirs


# ------------------------------------------------------------------------------------------------------------- clipping


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 100.0])
@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, math.inf])
def test_clipping_by_norm_is_pytorchs(torch: Any, max_norm: float, p: float) -> None:
    ours = parameters()
    theirs = as_torch(torch, ours)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, p)
    assert optim.clip_grad_norm_(iter(ours), max_norm, p) == pytest.approx(expected.item(), rel=1e-12)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 100.0])
@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, 3.5, math.inf])
def test_clipping_by_norm_scales_by_the_norm_of_all_gradients_as_one_vector(max_norm: float, p: float) -> None:
    params = parameters()
    before = [parameter.grad.data.copy() for parameter in params]
    sizes = np.abs(np.concatenate([g.reshape(-1) for g in before]))
    total = sizes.max() if math.isinf(p) else (sizes**p).sum() ** (1 / p)
    assert optim.clip_grad_norm_(params, max_norm, p) == pytest.approx(total, rel=1e-12)
    factor = min(1, max_norm / (total + 1e-6)) if total > max_norm else 1
    for parameter, g in zip(params, before, strict=True):
        np.testing.assert_allclose(parameter.grad.data, g * factor, rtol=1e-12, atol=0)


def test_gradients_of_just_the_norm_that_is_allowed_stay_as_they_are_to_the_last_bit() -> None:
    w = Tensor([0.0, 0.0], True)
    w.grad = Tensor([3.0, 4.0])
    assert optim.clip_grad_norm_(w, 5.0) == 5.0
    assert w.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("p", [1.0, 2.0, math.inf])
@pytest.mark.parametrize(
    ("values", "total"), [([1.0, np.nan, 2.0], np.nan), ([np.nan, np.inf, 2.0], np.nan), ([1.0, np.inf, 2.0], np.inf)]
)
def test_a_norm_is_nan_wherever_the_nan_stands_and_else_infinite(values: list[float], total: float, p: float) -> None:
    params = [Tensor(0.0, True) for _ in values]
    for parameter, value in zip(params, values, strict=True):
        parameter.grad = Tensor(value)
    with np.errstate(invalid="ignore"):
        np.testing.assert_equal(optim.clip_grad_norm_(params, 1.0, p), total)
        found = [parameter.grad.item() for parameter in params]
    np.testing.assert_equal(found, [np.nan] * 3 if np.isnan(total) else [0.0, np.nan, 0.0])


def test_clipping_by_value_moves_what_is_out_of_bounds_to_them() -> None:
    w = Tensor([0.0] * 5, True)
    w.grad = Tensor([-2.0, -0.3, 0.1, 0.3, 7.0])
    optim.clip_grad_value_(w, 0.3)
    assert w.grad.tolist() == [-0.3, -0.3, 0.1, 0.3, 0.3]


def test_clipping_by_value_is_pytorchs(torch: Any) -> None:
    ours = parameters()
    theirs = as_torch(torch, ours)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    optim.clip_grad_value_(ours, 0.3)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.grad.data, b.grad.numpy())


@pytest.mark.parametrize("clip", [
    lambda p: optim.clip_grad_norm_(p, 1.0),
    lambda p: optim.clip_grad_value_(p, 0.5),
    lambda p: optim.clip_grad_adaptive_(p, 0.1),
])  # fmt: skip
def test_a_gradient_given_as_an_array_is_clipped_where_it_lies_and_a_list_is_replaced(clip: Callable[..., Any]) -> None:
    ends = []
    for given in (Tensor([3.0, 4.0]), np.array([3.0, 4.0]), [3.0, 4.0]):
        w = Tensor([1.0, 1.0], True)
        w.grad = given
        clip([w])
        assert isinstance(w.grad, Tensor) if isinstance(given, list) else w.grad is given
        ends.append(np.asarray(w.grad.data if isinstance(w.grad, Tensor) else w.grad).tolist())
    assert ends[0] == ends[1] == ends[2] != [3.0, 4.0]


def test_a_unit_of_zeros_can_be_trained_under_adaptive_clipping() -> None:
    w = Tensor([[0.0, 0.0], [3.0, 4.0]], True)
    for options, least in (({}, 1e-5), ({"clipping": 0.1, "eps": 0.5}, 0.05)):
        w.grad = Tensor([[30.0, 40.0], [0.0, 0.0]])
        optim.clip_grad_adaptive_(w, **options)
        np.testing.assert_allclose(w.grad.data, [[0.6 * least, 0.8 * least], [0, 0]], rtol=1e-12)
    with pytest.raises(ValueError, match="eps must be a number that is not negative, and is -1"):
        optim.clip_grad_adaptive_(w, eps=-1)


def test_adaptive_clipping_bounds_each_unit_by_its_own_norm() -> None:
    params = parameters()
    before = [p.grad.data.copy() for p in params]
    optim.clip_grad_adaptive_(params, 0.5)
    w, g = params[0].data, params[0].grad.data
    for row, unit, old in zip(g, w, before[0], strict=True):
        most = 0.5 * np.linalg.norm(unit)
        expected = old * min(1, most / np.linalg.norm(old))
        np.testing.assert_allclose(row, expected, rtol=1e-12)
    np.testing.assert_allclose(np.abs(params[1].grad.data), np.minimum(np.abs(before[1]), 0.5 * np.abs(params[1].data)))


def test_clipping_writes_into_the_gradient_and_passes_over_none() -> None:
    params = parameters(dtype=np.float32)
    params[1].grad = None
    held, array = params[0].grad, params[0].grad.data
    assert optim.clip_grad_norm_(params, 1e-3) > 1
    assert params[0].grad is held
    assert held.data is array
    assert array.dtype == np.float32
    assert np.linalg.norm(array) < 1.001e-3
    assert optim.clip_grad_norm_([params[1]], 1.0) == 0  # none has a gradient
    single = params[2]
    optim.clip_grad_value_(single, 0.0)
    assert single.grad.item() == 0


def test_large_gradients_of_single_precision_do_not_overflow_the_norm() -> None:
    w = nn.Parameter(np.ones(4, np.float32))
    w.grad = Tensor(np.full(4, 1e30, np.float32))
    assert optim.clip_grad_norm_(w, 2.0) == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(w.grad.data, 1.0, rtol=1e-5)


def test_a_gradient_with_a_graph_keeps_it() -> None:
    w = Tensor([3.0], True)
    (w * w).sum().backward(create_graph=True)
    first = w.grad
    optim.clip_grad_norm_([w], 1.0)
    assert first.tolist() == [6.0]
    assert w.grad.tolist() == [pytest.approx(1.0)]


def test_a_norm_that_is_not_finite_is_an_error_if_asked_and_names_the_parameter() -> None:
    params = parameters()
    params[1].grad.data[0] = np.nan
    before = params[0].grad.data.copy()
    with pytest.raises(RuntimeError, match=r"the norm of the gradients is nan, because of the parameter 'p\(5,\)'"):
        optim.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(params[0].grad.data, before)
    assert math.isnan(optim.clip_grad_norm_(params, 1.0, math.inf))
    assert np.isnan(params[0].grad.data).all()


@pytest.mark.parametrize(
    "clip", [optim.clip_grad_norm_, optim.clip_grad_value_, optim.clip_grad_adaptive_], ids=["norm", "value", "unit"]
)
def test_a_negative_bound_is_refused(clip: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"must be a number that is not negative, and is -1"):
        clip(parameters(), -1.0)
    for bound in (True, "1", None):
        with pytest.raises(ValueError, match=rf"must be a number that is not negative, and is {bound!r}"):
            clip(parameters(), bound)
    with pytest.raises(ValueError, match=rf"{clip.__name__} got no parameters; an iterator like model\.parameters"):
        clip(iter([]), 1.0)
    with pytest.raises(TypeError, match=rf"{clip.__name__} takes the parameters of Linear, not itself"):
        clip(nn.Linear(1, 1), 1.0)


@pytest.mark.parametrize("p", [0, -1.0, math.nan, True, "2", None])
def test_a_norm_that_there_is_not_is_refused(p: Any) -> None:
    with pytest.raises(ValueError, match=r"norm_type must be a number above 0, and is"):
        optim.clip_grad_norm_(parameters(), 1.0, p)


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
    params = parameters()
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


@pytest.mark.parametrize(("clip", "expected"), [
    (lambda params: optim.clip_grad_norm_(params, 0.5), 0.5),
    (lambda params: optim.clip_grad_value_(params, 0.25), 0.25),
    (lambda params: optim.clip_grad_adaptive_(params, 0.01), 0.02),
])  # fmt: skip
def test_the_gradient_of_a_parameter_without_axes_is_clipped_too(clip: Any, expected: float) -> None:
    p = nn.Parameter(np.float32(2.0))
    (p * p).backward()
    assert p.grad.item() == 4.0
    clip([p])
    assert p.grad.item() == pytest.approx(expected, rel=1e-5)
    assert (p.grad.dtype, p.grad.shape) == (np.float32, ())
