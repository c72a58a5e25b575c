"""Neural networks: modules with parameters, layers, losses, and the functions that they are made of."""

from . import functional
from .activations import ReLU, Tanh
from .containers import Sequential
from .linear import Linear
from .losses import CrossEntropyLoss
from .module import Module
from .parameter import Parameter

__all__ = ["CrossEntropyLoss", "Linear", "Module", "Parameter", "ReLU", "Sequential", "Tanh", "functional"]
