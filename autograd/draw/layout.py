"""Where the boxes stand: by Graphviz, or by a plain layered layout of our own.

Ours puts each box one rank to the right of what it was made of, orders each rank by the mean place of the neighbours
(barycentre sweeps, back and forth; Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
structures", 1981), and then moves the boxes of a rank as near to their neighbours as the order lets them. Its wires are
straight. It needs nothing installed and takes 20,000 boxes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from .plan import MOST_FOR_DOT, Frame, Plan
from .render import can_render, render
from .words import Card

GAP, STEP = 16.0, 44.0  # pixels between boxes of a rank, and between ranks
SWEEPS = 4
POINTS = 72.0  # an inch, in which Graphviz measures


@dataclass(frozen=True, slots=True)
class Geometry:
    """Places in pixels, from the upper left corner.

    Attributes
    ----------
    centers : list of (x, y)
        For each box its middle.
    sizes : list of (width, height)
        For each box, with the lines above and below it.
    curves : list of lists of (x, y)
        For each wire its ends, or where Graphviz bent it, the control points of its Bézier curves.
    frames : list of (left, top, right, bottom) or None
        For each frame of the plan; None if something foreign stands in it.
    width, height : float
        The size of the picture.
    """

    centers: list[tuple[float, float]]
    sizes: list[tuple[float, float]]
    curves: list[list[tuple[float, float]]]
    frames: list[tuple[float, float, float, float] | None]
    width: float
    height: float


def place(plan: Plan, cards: Sequence[Card], direction: str = "right") -> Geometry:
    """Return where everything stands: by Graphviz if it is there and takes it, otherwise by ourselves."""
    sizes = [size_of(card) for card in cards]
    if len(plan.boxes) <= MOST_FOR_DOT and can_render():
        with suppress(RuntimeError):  # it failed, or was too slow
            return _by_graphviz(plan, sizes, direction)
    return layered(plan, sizes, direction)


def size_of(card: Card) -> tuple[float, float]:
    """Return how large a box is with what stands above and below it: width and height in pixels."""
    inside = [
        width_of(line.text) * (8.6 if line.look == "bold" else 6.2 if line.look == "small" else 8)
        for line in card.lines
    ]
    outside = [width_of(line) * 7.7 for line in (*card.value.split("\n"), *(card.gradient or card.reason).split("\n"))]
    height = 12 + sum(HEIGHTS.get(line.look, 16) for line in card.lines)
    above, below = card.value.count("\n") + 1, (card.gradient or card.reason).count("\n") + 1
    return max(34.0, max(inside, default=0) + 16, max(outside) + 4), height + 17.0 * (above + below)


HEIGHTS = {"small": 13, "sign": 24}


def width_of(text: str) -> int:
    """Return how many columns a text takes: East Asian characters are twice as wide."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


# ---------------------------------------------------------------------------------------------------------- our own


def layered(plan: Plan, sizes: Sequence[tuple[float, float]], direction: str = "right") -> Geometry:
    """Return the layered layout of a plan whose boxes have these sizes."""
    if direction == "down":  # the same, seen in a mirror
        right = layered(plan, [(height, width) for width, height in sizes])
        centers = [(y, x) for x, y in right.centers]
        curves = [[(y, x) for x, y in curve] for curve in right.curves]
        frames = frames_around(plan, centers, sizes)
        return _shifted(Geometry(centers, list(sizes), curves, frames, right.height, right.width))
    ends = [(min(w.tail, w.head), max(w.tail, w.head)) for w in plan.wires]  # a wire that leads back counts as forward
    ranks = _ranks(len(plan.boxes), ends)
    before: list[list[int]] = [[] for _ in plan.boxes]
    after: list[list[int]] = [[] for _ in plan.boxes]
    for tail, head in ends:
        before[head].append(tail)
        after[tail].append(head)
    columns: list[list[int]] = [[] for _ in range(max(ranks, default=0) + 1)]
    for box, rank in enumerate(ranks):
        columns[rank].append(box)
    _order(columns, before, after)
    ys = _heights(columns, before, after, sizes)
    centers = [(0.0, 0.0)] * len(plan.boxes)
    x = STEP / 2
    for column in columns:
        width = max((sizes[box][0] for box in column), default=0.0)
        for box in column:
            centers[box] = (x + width / 2, ys[box])
        x += width + STEP
    top = min((y - sizes[box][1] / 2 for box, y in enumerate(ys)), default=0.0) - 30
    centers = [(cx, cy - top) for cx, cy in centers]
    bottom = max((cy + sizes[box][1] / 2 for box, (_, cy) in enumerate(centers)), default=0.0) + 16
    curves = [_straight(centers, sizes, wire.tail, wire.head) for wire in plan.wires]
    frames = frames_around(plan, centers, sizes)
    return Geometry(centers, list(sizes), curves, frames, x, bottom)


