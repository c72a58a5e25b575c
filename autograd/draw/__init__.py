"""Pictures of the graph: ``autograd.draw(loss)``.

``draw`` gives a ``Drawing``, which a notebook shows by itself and ``save`` writes to a file; ``draw.diff`` shows what
differs between two graphs, and ``draw.filmstrip`` how the numbers of one change while a model is trained.

The work is done in rooms that follow each other. :mod:`.snapshot` turns the graph into plain data (:mod:`.data`),
:mod:`.plan` decides what of it is shown, and the renderers draw that: :mod:`.dot` in the language of Graphviz,
:mod:`.svg` by a layout of our own (:mod:`.layout`), :mod:`.tree` as text, :mod:`.player` as a page on which one steps
through it. What is said in a picture (:mod:`.words`) and its colours (:mod:`.themes`) are the same in all of them.
:mod:`.drawing` is what one holds in hand, :mod:`.compare` lays two graphs side by side, :mod:`.film` records.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from ..tensor import Tensor
from .compare import Comparison, diff
from .drawing import Drawing
from .film import Filmstrip, filmstrip
from .player import Player
from .run import of_function, sweeps_of
from .snapshot import take
from .words import Style

__all__ = ["Comparison", "Drawing", "Filmstrip", "Player", "diff", "draw", "filmstrip"]


def draw(
    *outputs: Tensor | Sequence[Tensor] | Callable[..., Any] | Any,
    depth: int | None = None,
    fold: bool | None = None,
    focus: str | int | Tensor | None = None,
    radius: int = 2,
    gradients: bool = False,
    health: bool = False,
    saved: bool = False,
    local: bool | None = None,
    theme: str = "auto",
    prefix: str = "",
    direction: str = "right",
) -> Drawing:
    """Draw the graph that led to one or several Tensors, with the numbers in it.

    Each box shows its value in green above and, after ``backward()``, its gradient in red below, after a ∂. Up to 8
    elements are shown in full, of more the smallest, the largest and the mean. Under ``autograd.trace()`` all values
    are kept, and source lines, and why a wire is cut; what was not kept and leads to no parameter is a dotted stub.

    Parameters
    ----------
    *outputs : Tensor, sequence of Tensor, or a function and its arguments
        The results to begin with. A function (a Module is one) is run on the arguments, under ``trace()``; arrays of
        floating point numbers and Python floats become leaves, and if the result is a single number it is swept
        backward. No Tensor's ``grad`` is touched.
    depth : int, optional
        How many levels of modules are opened; deeper ones are a box each. Default: all that can be laid out.
    fold : bool, optional
        Draw repeats of one structure once, as "Block × 12". Default: from 120 boxes on.
    focus : str, int or Tensor, optional
        Draw only what is near: the name, the number in the snapshot, or the Tensor itself.
    radius : int, default 2
        How many wires away from the focus that is.
    gradients : bool, default False
        Draw the graph of the gradients too. They must come from ``backward(create_graph=True)``.
    health : bool, default False
        Colour the boxes by the size of their gradients, on a fixed scale from 1e−8 to 1e4.
    saved : bool, default False
        Tell what each operation keeps for the backward sweep, and how much that is together.
    local : bool, optional
        Write the local derivatives on the wires. Default: if there are at most 40 wires.
    theme : {"auto", "light", "dark"}
        Auto is light, and an SVG turns dark where the reader prefers that.
    prefix : str, default ""
        Begins all ids in the picture: letters and digits, so that two figures can share a page.
    direction : {"right", "down"}
        Where the program goes on. Down is for what is deep and narrow.

    Returns
    -------
    Drawing
        Jupyter shows it by itself; ``save("x.svg")`` writes a file (svg, png, pdf, dot, txt, html); ``text()`` is a
        tree for terminals, ``player()`` a page to step through.

    Raises
    ------
    TypeError
        If something else than Tensors is given, or nothing.
    ValueError
        If an option has a value that makes no sense.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw import draw
    >>> x, y, z = Tensor(-2.0, True, "x"), Tensor(5.0, True, "y"), Tensor(-4.0, True, "z")
    >>> f = (x + y) * z
    >>> f.backward()
    >>> draw(f)
    <Drawing: 5 nodes, 4 edges>
    >>> print(draw(lambda x, y, z: (x + y) * z, -2.0, 5.0, -4.0, local=False).text())
    result × = −12   ∂ 1
    ├─ + = 3   ∂ −4
    │  ├─ x = −2   ∂ −4
    │  └─ y = 5   ∂ −4
    └─ z = −4   ∂ 3
    """
    _refuse_strange_options(theme, prefix, direction)
    swept: dict[int, Any] = {}
    if outputs and callable(outputs[0]) and not isinstance(outputs[0], Tensor):
        tensors, swept, _operands = of_function(outputs[0], outputs[1:])
    else:
        tensors = [one for output in outputs for one in (output if isinstance(output, (list, tuple)) else (output,))]
    if not tensors:
        raise TypeError("draw() was given nothing; give it the result to begin with, as in draw(loss)")
    for one in tensors:
        if not isinstance(one, Tensor):
            raise TypeError(
                f"draw() was given {type(one).__name__}, and draws Tensors; give it a result of your program, as in "
                "draw(loss), or a function and its arguments, as in draw(model, x)"
            )
    youngest = max((tensor.node.number for tensor in tensors if tensor.node is not None), default=0)
    snapshot = take([*tensors, *sweeps_of(tensors)], swept, youngest) if gradients else take(tensors, swept)
    if isinstance(focus, Tensor):
        focus = _number_of(focus, tensors)
    style = Style(health, saved, local, theme, prefix, direction)
    return Drawing(snapshot, style, depth=depth, fold=fold, focus=focus, radius=radius)


def __dir__() -> list[str]:
    return __all__


def _refuse_strange_options(theme: str, prefix: str, direction: str) -> None:
    if direction not in ("right", "down"):
        raise ValueError(f"direction={direction!r} is not known; it is one of 'right', 'down'")
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"theme={theme!r} is not known; it is one of 'auto', 'light', 'dark'")
    if prefix and not (prefix.isascii() and prefix.isalnum() and prefix[0].isalpha()):
        raise ValueError(f"prefix={prefix!r} cannot begin an id; it has letters and digits, and a letter first")


def _number_of(focus: Tensor, tensors: Sequence[Tensor]) -> int:
    """Return the number of a Tensor in the snapshot: as many nodes are older as it says."""
    from .snapshot import number_in

    found = number_in(tensors, focus)
    if found is None:
        raise ValueError(f"focus={focus!r} is no part of this graph; give a Tensor that the result was made of")
    return found


class _Drawer(ModuleType):
    """The class of this module, so that ``autograd.draw`` is the package and the function at once."""

    def __call__(self, *outputs: Any, **options: Any) -> Drawing:
        return draw(*outputs, **options)

    __call__.__doc__ = draw.__doc__


sys.modules[__name__].__class__ = _Drawer
