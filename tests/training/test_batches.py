"""Batches: every example once an epoch, orders that come again, places to go back to, nothing read in vain."""

from __future__ import annotations

import json
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import training
from training import Augmentation, Batches, Compose, Flip, Mixup, Noise, RandomCrop

IMAGES = np.random.default_rng(0).random((23, 1, 6, 6))
CLASSES = np.arange(23) % 4
AUGMENT = Compose([RandomCrop(6, padding=2), Flip(), Noise(0.1), Mixup(0.5, classes=4)])


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def images(**options: Any) -> Batches:
    return Batches(IMAGES, CLASSES, **{"batch_size": 5, "rng": 0, "transform": AUGMENT, **options})


def assert_same(some: list[Any], others: list[Any]) -> None:
    assert len(some) == len(others)
    for (x, y), (x2, y2) in zip(some, others, strict=True):
        assert x.dtype == x2.dtype
        assert y.dtype == y2.dtype
        np.testing.assert_array_equal(x, x2)
        np.testing.assert_array_equal(y, y2)


# --------------------------------------------------------------------------------------------------- what is in a batch


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(("size", "drop_last", "sizes"), [
    (5, False, [5, 5, 5, 5, 3]), (5, True, [5] * 4), (23, True, [23]), (None, False, [23]), (40, False, [23]),
    (1, False, [1] * 23),
])  # fmt: skip
def test_an_epoch_has_every_example_once_with_its_own_target(
    shuffle: bool, size: int | None, drop_last: bool, sizes: list[int]
) -> None:
    batches = Batches(np.arange(23), 10 * np.arange(23), size, shuffle, 0, drop_last)
    got = list(batches)
    assert [len(x) for x, _ in got] == sizes
    assert len(batches) == len(sizes)
    x, y = (np.concatenate(part) for part in zip(*got, strict=True))
    np.testing.assert_array_equal(y, 10 * x)
    assert len(set(x)) == len(x)
    assert (x.tolist() == sorted(x.tolist())) is not shuffle


def test_without_shuffling_the_batches_are_those_of_a_plain_loop() -> None:
    for k, (x, y) in enumerate(Batches(IMAGES, CLASSES, 5, shuffle=False, dtype=None)):
        np.testing.assert_array_equal(x, IMAGES[5 * k : 5 * k + 5])
        np.testing.assert_array_equal(y, CLASSES[5 * k : 5 * k + 5])


