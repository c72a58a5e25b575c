"""Training: data in batches, preprocessing, augmentation; the loop, what it tells, when it stops, what it keeps."""

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
