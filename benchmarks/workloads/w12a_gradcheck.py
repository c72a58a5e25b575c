"""W12a: the gradient check of a small net."""

from __future__ import annotations

import numpy as np

from ..small_net import outputs, start
from ..workload import Built, Workload


def seegrad() -> Built:
    """Define by run."""
    from autograd import Tensor, gradcheck

    x, _, w = start()
    passed, variable = False, Tensor(w, requires_grad=True)

    def step() -> None:
        nonlocal passed
        passed = bool(gradcheck(lambda w: outputs(np.tanh, x, w), variable))

    return step, lambda: [float(passed)]


def pytorch() -> Built:
    """PyTorch, eagerly."""
    import torch

    x, _, w = start()
    passed, xs, variable = False, torch.tensor(x), torch.tensor(w, requires_grad=True)

    def step() -> None:
        nonlocal passed
        passed = torch.autograd.gradcheck(lambda w: outputs(torch.tanh, xs, w), variable)

    return step, lambda: [float(passed)]


WORKLOAD = Workload(
    "W12a",
    "gradcheck of a net 4-8-3, 67 parameters",
    {"seegrad": seegrad, "PyTorch": pytorch},
    without={
        "by hand": "it would be two calls of the net for each parameter: nothing to gain",
        "JAX": "its check_grads tries one random direction",
        "MyGrad": "it has none",
        "HIPS autograd": "its check_grads tries one random direction",
    },
    check_steps=1,
)