def test_each_epoch_has_an_order_of_its_own_and_a_seed_gives_all_of_them_again() -> None:
    batches, again = (Batches(np.arange(50), batch_size=50, rng=3) for _ in range(2))
    epochs = [next(iter(batches)).tolist() for _ in range(3)]
    assert epochs == [next(iter(again)).tolist() for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert epochs[0] != next(iter(Batches(np.arange(50), batch_size=50, rng=4))).tolist()


def test_without_a_generator_the_seed_of_the_library_decides() -> None:
    orders = []
    for _ in range(2):
        autograd.seed(1)
        orders.append(next(iter(Batches(np.arange(50)))).tolist())
    assert orders[0] == orders[1]


def test_floating_point_numbers_become_float32_and_integers_stay() -> None:
    (x, y), *_ = Batches(np.ones((4, 2)), np.ones((4, 1)))
    assert x.dtype == y.dtype == np.float32
    (x, y), *_ = Batches(np.ones((4, 2), np.uint8), np.array([0, 1, 2, 3]))
    assert (x.dtype, y.dtype) == (np.uint8, np.int64)
    (x, y), *_ = Batches(np.ones((4, 2)), np.ones(4, np.float16), dtype=None)
    assert (x.dtype, y.dtype) == (np.float64, np.float16)


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_is_an_array_of_its_own(shuffle: bool) -> None:
    data = np.zeros((8, 2), np.float32)
    for x in Batches(data, batch_size=3, shuffle=shuffle):
        x += 1
    assert not data.any()


def test_a_transform_is_a_function_of_x_too() -> None:
    (x, y), *_ = Batches(np.ones((4, 2)), np.arange(4), transform=lambda x: 3 * x)
    np.testing.assert_array_equal(x, np.full((4, 2), 3, np.float32))
    assert sorted(y) == [0, 1, 2, 3]


def test_a_scikit_learn_transformer_gives_its_method() -> None:
    data = np.random.default_rng(0).random((40, 2, 3, 3))
    mean = training.SubtractChannelMean().fit(data)
    x = np.concatenate(list(Batches(data, transform=mean.transform, batch_size=16)))
    np.testing.assert_allclose(x.mean(axis=(0, 2, 3)), 0, atol=1e-6)


# ------------------------------------------------------------------------------------------------ where examples are


class Reads:
    """A sequence that notes which examples were asked for."""

    def __init__(self, examples: Any) -> None:
        self.examples, self.asked = examples, []  # type: ignore[var-annotated]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, i: int) -> Any:
        assert type(i) is int
        self.asked.append(i)
        return self.examples[i]


def test_any_sequence_gives_examples_when_their_batch_comes() -> None:
    sequence = Reads(IMAGES)
    loop = iter(Batches(sequence, CLASSES.tolist(), 5, shuffle=False, dtype=None))
    x, y = next(loop)
    assert sequence.asked == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(x, IMAGES[:5])
    np.testing.assert_array_equal(y, CLASSES[:5])


def test_a_sequence_of_pairs_needs_no_targets_beside_it() -> None:
    pairs = Reads([(image, int(c)) for image, c in zip(IMAGES, CLASSES, strict=True)])
    assert_same(list(images(shuffle=True)), list(Batches(pairs, batch_size=5, rng=0, transform=AUGMENT)))
    with pytest.raises(ValueError, match=r"the examples of X are pairs \(x, y\), and y is given as well: leave it out"):
        next(iter(Batches(pairs, CLASSES)))
    with pytest.raises(ValueError, match=r"examples of X that are tuples must be pairs \(x, y\)"):
        next(iter(Batches([(1, 2, 3)])))


def test_tensors_and_arrays_of_other_libraries_are_taken_by_rows() -> None:
    from tests.support.strict_array import StrictArray

    (x,) = Batches(autograd.Tensor(IMAGES), shuffle=False, dtype=None)
    np.testing.assert_array_equal(x, IMAGES)
    (strict, _) = Batches(StrictArray(IMAGES), batch_size=12, shuffle=False)
    assert isinstance(strict, StrictArray)
    assert strict.dtype == np.float32
    with pytest.raises(TypeError, match=r"X is a Tensor that needs a gradient, which batches would lose; give X\.deta"):
        Batches(autograd.Tensor(IMAGES, requires_grad=True))


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("prefetch", [0, 2])
def test_of_a_memory_mapped_file_only_the_rows_of_the_batches_are_read(
    tmp_path: Path, shuffle: bool, prefetch: int
) -> None:
    path, shape = tmp_path / "large.bin", (1 << 10, 1 << 17)  # 128 MiB, of which the disk holds nothing
    with open(path, "wb") as file:
        file.truncate(shape[0] * shape[1])
    data = np.memmap(path, np.uint8, "r", shape=shape)
    tracemalloc.start()
    loop = iter(Batches(data, np.arange(shape[0]), 4, shuffle, 0, prefetch=prefetch))
    for _ in range(5):
        x, _ = next(loop)
    loop.close()  # type: ignore[attr-defined]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert type(x) is np.ndarray
    assert x.shape == (4, 1 << 17)
    assert peak < 8 << 20


# ------------------------------------------------------------------------------------------------------- the place


@pytest.mark.parametrize("prefetch", [0, 1, 3, 100])
def test_a_thread_changes_no_number(prefetch: int) -> None:
    plain, ahead = images(), images(prefetch=prefetch)
    for _ in range(2):
        assert_same(list(plain), list(ahead))


def test_each_batch_of_each_epoch_is_augmented_by_numbers_of_its_own() -> None:
    batches = Batches(np.zeros((8, 1, 4, 4)), batch_size=4, transform=Noise(), rng=0)
    noise = [x.tobytes() for _ in range(2) for x in batches]
    assert len(set(noise)) == 4


@pytest.mark.parametrize("done", [0, 1, 3, 4])
@pytest.mark.parametrize("prefetch", [0, 2])
def test_in_the_middle_of_an_epoch_it_goes_on_bit_for_bit(done: int, prefetch: int) -> None:
    batches = images(prefetch=prefetch)
    list(batches)
    loop = iter(batches)
    for _ in range(done):
        next(loop)
    state = json.loads(json.dumps(batches.state_dict()))  # it is plain numbers
    rest = [*loop, *batches, *batches]
    resumed = images(rng=99, prefetch=2 - prefetch)
    resumed.load_state_dict(state)
    assert (resumed.epoch, resumed.batch) == (1, done)
    assert_same(rest, [*resumed, *resumed, *resumed])


def test_a_place_behind_the_last_batch_is_the_end_of_that_epoch() -> None:
    batches, resumed = images(), images(rng=1)
    loop = iter(batches)
    for _ in range(len(batches)):
        next(loop)
    resumed.load_state_dict(batches.state_dict())
    assert list(resumed) == []
    assert_same(list(resumed), [*loop, *batches])


def test_a_finished_epoch_leaves_the_place_at_the_beginning_of_the_next() -> None:
    batches = images()
    list(batches)
    assert (batches.epoch, batches.batch) == (1, 0)


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_loop_after_one_that_was_left_begins_the_next_epoch(prefetch: int) -> None:
    batches, whole = images(prefetch=prefetch), images()
    for _ in batches:
        break
    assert (batches.epoch, batches.batch) == (0, 1)
    list(whole)
    assert_same(list(batches), list(whole))


def test_a_state_loaded_while_a_loop_goes_on_is_not_moved_by_it() -> None:
    batches = images()
    loop = iter(batches)
    next(loop)
    state = batches.state_dict()
    next(loop)
    batches.load_state_dict(state)
    list(loop)
    assert batches.state_dict() == state
    assert len(list(batches)) == len(batches) - 1


def test_two_loops_at_once_are_two_epochs_and_the_place_is_that_of_the_later() -> None:
    batches, apart = images(), images()
    first, second = zip(*zip(batches, batches, strict=True), strict=True)
    assert_same([*first, *second], [*apart, *apart])
    assert batches.epoch == 2


def test_a_place_in_other_batches_is_refused_and_changes_nothing() -> None:
    batches = images()
    before = batches.state_dict()
    with pytest.raises(ValueError, match=r"place in Batches with batch_size=4, drop_last=True, and these have batch_siz"
                       r"e=5, drop_last=False"):  # fmt: skip
        batches.load_state_dict(images(batch_size=4, drop_last=True).state_dict())
    with pytest.raises(ValueError, match=r"this is no place in Batches: it has no batch, seed"):
        batches.load_state_dict({name: before[name] for name in before.keys() - {"batch", "seed"}})
    with pytest.raises(ValueError, match=r"there is no batch 6 of epoch 0, seed \d+: an epoch has 5 batches"):
        batches.load_state_dict({**before, "batch": 6})
    assert batches.state_dict() == before


# ------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(("X", "y", "options", "error", "text"), [
    (3.0, None, {}, TypeError, "X must be an array, or a sequence with a length and examples by number, not float"),
    (np.float64(3), None, {}, TypeError, "X must "),
    (np.array(3.0), None, {}, TypeError, "X must have an axis of examples, and is the single number 3.0"),
    ((i for i in range(3)), None, {}, TypeError, "X must be an array, or a sequence .* not generator"),
    ({"a": 1}, None, {}, TypeError, "X must be an array, or a sequence .* not dict"),
    ([], None, {}, ValueError, "X has no examples"),
    (np.ones((3, 2)), [1, 2], {}, ValueError, "X has 3 examples and y has 2: each needs its target"),
    (np.ones(3), np.array(["a", "b", "c"]), {}, TypeError, "y must hold numbers, not <U1; number the classes, as"),
    (np.ones(3, complex), None, {}, TypeError, "X must hold numbers, not complex128$"),
    (np.ones(3), None, {"batch_size": 0}, ValueError, "Batches: batch_size must be a whole number from 1 on, not 0"),
    (np.ones(3), None, {"batch_size": 4, "drop_last": True}, ValueError, "leaves nothing of 3 examples in batches"),
    (np.ones(3), None, {"prefetch": -1}, ValueError, "Batches: prefetch must be a whole number from 0 on, not -1"),
    (np.ones(3), None, {"transform": 3}, TypeError, "transform must be an Augmentation or a function of x, not int$"),
    (np.ones(3), None, {"rng": "a"}, TypeError, "rng must be a numpy.random.Generator, an int or None, not str"),
])  # fmt: skip
def test_what_cannot_be_done_is_said(X: Any, y: Any, options: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        Batches(X, y, **options)


def test_a_transformer_without_its_method_and_a_sparse_matrix_say_what_to_do() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"not SubtractGreyMean; give the method \.transform of this SubtractGreyMean"):
        Batches(np.ones(3), transform=training.SubtractGreyMean())
    with pytest.raises(TypeError, match="X of type csr_matrix has no length"):
        Batches(sparse.csr_matrix(np.eye(3)))


