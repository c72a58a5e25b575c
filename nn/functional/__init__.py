"""The functions that layers and losses are made of: PyTorch's names, with ``axis`` for ``dim``.

Each takes Tensors or arrays. With a Tensor among the operands the result is a Tensor, and recorded; of bare arrays it
is a bare array.
"""

from .activations import log_softmax, relu, softmax, tanh
from .losses import cross_entropy
from .products import linear

__all__ = ["cross_entropy", "linear", "log_softmax", "relu", "softmax", "tanh"]
