"""Train a small network on scikit-learn's handwritten digits, check its gradients and draw its graph.

Run ``python examples/digits.py``; it takes a few seconds. The 1,797 digits (8 × 8 pixels, 10 classes) come with
scikit-learn. ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
import optim
from nn import functional as F

try:
    from matplotlib.figure import Figure
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from tqdm import tqdm
except ImportError as missing:
    sys.exit(f"this example needs {missing.name}, which is not installed: pip install 'seegrad[all]'")

Split = tuple[Any, Any]  # images (N, 64) as float32, classes (N,)
Curves = dict[str, list[tuple[float, float]]]  # for each split, by epoch: loss and accuracy


class Net(nn.Module):
    """64 pixels → 128 hidden units → the scores of 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 128)
        self.scores = nn.Linear(128, 10)

    def forward(self, x: autograd.Tensor) -> autograd.Tensor:
        return self.scores(F.relu(self.hidden(x)))


# ------------------------------------------------------------------------------------------------------------- the data


def load(seed: int) -> tuple[Split, Split, Split]:
    """Return the training, validation and test split: 1,257, 180 and 360 digits, the classes in equal shares."""
    x, y = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x, y, test_size=360, stratify=y, random_state=seed)
    x, x_val, y, y_val = train_test_split(x, y, test_size=180, stratify=y, random_state=seed)
    mean, std = x.mean(axis=0), x.std(axis=0)  # of the training split alone: the others must stay unseen
    std[std == 0] = 1  # pixels that are always white

    def standardised(images: Any) -> Any:
        return ((images - mean) / std).astype(np.float32)

    return (standardised(x), y), (standardised(x_val), y_val), (standardised(x_test), y_test)


def batches(split: Split, size: int, rng: np.random.Generator) -> Iterator[Split]:
    """Yield the split in a random order, a few examples at a time."""
    x, y = split
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        some = order[start : start + size]
        yield x[some], y[some]


# --------------------------------------------------------------------------------------------------------- the training


def evaluate(model: nn.Module, split: Split) -> tuple[float, float]:
    """Return loss and accuracy."""
    x, y = split
    with autograd.no_grad():
        scores = model(x)
        return F.cross_entropy(scores, y).item(), float(np.mean(scores.argmax(axis=1) == y))


def train(
    model: nn.Module, training: Split, validation: Split, epochs: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Train, and return the curves: for each epoch (loss, accuracy) on both splits."""
    optimizer = optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-4)
    curves: Curves = {"train": [], "validation": []}
    progress = tqdm(range(epochs), desc="training", unit="epoch")
    for _ in progress:
        for x, y in batches(training, 32, rng):
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        curves["train"].append(evaluate(model, training))
        curves["validation"].append(evaluate(model, validation))
        progress.set_postfix(loss=f"{curves['train'][-1][0]:.4f}", validation=f"{curves['validation'][-1][1]:.1%}")
    return curves


# --------------------------------------------------------------------------------------------------------- the pictures


def plot(curves: Curves, path: Path) -> None:
    """Draw loss and accuracy of both splits over the epochs."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots(1, 2)
    epochs = np.arange(1, len(curves["train"]) + 1)
    for name, style in (("train", "C0o-"), ("validation", "C1s-")):
        for axis, values in zip(axes, np.transpose(curves[name]), strict=True):
            axis.plot(epochs, values, style, label=name, markersize=3)
    losses, accuracies = np.transpose(curves["validation"])
    best = int(losses.argmin())
    axes[0].axvline(best + 1, color="grey", linestyle=":", label="lowest validation loss")
    axes[0].set(yscale="log", xlabel="epoch", ylabel="cross-entropy loss (nats)")
    axes[1].set(xlabel="epoch", ylabel="accuracy (share of digits read right)")
    for axis in axes:
        axis.legend()
        axis.grid(alpha=0.3)
    finding = f"The validation loss falls no further after epoch {best + 1}"
    if best + 1 == len(losses):
        finding = "The validation loss is still falling in the last epoch"
    figure.suptitle(f"{finding}; validation accuracy ends at {accuracies[-1]:.1%}")
    figure.savefig(path, dpi=120)


def draw(model: nn.Module, some: Split, path: Path) -> None:
    """Draw the graph of the loss of a few digits."""
    x, y = some
    with autograd.trace():
        loss = F.cross_entropy(model(x), y)
    loss.backward()
    autograd.draw(loss).save(path)


# ---------------------------------------------------------------------------------------------------------- the program


def main(arguments: list[str] | None = None) -> float:
    """Run the example; return the accuracy on the test split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30, help="passes through the training split (default: 30)")
    parser.add_argument("--seed", type=int, default=0, help="of the split, the weights and the batches (default: 0)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures (default: out)")
    options = parser.parse_args(arguments)
    if options.epochs < 1:
        parser.error(f"--epochs must be at least 1, not {options.epochs}")

    started = time.perf_counter()
    autograd.seed(options.seed)
    training, validation, test = load(options.seed)
    model = Net()
    print(model)

    some = training[0][:4], training[1][:4]
    print("\nThe gradients of the untrained network, analytic against numerical, on 4 digits:")
    print(autograd.check_model(model, F.cross_entropy, *some), end="\n\n")

    curves = train(model, training, validation, options.epochs, np.random.default_rng(options.seed))
    accuracy = evaluate(model, test)[1]
    right = round(accuracy * len(test[1]))
    print(f"\ntest accuracy: {accuracy:.2%} ({right} of {len(test[1])} digits that training never saw)")

    options.out.mkdir(parents=True, exist_ok=True)
    plot(curves, options.out / "curves.png")
    print(f"loss and accuracy: {options.out / 'curves.png'}")
    try:
        draw(model, some, options.out / "graph.svg")
    except ImportError as missing:
        sys.exit(str(missing))
    print(f"graph of the loss: {options.out / 'graph.svg'}")
    print(f"done in {time.perf_counter() - started:.1f} s")
    return accuracy


if __name__ == "__main__":
    main()
