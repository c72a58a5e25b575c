"""Checkpoints: a training in a file after each epoch, so that it can be killed at any moment and go on."""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import nn
from nn.functional import options

from .callbacks import watched
from .run import Callback, Run


class Checkpoints(Callback):
    """Keeps the last and the best states of a training in a folder, and goes on from the last one.

    As a callback of :func:`training.fit` it saves everything that the training needs to go on bit for bit: the model,
    the optimiser, schedules and averages, the place in the batches, every random generator, the history. The same
    program, started again, goes on where it was killed, and loses at most the epoch that it was in; once it is done it
    does nothing more.

    In a loop of your own::

        checkpoints = Checkpoints("runs/first")
        state = checkpoints.load()  # None at first
        ...
        checkpoints.save({"model": net.state_dict(), "optimizer": adam.state_dict(), …}, epoch, validation_loss)

    Parameters
    ----------
    folder : path
        Made if it is not there. Each training has a folder of its own.
    keep_last : int, default 2
        How many of the latest are kept. With at least 2 there is another one, should a disk damage the last.
    keep_best : int, default 1
        How many of the best are kept beside these.
    watch : str, optional
        The number of the history by which they are compared. Default: ``"val_loss"``, and ``"loss"`` where there is no
        validation.
    mode : {"min", "max"}, default "min"
        Whether less is better, or more.
    every : int, default 1
        After how many epochs a checkpoint is written.
    resume : bool, default True
        Whether a training goes on from what is in the folder. If not, there must be nothing.
    format : {".npz", ".safetensors"}, default ".npz"
        Of the files: .safetensors needs the package of that name.

    Raises
    ------
    ValueError
        If an option is out of its limits; when the training begins, if the folder has the checkpoints of another one.

    Notes
    -----
    A file is written beside its place, synchronised with the disk, and renamed: at every moment each file is whole. An
    older one is removed after that.

    Examples
    --------
    >>> import tempfile, numpy as np, nn, optim, training
    >>> batches = [(np.ones((4, 1)), np.ones((4, 1)))]
    >>> def train(folder, epochs):
    ...     net = nn.Linear(1, 1)
    ...     sgd = optim.SGD(net.parameters(), lr=0.1)
    ...     keeping = [training.Checkpoints(folder)]
    ...     return training.fit(net, nn.MSELoss(), sgd, batches, epochs, callbacks=keeping, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = train(folder, epochs=3)["loss"]
    ...     second = train(folder, epochs=5)["loss"]  # goes on with the fourth epoch
    ...     second[:3] == first, len(second)
    (True, 5)
    """

    rank = 2  # when early stopping has looked at the epoch

    def __init__(
        self,
        folder: str | os.PathLike[str],
        keep_last: int = 2,
        keep_best: int = 1,
        watch: str | None = None,
        mode: Literal["min", "max"] = "min",
        every: int = 1,
        resume: bool = True,
        format: Literal[".npz", ".safetensors"] = ".npz",
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', not {mode!r}")
        if format not in (".npz", ".safetensors"):
            raise ValueError(f"format must be '.npz' or '.safetensors', not {format!r}")
        options.sizes("Checkpoints", keep_last=keep_last, every=every)
        options.wholes("Checkpoints", 0, keep_best=keep_best)
        options.flags("Checkpoints", resume=resume)
        self.folder = Path(folder)
        self.keep_last = keep_last
        self.keep_best = keep_best
        self.watch = watch
        self.mode = mode
        self.every = every
        self.resume = resume
        self.format = format
        self._values: dict[int, float] = {}  # of the checkpoints that are kept, by epoch

    # ------------------------------------------------------------------------------------------------------ by yourself

    def save(self, state: Mapping[str, Any], epoch: int, value: float = math.nan) -> Path:
        """Write a checkpoint, and remove those that need no longer be kept.

        Parameters
        ----------
        state : mapping
            Any nested state, see :func:`nn.save`.
        epoch : int
            Its number.
        value : float, optional
            By which it is compared with others; without it, it is never one of the best.

        Returns
        -------
        Path
            Of the file.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._recall()
        self._values[epoch] = float(value)
        kept = self._kept()
        path = self.path(epoch)
        nn.save({"state": dict(state), "values": {n: self._values[n] for n in kept}}, path)
        for number in set(self.numbers()) - kept:
            self.path(number).unlink(missing_ok=True)
        self._values = {number: self._values[number] for number in kept}
        return path

    def load(self, epoch: int | None = None) -> dict[str, Any] | None:
        """Return the state of the last checkpoint, or of that of an epoch; None if there is none at all.

        If the last file is damaged, a warning says so, and the one before it is taken.

        Raises
        ------
        FileNotFoundError
            If there is none of that epoch.
        ValueError
            If all are damaged.
        """
        numbers = self.numbers()
        if epoch is not None and epoch not in numbers:
            raise FileNotFoundError(f"{self.folder} has no checkpoint of epoch {epoch}; it has {numbers or 'none'}")
        for number in [epoch] if epoch is not None else reversed(numbers):
            try:
                content = nn.load(self.path(number))
                state: dict[str, Any] = content["state"]
                self._values = {n: value for n, value in content["values"].items() if n in numbers}
                return state
            except (ValueError, KeyError, TypeError, AttributeError) as problem:  # another file of that name
                if number == (epoch or numbers[0]):
                    raise ValueError(f"{self.path(number)} is no checkpoint that can be read: {problem}") from None
                warnings.warn(f"{self.path(number)} is damaged; going on from the one before it", stacklevel=2)
        return None

    def numbers(self) -> list[int]:
        """Return the epochs of which there are checkpoints, in order."""
        names = (re.fullmatch(r"epoch-([0-9]+)" + re.escape(self.format), path.name) for path in self._files())
        return sorted(number for name in names if name and self.path(number := int(name[1])).name == name[0])

    def path(self, epoch: int) -> Path:
        """Return the file of an epoch."""
        return self.folder / f"epoch-{epoch:05d}{self.format}"

    def best(self) -> Path | None:
        """Return the file of the best epoch; None if none had a value.

        The model in it is ``nn.load(checkpoints.best())["state"]["model"]``, for ``model.load_state_dict``.
        """
        self._recall()
        order = self._in_order()
        return self.path(order[0]) if order else None

    def _recall(self) -> None:
        """Learn from the last file by which values the others are compared, unless they are known."""
        if not self._values and self.numbers():
            self.load()

    def _in_order(self) -> list[int]:
        """Return the epochs that have a value, the best first."""
        sign = 1 if self.mode == "min" else -1
        known = [(sign * value, number) for number, value in self._values.items() if not math.isnan(value)]
        return [number for _, number in sorted(known)]

    def _kept(self) -> set[int]:
        return {*sorted(self._values)[-self.keep_last :], *self._in_order()[: self.keep_best]}

    def _files(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.is_file()] if self.folder.is_dir() else []

    # ---------------------------------------------------------------------------------------------------- as a callback

    def begin(self, run: Run) -> None:
        """Go on from the last checkpoint, if there is one; remove what was being written when it was killed."""
        if not self.resume and self.numbers():
            raise ValueError(
                f"{self.folder} has checkpoints of epochs {self.numbers()}, and resume=False; give another folder"
            )
        for path in self._files():
            if re.fullmatch(r"epoch-\d+" + re.escape(self.format) + r"\.\w+\.unfinished", path.name):
                path.unlink()
        if (state := self.load()) is not None:
            try:
                run.load_state_dict(state)
            except ValueError as problem:
                raise ValueError(f"the checkpoints in {self.folder} do not fit this training: {problem}") from None

    def after_epoch(self, run: Run) -> None:
        """Write a checkpoint."""
        if run.epoch % self.every and not run.stopped:
            return
        name = self.watch or ("val_loss" if "val_loss" in run.log else "loss")
        self.save(run.state_dict(), run.epoch, watched(run, name, self))
