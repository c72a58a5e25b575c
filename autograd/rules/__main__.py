"""``python -m autograd.rules``: what each NumPy function does with a Tensor."""

from .coverage import page

if __name__ == "__main__":
    print(page())
