"""Callbacks: schedules and averages that go along with a training, curves that are drawn while it goes on."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from nn.functional import options
from optim import Averaged, OnPlateau, refresh_batch_norm

from .run import Callback, Run


class _Driven(Callback):
    """What takes a step together with the training; its state goes into the checkpoints."""

    def __init__(self, schedule: Any) -> None:
        if not callable(getattr(schedule, "step", None)):
            raise TypeError(
                f"{type(self).__name__} drives something with a method step, such as optim.Scheduler, not "
                f"{type(schedule).__name__}"
            )
        self.schedule = schedule

    def state_dict(self) -> dict[str, Any]:
        """Return the schedule's state."""
        return self.schedule.state_dict() if hasattr(self.schedule, "state_dict") else {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Put the schedule where it was."""
        if hasattr(self.schedule, "load_state_dict"):
            self.schedule.load_state_dict(state_dict)


class EachStep(_Driven):
    """A schedule that counts the steps of the optimiser.

    Parameters
    ----------
    schedule : Scheduler, or anything with a method ``step()``
        Called after each step.

    Raises
    ------
    TypeError
        If it has no such method.

    Examples
    --------
    >>> import numpy as np, nn, optim, training
    >>> net = nn.Linear(1, 1)
    >>> sgd = optim.SGD(net.parameters(), lr=1.0)
    >>> halving = optim.Scheduler(sgd, lr=optim.schedules.step(2, 0.5))
    >>> batches = [(np.ones((4, 1)), np.ones((4, 1)))]
    >>> callbacks = [training.EachStep(halving)]
    >>> training.fit(net, nn.MSELoss(), sgd, batches, epochs=4, callbacks=callbacks, progress=False)["lr"]
    [1.0, 1.0, 0.5, 0.5]
    """

    def after_step(self, run: Run) -> None:
        """Take a step of the schedule."""
        self.schedule.step()


class EachEpoch(_Driven):
    """A schedule that counts the epochs, or that looks at a number of each of them.

    Parameters
    ----------
    schedule : Scheduler, OnPlateau, or anything with a method ``step``
        Called after each epoch.
    watch : str, optional
        The number of the history that ``step`` is given. Default: ``"val_loss"`` for OnPlateau, none for others.

    Raises
    ------
    TypeError
        If it has no such method.

    Examples
    --------
    >>> import numpy as np, nn, optim, training
    >>> net = nn.Linear(1, 1)
    >>> sgd = optim.SGD(net.parameters(), lr=1.0)
    >>> halving = optim.Scheduler(sgd, lr=optim.schedules.step(1, 0.5))
    >>> batches = [(np.ones((4, 1)), np.ones((4, 1)))]
    >>> callbacks = [training.EachEpoch(halving)]
    >>> training.fit(net, nn.MSELoss(), sgd, batches, epochs=3, callbacks=callbacks, progress=False)["lr"]
    [1.0, 0.5, 0.25]
    """

    def __init__(self, schedule: Any, watch: str | None = None) -> None:
        super().__init__(schedule)
        self.watch = "val_loss" if watch is None and isinstance(schedule, OnPlateau) else watch

    def after_epoch(self, run: Run) -> None:
        """Take a step of the schedule."""
        if self.watch is None:
            self.schedule.step()
        else:
            self.schedule.step(watched(run, self.watch, self))


class Averaging(Callback):
    """A running average of the parameters, which is used whenever the model is evaluated, and kept at the end.

    Parameters
    ----------
    averaged : Averaged
        Of the model that is trained.
    each : {"step", "epoch"}, default "step"
        When the present parameters are taken into it.
    start : int, default 0
        After how many epochs that begins.
    refresh : iterable of batches, optional
        With them the statistics of batch normalisation are computed anew for the averaged parameters, see
        :func:`optim.refresh_batch_norm`. (Not the training's own Batches: that would be an epoch of them.)

    Raises
    ------
    ValueError
        If `each` is something else.

    References
    ----------
    Polyak & Juditsky, "Acceleration of stochastic approximation by averaging" (1992).

    Examples
    --------
    >>> import nn, optim, training
    >>> net = nn.Linear(2, 1)
    >>> callback = training.Averaging(optim.Averaged(net, decay=0.99))
    """

    def __init__(
        self,
        averaged: Averaged,
        each: Literal["step", "epoch"] = "step",
        start: int = 0,
        refresh: Iterable[Any] | None = None,
    ) -> None:
        if each not in ("step", "epoch"):
            raise ValueError(f"each must be 'step' or 'epoch', not {each!r}")
        self.averaged = averaged
        self.each = each
        options.wholes("Averaging", 0, start=start)
        self.start = start
        self.refresh = refresh

    def after_step(self, run: Run) -> None:
        """Take the parameters into the average."""
        if self.each == "step" and run.epoch >= self.start:
            self.averaged.update()

    def before_validation(self, run: Run) -> None:
        """Take the parameters into the average: the evaluation is to see this epoch too."""
        if self.each == "epoch" and run.epoch >= self.start:
            self.averaged.update()

    def validating(self, run: Run) -> AbstractContextManager[Any]:
        """Put the average in the place of the parameters."""
        return self.averaged.applied(self.refresh) if self.averaged.n else nullcontext()

    def end(self, run: Run) -> None:
        """Make the average the parameters."""
        if not self.averaged.n:
            return
        self.averaged.copy_to_parameters()
        if self.refresh is not None:
            refresh_batch_norm(run.model, self.refresh)

    def state_dict(self) -> dict[str, Any]:
        """Return the average's state."""
        return self.averaged.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Put the average where it was."""
        self.averaged.load_state_dict(state_dict)


class LivePlot(Callback):
    """The curves of the history, drawn anew while the training goes on: in the notebook, or into a file.

    Parameters
    ----------
    path : path, optional
        The file, in any format of Matplotlib's. Default: the cell of the notebook.
    every : int, default 1
        After how many epochs it is drawn anew.

    Raises
    ------
    ImportError
        In the first epoch, if Matplotlib is missing, or without a path IPython.

    Examples
    --------
    >>> import training
    >>> callback = training.LivePlot("curves.svg", every=5)  # for callbacks=[…] of fit
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, every: int = 1) -> None:
        self.path = None if path is None else Path(path)
        options.sizes("LivePlot", every=every)
        self.every = every
        self._figure: Any = None
        self._shown: Any = None

    def after_epoch(self, run: Run) -> None:
        """Draw."""
        if run.epoch % self.every == 0:
            self._draw(run)

    def end(self, run: Run) -> None:
        """Draw the last epochs."""
        if len(run.history) and run.epoch % self.every:
            self._draw(run)

    def _draw(self, run: Run) -> None:
        first = self._figure is None
        self._figure = run.history.plot(self._figure)
        if first:
            import matplotlib.pyplot as plt

            plt.close(self._figure)  # a notebook would show it once more at the end of the cell
        if self.path is not None:
            self._figure.savefig(self.path)
        else:
            self._show()

    def _show(self) -> None:
        try:
            notebook = import_module("IPython.display")
        except ImportError as error:
            raise ImportError(
                "without IPython there is no notebook to draw in; write LivePlot('curves.png')"
            ) from error
        buffer = io.BytesIO()
        self._figure.savefig(buffer, format="png")
        picture = notebook.Image(data=buffer.getvalue())
        if self._shown is None:
            self._shown = notebook.display(picture, display_id=True)
        else:
            self._shown.update(picture)


class TensorBoard(Callback):
    """Writes the numbers of each epoch for TensorBoard.

    Parameters
    ----------
    writer : SummaryWriter
        Of ``torch.utils.tensorboard`` or ``tensorboardX``: anything with ``add_scalar(tag, value, step)``.

    Raises
    ------
    TypeError
        If it has no such method.

    Examples
    --------
    >>> import training
    >>> class Printer:
    ...     def add_scalar(self, tag, value, step):
    ...         print(tag, value, step)
    >>> callback = training.TensorBoard(Printer())  # or SummaryWriter("runs/first")
    """

    def __init__(self, writer: Any) -> None:
        if not callable(getattr(writer, "add_scalar", None)):
            raise TypeError(
                f"TensorBoard takes a SummaryWriter, with a method add_scalar, not {type(writer).__name__}; "
                "torch.utils.tensorboard and tensorboardX have one"
            )
        self.writer = writer

    def after_epoch(self, run: Run) -> None:
        """Write the numbers of the epoch; val_loss is called "loss/val", beside "loss/train"."""
        measures = [name for name in run.log if not name.startswith(("val_", "train_"))]
        for name, value in run.log.items():
            data, _, measure = name.partition("_")
            tag = f"{measure}/{data}" if measure in measures else f"{name}/train" if f"val_{name}" in run.log else name
            self.writer.add_scalar(tag, value, run.epoch)

    def end(self, run: Run) -> None:
        """Write all that still waits."""
        if hasattr(self.writer, "flush"):
            self.writer.flush()


def watched(run: Run, name: str, who: object) -> float:
    """Return a number of the last epoch.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in run.log:
        hint = "; give fit validate=(X_val, y_val)" if name.startswith("val_") else ""
        raise ValueError(
            f"{type(who).__name__} watches {name!r}, and an epoch has only {', '.join(run.log) or 'nothing'}{hint}"
        )
    return run.log[name]
