"""The package-wide generator, and what may be given in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd.random import generator


def test_the_same_seed_gives_the_same_numbers() -> None:
    autograd.seed(3)
    first = generator().normal(size=4)
    assert not np.array_equal(first, generator().normal(size=4)), "the generator goes on"
    autograd.seed(3)
    np.testing.assert_array_equal(generator().normal(size=4), first)
    np.testing.assert_array_equal(np.random.default_rng(3).normal(size=4), first)


def test_a_generator_or_a_number_does_not_touch_the_package_wide_one() -> None:
    autograd.seed(3)
    expected = generator().normal(size=4)
    autograd.seed(3)
    mine = np.random.default_rng(0)
    assert generator(mine) is mine
    for number in (5, np.int64(5)):
        np.testing.assert_array_equal(generator(number).normal(size=2), np.random.default_rng(5).normal(size=2))
    np.testing.assert_array_equal(generator().normal(size=4), expected)


def test_without_a_seed_the_numbers_differ() -> None:
    autograd.seed()
    first = generator().normal(size=4)
    autograd.seed()
    assert not np.array_equal(generator().normal(size=4), first)


@pytest.mark.parametrize("wrong", ["0", 1.5, np.random.RandomState(0), [1]], ids=lambda w: type(w).__name__)
def test_anything_else_is_refused(wrong: Any) -> None:
    name = type(wrong).__name__
    with pytest.raises(TypeError, match=rf"^rng must be a numpy\.random\.Generator, an int or None, not {name}$"):
        generator(wrong)
