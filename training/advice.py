"""Advice: what the numbers of a record mean, as the course says it: the sign, the likely cause, the remedy.

Each rule is a function of a record; it yields advice if its sign is there.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .records import Layer, Record

DEAD = 0.25  # of the units
SATURATED = 0.5  # of the outputs
VANISHED = 1e-2  # ‖δ‖, or the activations, of the first layer by that of the last; exploded: 1 / VANISHED
RATIO_HIGH, RATIO_LOW = 3e-2, 3e-5  # ‖ΔW‖/‖W‖: 10⁻³ times 30, and divided by it
INPUT_STD, INPUT_MEAN = 10.0, 3.0  # the second in standard deviations


@dataclass(frozen=True)
class Advice:
    """One piece of advice.

    Attributes
    ----------
    rule : str
        Which rule it comes from: "dead", "saturated", "vanishing", "exploding", "rate too high", "rate too low",
        "collapsing", "growing", "alike", "not a number", "input"; of a history "rate too high", "rate too low",
        "overfitting", "underfitting", "unfinished".
    where : str
        The layer or the weight.
    seen : str
        What is seen, with its number.
    number : float
        The number.
    cause, remedy : str
        What is likely behind it, and what helps.
    """

    rule: str
    where: str
    seen: str
    number: float
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.seen}.\n  Likely cause: {self.cause}.\n  Remedy: {self.remedy}."


class Advices(list[Advice]):
    """A list of advice, printed as a text; Jupyter shows it as a list."""

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "Nothing is wrong that could be seen from here."

    __repr__ = __str__

    def rules(self) -> set[str]:
        """Return which rules have spoken."""
        return {advice.rule for advice in self}

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{self}</p>"
        items = (
            f"<li><b>{html.escape(a.where)}</b>: {html.escape(a.seen)}.<br>Likely cause: {html.escape(a.cause)}.<br>"
            f"Remedy: {html.escape(a.remedy)}.</li>"
            for a in self
        )
        return f"<ul>{''.join(items)}</ul>"


def advise(record: Record) -> Advices:
    """Return what all rules say of a record."""
    return Advices(advice for rule in RULES for advice in rule(record))


def not_a_number(record: Record) -> Iterator[Advice]:
    """Activations that are infinite or NaN."""
    for path, layer in record.layers.items():
        if not math.isfinite(layer.std):
            yield Advice(
                "not a number", path, f"its outputs have the standard deviation {layer.std}", layer.std,
                "the parameters have exploded, or the inputs have NaN in them",
                "a learning rate ten times smaller, gradient clipping; look at the inputs",
            )  # fmt: skip
            return  # all that comes after it is infected


def wrong_input(record: Record) -> Iterator[Advice]:
    """Inputs that are far from centred and scaled."""
    if record.input is None:
        return
    mean, std = record.input
    if std > INPUT_STD or abs(mean) > INPUT_MEAN * std > 0:
        yield Advice(
            "input", "the input", f"it has mean {mean:.3g} and standard deviation {std:.3g}",
            std if std > INPUT_STD else mean,
            "the data are not preprocessed: gradients are then large for some weights and small for others",
            "subtract the mean and divide by the standard deviation, both of the training data",
        )  # fmt: skip


def dead(record: Record) -> Iterator[Advice]:
    """ReLUs that let nothing through."""
    for path, layer in record.layers.items():
        if layer.dead is not None and layer.dead >= DEAD:
            yield Advice(
                "dead", path, f"{layer.dead:.0%} of the units gave 0 for every example: no gradient reaches them",
                layer.dead, "a step that was too large has thrown them off the data, or the biases began too low",
                "a smaller learning rate, He initialisation, biases that begin at 0 or a little more, or leaky ReLU",
            )  # fmt: skip


def saturated(record: Record) -> Iterator[Advice]:
    """Sigmoids and tanhs that work where they are flat."""
    for path, layer in record.layers.items():
        if layer.saturated is not None and layer.saturated >= SATURATED:
            yield Advice(
                "saturated", path, f"{layer.saturated:.0%} of the outputs are where the function is flat",
                layer.saturated, "the weights in front of it, or the inputs, are too large",
                "Xavier initialisation, batch normalisation in front of it, standardised inputs, or ReLU",
            )  # fmt: skip


def vanishing(record: Record) -> Iterator[Advice]:
    """Gradients that get lost on their way back, or grow."""
    layers = _with_weights(record)
    deltas = [(path, layer.delta) for path, layer in layers if layer.delta is not None and math.isfinite(layer.delta)]
    if len(deltas) < 3 or not deltas[-1][1]:
        return
    (path, first), (last_path, last) = deltas[0], deltas[-1]
    ratio = first / last
    if ratio < VANISHED:
        yield Advice(
            "vanishing", path, f"its ‖δ‖ of {first:.2g} is {ratio:.1e} times that of {last_path}: it hardly learns",
            ratio, "each layer makes the gradient smaller: weights too small, or sigmoids, whose slope is at most ¼",
            "He or Xavier initialisation, batch normalisation, ReLU and not sigmoid",
        )  # fmt: skip
    elif ratio > 1 / VANISHED:
        yield Advice(
            "exploding", path, f"its ‖δ‖ of {first:.2g} is {ratio:.1e} times that of {last_path}",
            ratio, "each layer makes the gradient larger: the weights are too large",
            "He or Xavier initialisation, batch normalisation, gradient clipping",
        )  # fmt: skip


def collapsing(record: Record) -> Iterator[Advice]:
    """Activations that get lost on their way through, or grow."""
    hidden = _with_weights(record)[:-1]
    if len(hidden) < 2 or not hidden[0][1].signal or not math.isfinite(hidden[-1][1].signal):
        return
    (first_path, first), (path, last) = hidden[0], hidden[-1]
    ratio = last.signal / first.signal
    if ratio < VANISHED:
        yield Advice(
            "collapsing", path, f"its outputs vary by {last.signal:.2g}, {ratio:.1e} times those of {first_path}",
            ratio, "the weights are too small, and each layer makes the signal smaller",
            "He initialisation for ReLU, Xavier for tanh; batch normalisation",
        )  # fmt: skip
    elif ratio > 1 / VANISHED:
        yield Advice(
            "growing", path, f"its outputs vary by {last.signal:.2g}, {ratio:.1e} times those of {first_path}",
            ratio, "the weights are too large, and each layer makes the signal larger",
            "He initialisation for ReLU, Xavier for tanh; batch normalisation",
        )  # fmt: skip


def alike(record: Record) -> Iterator[Advice]:
    """Units that are all the same."""
    for name, w in record.weights.items():
        if w.alike:
            yield Advice(
                "alike", name, f"all units have the same weights, of norm {w.norm:.2g}: they compute the same",
                w.norm, "the weights began as one constant, such as 0, and so their gradients are the same for ever",
                "a random initialisation",
            )  # fmt: skip


def rate(record: Record) -> Iterator[Advice]:
    """Steps that are too large or too small for their weights."""
    ratios = {name: w.ratio for name, w in record.weights.items() if w.gradient is not None and w.norm}
    if not ratios:
        return
    name = max(ratios, key=lambda name: ratios[name])
    if ratios[name] > RATIO_HIGH:
        yield Advice(
            "rate too high", name, f"the step is {ratios[name]:.1e} of the weight (about 1e−3 is healthy)",
            ratios[name], "the learning rate is too high", "a learning rate 3 to 10 times smaller; gradient clipping",
        )  # fmt: skip
    elif 0 < ratios[name] < RATIO_LOW:
        yield Advice(
            "rate too low", name, f"the largest step is {ratios[name]:.1e} of its weight (about 1e−3 is healthy)",
            ratios[name], "the learning rate is too low, or the gradients have vanished",
            "a learning rate 10 times larger; see training.learning_rate_range",
        )  # fmt: skip


RULES: tuple[Callable[[Record], Iterator[Advice]], ...] = (
    not_a_number, wrong_input, alike, dead, saturated, vanishing, collapsing, rate,
)  # fmt: skip


def _with_weights(record: Record) -> list[tuple[str, Layer]]:
    """Return the layers that have weights, in the order in which they were called."""
    owners = {name.rpartition(".")[0] for name in record.weights}
    return [(path, layer) for path, layer in record.layers.items() if path in owners]
