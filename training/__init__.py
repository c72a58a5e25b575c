"""Training: data in batches, preprocessing, augmentation; the loop, what it tells, when it stops, what it keeps.

>>> import nn, optim, training
>>> X, y = training.spirals(100, classes=2, rng=0)
>>> net = nn.Sequential(nn.Linear(2, 16, rng=0), nn.Tanh(), nn.Linear(16, 2, rng=1))
>>> adam = optim.Adam(net.parameters(), lr=0.03)
>>> batches = training.Batches(X, y, rng=0)
>>> history = training.fit(net, nn.CrossEntropyLoss(), adam, batches, epochs=20, progress=False)
>>> history["loss"][-1] < history["loss"][0]
True

- ``Batches``; ``digits``, ``spirals``, ``mnist``, ``cifar10`` and others: data
- ``SubtractMeanImage`` and others: preprocessing; ``Compose``, ``Flip``, ``Rotate`` and others: augmentation
- ``fit``: the loop; ``train_step``, ``evaluate``, ``predict``: its parts, for a loop of your own
- ``EarlyStopping``, ``Checkpoints``, ``EachEpoch`` and others: callbacks of ``fit``
- ``sanity_check``, ``learning_rate_range``: before a training; ``Monitor``, ``diagnose``: what goes wrong in one
- ``accuracy``, ``confusion_matrix``, ``bias_variance`` and others: what came out
- ``Ensemble``, ``average_models`` and others: several networks
- ``NeuralClassifier``, ``NeuralRegressor``, ``coarse_to_fine``: scikit-learn's estimators, and search
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .advice import Advice, Advices
from .augmentation import (
    Augmentation,
    Brightness,
    Compose,
    Contrast,
    Cutout,
    Flip,
    Mixup,
    Noise,
    RandomCrop,
    Rotate,
    Translate,
    contact_sheet,
)
from .batches import Batches
from .callbacks import Averaging, EachEpoch, EachStep, LivePlot, TensorBoard
from .checkpoints import Checkpoints
from .cifar import cifar10, cifar100
from .diagnosis import diagnose
from .ensembles import Ensemble, Subnetworks, average_masks, average_models, average_states, subnetworks
from .evaluation import evaluate, evaluating, predict
from .history import History
from .idx import mnist, read_idx
from .loop import Step, fit, train_step
from .lr_range import LearningRateRange, learning_rate_range
from .metrics import accuracy, confusion_matrix, plot_confusion, predicted_classes, r2, top_k
from .monitors import Monitor
from .retraining import retrain_from_start, retrain_onward
from .run import Callback, Run
from .sanity import Check, SanityReport, first_loss, overfits, regularisation_grows, sanity_check
from .stopping import EarlyStopping, StopWhenStill, StopWhenWorse
from .toys import blobs, circles, digits, moons, sine, spirals
from .variance import Decomposition, bias_variance, plot_bias_variance, plot_boundary

if TYPE_CHECKING:
    from .estimators import NeuralClassifier, NeuralRegressor
    from .preprocessing import FlattenImages, SubtractChannelMean, SubtractGreyMean, SubtractMeanImage
    from .search import CoarseToFine, coarse_to_fine

__all__ = [
    "Advice",
    "Advices",
    "Augmentation",
    "Averaging",
    "Batches",
    "Brightness",
    "Callback",
    "Check",
    "Checkpoints",
    "CoarseToFine",
    "Compose",
    "Contrast",
    "Cutout",
    "Decomposition",
    "EachEpoch",
    "EachStep",
    "EarlyStopping",
    "Ensemble",
    "FlattenImages",
    "Flip",
    "History",
    "LearningRateRange",
    "LivePlot",
    "Mixup",
    "Monitor",
    "NeuralClassifier",
    "NeuralRegressor",
    "Noise",
    "RandomCrop",
    "Rotate",
    "Run",
    "SanityReport",
    "Step",
    "StopWhenStill",
    "StopWhenWorse",
    "Subnetworks",
    "SubtractChannelMean",
    "SubtractGreyMean",
    "SubtractMeanImage",
    "TensorBoard",
    "Translate",
    "accuracy",
    "average_masks",
    "average_models",
    "average_states",
    "bias_variance",
    "blobs",
    "cifar10",
    "cifar100",
    "circles",
    "coarse_to_fine",
    "confusion_matrix",
    "contact_sheet",
    "diagnose",
    "digits",
    "evaluate",
    "evaluating",
    "first_loss",
    "fit",
    "learning_rate_range",
    "mnist",
    "moons",
    "overfits",
    "plot_bias_variance",
    "plot_boundary",
    "plot_confusion",
    "predict",
    "predicted_classes",
    "r2",
    "read_idx",
    "regularisation_grows",
    "retrain_from_start",
    "retrain_onward",
    "sanity_check",
    "sine",
    "spirals",
    "subnetworks",
    "top_k",
    "train_step",
]

# What is made of scikit-learn's classes is loaded when it is first asked for: `import training` is NumPy alone.
_ROOMS = {
    "preprocessing": ("FlattenImages", "SubtractChannelMean", "SubtractGreyMean", "SubtractMeanImage"),
    "estimators": ("NeuralClassifier", "NeuralRegressor"),
    "search": ("CoarseToFine", "coarse_to_fine"),
}
_LATER = {name: room for room, names in _ROOMS.items() for name in (room, *names)}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'training' has no attribute {name!r}")
    room = import_module(f"{__name__}.{_LATER[name]}")
    found = room if name == _LATER[name] else getattr(room, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
