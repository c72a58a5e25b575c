"""Define-by-run automatic differentiation on NumPy: write models in plain Python, see the graph, check the gradients."""

from . import methods as _methods
from . import protocols as _protocols
from .graph import enable_grad, no_grad, trace
from .primitive import primitive
from .random import seed
from .tensor import Tensor

__all__ = ["Tensor", "enable_grad", "no_grad", "primitive", "seed", "trace"]
