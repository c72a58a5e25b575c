"""Non-linearities."""

from __future__ import annotations

import numpy as np

from nn import functional as F
from nn.functional.normal import normal_cdf

from . import Call

RNG = np.random.default_rng(8)
X = RNG.standard_normal((3, 4))
WIDE = np.array([[-5.0, -2.5, -1.5, -0.5], [0.4, 0.8, 1.7, 2.6], [4.0, 5.5, 7.0, 30.0]])
CASES: dict[str, Call] = {
    "relu": (F.relu, (X,)),
    "leaky_relu": (F.leaky_relu, (X,)),
    "leaky_relu, steep": (lambda x: F.leaky_relu(x, 1.5), (X,)),
    "prelu": (F.prelu, (X, np.array([0.25]))),
    "prelu, a slope a channel": (F.prelu, (RNG.standard_normal((2, 3, 2)), np.array([0.1, -0.5, 2.0]))),
    "elu": (F.elu, (X,)),
    "elu, other depth": (lambda x: F.elu(x, 0.3), (X,)),
    "selu": (F.selu, (X,)),
    "maxout": (lambda x: F.maxout(x, 2), (X,)),
    "maxout, three pieces": (lambda x: F.maxout(x, 3, axis=0), (X,)),
    "relu6": (F.relu6, (WIDE,)),
    "hardtanh": (F.hardtanh, (WIDE,)),
    "hardtanh, other range": (lambda x: F.hardtanh(x, -2.0, 5.0), (WIDE,)),
    "hardsigmoid": (F.hardsigmoid, (WIDE,)),
    "hardswish": (F.hardswish, (WIDE,)),
    "sigmoid": (F.sigmoid, (X,)),
    "logsigmoid": (F.logsigmoid, (X,)),
    "tanh": (F.tanh, (X,)),
    "softplus": (F.softplus, (WIDE,)),
    "softplus, sharper": (lambda x: F.softplus(x, 2.0, 5.0), (WIDE,)),
    "silu": (F.silu, (X,)),
    "gelu": (F.gelu, (X,)),
    "gelu, its normal distribution": (normal_cdf, (X,)),
    "gelu, by tanh": (lambda x: F.gelu(x, "tanh"), (X,)),
    "glu": (F.glu, (X,)),
    "glu, other axis": (lambda x: F.glu(x, 1), (RNG.standard_normal((2, 4, 3)),)),
    "softmax": (lambda x: F.softmax(x, axis=0), (X,)),
    "log_softmax": (F.log_softmax, (X,)),
}
