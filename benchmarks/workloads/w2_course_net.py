"""W2: the course's net of eleven lines."""

from ..mlp import MLP
from ..workload import Workload

NET = MLP((3, 4, 1), batch=4, activation="sigmoid", loss="squares", lr=1.0)
WORKLOAD = Workload("W2", "the course's 3-4-1 net, 4 points", NET.builds())
