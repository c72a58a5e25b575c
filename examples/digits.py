"""Train a small network on scikit-learn's handwritten digits, check its gradients and draw its graph.

Run ``python examples/digits.py``; it takes a few seconds. The 1,797 digits (8 × 8 pixels, 10 classes) come with
scikit-learn. ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import autograd
import nn
import optim
import training
from nn import functional as F

try:
    import matplotlib  # noqa: F401 — the history draws with it
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError as missing:
    sys.exit(f"this example needs {missing.name}, which is not installed: pip install 'seegrad[all]'")

Split = tuple[Any, Any]  # images (N, 64) as float32, classes (N,)


class Net(nn.Module):
    """64 pixels → 128 hidden units → the scores of 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 128)
        self.scores = nn.Linear(128, 10)

    def forward(self, x: autograd.Tensor) -> autograd.Tensor:
        return self.scores(F.relu(self.hidden(x)))


def load(seed: int) -> tuple[Split, Split, Split]:
    """Return the training, validation and test split: 1,257, 180 and 360 digits, the classes in equal shares."""
    x, y = training.digits()
    x = x.reshape(len(x), -1)
    x, x_test, y, y_test = train_test_split(x, y, test_size=360, stratify=y, random_state=seed)
    x, x_val, y, y_val = train_test_split(x, y, test_size=180, stratify=y, random_state=seed)
    scaler = StandardScaler().fit(x)  # on the training split alone: the others must stay unseen
    return (scaler.transform(x), y), (scaler.transform(x_val), y_val), (scaler.transform(x_test), y_test)


def train(model: nn.Module, train: Split, validation: Split, epochs: int, seed: int) -> training.History:
    """Train, and return loss and accuracy of both splits after each epoch."""
    return training.fit(
        model,
        F.cross_entropy,
        optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-4),
        training.Batches(*train, batch_size=32, rng=seed),
        epochs,
        validate={"train": train, "val": validation},
        metrics=[training.accuracy],
    )


def plot(history: training.History, path: Path) -> None:
    """Draw loss and accuracy of both splits over the epochs, and say what is to be seen."""
    figure = history.plot()
    best = history.best("val_loss") + 1
    finding = f"The validation loss falls no further after epoch {best}"
    if best == len(history):
        finding = "The validation loss is still falling in the last epoch"
    figure.suptitle(f"{finding}; validation accuracy ends at {history['val_accuracy'][-1]:.1%}")
    figure.savefig(path, dpi=120)


def draw(model: nn.Module, some: Split, path: Path) -> None:
    """Draw the graph of the loss of a few digits."""
    x, y = some
    with autograd.trace():
        loss = F.cross_entropy(model(x), y)
    loss.backward()
    autograd.draw(loss).save(path)


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
    seen, validation, test = load(options.seed)
    model = Net()
    print(model)

    some = seen[0][:4], seen[1][:4]
    print("\nThe gradients of the untrained network, analytic against numerical, on 4 digits:")
    print(autograd.check_model(model, F.cross_entropy, *some), end="\n\n")

    history = train(model, seen, validation, options.epochs, options.seed)
    accuracy = training.evaluate(model, F.cross_entropy, test, metrics=[training.accuracy])["accuracy"]
    right = round(accuracy * len(test[1]))
    print(f"\ntest accuracy: {accuracy:.2%} ({right} of {len(test[1])} digits that training never saw)")

    options.out.mkdir(parents=True, exist_ok=True)
    plot(history, options.out / "curves.png")
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
