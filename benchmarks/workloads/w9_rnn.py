"""W9: a recurrent network, written as a loop: five operations for each step of time."""

from .. import rnn
from ..workload import Workload

WORKLOAD = Workload(
    "W9",
    "vanilla RNN, hidden 128, batch 32, 100 steps, written as a loop",
    {
        "seegrad": rnn.seegrad_loop,
        "by hand": rnn.by_hand,
        "PyTorch": rnn.pytorch_loop,
        "JAX": rnn.jax,
        "MyGrad": rnn.mygrad,
        "HIPS autograd": rnn.hips,
    },
)
