"""The functions that layers and losses are made of: PyTorch's names, with ``axis`` for ``dim``.

Each takes Tensors or arrays. With a Tensor among the operands the result is a Tensor, and recorded; of bare arrays it
is a bare array.
"""

from .activations import elu, leaky_relu, maxout, prelu, relu, selu
from .adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_max_pool1d, adaptive_max_pool2d
from .attention import scaled_dot_product_attention
from .channel_normalisation import batch_norm, group_norm
from .convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from .cross_entropy import cross_entropy, nll_loss
from .dropout import dropout, dropout2d
from .embedding import embedding, one_hot
from .hard import hardsigmoid, hardswish, hardtanh, relu6
from .likelihood import binary_cross_entropy, binary_cross_entropy_with_logits, kl_div
from .margin import hinge_loss, multiclass_svm_loss, perceptron_loss
from .normalisation import layer_norm, rms_norm
from .pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from .products import linear
from .recurrent import gru, lstm, rnn
from .regression import adaline_loss, huber_loss, l1_loss, mse_loss, smooth_l1_loss
from .smooth import gelu, glu, logsigmoid, sigmoid, silu, softplus, tanh
from .softmax import log_softmax, softmax

__all__ = [
    "adaline_loss",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "dropout2d",
    "elu",
    "embedding",
    "gelu",
    "glu",
    "group_norm",
    "gru",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "lstm",
    "max_pool1d",
    "max_pool2d",
    "maxout",
    "mse_loss",
    "multiclass_svm_loss",
    "nll_loss",
    "one_hot",
    "perceptron_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rnn",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]
