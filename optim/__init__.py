"""Optimisers: the rules by which gradients change parameters."""

from . import schedules
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .scheduler import OnPlateau, Scheduler
from .sgd import SGD
from .table import table

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "OnPlateau",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Scheduler",
    "schedules",
    "table",
]
