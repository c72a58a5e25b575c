"""W9b: the same recurrent network as a layer, where the library has one."""

from .. import rnn
from ..workload import Workload

WORKLOAD = Workload(
    "W9b",
    "the same with the library's layer, nn.RNN",
    {"seegrad": rnn.seegrad_layer, "by hand": rnn.by_hand, "PyTorch": rnn.pytorch_layer},
    without=dict.fromkeys(("JAX", "MyGrad", "HIPS autograd"), "it has no such layer: see W9"),
)
