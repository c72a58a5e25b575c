"""The derivative table, a page per family.

Importing this package fills ``primitive.TABLE``, from which NumPy's functions find the operations that record them.
"""

from . import elementwise, indexing, linalg, reduction, shape

__all__ = ["elementwise", "indexing", "linalg", "reduction", "shape"]
