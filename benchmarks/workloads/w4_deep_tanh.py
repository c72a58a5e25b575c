"""W4: the deep net of the lecture on initialisation."""

from ..mlp import MLP
from ..workload import Workload

NET = MLP((500,) * 11, batch=1000, loss="squares", lr=1e-4)
WORKLOAD = Workload("W4", "10 layers of 500 tanh, batch 1000", NET.builds(), check_steps=2)
