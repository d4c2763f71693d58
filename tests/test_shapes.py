"""Shapes, signatures, the convention for names, and the unification of dimensions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.dims import Dims, fresh_letter, result_shape
from derive.errors import ShapeError
from derive.shapes import (
    PROPERTIES,
    convention,
    kind_text,
    letters,
    parse_dim,
    parse_shape,
    parse_signature,
    parse_signatures,
)
from derive.terms import SCALAR, dim_product, dim_text, shape_text

LETTERS = st.sampled_from(["m", "n", "p", "n_1", "α"])
DIMS = st.lists(st.one_of(LETTERS, st.integers(1, 9)), min_size=1, max_size=3).map(lambda f: dim_product(*f))


# ---------------------------------------------------------------- texts
@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("m x n", ("m", "n")),
        (" m  x  n ", ("m", "n")),
        ("n", ("n", 1)),
        ("scalar", SCALAR),
        ("1 x n", (1, "n")),
        ("1 x 1", SCALAR),
        ("3x2", (3, 2)),
        ("3 X 2", (3, 2)),
        ("m × n", ("m", "n")),
        ("m*n x 2*p", (("m", "n"), (2, "p"))),
        ("x x x", ("x", "x")),
        ("batch x box", ("batch", "box")),
    ],
)
def test_shape_texts(text, shape):
    assert parse_shape(text) == shape


@given(DIMS, DIMS)
def test_a_shape_is_read_from_its_own_text(rows, columns):
    assert parse_shape(shape_text((rows, columns))) == (rows, columns)
    assert parse_dim(dim_text(rows)) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "vector",
            "`vector` is not a shape\n  why: a shape is given by its dimensions\n  try: write `n`",
        ),
        ("mxn", "`mxn` is not a shape\n  why: `mxn` is one word\n  try: write `m x n`, with spaces"),
        (
            "n+1",
            "`n+1` is not a shape\n  why: `n+1` is no dimension\n"
            "  try: write `m x n` for a matrix, `n` for a column vector, `scalar` for a number; "
            "a dimension is an integer, a letter or a product such as m*n",
        ),
    ],
)
def test_bad_shapes_say_what_to_write(text, message):
    with pytest.raises(ShapeError) as error:
        parse_shape(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "text", ["", " ", "m x", "2 x 3 x 4", "0 x 1", "-1", "m*", "m**n", "1.5", "n²", "9" * 50]
)
def test_no_shapes(text):
    with pytest.raises(ShapeError):
        parse_shape(text)


@given(st.text(max_size=30))
def test_any_text_is_a_shape_or_an_error(text):
    try:
        rows, columns = parse_shape(text)
    except ShapeError as error:
        assert str(error)
    else:
        assert rows and columns


def test_words_for_kinds():
    assert [kind_text(s) for s in (SCALAR, ("n", 1), (1, "n"), ("m", 3))] == [
        "a scalar",
        "a column vector (n)",
        "a row vector (1 x n)",
        "a matrix (m x 3)",
    ]


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("X W_1 Sigma Σ Lambda Ж Ω_2", "matrix"),
        ("x t w_1 ж lambdas alphabet beta0x x_hat", "vector"),
        ("alpha lambda lam α lam_2 mu1 ε_0 epsilon", "scalar"),
        ("א 中", ""),
    ],
)
def test_convention(names, kind):
    assert {name: convention(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_properties_ask_for_known_shapes():
    assert set(PROPERTIES.values()) == {"square", "any", "scalar"}


# ---------------------------------------------------------------- signatures
@pytest.mark.parametrize(
    ("signature", "shapes", "result"),
    [
        ("A: m x n, B: p x q -> m*p x n*q", [("a", 2), (3, "b")], ((3, "a"), (2, "b"))),
        ("x: n -> n x n", [("k", 1)], ("k", "k")),
        ("A: n x n -> scalar", [(3, 3)], SCALAR),
        ("A: n x n -> scalar", [("m", "n")], 0),
        ("A: n x n -> scalar", [SCALAR], SCALAR),
        ("t -> same", [("m", 3)], ("m", 3)),
        ("t -> same", [SCALAR], SCALAR),
        ("x: n, y: n -> scalar", [("n", 1), ("m", 1)], 1),
        ("x: n, y: n -> scalar", [("n", 1), ("n", 2)], 1),
        ("x: m*n, m, n -> m x n", [(6, 1), (2, 1), (3, 1)], (2, 3)),
        ("x: m*n, m, n -> m x n", [(7, 1), (2, 1), (3, 1)], 0),
        ("A: k*m x k*n, k -> m x n", [(("p", "q"), ("p", "r")), ("p", 1)], ("q", "r")),
        ("A: k*m x k*n, k -> m x n", [(6, 4), (2, 1)], (3, 2)),
        ("A: k*m x k*n, k -> m x n", [(6, 4), (4, 1)], 0),
    ],
)
def test_result_shape(signature, shapes, result):
    dims = Dims()
    found = result_shape(parse_signature(signature), shapes, dims, (0, 0))
    assert (found if isinstance(found, int) else dims.shape(found)) == result


def test_signature_texts():
    assert str(parse_signature("x: m*n, m, n -> m x n")) == "x: m*n, m, n"
    assert len(parse_signatures("x: n -> n x n\nA: n x n -> n")) == 2
    assert parse_signature("-> scalar").params == ()
    with pytest.raises(ShapeError):
        parse_signature("A: n x n")


# ---------------------------------------------------------------- unification
def test_letters_of_the_user_are_rigid():
    assert not Dims().unify("m", "n", (0, 0))
    assert not Dims().unify("m", 3, (0, 0))
    assert not Dims().unify(("m", "n"), ("m", "p"), (0, 0))


def test_unknowns_of_arrays_are_never_one():
    dims = Dims()
    array, any_size = dims.fresh("the rows of X"), dims.fresh("", large=False)
    assert not dims.unify(array, 1, (0, 0))
    assert dims.unify(array, any_size, (0, 0)) and not dims.unify(any_size, 1, (0, 0))
    assert dims.unify(dims.fresh("", large=False), 1, (0, 0))


def test_a_dimension_is_no_product_with_itself():
    dims = Dims()
    u = dims.fresh("u")
    assert not dims.unify(u, dim_product(u, 2), (0, 0))


def test_products_wait_until_they_can_be_decided():
    dims = Dims()
    u, v = dims.fresh("u"), dims.fresh("v")
    assert dims.unify(dim_product(u, v), dim_product("m", "n"), (4, 5))
    assert dims.unify(u, "n", (6, 7))
    assert dims.settle() is None and dims.resolve(v) == "m"


def test_what_cannot_be_decided_is_reported_by_its_place():
    dims = Dims()
    u, v = dims.fresh("u"), dims.fresh("v")
    assert dims.unify(dim_product(u, v), 7, (4, 5))
    assert dims.settle() == (4, 5)


def test_undo_forgets_a_trial():
    dims = Dims()
    u, v = dims.fresh("u"), dims.fresh("v", large=False)
    mark = dims.mark()
    assert dims.unify(u, v, (0, 0)) and dims.unify(v, "n", (0, 0))
    dims.undo(mark)
    assert (dims.resolve(u), dims.resolve(v)) == (u, v) and dims.unify(v, 1, (0, 0))


def test_the_story_of_a_dimension():
    dims = Dims()
    u = dims.fresh("the rows of X")
    dims.unify(u, 3, (4, 9))
    assert dims.story(u) == [("the rows of X", 3, (4, 9))] and dims.story("n") == []


SIDES = st.one_of(st.integers(0, 6), st.sampled_from(["m", "n", 7]))


@given(st.lists(st.tuples(st.integers(0, 6), SIDES), max_size=20))
def test_unify_agrees_with_merging_of_sets(equations):
    """An independent model: the classes of equal things, each with at most one known member."""
    dims = Dims()
    unknowns = [dims.fresh(str(i), large=False) for i in range(7)]
    classes = [{u} for u in unknowns]

    def of(x):
        return next((c for c in classes if x in c), {x})

    for left, right in equations:
        a = unknowns[left]
        b = unknowns[right] if isinstance(right, int) and right < 7 else right
        union = of(a) | of(b)
        possible = sum(not str(x).startswith("?") for x in union) <= 1
        assert dims.unify(a, b, (0, 0)) == possible
        if possible:
            classes = [c for c in classes if not c & union] + [union]
    for c in classes:
        assert len({dims.resolve(x) for x in c}) == 1


def test_long_chains_of_unknowns_are_fast_and_flat():
    dims = Dims()
    unknowns = [dims.fresh("") for _ in range(20_000)]
    for a, b in pairwise(unknowns):
        assert dims.unify(b, a, (0, 0))
    assert dims.unify(unknowns[-1], "n", (0, 0))
    assert {dims.resolve(u) for u in unknowns} == {"n"}


def test_letters_are_given_in_the_usual_order():
    dims = Dims()
    rows, columns, length = (dims.fresh("") for _ in range(3))
    dims.give_letters([(rows, columns), (length, 1), (columns, columns)], {"n", "x"})
    assert [dims.resolve(u) for u in (rows, columns, length)] == ["m", "p", "q"]
    assert list(letters((rows, 2))) == [rows]
    assert fresh_letter(set("mnpqrklhbcdgsuvwaefijot"), "mn", ["n_1"]) == "n_1"
