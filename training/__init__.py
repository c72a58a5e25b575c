"""Training: the loop, what it tells, when it stops, what is kept of it."""

from __future__ import annotations

from .advice import Advice, Advices
from .callbacks import Averaging, EachEpoch, EachStep, LivePlot, TensorBoard
from .checkpoints import Checkpoints
from .diagnosis import diagnose
from .evaluation import evaluate, evaluating, predict
from .fit import Step, fit, train_step
from .history import History
from .lr_range import LearningRateRange, learning_rate_range
from .metrics import accuracy, confusion_matrix, plot_confusion, predicted_classes, r2, top_k
from .monitors import Monitor
from .retraining import retrain_from_start, retrain_onward
from .run import Callback, Run
from .sanity import Check, SanityReport, first_loss, overfits, regularisation_grows, sanity_check
from .stopping import EarlyStopping, StopWhenStill, StopWhenWorse

__all__ = [
    "Advice",
    "Advices",
    "Averaging",
    "Callback",
    "Check",
    "Checkpoints",
    "EachEpoch",
    "EachStep",
    "EarlyStopping",
    "History",
    "LearningRateRange",
    "LivePlot",
    "Monitor",
    "Run",
    "SanityReport",
    "Step",
    "StopWhenStill",
    "StopWhenWorse",
    "TensorBoard",
    "accuracy",
    "confusion_matrix",
    "diagnose",
    "evaluate",
    "evaluating",
    "first_loss",
    "fit",
    "learning_rate_range",
    "overfits",
    "plot_confusion",
    "predict",
    "predicted_classes",
    "r2",
    "regularisation_grows",
    "retrain_from_start",
    "retrain_onward",
    "sanity_check",
    "top_k",
    "train_step",
]
