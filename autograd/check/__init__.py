"""Gradient checking: what backward computes against difference quotients, which know no rules.

``gradcheck`` checks a function, ``check_model`` a model with its loss. Both return a `CheckResult`: a table with a row
for each input, which is true unless a row failed.
"""

from .function import gradcheck
from .model import check_model
from .result import CheckResult, GradientError, Row

__all__ = ["CheckResult", "GradientError", "Row", "check_model", "gradcheck"]
