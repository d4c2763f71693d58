"""Reading ASCII: precedence, typed terms, shapes, definitions, and what the errors say."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume as suppose
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import DeriveError, LimitError, ParseError, ShapeError
from derive.shapes import letters, parse_signatures
from derive.syntax import elaborate, parse_ast, read
from derive.terms import SCALAR, Table, postorder

SIGNATURES = {
    name: parse_signatures(text)
    for names, text in {
        "tr det logdet": "A: n x n -> scalar",
        "inv": "A: n x n -> n x n",
        "norm sum": "A: m x n -> scalar",
        "exp log sin tanh": "t -> same",
        "conj": "t -> same",
        "kron": "A: m x n, B: p x q -> m*p x n*q",
        "vec": "A: m x n -> m*n",
        "diag": "x: n -> n x n; A: n x n -> n",
        "dot": "x: n, y: n -> scalar",
        "softmax": "x: n -> n",
        "unvec": "x: m*n, m, n -> m x n",
        "ptrace1": "A: k*m x k*n, k -> m x n",
        "pi": "-> scalar",
    }.items()
    for name in names.split()
}
SHAPES = {"X": "m x n", "A": "p x n", "B": "n x n", "x": "n", "y": "n", "b": "m"}
SHAPES |= {"s": "scalar", "t": "scalar"}


def reading(text, shapes=None, **more):
    return read(text, **{"table": Table(), "signatures": SIGNATURES, "shapes": shapes, **more})


def term(text, shapes=SHAPES, **more):
    return reading(text, shapes, **more).term


def sketch(t):
    """A term in prefix form, so that the tests do not depend on a printer."""
    if t.head == "num":
        return str(t.payload)
    if t.head == "var":
        return t.name
    if t.head == "dim":
        return f"dim:{t.payload}"
    return f"{t.head}({' '.join(map(sketch, t.args))})" if t.args else t.head


def message(text, shapes=SHAPES, **more):
    with pytest.raises(DeriveError) as error:
        reading(text, shapes, **more)
    return str(error.value)


# ---------------------------------------------------------------- what a text means
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("-s^2", "mul(-1 pow(s 2))"),
        ("s^2^3", "pow(pow(s 2) 3)"),
        ("B^2'", "T(pow(B 2))"),
        ("B^-1", "pow(B -1)"),
        ("X''", "T(T(X))"),
        ("X.*X*x", "mul(had(X X) x)"),
        ("X./X", "had(X hpow(X -1))"),
        ("x.^s", "hpow(x s)"),
        ("s.*t", "mul(s t)"),
        ("s./t", "mul(s pow(t -1))"),
        ("s.^2", "pow(s 2)"),
        ("X/s", "mul(X pow(s -1))"),
        ("s*t/2*X", "mul(s t pow(2 -1) X)"),
        ("1/2*x", "mul(1/2 x)"),
        ("-1/2*x", "mul(-1/2 x)"),
        ("x*1/2", "mul(x 1 pow(2 -1))"),
        ("4/2", "2"),
        ("-2", "-2"),
        ("--s", "s"),
        ("-(-s)", "s"),
        ("s*-t", "mul(s mul(-1 t))"),
        ("+s", "s"),
        ("x - 2*y", "add(x mul(-2 y))"),
        ("x - B*y + y", "add(x mul(-1 B y) y)"),
        ("x - (y + x)", "add(x mul(-1 add(y x)))"),
        ("x - (x - y)", "add(x mul(-1 add(x mul(-1 y))))"),
        ("s*X : X*B + b : b", "add(colon(mul(s X) mul(X B)) colon(b b))"),
        ("X : X : s", None),
        ("n*x", "mul(dim:n x)"),
        ("sum(x)/n", "mul(sum(x) pow(dim:n -1))"),
        ("x'*y*B", "mul(T(x) y B)"),
        ("B*(x'*y)", "mul(B mul(T(x) y))"),
        ("pi*x", "mul(pi x)"),
        ("unit(n,2)'*x", "mul(T(unit(2)) x)"),
        ("X + J(1,2)", "add(X mul(unit(1) T(unit(2))))"),
        ("unvec(vec(X),m,n)", "unvec(vec(X) dim:m dim:n)"),
        ("norm(X*A')^2/2", "mul(pow(norm(mul(X T(A))) 2) pow(2 -1))"),
        ("  ( ( x ) )  ", "x"),
        ("x\t+\u00a0y", "add(x y)"),
        ("(x\n+ y)", "add(x y)"),
        ("x +\n\n y\n", "add(x y)"),
    ],
)
def test_typed_terms(text, form):
    if form is None:
        assert "does not chain" in message(text)
    else:
        assert sketch(term(text)) == form


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("0.50", Decimal("0.50")),
        (".5", Decimal("0.5")),
        ("1e-3", Decimal("0.001")),
        ("2E+2", Decimal("2E+2")),
        ("-0.5", Decimal("-0.5")),
        ("6/4", Fraction(3, 2)),
        ("2i", 2j),
        ("-.5i", -0.5j),
    ],
)
def test_numbers_are_kept_as_typed(text, value):
    t = term(text)
    assert (t.head, t.payload, str(t.payload)) == ("num", value, str(value if value != -0.5j else 0 - 0.5j))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("X*x", ("m", 1)),
        ("x'", (1, "n")),
        ("x*y'", ("n", "n")),
        ("kron(X,A)", (("m", "p"), ("n", "n"))),
        ("vec(X)", (("m", "n"), 1)),
        ("eye(m*n)", (("m", "n"), ("m", "n"))),
        ("ones(m,3)", ("m", 3)),
        ("ones(n)", ("n", 1)),
        ("commutation(m,n)", (("m", "n"), ("m", "n"))),
        ("diag(x)", ("n", "n")),
        ("diag(B)", ("n", 1)),
        ("exp(s)", SCALAR),
        ("exp(X)", ("m", "n")),
        ("x'*B*x", SCALAR),
        ("tr(x'*x)", SCALAR),
        ("det(S)", SCALAR),
        ("ptrace1(kron(B,X),n)", ("m", "n")),
    ],
)
def test_shapes(text, shape):
    assert term(text).shape == shape


def test_commutation_keeps_its_dimensions():
    assert term("commutation(m,2)").payload == ("m", 2)


def test_a_table_interns_what_is_read():
    table = Table()
    assert term("x + y", table=table) is term("(x) + y", table=table)


# ---------------------------------------------------------------- arithmetic, evaluated independently
OPERATORS = {"+": 1, "-": 1, "*": 3, "/": 3}


def trees(depth=4):
    leaves = st.integers(1, 9).map(lambda k: ("num", k))
    return st.recursive(
        leaves,
        lambda sub: st.one_of(
            st.tuples(st.sampled_from(list(OPERATORS)), sub, sub),
            st.tuples(st.just("neg"), sub),
            st.tuples(st.just("^"), sub, st.integers(-2, 3)),
        ),
        max_leaves=12,
    )


def value(tree):
    if tree[0] == "num":
        return Fraction(tree[1])
    if tree[0] == "neg":
        return -value(tree[1])
    a = value(tree[1])
    if tree[0] == "^":
        return a ** tree[2]
    b = value(tree[2])
    return a / b if tree[0] == "/" else {"+": a + b, "-": a - b, "*": a * b}[tree[0]]


def written(tree, level=0):
    """With no more brackets than the precedence asks for."""
    if tree[0] == "num":
        return str(tree[1])
    if tree[0] == "neg":
        text, own = "-" + written(tree[1], 4), 4
    elif tree[0] == "^":
        text, own = f"{written(tree[1], 5)}^{tree[2]}", 5
    else:
        own = OPERATORS[tree[0]]
        text = f"{written(tree[1], own)} {tree[0]} {written(tree[2], own + 1)}"
    return f"({text})" if own < level else text


def evaluated(t):
    memo = {}
    for u in postorder(t):
        args = [memo[a] for a in u.args]
        if u.head == "num":
            memo[u] = Fraction(u.payload)
        elif u.head == "add":
            memo[u] = sum(args)
        elif u.head == "pow":
            memo[u] = args[0] ** int(args[1])
        else:
            assert u.head == "mul"
            memo[u] = Fraction(1)
            for a in args:
                memo[u] *= a
    return memo[t]


@given(trees())
@settings(max_examples=300)
def test_precedence_against_an_independent_evaluation(tree):
    try:
        expected = value(tree)
    except ZeroDivisionError:
        suppose(False)
    assert evaluated(term(written(tree))) == expected


# ---------------------------------------------------------------- inference
DECLARED = {"X": ("m", "n"), "Y": ("m", "n"), "A": ("p", "m"), "B": ("n", "n"), "x": ("n", 1), "z": ("m", 1)}


def shaped():
    """Well-shaped expressions over DECLARED, with their shapes."""
    leaves = st.sampled_from(sorted(DECLARED.items()))

    def grow(sub):
        def combine(parts):
            (a, s), (b, r), kind = parts
            options = [(f"{a}'" if a.isidentifier() else f"({a})'", (s[1], s[0]))]
            if s[1] == r[0]:
                options.append((f"({a})*({b})", (s[0], r[1])))
            if s == r:
                options += [(f"{a} - ({b})", s), (f"({a}).*({b})", s), (f"({a}) : ({b})", SCALAR)]
            if s[0] == s[1]:
                options += [(f"inv({a})", s), (f"tr({a})", SCALAR)]
            options += [(f"norm({a})*({b})", r), (f"tanh({a})", s)]
            options += [(f"softmax({a})", s)] if s[1] == 1 and s[0] != 1 else []
            return options[kind % len(options)]

        return st.tuples(sub, sub, st.integers(0, 9)).map(combine)

    return st.recursive(leaves, grow, max_leaves=8)


@given(shaped())
@settings(max_examples=300)
def test_declared_shapes_are_followed(pair):
    text, shape = pair
    declared = {n: f"{s[0]} x {s[1]}" for n, s in DECLARED.items()}
    assert term(text, declared).shape == shape


@given(shaped())
@settings(max_examples=300)
def test_inferred_shapes_are_as_general_as_the_declared_ones(pair):
    """Some choice of the inferred letters gives the declared shapes."""
    text, shape = pair
    found = reading(text)
    choice = {}
    for name, inferred in [*found.shapes.items(), ("", found.term.shape)]:
        for general, special in zip(inferred, DECLARED.get(name, shape)):
            if isinstance(general, str):
                assert choice.setdefault(general, special) == special
            else:
                assert general == special
    assert not any(c.startswith("?") for t in postorder(found.term) for c in letters(t.shape))


@pytest.mark.parametrize(
    ("text", "wrt", "inferred"),
    [
        ("norm(X*A')^2/2", "X", [("X is m x n", "a matrix"), ("A is p x n", "a matrix")]),
        ("x'*A*x", "x", [("x is n", "a vector"), ("A is n x n", "a matrix")]),
        ("b - A*x", "A", [("b is m", "a vector"), ("A is m x n", "a matrix"), ("x is n", "a vector")]),
        ("α*tr(Σ)", "α", [("α is a scalar", "a scalar"), ("Σ is n x n", "a matrix")]),
        ("unit(3,i)'*x", None, [("i is a scalar", "an index"), ("x is 3", "a vector")]),
        ("1/n*sum(x.*ones(n))", None, [("x is n", "a vector")]),
    ],
)
def test_inference_says_what_it_found(text, wrt, inferred):
    kinds = {"a matrix": "a matrix, by the convention", "a vector": "a column vector, by the convention"}
    kinds |= {"a scalar": "by the convention", "an index": "an index, by its place"}
    expected = [f"{what} ({kinds[kind]})" for what, kind in inferred]
    assert reading(text, wrt=wrt).inferred == expected


def test_products_of_dimensions():
    assert reading("kron(X,A) + B", {"A": "2 x p"}).shapes["B"] == ((2, "m"), ("n", "p"))
    found = reading("tr(kron(A,X))")
    assert (found.shapes["A"], found.shapes["X"]) == (("n", "n"), ("m", "m"))
    assert found.inferred[-1] == "equal products of dimensions are taken to have equal factors, in order"
    assert reading("vec(X)'*vec(Y)").shapes["Y"] == ("m", "n")
    assert message("vec(X)'*y", {"y": "6"}) == "\n".join(
        [
            "the dimensions of the variables do not follow from the expression",
            "  vec(X)'*y",
            "  ^^^^^^^^^",
            "  why: two products of dimensions must be equal here, which does not say which factors are",
            "  try: declare the shapes of the variables here",
        ]
    )


def test_fresh_letters_avoid_every_name():
    found = reading("n'*M*m + p : p", {"m": "3"})
    assert found.shapes["M"] == ("q", 3) and found.shapes["n"] == ("q", 1) and found.shapes["p"] == ("r", 1)


def test_literal_sizes_spread():
    assert reading("X*y + z", {"y": "3", "z": "4"}).shapes["X"] == (4, 3)


def test_a_declared_name_wins():
    found = reading("m'*m*n", {"m": "k", "n": "scalar", "X": "m x n"})
    assert found.term.shape == SCALAR and list(found.symbols) == ["m", "n", "X"]


def test_unused_and_asked_variables_are_symbols():
    found = reading("tr(B)", {"X": "m x n", "B": "n x n"}, wrt="X")
    assert set(found.symbols) == {"X", "B"}


def test_properties_reach_the_variables():
    found = reading("tr(S)", assume={"S": ["symmetric", "positive_definite"]})
    assert found.symbols["S"].payload.props == {"symmetric", "positive_definite"}
    assert reading("x'*S*S", assume={"S": "symmetric"}).shapes["S"] == ("n", "n")
    assert reading("tr(X^k)", assume={"k": ["positive_integer"]}).shapes["k"] == SCALAR


# ---------------------------------------------------------------- definitions
@pytest.mark.parametrize("text", ["C = X*A'; tr(C*C')", "C = X*A'\ntr(C*C')\n", "\n\nC=X*A' ;\n tr(C*C');"])
def test_definitions(text):
    found = reading(text, SHAPES)
    assert [(n, sketch(t)) for n, t in found.definitions] == [("C", "mul(X T(A))")]
    assert found.defined["C"].shape == ("m", "p") and "C" not in found.symbols
    assert sketch(found.term) == "tr(mul(C T(C)))"


def test_a_definition_may_use_earlier_ones_and_fix_shapes():
    found = reading("Y = W*x; z = tanh(Y) - b; z'*z", {"b": "3"})
    assert found.shapes["W"] == (3, "m") and found.defined["z"].shape == (3, 1)


def test_differentials_where_they_are_allowed():
    assert sketch(term("X : dX", allow_d=True)) == "colon(X d(X))"
    assert sketch(term("C = X*A'; C : dC", allow_d=True)) == "colon(C d(C))"
    assert sketch(term("d(X*A')", allow_d=True)) == "d(mul(X T(A)))"
    assert sketch(term("dX'*b", {"dX": "m x n", "X": "m x n", "b": "m"}, allow_d=True)) == "mul(T(dX) b)"


def test_elaborate_for_rule_files():
    table = Table()
    env = {"A": table.var("A", ("m", "n")), "B": table.var("B", ("n", "p")), "k": table.var("k")}
    text = "d(A*B)"
    t = elaborate(parse_ast(text), table, SIGNATURES, env, text=text)
    assert (t.head, t.args[0].head, t.shape) == ("d", "mul", ("m", "p"))
    assert sketch(elaborate(parse_ast("k*eye(n)*n"), table, SIGNATURES, env)) == "mul(k eye dim:n)"
    with pytest.raises(ParseError):
        elaborate(parse_ast("A*C"), table, SIGNATURES, env)
    with pytest.raises(ParseError):
        elaborate(parse_ast("eye(q)"), table, SIGNATURES, env)
    assert elaborate(parse_ast("eye(q)"), table, SIGNATURES, env, dims={"q"}).shape == ("q", "q")
    with pytest.raises(ShapeError):
        elaborate(parse_ast("B*A"), table, SIGNATURES, env)


# ---------------------------------------------------------------- errors, the full text
def catalogue():
    """The blocks of messages/syntax.txt: `> text`, then the message that it must give."""
    blocks = (Path(__file__).parent / "messages" / "syntax.txt").read_text(encoding="utf-8").split("\n\n")
    return [block.strip("\n").removeprefix(">").partition("\n")[::2] for block in blocks]


@pytest.mark.parametrize(("text", "expected"), catalogue())
def test_messages(text, expected):
    assert message(text.strip()) == expected


def test_an_undeclared_lower_case_name_may_be_meant_as_a_scalar():
    assert message("k*X + A", {"X": "m x n", "A": "m x n"}) == "\n".join(
        [
            "`k` (p) times `X` (m x n) is no matrix product",
            "  k*X + A",
            "  ^^^",
            "  why: the columns on the left, 1, and the rows on the right, m, differ",
            "  try: declare `k: scalar`",
        ]
    )


def test_an_error_tells_where_an_inferred_dimension_comes_from():
    found = message("W*u + Z*v + W*v", {"u": "3", "v": "4"})
    assert "why: the columns on the left, 3, and the rows on the right, 4, differ" in found
    assert "the columns of W must be 3 because of `W*u`" in found


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"shapes": {"X": "mxn"}},
            "in the shape of X: `mxn` is not a shape\n  why: `mxn` is one word\n"
            "  try: write `m x n`, with spaces",
        ),
        (
            {"shapes": {"2x": "n"}},
            "`2x` cannot be the name of a variable\n  try: a name is a letter, then letters, digits and `_`",
        ),
        (
            {"shapes": {"B": "m x n", "x": "n"}, "assume": {"B": ["symmetric"]}},
            "`B` cannot be symmetric: only a square matrix can\n  why: B is a matrix (m x n)\n"
            '  try: declare it square, as in "B: n x n"',
        ),
        (
            {"assume": {"C": ["symmetric"]}},
            "a property is declared for `C`, which is neither declared nor does it occur\n"
            "  try: the variables here are B, x",
        ),
        (
            {"wrt": "Z"},
            "the variable `Z` is neither declared nor does it occur in the expression\n"
            "  try: the variables here are B, x",
        ),
        (
            {"wrt": "n", "shapes": {"B": "m x n", "x": "n"}},
            "`n` is a dimension and cannot be the variable\n  try: declare n: scalar",
        ),
    ],
)
def test_errors_in_what_is_declared(more, text):
    with pytest.raises(DeriveError) as error:
        read("B*x", table=Table(), signatures=SIGNATURES, **more)
    assert str(error.value) == text


def test_an_unknown_property_is_named_with_the_list():
    found = message("tr(B)", assume={"B": ["symetric"]})
    assert found.startswith(
        "`symetric` is not a property (declared for B)\n  why: the properties are symmetric,"
    )
    assert found.endswith("try: did you mean `symmetric`?")


# ---------------------------------------------------------------- robustness
@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text):
    try:
        reading(text)
    except DeriveError as error:
        assert str(error)


PIECES = [
    *"xXsA2in()'*/+-^:,;= .²'",
    "\n",
    ".*",
    "./",
    ".^",
    "1.5",
    "lambda",
    "tr(",
    "norm(",
    "diag(",
    "eye(",
]
PIECES += ["unit(", "J(", "d(", "f(", "kron(", "unvec(", "C = ", "pi", "det"]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.booleans())
@settings(max_examples=1000)
def test_any_pieces_are_read_or_refused(text, declared):
    try:
        reading(text, SHAPES if declared else None, wrt=None, allow_d=declared)
    except DeriveError as error:
        assert str(error)


SIZES = {
    "a sum of 10,000 terms": (" + ".join(["x"] * 10_000), True),
    "a sum of 10,000 names": (" + ".join(f"x_{i}" for i in range(10_000)), True),
    "1,000 nested calls": ("sin(" * 1000 + "x" + ")" * 1000, True),
    "50,000 nested brackets": ("(" * 50_000 + "x" + ")" * 50_000, True),
    "50,000 powers": ("s" + "^2" * 50_000, False),
    "50,000 transposes": ("X" + "'" * 50_000, True),
    "a product of 50,000 factors": ("*".join(["tr(X)"] * 50_000), True),
    "1,000 Kronecker products": ("kron(X," * 1000 + "X" + ")" * 1000, True),
    "2,000 definitions": ("C0 = X;" + ";".join(f"C{i} = C{i - 1}*X" for i in range(1, 2000)) + "; C1", True),
    "1 MB of minus": ("-" * 1_000_000, False),
    "1 MB of brackets": ("(" * 1_000_000, False),
    "1 MB of commas": ("f(" + "," * 1_000_000, False),
    "1 MB of digits": ("9" * 1_000_000, False),
    "1 MB of one name": ("x" * 1_000_000, True),
    "1 MB of one function": ("f" * 1_000_000 + "(x)", False),
    "1 MB of spaces": (" " * 1_000_000, False),
    "1 MB of zero bytes": ("\0" * 1_000_000, False),
    "a huge exponent": ("X^" + "9" * 900, True),
    "a decimal out of range": ("1e99999999999999999999*x", False),
    "a small decimal out of range": ("1e-400", False),
    "an imaginary number out of range": ("1e400i", False),
}


@pytest.mark.parametrize("name", SIZES)
def test_large_input(name):
    text, good = SIZES[name]
    start = time.perf_counter()
    if good:
        reading(text)
    else:
        assert len(message(text, {})) < 1500
    assert time.perf_counter() - start < 5


def test_the_limit_on_terms_holds():
    with pytest.raises(LimitError):
        reading("x" + " + x".join(f"*s^{i}" for i in range(100)), SHAPES, table=Table(limit=50))


def test_time_is_linear():
    def best(count):
        text = " + ".join(f"norm(X_{i}*A')" for i in range(count))
        times = []
        for _ in range(3):
            start = time.perf_counter()
            reading(text)
            times.append(time.perf_counter() - start)
        return min(times)

    assert best(1600) < 16 * best(200)
