"""W3: a small classifier."""

from ..mlp import MLP
from ..workload import Workload

WORKLOAD = Workload(
    "W3", "MLP 784-100-10, batch 64, SGD with momentum", MLP((784, 100, 10), batch=64, momentum=0.9).builds()
)
