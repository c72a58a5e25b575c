"""Small networks trained side by side with PyTorch's, and one with the program that writes its gradients by hand.

All in float64: after every step the losses, the gradients and the weights are the same to 1e-10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F


@pytest.fixture
def torch(torch: Any) -> Iterator[Any]:
    """Return PyTorch with one thread: for matrices as small as these, more of them only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


# ------------------------------------------------------------------------------- two layers of sigmoid units, 3-4-1

X = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
Y = np.array([[0.0], [1], [1], [0]])


def start() -> tuple[Any, Any]:
    """Return the first weights, uniform from −1 to 1, of shapes (3, 4) and (4, 1)."""
    rng = np.random.default_rng(1)
    return rng.uniform(-1, 1, (3, 4)), rng.uniform(-1, 1, (4, 1))


def by_hand() -> Iterator[tuple[Any, Any]]:
    """Train the net in plain NumPy: give the weights after each step."""
    w1, w2 = start()
    while True:
        h = 1 / (1 + np.exp(-X @ w1))
        out = 1 / (1 + np.exp(-h @ w2))
        delta2 = (out - Y) * out * (1 - out)
        delta1 = delta2 @ w2.T * h * (1 - h)
        w2 = w2 - h.T @ delta2
        w1 = w1 - X.T @ delta1
        yield w1, w2


class Net(nn.Module):
    """The same net, define-by-run."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 4, bias=False, dtype=float)
        self.fc2 = nn.Linear(4, 1, bias=False, dtype=float)
        for layer, w in zip((self.fc1, self.fc2), start(), strict=True):
            layer.weight.data = w.T

    def forward(self, x: Any) -> Any:
        self.scores = self.fc2(F.sigmoid(self.fc1(x)))
        return F.sigmoid(self.scores)


def trained(net: Net) -> Iterator[float]:
    """Train the net on ½ Σ (output − target)²: give the loss before each step."""
    sgd = optim.SGD(net.parameters(), lr=1.0)
    while True:
        sgd.zero_grad()
        loss = 0.5 * ((net(X) - Y) ** 2).sum()
        loss.backward()
        sgd.step()
        yield loss.item()


def test_the_net_is_the_program_by_hand_after_every_step() -> None:
    net = Net()
    losses = []
    for _, loss, (w1, w2) in zip(range(500), trained(net), by_hand(), strict=False):
        losses.append(loss)
        np.testing.assert_allclose(net.fc1.weight.data.T, w1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(net.fc2.weight.data.T, w2, rtol=0, atol=1e-12)
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.no_cover
def test_the_net_is_pytorchs_after_every_step(torch: Any) -> None:
    w1, w2 = (torch.tensor(w, requires_grad=True) for w in start())
    x, y = torch.tensor(X), torch.tensor(Y)
    sgd = torch.optim.SGD([w1, w2], lr=1.0)
    net = Net()
    for _, loss in zip(range(200), trained(net), strict=False):
        sgd.zero_grad()
        expected = 0.5 * ((torch.sigmoid(torch.sigmoid(x @ w1) @ w2) - y) ** 2).sum()
        expected.backward()
        sgd.step()
        assert loss == pytest.approx(expected.item(), abs=1e-10)
        np.testing.assert_allclose(net.fc1.weight.data.T, w1.detach().numpy(), rtol=0, atol=1e-10)
        np.testing.assert_allclose(net.fc2.weight.data.T, w2.detach().numpy(), rtol=0, atol=1e-10)


@pytest.mark.no_cover
def test_it_learns_the_exclusive_or() -> None:
    net = Net()
    for _ in zip(range(3000), trained(net), strict=False):
        pass
    assert (net(X).data.round() == Y).all()


# ------------------------------------------------------------------------------------------------------ a classifier

OPTIMISERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}),
    ("Adam", {"lr": 0.02}),
]


def blobs() -> tuple[Any, Any]:
    """Return 120 points of four classes on two axes, not linearly separable: shapes (120, 2) and (120,)."""
    rng = np.random.default_rng(2)
    target = np.arange(120) % 4
    angle = target * np.pi / 2 + rng.integers(0, 2, 120) * np.pi / 4
    radius = np.where(target % 2, 1.0, 2.0)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius[:, None] + 0.1 * rng.standard_normal(
        (120, 2)
    ), target


@pytest.mark.parametrize("activation", ["ReLU", "Tanh"])
@pytest.mark.parametrize(("name", "options"), OPTIMISERS)
@pytest.mark.no_cover
def test_a_classifier_is_pytorchs_after_every_step(
    torch: Any, name: str, options: dict[str, Any], activation: str
) -> None:
    ours, theirs = (
        library.Sequential(
            *(library.Linear(2, 16, **kind), getattr(library, activation)()),
            *(library.Linear(16, 12, **kind), getattr(library, activation)()),
            library.Linear(12, 4, **kind),
        )
        for library, kind in ((nn, {"dtype": float}), (torch.nn, {"dtype": torch.float64}))
    )
    nn.init.initialise(ours, "kaiming_normal", rng=0, nonlinearity=activation.lower())
    theirs.load_state_dict({path: torch.tensor(array) for path, array in ours.state_dict().items()})
    optimiser = getattr(optim, name)(ours.parameters(), **options)
    reference = getattr(torch.optim, name)(theirs.parameters(), **options)
    x, y = blobs()
    losses = []
    for step in range(50):
        batch = slice(step % 3 * 40, step % 3 * 40 + 40)
        loss = F.cross_entropy(ours(x[batch]), y[batch])
        expected = torch.nn.functional.cross_entropy(theirs(torch.tensor(x[batch])), torch.tensor(y[batch]))
        for each, one in ((optimiser, loss), (reference, expected)):
            each.zero_grad()
            one.backward()
            each.step()
        assert loss.item() == pytest.approx(expected.item(), rel=1e-10)
        for (path, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(p.grad.data, q.grad.numpy(), rtol=1e-10, atol=1e-12, err_msg=f"{step}: {path}")
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10, atol=1e-12, err_msg=f"{step}: {path}")
        losses.append(loss.item())
    assert np.mean(losses[-3:]) < 0.7 * np.mean(losses[:3])
