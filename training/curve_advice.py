"""Advice from the curves of a training: what loss and accuracy say of the learning rate and of the capacity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from .advice import Advice, Advices

Curves = Mapping[str, list[float]]

EXPLODED = 3.0  # times the first loss
FALLEN = 0.98  # of the first loss: above it, it has not fallen
RISEN = 1.1  # times the lowest validation loss
GAP_WIDE, GAP_NONE = 0.1, 0.01  # in accuracy; of the validation loss, relatively
STILL = 0.01  # the part of the loss by which the last epochs must have changed it to be on its way
LAST = 3  # epochs


def advise_curves(curves: Curves) -> Advices:
    """Return what all rules say of the columns of a history: ``loss``, ``val_loss``, ``accuracy`` and the like."""
    return Advices(advice for rule in RULES for advice in rule(curves))


def rate(curves: Curves) -> Iterator[Advice]:
    """A loss that explodes, or that does not fall."""
    losses = curves["loss"]
    first, last = losses[0], losses[-1]
    worst = max((loss for loss in losses if math.isfinite(loss)), default=math.nan)
    if not all(map(math.isfinite, losses)) or worst > EXPLODED * abs(first):
        broken = next((loss for loss in losses if not math.isfinite(loss)), worst)
        yield Advice(
            "rate too high", "the loss", f"it began at {first:.3g} and came to {broken:.3g}", broken,
            "the learning rate is too high", "a learning rate 3 to 10 times smaller; gradient clipping",
        )  # fmt: skip
    elif len(losses) >= LAST and last > FALLEN * first > 0:
        yield Advice(
            "rate too low", "the loss", f"after {len(losses)} epochs it is {last:.3g}, and it began at {first:.3g}",
            last / first, "the learning rate is too low, or the gradients do not arrive",
            "a learning rate 10 times larger, see training.learning_rate_range; then training.diagnose",
        )  # fmt: skip


def overfitting(curves: Curves) -> Iterator[Advice]:
    """A big gap between training and validation."""
    if not _has_fallen(curves):
        return
    remedy = "early stopping, weight decay, dropout, augmentation, more data, or a smaller model"
    gap = _accuracy_gap(curves)
    validation = [loss for loss in curves.get("val_loss", ()) if math.isfinite(loss)]
    if gap is not None and gap > GAP_WIDE:
        yield Advice(
            "overfitting", "the accuracy", f"it is better by {gap:.1%} on the training data than in validation", gap,
            "the model learns its examples by heart", remedy,
        )  # fmt: skip
    elif (
        validation
        and validation[-1] > RISEN * min(validation) > 0
        and _of_training(curves, "loss")[-1] < min(validation)
    ):
        ratio = validation[-1] / min(validation)
        yield Advice(
            "overfitting", "the validation loss",
            f"it was {min(validation):.3g} after epoch {validation.index(min(validation)) + 1}, and is "
            f"{validation[-1]:.3g}", ratio, "the model learns its examples by heart", remedy,
        )  # fmt: skip


def underfitting(curves: Curves) -> Iterator[Advice]:
    """No gap, and no progress."""
    losses, validation = _of_training(curves, "loss"), curves.get("val_loss", [])
    if len(losses) <= LAST or not all(map(math.isfinite, [*losses, *validation])) or not validation:
        return
    gap = _accuracy_gap(curves)
    none = abs(gap) < GAP_NONE if gap is not None else abs(validation[-1] - losses[-1]) < GAP_NONE * abs(losses[-1])
    perfect = gap is not None and _of_training(curves, "accuracy")[-1] > 1 - GAP_NONE
    if none and _has_fallen(curves) and not perfect and abs(losses[-1 - LAST] - losses[-1]) < STILL * abs(losses[-1]):
        yield Advice(
            "underfitting", "the loss",
            f"it stands still at {losses[-1]:.3g}, and is {validation[-1]:.3g} in validation",
            validation[-1] - losses[-1], "the model has not the capacity for more",
            "a larger model, less regularisation, better features",
        )  # fmt: skip


def unfinished(curves: Curves) -> Iterator[Advice]:
    """A validation loss that is still falling."""
    losses = curves.get("val_loss", curves["loss"])
    if len(losses) <= LAST or not all(map(math.isfinite, losses)):
        return
    fall = 1 - losses[-1] / losses[-1 - LAST] if losses[-1 - LAST] > 0 else 0.0
    if losses[-1] == min(losses) and fall > STILL and losses[-1] < FALLEN * losses[0]:
        yield Advice(
            "unfinished", "the validation loss" if "val_loss" in curves else "the loss",
            f"it fell by {fall:.1%} in the last {LAST} epochs", fall, "the training ended before it was done",
            "more epochs, with early stopping",
        )  # fmt: skip


RULES: tuple[Callable[[Curves], Iterator[Advice]], ...] = (rate, overfitting, underfitting, unfinished)


def _has_fallen(curves: Curves) -> bool:
    return curves["loss"][-1] < FALLEN * curves["loss"][0]


def _of_training(curves: Curves, name: str) -> list[float]:
    return curves[f"train_{name}" if f"train_{name}" in curves else name]


def _accuracy_gap(curves: Curves) -> float | None:
    """Return by how much the accuracy is better in training than in validation, at the end."""
    if "val_accuracy" not in curves:
        return None
    return _of_training(curves, "accuracy")[-1] - curves["val_accuracy"][-1]
