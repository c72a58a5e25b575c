"""Module: a function with parameters, made of other such functions.

A module is an ordinary Python object. Its parameters, its sub-modules and its buffers are ordinary attributes, found by
their type in the order in which they were first assigned; there is no second book to keep, and nothing that a forgotten
``super().__init__()`` could leave undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from autograd.graph import RECORD, mode, tick
from autograd.notes import mark_scope

from . import conversion, state
from .attributes import Attributes
from .attributes import join as join
from .blame import say_where
from .functional import options
from .hooks import Hooked

M = TypeVar("M", bound="Module")


class Module(Hooked):
    """The base of all layers and models: assign parameters and layers to attributes, and write ``forward``.

    Attributes
    ----------
    training : bool
        Whether the module is being trained (the default) or evaluated; see :meth:`train` and :meth:`eval`.

    Notes
    -----
    A parameter's ``name`` is its path in the model, ``"fc1.weight"``, and grows when the model is itself put into a
    larger one. A parameter, or a module, that is shared keeps one name: that of the place that had it first.

    A copy (``copy.deepcopy``, ``pickle``) keeps what is shared shared, and takes the hooks along.

    Examples
    --------
    >>> import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc1 = nn.Linear(64, 32)
    ...         self.fc2 = nn.Linear(32, 10)
    ...
    ...     def forward(self, x):
    ...         return self.fc2(nn.functional.relu(self.fc1(x)))
    >>> net = Net()
    >>> net
    Net(
      (fc1): Linear(in_features=64, out_features=32, bias=True)
      (fc2): Linear(in_features=32, out_features=10, bias=True)
    )
    >>> [name for name, parameter in net.named_parameters()]
    ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']
    """

    training: bool = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result. Every subclass writes its own; it is called as ``module(...)``.

        Raises
        ------
        NotImplementedError
            If the subclass did not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward: write `def forward(self, x): …` in its class")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward``, with the hooks if there are any; note in the graph that what it made belongs to this module.

        The hooks are called in the order in which they were registered: forward pre-hooks, ``forward``, forward hooks;
        and in the backward sweep the backward pre-hooks and then the backward hooks. An exception from any of them gets
        a note that names the module in which it was raised.
        """
        try:
            if self._hooks is not None:
                return self._call_hooked(*args, **kwargs)
            if not mode.get() & RECORD:
                return self.forward(*args, **kwargs)
            first = tick()
            result = self.forward(*args, **kwargs)
            kind, home = type(self).__name__, self._home
            mark_scope(result, first, home[1] if home else kind, kind)
            return result
        except Exception as problem:
            say_where(problem, self, args)
            raise

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int | None:
        """Return how many floating point operations ``forward`` does itself: what :func:`nn.summary` adds up.

        A multiplication with an addition counts 2; a sum, a product, a comparison or a function of one number counts 1.
        What the calls of sub-modules do is counted there. A layer of your own overrides this method.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of the first argument; () if there is none.
        output_shape : tuple of int
            The shape of the result, or of the first of several.

        Returns
        -------
        int or None
            None says that it is not known.
        """
        return None

    # ------------------------------------------------------------------------------------------------------- as a whole

    def train(self: M, mode: bool = True) -> M:
        """Put this module and all below it into training mode (`mode` False: evaluation mode). Returns the module.

        Dropout then drops, and batch normalisation takes the statistics of the batch and follows them.
        """
        options.flags(f"{self._described()}.train", mode=mode)
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Put this module and all below it into evaluation mode. Returns the module.

        Forget it, and a prediction depends on chance (dropout) and on what else is in the batch (batch normalisation).
        """
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: every ``grad`` becomes None. Successive sweeps add up otherwise."""
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self: M, flag: bool = True) -> M:
        """Train the parameters of this module and of all below it, or (`flag` False) freeze them. Returns the module.

        No gradient is computed for a frozen parameter, and an optimiser passes it by.

        Examples
        --------
        Fine-tuning: the body of a trained network stays as it is, and a new head learns.

        >>> import nn, optim
        >>> trained = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
        >>> body = trained[:2].requires_grad_(False)
        >>> net = nn.Sequential(body, nn.Linear(32, 3))
        >>> [name for name, parameter in net.named_parameters() if parameter.requires_grad]
        ['1.weight', '1.bias']
        >>> adam = optim.Adam(net.parameters())  # later: body.requires_grad_(), and all of it learns
        """
        for parameter in self.parameters():
            parameter.requires_grad_(flag)
        return self

    def apply(self: M, function: Callable[[Module], Any]) -> M:
        """Call a function with each module, this one last and each after those that are below it. Returns the module.

        Parameters
        ----------
        function : callable
            It takes a module; its answer is not looked at.

        Examples
        --------
        >>> import nn
        >>> def without_bias(module):
        ...     if isinstance(module, nn.Linear):
        ...         module.bias.data = [0.0] * module.out_features
        >>> net = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).apply(without_bias)
        >>> net[0].bias.tolist()
        [0.0, 0.0]
        """
        for module in list(self._children_first()):
            function(module)
        return self

    # ------------------------------------------------------------------------------------------- of what numbers, where

    def to(self: M, target: Any) -> M:
        """Convert the parameters and floating point buffers to a dtype, or move them to another array module.

        They are converted in place: every Parameter remains the same object, so that what shares it and the optimiser
        that trains it go on with it. Gradients go along. (What an optimiser remembers stays where it is: move a model
        to another array module before its optimiser takes the first step.)

        Parameters
        ----------
        target : data-type or array module
            ``np.float64``, ``"float32"``; or ``cupy``, ``numpy``: a module with ``asarray``. To NumPy, arrays that have
            a method ``get`` come back by it, as CuPy's do.

        Returns
        -------
        Module
            This module.

        Raises
        ------
        TypeError
            If `target` is neither, or no dtype of floating point numbers. Nothing has been changed then.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.Linear(2, 1).to(np.float64)
        >>> layer.weight.dtype
        dtype('float64')
        """
        conversion.convert(self, target)
        return self

    def astype(self: M, dtype: DTypeLike) -> M:
        """Convert the parameters and floating point buffers to a dtype, in place: see :meth:`to`."""
        conversion.convert(self, conversion.floating(dtype))
        return self

    def half(self: M) -> M:
        """Convert the parameters and floating point buffers to float16, in place: see :meth:`to`."""
        return self.astype(np.float16)

    def float(self: M) -> M:
        """Convert the parameters and floating point buffers to float32, in place: see :meth:`to`."""
        return self.astype(np.float32)

    def double(self: M) -> M:
        """Convert the parameters and floating point buffers to float64, in place: see :meth:`to`."""
        return self.astype(np.float64)

    # ------------------------------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """Return copies of all parameters and persistent buffers, by their paths, in order; PyTorch's names.

        Returns
        -------
        dict of str → ndarray
            What is shared comes once for each of its paths.

        Examples
        --------
        >>> import nn
        >>> {name: array.shape for name, array in nn.Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {path: value.copy() for path, value in state.entries(self).items()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> state.LoadResult:
        """Write the arrays of a ``state_dict`` into the parameters and buffers of the same paths.

        Parameters
        ----------
        state_dict : mapping of str → array_like
            As :meth:`state_dict` returns it; PyTorch's own is understood as well. Values are converted to the
            dtypes here.
        strict : bool, default True
            Refuse missing and unexpected entries. False passes over them, but not over wrong shapes.

        Returns
        -------
        LoadResult
            The paths that were missing and those that were unexpected.

        Raises
        ------
        ValueError
            If entries do not fit: all of them are listed, and nothing has been changed.
        TypeError
            If it is no mapping.
        """
        return state.load(self, state_dict, strict)

    # ----------------------------------------------------------------------------------------------------- how it looks

    def extra_repr(self) -> str:
        """Return what stands between the brackets of the repr; layers give their options here."""
        return ""

    def __repr__(self) -> str:
        lines: list[str] = []
        waiting: list[tuple[str, str, Any]] = [("", "", self)]
        while waiting:
            indent, label, module = waiting.pop()
            text, children = _drawn(module, self)
            lines.append(indent + f"{label}{text}".replace("\n", f"\n{indent}"))
            if children:
                waiting.append((indent, ")", None))
                waiting += [(f"{indent}  ", f"({name}): ", child) for name, child in reversed(children)]
        return "\n".join(lines)


def _drawn(module: Any, root: Module) -> tuple[str, list[tuple[str, Attributes]]]:
    """Return the text of a module without its children, and the children that belong into it."""
    if module is None:
        return "", []
    kind: Any = type(module)
    if module is not root and kind.__repr__ is not Module.__repr__:  # it looks as its class wants it
        return repr(module), []
    extra, children = module.extra_repr(), module._own(Attributes)
    if not children:
        return f"{kind.__name__}({extra})", []
    indented = extra.replace("\n", "\n  ")
    return f"{kind.__name__}(" + (f"\n  {indented}" if extra else ""), children
