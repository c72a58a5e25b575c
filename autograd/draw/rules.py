"""The text of a derivative rule, as the program has it: what a picture shows as the local derivative.

A rule is a function of the upstream gradient g. Where it is g times something, that something is the local derivative:
of ``lambda g, ans: g * (1 - ans * ans)`` the text is ``g·(1 − ans·ans)`` and the factor ``1 − ans·ans``.
"""

from __future__ import annotations

import ast
import functools
import linecache
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..primitive import Primitive

_FORMULA = re.compile(r"∂[^=:]*(?:=|:) ([^=,;:.\n]+)")  # how a docstring begins that tells the derivative


class RuleText(NamedTuple):
    """What is written of a rule: all of it, and what stands beside g if it is a product with g."""

    text: str | None
    factor: str | None


def text_of(primitive: Primitive, operand: str) -> RuleText:
    """Return the text of the rule by an operand.

    Examples
    --------
    >>> from autograd.draw.rules import text_of
    >>> from autograd.rules.elementwise import tanh
    >>> text_of(tanh.primitive, "x")
    RuleText(text='g·(1 − ans·ans)', factor='1 − ans·ans')
    """
    rule = primitive.together or primitive.rules.get(operand.partition("[")[0])
    return _text(rule) if rule is not None else RuleText(None, None)


@functools.lru_cache(maxsize=4096)
def _text(rule: Callable[..., Any]) -> RuleText:
    code = getattr(rule, "__code__", None)
    if code is None:
        return RuleText(getattr(rule, "__name__", None), None)
    if code.co_name != "<lambda>":
        call = f"{code.co_name.strip('_')}({', '.join(code.co_varnames[: code.co_argcount])})"
        return RuleText(_formula(rule) or call, None)
    body = _body(code)
    if body is None:
        return RuleText(None, None)
    upstream = code.co_varnames[0]
    factor = _without(body, upstream)
    return RuleText(_written(body), None if factor is None else _told_by_helper(factor, rule) or _written(factor))


def _body(code: Any) -> ast.expr | None:
    """Return the expression of a lambda: in its file the one that an instruction, or all of them, stand for."""
    places = set(code.co_positions())
    begins_on_this_line = _lambdas(code.co_filename).get(code.co_firstlineno, ())
    for found in begins_on_this_line:
        body = found.body
        if (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset) in places:
            return body
    return begins_on_this_line[0].body if len(begins_on_this_line) == 1 else None


@functools.lru_cache(maxsize=64)
def _lambdas(file: str) -> dict[int, list[ast.Lambda]]:
    """Return the lambdas of a file, by the line in which they begin."""
    found: dict[int, list[ast.Lambda]] = {}
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            found.setdefault(node.lineno, []).append(node)
    return found


def _without(body: ast.expr, g: str) -> ast.expr | None:
    """Return what g is multiplied by, or None if the expression is no such product."""
    if isinstance(body, ast.Name) and body.id == g:
        return ast.Constant(1)
    if isinstance(body, ast.UnaryOp) and isinstance(body.op, ast.USub):
        inner = _without(body.operand, g)
        return None if inner is None else ast.UnaryOp(ast.USub(), inner)
    if not isinstance(body, ast.BinOp) or not isinstance(body.op, (ast.Mult, ast.Div)):
        return None
    left, right = body.left, body.right
    if _mentions(right, g):
        if _mentions(left, g) or isinstance(body.op, ast.Div):
            return None
        right_factor = _without(right, g)
        return None if right_factor is None else _product(left, body.op, right_factor)
    left_factor = _without(left, g)
    return None if left_factor is None else _product(left_factor, body.op, right)


def _product(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    """Return left · right or left / right, without a factor 1."""
    if isinstance(op, ast.Mult):
        if _is_one(left):
            return right
        if _is_one(right):
            return left
        if isinstance(left, ast.UnaryOp) and _is_one(left.operand):
            return ast.UnaryOp(ast.USub(), right)
    return ast.BinOp(left, op, right)


def _is_one(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and expression.value == 1


def _mentions(expression: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(expression))


def _written(expression: ast.expr) -> str:
    """Return an expression as it is written on a blackboard."""
    text = ast.unparse(expression).replace(" ** ", "^").replace(" * ", "·").replace("math.pi", "π").replace("-", "−")
    text = re.sub(r"\b(np|math)\.", "", text)
    return re.sub(r"(?<![\w.])_(?=\w)", "", text)  # a helper's underscore says nothing here


def _told_by_helper(factor: ast.expr, rule: Callable[..., Any]) -> str | None:
    """Return what a helper says of itself if the factor is a call of it, with the names that its docstring uses."""
    if not (isinstance(factor, ast.Call) and isinstance(factor.func, ast.Name)):
        return None
    helper = getattr(rule, "__globals__", {}).get(factor.func.id)
    code = getattr(helper, "__code__", None)
    if code is None or [ast.unparse(one) for one in factor.args] != list(code.co_varnames[: code.co_argcount]):
        return None
    return _formula(helper)


def _formula(function: Any) -> str | None:
    """Return the formula that a docstring begins with: ``∂(x^y)/∂x = y·x^(y−1), which …``."""
    match = _FORMULA.match((function.__doc__ or "").strip())
    return match[1].strip() if match else None
