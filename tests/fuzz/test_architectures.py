"""Random architectures, built here and in PyTorch with the same weights and trained side by side for 20 steps.

After each step the losses, the gradients, the parameters and the running statistics are the same; all in float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
import nn
import optim
from tests.support.fuzz import LONG
from tests.support.fuzz_architectures import (
    BIAS,
    CLIPS,
    LOSSES,
    SCHEDULES,
    WITH_BLOCKS,
    Layer,
    N,
    draw_layers,
    draw_optimiser,
    sequence,
    torch,
)
from tests.support.fuzz_both import bare

pytestmark = pytest.mark.no_cover  # what runs here, others run too

STEPS = 20
STARTS: dict[str, tuple[int, ...]] = {
    **{"vectors": (N, 3), "wide vectors": (N, 6), "signals": (N, 2, 6), "images": (N, 2, 5, 4)},
    **{"sequences": (N, 5, 4), "words": (N, 5)},
}


@dataclass(frozen=True)
class Training:
    """What is trained, and how.

    `outputs` is how many numbers the network makes for each example, `sweeps` how many add up to a gradient; `freeze`
    keeps every second parameter as it is for some steps, `resume` goes on from saved states after some.
    """

    start: str
    layers: tuple[Layer, ...]
    outputs: int
    loss: str
    optimiser: str
    options: dict[str, Any]
    schedule: str | None
    clip: str | None
    freeze: bool
    resume: bool
    sweeps: int
    seed: int

    def batch(self) -> tuple[Any, Any]:
        """Return the examples and what is to be learned."""
        rng, shape = np.random.default_rng(self.seed), (N, self.outputs)
        x = rng.integers(0, 7, STARTS["words"]) if self.start == "words" else rng.standard_normal(STARTS[self.start])
        if self.loss in ("CrossEntropyLoss, of probabilities", "KLDivLoss"):
            return x, rng.dirichlet(np.ones(self.outputs), N)
        if self.loss.startswith("Cross"):
            return x, rng.integers(0, self.outputs, N)
        return x, rng.uniform(0, 1, shape) if self.loss.startswith("BCE") else rng.standard_normal(shape)


@st.composite
def trainings(draw: Any) -> Training:
    start = draw(st.sampled_from(sorted(STARTS)))
    shape, first = STARTS[start], ()
    if start == "words":
        options = {"padding_idx": draw(st.none() | st.integers(0, 6)), "scale_grad_by_freq": draw(BIAS)}
        first, shape = (Layer("Embedding", (7, 4), options),), (*shape, 4)
    layers, shape = draw_layers(draw, shape, 5, WITH_BLOCKS)
    outputs = draw(st.integers(2, 4))
    features = int(np.prod(shape[1:]))
    head = (Layer("Flatten"), Layer("Linear", (features, outputs), {"bias": draw(BIAS)}))
    optimiser, options = draw_optimiser(draw)
    return Training(
        start,
        (*first, *layers, *head),
        outputs,
        draw(st.sampled_from(sorted(LOSSES))),
        optimiser,
        options,
        draw(st.none() | st.sampled_from(sorted(SCHEDULES))),
        draw(st.none() | st.sampled_from(sorted(CLIPS))),
        draw(BIAS),
        draw(BIAS),
        draw(st.sampled_from([1, 1, 2])),
        draw(st.integers(0, 2**16)),
    )


def started(training: Training) -> tuple[Any, Any]:
    """Return both networks, with the same weights: the same in each run, so that a failure can be found again."""
    autograd.seed(training.seed)
    ours, theirs = sequence(nn, training.layers), sequence(torch.nn, training.layers)
    rng = np.random.default_rng(training.seed + 1)
    state = {
        path: array + 0.3 * rng.standard_normal(array.shape) if is_weight(ours, path) else array
        for path, array in ours.state_dict().items()
    }
    ours.load_state_dict(state)
    theirs.load_state_dict({path: torch.tensor(array) for path, array in state.items()}, strict=True)
    assert list(dict(ours.named_parameters())) == list(dict(theirs.named_parameters()))
    return ours, theirs


def is_weight(network: Any, path: str) -> bool:
    return path in dict(network.named_parameters())


def near(mine: Any, theirs: Any, what: str) -> None:
    mine, theirs = bare(mine), bare(theirs)
    scale = max(1e-3, float(np.max(np.abs(theirs), initial=0.0)))
    np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-8 * scale, err_msg=what)


class Trainer:
    """A network, its loss, optimiser and schedule, in one of the libraries."""

    def __init__(self, training: Training, network: Any, here: bool) -> None:
        self.training, self.network, self.here = training, network, here
        name, options = LOSSES[training.loss]
        self.criterion = getattr(nn if here else torch.nn, name)(**options)
        kit = optim if here else torch.optim
        self.optimiser = getattr(kit, training.optimiser)(network.parameters(), **training.options)
        self.scheduler: Any = None
        if training.schedule is not None:
            schedule, peer = SCHEDULES[training.schedule]
            if here:
                self.scheduler = optim.Scheduler(self.optimiser, lr=schedule)
            else:
                self.scheduler = peer(torch.optim.lr_scheduler, self.optimiser)

    def sweep(self, x: Any, y: Any) -> float:
        """Compute the loss and the gradients, clipped; return the loss."""
        self.optimiser.zero_grad()
        for k in range(self.training.sweeps):
            loss = self.criterion(self.network(x), y) * (1.0 - 0.3 * k)
            loss.backward()
        if self.training.clip is not None:
            clip = CLIPS[self.training.clip]
            clip(optim if self.here else torch.nn.utils, list(self.network.parameters()))
        return loss.item()

    def step(self) -> None:
        self.optimiser.step()
        if self.scheduler is not None:
            self.scheduler.step()

    def begin(self, step: int) -> None:
        """Freeze every second parameter before the first step, and let it learn again before the eighth."""
        if self.training.freeze and step in (0, 7):
            for parameter in list(self.network.parameters())[1::2]:
                parameter.requires_grad_(step == 7)

    def resumed(self) -> Trainer:
        """Return another one that goes on from the states of this one: ours."""
        network = sequence(nn, self.training.layers)
        network.load_state_dict(self.network.state_dict())
        other = Trainer(self.training, network, True)
        other.optimiser.load_state_dict(self.optimiser.state_dict())
        if self.scheduler is not None:
            other.scheduler.load_state_dict(self.scheduler.state_dict())
        return other


def train_both(training: Training) -> None:
    ours, theirs = (Trainer(training, n, here) for n, here in zip(started(training), (True, False), strict=True))
    for step in range(STEPS):
        for one in (ours, theirs):
            one.begin(step)
        if training.resume and step == 12:
            ours = ours.resumed()
        try:
            step_both(ours, theirs, f"step {step}")
        except AssertionError:
            assume(not rounding_grows(training, step + 1))
            raise
    x, _ = training.batch()
    near(ours.network.eval()(x), theirs.network.eval()(torch.tensor(x)), "evaluated")


def step_both(ours: Trainer, theirs: Trainer, what: str) -> None:
    """Take a step here and there, and assert that everything is the same."""
    x, y = ours.training.batch()
    expected = theirs.sweep(torch.tensor(x), torch.tensor(y))
    assume(expected < 1e3 and is_calm(theirs.network))  # a training that diverges makes rounding grow
    loss = ours.sweep(x, y)
    assert loss == pytest.approx(expected, rel=1e-7, abs=1e-9), f"the loss of {what}"
    gradients_agree(ours.network, theirs.network, f"of {what}")
    ours.step()
    theirs.step()
    gradients_agree(ours.network, theirs.network, f"after {what}, which is none of its business")
    states = zip(ours.network.state_dict().items(), theirs.network.state_dict().values(), strict=True)
    for (path, mine), peer in states:
        near(mine, peer, f"after {what}: {path}")


def rounding_grows(training: Training, steps: int) -> bool:
    """Say whether the gradients of the first steps are others as soon as the weights begin a rounding error away.

    Then PyTorch's, which rounds in another order, may be others too, and nobody is wrong: a normalisation of two
    numbers that are nearly the same, one after the other, makes a difference of 1e-15 grow to 1e-8 in ten steps.
    """
    one, other = (Trainer(training, started(training)[0], True) for _ in range(2))
    rng, (x, y) = np.random.default_rng(0), training.batch()
    for parameter in other.network.parameters():
        parameter.data[...] *= 1 + 1e-15 * rng.standard_normal(parameter.shape)
    for step in range(steps):
        for trainer in (one, other):
            trainer.begin(step)
            trainer.sweep(x, y)
        try:
            gradients_agree(one.network, other.network, "")
        except AssertionError:
            return True
        one.step()
        other.step()
    return False


def is_calm(network: Any) -> bool:
    return all(p.grad is None or float(p.grad.abs().max()) < 1e3 for p in network.parameters())


def gradients_agree(ours: Any, theirs: Any, when: str) -> None:
    for (path, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert (p.grad is None) == (q.grad is None), f"gradient {when}: {path}"
        if p.grad is not None:
            near(p.grad, q.grad, f"gradient {when}: {path}")


@pytest.fixture(scope="module", autouse=True)
def one_thread_in_double_precision() -> Iterator[None]:
    """Let PyTorch keep the momenta of NAdam in double precision, and use one thread for matrices as small as these."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(torch, "get_default_dtype", lambda: torch.float64)
        yield
    torch.set_num_threads(threads)


@settings(max_examples=settings.default.max_examples * 2 // 3)
@given(trainings())
def test_random_architectures_are_trained_as_pytorch_trains_them(training: Training) -> None:
    train_both(training)


@pytest.mark.soak
@LONG
@given(trainings())
def test_very_many_random_architectures_are_trained_as_pytorch_trains_them(training: Training) -> None:
    train_both(training)
