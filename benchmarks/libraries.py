"""The libraries that are compared: how each is called, and what it needs to be imported."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

ORDER = (
    "seegrad",
    "by hand",
    "PyTorch",
    "PyTorch foreach",
    "PyTorch fused",
    "JAX",
    "MyGrad",
    "HIPS autograd",
    "micrograd",
    "seegrad unwatched",
)
ROOT = Path(__file__).parents[1]
# HIPS's package has the name of ours, so it is installed into a folder of its own and found there first.
HIPS = Path(os.environ.get("SEEGRAD_HIPS", ROOT / "out" / "hips"))

# torch._dynamo is what torch.optim imports when the first optimiser is made.
MODULES = {
    "seegrad": ("autograd", "nn", "optim"),
    "seegrad unwatched": ("autograd", "nn", "optim", "training"),  # of W13: the same without a monitor
    "by hand": ("numpy",),
    "PyTorch": ("torch", "torch._dynamo"),
    "PyTorch foreach": ("torch", "torch._dynamo"),
    "PyTorch fused": ("torch", "torch._dynamo"),
    "JAX": ("jax",),
    "MyGrad": ("mygrad",),
    "HIPS autograd": ("autograd.numpy",),
    "micrograd": ("micrograd.engine",),
}


def make_ready(library: str, threads: int) -> None:
    """Set up the process for a library, and import it. Must come before anything else imports NumPy."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    if library == "HIPS autograd":
        sys.path.insert(0, str(HIPS))
    if library == "JAX":
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" if threads == 1 else ""
        os.environ["XLA_FLAGS"] = flags
        os.environ["JAX_PLATFORMS"] = "cpu"
    for module in MODULES[library]:
        importlib.import_module(module)
    if "torch" in MODULES[library]:
        sys.modules["torch"].set_num_threads(threads)


def why_missing(library: str) -> str | None:
    """Say why a library cannot be measured here, or None if it can."""
    if library == "HIPS autograd":
        return None if (HIPS / "autograd").is_dir() else f"pip install --no-deps --target {_shown(HIPS)} autograd"
    package = MODULES[library][0].split(".")[0]
    return None if importlib.util.find_spec(package) else f"pip install {package}"


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
