"""Neural networks: modules with parameters, layers, losses, and the functions that they are made of.

Names, arguments and defaults are PyTorch's, with ``axis`` for ``dim``; data lie as N, C, H, W, parameters are float32.
A model is a ``Module``, which assigns layers to attributes and writes ``forward``, or a ``Sequential`` of layers.

>>> import numpy as np, nn
>>> net = nn.Sequential(nn.Linear(2, 8, rng=0), nn.ReLU(), nn.Linear(8, 3, rng=1))
>>> x, classes = np.ones((5, 2), dtype=np.float32), [0, 1, 2, 0, 1]
>>> loss = nn.CrossEntropyLoss()(net(x), classes)
>>> loss.backward()
>>> [parameter.grad.shape for parameter in net.parameters()]
[(8, 2), (8,), (3, 8), (3,)]

- ``nn.functional``: the functions, without parameters
- ``nn.init``: initial values
- ``nn.penalties``: what is added to a loss, L2, L1 and others
- ``save``, ``load``: files of models and of whole trainings, without pickle
- ``summary``: the layers, their shapes, parameters and FLOPs
"""

from . import functional, init, penalties
from .activations import ELU, SELU, LeakyReLU, Maxout, PReLU, ReLU
from .adaptive_pooling import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool1d, AdaptiveMaxPool2d
from .attention import MultiheadAttention
from .batch_normalisation import BatchNorm1d, BatchNorm2d
from .containers import ModuleList, ParameterList, Sequential
from .convolution import Conv1d, Conv2d
from .dictionaries import ModuleDict, ParameterDict
from .dropout import Dropout, Dropout2d, monte_carlo
from .embedding import Embedding
from .gated import GRU, LSTM
from .hard import Hardsigmoid, Hardswish, Hardtanh, ReLU6
from .likelihood import BCELoss, BCEWithLogitsLoss, KLDivLoss
from .linear import Linear
from .losses import CrossEntropyLoss, HingeLoss, MulticlassSVMLoss, NLLLoss, PerceptronLoss
from .module import Module
from .normalisation import GroupNorm, LayerNorm, RMSNorm
from .parameter import Parameter
from .parametrisation import remove_weight_norm, weight_norm, weight_norm_init
from .pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from .recurrent import RNN
from .recurrent_cells import GRUCell, LSTMCell, RNNCell
from .regression import AdalineLoss, HuberLoss, L1Loss, MSELoss, SmoothL1Loss
from .saving import load, save
from .shape import Flatten, Identity, Unflatten
from .smooth import GELU, GLU, LogSigmoid, LogSoftmax, Sigmoid, SiLU, Softmax, Softplus, Tanh
from .summary import summary
from .transformer import PositionalEncoding, TransformerEncoderLayer
from .transposed_convolution import ConvTranspose1d, ConvTranspose2d

__all__ = [
    "ELU",
    "GELU",
    "GLU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "AdalineLoss",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "Dropout2d",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HingeLoss",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Maxout",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MulticlassSVMLoss",
    "MultiheadAttention",
    "NLLLoss",
    "PReLU",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "PerceptronLoss",
    "PositionalEncoding",
    "RMSNorm",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "Tanh",
    "TransformerEncoderLayer",
    "Unflatten",
    "functional",
    "init",
    "load",
    "monte_carlo",
    "penalties",
    "remove_weight_norm",
    "save",
    "summary",
    "weight_norm",
    "weight_norm_init",
]
