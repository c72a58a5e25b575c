"""Training: the loop, what it tells, when it stops, what is kept of it."""

from __future__ import annotations

from .callbacks import Averaging, EachEpoch, EachStep, LivePlot, TensorBoard
from .checkpoints import Checkpoints
from .evaluation import evaluate, evaluating, predict
from .fit import Step, fit, train_step
from .history import History
from .metrics import accuracy, confusion_matrix, plot_confusion, predicted_classes, r2, top_k
from .retraining import retrain_from_start, retrain_onward
from .run import Callback, Run
from .stopping import EarlyStopping, StopWhenStill, StopWhenWorse

__all__ = [
    "Averaging",
    "Callback",
    "Checkpoints",
    "EachEpoch",
    "EachStep",
    "EarlyStopping",
    "History",
    "LivePlot",
    "Run",
    "Step",
    "StopWhenStill",
    "StopWhenWorse",
    "TensorBoard",
    "accuracy",
    "confusion_matrix",
    "evaluate",
    "evaluating",
    "fit",
    "plot_confusion",
    "predict",
    "predicted_classes",
    "r2",
    "retrain_from_start",
    "retrain_onward",
    "top_k",
    "train_step",
]
