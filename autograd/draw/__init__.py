"""Pictures of the graph: ``autograd.draw(loss)``.

The work is done in four rooms, each of which knows only the one before: :mod:`.snapshot` turns the graph into plain
data, :mod:`.dot` writes these in the language of Graphviz, :mod:`.render` lets Graphviz make a picture of it, and
:mod:`.drawing` is what one holds in hand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType

from ..tensor import Tensor
from .drawing import Drawing
from .snapshot import take

__all__ = ["Drawing", "draw"]


def draw(*outputs: Tensor | Sequence[Tensor]) -> Drawing:
    """Draw the graph that led to one or several Tensors, with the numbers in it.

    Each scalar shows its value in green above and, after ``backward()``, its gradient in red below. Of larger Tensors
    the shape is shown, and where they are known the elements, or their norm if there are more than 8. Under
    ``autograd.trace()`` all values are kept; what was not kept and leads to no parameter is a dotted stub.

    Parameters
    ----------
    *outputs : Tensor, or sequence of Tensor
        The results to begin with.

    Returns
    -------
    Drawing
        Jupyter shows it by itself; ``save("x.svg")`` writes a file (svg, png, pdf, dot); ``dot`` is its text.

    Raises
    ------
    TypeError
        If something else than Tensors is given, or nothing.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw import draw
    >>> x, y, z = Tensor(-2.0, True, "x"), Tensor(5.0, True, "y"), Tensor(-4.0, True, "z")
    >>> f = (x + y) * z
    >>> f.backward()
    >>> draw(f)
    <Drawing: 5 nodes, 4 edges>
    """
    tensors = [one for output in outputs for one in (output if isinstance(output, (list, tuple)) else (output,))]
    if not tensors:
        raise TypeError("draw() was given nothing; give it the result to begin with, as in draw(loss)")
    for one in tensors:
        if not isinstance(one, Tensor):
            raise TypeError(
                f"draw() was given {type(one).__name__}, and draws Tensors; give it a result of your program, as in "
                "draw(loss)"
            )
    return Drawing(take(tensors))


class _Drawer(ModuleType):
    """The class of this module, so that ``autograd.draw`` is the package and the function at once."""

    def __call__(self, *outputs: Tensor | Sequence[Tensor]) -> Drawing:
        return draw(*outputs)

    __call__.__doc__ = draw.__doc__


sys.modules[__name__].__class__ = _Drawer
