"""Sliding windows, convolutions and Fourier transforms."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd.rules.fourier import fft_parts, ifft_parts, irfft_parts, rfft_parts
from tests.peers.table import Peer, filled, peer


def sliding() -> Iterator[Peer]:
    name = "np.lib.stride_tricks.sliding_window_view"
    for shape, axis, size in (((5,), 0, 3), ((2, 4), 1, 2), ((4, 3), 0, 4), ((3,), 0, 1)):
        yield peer(name, lambda x, a=axis, n=size: x.unfold(a, n, 1), shape, window_shape=size, axis=axis)
    yield peer(name, lambda x: x.unfold(0, 2, 1).unfold(1, 3, 1), (3, 4), window_shape=(2, 3))


def columns() -> Iterator[Peer]:
    for shape, kernel, stride, padding, dilation in (
        *(((2, 2, 3, 4), 2, 1, 0, 1), ((1, 2, 4, 3), (3, 2), 1, 1, 1), ((1, 1, 5, 4), 2, (2, 1), 0, 1)),
        *(((1, 1, 5, 5), 2, 2, 1, 2), ((1, 1, 3, 6), (1, 2), 1, (0, 2), (1, 3))),
    ):
        theirs = {"dilation": dilation, "padding": padding, "stride": stride}
        unfold = lambda x, k=kernel, o=theirs: torch.nn.functional.unfold(x, k, **o)  # noqa: E731
        fold = lambda x, s=shape[2:], k=kernel, o=theirs: torch.nn.functional.fold(x, s, k, **o)  # noqa: E731
        yield peer("autograd.rules.window.im2col", unfold, shape, kernel=kernel, **theirs)
        many = tuple(unfold(torch.zeros(shape)).shape)
        yield peer("autograd.rules.window.col2im", fold, many, size=shape[2:], kernel=kernel, **theirs)


def full_convolution(a: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.conv1d(a[None, None], v.flip(0)[None, None], padding=len(v) - 1)[0, 0]


def convolutions() -> Iterator[Peer]:
    turned = lambda a, v: full_convolution(a, v.flip(0))  # noqa: E731
    for n, m in ((1, 1), (3, 3), (5, 2), (2, 5), (4, 3), (6, 4), (4, 1)):
        for name, theirs in (("np.convolve", full_convolution), ("np.correlate", turned)):
            short, long = sorted((n, m))
            start = (short - 1) // 2 if name == "np.convolve" or n >= m else short // 2
            cut = {"full": slice(None), "same": slice(start, start + long), "valid": slice(short - 1, long)}
            for mode, part in cut.items():
                yield peer(name, lambda a, v, f=theirs, p=part: f(a, v)[p], (n,), (m,), mode=mode)


def transforms() -> Iterator[Peer]:
    def parts(x: torch.Tensor, n: int | None, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
        frequencies = torch.fft.rfft(x, n, axis)
        return frequencies.real, frequencies.imag

    for shape in ((1,), (4,), (7,), (2, 3), (4, 3)):
        for axis in range(-len(shape), len(shape)):
            for n in (None, 2, 5):
                forth = lambda x, n=n, a=axis: rfft_parts(x, n, a)  # noqa: E731
                theirs = lambda x, n=n, a=axis: parts(x, n, a)  # noqa: E731
                yield Peer("autograd.rules.fourier.rfft_parts", forth, theirs, filled((shape,)), f"{n=}, {axis=}")
                if n is not None or shape[axis] > 1:
                    back = lambda r, i, n=n, a=axis: irfft_parts(r, i, n, a)  # noqa: E731
                    theirs = lambda r, i, n=n, a=axis: torch.fft.irfft(torch.complex(r, i), n, a)  # noqa: E731
                    operands = filled((shape, shape))
                    yield Peer("autograd.rules.fourier.irfft_parts", back, theirs, operands, f"{n=}, {axis=}")


def real_transforms() -> Iterator[Peer]:
    for shape in ((4,), (5,), (2, 3)):
        for name in ("fftshift", "ifftshift"):
            yield peer(f"np.fft.{name}", getattr(torch.fft, name), shape)
            yield peer(f"np.fft.{name}", lambda x, f=name: getattr(torch.fft, f)(x, 0), shape, axes=0)
        for name in ("irfft", "hfft"):
            theirs = lambda x, f=name: getattr(torch.fft, f)(torch.complex(x, torch.zeros_like(x)))  # noqa: E731
            yield peer(f"np.fft.{name}", theirs, shape)


def complex_transforms() -> Iterator[Peer]:
    for name, mine in (("fft", fft_parts), ("ifft", ifft_parts)):

        def parts(
            r: torch.Tensor, i: torch.Tensor, n: int | None, norm: str, f: str = name
        ) -> tuple[torch.Tensor, ...]:
            found = getattr(torch.fft, f)(torch.complex(r, i), n, norm=norm)
            return found.real, found.imag

        for shape in ((1,), (4,), (2, 3)):
            for n, norm in ((None, "backward"), (2, "ortho"), (5, "forward")):
                f = lambda r, i, g=mine, n=n, norm=norm: g(r, i, n, norm=norm)  # noqa: E731
                theirs = lambda r, i, g=parts, n=n, norm=norm: g(r, i, n, norm)  # noqa: E731
                yield Peer(f"autograd.rules.fourier.{name}_parts", f, theirs, filled((shape, shape)), f"{n=}, {norm=}")
    for name in ("irfft2", "irfftn"):
        for shape in ((2, 3), (3, 2, 2)):
            theirs = lambda x, f=name: getattr(torch.fft, f)(torch.complex(x, torch.zeros_like(x)))  # noqa: E731
            yield peer(f"np.fft.{name}", theirs, shape)


FAMILIES = (sliding, columns, convolutions, transforms, real_transforms, complex_transforms)
