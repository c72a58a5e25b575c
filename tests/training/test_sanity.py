"""The sanity checks hold for what is sound, and each fails for what is broken."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F
from training import first_loss, learning_rate_range, overfits, regularisation_grows, sanity_check

matplotlib.use("agg")
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(60, 5)), rng.integers(0, 10, 60)


def net(outputs: int = 10) -> nn.Sequential:
    return nn.Sequential(nn.Linear(5, 40, rng=0), nn.ReLU(), nn.Linear(40, outputs, rng=1))


@pytest.mark.parametrize(
    ("loss", "outputs", "y", "expected"),
    [
        (F.cross_entropy, 10, Y, np.log(10)),
        (nn.CrossEntropyLoss(), 10, Y, np.log(10)),
        (nn.MulticlassSVMLoss(), 10, Y, 9.0),
        (F.binary_cross_entropy_with_logits, 1, (Y[:, None] > 4).astype(float), np.log(2)),
        (nn.HingeLoss(), 1, np.where(Y[:, None] > 4, 1.0, -1.0), 1.0),
        (nn.MSELoss(), 1, 5 + rng.normal(size=(60, 1)), None),
    ],
)
def test_the_first_loss_is_that_of_the_ignorant(loss: Any, outputs: int, y: Any, expected: float | None) -> None:
    model = net(outputs)
    model[2].weight.data = 0.01 * model[2].weight.data
    model[2].bias.data = np.zeros(outputs)
    check = first_loss(model, loss, X, y)
    assert check
    assert check.value == pytest.approx(np.mean(y**2) if expected is None else expected, rel=0.02)


def test_probabilities_and_their_logarithms_have_their_own_ignorance() -> None:
    log_softmax = nn.Sequential(net(), nn.LogSoftmax())
    assert "by theory 2.303" in str(first_loss(log_softmax, F.nll_loss, X, Y))
    sigmoid = nn.Sequential(net(1), nn.Sigmoid())
    assert "by theory 0.6931" in str(first_loss(sigmoid, nn.BCELoss(), X, (Y[:, None] > 4).astype(np.float32)))


def test_a_first_loss_that_is_off_is_told() -> None:
    model = net()
    model[2].weight.data = 50 * model[2].weight.data
    check = first_loss(model, F.cross_entropy, X, Y)
    assert not check
    assert str(check).startswith("NOT  the first loss is what theory says: ")
    assert "look at the initialisation of the last layer" in check.text
    assert first_loss(model, F.cross_entropy, X, Y, expected=check.value)


def test_regularisation_must_grow_and_reach_the_weights() -> None:
    model = net()
    check = regularisation_grows(model, F.cross_entropy, X, Y)
    assert check
    assert check.value == pytest.approx(nn.penalties.l2(model).item())
    assert regularisation_grows(model, F.cross_entropy, X, Y, nn.penalties.l1, strength=10.0)
    of_data = regularisation_grows(model, F.cross_entropy, X, Y, lambda m: Tensor((m[0].weight.data ** 2).sum()))
    assert not of_data
    assert "R has no gradient by any parameter" in of_data.text
    nothing = regularisation_grows(model, F.cross_entropy, X, Y, lambda m: 0 * nn.penalties.l2(m))
    assert not nothing
    assert "R is not more than 0" in nothing.text


def test_twenty_examples_can_be_overfitted_unless_something_is_broken() -> None:
    sound = nn.Sequential(net(), nn.Dropout(0.0))
    sound = nn.Sequential(nn.Linear(5, 40, rng=0), nn.ReLU(), nn.Dropout(0.9), nn.Linear(40, 10, rng=1))
    assert overfits(sound, F.cross_entropy, X[:20], Y[:20])
    broken = nn.Sequential(nn.Linear(5, 40, rng=0), nn.Linear(40, 10, rng=1))
    broken.requires_grad_(False)
    broken[1].bias.requires_grad_()
    check = overfits(broken, F.cross_entropy, X[:20], Y[:20], steps=60)
    assert not check
    assert "the goal is 0.1" in check.text
    assert "Check the gradients (autograd.check_model)" in check.text


def test_the_range_test_finds_the_rates_that_learn() -> None:
    model = nn.Linear(5, 1, rng=0, dtype=np.float64)
    target = X @ np.arange(5.0)[:, None]
    sgd = optim.SGD(model.parameters(), lr=123.0)
    found = learning_rate_range(model, F.mse_loss, sgd, [(X, target)])
    greatest = 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X)).max()  # where gradient descent diverges
    assert found.suggestion is not None
    assert 0.01 * greatest < found.suggestion < greatest
    assert len(found.rates) == len(found.losses) < 100  # it did not go on after the explosion
    assert found.rates[0] == pytest.approx(1e-6)
    assert sgd.param_groups[0]["lr"] == 123.0
    ax = found.plot()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), found.losses)
    assert ax.get_xscale() == "log"
    assert ax.get_title() == "learning-rate range test"
    matplotlib.pyplot.close(ax.figure)


def test_where_no_rate_learns_there_is_no_suggestion() -> None:
    model = net()
    sgd = optim.SGD(model.parameters(), lr=1.0)
    found = learning_rate_range(model, F.cross_entropy, sgd, [(X, Y)], 1e-9, 1e-8, 10)
    assert found.suggestion is None
    assert str(found) == "the loss falls at no rate from 1.0e-09 to 1.0e-08"
    assert repr(found).startswith("LearningRateRange(10 rates: ")
    ax = found.plot()
    assert ax.get_title() == "the loss falls at no rate"
    matplotlib.pyplot.close(ax.figure)


def test_a_range_that_is_none_is_refused() -> None:
    model = net()
    sgd = optim.SGD(model.parameters(), lr=1.0)
    with pytest.raises(ValueError, match=r"the rates must rise in at least 3 steps, and here they go from 1 to 0.1 in"):
        learning_rate_range(model, F.cross_entropy, sgd, [(X, Y)], 1, 0.1)
    with pytest.raises(ValueError, match=r"there are no batches to try the rates on"):
        learning_rate_range(model, F.cross_entropy, sgd, [])

    class Rateless(optim.Optimizer):
        def __init__(self) -> None:
            super().__init__(model.parameters(), {})

    with pytest.raises(ValueError, match=r"Rateless has no option 'lr'; it has "):
        learning_rate_range(model, F.cross_entropy, Rateless(), [(X, Y)])


def test_the_report_has_all_of_them_and_the_model_stays_as_it_is() -> None:
    model = net()
    before = model.state_dict()
    report = sanity_check(model, nn.CrossEntropyLoss(), X, Y)
    assert report
    assert [check.name for check in report.checks] == [
        "the first loss is what theory says", "the loss grows with regularisation", "20 examples can be overfitted",
        "a learning rate makes the loss go down",
    ]  # fmt: skip
    assert str(report).count("ok ") == 4
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    assert all(p.grad is None for p in model.parameters())
    model.requires_grad_(False)
    model[0].bias.requires_grad_()
    assert not sanity_check(model, nn.CrossEntropyLoss(), X, Y, optimizer=optim.SGD(model.parameters(), lr=0.1))
