"""Optimisers: the rules by which gradients change parameters, their schedules, averages and clipping.

Names and defaults are PyTorch's. A step reads ``grad`` of each parameter, and writes into its ``data``.

>>> import optim
>>> from autograd import Tensor
>>> w = Tensor([1.0, -2.0], requires_grad=True)
>>> sgd = optim.SGD([w], lr=0.25)
>>> for step in range(3):
...     sgd.zero_grad()
...     (w * w).sum().backward()
...     sgd.step()
>>> w.data
array([ 0.125, -0.25 ])

- ``SGD`` to ``RAdam``, ``LBFGS``: the rules; ``table()`` says what each keeps of the gradients, ``Optimizer`` is their
  base, and that of a rule of your own
- ``Scheduler``, ``OnPlateau``: options that change on the way, by the curves of ``optim.schedules``
- ``clip_grad_norm_``, ``clip_grad_value_``, ``clip_grad_adaptive_``: before the step
- ``Averaged``, ``average_checkpoints``, ``refresh_batch_norm``: averages of parameters
- ``scale_by_fan_in``: a learning rate for each fan-in
- ``minimize``: SciPy's minimisers, with exact derivatives
"""

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
