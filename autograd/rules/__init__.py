"""The derivative table, a page per family.

Importing this package fills ``primitive.TABLE``, from which NumPy's functions find the operations that record them.
"""

from . import decompositions, elementwise, fourier, indexing, linalg, order, reduction, scan, selection, shape, window

__all__ = [
    "decompositions",
    "elementwise",
    "fourier",
    "indexing",
    "linalg",
    "order",
    "reduction",
    "scan",
    "selection",
    "shape",
    "window",
]
