"""Run: one training as it goes on, which is what callbacks see; and Callback, what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, TypeAlias

from nn import Module
from optim import Optimizer

from .evaluation import Loss
from .history import History
from .randomness import load_random_state, random_state


class Callback:
    """What wants to be told how a training goes: override what you need.

    A callback with ``state_dict`` and ``load_state_dict`` goes into the checkpoints.

    Attributes
    ----------
    rank : int
        Of the class: callbacks are told in the order of their ranks, and those of one rank in the order in which they
        were given. Early stopping has 1 and checkpoints have 2, the others 0.

    Examples
    --------
    >>> from training import Callback
    >>> class StopAt(Callback):
    ...     def __init__(self, goal):
    ...         self.goal = goal
    ...
    ...     def after_epoch(self, run):
    ...         if run.log["val_loss"] < self.goal:
    ...             run.stop(f"the validation loss is under {self.goal}")
    """

    rank = 0

    def begin(self, run: Run) -> None:
        """Before the first step."""

    def after_step(self, run: Run) -> None:
        """After each step of the optimiser."""

    def before_validation(self, run: Run) -> None:
        """After the steps of an epoch, before the model is evaluated."""

    def validating(self, run: Run) -> AbstractContextManager[Any]:
        """Return the context in which the model is evaluated after an epoch: by default nothing special."""
        return nullcontext()

    def after_epoch(self, run: Run) -> None:
        """After each epoch, when its numbers are in the history."""

    def end(self, run: Run) -> None:
        """After the last epoch."""

    def broken_off(self, run: Run) -> None:
        """After an exception, instead of :meth:`end`; Ctrl-C is one. What was put into the model is taken out here."""


class Function(Callback):
    """A function that is called with the run after each epoch, as a callback."""

    def __init__(self, function: Callable[[Run], Any]) -> None:
        self.function = function

    def after_epoch(self, run: Run) -> None:
        """Call it."""
        self.function(run)


Callbacks: TypeAlias = Sequence[Callback | Callable[["Run"], Any]]


class Run:
    """A training as it goes on.

    Attributes
    ----------
    model, loss, optimizer, batches
        What :func:`training.fit` was given.
    history : History
        The epochs so far.
    log : dict of str → float
        The numbers of the epoch that has just ended: the last row of the history.
    epoch : int
        How many epochs are done.
    step : int
        How many steps the optimiser has taken.
    last_loss : float
        The loss of the batches of the last step.
    stopped : str or None
        Why the training stops before its last epoch.
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Optimizer,
        batches: Iterable[Any],
        callbacks: Callbacks = (),
        history: History | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.batches = batches
        self.history = History() if history is None else history
        self.epoch = len(self.history)
        self.step = int(self.history[-1].get("step", 0)) if len(self.history) else 0
        self.last_loss = float("nan")
        self.stopped: str | None = None
        self.callbacks = sorted(map(_callback, callbacks), key=lambda callback: callback.rank)

    @property
    def log(self) -> dict[str, float]:
        """The numbers of the last epoch."""
        return self.history[-1] if len(self.history) else {}

    def stop(self, why: str) -> None:
        """Ask for the end of the training, with the reason; the first one that is given counts."""
        self.stopped = self.stopped or why

    def tell(self, what: str) -> None:
        """Call the method `what` of all callbacks, in their order."""
        for callback in self.callbacks:
            getattr(callback, what)(self)

    def validating(self) -> AbstractContextManager[Any]:
        """Return the contexts of all callbacks in which the model is evaluated, as one."""
        stack = ExitStack()
        for callback in self.callbacks:
            stack.enter_context(callback.validating(self))
        return stack

    # ------------------------------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """Return all that the training needs to go on bit for bit, for :func:`nn.save`.

        That is the model, the optimiser, the place in the batches, every random generator, the history, and what the
        callbacks remember (schedules and averages among them).
        """
        return {
            "model": self.model.state_dict(),
            **{name: part.state_dict() for name, part in self._parts().items()},
            "callbacks": [[type(callback).__name__, callback.state_dict()] for callback in self._remembering()],
            "random": random_state(self.model, self.loss),
            "epoch": self.epoch,
            "step": self.step,
            "last_loss": self.last_loss,
            "stopped": self.stopped,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned.

        Raises
        ------
        ValueError
            If it is the state of another training. Nothing has been changed then.
        """
        wanted = {*self._parts(), "model", "callbacks", "random", "epoch", "step", "last_loss", "stopped"}
        if wanted != state_dict.keys():
            raise ValueError(
                f"this is the state of another training: it has {', '.join(sorted(state_dict))}, "
                f"and here are {', '.join(sorted(wanted))}"
            )
        here = [type(callback).__name__ for callback in self._remembering()]
        if (there := [name for name, _ in state_dict["callbacks"]]) != here:
            raise ValueError(
                f"this training was saved with the callbacks {', '.join(there) or 'none'}, and goes on with "
                f"{', '.join(here) or 'none'}; give it the same, in the same order"
            )
        before = self.state_dict()
        try:
            self._load(state_dict)
        except Exception:
            self._load(before)
            raise

    def _load(self, state: Mapping[str, Any]) -> None:
        load_random_state(state["random"], self.model, self.loss)
        self.model.load_state_dict(state["model"])
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        for callback, (_, its) in zip(self._remembering(), state["callbacks"], strict=True):
            callback.load_state_dict(its)
        self.epoch, self.step, self.last_loss, self.stopped = (
            state[name] for name in ("epoch", "step", "last_loss", "stopped")
        )

    def _parts(self) -> dict[str, Any]:
        """Return what has a state of its own beside the model."""
        parts = {"optimizer": self.optimizer, "history": self.history, "batches": self.batches, "loss": self.loss}
        return {name: part for name, part in parts.items() if hasattr(part, "load_state_dict")}

    def _remembering(self) -> list[Any]:
        return [callback for callback in self.callbacks if hasattr(callback, "load_state_dict")]


def _callback(given: Any) -> Callback:
    if isinstance(given, Callback):
        return given
    if isinstance(given, type) or not callable(given):
        name = given.__name__ if isinstance(given, type) else type(given).__name__
        raise TypeError(f"a callback is a Callback or a function of the run, not {name}; see training.Callback")
    return Function(given)
