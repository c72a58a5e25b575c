"""Initial values of weights: PyTorch's names, and the papers of the course.

An initialiser writes into a Parameter, in place and unrecorded, and returns it::

    nn.init.kaiming_normal_(layer.weight, rng=0)

:func:`initialise` does so for a whole model; :func:`lsuv_` and :func:`data_dependent_` look at data as well.
"""

from .data import data_dependent_, lsuv_
from .fans import calculate_gain, fan_in_and_fan_out
from .simple import constant_, normal_, ones_, trunc_normal_, uniform_, zeros_
from .structured import dirac_, eye_, identity_, orthogonal_, sparse_
from .variance import (
    he_normal_,
    he_uniform_,
    kaiming_normal_,
    kaiming_uniform_,
    lecun_normal_,
    lecun_uniform_,
    random_walk_,
    xavier_fan_in_normal_,
    xavier_fan_in_uniform_,
    xavier_normal_,
    xavier_uniform_,
)
from .whole import initialise
from .width import LayerWidth, WidthReport, width_rule

__all__ = [
    "LayerWidth",
    "WidthReport",
    "calculate_gain",
    "constant_",
    "data_dependent_",
    "dirac_",
    "eye_",
    "fan_in_and_fan_out",
    "he_normal_",
    "he_uniform_",
    "identity_",
    "initialise",
    "kaiming_normal_",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "lsuv_",
    "normal_",
    "ones_",
    "orthogonal_",
    "random_walk_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "width_rule",
    "xavier_fan_in_normal_",
    "xavier_fan_in_uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]
