"""``python -m autograd.rules [--markdown]``: what each NumPy function does with a Tensor."""

import sys

from ..console import readable
from .coverage import markdown, page

if __name__ == "__main__":
    if strange := [a for a in sys.argv[1:] if a != "--markdown"]:
        sys.exit(f"python -m autograd.rules takes --markdown or nothing, not {' '.join(strange)}")
    readable(sys.stdout)
    print(markdown() if sys.argv[1:] else page())
