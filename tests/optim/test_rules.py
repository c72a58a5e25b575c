"""The update rules: each step is PyTorch's, and nothing else in the program is touched."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F
from optim import packing

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.1, "maximize": True, "weight_decay": 0.3, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.3}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.3}),
    ("Adam", {"lr": 0.1, "betas": (0.0, 0.0)}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.3, "maximize": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.3, "initial_accumulator_value": 0.5, "eps": 0.1}),
    ("Adagrad", {"lr": 0.1, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.5, "eps": 0.1, "weight_decay": 0.3, "maximize": True}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.9}),
    ("RMSprop", {"lr": 0.1, "centered": True}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.9, "centered": True, "weight_decay": 0.3}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.5, "eps": 0.1, "weight_decay": 0.3, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.3, "weight_decay": 0.3, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.3, "weight_decay": 0.3, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.3, "weight_decay": 0.3, "maximize": True}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
]
SHAPES = [(3, 4), (5,), ()]


def gradients(steps: int) -> list[list[Any]]:
    rng = np.random.default_rng(1)
    return [[np.asarray(rng.standard_normal(shape)) for shape in SHAPES] for _ in range(steps)]


def start() -> list[Any]:
    return [np.asarray(np.random.default_rng(0).standard_normal(shape)) for shape in SHAPES]


def take(optimizer: optim.Optimizer, params: list[Tensor], steps: list[list[Any]]) -> None:
    for step in steps:
        for parameter, g in zip(params, step, strict=True):
            parameter.grad = Tensor(g)
        optimizer.step()


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "one by one"])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_step_is_pytorchs(
    torch: Any, monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, Any], flat: bool
) -> None:
    monkeypatch.setattr(packing, "PIECE", 7)  # so that the matrix is cut up, and the others come together
    monkeypatch.setattr(torch, "get_default_dtype", lambda: torch.float64)  # NAdam's product of momenta has it
    ours = [nn.Parameter(a) for a in start()]
    theirs = [torch.tensor(a, requires_grad=True) for a in start()]
    optimizer = getattr(optim, name)(ours, **options, flat=flat)
    reference = getattr(torch.optim, name)(theirs, **options)
    path, their_path = [], []
    for step in gradients(200):
        take(optimizer, ours, [step])
        for parameter, g in zip(theirs, step, strict=True):
            parameter.grad = torch.tensor(g)
        reference.step()
        path.append(np.concatenate([a.data.ravel() for a in ours]))
        their_path.append(np.concatenate([b.detach().numpy().ravel() for b in theirs]))
    np.testing.assert_allclose(path, their_path, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {"lr": 0.2, "momentum": 0.9, "nesterov": True}), ("Adam", {"lr": 0.05})]
)
def test_a_network_trained_beside_pytorchs_stays_equal_to_it(torch: Any, name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 4))
    y = x[:, :3].argmax(axis=1)
    ours = nn.Sequential(nn.Linear(4, 8, dtype=float, rng=rng), nn.Tanh(), nn.Linear(8, 3, dtype=float, rng=rng))
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)).double()
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    optimizer = getattr(optim, name)(ours.parameters(), **options)
    reference = getattr(torch.optim, name)(theirs.parameters(), **options)
    first = loss = F.cross_entropy(ours(x), y)
    for step in range(30):
        batch = slice(step % 3 * 20, step % 3 * 20 + 20)
        loss, expected = F.cross_entropy(ours(x[batch]), y[batch]), theirs(torch.tensor(x[batch]))
        expected = torch.nn.functional.cross_entropy(expected, torch.tensor(y[batch]))
        assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
        for each, one in ((optimizer, loss), (reference, expected)):
            each.zero_grad()
            one.backward()
            each.step()
        for path, value in theirs.state_dict().items():
            np.testing.assert_allclose(ours.state_dict()[path], value.numpy(), rtol=1e-10, atol=1e-12)
    assert loss.item() < 0.5 * first.item()


def test_sgd_with_momentum_in_plain_numbers() -> None:
    w = Tensor(1.0, True)
    sgd = optim.SGD([w], lr=0.1, momentum=0.5)
    take(sgd, [w], [[1.0], [1.0]])
    assert w.item() == pytest.approx(1 - 0.1 * 1 - 0.1 * 1.5)


def test_the_first_step_of_adam_is_the_learning_rate_long() -> None:
    w = Tensor([1.0, 1.0, 1.0], True)
    take(optim.Adam([w], lr=0.01), [w], [[np.array([1e-3, -7.0, 0.0])]])
    np.testing.assert_allclose(w.data, [0.99, 1.01, 1.0], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_that_is_always_the_same_has_no_deviation_and_rounding_leaves_none_below_zero(dtype: Any) -> None:
    w = nn.Parameter(np.zeros(1000, dtype))
    rmsprop = optim.RMSprop([w], alpha=0.5, centered=True, eps=0.1)
    w.grad = Tensor(np.random.default_rng(0).standard_normal(1000).astype(dtype))
    for _ in range(60):
        rmsprop.step()
    assert np.isfinite(w.data).all()


RULES: list[Callable[[Any], optim.Optimizer]] = [
    lambda params: optim.SGD(params, lr=0.1),
    lambda params: optim.SGD(params, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.1, maximize=True),
    lambda params: optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
    lambda params: optim.Adam(params, weight_decay=0.1),
    lambda params: optim.Adam(params, weight_decay=0.1, amsgrad=True, maximize=True),
    lambda params: optim.AdamW(params),
    lambda params: optim.Adagrad(params, weight_decay=0.1, maximize=True),
    lambda params: optim.RMSprop(params, weight_decay=0.1, momentum=0.9, centered=True),
    lambda params: optim.RMSprop(params, maximize=True),
    lambda params: optim.Adadelta(params, weight_decay=0.1),
    lambda params: optim.Adamax(params, weight_decay=0.1),
    lambda params: optim.NAdam(params, weight_decay=0.1, maximize=True),
    lambda params: optim.RAdam(params, weight_decay=0.1),
]


@pytest.mark.parametrize("rule", RULES)
def test_a_step_writes_in_place_and_leaves_the_gradient_alone(rule: Callable[[Any], optim.Optimizer]) -> None:
    w = nn.Parameter(np.ones(3, dtype=np.float32))
    array, g = w.data, Tensor(np.array([1.0, 2.0, 3.0], dtype=np.float32))
    w.grad = g
    optimizer = rule([w])
    for _ in range(3):
        optimizer.step()
    assert w.data is array
    assert w.grad is g
    assert (array != 1).all()
    assert g.tolist() == [1.0, 2.0, 3.0]
    assert array.dtype == np.float32
    assert {v.dtype for v in optimizer.state[w].values() if isinstance(v, np.ndarray)} <= {np.dtype("f4")}


@pytest.mark.parametrize("rule", RULES)
def test_a_step_allocates_nothing_of_a_parameters_size(rule: Callable[[Any], optim.Optimizer]) -> None:
    w = nn.Parameter(np.ones(100_000))
    w.grad = Tensor(np.ones(100_000))
    optimizer = rule([w])
    optimizer.step()
    optimizer.step()
    tracemalloc.start()
    try:
        optimizer.step()
        assert tracemalloc.get_traced_memory()[1] < 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rule", RULES)
def test_parameters_without_a_gradient_stay_as_they_are(rule: Callable[[Any], optim.Optimizer]) -> None:
    used, unused, frozen = nn.Parameter([1.0]), nn.Parameter([1.0]), nn.Parameter([1.0], requires_grad=False)
    optimizer = rule([used, unused, frozen])
    used.grad = Tensor([1.0])
    optimizer.step()
    assert used.item() != 1
    assert unused.item() == frozen.item() == 1
    assert list(optimizer.state) == [used]


@pytest.mark.parametrize("rule", RULES)
def test_a_graph_recorded_before_a_step_is_not_swept_after_it(rule: Callable[[Any], optim.Optimizer]) -> None:
    w = Tensor([2.0], True, name="w")
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    rule([w]).step()
    with pytest.raises(RuntimeError, match="'w' was written"):
        loss.backward()


@pytest.mark.parametrize("rule", RULES)
def test_training_goes_on_from_a_saved_state_as_if_nothing_had_happened(rule: Callable[[Any], optim.Optimizer]) -> None:
    steps = gradients(6)
    through, first = ([nn.Parameter(a) for a in start()] for _ in range(2))
    take(rule(through), through, steps)
    before = rule(first)
    take(before, first, steps[:3])
    second, state = [nn.Parameter(p.data) for p in first], before.state_dict()
    after = rule(second)
    after.load_state_dict(state)
    take(before, first, steps[3:])  # the state is a copy: this changes nothing in it
    take(after, second, steps[3:])
    for a, b in zip(through, second, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


@pytest.mark.parametrize(
    ("rule", "options", "message"),
    [
        ("SGD", {"lr": -0.1}, "lr must not be negative, and is -0.1"),
        ("SGD", {"lr": float("nan")}, "lr must be a finite number, and is nan"),
        ("SGD", {"momentum": -1}, "momentum must not be negative"),
        ("SGD", {"weight_decay": -1}, "weight_decay must not be negative"),
        ("SGD", {"nesterov": True}, "needs momentum > 0 and dampening = 0, not momentum=0.0, dampening=0.0"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "not momentum=0.9, dampening=0.1"),
        ("SGD", {"dampening": "0"}, "dampening must be a finite number, and is '0'"),
        ("SGD", {"momentum": True}, "momentum must be a finite number, and is True"),
        ("SGD", {"maximize": "no"}, "maximize must be True or False, and is 'no'"),
        ("Adam", {"amsgrad": None}, "amsgrad must be True or False, and is None"),
        ("Adam", {"decoupled_weight_decay": 1}, "decoupled_weight_decay must be True or False, and is 1"),
        ("RMSprop", {"centered": 0.5}, "centered must be True or False, and is 0.5"),
        ("Adam", {"lr": -1}, "lr must not be negative"),
        ("Adam", {"eps": -1}, "eps must not be negative"),
        ("Adam", {"weight_decay": -1}, "weight_decay must not be negative"),
        ("Adam", {"betas": (0.9, 1.0)}, r"betas must be at least 0 and less than 1, and are \(0.9, 1.0\)"),
        ("Adam", {"betas": (-0.1, 0.9)}, "betas must be at least 0"),
        ("Adam", {"betas": 0.9}, r"betas must be two numbers, as \(0.9, 0.999\), and is 0.9"),
        ("AdamW", {"lr": "fast"}, "lr must be a finite number, and is 'fast'"),
        ("Adagrad", {"lr_decay": -1}, "lr_decay must not be negative, and is -1"),
        ("Adagrad", {"initial_accumulator_value": -1}, "initial_accumulator_value must not be negative"),
        ("RMSprop", {"alpha": 1.0}, "alpha must be a number from 0 to less than 1, and is 1.0"),
        ("RMSprop", {"momentum": -1}, "momentum must not be negative"),
        ("Adadelta", {"rho": -0.1}, "rho must be a number from 0 to less than 1, and is -0.1"),
        ("Adamax", {"betas": (0.9,)}, "betas must be two numbers"),
        ("NAdam", {"momentum_decay": -1}, "momentum_decay must not be negative"),
        ("RAdam", {"eps": -1}, "eps must not be negative"),
    ],
)
def test_options_out_of_their_limits_are_refused(rule: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(optim, rule)([nn.Parameter([1.0])], **options)
    with pytest.raises(ValueError, match=message):
        getattr(optim, rule)([{"params": [nn.Parameter([1.0])], **options}])


@pytest.mark.parametrize("rule", [rule for rule in vars(optim).values() if getattr(rule, "elementwise", False)])
def test_no_option_of_a_rule_is_taken_without_a_look_at_it(rule: Callable[..., optim.Optimizer]) -> None:
    w = nn.Parameter([1.0])
    for name, value in rule([w]).defaults.items():
        limits = "True or False" if isinstance(value, bool) else "two numbers" if name == "betas" else "number"
        with pytest.raises(ValueError, match=rf"^{name} must be .*{limits}.*, and is 'x'$"):
            rule([{"params": w, name: "x"}])
        if not isinstance(value, bool):
            with pytest.raises(ValueError, match=rf"^{name} must"):
                rule([{"params": w, name: (0.5, -0.5) if name == "betas" else -0.5}])


@pytest.mark.parametrize(
    ("rule", "options", "remembered"),
    [
        ("SGD", {}, set()),
        ("SGD", {"momentum": 0.9}, {"momentum_buffer"}),
        ("Adam", {}, {"exp_avg", "exp_avg_sq"}),
        ("Adam", {"amsgrad": True}, {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}),
        ("RMSprop", {}, {"square_avg"}),
        ("RMSprop", {"momentum": 0.9}, {"square_avg", "momentum_buffer"}),
        ("RMSprop", {"centered": True}, {"square_avg", "grad_avg"}),
    ],
)
def test_only_what_the_options_need_is_remembered(rule: str, options: dict[str, Any], remembered: set[str]) -> None:
    w = nn.Parameter([1.0, 2.0])
    optimizer = getattr(optim, rule)([w], **options)
    take(optimizer, [w], [[np.ones(2)]])
    assert {name for name, value in optimizer.state[w].items() if isinstance(value, np.ndarray)} == remembered


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "one by one"])
@pytest.mark.parametrize("rule", [rule for rule in vars(optim).values() if getattr(rule, "elementwise", False)])
def test_options_may_be_numpys_numbers(rule: Callable[..., optim.Optimizer], flat: bool) -> None:
    ends = []
    for number in (float, np.float64):
        params = [nn.Parameter(a) for a in start()]
        options = {"lr": number(0.1), "weight_decay": number(0.3)}
        if "betas" in rule([nn.Parameter([1.0])]).defaults:
            options["betas"] = (number(0.5), number(0.7))
        take(rule(params, **options, flat=flat), params, gradients(4))
        ends.append(np.concatenate([p.data.ravel() for p in params]))
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("rule", [rule for rule in vars(optim).values() if getattr(rule, "elementwise", False)])
def test_options_at_their_limits_are_taken_and_a_rate_of_zero_moves_nothing(
    rule: Callable[..., optim.Optimizer],
) -> None:
    w = nn.Parameter([1.0, 2.0])
    limits = {
        name: (0.0, 0.0) if name == "betas" else 0.0
        for name, value in rule([w]).defaults.items()
        if not isinstance(value, bool)
    }
    optimizer = rule([{"params": w, **limits, "eps": 0.1} if "eps" in limits else {"params": w, **limits}])
    take(optimizer, [w], [[np.ones(2)]] * 3)
    assert w.tolist() == [1.0, 2.0]
    optimizer.param_groups[0]["lr"] = 0.1
    take(optimizer, [w], [[np.ones(2)]])
    assert (w.data < [1.0, 2.0]).all()
