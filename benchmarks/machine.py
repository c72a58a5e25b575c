"""What was measured on."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib import metadata

PACKAGES = {"numpy": "NumPy", "torch": "PyTorch", "jax": "JAX", "mygrad": "MyGrad", "micrograd": "micrograd"}


def machine() -> dict[str, str]:
    """Return processor, cores, system, versions, and the day."""
    versions = {}
    for package, name in PACKAGES.items():
        try:
            versions[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **versions,
        "date": date.today().isoformat(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
