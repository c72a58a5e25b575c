"""A plan as a tree of text, for terminals: the result on top, below it what it was made of."""

from __future__ import annotations

from .plan import Plan
from .words import Style, caption, card, local_words, names_in

DEEPEST = 40  # levels of indentation


def tree(plan: Plan, style: Style | None = None) -> str:
    """Return the plan as a tree of text; what was shown already is named again and not repeated.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw.plan import make
    >>> from autograd.draw.snapshot import take
    >>> from autograd.draw.tree import tree
    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> y = x * 2.0
    >>> y.backward()
    >>> print(tree(make(take([y]))))
    output × = 6   ∂ 1
    ├─ x = 3   ∂ 2   [∂/∂x = 2]
    └─ 2
    """
    style = style or Style()
    incoming, taken = plan.incoming(), names_in(plan.snapshot)
    is_used = {wire.tail for wire in plan.wires}
    lines: list[str] = []
    seen: set[int] = set()
    tops = [box.number for box in plan.boxes if box.number not in is_used]
    waiting = [(number, "", "", "") for number in reversed(tops)]
    while waiting:
        number, before, below, local = waiting.pop()
        words = _words(plan, number, style) + (f"   [{local}]" if local else "")
        wires = incoming[number]
        if number in seen and wires:
            lines.append(f"{before}{words}   (see above)")
            continue
        seen.add(number)
        lines.append(before + words)
        if len(below) > 3 * DEEPEST and len(wires) > 1:
            lines.append(f"{below}└─ … (deeper than {DEEPEST} levels: focus= shows it)")
            continue
        operands = {edge.operand: edge.tail for wire in wires for edge in wire.edges}
        children = []
        for i, wire in enumerate(wires):
            edge = wire.edges[0]
            told = f"✂ {edge.cut}" if edge.cut is not None else ""
            if not told and edge.contribution is not None and edge.local is not None and style.local is not False:
                told = local_words(plan.snapshot, edge, operands, taken)
            if len(wires) == 1:  # a chain goes straight down, however long it is
                children.append((wire.tail, below + "│ ", below, told))
            else:
                is_last = i == len(wires) - 1
                indent = below + ("   " if is_last else "│  ")
                children.append((wire.tail, below + ("└─ " if is_last else "├─ "), indent, told))
        waiting.extend(reversed(children))
    return "\n".join([*lines, *caption(plan, style)])


def _words(plan: Plan, number: int, style: Style) -> str:
    """Return a box in one line: its name, what it is, its value, its gradient."""
    words = card(plan, plan.boxes[number], style)
    text = " ".join(line.text for line in words.lines)
    value = " ".join(part.strip() for part in words.value.split("\n"))
    gradient = " ".join(part.strip() for part in words.gradient.split("\n"))
    return (
        text + (f" = {value}" if value else "") + (f"   {gradient or words.reason}" if gradient or words.reason else "")
    )
