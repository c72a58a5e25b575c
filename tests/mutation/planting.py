"""Put other code into a function that is in use, wherever it is in use."""

from __future__ import annotations

import ast
import copy
import functools
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from .source import Function, mutants


@contextmanager
def planted(functions: Sequence[FunctionType], code: CodeType) -> Iterator[None]:
    right = [f.__code__ for f in functions]
    for f in functions:
        f.__code__ = code
    try:
        yield
    finally:
        for f, old in zip(functions, right, strict=True):
            f.__code__ = old


def mutants_of(function: FunctionType) -> Iterator[tuple[str, CodeType]]:
    """Yield what is wrong with it, and the code, of each mutant of a function."""
    tree = bare(definition(function))
    for text in mutants(tree):
        yield text, compiled(tree, function.__code__)


def definition(function: FunctionType) -> Function:
    """Return the piece of source that a function was compiled from."""
    code = function.__code__
    fitting = [node for node in _functions(code.co_filename) if _first_line(node) == code.co_firstlineno]
    if code.co_name != "<lambda>":
        fitting = [node for node in fitting if getattr(node, "name", None) == code.co_name]
    else:  # of several on a line, the one whose body has the places that the code came from
        spots = [(line, column) for line, _, column, end in code.co_positions() if line and column is not None and end]
        fitting = [node for node in fitting if isinstance(node, ast.Lambda) and _covers(node.body, spots)]
    (found,) = fitting
    return found


@functools.cache
def _functions(filename: str) -> list[Function]:
    tree = ast.parse(Path(filename).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]


def _first_line(node: Function) -> int:
    decorators = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def _covers(node: ast.expr, spots: Sequence[tuple[int, int]]) -> bool:
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    return all(start <= spot <= end for spot in spots)


def bare(function: Function) -> Function:
    """Return a copy without what is evaluated when the function is made: decorators, defaults, annotations."""
    function = copy.deepcopy(function)
    arguments = function.args
    arguments.defaults, arguments.kw_defaults = [], [None] * len(arguments.kwonlyargs)
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    if isinstance(function, ast.FunctionDef):
        function.decorator_list, function.returns = [], None
    return function


def compiled(function: Function, like: CodeType) -> CodeType:
    """Compile a function that takes the place of one with this code: with the same variables of functions around it."""
    free = [ast.Name(name, ast.Load()) for name in like.co_freevars]
    function = copy.copy(function)
    named = ast.Tuple([*free], ast.Load())  # they are counted where they are named, also where it is never evaluated
    body: Any = function.body
    if isinstance(function, ast.Lambda):
        function.body = ast.IfExp(ast.Constant(True), body, named) if free else body
        statement: ast.stmt = ast.Expr(function)
    else:
        function.body = [ast.If(ast.Constant(False), [ast.Expr(named)], []), *body] if free else body
        function.name = "mutant"  # of the same name it would be what it calls, if it calls itself
        statement = function
    around = ast.FunctionDef(
        name="around",
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg(n) for n in like.co_freevars], kwonlyargs=[], kw_defaults=[], defaults=[]
        ),
        body=[statement],
        decorator_list=[],
        type_params=[],
    )
    module = ast.fix_missing_locations(ast.Module([around], type_ignores=[]))
    outer = compile(module, like.co_filename, "exec", dont_inherit=True)
    (inner,) = (c for c in outer.co_consts if isinstance(c, CodeType))
    (code,) = (c for c in inner.co_consts if isinstance(c, CodeType))
    return code.replace(co_name=like.co_name, co_firstlineno=like.co_firstlineno)


def in_use(code: CodeType) -> list[FunctionType]:
    """Return all functions that have this code: those made inside other functions too."""
    return [f for f in gc.get_objects() if type(f) is FunctionType and f.__code__ is code]