def test_examples_of_several_shapes_or_without_numbers_are_refused_when_they_come() -> None:
    with pytest.raises(ValueError, match=r"those of X have \(2,\) and \(3,\); crop or pad them in the sequence"):
        list(Batches([np.ones(2), np.ones(3)], shuffle=False))
    with pytest.raises(TypeError, match="y must hold numbers, not <U1; number the classes"):
        list(Batches(np.ones(2), ["a", "b"], shuffle=False))


def test_a_table_of_pandas_is_taken_by_rows() -> None:
    class Table:  # as far as Batches asks
        iloc = None

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.arange(6.0).reshape(3, 2)

    (x,) = Batches(Table(), shuffle=False)
    np.testing.assert_array_equal(x, [[0, 1], [2, 3], [4, 5]])


def test_it_shows_what_it_is() -> None:
    assert repr(images()) == "Batches(23 examples in 5 batches of 5, shuffle=True, epoch=0, batch=0)"


# ------------------------------------------------------------------------------------------------------- the thread


class Fails(Augmentation):
    def __init__(self, at: int) -> None:
        super().__init__()
        self.at, self.calls = at, 0

    def apply(self, x: Any, rng: np.random.Generator) -> Any:
        self.calls += 1
        if self.calls == self.at:
            raise LookupError("this image is broken")
        return x


@pytest.mark.parametrize("prefetch", [0, 1, 4])
def test_an_exception_comes_out_in_its_turn(prefetch: int) -> None:
    got = []
    with pytest.raises(LookupError, match="this image is broken"):  # noqa: PT012
        for x, _ in images(transform=Fails(3), prefetch=prefetch):
            got.append(x)
    assert len(got) == 2


def test_a_loop_that_is_left_by_an_exception_leaves_no_thread() -> None:
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        for _ in images(prefetch=2):
            raise KeyboardInterrupt
