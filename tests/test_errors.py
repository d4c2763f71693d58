"""Every error in the package: its full text, and a program that works; `messages/errors.txt` has them all."""

from __future__ import annotations

import builtins
import random
import re
import time
from functools import cache

import catalogue
import pytest
from catalogue import Entry, Program, full, told
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive import cli
from derive.errors import DeriveError

ENTRIES = catalogue.entries()
#: Places which no user can reach, each with the reason: (file, a part of the source).
BEYOND: list[tuple[str, str, str]] = [
    ("bookcheck.py", "RuleError(e.what, place", "statements say themselves which of them cannot be read"),
    ("bookcheck.py", "the lifted sides of", "laws in scalars have lifted sides of one shape"),
    ("cli.py", "the input is longer than", "standard input: see test_robust.py"),
    ("cli.py", "the input is not UTF-8", "standard input: see test_robust.py"),
    ("cli.py", "there is no standard input", "a stream that is closed: see test_robust.py"),
    ("cli.py", "cannot read the standard input", "a device that fails"),
    ("cli.py", "the standard output is closed", "a stream that is closed: see test_robust.py"),
    ("cli.py", "cannot write to the standard output", "a disk that is full: see test_robust.py"),
    ("cli.py", "{path} is not UTF-8", "a file of bytes: see test_checking.py"),
    *(
        (f"checking/{file}.py", part, "said in the report of a check: see test_checking.py")
        for file, part in (
            ("claiming", "ShapeError(what)"), ("known", "unknown[0]"), ("known", "define it in a line before'"),
            ("known", "write f in terms of"), ("lemma", "no statement about variables"), ("lemma", "is not known here"),
            ("marks", "has other indices"), ("command", "is no JSON object"), ("command", "has no lines"),
            ("command", "the record is not JSON"),
        )
    ),
    ("userbook.py", "is not UTF-8", "a file of bytes: see test_robust.py"),
    ("complexproof.py", "of the proof does not hold", "a wrong rule: rules are verified first"),
    ("verify.py", "of the proof does not hold", "a wrong rule: rules are verified first"),
    ("verify.py", "Unmet(", "what never holds is refuted, and other rules are tried"),
    ("engine/isolate.py", "the limit of steps", "rules that go round in circles; the limit of terms comes first"),
    ("engine/structure.py", "does not fit the shape", "the shapes of the projections in the book fit every variable"),
    ("evaluate.py", "no values are known", "functions without values are refused when they are loaded"),
    ("latex_entries.py", "arrays.refuse()", "left sides with an index are names; the others are refused first"),
    ("latex_entries.py", "an index of what depends on an index", "the product in the brackets is refused first"),
    ("latex_sums.py", "self.refuse()", "a product over an index that is reversed has been transposed"),
    ("numpy_arrays.py", "ParseError('this is not read'", "the parser makes no other kinds of nodes"),
    ("numpy_arrays.py", "a column beside a 1-D array", "columns as a guess: what is told is the error of 1-D arrays"),
    ("numpy_calls.py", "call.written}` is not read", "every name in the table of functions has its handler"),
    ("numpy_calls.py", "an index from the end is not read", "the parser refuses a sign in an index"),
    ("numpy_functions.py", "of two columns is no inner product", "columns as a guess: what is told is another error"),
    ("numpy_reader.py", "an expression is a text, not", "what is neither a text nor SymPy's is refused before"),
    ("sympy_classes.py", "needs vectors", "SymPy makes no dot product of matrices"),
    ("usage.py", "ParseError(message", "what argparse of a later Python may say"),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.title)
def test_the_text_of_the_error(entry: Entry) -> None:
    assert full(told(entry.wrong)) == entry.error


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.right], ids=lambda e: e.title)
def test_the_right_program_works(entry: Entry) -> None:
    assert entry.right is not None and entry.right.run()


def test_titles_are_unique() -> None:
    titles = [e.title for e in ENTRIES]
    assert len(set(titles)) == len(titles)


def test_the_command_line_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    entry = ENTRIES[0]
    code = cli.main(shlex.split(entry.wrong.text.removeprefix("$ derive ")))
    kind, _, message = entry.error.partition("\n")
    assert (capsys.readouterr().err, kind) == (f"derive: {message}\n", f"ShapeError, exit code {code}")


# ---------------------------------------------------------------- the catalogue is complete
@cache
def missing() -> list[str]:
    return [f"{place[0]}:{place[1]}: {source}" for place, source in catalogue.unreached()]


def test_every_place_that_makes_an_error_is_in_the_catalogue() -> None:
    open_ = [m for m in missing() if not any(file in m and part in m for file, part, _ in BEYOND)]
    assert not open_, "\n".join(open_)


@pytest.mark.parametrize(("file", "part", "reason"), BEYOND, ids=[f"{f}: {p[:40]}" for f, p, _ in BEYOND])
def test_what_is_beyond_the_user_is_not_in_the_catalogue(file: str, part: str, reason: str) -> None:
    assert reason and any(file in m and part in m for m in missing())


