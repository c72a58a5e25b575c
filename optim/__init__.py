"""Optimisers: the rules by which gradients change parameters, their schedules, averages and clipping."""

from . import schedules
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .averaging import Averaged, average_checkpoints, refresh_batch_norm
from .bridge import minimize
from .clipping import clip_grad_adaptive_, clip_grad_norm_, clip_grad_value_
from .fan_in import scale_by_fan_in
from .lbfgs import LBFGS
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .scheduler import OnPlateau, Scheduler
from .sgd import SGD
from .table import table

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Averaged",
    "NAdam",
    "OnPlateau",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Scheduler",
    "average_checkpoints",
    "clip_grad_adaptive_",
    "clip_grad_norm_",
    "clip_grad_value_",
    "minimize",
    "refresh_batch_norm",
    "scale_by_fan_in",
    "schedules",
    "table",
]
