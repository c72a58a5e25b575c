"""Smooth non-linearities as layers, and those that make probabilities."""

from __future__ import annotations

import math

from autograd import Tensor

from . import functional as F
from .functional import options
from .functional.smooth import Approximation, refuse_approximation, refuse_beta
from .module import Module
from .pointwise import Pointwise


class Sigmoid(Pointwise):
    """The logistic function 1/(1 + e⁻ˣ), element by element: see :func:`nn.functional.sigmoid`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Sigmoid()(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return 1/(1 + e⁻ˣ), of the shape of x."""
        return F.sigmoid(x)


class LogSigmoid(Pointwise):
    """The logarithm of the logistic function, −log(1 + e⁻ˣ): see :func:`nn.functional.logsigmoid`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.LogSigmoid()(np.array([-1e4, 0.0])).round(4).tolist()
    [-10000.0, -0.6931]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return −log(1 + e⁻ˣ), of the shape of x."""
        return F.logsigmoid(x)


class Tanh(Pointwise):
    """The hyperbolic tangent, element by element: see :func:`nn.functional.tanh`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Tanh()(np.array([-20.0, 0.0, 20.0]))
    array([-1.,  0.,  1.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh x, of the shape of x."""
        return F.tanh(x)


class Softplus(Pointwise):
    """The smooth rectifier log(1 + e^βx)/β: see :func:`nn.functional.softplus`.

    Parameters
    ----------
    beta : float, default 1.0
        β.
    threshold : float, default 20.0
        Where βx is above it the function is taken to be x itself.

    Raises
    ------
    ValueError
        If beta is 0.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Softplus()(np.array([-1e4, 0.0, 1e4])).round(4).tolist()
    [0.0, 0.6931, 10000.0]
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        options.numbers("Softplus", beta=beta, threshold=threshold)
        refuse_beta(beta)
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        """Return log(1 + e^βx)/β, of the shape of x."""
        return F.softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"beta={self.beta}, threshold={self.threshold}"


class SiLU(Pointwise):
    """The sigmoid linear unit x·σ(x), also called swish: see :func:`nn.functional.silu`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.SiLU()(np.array([0.0, 1e4]))
    array([    0., 10000.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x·σ(x), of the shape of x."""
        return F.silu(x)


class GELU(Pointwise):
    """The Gaussian error linear unit x·Φ(x): see :func:`nn.functional.gelu`.

    Parameters
    ----------
    approximate : {"none", "tanh"}, default "none"
        Whether a tanh stands in the place of Φ, which is quicker.

    Raises
    ------
    ValueError
        If `approximate` is something else.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GELU()(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [-0.1587, 0.0, 0.8413]
    """

    def __init__(self, approximate: Approximation = "none") -> None:
        super().__init__()
        refuse_approximation(approximate)
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """Return x·Φ(x), of the shape of x."""
        return F.gelu(x, self.approximate)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"approximate={self.approximate!r}"


class GLU(Module):
    """The gated linear unit a·σ(b), of the two halves a and b of x: see :func:`nn.functional.glu`.

    Parameters
    ----------
    axis : int, default −1
        Along which x is cut in half.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GLU()(np.array([1.0, 2.0, 0.0, 1e4]))
    array([0.5, 2. ])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        options.axes(type(self).__name__, axis=axis)
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return a·σ(b): shape (…, 2n, …) → (…, n, …)."""
        return F.glu(x, self.axis)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 2 for each element of the result: σ, and the product."""
        return 2 * math.prod(output_shape)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis}"


class Softmax(Module):
    """Scores to probabilities, exp(xⱼ) / Σₖ exp(xₖ): see :func:`nn.functional.softmax`.

    Before a :class:`nn.CrossEntropyLoss` it is one softmax too many.

    Parameters
    ----------
    axis : int, default −1
        Along it the results add up to 1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Softmax()(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        options.axes(type(self).__name__, axis=axis)
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return the probabilities, of the shape of x."""
        return F.softmax(x, self.axis)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 5 for each element: in the maximum, its subtraction, the exponential, the sum, the quotient."""
        return 5 * math.prod(output_shape)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis}"


class LogSoftmax(Module):
    """Logarithms of the probabilities of :class:`Softmax`: see :func:`nn.functional.log_softmax`.

    Parameters
    ----------
    axis : int, default −1
        Along it the exponentials of the results add up to 1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.LogSoftmax()(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        options.axes(type(self).__name__, axis=axis)
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return the logarithms, of the shape of x."""
        return F.log_softmax(x, self.axis)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 5 for each element: in the maximum, its subtraction, the exponential, the sum, the difference."""
        return 5 * math.prod(output_shape)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis}"