def _ranks(count: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each box its column: right of all that lead to it; what nothing leads to is just left of its use."""
    ranks = [0] * count
    fed = [False] * count
    for tail, head in sorted(ends, key=lambda end: end[1]):
        ranks[head] = max(ranks[head], ranks[tail] + 1)
        fed[head] = True
    nearest: dict[int, int] = {}
    for tail, head in ends:
        nearest[tail] = min(nearest.get(tail, ranks[head]), ranks[head])
    for box, rank in nearest.items():
        if not fed[box]:
            ranks[box] = rank - 1
    return ranks


def _order(columns: list[list[int]], before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> None:
    """Sort each column by the mean place of its neighbours in the columns already sorted, to and fro."""
    place = [0.0] * len(before)
    for column in columns:
        for i, box in enumerate(column):
            place[box] = i - len(column) / 2
    for sweep in range(SWEEPS):
        neighbours, order = (before, columns) if sweep % 2 == 0 else (after, columns[::-1])
        for column in order:
            if len(column) > 1:
                means = {box: _mean([place[b] for b in neighbours[box]], place[box]) for box in column}
                column.sort(key=means.__getitem__)
                for i, box in enumerate(column):
                    place[box] = i - len(column) / 2


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _heights(
    columns: Sequence[Sequence[int]],
    before: Sequence[Sequence[int]],
    after: Sequence[Sequence[int]],
    sizes: Sequence[tuple[float, float]],
) -> list[float]:
    """Return for each box its y: near the mean of its neighbours, in the order of its column, without overlap."""
    ys = [0.0] * len(before)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            wanted = [
                _mean([ys[b] for b in (*before[box], *after[box])] if sweep else [ys[b] for b in before[box]], ys[box])
                for box in column
            ]
            for box, y in zip(column, _apart(wanted, [sizes[box][1] + GAP for box in column]), strict=True):
                ys[box] = y
    return ys


def _apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return places in this order, without overlap, as near to the wanted ones as can be, in the least squares.

    Boxes that would overlap form a block, which stands where its members want it on average (pool adjacent violators).
    """
    blocks: list[list[float]] = []  # mean wanted place of the block's beginning, members, height
    for want, height in zip(wanted, heights, strict=True):
        blocks.append([want - height / 2, 1.0, height])
        while len(blocks) > 1 and blocks[-2][0] + blocks[-2][2] > blocks[-1][0]:
            start, members, tall = blocks.pop()
            first = blocks[-1]
            first[0] = (first[0] * first[1] + (start - first[2]) * members) / (first[1] + members)
            first[1] += members
            first[2] += tall
    places, i = [], 0
    for start, members, _ in blocks:
        y = start
        for _ in range(int(members)):
            places.append(y + heights[i] / 2)
            y += heights[i]
            i += 1
    return places


def _straight(
    centers: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]], tail: int, head: int
) -> list[tuple[float, float]]:
    (x0, y0), (x1, y1) = centers[tail], centers[head]
    return [(x0 + sizes[tail][0] / 2, y0), (x1 - sizes[head][0] / 2, y1)]


def frames_around(
    plan: Plan, centers: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]]
) -> list[tuple[float, float, float, float] | None]:
    """Return for each frame the rectangle around its boxes; None if a box that is not in it stands there too."""
    place = {frame.scope.number: i for i, frame in enumerate(plan.frames)}
    members: list[set[int]] = [set() for _ in plan.frames]
    for box in plan.boxes:
        i = place.get(box.scope) if box.scope is not None else None
        while i is not None:
            members[i].add(box.number)
            i = plan.frames[i].parent
    nested = _nesting(plan.frames)
    found: list[tuple[float, float, float, float] | None] = []
    edges = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(centers, sizes, strict=True)]
    for i in range(len(plan.frames)):
        inside = [edges[box] for box in members[i]]
        room = 7.0 + 9.0 * nested[i]
        left, top = min(e[0] for e in inside) - room, min(e[1] for e in inside) - room - 13 * (nested[i] + 1)
        right, bottom = max(e[2] for e in inside) + room, max(e[3] for e in inside) + room
        is_clear = len(plan.frames) * len(plan.boxes) < 2_000_000 and not any(
            e[0] < right and e[2] > left and e[1] < bottom and e[3] > top
            for box, e in enumerate(edges)
            if box not in members[i]
        )
        found.append((left, top, right, bottom) if is_clear else None)
    return found


