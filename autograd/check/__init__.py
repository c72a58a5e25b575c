"""Gradient checking: what backward computes against derivatives measured from values, which know no rules.

``gradcheck`` checks a function, ``check_model`` a model with its loss, ``assert_gradients`` is for tests, and
``python -m autograd.check module:function`` for the command line. They return a `CheckResult`: a table with a row for
each input, which is true unless something failed.
"""

from .function import assert_gradients, gradcheck
from .model import check_model
from .result import Blame, CheckResult, GradientError, Row

__all__ = ["Blame", "CheckResult", "GradientError", "Row", "assert_gradients", "check_model", "gradcheck"]
