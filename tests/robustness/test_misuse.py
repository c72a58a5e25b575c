"""What users get wrong: it is refused with what was given, what was expected and how to mend it, and harms nothing."""

from __future__ import annotations

import io
import logging
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor, detect_anomaly, no_grad
from nn import functional as F
from tests.support.strict_array import StrictArray

X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
LABELS = np.array([0, 1, 1, 0])


class Net(nn.Module):
    """Two layers; and what the tests need of a training."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.norm, self.fc2 = nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4), nn.Linear(4, 2, rng=1)

    def forward(self, x: Any) -> Any:
        return self.fc2(np.tanh(self.norm(self.fc1(x))))


def loss_of(net: nn.Module) -> Tensor:
    return F.cross_entropy(net(X), LABELS)


MISTAKES: dict[str, tuple[type[Exception], str | re.Pattern[str], Callable[[Net], Any]]] = {}


def mistake(
    error: type[Exception], message: str | re.Pattern[str]
) -> Callable[[Callable[[Net], Any]], Callable[[Net], Any]]:
    def note(attempt: Callable[[Net], Any]) -> Callable[[Net], Any]:
        MISTAKES[attempt.__name__] = (error, message, attempt)
        return attempt

    return note


# ------------------------------------------------------------------------------------------------------ going backward


@mistake(
    RuntimeError,
    " had saved for its derivative is released; call backward(retain_graph=True) the first time, or add up",
)
def backward_twice(net: Net) -> None:
    loss = loss_of(net)
    loss.backward()
    loss.backward()


@mistake(
    ValueError, "needs the upstream gradient, because it has 8 elements, not one; reduce it (t.sum(), t.mean()) or"
)
def backward_on_all_scores(net: Net) -> None:
    net(X).backward()


@mistake(
    RuntimeError, "which requires no gradient: no operand was made with requires_grad=True, or it was computed under"
)
def backward_under_no_grad(net: Net) -> None:
    with no_grad():
        loss = loss_of(net)
    loss.backward()


@mistake(TypeError, "a Tensor holds numbers, not str (which NumPy makes <U3)")
def backward_of_a_text(net: Net) -> None:
    net(X).backward("abc")


@mistake(TypeError, "a Tensor holds numbers, not ndarray (which NumPy makes object)")
def backward_of_objects(net: Net) -> None:
    net(X).backward(np.full((4, 2), None))


@mistake(TypeError, "requires a gradient, which would be lost in a NumPy array; write")
def a_result_given_to_numpy_alone(net: Net) -> None:
    np.asarray(net(X))


@mistake(TypeError, "float(t), and what calls it (math.exp(t), array[i] = t), would lose the gradient")
def a_loss_given_to_math(net: Net) -> None:
    math.exp(loss_of(net))


# ------------------------------------------------------------- a parameter that changes between forward and backward


def changed(how: Callable[[Net], None]) -> Callable[[Net], None]:
    def attempt(net: Net) -> None:
        loss = loss_of(net)
        how(net)
        loss.backward()

    return attempt


def by_the_optimiser(net: Net) -> None:
    sgd = optim.SGD(net.parameters(), lr=0.1)
    loss_of(net).backward()
    sgd.step()


def by_load_state_dict(net: Net) -> None:
    net.load_state_dict(net.state_dict())


def by_data(net: Net) -> None:
    net.fc2.weight.data = np.zeros((2, 4))


def in_place(net: Net) -> None:
    with no_grad():
        net.fc2.weight *= 0.5


def by_another_dtype(net: Net) -> None:
    net.double()


def by_an_initialiser(net: Net) -> None:
    nn.init.zeros_(net.fc2.weight)


for _how in (by_the_optimiser, by_load_state_dict, by_data, in_place, by_an_initialiser):
    MISTAKES[f"changed {_how.__name__}"] = (
        RuntimeError,
        "the leaf 'fc2.weight' was written (by an optimiser, load_state_dict, an assignment to .data) after linear had "
        "used it, so the gradient would mix old and new values; go backward before the update, or run the forward pass",
        changed(_how),
    )
MISTAKES["changed by_another_dtype"] = (
    RuntimeError,
    "had used it, so the gradient would mix",
    changed(by_another_dtype),
)


# ------------------------------------------------------------------------------------------------- data that do not fit


@mistake(
    ValueError, "the weight 'fc1.weight' of shape (4, 3) takes x of shape (…, 3), but x has shape (4, 5); give x 3"
)
def too_many_features(net: Net) -> None:
    net(np.ones((4, 5), np.float32))


@mistake(
    TypeError, "cross_entropy takes the classes as integers of shape (4,), but target is float64 of shape (4,); write"
)
def labels_that_are_floats(net: Net) -> None:
    F.cross_entropy(net(X), LABELS.astype(float))


@mistake(
    ValueError, "target holds the class 2, but scores of shape (4, 2) have 2 classes on axis 1, numbered from 0 to 1"
)
def labels_counted_from_one(net: Net) -> None:
    F.cross_entropy(net(X), LABELS + 1)


@mistake(ValueError, "target holds the class -1, but scores of shape (4, 2) have 2 classes")
def labels_minus_one(net: Net) -> None:
    F.cross_entropy(net(X), LABELS - 1)


@mistake(ValueError, "the input has shape (4, 2), but the target has shape (4,); each number needs a target of its own")
def targets_that_would_broadcast(net: Net) -> None:
    F.mse_loss(net(X), np.ones(4))


@mistake(
    ValueError, "BatchNorm1d 'norm': in training every channel needs more than one value to take a variance of, but x"
)
def a_batch_of_one(net: Net) -> None:
    net(X[:1])


@mistake(TypeError, "a Tensor holds numbers, not ndarray (which NumPy makes object); give it numbers, lists of numbers")
def object_arrays(net: Net) -> None:
    net(np.array([[1.0, None, 2.0]] * 4))


@mistake(
    TypeError, "complex numbers (complex64) have no gradient here; compute with the real and the imaginary part apart"
)
def complex_numbers(net: Net) -> None:
    net(X + 1j)


@mistake(ValueError, "a Tensor needs numbers in a rectangular arrangement")
def rows_of_different_lengths(net: Net) -> None:
    Tensor([[1.0, 2.0], [3.0]])


@mistake(
    FloatingPointError, "linear was given nan (1 of 12 elements, the first at [2, 1], of shape (4, 3)) in x of shape"
)
def nan_in_the_data(net: Net) -> None:
    spoilt = X.copy()
    spoilt[2, 1] = np.nan
    with detect_anomaly():
        net(spoilt)


@mistake(FloatingPointError, re.compile(r"^\w+ gave (inf|nan) .* in Linear '1'; .* smaller \(learning rate, "))
def a_huge_learning_rate(net: Net) -> None:
    plain = nn.Sequential(nn.Linear(3, 4, rng=0), nn.Linear(4, 1, rng=1))
    sgd = optim.SGD(plain.parameters(), lr=1e6)
    with detect_anomaly(), np.errstate(all="ignore"):
        for _ in range(50):
            sgd.zero_grad()
            F.mse_loss(plain(X), np.zeros((4, 1), np.float32)).backward()
            sgd.step()


# ------------------------------------------------------------------------------------------ models and their optimisers


@mistake(ValueError, "SGD got no parameters; an iterator like model.parameters() can be used only once")
def parameters_that_are_spent(net: Net) -> None:
    parameters = net.parameters()
    assert len([p for p in parameters if p.size]) == 6
    optim.SGD(parameters, lr=0.1)


@mistake(ValueError, "clip_grad_norm_ got no parameters; an iterator like model.parameters() can be used only once")
def clipping_parameters_that_are_spent(net: Net) -> None:
    parameters = net.parameters()
    optim.SGD(parameters, lr=0.1)
    optim.clip_grad_norm_(parameters, 1.0)


@mistake(TypeError, "SGD takes the parameters of Net, not itself; write model.parameters()")
def an_optimiser_of_a_model(net: Net) -> None:
    optim.SGD(net, lr=0.1)  # type: ignore[arg-type]


@mistake(TypeError, "SGD trains Tensors, and was given a ndarray")
def an_optimiser_of_arrays(net: Net) -> None:
    optim.SGD([X], lr=0.1)  # type: ignore[list-item]


@mistake(TypeError, "a schedule drives an optimiser, not a Net; write optim.SGD(…) first")
def a_schedule_of_a_model(net: Net) -> None:
    optim.Scheduler(net, lr=optim.schedules.cosine(10))  # type: ignore[arg-type]


@mistake(TypeError, "a schedule drives an optimiser, not a list")
def a_plateau_of_a_list(net: Net) -> None:
    optim.OnPlateau([0.1])  # type: ignore[arg-type]


@mistake(ValueError, "this state_dict does not fit Net, which is left as it was:\n  missing:\n    fc1.weight")
def the_state_of_another_model(net: Net) -> None:
    net.load_state_dict(nn.Linear(3, 4).state_dict())


@mistake(ValueError, "this state_dict is not one of Adam, which has no option momentum, dampening, nesterov")
def the_state_of_another_optimiser(net: Net) -> None:
    optim.Adam(net.parameters()).load_state_dict(optim.SGD(net.parameters(), lr=0.1).state_dict())


@mistake(
    TypeError, "Linear 'fc1': the parameter 'weight' would be replaced by a ndarray and not be trained any more; write"
)
def an_array_in_the_place_of_a_parameter(net: Net) -> None:
    net.fc1.weight = np.zeros((4, 3))  # type: ignore[assignment]


@mistake(
    TypeError, "Net: the list 'more' would hide 1 parameters or modules, which are found as attributes only and would"
)
def layers_in_a_list(net: Net) -> None:
    net.more = [nn.Linear(2, 2)]


@mistake(TypeError, "Sequential holds Modules, but '1' is <class 'nn.activations.ReLU'>; write ReLU(…)")
def a_class_in_the_place_of_a_layer(net: Net) -> None:
    nn.Sequential(nn.Linear(2, 2), nn.ReLU)  # type: ignore[arg-type]


@mistake(NotImplementedError, "has no forward: write `def forward(self, x): …` in its class")
def a_module_without_forward(net: Net) -> None:
    nn.Module()(X)


@mistake(TypeError, "a seed is an int or None, not str")
def a_text_as_a_seed(net: Net) -> None:
    autograd.seed("42")  # type: ignore[arg-type]


@mistake(TypeError, "rng must be a numpy.random.Generator, an int or None, not RandomState")
def numpys_old_generators(net: Net) -> None:
    nn.Linear(2, 2, rng=np.random.RandomState(0))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_and_harms_nothing(name: str) -> None:
    error, message, attempt = MISTAKES[name]
    net = Net()
    pattern = re.escape(message) if isinstance(message, str) else message
    with pytest.raises(error, match=pattern):
        attempt(net)
    net.float().zero_grad()
    loss_of(net).backward()  # the model is as good as before
    assert all(p.grad is not None and np.isfinite(p.grad.data).all() for p in net.parameters())


# -------------------------------------------------------------------------------------- what is no error and documented


def test_gradients_add_up_where_zero_grad_is_forgotten_and_the_documentation_says_so() -> None:
    net = Net().eval()
    loss_of(net).backward()
    once = net.fc2.weight.grad.data.copy()
    loss_of(net).backward()
    np.testing.assert_array_equal(net.fc2.weight.grad.data, 2 * once)
    assert "adds the new gradients to those of the step before" in str(optim.Optimizer.zero_grad.__doc__)
    assert "Successive sweeps add up" in str(nn.Module.zero_grad.__doc__)


def test_chance_and_the_batch_decide_where_eval_is_forgotten_and_the_documentation_says_so() -> None:
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5, rng=0))
    assert (net(X).data != net(X).data).any()
    assert (net.eval()(X).data == net(X).data).all()
    assert "a prediction depends on chance (dropout) and on what else is in the batch" in str(nn.Module.eval.__doc__)


def test_another_precision_or_whole_numbers_as_data_are_taken_as_numpy_does() -> None:
    layer = nn.Linear(3, 2, rng=0)
    assert layer(X.astype(np.float64)).dtype == np.float64
    layer(X.astype(np.float64)).sum().backward()
    assert layer.weight.grad.dtype == np.float32
    assert layer(np.ones((2, 3), int)).dtype == np.float64
    assert layer([[1.0, 2.0, 3.0]]).shape == (1, 2)


def test_a_tensor_of_another_library_is_told_apart_from_ours() -> None:
    class Tensor:
        """A stranger of the same name."""

    Tensor.__module__ = "torch"
    with pytest.raises(TypeError, match="SGD trains Tensors, and was given a Tensor of torch"):
        optim.SGD([Tensor()], lr=0.1)  # type: ignore[list-item]


def test_an_array_of_another_library_is_no_parameter_until_it_is_made_one() -> None:
    with pytest.raises(TypeError, match="SGD trains Tensors, and was given a StrictArray"):
        optim.SGD([StrictArray(X)], lr=0.1)  # type: ignore[list-item]
    optim.SGD([nn.Parameter(StrictArray(X))], lr=0.1)


def test_an_error_that_is_logged_by_its_text_alone_names_the_layer() -> None:
    log, text = logging.Logger("training"), io.StringIO()
    log.addHandler(logging.StreamHandler(text))
    try:
        Net()(np.ones((4, 5), np.float32))
    except ValueError as problem:
        log.error("%s", problem)
    assert "fc1.weight" in text.getvalue()