def _nesting(frames: Sequence[Frame]) -> list[int]:
    """Return for each frame how many levels of frames are inside of it."""
    levels = [0] * len(frames)
    for i in range(len(frames) - 1, -1, -1):
        parent = frames[i].parent
        if parent is not None:
            levels[parent] = max(levels[parent], levels[i] + 1)
    return levels


# ---------------------------------------------------------------------------------------------------------- Graphviz's


def _by_graphviz(plan: Plan, sizes: Sequence[tuple[float, float]], direction: str) -> Geometry:
    """Let Graphviz place boxes of these sizes, and read its plain output."""
    output = render(_skeleton(plan, sizes, direction), "plain").decode()
    centers = [(0.0, 0.0)] * len(plan.boxes)
    bends: dict[tuple[int, int], list[list[tuple[float, float]]]] = {}
    width = height = 0.0
    for line in output.splitlines():
        kind, *words = line.split()
        if kind == "graph":
            width, height = float(words[1]) * POINTS, float(words[2]) * POINTS
        elif kind == "node":
            centers[int(words[0][1:])] = (float(words[1]) * POINTS, height - float(words[2]) * POINTS)
        elif kind == "edge":
            numbers = [float(word) * POINTS for word in words[3 : 3 + 2 * int(words[2])]]
            curve = [(x, height - y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            bends.setdefault((int(words[0][1:]), int(words[1][1:])), []).append(curve)
    curves = [bends[wire.tail, wire.head].pop(0) for wire in plan.wires]
    return _shifted(Geometry(centers, list(sizes), curves, frames_around(plan, centers, sizes), width, height))


def _shifted(geometry: Geometry) -> Geometry:
    """Return the geometry with everything, frames and their titles too, inside of the picture."""
    left, top, right, bottom = 0.0, 0.0, geometry.width, geometry.height
    for frame in geometry.frames:
        if frame is not None:
            left, top = min(left, frame[0]), min(top, frame[1])
            right, bottom = max(right, frame[2]), max(bottom, frame[3])
    dx, dy = 10 - left, 10 - top
    return replace(
        geometry,
        centers=[(x + dx, y + dy) for x, y in geometry.centers],
        curves=[[(x + dx, y + dy) for x, y in curve] for curve in geometry.curves],
        frames=[f and (f[0] + dx, f[1] + dy, f[2] + dx, f[3] + dy) for f in geometry.frames],
        width=right - left + 20,
        height=bottom - top + 20,
    )


def _skeleton(plan: Plan, sizes: Sequence[tuple[float, float]], direction: str) -> str:
    """Return a DOT text with the boxes' sizes, the wires and the frames, and no words."""
    lines = [
        "digraph {",
        f"graph [rankdir={'TB' if direction == 'down' else 'LR'} nodesep=0.2 ranksep=0.75 nslimit=4 nslimit1=4]",
        'node [shape=box fixedsize=true label=""]',
    ]
    members: dict[int | None, list[str]] = {}
    for box, (width, height) in zip(plan.boxes, sizes, strict=True):
        text = f"n{box.number} [width={width / POINTS:.3f} height={height / POINTS:.3f}]"
        members.setdefault(box.scope, []).append(text)
    lines += members.get(None, [])
    around: list[int] = []
    for place_, frame in enumerate(plan.frames):
        while around and around[-1] != frame.parent:
            around.pop()
            lines.append("}")
        around.append(place_)
        lines += [
            f"subgraph cluster_{place_} {{",
            'graph [label="M" fontsize=12 margin=10]',
            *members.get(frame.scope.number, []),
        ]
    lines += ["}" for _ in around]
    leaves, enters = ("s", "n") if direction == "down" else ("e", "w")
    lines += [f"n{wire.tail}:{leaves} -> n{wire.head}:{enters} [arrowhead=none]" for wire in plan.wires]
    return "\n".join([*lines, "}"])
