"""Saving and loading: models, and whole trainings, as .safetensors or .npz. Never pickle.

The arrays of a model lie in the file by their paths, and nothing else does. A nested state, such as an optimiser's, has
a text beside its arrays that says where they belong, with all that is no array: see :mod:`nn.nested`.
"""

from __future__ import annotations

import importlib
import json
import os
import secrets
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from . import nested, npz, state
from .module import Module

Arrays = dict[str, Any]
Content = tuple[Arrays, str | None]  # what a file holds: arrays, and the structure of a nested state

# Where the structure lies in a .safetensors file: in the metadata.
_METADATA = "seegrad.structure"
_CHECK_SUM = "seegrad.crc32"  # in the metadata as well, of all that the file holds

# How .safetensors calls its dtypes. It has one more, BF16, which NumPy has not.
_DTYPES = {
    **{f"F{8 * n}": np.dtype(f"<f{n}") for n in (2, 4, 8)},
    **{f"I{8 * n}": np.dtype(f"<i{n}") for n in (1, 2, 4, 8)},
    **{f"U{8 * n}": np.dtype(f"<u{n}") for n in (1, 2, 4, 8)},
    "BOOL": np.dtype(bool),
}


def save(model: Module | Mapping[Any, Any], path: str | os.PathLike[str]) -> None:
    """Write the parameters and persistent buffers of a model, or any nested state, to a file.

    The file is there as a whole or not at all: whatever goes wrong, a file that was there before stays as it was. Both
    formats get check sums, by which :func:`load` finds damage: .npz has them itself, and in a .safetensors file ours is
    among the metadata, which other programs pass over. (In a .safetensors file that another program wrote, a number
    that has become another goes unnoticed.)

    Parameters
    ----------
    model : Module, or mapping
        The model, its ``state_dict``, or a nested state: dicts with keys that are str or int, lists and tuples, of
        arrays, numbers, bools, texts and None. All of it comes back as it was, but Tensors as arrays.
    path : path
        ``….safetensors`` (needs the package safetensors; PyTorch and others read it) or ``….npz`` (NumPy's own). A
        ``state_dict`` has the same names and shapes as PyTorch's, for the layers that both have. In a nested state an
        array is called by its path, such as ``optimizer.state.0.exp_avg``.

    Raises
    ------
    ValueError
        If the suffix is another one, or there is something that the format has not.
    TypeError
        If `model` is neither.
    FileNotFoundError
        If there is no such folder.
    ImportError
        If safetensors is not installed.

    Examples
    --------
    >>> import tempfile, nn
    >>> net = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(net, f"{folder}/net.npz")
    ...     loaded = nn.load(f"{folder}/net.npz", nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    >>> list(loaded)
    ['0.weight', '0.bias']

    A training that goes on from its file is the one that was never stopped, to the last bit, if everything that it
    remembers is in the file:

    >>> import numpy as np, optim
    >>> rng = np.random.default_rng(0)
    >>> adam = optim.Adam(net.parameters())
    >>> schedule = optim.Scheduler(adam, lr=optim.schedules.cosine(100))
    >>> checkpoint = {
    ...     "model": net.state_dict(),
    ...     "optimizer": adam.state_dict(),
    ...     "schedule": schedule.state_dict(),
    ...     "epoch": 7,
    ...     "rng": rng.bit_generator.state,
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(checkpoint, f"{folder}/training.npz")
    ...     loaded = nn.load(f"{folder}/training.npz")
    >>> _ = net.load_state_dict(loaded["model"])
    >>> adam.load_state_dict(loaded["optimizer"])
    >>> schedule.load_state_dict(loaded["schedule"])
    >>> rng.bit_generator.state = loaded["rng"]
    >>> loaded["epoch"]
    7
    """
    path = Path(path)
    write, _ = _format(path)
    arrays, structure = _content(model)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {str(path.parent)!r}")
    target = Path(os.path.realpath(path))  # a link stays one, and the file that it names is written
    unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}.unfinished")
    try:
        with open(unfinished, "xb") as file:
            write(file, arrays, structure)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str], model: Module | None = None, strict: bool = True) -> Arrays:
    """Read a file that :func:`save` wrote, or one of the same format from elsewhere.

    Parameters
    ----------
    path : path
        ``….safetensors`` or ``….npz``.
    model : Module, optional
        Load the arrays into it at once, as ``model.load_state_dict`` does.
    strict : bool, default True
        Refuse entries that are missing in the file, or that the model has not.

    Returns
    -------
    dict
        The arrays, by their paths; or the nested state that was saved. Arrays in bfloat16 become float32.

    Raises
    ------
    ValueError
        If the suffix is another one, the file is damaged, or its arrays do not fit the model, as those of a nested
        state do not. The model has not been changed then.
    TypeError
        If `model` is no Module.
    FileNotFoundError
        If there is no such file.
    ImportError
        If safetensors is not installed.

    Examples
    --------
    >>> import tempfile, nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(nn.Linear(2, 1, rng=0), f"{folder}/layer.npz")
    ...     sorted(nn.load(f"{folder}/layer.npz"))
    ['bias', 'weight']
    """
    path = Path(path)
    _, read = _format(path)
    content = path.read_bytes()
    try:
        arrays, structure = read(content)
        loaded = arrays if structure is None else nested.put_together(arrays, structure)
    except ImportError:
        raise
    except Exception as problem:  # there is no end to what a reader may stumble over in a damaged file
        reason = str(problem) or type(problem).__name__
        raise ValueError(f"{path} is damaged, or is no {path.suffix} file: {reason}") from problem
    if model is not None:
        if not isinstance(model, Module):
            raise TypeError(f"load takes a Module to load into, not {type(model).__name__}")
        if structure is not None:
            raise ValueError(
                f"{path} holds a nested state with {', '.join(map(repr, loaded))}, not a model alone; write "
                "model.load_state_dict(nn.load(path)[…])"
            )
        try:
            model.load_state_dict(loaded, strict)
        except ValueError as problem:
            raise ValueError(f"{path}: {problem}") from None
    return loaded


