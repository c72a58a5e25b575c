"""Linear algebra: what is composed of primitives, conventions where a derivative does not exist, PyTorch, errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.arrays import in_numpy
from autograd.backward import gradients
from autograd.primitive import TABLE
from autograd.rules.decompositions import cofactor, svd
from autograd.rules.linalg import einsum
from autograd.rules.norms import norm
from tests.support.cases.linalg import COMPOSITIONS
from tests.support.checking import (
    Case,
    ask,
    assert_near,
    check_gradient,
    check_second_gradient,
    check_single_precision,
    check_strict_array,
    leaves,
    outputs,
)
from tests.support.strict_array import StrictArray

COMPOSED: dict[str, list[Case]] = {}
for _case in (case for family in COMPOSITIONS for case in family()):
    COMPOSED.setdefault(_case.name, []).append(_case)
composed = pytest.mark.parametrize("name", COMPOSED)

# ------------------------------------------------------------------------------------ compositions, asked as primitives


def check_nearly_value(case: Case) -> None:
    """Assert that a composition computes what NumPy does, up to the order in which it rounds."""
    found, expected = outputs(case.operation(*leaves(case.operands))), outputs(case.reference(*case.operands))
    for f, e in zip(found, expected, strict=True):
        assert isinstance(f, Tensor)
        assert f.dtype == np.asarray(e).dtype
        assert_near(f.data, e, 1e-13, f"{case}: value")


def check_foreign(case: Case) -> None:
    def values(*arrays: Any) -> list[Any]:  # a composition may round differently from NumPy's own function
        return [t.data for t in outputs(case.operation(*map(Tensor, arrays)))]

    check_strict_array(replace(case, reference=values), StrictArray, StrictArray.get)


@composed
def test_the_value_is_numpys(name: str) -> None:
    ask(check_nearly_value, COMPOSED[name])


@composed
def test_the_gradients_are_slopes_to_the_second_order(name: str) -> None:
    ask(check_gradient, COMPOSED[name])
    ask(check_second_gradient, COMPOSED[name])


@composed
@pytest.mark.no_cover
def test_single_precision_stays_single(name: str) -> None:
    ask(check_single_precision, COMPOSED[name])


@composed
@pytest.mark.no_cover
def test_another_librarys_arrays_go_through(name: str) -> None:
    ask(check_foreign, COMPOSED[name])


# ---------------------------------------------------------------------------------------------------------- conventions


def gradient_of(f: Callable[..., Any], *values: Any) -> Any:
    xs = leaves([np.asarray(v, dtype=float) for v in values])
    result = f(*xs)
    result.backward(np.ones(result.shape))
    return xs[0].grad.data if len(xs) == 1 else [x.grad.data for x in xs]


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 1.5, 0.5, -1, -2.5, np.inf, -np.inf])
def test_the_gradient_of_a_norm_of_vectors_at_0_is_0(ord: Any) -> None:
    for x in ([0.0, 0.0, 0.0], [0.0]):
        np.testing.assert_array_equal(gradient_of(lambda x: norm(x, ord, axis=0), x), np.zeros(len(x)))
    found = gradient_of(lambda x: norm(x, ord, axis=0), [0.0, 2.0])
    assert found[0] == 0.0
    assert np.isfinite(found).all()


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_the_gradient_of_a_norm_of_matrices_at_0_is_0(ord: Any) -> None:
    for shape in ((2, 2), (3, 2), (2, 3), (2, 2, 2)):
        np.testing.assert_array_equal(gradient_of(lambda x: norm(x, ord, (-2, -1)), np.zeros(shape)), np.zeros(shape))


def test_a_norm_at_0_has_a_second_gradient_of_0() -> None:
    x = Tensor(np.zeros(3), requires_grad=True)
    norm(x).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.sum().backward()
    assert x.grad.data.tolist() == [0.0, 0.0, 0.0]


def test_a_norm_with_a_negative_power_is_0_where_an_element_is_0() -> None:
    assert norm(Tensor([0.0, 2.0]), -1).item() == 0.0
    assert norm(Tensor([0.0, 2.0]), 0.5).item() == np.linalg.norm([0.0, 2.0], 0.5)


def test_equal_elements_share_the_gradient_of_the_greatest_norm() -> None:
    assert gradient_of(lambda x: norm(x, np.inf), [2.0, -2.0, 1.0]).tolist() == [0.5, -0.5, 0.0]


def test_cholesky_and_eigh_have_symmetric_gradients() -> None:
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    for f in (lambda a: np.linalg.cholesky(a), lambda a: np.linalg.eigh(a).eigenvectors, np.linalg.eigvalsh):
        found = gradient_of(f, a)
        np.testing.assert_allclose(found, found.T, rtol=1e-14)
    # The value depends on one triangle only; the gradient is that of a symmetric move all the same.
    np.testing.assert_allclose(
        gradient_of(np.linalg.cholesky, np.tril(a)), gradient_of(np.linalg.cholesky, a), rtol=1e-14
    )


def test_vectors_of_equal_eigenvalues_have_no_gradient_and_the_values_have() -> None:
    found = gradient_of(lambda a: np.linalg.eigh(a).eigenvectors, np.diag([1.0, 1.0, 2.0]))
    assert np.isnan(found).any()
    np.testing.assert_array_equal(gradient_of(np.linalg.eigvalsh, np.eye(3)), np.eye(3))

    def squared(a: Tensor) -> Tensor:  # it has a gradient, which cannot be found through the vectors: never a wrong one
        w, v = np.linalg.eigh(a)
        return ((v * w * w) @ v.T).sum()

    assert np.isnan(gradient_of(squared, 2.0 * np.eye(2))).any()
    a = np.diag([2.0, 3.0])
    np.testing.assert_allclose(gradient_of(squared, a), gradient_of(lambda a: (a @ a).sum(), a), rtol=1e-14)


def test_vectors_of_equal_or_no_singular_values_have_no_gradient_and_the_values_have() -> None:
    for a in (np.eye(3, 2), np.diag([1.0, 0.0, 0.0])[:, :2], np.zeros((2, 3))):
        assert np.isnan(
            gradient_of(lambda a: (r := svd(a, full_matrices=False)).U @ r.Vh * [1.0, 2, 3][: a.shape[1]], a)
        ).any()
        assert np.isfinite(gradient_of(lambda a: svd(a, compute_uv=False), a)).all()
    np.testing.assert_allclose(gradient_of(lambda a: norm(a, "nuc"), np.eye(3)), np.eye(3), atol=1e-14)


def test_the_cofactors_are_those_of_the_textbook() -> None:
    a = np.array([[2.0, 1.0, 0.5], [-1.0, 3.0, 1.0], [0.0, 1.0, -2.0]])
    np.testing.assert_allclose(cofactor(a), np.linalg.det(a) * np.linalg.inv(a).T, rtol=1e-13)
    a[2] = a[0] + a[1]  # rank 2
    minors = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(3)] for i in range(3)]
    signs = (-1.0) ** np.add.outer(range(3), range(3))
    np.testing.assert_allclose(gradient_of(np.linalg.det, a), signs * minors, atol=1e-13)
    np.testing.assert_array_equal(gradient_of(np.linalg.det, np.zeros((3, 3))), np.zeros((3, 3)))


def test_the_sign_of_a_determinant_is_plain() -> None:
    sign, logarithm = np.linalg.slogdet(Tensor(-np.eye(3), requires_grad=True))
    assert not sign.requires_grad
    assert logarithm.requires_grad
    assert sign.item() == -1.0


def test_least_squares_gives_the_other_answers_as_plain_arrays() -> None:
    a, b = np.random.default_rng(0).normal(size=(5, 2)), np.arange(5.0)
    for rcond in (None, -1, 1e-9):
        found, expected = np.linalg.lstsq(Tensor(a, requires_grad=True), b, rcond), np.linalg.lstsq(a, b, rcond)
        np.testing.assert_allclose(found[0].data, expected[0], rtol=1e-12)
        assert not any(isinstance(part, Tensor) for part in found[1:])
        for f, e in zip(found[1:], expected[1:], strict=True):
            np.testing.assert_array_equal(f, e)


def test_results_have_numpys_names() -> None:
    a = Tensor(np.eye(2), requires_grad=True)
    assert np.linalg.eigh(a)._fields == ("eigenvalues", "eigenvectors")
    assert np.linalg.qr(a)._fields == ("Q", "R")
    assert svd(a)._fields == ("U", "S", "Vh")
    assert np.linalg.slogdet(a)._fields == ("sign", "logabsdet")


def check_bare(case: Case) -> None:
    module, _, name = case.name.rpartition(".")
    function = TABLE.get(getattr(np.linalg if module.endswith("linalg") else np, name, None))
    if function is not None and case.note in ("", "n=2", "n=-1"):
        xs = [case.operands] if name == "multi_dot" else list(case.operands)
        xs = [*xs, 2] if name == "matrix_power" else xs
        for part in outputs(function(*xs)):
            assert not isinstance(part, Tensor)


@composed
def test_without_a_tensor_the_answer_is_a_bare_array(name: str) -> None:
    ask(check_bare, COMPOSED[name])


def test_lists_and_numbers_beside_a_tensor() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert np.dot([3.0, 4.0], t).item() == 11.0
    assert np.dot(2, t).data.tolist() == [2.0, 4.0]
    assert np.outer([1.0], t).shape == (1, 2)
    assert einsum("i,i", [3, 4], t).item() == 11.0
    assert np.linalg.multi_dot([[[1.0, 1.0]], t]).data.tolist() == [3.0]


def test_numpys_own_einsum_records() -> None:
    a, b = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True), Tensor(np.ones((3, 2)), requires_grad=True)
    for subscripts in ("ij,jk->ik", "ij,jk"):
        for options in ({}, {"optimize": True}):
            found = np.einsum(subscripts, a, b, **options)
            assert isinstance(found, Tensor)
            np.testing.assert_array_equal(found.data, a.data @ b.data)
    np.testing.assert_array_equal(gradient_of(lambda x: np.einsum("ii->", x), np.ones((2, 2))), np.eye(2))
    assert np.einsum("i,i", np.ones(2), a[:, 0]).item() == 3.0
    with pytest.raises(TypeError, match=r"^einsum takes its labels as one text first"):
        np.einsum(a, [0, 1])
    with pytest.raises(TypeError, match=r"^np\.einsum on a Tensor does not take dtype="):
        np.einsum("ij->", a, dtype=np.float32)


def test_numpys_own_svd_and_norm_record() -> None:
    t = Tensor(np.diag([3.0, 4.0]), requires_grad=True)
    assert np.linalg.norm(t).item() == 5.0
    assert np.linalg.norm(t, np.inf, axis=1, keepdims=True).shape == (2, 1)
    assert np.linalg.norm(t, "nuc").requires_grad
    assert np.linalg.svd(t, full_matrices=False).S.data.tolist() == [4.0, 3.0]
    assert np.linalg.svd(t, compute_uv=False).requires_grad


def test_an_operand_of_einsum_that_wants_no_gradient_costs_none() -> None:
    x, w = Tensor(np.ones((2, 3))), Tensor(np.ones((3, 4)), requires_grad=True)
    einsum("ij,jk->ik", x, w).sum().backward()
    np.testing.assert_array_equal(w.grad.data, np.full((3, 4), 2.0))
    assert x.grad is None


def test_to_the_power_of_0_a_matrix_has_gradient_0() -> None:
    np.testing.assert_array_equal(
        gradient_of(lambda a: np.linalg.matrix_power(a, 0), np.ones((2, 2))), np.zeros((2, 2))
    )


def test_a_view_that_einsum_could_have_returned_is_a_copy() -> None:
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    assert not np.shares_memory(einsum("ii->i", x).data, x.data)


# --------------------------------------------------------------------------------------------------------------- errors

ERRORS: dict[str, tuple[type[Exception], str, Callable[[Tensor], Any]]] = {
    "einsum by numbers": (TypeError, r"^einsum takes its labels as one text first", lambda t: einsum(t, [0, 1])),
    "tensordot": (
        ValueError,
        r"^tensordot of shapes \(2, 3\) and \(2, 3\) over the axes \(1,\) and \(0,\): the lengths \(3,\) ",
        lambda t: np.tensordot(t, t, 1),
    ),
    "cross": (ValueError, "vectors of 3 components, and these have 2 and 3; put a 0", lambda t: np.cross(t.T, t)),
    "power": (np.linalg.LinAlgError, r"^a power is that of square matrices", lambda t: np.linalg.matrix_power(t, 2)),
    "multi_dot": (ValueError, r"^multi_dot multiplies at least two arrays", lambda t: np.linalg.multi_dot([t])),
    "qr": (ValueError, r"^qr on a Tensor has the modes 'reduced' and 'r', not 'complete'", lambda t: _complete(t)),
    "svd": (ValueError, r"^svd of a Tensor of shape \(2, 3\) needs full_matrices=False", svd),
    "norm axes": (ValueError, r"^a norm is that of vectors or of matrices", lambda t: norm(t[None], 1)),
    "norm of vectors": (ValueError, r"^the norm 'fro' is one of matrices", lambda t: norm(t[0], "fro")),
    "norm of matrices": (ValueError, r"^the norm 3 is none of matrices", lambda t: norm(t, 3)),
    "trace": (TypeError, r"^np\.trace on a Tensor does not take dtype=", lambda t: np.trace(t, dtype=float)),
}


def _complete(t: Tensor) -> Any:
    return np.linalg.qr(t, "complete")


@pytest.mark.parametrize("what", ERRORS)
def test_an_error_says_what_was_given_and_how_to_mend_it(what: str) -> None:
    kind, message, call = ERRORS[what]
    with pytest.raises(kind, match=message):
        call(Tensor(np.ones((2, 3)), requires_grad=True))


def test_the_logarithm_of_a_determinant_of_0_has_no_gradient() -> None:
    t = Tensor(np.ones((2, 2)), requires_grad=True)
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        np.linalg.slogdet(t)[1].backward()


# ---------------------------------------------------------------------------------------------------------------- peers

RNG = np.random.default_rng(7)
A, SPD, B = (
    RNG.normal(size=(3, 3)),
    np.eye(3) + np.full((3, 3), 0.2) + np.diag([0.3, 0.9, 2.0]),
    RNG.normal(size=(3, 2)),
)
TALL = RNG.normal(size=(4, 2))
PEERS: dict[str, tuple[tuple[np.ndarray, ...], Callable[..., Any], Callable[..., Any]]] = {
    "inv": ((A,), np.linalg.inv, lambda t, a: t.linalg.inv(a)),
    "solve": ((A, B), np.linalg.solve, lambda t, a, b: t.linalg.solve(a, b)),
    "det": ((A,), np.linalg.det, lambda t, a: t.linalg.det(a)),
    "det singular": ((np.outer(A[0], A[1]),), np.linalg.det, lambda t, a: t.linalg.det(a)),
    "logdet": ((A,), lambda a: np.linalg.slogdet(a)[1], lambda t, a: t.linalg.slogdet(a)[1]),
    "cholesky": ((SPD,), np.linalg.cholesky, lambda t, a: t.linalg.cholesky(a)),
    "qr": ((TALL,), lambda a: np.linalg.qr(a).R, lambda t, a: t.linalg.qr(a)[1]),
    "svd values": ((TALL,), np.linalg.svdvals, lambda t, a: t.linalg.svdvals(a)),
    "svd": (
        (TALL,),
        lambda a: (r := svd(a, full_matrices=False)).U ** 2 @ r.Vh**2,
        lambda t, a: (r := t.linalg.svd(a, full_matrices=False)).U ** 2 @ r.Vh**2,
    ),
    "eigh": ((SPD,), lambda a: np.linalg.eigh(a)[1] ** 2, lambda t, a: t.linalg.eigh(a)[1] ** 2),
    "pinv": ((TALL,), np.linalg.pinv, lambda t, a: t.linalg.pinv(a)),
    "lstsq": ((TALL, TALL[:, :1]), lambda a, b: np.linalg.lstsq(a, b)[0], lambda t, a, b: t.linalg.lstsq(a, b)[0]),
    "einsum": ((A, B), lambda a, b: einsum("ii,ij->j", a, b), lambda t, a, b: t.einsum("ii,ij->j", a, b)),
    "nuclear": ((A,), lambda a: norm(a, "nuc"), lambda t, a: t.linalg.matrix_norm(a, "nuc")),
    "kron": ((A, B), np.kron, lambda t, a, b: t.kron(a, b)),
}


@pytest.mark.parametrize("name", PEERS)
def test_the_gradients_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: there is no peer to compare with")
    arrays, ours, theirs = PEERS[name]
    xs, ts = leaves(arrays), [torch.tensor(a, requires_grad=True) for a in arrays]
    found, expected = ours(*xs), theirs(torch, *ts)
    weight = np.cos(np.arange(float(found.size))).reshape(found.shape)
    found.backward(weight)
    expected.backward(torch.tensor(weight))
    np.testing.assert_allclose(found.data, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    for x, t in zip(xs, ts, strict=True):
        np.testing.assert_allclose(x.grad.data, t.grad.numpy(), rtol=1e-8, atol=1e-10)


# ------------------------------------------------------------------------------------- large, long, and nearly singular


def test_the_second_derivative_of_a_determinant_is_exact_however_large_the_matrix_is() -> None:
    a = Tensor(1e12 * np.array([[2.0, 1.0], [-1.0, 3.0]]), requires_grad=True)
    (cofactors,) = gradients([np.linalg.det(a)], [a], [np.ones(())], create_graph=True)
    (found,) = gradients([cofactors], [a], [np.array([[1.0, 2.0], [3.0, 4.0]])])
    np.testing.assert_allclose(found, [[4.0, -3.0], [-2.0, 1.0]], rtol=1e-12)


@pytest.mark.parametrize("least", [1.0, 1e-13])
def test_the_singular_vectors_of_a_square_matrix_move_calmly_where_it_is_nearly_singular(least: float) -> None:
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.standard_normal((3, 3)))[0] for _ in range(2))
    weight = rng.standard_normal((3, 3))
    a = Tensor(u * [3.0, 2.0, least] @ v.T, requires_grad=True)
    left, _, right = np.linalg.svd(a)
    others = np.linalg.eigh(a @ a.T)[1][:, ::-1], np.linalg.eigh(a.T @ a)[1][:, ::-1].T  # but for the signs
    for vectors, expected in zip((left, right), others, strict=True):
        found = [gradients([(weight * x * x).sum()], [a], [np.ones(())], True)[0] for x in (vectors, expected)]
        np.testing.assert_allclose(found[0], found[1], atol=1e-12)


def test_a_sum_of_einstein_over_long_vectors_needs_no_matrix() -> None:
    n = 3_000_000  # a matrix of n rows and n columns would take 72 TB
    x = Tensor(np.ones(n), requires_grad=True)
    np.einsum("i,i->", x, np.full(n, 2.0)).backward()
    assert (x.grad.data == 2).all()


def test_a_path_of_the_sum_of_einstein_is_none_of_its_gradients() -> None:
    a, b, c = leaves([np.diag([1.0, 2.0]), np.ones((2, 2)), np.array([1.0, 3.0])])
    np.einsum("ii,ij,j->", a, b, c, optimize=["einsum_path", (0, 1), (0, 1)]).backward()
    assert a.grad.data.tolist() == [[4.0, 0.0], [0.0, 4.0]]


@pytest.mark.parametrize("kind", [np.asarray, StrictArray])
def test_a_number_may_stand_in_a_sum_of_einstein(kind: Callable[[Any], Any]) -> None:
    a = Tensor(kind(np.ones((2, 2))), requires_grad=True)
    np.einsum(",ii->", 3.0, a).backward()
    assert in_numpy(a.grad.data).tolist() == [[3.0, 0.0], [0.0, 3.0]]


def test_a_list_may_stand_in_a_sum_of_einstein() -> None:
    a = Tensor([1.0, 2.0], requires_grad=True)
    np.einsum("i,i->", [3.0, 4.0], a).backward()
    assert a.grad.data.tolist() == [3.0, 4.0]
