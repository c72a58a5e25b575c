"""Law 7: the grad mode belongs to the context (thread or task), and is put back on every way out."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, enable_grad, no_grad, primitive, trace
from autograd.graph import is_recording


@pytest.fixture
def x() -> Iterator[Tensor]:
    assert is_recording()
    yield Tensor([1.0, 2.0], requires_grad=True)
    assert is_recording(), "the mode was not put back"


def test_no_grad_records_nothing(x: Tensor) -> None:
    with no_grad():
        assert not is_recording()
        y = x * x + x.sum()
        assert y.node is None
        assert Tensor(1.0, requires_grad=True).requires_grad, "a leaf is no record"
    assert (x * x).requires_grad


def test_under_no_grad_a_sequence_of_tensors_still_gives_a_tensor_and_several_outputs_a_tuple_of_them(
    x: Tensor,
) -> None:
    joined = primitive(lambda xs: np.concatenate(xs), name="joined", sequence="xs", xs=lambda g: [g[:2], g[2:]])
    both = primitive(lambda x: (x + 1, x * 2), name="both", x=lambda g: g[0] + 2 * g[1])
    for sequence in ([[0.0], x], ([0.0], x), (one for one in ([0.0], x))):
        with no_grad():
            whole, parts = joined(sequence), both(x)
        assert type(whole) is Tensor
        assert whole.tolist() == [0.0, 1.0, 2.0]
    assert (type(parts), *map(type, parts)) == (tuple, Tensor, Tensor)
    assert not any(t.requires_grad for t in (whole, *parts))
    recorded = both(x)
    assert (type(recorded), *map(type, recorded)) == (tuple, Tensor, Tensor)


def test_what_is_computed_from_constants_alone_is_a_constant() -> None:
    a = Tensor([1.0, 2.0])
    results = (np.exp(a), a * 2.0, np.clip(a, 0.0, 1.0), np.concatenate([a, [3.0]]), *np.split(a, 2))
    assert [t.node for t in results] == [None] * 6


def test_modes_nest_and_one_object_can_be_entered_inside_itself(x: Tensor) -> None:
    off, on = no_grad(), enable_grad()
    with off:
        with on:
            assert is_recording()
            with off:
                assert not is_recording()
                with off, trace():
                    assert not is_recording()
                assert not is_recording()
            assert is_recording()
        assert not is_recording()


def test_recording_and_tracing_are_switched_apart(x: Tensor) -> None:
    with trace(), no_grad(), enable_grad():
        traced = x * x
    assert traced.node.notes.source is not None
    with no_grad(), trace():
        assert (x * x).node is None
    assert (x * x).node.notes is None


@pytest.mark.parametrize("manager", [no_grad, enable_grad, trace])
def test_an_exception_puts_the_mode_back(x: Tensor, manager: Callable[[], Any]) -> None:
    with pytest.raises(KeyError), no_grad(), manager():
        raise KeyError
    assert is_recording()


def test_decorated_functions_keep_their_name_and_put_the_mode_back(x: Tensor) -> None:
    @no_grad()
    def predict(t: Tensor, *, fail: bool = False) -> Tensor:
        """Predict."""
        if fail:
            raise KeyError
        return t * t

    assert (predict.__name__, predict.__doc__) == ("predict", "Predict.")
    assert predict(x).node is None
    with pytest.raises(KeyError):
        predict(x, fail=True)
    assert is_recording()


def test_a_decorated_function_may_call_itself(x: Tensor) -> None:
    @no_grad()
    def down(n: int) -> list[bool]:
        return [is_recording(), *(down(n - 1) if n else [])]

    assert down(3) == [False] * 4


def test_enable_grad_as_a_decorator(x: Tensor) -> None:
    @enable_grad()
    def f(t: Tensor) -> Tensor:
        return t * t

    with no_grad():
        assert f(x).requires_grad


def test_a_coroutine_function_can_be_decorated(x: Tensor) -> None:
    @no_grad()
    async def f() -> bool:
        await asyncio.sleep(0)
        return is_recording()

    async def main() -> tuple[bool, bool]:
        return await f(), is_recording()

    assert inspect.iscoroutinefunction(f)
    assert asyncio.run(main()) == (False, True)


def test_tasks_do_not_see_each_others_mode(x: Tensor) -> None:
    log: dict[str, list[bool]] = {"off": [], "on": []}

    async def off(turn: asyncio.Event, other: asyncio.Event) -> None:
        with no_grad():
            for _ in range(3):
                log["off"].append((x * x).requires_grad)
                other.set()
                await turn.wait()
                turn.clear()

    async def on(turn: asyncio.Event, other: asyncio.Event) -> None:
        for _ in range(3):
            await turn.wait()
            turn.clear()
            log["on"].append((x * x).requires_grad)
            other.set()

    async def main() -> None:
        a, b = asyncio.Event(), asyncio.Event()
        await asyncio.gather(off(a, b), on(b, a))

    asyncio.run(main())
    assert log == {"off": [False] * 3, "on": [True] * 3}


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> Any:
    yield 1


@pytest.mark.parametrize("function", [generator, async_generator])
@pytest.mark.parametrize("manager", [no_grad, enable_grad, trace])
def test_generators_are_refused(manager: Callable[[], Any], function: Any) -> None:
    name = manager.__name__
    message = (
        rf"{name} cannot decorate the generator {function.__name__}: its body runs after the call returns; "
        rf"use `with {name}\(\):` inside it"
    )
    with pytest.raises(TypeError, match=message):
        manager()(function)
    with pytest.raises(TypeError, match=rf"{name} cannot decorate the generator"):
        manager()(functools.partial(function))


def test_one_object_can_be_shared_by_threads(x: Tensor) -> None:
    shared = no_grad()
    inside, checked = threading.Barrier(2), threading.Barrier(2)

    def work(enter: bool) -> list[bool]:
        seen = []
        for _ in range(20):
            if enter:
                with shared:
                    inside.wait(10)
                    seen.append((x * x).requires_grad)
                    checked.wait(10)
                seen.append((x * x).requires_grad)
            else:
                inside.wait(10)
                seen.append((x * x).requires_grad)
                checked.wait(10)
        return seen

    with ThreadPoolExecutor(2) as pool:
        entered, stayed = pool.submit(work, True), pool.submit(work, False)
        assert entered.result() == [False, True] * 20
        assert stayed.result() == [True] * 20


def test_threads_overlap_in_one_object_in_any_order(x: Tensor) -> None:
    shared = no_grad()
    first_in, second_in, first_out = threading.Event(), threading.Event(), threading.Event()

    def first() -> bool:
        with shared:
            first_in.set()
            second_in.wait(10)
        recorded = is_recording()
        first_out.set()
        return recorded

    def second() -> list[bool]:
        first_in.wait(10)
        with shared, enable_grad():
            second_in.set()
            first_out.wait(10)
            seen = [is_recording()]
        return [*seen, is_recording()]

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(first), pool.submit(second)
        assert one.result() is True
        assert two.result() == [True, True]


def test_a_new_thread_records_though_it_was_started_under_no_grad(x: Tensor) -> None:
    with no_grad(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(is_recording).result() is True


def test_a_recorded_backward_records_even_under_no_grad_and_all_of_it() -> None:
    a, b = Tensor(2.0, requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    product = a * b
    loss = (product * product).sum()
    with no_grad():
        loss.backward(create_graph=True)
        assert not is_recording()
    first, a.grad = a.grad, None
    first.backward()
    assert a.grad.item() == 2 * (1.0 + 4.0)


def test_a_second_recorded_backward_under_no_grad_adds_up_with_its_graph() -> None:
    x = Tensor(2.0, requires_grad=True)
    with no_grad():
        for _ in range(2):
            with enable_grad():
                y = x * x * x
            y.backward(create_graph=True)
    total, x.grad = x.grad, None
    assert total.item() == 24.0
    total.backward()
    assert x.grad.item() == 24.0


def test_an_ordinary_backward_records_nothing() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(g.requires_grad))
    (x * x).sum().backward()
    assert seen == [False]
    assert not x.grad.requires_grad
