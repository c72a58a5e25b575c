"""L-BFGS: its path is PyTorch's, and it finds minima."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor

RNG = np.random.default_rng(3)
A, B = RNG.standard_normal((20, 6)), RNG.standard_normal(20)


def rosenbrock(parts: list[Any]) -> Any:
    x = parts[0]
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def regression(parts: list[Any]) -> Any:
    w, b = parts
    residual = (w.sum() * 0.1 + b * b) ** 2 + ((w - 0.3) ** 4).sum() + (b - 1) ** 2
    return residual.sum()


PROBLEMS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "Rosenbrock": (rosenbrock, [np.array([-1.2, 1.0, 0.7, 1.5])]),
    "two parameters": (regression, [RNG.standard_normal((2, 3)), np.array(0.4)]),
}


def closure_of(optimizer: Any, loss: Callable[..., Any], params: list[Any]) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        value = loss(params)
        value.backward()
        return value

    return closure


@pytest.mark.parametrize(
    "options",
    [
        {"lr": 0.01},
        {"lr": 0.01, "history_size": 2, "max_iter": 7},
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "lr": 0.3, "history_size": 3},
        {"line_search_fn": "strong_wolfe", "max_iter": 4, "max_eval": 9, "tolerance_grad": 1e-3},
    ],
)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_path_is_pytorchs(torch: Any, problem: str, options: dict[str, Any]) -> None:
    loss, start = PROBLEMS[problem]
    ours = [nn.Parameter(a) for a in start]
    theirs = [torch.tensor(a, requires_grad=True) for a in start]
    optimizer, reference = optim.LBFGS(ours, **options), torch.optim.LBFGS(theirs, **options)
    for _ in range(6):
        mine = optimizer.step(closure_of(optimizer, loss, ours))
        peer = reference.step(closure_of(reference, loss, theirs))
        assert mine is not None
        assert mine.item() == pytest.approx(peer.item(), rel=1e-9, abs=1e-12)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-8, atol=1e-9)


def hills(parts: list[Any]) -> Any:
    x = parts[0]
    return np.cos(3 * x).sum() + 0.1 * (x * x).sum() + 0.2 * x.sum() ** 2


@pytest.mark.parametrize(
    ("loss", "start", "not_convex"), [(rosenbrock, [-1.2, 1.0, 0.7, 1.5], 0), (hills, [0.1, 0.2, -0.1, 0.3], 1)]
)
def test_a_move_is_that_of_the_inverse_hessian_written_out_as_a_matrix(
    loss: Callable[..., Any], start: list[float], not_convex: int
) -> None:
    w, lr, history = nn.Parameter(start), 0.3, 3
    places: list[Any] = []
    slopes: list[Any] = []
    lbfgs = optim.LBFGS([w], lr=lr, max_iter=6, history_size=history)
    whole = closure_of(lbfgs, loss, [w])

    def closure() -> Any:
        value = whole()
        places.append(w.data.copy())
        slopes.append(w.grad.data.copy())
        return value

    for _ in range(2):
        lbfgs.step(closure)
    pairs: list[Any] = []
    for k, g in enumerate(slopes[:-1]):
        if k:
            s, y = places[k] - places[k - 1], g - slopes[k - 1]
            if s @ y > 1e-10:
                pairs = [*pairs, (s, y)][-history:]
            else:
                not_convex -= 1
        h = np.eye(4) * (pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) if pairs else 1.0)
        for s, y in pairs:
            projection = np.eye(4) - np.outer(y, s) / (s @ y)
            h = projection.T @ h @ projection + np.outer(s, s) / (s @ y)
        t = lr if k else lr / np.abs(g).sum()
        np.testing.assert_allclose(places[k + 1], places[k] - t * h @ g, rtol=1e-9, atol=1e-12)
    assert (len(places), not_convex) == (12, 0)


def calls_of(loss: Callable[..., Any], start: list[float], steps: int = 1, **options: Any) -> tuple[int, Any]:
    """Return how often the closure is called, and where it ends."""
    w, calls = nn.Parameter(start), 0
    lbfgs = optim.LBFGS([w], **options)
    whole = closure_of(lbfgs, loss, [w])

    def closure() -> Any:
        nonlocal calls
        calls += 1
        return whole()

    for _ in range(steps):
        lbfgs.step(closure)
    return calls, w.data


def slope(parts: list[Any]) -> Any:
    """Return a loss that falls for ever, at the same slope: the gradient is −0.25 everywhere."""
    return -0.25 * parts[0].sum()


@pytest.mark.parametrize(
    ("options", "calls", "moves"),
    [
        ({"max_iter": 8}, 8, 8),  # once at the start, and after each move but the last
        ({"max_iter": 8, "max_eval": 3}, 3, 2),
        ({"max_iter": 8, "max_eval": 1}, 2, 1),
        ({}, 20, 20),
        ({"max_iter": 8, "tolerance_grad": 0.25}, 1, 0),  # no element is larger
        ({"max_iter": 8, "tolerance_grad": 0.249}, 8, 8),
        ({"max_iter": 8, "tolerance_change": 0.25}, 1, 0),  # the loss would change by 0.0625 only
        ({"max_iter": 8, "tolerance_change": 0.025}, 2, 1),  # the place changes by 0.025, the loss by 0.00625
        ({"max_iter": 8, "tolerance_change": 0.0249}, 2, 1),  # … and the loss by less
        ({"max_iter": 8, "tolerance_change": 0.006}, 8, 8),
        ({"max_iter": 8, "lr": 10.0, "tolerance_change": 0.06}, 8, 8),
        ({"max_iter": 8, "lr": 1.0, "tolerance_change": 0.0625}, 8, 8),  # the loss changes by no less
    ],
)
def test_a_step_ends_when_it_may_go_no_further_or_nothing_changes(
    options: dict[str, Any], calls: int, moves: int
) -> None:
    options = {"lr": 0.1, **options}
    found, (w,) = calls_of(slope, [0.0], **options)
    assert found == calls
    assert w == pytest.approx(moves * 0.25 * options["lr"], abs=1e-12)


def test_a_step_ends_where_the_place_hardly_changes_or_the_slope_is_small_though_the_loss_still_falls() -> None:
    def steep(parts: list[Any]) -> Any:
        return -4.0 * parts[0].sum()  # the first move is of 0.1, and the loss falls by 0.4

    def bowl(parts: list[Any]) -> Any:
        return 0.5 * (parts[0] ** 2).sum()  # the first move halves the gradient

    for change, calls in ((0.1, 2), (0.099, 5)):
        assert calls_of(steep, [0.0], lr=0.1, max_iter=5, tolerance_change=change)[0] == calls
    for slope_at_last, calls in ((0.5, 2), (0.499, 3)):
        assert calls_of(bowl, [1.0], lr=0.5, max_iter=3, tolerance_grad=slope_at_last)[0] == calls


@pytest.mark.parametrize("max_eval", [1, 3, 6])
def test_no_search_begins_after_the_last_evaluation(max_eval: int) -> None:
    start, options = [-1.2, 1.0, 0.7, 1.5], {"line_search_fn": "strong_wolfe"}
    calls = [calls_of(rosenbrock, start, max_iter=n, max_eval=1000, **options)[0] for n in range(1, 8)]
    moves = next(n for n, count in enumerate(calls, start=1) if count >= max_eval)
    assert calls_of(rosenbrock, start, max_iter=7, max_eval=max_eval, **options)[0] == calls[moves - 1]


def test_the_options_are_pytorchs_if_nobody_gives_them() -> None:
    assert optim.LBFGS([nn.Parameter([1.0])]).defaults == {
        **{"lr": 1.0, "max_iter": 20, "max_eval": None, "tolerance_grad": 1e-7, "tolerance_change": 1e-9},
        **{"history_size": 100, "line_search_fn": None},
    }


@pytest.mark.parametrize("name", ["lr", "tolerance_grad", "tolerance_change", "max_iter", "max_eval", "history_size"])
def test_no_option_is_taken_without_a_look_at_it(name: str) -> None:
    kind = "a whole number of at least 1" if name.startswith(("max", "history")) else "a finite number"
    with pytest.raises(ValueError, match=rf"^{name} must be {kind}, and is 'x'$"):
        optim.LBFGS([nn.Parameter([1.0])], **{name: "x"})
    with pytest.raises(ValueError, match=rf"^{name} must"):
        optim.LBFGS([nn.Parameter([1.0])], **{name: -1})


def test_it_goes_on_from_a_saved_state_as_if_nothing_had_happened() -> None:
    loss, start = PROBLEMS["Rosenbrock"]
    through, first = [nn.Parameter(a) for a in start], [nn.Parameter(a) for a in start]
    one, before = (optim.LBFGS(p, max_iter=3, line_search_fn="strong_wolfe") for p in (through, first))
    for _ in range(4):
        one.step(closure_of(one, loss, through))
    for _ in range(2):
        before.step(closure_of(before, loss, first))
    second = [nn.Parameter(p.data) for p in first]
    after = optim.LBFGS(second, max_iter=3, line_search_fn="strong_wolfe")
    after.load_state_dict(before.state_dict())
    for _ in range(2):
        after.step(closure_of(after, loss, second))
    np.testing.assert_array_equal(through[0].data, second[0].data)


def test_frozen_parameters_and_those_without_a_gradient_stay() -> None:
    used, unused, frozen = nn.Parameter([3.0]), nn.Parameter([1.0]), nn.Parameter([1.0], requires_grad=False)
    lbfgs = optim.LBFGS([used, unused, frozen])
    lbfgs.step(closure_of(lbfgs, lambda p: ((p[0] - 1.0) ** 2).sum(), [used]))
    assert used.item() == pytest.approx(1.0)
    assert (unused.item(), frozen.item()) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: optim.LBFGS(p).step(), TypeError, "give step a function that computes it"),
        (lambda p: optim.LBFGS([{"params": p}, {"params": [nn.Parameter([1.0])]}]), ValueError, "be a second group"),
        (
            lambda p: optim.LBFGS(p, history_size=0),
            ValueError,
            "history_size must be a whole number of at least 1, and is 0",
        ),
        (
            lambda p: optim.LBFGS(p, max_iter=None),
            ValueError,
            "max_iter must be a whole number of at least 1, and is N",
        ),
        (lambda p: optim.LBFGS(p, max_eval=0), ValueError, "max_eval must be a whole number of at least 1, and is 0"),
        (
            lambda p: optim.LBFGS(p).load_state_dict(optim.SGD(p).state_dict()),
            ValueError,
            r"this is not what the state_dict\(\) of LBFGS returns: it lacks 'memory'",
        ),
        (lambda p: optim.LBFGS(p, line_search_fn="armijo"), ValueError, "None or 'strong_wolfe', not 'armijo'"),
        (lambda p: optim.LBFGS(p, lr=-1.0), ValueError, "lr must not be negative"),
        (
            lambda p: optim.LBFGS(p).load_state_dict(
                {"state": {}, "param_groups": [], "memory": {"direction": np.ones(5)}}
            ),
            ValueError,
            "remembers directions of 5 numbers, and the parameters of this LBFGS have 1",
        ),
    ],
)
def test_misuse_is_refused(make: Callable[..., Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make([nn.Parameter([1.0])])


def test_a_search_that_meets_only_nan_stays_where_it_was() -> None:
    w = Tensor([1.0], True)
    lbfgs = optim.LBFGS([w], lr=1e3, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        lbfgs.zero_grad()
        with np.errstate(invalid="ignore"):
            loss = (np.sqrt(w - 0.5) if w.data[0] == 1.0 else np.sqrt(w * 0.0 - 1.0)).sum()
            loss.backward()
        return loss

    lbfgs.step(closure)
    assert w.data[0] == 1.0


def places_of(broken: int) -> list[Any]:
    """Return where the closure is called; in the call of this number it raises, and then another step goes on."""
    w, places, calls = nn.Parameter([-1.2, 1.0]), [], 0
    lbfgs = optim.LBFGS([w], lr=0.5, max_iter=8)
    whole = closure_of(lbfgs, rosenbrock, [w])

    def closure() -> Any:
        nonlocal calls
        calls += 1
        if calls == broken:
            raise ZeroDivisionError
        places.append(w.data.copy())
        return whole()

    if broken:
        with pytest.raises(ZeroDivisionError):
            lbfgs.step(closure)
    lbfgs.step(closure)
    return places[:6]


@pytest.mark.parametrize("broken", [1, 2, 4])
def test_a_closure_that_raises_leaves_the_way_open(broken: int) -> None:
    np.testing.assert_array_equal(places_of(broken), places_of(0))


def test_a_search_that_is_broken_off_has_moved_nothing() -> None:
    w = nn.Parameter([-1.2, 1.0])
    lbfgs = optim.LBFGS([w], max_iter=1, line_search_fn="strong_wolfe")
    whole, places = closure_of(lbfgs, rosenbrock, [w]), []

    def closure() -> Any:
        places.append(w.data.copy())
        if len(places) == 2:
            raise ZeroDivisionError
        return whole()

    with pytest.raises(ZeroDivisionError):
        lbfgs.step(closure)
    assert (places[1] != places[0]).any()
    np.testing.assert_array_equal(w.data, places[0])


def test_the_state_is_a_copy_on_both_ways() -> None:
    loss, start = PROBLEMS["Rosenbrock"]
    ends = []
    for spoiled in (False, True):
        (w,) = params = [nn.Parameter(a) for a in start]
        lbfgs = optim.LBFGS(params, lr=0.01, max_iter=3)
        lbfgs.step(closure_of(lbfgs, loss, params))
        state = lbfgs.state_dict()
        lbfgs.load_state_dict(state)
        for value in state["memory"].values():
            if spoiled and isinstance(value, np.ndarray):
                value[...] = 9.0
        lbfgs.step(closure_of(lbfgs, loss, params))
        ends.append(w.data)
    np.testing.assert_array_equal(*ends)
