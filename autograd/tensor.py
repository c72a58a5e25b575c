"""Tensor: an array, its gradient, and the node that made it."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import copying
from .arrays import NumPyMethods, as_array, refuse_misplaced
from .graph import TRACE, Handle, Leaf, Node, is_recording, mode, name_of, notes_of, origin_of, tick
from .notes import Cut, mark_cut


class Tensor(NumPyMethods):
    """An array that remembers how it was computed.

    It behaves as a NumPy array does: the operators, the methods and the functions of NumPy (``np.exp(t)``) work on it,
    and what they compute is recorded if one of the operands requires a gradient. ``backward()`` then fills in ``grad``.

    Parameters
    ----------
    data : array_like
        A number, a list, an array (any that speaks NumPy's protocols), or a Tensor, whose data is taken. The dtype is
        kept: Python floats become float64. An array is not copied, unless `requires_grad`: a leaf is going to be
        trained in place, and the array that you gave stays yours.
    requires_grad : bool, default False
        Record what is computed from it, and fill in its ``grad``. Only floating point numbers can.
    name : str, optional
        What errors and drawings call it.
    dtype : data-type, optional
        Convert `data` to it.

    Attributes
    ----------
    grad : Tensor or None
        The gradient that ``backward()`` brought; successive sweeps add up.

    Raises
    ------
    TypeError
        If the data are no numbers, or complex ones, or no floating point numbers but `requires_grad`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> x, y, z = Tensor(-2.0, True), Tensor(5.0, True), Tensor(-4.0, True)
    >>> f = (x + y) * z
    >>> f.backward()
    >>> f, x.grad, y.grad, z.grad
    (Tensor(-12.0, made by multiply), Tensor(-4.0), Tensor(-4.0), Tensor(3.0))
    """

    __slots__ = ("_data", "node", "grad", "_name", "cut", "__weakref__")

    # NumPy asks the operand with the higher priority first: `array * tensor` is ours to compute.
    __array_priority__ = 1000.0

    _data: Any
    node: Node | Leaf | None
    grad: Tensor | None
    _name: str | None
    cut: Cut  # set under trace() alone: why this requires no gradient although an operand did

    def __init__(
        self,
        data: ArrayLike | Tensor,
        requires_grad: bool = False,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        refuse_misplaced(requires_grad, name)
        self._data = as_array(data, dtype, copy=requires_grad or (isinstance(data, Tensor) and data._may_change()))
        self.node = None
        self.grad = None
        self._name = name
        if requires_grad:
            self._begin()

    # ---------------------------------------------------------------------------------------------------- what it holds

    @property
    def data(self) -> Any:
        """The bare array. Assigning puts a copy in its place (same shape; a leaf counts a version), unrecorded.

        A write into the array itself is noticed only if :meth:`mark_written` is told, or under ``detect_anomaly()``.
        """
        return np.asarray(self._data) if isinstance(self._data, np.generic) else self._data

    @data.setter
    def data(self, value: ArrayLike) -> None:
        if isinstance(self.node, Node):
            raise TypeError(
                f"the data of {self._described()} cannot be assigned, because {self.node.primitive.name} computed it "
                "and its gradient belongs to that value; assign to a leaf, or to t.detach()"
            )
        array = as_array(value, self._data.dtype, copy=value is not self._data)
        if array.shape != self._data.shape:
            raise ValueError(
                f"the data of {self._described()} have shape {self._data.shape}, and an array of shape {array.shape} "
                "was assigned; make a new Tensor for another shape"
            )
        self._data = array
        self.mark_written()

    def mark_written(self) -> None:
        """Say that the array of this leaf was written in place, as an optimiser does.

        A graph recorded before the write then refuses to go backward through the old value.
        """
        if isinstance(self.node, Leaf):
            self.node.written = tick()
            if self.node.value is not None:
                self.node.value = self._data

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape

    @property
    def dtype(self) -> Any:
        """The NumPy data type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def name(self) -> str | None:
        """What errors and drawings call this Tensor."""
        return self._name if self.node is None else name_of(self.node) or self._name

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name
        if self.node is not None:
            notes_of(self.node).name = name

    def item(self) -> float:
        """Return the only element as a Python number.

        Raises
        ------
        ValueError
            If there is not exactly one element.
        """
        if self._data.size != 1:
            raise ValueError(f"item() needs exactly one element, and {self._described()} has {self._data.size}")
        return self._data.item()

    def numpy(self) -> Any:
        """Return the bare array, which shares memory with this Tensor.

        Raises
        ------
        TypeError
            If the Tensor requires a gradient: what is computed from the array would silently be lost to it.
        """
        if self.node is not None:
            raise TypeError(
                f"{self._described()} requires a gradient, which would be lost in a NumPy array; write "
                "t.detach().numpy() or t.data if that is meant, or use NumPy's functions on the Tensor, which record"
            )
        return self.data

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Any:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def tolist(self) -> Any:
        """Return the elements as nested lists."""
        return self._data.tolist()

    # ------------------------------------------------------------------------------------------- its place in the graph

    @property
    def requires_grad(self) -> bool:
        """Whether what is computed from it is recorded. Settable on a leaf."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return not isinstance(self.node, Node)

    def requires_grad_(self, flag: bool = True) -> Tensor:
        """Make it a leaf that requires a gradient, or (`flag` False) a leaf that does not. Returns the Tensor itself.

        A Tensor that begins to require one gets an array of its own, since an optimiser will write into it: a graph
        that has used the Tensor before, and who else shares its array, keep the old one.

        Raises
        ------
        TypeError
            If the elements are no floating point numbers, or an operation made it and `flag` is False.
        """
        if not flag and isinstance(self.node, Node):
            raise TypeError(
                f"{self._described()} was computed by {self.node.primitive.name} and requires a gradient as long as "
                "its operands do; use t.detach() for a Tensor that does not"
            )
        if flag and self.node is None:
            self._begin(copy=True)
        elif not flag:
            self.mark_written()  # nobody dates the writes from now on, so what has saved the array must not use it
            self._name, self.node = self.name, None
        return self

    def _begin(self, copy: bool = False) -> None:
        """Become a leaf, which has its array to itself: `copy` says whether it must be made so."""
        if self._data.dtype.kind != "f":
            raise TypeError(
                f"{self._described()} has dtype {self._data.dtype} and cannot require a gradient: only floating point "
                "numbers have one; write 1.0 for 1, or pass dtype=float"
            )
        self._data = self._data.copy() if copy else self._data
        self._data = np.asarray(self._data) if isinstance(self._data, np.generic) else self._data
        self.node = Leaf(self)
        if self._name is not None:
            self.name = self._name

    def _may_change(self) -> bool:
        """Say whether its array is that of a leaf, into which an optimiser may write."""
        return isinstance(origin_of(self.node), Leaf)

    def detach(self) -> Tensor:
        """Return a Tensor of the same elements that requires no gradient.

        It shares the array, unless this is a leaf, or a view of one, into which an optimiser may write.
        """
        detached = wrap(self._data.copy() if self._may_change() else self._data)
        if mode.get() & TRACE:
            mark_cut(detached, "detach", (self,))
        return detached

    def backward(
        self, gradient: ArrayLike | Tensor | None = None, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Fill in ``grad`` of all leaves below: add to each the gradient of this Tensor by it.

        Parameters
        ----------
        gradient : array_like of this Tensor's shape, optional
            The upstream gradient. Needed unless this Tensor has one element, where it is 1.
        retain_graph : bool, default False
            Keep what the rules have saved, so that another sweep can go through the same graph.
        create_graph : bool, default False
            Record the sweep itself, so that the gradients can be differentiated again. Retains the graph too.

        Raises
        ------
        RuntimeError
            If this Tensor requires no gradient, if the graph was swept before and not retained, or if a leaf that a
            rule needs was written since it was used.
        ValueError
            If `gradient` is missing where there are several elements, or has another shape.

        Examples
        --------
        >>> from autograd import Tensor
        >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        Tensor([2., 4., 6.])
        """
        from .backward import backward

        backward(self, gradient, retain_graph, create_graph)

    def retain_grad(self) -> None:
        """Fill in ``grad`` of this intermediate result as well, at each ``backward()`` to come.

        Raises
        ------
        RuntimeError
            If the Tensor requires no gradient.
        """
        if isinstance(node := self._node_or_raise("retain_grad()"), Node):
            notes_of(node).retainer = weakref.ref(self)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Handle:
        """Call `hook` with the gradient of this Tensor at each sweep; its answer, if any, replaces the gradient.

        Returns
        -------
        Handle
            Its ``remove()`` takes the hook off again. It is a context manager too.

        Raises
        ------
        RuntimeError
            If the Tensor requires no gradient.

        Examples
        --------
        >>> from autograd import Tensor
        >>> x = Tensor(3.0, requires_grad=True)
        >>> handle = x.register_hook(lambda g: 10 * g)
        >>> (x * x).backward()
        >>> handle.remove()
        >>> x.grad
        Tensor(60.0)
        """
        return Handle(notes_of(self._node_or_raise("register_hook()")).hooks, hook)

    def _node_or_raise(self, what: str) -> Node | Leaf:
        if self.node is None:
            raise RuntimeError(
                f"{what} on {self._described()}, which requires no gradient; make it (or an operand of it) with "
                "requires_grad=True, and not under no_grad()"
            )
        return self.node

    # ------------------------------------------------------------------------------------------------ as Python sees it

    def __repr__(self) -> str:
        prefix = f"{type(self).__name__}("
        parts = [np.array2string(self.data, separator=", ", prefix=prefix) if self.ndim else repr(self._data.item())]
        if self._data.dtype not in (np.float64, np.int64, np.bool_):
            parts.append(f"dtype={self._data.dtype}")
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        if isinstance(self.node, Leaf):
            parts.append("requires_grad=True")
        elif self.node is not None:
            parts.append(f"made by {self.node.primitive.name}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _described(self) -> str:
        """Return the Tensor in a few words, for errors."""
        return f"Tensor {self.name!r}" if self.name else f"the Tensor of shape {self._data.shape}"

    def __len__(self) -> int:
        if self._data.ndim == 0:
            raise TypeError("a Tensor without axes has no length")
        return self._data.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        self._refuse_silent_loss("float(t), and what calls it (math.exp(t), array[i] = t),")
        return float(self.item())

    def __int__(self) -> int:
        self._refuse_silent_loss("int(t)")
        return int(self.item())

    def _refuse_silent_loss(self, what: str) -> None:
        if self.node is not None and is_recording():
            raise TypeError(
                f"{what} would lose the gradient that {self._described()} requires; write t.item() if only the number "
                "is meant, and np.exp(t) for math.exp(t)"
            )

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __index__(self) -> int:
        return operator.index(self._data)

    __hash__ = object.__hash__  # equality compares elements; identity is what sets and dictionaries need
    __copy__ = copying.copied
    __deepcopy__ = copying.deeply_copied
    __getstate__ = copying.state
    __setstate__ = copying.restore


_new = object.__new__


def wrap(array: Any, node: Node | Leaf | None = None) -> Tensor:
    """Return a Tensor of an array as it is, made by `node`: the constructor without its questions."""
    tensor = _new(Tensor)
    tensor._data = array
    tensor.node = node
    tensor.grad = None
    tensor._name = None
    return tensor
