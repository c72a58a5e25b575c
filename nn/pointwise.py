"""What layers share that compute the same function of every number by itself."""

from __future__ import annotations

import math

from .module import Module


class Pointwise(Module):
    """A layer y = f(x), element by element: as a function of one number it counts one operation for each."""

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the number of elements."""
        return math.prod(output_shape)
