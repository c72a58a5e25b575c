"""Nonsense given to functions, optimisers and trainings: each is refused with what was given and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
import training
from autograd import Tensor
from nn import functional as F
from optim import schedules

X, Y = np.ones((4, 3), np.float32), np.array([0, 1, 1, 0])
LOSS = nn.CrossEntropyLoss()
Attempt = Callable[[], Any]


def leaf() -> Tensor:
    return Tensor(X, requires_grad=True)


def net() -> nn.Linear:
    return nn.Linear(3, 2, rng=0)


def sgd() -> optim.SGD:
    return optim.SGD(net().parameters(), lr=0.1)


def fit(*args: Any, **options: Any) -> Any:
    model = net()
    given = [model, LOSS, optim.SGD(model.parameters(), lr=0.1), [(X, Y)], 1]
    given = [*args, *given[len(args) :]]
    return training.fit(*given, progress=False, **options)


def in_a_chain_without_return() -> Any:
    class Forgetful(nn.Module):
        def forward(self, x: Any) -> Any:
            np.tanh(x)

    return nn.Sequential(Forgetful(), net())(X)


TENSORS: list[tuple[Attempt, type[Exception], str]] = [
    (lambda: leaf().register_hook(3), TypeError, "a hook is a function, and 3 cannot be called"),
    (lambda: leaf() + "a", TypeError, "a Tensor holds numbers, not str (which NumPy makes <U1); give it numbers"),
    (lambda: Tensor([1.0], np.float32), TypeError, "give options by name: Tensor(data, dtype=np.float32)"),
    (lambda: Tensor(n for n in [1.0]), TypeError, "a Tensor holds numbers, not generator"),
    (lambda: Tensor({"a": 1.0}), TypeError, "a Tensor holds numbers, not dict"),
    (lambda: leaf().sum().backward(np.ones(3)), ValueError, "gradient has shape (3,), but the Tensor of shape () has"),
    (lambda: leaf().item(), ValueError, "item() needs exactly one element, and the Tensor of shape (4, 3) has 12"),
    (lambda: setattr(leaf(), "data", np.ones(2)), ValueError, "an array of shape (2,) was assigned; make a new Tensor"),
    (
        lambda: np.full_like(X, leaf().sum()),
        TypeError,
        "np.copyto writes into an array, which nothing records (np.full_like calls it); np.broadcast_to(t, shape)",
    ),
    (
        lambda: X.copy().__setitem__(0, leaf()[0]),
        TypeError,
        "requires a gradient, which would be lost in a NumPy array",
    ),
    (lambda: np.array([leaf(), leaf()]), TypeError, "requires a gradient, which would be lost in a NumPy array"),
    (lambda: np.add(X, leaf(), out=X.copy()), TypeError, "cannot record: a Tensor is never written into"),
    (lambda: np.where(leaf(), 1, 0), TypeError, "where has no derivative by its argument 'condition'"),
    (lambda: autograd.grad(3), TypeError, "grad takes a function, not int; write grad(f) for a function f, not f(x)"),
    (lambda: autograd.grad(lambda x: None)(1.0), TypeError, "returned None; the function to differentiate must return"),
    (
        lambda: autograd.gradcheck(3.0, 1.0),
        TypeError,
        "gradcheck takes a function and its inputs, not float; write gradcheck(f, x), not f(x)",
    ),
    (lambda: autograd.draw(3), TypeError, "draw() was given int, and draws Tensors"),
    (lambda: autograd.seed(-1), ValueError, "a seed is a whole number from 0 on, and this one is -1"),
]

FUNCTIONS: list[tuple[Attempt, type[Exception], str]] = [
    (
        lambda: F.binary_cross_entropy_with_logits([0.5], [-1.0]),
        ValueError,
        "binary_cross_entropy_with_logits: targets are probabilities, from 0 to 1, but one is -1; write (target",
    ),
    (
        lambda: nn.BCEWithLogitsLoss()([0.5], [255]),
        ValueError,
        "from 0 to 1, but one is 255; write (target + 1) / 2 for",
    ),
    (lambda: F.binary_cross_entropy([0.5], [2.0]), ValueError, "targets are probabilities, from 0 to 1, but one is 2"),
    (
        lambda: F.binary_cross_entropy([1.5], [1.0]),
        ValueError,
        "the input are probabilities, from 0 to 1, but one is 1.5",
    ),
    (
        lambda: F.cross_entropy(X, [True, False] * 2),
        TypeError,
        "takes the classes as integers of shape (4,), but target is",
    ),
    (lambda: F.cross_entropy(X, Y[:3]), ValueError, "need a target of shape (4,), but target has shape (3,)"),
    (lambda: F.hinge_loss([0.5], [2]), ValueError, "targets are -1 and 1, but one is 2; write 2 * target - 1"),
    (lambda: F.softmax(X, axis="a"), ValueError, "softmax: axis must be the whole number of an axis of x, not 'a'"),
    (lambda: F.softmax(X, axis=7), ValueError, "softmax: x of shape (4, 3) has no axis 7; its axes are -2 to 1"),
    (lambda: F.linear(X, None), TypeError, "a Tensor holds numbers, not NoneType"),
    (lambda: net()(None), TypeError, "a Tensor holds numbers, not NoneType"),
    (lambda: net()("abc"), TypeError, "a Tensor holds numbers, not str"),
    (lambda: net()({"x": X}), TypeError, "a Tensor holds numbers, not dict"),
    (in_a_chain_without_return, TypeError, "a Tensor holds numbers, not NoneType"),
    (lambda: F.embedding([0.5], X), TypeError, "embedding takes indices, which are integers, not float64"),
    (lambda: F.dropout(X, 1.5), ValueError, "dropout: p must be a number from 0 to 1, the probability that a unit is"),
    (lambda: nn.BatchNorm1d(3)(X[:0]), ValueError, "more than one value to take a variance of, but x has shape (0, 3)"),
]

OPTIMISERS: list[tuple[Attempt, type[Exception], str]] = [
    (
        lambda: optim.SGD([leaf() * 2.0], lr=0.1),
        TypeError,
        "SGD trains leaves, but a parameter of shape (4, 3) was computed",
    ),
    (lambda: optim.SGD([w := leaf(), w], lr=0.1), ValueError, "comes twice; each parameter belongs to one group, once"),
    (
        lambda: optim.SGD(leaf(), lr=0.1),
        TypeError,
        "SGD takes an iterable of parameters, not a single Tensor; write [parameter]",
    ),
    (
        lambda: optim.SGD(net().named_parameters(), lr=0.1),
        TypeError,
        "write model.parameters(), not named_parameters()",
    ),
    (lambda: optim.SGD([leaf()], lr="a"), ValueError, "lr must be a finite number, and is 'a'"),
    (lambda: optim.SGD([leaf()], lr=np.nan), ValueError, "lr must be a finite number, and is nan"),
    (
        lambda: sgd().step(net()(X).sum()),
        TypeError,
        "SGD.step takes a function that computes the loss, or nothing, not a Tensor; after loss.backward() write",
    ),
    (
        lambda: optim.LBFGS([leaf()]).step(lambda: None),
        TypeError,
        "the closure that LBFGS.step is given must return the loss, a Tensor, not NoneType; end it with `return loss`",
    ),
    (
        lambda: sgd().load_state_dict({"state": {}, "param_groups": 3}),
        ValueError,
        "'param_groups' is no list of groups",
    ),
    (
        lambda: sgd().load_state_dict({"state": {}, "param_groups": [{}]}),
        ValueError,
        "'param_groups' is no list of groups",
    ),
    (lambda: sgd().load_state_dict({"state": [1], "param_groups": []}), ValueError, "'state' is no dict of dicts"),
    (lambda: sgd().load_state_dict({"state": {0: 3}, "param_groups": []}), ValueError, "'state' is no dict of dicts"),
    (lambda: schedules.cosine("a"), ValueError, "steps must be a number, and is 'a'"),
    (lambda: schedules.exponential("a"), ValueError, "k must be a number, and is 'a'"),
    (lambda: schedules.multi_step("ab"), ValueError, "each of the milestones must be a number, and is 'a'"),
    (lambda: optim.Scheduler(sgd(), lr=0.1), TypeError, "must be a function t → value, not 0.1"),
    (lambda: optim.Scheduler(sgd(), lr=lambda t: -1.0).step(), ValueError, "lr must not be negative, and is -1.0"),
    (
        lambda: optim.clip_grad_norm_([X], 1.0),
        TypeError,
        "clip_grad_norm_ takes parameters, which are Tensors, and was given a ndarray; write model.parameters()",
    ),
    (
        lambda: optim.clip_grad_norm_([leaf()], "a"),
        ValueError,
        "max_norm must be a number that is not negative, and is 'a'",
    ),
    (lambda: optim.clip_grad_norm_([leaf()], 1.0, "a"), ValueError, "norm_type must be a number above 0, and is 'a'"),
    (lambda: optim.refresh_batch_norm(3, [X]), TypeError, "refresh_batch_norm takes a model, a Module, not int"),
    (lambda: optim.scale_by_fan_in(3, 0.1), TypeError, "scale_by_fan_in takes a model, a Module, not int"),
    (lambda: optim.scale_by_fan_in(net(), "a"), ValueError, "lr must be a number, and is 'a'"),
    (
        lambda: optim.minimize(3, 1.0),
        TypeError,
        "minimize takes a function of x0, not int; write minimize(f, x0), not f(x0)",
    ),
    (lambda: optim.average_checkpoints([3]), TypeError, "takes state dicts, as nn.load(path) returns, not 3"),
]

TRAININGS: list[tuple[Attempt, type[Exception], str]] = [
    (
        lambda: fit(3),
        TypeError,
        "fit trains a Module, and its model is a int; write fit(model, loss, optimizer, …) in this",
    ),
    (lambda: fit(net(), 3), TypeError, "fit calls its loss, and it is a int; write fit(model, loss, optimizer, …)"),
    (lambda: fit(net(), nn.MSELoss), TypeError, "fit calls its loss, and MSELoss is a class; write MSELoss()"),
    (
        lambda: fit(net(), sgd(), LOSS),
        TypeError,
        "fit calls its loss, and it is a SGD; write fit(model, loss, optimizer",
    ),
    (
        lambda: fit(net(), LOSS, LOSS),
        TypeError,
        "fit steps an Optimizer, and its optimizer is a CrossEntropyLoss; write fit",
    ),
    (
        lambda: fit(net(), LOSS, sgd(), 3),
        TypeError,
        "fit goes through batches of pairs (x, y), not int; see training.Batches",
    ),
    (lambda: fit(net(), LOSS, sgd(), [X]), TypeError, "a batch is a pair (x, y) of inputs and targets, not a ndarray"),
    (lambda: fit(net(), LOSS, sgd(), [(X, Y)], -1), ValueError, "fit: epochs must be a whole number from 0 on, not -1"),
    (
        lambda: fit(net(), LOSS, sgd(), [(X, Y)], 2.5),
        ValueError,
        "fit: epochs must be a whole number from 0 on, not 2.5",
    ),
    (lambda: fit(steps="a"), ValueError, "fit: steps must be a whole number from 0 on, not 'a'"),
    (lambda: fit(accumulate=0), ValueError, "fit: accumulate must be a whole number from 1 on, not 0"),
    (lambda: fit(callbacks=[3]), TypeError, "a callback is a Callback or a function of the run, not int"),
    (lambda: fit(validate=3), TypeError, "data are a pair of arrays (X, y), or batches of such pairs, not int"),
    (lambda: fit(clip="a"), ValueError, "max_norm must be a number that is not negative, and is 'a'"),
    (
        lambda: training.train_step(net(), LOSS, sgd(), X, Y),
        TypeError,
        "a batch is a pair (x, y) of inputs and targets",
    ),
    (
        lambda: training.train_step(sgd(), net(), LOSS, (X, Y)),
        TypeError,
        "train_step trains a Module, and its model is a SGD",
    ),
    (lambda: training.evaluate(3, LOSS, (X, Y)), TypeError, "evaluate takes a Module for its model, not 3"),
    (
        lambda: training.predict(nn.Linear, X),
        TypeError,
        "predict takes a Module for its model, not <class 'nn.linear.Linear'>",
    ),
    (
        lambda: training.predict(net(), X, 2.5),
        ValueError,
        "predict: batch_size must be a whole number from 1 on, not 2.5",
    ),
    (lambda: training.Batches(X, Y, 2.5), ValueError, "Batches: batch_size must be a whole number from 1 on, not 2.5"),
    (lambda: training.Batches(X, Y, shuffle="no"), ValueError, "Batches: shuffle must be True or False, not 'no'"),
    (lambda: training.Batches(X, Y[:2]), ValueError, "X has 4 examples and y has 2: each needs its target"),
    (
        lambda: training.Batches(X, np.array(list("abab"))),
        TypeError,
        "y must hold numbers, not <U1; number the classes",
    ),
    (lambda: training.EarlyStopping("a"), ValueError, "EarlyStopping: patience must be a number from 0 on, not 'a'"),
    (lambda: training.Monitor(3), TypeError, "Monitor takes a Module for its model, not 3"),
]


W, BIAS = nn.Parameter(np.ones((4, 4))), nn.Parameter(np.ones(4))
INITIALISERS: list[tuple[Attempt, type[Exception], str]] = [
    (lambda: nn.init.normal_(X), TypeError, "normal_ writes into a Parameter or another leaf Tensor"),
    (lambda: nn.init.normal_(W, "a"), ValueError, "normal_: mean must be a number, not 'a'"),
    (lambda: nn.init.trunc_normal_(W, np.nan), ValueError, "trunc_normal_: mean must be a number, not nan"),
    (
        lambda: nn.init.trunc_normal_(W, np.inf),
        ValueError,
        "trunc_normal_: mean and std are finite, and here they are inf",
    ),
    (lambda: nn.init.trunc_normal_(W, a=np.inf, b=np.inf), ValueError, "gives no number between a=inf and b=inf"),
    (lambda: nn.init.trunc_normal_(W, std=1e-320, a=1.0), ValueError, "gives no number between a=1.0 and b=2.0"),
    (lambda: nn.init.uniform_(W, np.nan), ValueError, "uniform_: a must be a number, not nan"),
    (lambda: nn.init.constant_(W, None), ValueError, "constant_: val must be a number, not None"),
    (lambda: nn.init.xavier_normal_(W, "a"), ValueError, "xavier_normal_: gain must be a number, not 'a'"),
    (lambda: nn.init.kaiming_uniform_(W, None), ValueError, "kaiming_uniform_: a must be a number, not None"),
    (lambda: nn.init.sparse_(W, np.nan), ValueError, "sparse_: sparsity must be a number, not nan"),
    (
        lambda: nn.init.identity_(W, groups=2.5),
        ValueError,
        "identity_: groups must be a whole number from 1 on, not 2.5",
    ),
    (lambda: nn.init.xavier_uniform_(BIAS), ValueError, "only a weight of two axes or more"),
    (lambda: training.Checkpoints("c", every=2.5), ValueError, "Checkpoints: every must be a whole number from 1 on"),
    (lambda: training.Checkpoints("c", resume="no"), ValueError, "Checkpoints: resume must be True or False, not 'no'"),
    (lambda: training.StopWhenWorse("a"), ValueError, "factor must be a number above 1, not a"),
    (lambda: training.Noise("a"), ValueError, "Noise needs std ≥ 0, and finite, not 'a'"),
    (lambda: training.Flip("a"), ValueError, "Flip needs a probability from 0 to 1, not p='a'"),
    (lambda: training.Mixup(None), ValueError, "Mixup needs alpha > 0, and finite, not None"),
    (lambda: training.Cutout(3, fill="a"), ValueError, "Cutout: fill must be a number, not 'a'"),
    (lambda: training.LivePlot(every=0), ValueError, "LivePlot: every must be a whole number from 1 on, not 0"),
]


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [*INITIALISERS, *TENSORS, *FUNCTIONS, *OPTIMISERS, *TRAININGS],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nonsense_is_refused_with_what_was_given_and_what_was_expected(
    attempt: Attempt, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        attempt()


def test_a_layer_behind_one_that_forgot_to_return_is_named_with_what_it_was_given() -> None:
    with pytest.raises(TypeError) as caught:
        in_a_chain_without_return()
    assert caught.value.__notes__ == ["raised in Linear '1', called with None"]


def test_a_state_that_makes_no_sense_leaves_an_optimiser_as_it_was() -> None:
    optimizer = sgd()
    before = str(optimizer.state_dict())
    for state in ({}, {"state": {}, "param_groups": [{}]}, {"state": {0: 3}, "param_groups": [{"params": [0, 1]}]}):
        with pytest.raises(ValueError, match=r"this is not what the state_dict\(\) of SGD returns"):
            optimizer.load_state_dict(state)
    assert str(optimizer.state_dict()) == before


# ----------------------------------------------------------------------------------------- a learning rate that is huge


def too_fast(**options: Any) -> tuple[nn.Module, training.History]:
    model = nn.Sequential(nn.Linear(3, 8, rng=0), nn.ReLU(), nn.Linear(8, 1, rng=1))
    callbacks = [make(model) for make in options.pop("callbacks", ())]
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    with np.errstate(all="ignore"):
        history = training.fit(
            model,
            nn.MSELoss(),
            optim.SGD(model.parameters(), lr=1e4),
            training.Batches(x, x[:, :1], 10, rng=0),
            epochs=8,
            callbacks=callbacks,
            progress=False,
            **options,
        )
    return model, history


def test_the_nan_of_a_huge_learning_rate_is_found_by_the_monitor_and_said_with_what_to_do() -> None:
    monitors: list[training.Monitor] = []

    def monitor(model: nn.Module) -> training.Monitor:
        monitors.append(training.Monitor(model, every=1))
        return monitors[0]

    _, history = too_fast(callbacks=[monitor])
    advices = monitors[0].advice()
    assert "not a number" in advices.rules()
    text = str(advices)
    assert "learning rate" in text
    assert "smaller" in text or "lower" in text
    assert "rate too high" in history.advice().rules()


def test_a_training_whose_cost_becomes_nan_can_be_stopped_at_once() -> None:
    _, history = too_fast(callbacks=[lambda model: training.StopWhenWorse()])
    assert len(history) == 1
