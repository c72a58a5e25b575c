"""Which mutants a piece of source has: its tree with one node changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Function = ast.FunctionDef | ast.Lambda

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult},
    **{ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    **{ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,)},
    **{ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)},
}
SIDED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)  # a ∘ b is not b ∘ a
COMMUTATIVE = {
    *(
        "add",
        "multiply",
        "maximum",
        "minimum",
        "max",
        "min",
        "hypot",
        "logaddexp",
        "logical_and",
        "logical_or",
        "vecdot",
    ),
    *("swapaxes", "broadcast_shapes", "promote_types", "result_type", "_common"),
}
QUESTIONS = {"isinstance", "hasattr", "getattr", "type", "len", "range", "zip", "enumerate", "any", "all", "cast"}
SMALL = (ast.Constant, ast.UnaryOp, ast.Tuple, ast.Slice, ast.Name, ast.keyword, ast.Starred)


@dataclass(frozen=True)
class Place:
    """Where a node hangs in the tree."""

    above: tuple[ast.AST, ...]
    field: str
    index: int | None

    def node(self) -> Any:
        found = getattr(self.above[-1], self.field)
        return found if self.index is None else found[self.index]

    def put(self, node: Any) -> None:
        if self.index is None:
            setattr(self.above[-1], self.field, node)
        else:
            getattr(self.above[-1], self.field)[self.index] = node

    def around(self) -> ast.AST:
        """Return the smallest piece here that is not a mere constant or name."""
        pieces = (self.node(), *reversed(self.above))
        return next((p for p in pieces if isinstance(p, (ast.expr, ast.stmt)) and not isinstance(p, SMALL)), pieces[-1])


def mutants(function: Function) -> Iterator[str]:
    """Change the tree in one place at a time, and yield what was changed; in between the tree is that mutant's."""
    seen: dict[str, int] = {}
    for place in list(places(function)):
        right, piece = place.node(), place.around()
        before = shown(piece)
        for wrong in alternatives(right):
            place.put(ast.fix_missing_locations(ast.copy_location(wrong, right)))
            text = f"{before} → {shown(wrong if piece is right else piece)}"
            seen[text] = seen.get(text, 0) + 1
            try:
                yield text if seen[text] == 1 else f"{text} ({seen[text]})"
            finally:
                place.put(right)


def places(function: Function) -> Iterator[Place]:
    """Walk over what a function computes: not what it refuses, and what it says about itself."""
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(function, ())]
    while waiting:
        node, above = waiting.pop()
        above = (*above, node)
        for field, value in ast.iter_fields(node):
            if field in ("args", "annotation", "returns", "decorator_list") and not isinstance(node, ast.Call):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr) or _is_talk(child):
                    continue
                yield Place(above, field, index)
                waiting.append((child, above))


def _is_talk(node: ast.AST) -> bool:
    """Say whether a node is a docstring, or does nothing but refuse."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    if isinstance(node, ast.If):
        return not node.orelse and all(isinstance(s, ast.Raise) for s in node.body)
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def alternatives(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what might stand in the place of a node by mistake."""
    match node:
        case ast.BinOp(left, op, right):
            if type(op) in OPERATORS:
                yield ast.BinOp(left, OPERATORS[type(op)](), right)
            if isinstance(op, SIDED):
                yield ast.BinOp(right, op, left)
            yield left  # a term, or a factor, is forgotten
            if isinstance(op, (ast.Add, ast.Sub, ast.Mult, ast.MatMult)):
                yield right
        case ast.UnaryOp(ast.USub() | ast.Not() | ast.Invert(), operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(float(value)):
            yield ast.Constant(2 * value if value else 1.0)
        case ast.Compare(left, [op], right):
            for other in COMPARISONS[type(op)]:
                yield ast.Compare(left, [other()], right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.AugAssign(target, op, value):
            if type(op) in OPERATORS:
                yield ast.AugAssign(target, OPERATORS[type(op)](), value)
            yield ast.Pass()
        case ast.Attribute(value, "T"):
            yield value
        case ast.Call():
            yield from _calls(node)


def _calls(call: ast.Call) -> Iterator[ast.AST]:
    """The first two arguments the wrong way round, and the call not made: its first argument as it is."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = [a for a in call.args[:2] if not isinstance(a, ast.Starred)]
    if name in QUESTIONS:
        return
    if len(first) == 2 and name not in COMMUTATIVE and ast.dump(first[0]) != ast.dump(first[1]):
        yield ast.Call(call.func, [*first[::-1], *call.args[2:]], call.keywords)
    if isinstance(call.func, ast.Attribute) and not _is_module(call.func.value):
        yield call.func.value
    elif first:
        yield first[0]


def _is_module(node: ast.AST) -> bool:
    """Say whether a name with a dot is a module's (np.exp) and not an array's (x.sum)."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in ("np", "math", "maps", "sys")


def shown(piece: ast.AST, limit: int = 60) -> str:
    """Return the text of a piece of source, on one line and not too long."""
    match piece:
        case ast.Pass():
            return "(left out)"
        case ast.If(test):
            text = f"if {ast.unparse(test)}"
        case _:
            text = ast.unparse(piece).partition("\n")[0]
    return text if len(text) <= limit else f"{text[: limit - 21]} … {text[-18:]}"
