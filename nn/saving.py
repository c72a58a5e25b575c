"""Saving and loading: the arrays of a model by their paths, as .safetensors or .npz. Never pickle."""

from __future__ import annotations

import importlib
import io
import os
import secrets
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from . import state
from .module import Module

Arrays = dict[str, Any]

# How .safetensors calls its dtypes. It has one more, BF16, which NumPy has not.
_DTYPES = {
    **{f"F{8 * n}": np.dtype(f"<f{n}") for n in (2, 4, 8)},
    **{f"I{8 * n}": np.dtype(f"<i{n}") for n in (1, 2, 4, 8)},
    **{f"U{8 * n}": np.dtype(f"<u{n}") for n in (1, 2, 4, 8)},
    "BOOL": np.dtype(bool),
}


def save(model: Module | Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the parameters and persistent buffers of a model to a file.

    The file is there as a whole or not at all: whatever goes wrong, a file that was there before stays as it was. Of
    the two formats .npz has check sums, by which :func:`load` finds any damage; in a .safetensors file it finds what is
    missing or does not fit together, but not a number that has become another.

    Parameters
    ----------
    model : Module, or mapping of str → array_like
        The model, or a ``state_dict``.
    path : path
        ``….safetensors`` (needs the package safetensors; PyTorch and others read it) or ``….npz`` (NumPy's own). A
        ``state_dict`` has the same names and shapes as PyTorch's, for the layers that both have.

    Raises
    ------
    ValueError
        If the suffix is another one, or something is no array of numbers, or of numbers that the format has not.
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
    """
    path = Path(path)
    write, _ = _format(path)
    arrays = _arrays(model)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {str(path.parent)!r}")
    target = Path(os.path.realpath(path))  # a link stays one, and the file that it names is written
    unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}.unfinished")
    try:
        with open(unfinished, "xb") as file:
            write(file, arrays)
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
    dict of str → ndarray
        The arrays, by their paths. Those in bfloat16 become float32.

    Raises
    ------
    ValueError
        If the suffix is another one, the file is damaged, or its arrays do not fit the model. The model has not been
        changed then.
    TypeError
        If `model` is no Module.
    FileNotFoundError
        If there is no such file.
    ImportError
        If safetensors is not installed.

    Examples
    --------
    See :func:`save`.
    """
    path = Path(path)
    _, read = _format(path)
    content = path.read_bytes()
    try:
        arrays = read(content)
    except ImportError:
        raise
    except Exception as problem:  # there is no end to what a reader may stumble over in a damaged file
        raise ValueError(f"{path} is damaged, or is no {path.suffix} file: {problem}") from problem
    if model is not None:
        if not isinstance(model, Module):
            raise TypeError(f"load takes a Module to load into, not {type(model).__name__}")
        try:
            model.load_state_dict(arrays, strict)
        except ValueError as problem:
            raise ValueError(f"{path}: {problem}") from None
    return arrays


def _arrays(model: Module | Mapping[str, Any]) -> Arrays:
    """Return what is to be written, as NumPy arrays."""
    if not isinstance(model, (Module, Mapping)):
        raise TypeError(f"save takes a Module or a state_dict, not {type(model).__name__}")
    entries = state.entries(model) if isinstance(model, Module) else model
    arrays = {name: state.in_numpy(state.bare(value)) for name, value in entries.items()}
    for name, array in arrays.items():
        if not isinstance(name, str) or array.dtype.kind not in "fiub":
            raise ValueError(
                f"save writes arrays of numbers by their names, and {name!r} is a {type(entries[name]).__name__} "
                f"(dtype {array.dtype}); give it a model, or what model.state_dict() returns"
            )
    return arrays


# --------------------------------------------------------------------------------------------------------- the formats


def _write_npz(file: IO[bytes], arrays: Arrays) -> None:
    # Not np.savez: it takes the names as names of arguments, and a parameter may be called "file".
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _read_npz(content: bytes) -> Arrays:
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".npy"):
                raise ValueError(f"it holds {entry.filename!r}, which is no array")
            with archive.open(entry) as file:
                arrays[entry.filename.removesuffix(".npy")] = np.lib.format.read_array(file, allow_pickle=False)
                file.read()  # to the end, where the check sum is compared
    return arrays


def _write_safetensors(file: IO[bytes], arrays: Arrays) -> None:
    if "__metadata__" in arrays:
        raise ValueError("a .safetensors file keeps the name '__metadata__' for itself; an .npz file can hold it")
    for name, array in arrays.items():
        if array.dtype.newbyteorder("<") not in _DTYPES.values():
            raise ValueError(f"a .safetensors file cannot hold {name!r} of dtype {array.dtype}; an .npz file can")
    in_order = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    file.write(_safetensors("safetensors.numpy").save(in_order))


def _read_safetensors(content: bytes) -> Arrays:
    entries = _safetensors("safetensors").deserialize(content)
    return {name: _decoded(name, **entry) for name, entry in entries}


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


_Format = tuple[Callable[[IO[bytes], Arrays], None], Callable[[bytes], Arrays]]

_FORMATS: dict[str, _Format] = {
    ".safetensors": (_write_safetensors, _read_safetensors),
    ".npz": (_write_npz, _read_npz),
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