def _content(model: Module | Mapping[Any, Any]) -> Content:
    """Return what is to be written: NumPy arrays, and the structure of what is more than arrays by their names."""
    if not isinstance(model, (Module, Mapping)):
        raise TypeError(f"save takes a Module, a state_dict or a dict of such, not {type(model).__name__}")
    entries = state.entries(model) if isinstance(model, Module) else model
    arrays, structure = nested.taken_apart(entries)
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise ValueError(f"save writes arrays of numbers, and {name!r} has dtype {array.dtype}")
        if "\0" in name or name == "__metadata__":
            raise ValueError(f"an array cannot be called {name!r} in a file; give it another name")
    flat = all(isinstance(name, str) and nested.is_array(value) for name, value in entries.items())
    return arrays, None if flat else structure


# --------------------------------------------------------------------------------------------------------- the formats


def _write_safetensors(file: IO[bytes], arrays: Arrays, structure: str | None) -> None:
    for name, array in arrays.items():
        if array.dtype.newbyteorder("<") not in _DTYPES.values():
            raise ValueError(f"a .safetensors file cannot hold {name!r} of dtype {array.dtype}; an .npz file can")
    in_order = {
        name: np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C") for name, array in arrays.items()
    }
    metadata = {} if structure is None else {_METADATA: structure}
    metadata[_CHECK_SUM] = _check_sum(in_order, structure)
    file.write(_safetensors("safetensors.numpy").save(in_order, metadata))


def _read_safetensors(content: bytes) -> Content:
    entries = _safetensors("safetensors").deserialize(content)
    text = content[8 : 8 + int.from_bytes(content[:8], "little")]
    header = json.loads(text, object_pairs_hook=_once_each)  # deserialize keeps the metadata back
    metadata = header.get("__metadata__", {})
    arrays, structure = {name: _decoded(name, **entry) for name, entry in entries}, metadata.get(_METADATA)
    ours = any(key.startswith("seegrad") or key.endswith("crc32") for key in metadata)
    if ours and metadata.get(_CHECK_SUM) != _check_sum(arrays, structure):
        raise ValueError("its content does not fit its check sum")
    return arrays, structure


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON as a dict, or raise ValueError if it has a name twice."""
    (name, times), *_ = Counter(name for name, _ in pairs).most_common(1) or [("", 1)]
    if times > 1:
        raise ValueError(f"its header has {name!r} {times} times")
    return dict(pairs)


def _check_sum(arrays: Arrays, structure: str | None) -> str:
    total = zlib.crc32((structure or "").encode())
    for name in sorted(arrays):
        array = arrays[name]
        total = zlib.crc32(f"{name} {array.dtype.str} {array.shape}".encode(), total)
        total = zlib.crc32(array.reshape(-1).view(np.uint8), total)
    return f"{total:08x}"


def _decoded(name: str, dtype: str, shape: list[int], data: bytes) -> Any:
    """Return an entry of a .safetensors file as an array; bfloat16 is the upper half of a float32."""
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if dtype not in _DTYPES:
        raise ValueError(f"{name!r} has dtype {dtype}, which NumPy has not")
    return np.frombuffer(data, _DTYPES[dtype]).reshape(shape).copy()


def _safetensors(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(
            '.safetensors files need the package safetensors: pip install "seegrad[safetensors]", or use .npz'
        ) from None


_Format = tuple[Callable[[IO[bytes], Arrays, str | None], None], Callable[[bytes], Content]]

_FORMATS: dict[str, _Format] = {
    ".safetensors": (_write_safetensors, _read_safetensors),
    ".npz": (npz.write, npz.read),
}


def _format(path: Path) -> _Format:
    """Return how the format that the suffix names is written, and how it is read."""
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        hint = ""
        if suffix in (".pt", ".pth", ".bin", ".pkl", ".pickle"):
            hint = (
                "; a pickle can run anything when it is read, so none is: in PyTorch, write "
                "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
            )
        raise ValueError(f"{str(path)!r} must end in {' or '.join(_FORMATS)}, the formats that there are{hint}")
    return _FORMATS[suffix]