def test_every_class_of_errors_occurs() -> None:
    kinds = {e.error.partition(",")[0] for e in ENTRIES}
    assert kinds >= {kind.__name__ for kind in DeriveError.__subclasses__() if kind.__module__ == "derive.errors"}


# ---------------------------------------------------------------- the form of a text
#: What a user does not know: unknowns of the inference, reprs, classes and modules of Python.
KINDS = [*(n for n in dir(builtins) if n.endswith("Error")), *(k.__name__ for k in DeriveError.__subclasses__())]
CLASSES = "|".join(KINDS)
INTERNAL = re.compile(rf"\?\d|<[a-z_.]+ |object at 0x|NoneType|\bhpow\b|Traceback|\b(?:{CLASSES})\b|'[a-z]+'$")


def complaints(error: DeriveError) -> list[str]:
    """What is wrong with the text of an error."""
    lines = str(error).split("\n")
    found = [f"no sentence: {lines[0]!r}"] if not re.match(r"\S.*\w", lines[0]) else []
    own = {i - 1 for i, line in enumerate(lines) if re.fullmatch(r" +\^+", line)}  # the user's own text
    found += [f"internal: {line!r}" for i, line in enumerate(lines) if i not in own and INTERNAL.search(line)]
    if error.text is not None and error.span is not None:
        start, end = error.span
        if not 0 <= start <= len(error.text) or start > end:
            found.append(f"the caret is outside: {error.span} of {len(error.text)}")
        at = next((i for i, line in enumerate(lines) if re.fullmatch(r" +\^+", line)), 0)
        if not at or len(lines[at]) > max(len(lines[at - 1]), 2) + 1:
            found.append(f"no caret below the text: {lines[at - 1 : at + 1]}")
    return found


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.title)
def test_the_form_of_the_text(entry: Entry) -> None:
    assert not complaints(told(entry.wrong))


# ---------------------------------------------------------------- of any text
PIECES = [*(
    r"\ { } ^ _ ( ) | ' 1 0 . + - * / , ; : & = < > ! [ ] \\\\ \| \left \right \frac \sum_i _{ij} ^T ^{-1} tr norm("
    r" eye( X x t é ² ᵀ"
    r" \odot \cdot .* ./ .^ inv( kron( dX J(1,2) unit( \begin{align} \hat \mathbf{ \operatorname{ := ** ' ‖ ∑ 𝐗 中"
).split(" "), " ", "\n", "\t", "\x00", "\ud800", "\u202e", "\U0001f600"]  # fmt: skip
SOURCES = [e.wrong.text.split('"')[1] for e in ENTRIES if '"' in e.wrong.text and len(e.wrong.text) < 300]
SOURCES += [e.wrong.text.split("'")[1] for e in ENTRIES if "'\\" in e.wrong.text and len(e.wrong.text) < 300]
SHAPES: list[dict[str, str]] = [{}, {"X": "m x n"}, {"X": "n x n", "x": "n", "t": "scalar"}]


def mutated(rng: random.Random) -> str:
    """A text of the catalogue with a few signs added, left out or moved."""
    signs = list(rng.choice(SOURCES))
    for _ in range(rng.randrange(1, 5)):
        i, j = (rng.randrange(len(signs) + 1) for _ in range(2))
        kind = rng.randrange(3)
        signs[i : i + (kind == 1)] = [[rng.choice(PIECES)], [], signs[min(i, j) : max(i, j)]][kind]
    return "".join(signs)


def test_any_text_is_answered_or_told_what_is_wrong() -> None:
    rng = random.Random(11)
    asks = [derive.gradient, derive.differential, derive.jacobian, derive.hessian, derive.wirtinger]
    told_ = 0
    for _ in range(1200):
        text, shapes, ask = mutated(rng), rng.choice(SHAPES), rng.choice(asks)
        start = time.monotonic()
        try:
            ask(text, rng.choice(["X", "x"]), shapes=shapes, verify=False, limits={"seconds": 2})
        except DeriveError as error:
            told_ += 1
            assert not complaints(error), (text, str(error))
        assert time.monotonic() - start < 5, text
    assert told_ > 500


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["auto", "ascii", "latex"]))
def test_any_text_at_all(text: str, syntax: str) -> None:
    try:
        derive.differential(text, "X", verify=False, reading={"syntax": syntax}, limits={"seconds": 2})
    except DeriveError as error:
        assert not complaints(error), str(error)


def test_a_program_is_read_and_written() -> None:
    check = "$ derive rules --check my.rules"
    text = f"# A\n\n## one\n| rule x\n|   A -> A\n{check}\nParseError\n-- right\n$ derive rules\n"
    (entry,) = catalogue.entries(text)
    wrong, right = Program(check, "rule x\n  A -> A\n"), Program("$ derive rules")
    assert entry == Entry("A", "one", wrong, "ParseError", right)
    assert str(entry).strip() == text.split("\n\n", 1)[1].strip()
