r"""A random expression, written in LaTeX as several people would, is read as the same one, or refused; few are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.latex_reader import read_latex
from derive.question import rule_book
from derive.terms import Table

SHAPES = {
    "X": "m x n", "D": "m x n", "A": "p x m", "B": "n x n", "C": "n x n", "Sigma": "n x n", "x": "n", "y": "n",
    "M": "m x m", "Q": "p x p", "G": "p x n", "b": "m", "c": "p", "beta": "n", "lam": "scalar", "t": "scalar",
}  # fmt: skip
Shape = tuple[str, str]
SUM, PRODUCT, ATOM = range(3)


class Text(NamedTuple):
    """An expression in ASCII and in LaTeX, and how tightly each holds together."""

    ascii: str
    latex: str
    level: int


class Person:
    """Somebody's habits; where there are several, one is drawn each time."""

    transposes = (
        "^T", r"^\top", r"^{\top}", r"^{\mathsf T}", r"^{\mathrm{T}}", r"^\intercal", "'", r"^{T}", r"^{\rm T}",
    )  # fmt: skip
    products = (" ", r"\,", r" \cdot ", r"\;", r" \cdot{}")
    hadamards = (r" \odot ", r" \circ ", r"\odot ")
    brackets = (
        ("(", ")"), (r"\left(", r"\right)"), (r"\big(", r"\big)"), (r"\bigl( ", r" \bigr)"), ("[", "]"),
        (r"\left[ ", r"\right]"), (r"\left\{", r"\right\}"), (r"\Big[", r"\Big]"),
    )  # fmt: skip
    traces = (
        r"\operatorname{tr}", r"\mathrm{Tr}", r"\text{trace}", r"\mathrm{tr}\,", r"\operatorname{Tr}", r"\tr", "tr",
    )  # fmt: skip
    logs = (r"\log", r"\ln", r"\operatorname{log}")
    bars = (("|", "|"), (r"\left|", r"\right|"), (r"\lvert ", r"\rvert"), (r"\big|", r"\big|"))
    norms = ((r"\|", r"\|"), (r"\lVert ", r" \rVert"), (r"\left\|", r"\right\|"), (r"\Vert ", r"\Vert"), ("||", "||"),
             (r"\left\lVert ", r"\right\rVert"), (r"\big\|", r"\big\|"))  # fmt: skip
    frobenius = ("_F", "_{F}", r"_{\mathrm F}", r"_{\text{F}}")
    fractions = (r"\frac", r"\dfrac", r"\tfrac", r"\cfrac")
    halves = (r"\frac12", r"\tfrac12", r"\frac{1}{2}", "0.5", r"\frac 1 2", r"\tfrac{1}2")
    fonts = ("", r"\mathbf", r"\boldsymbol", r"\bm")
    identities = ("I", "I_n", r"\mathbf{I}", "I_{n}", r"\mathbf{I}_n")
    frames = (
        "{}", "${}$", r"\[ {} \]", r"\( {} \)", r"\displaystyle {}", r"\begin{{equation}} {} \end{{equation}}", "{}.",
    )  # fmt: skip

    def __init__(self, rng: random.Random, consistent: bool) -> None:
        self.rng = rng
        self.font = rng.choice(self.fonts)
        self.habits = {name: rng.choice(getattr(self, name)) for name in dir(type(self)) if _is_habit(self, name)}
        self.consistent = consistent

    def one(self, name: str) -> Any:
        return self.habits[name] if self.consistent else self.rng.choice(getattr(self, name))

    def name(self, name: str) -> str:
        letter = {"lam": r"\lambda"}.get(name, "\\" + name if len(name) > 1 else name)
        if SHAPES[name] == "scalar" or not self.font:
            return letter + " " if letter[0] == "\\" else letter
        return rf"{self.font}{{{letter}}}"

    def bracketed(self, text: str) -> str:
        left, right = self.one("brackets")
        return f"{left}{text}{right}"


def _is_habit(person: Person, name: str) -> bool:
    return isinstance(getattr(type(person), name), tuple)


# ---------------------------------------------------------------- random expressions
class Writer:
    """Writes random expressions of a shape."""

    def __init__(self, rng: random.Random, person: Person) -> None:
        self.rng, self.person = rng, person

    def at(self, text: Text, level: int) -> Text:
        """The text, in brackets where it is looser than `level`."""
        if text.level >= level:
            return text
        return Text(f"({text.ascii})", self.person.bracketed(text.latex), ATOM)

    def leaf(self, shape: Shape) -> Text:
        names = [n for n, s in SHAPES.items() if _shape(s) == shape]
        if shape[0] == shape[1] == "n" and not self.rng.randrange(5):
            return Text("eye(n)", "I_n", ATOM)
        if not names:
            turned = self.rng.choice([n for n, s in SHAPES.items() if _shape(s) == (shape[1], shape[0])])
            return self.transposed(Text(turned, self.person.name(turned), ATOM))
        name = self.rng.choice(names)
        return Text(name, self.person.name(name), ATOM)

    def any(self, shape: Shape, depth: int) -> Text:
        if shape == ("1", "1"):
            return self.scalar(depth)
        if depth <= 0:
            return self.leaf(shape)
        makers: list[Callable[[], Text]] = [
            lambda: self.leaf(shape), lambda: self.sum(shape, depth), lambda: self.product(shape, depth),
            lambda: self.product(shape, depth), lambda: self.scaled(shape, depth),
            lambda: self.hadamard(shape, depth), lambda: self.transposed(self.any((shape[1], shape[0]), depth - 1)),
        ]  # fmt: skip
        if shape == ("n", "n"):
            makers += [lambda: self.inverse(depth), lambda: self.inverse(depth, transposed=True)]
        return self.rng.choice(makers)()

    def scalar(self, depth: int) -> Text:
        if depth <= 0:
            return self.leaf(("1", "1"))
        makers = [self.trace, self.norm, self.form, self.log_det, self.determinant, self.fraction, self.half]
        makers.append(self.length)
        if depth > 1:
            makers += [self.scalar_sum, self.scalar_sum]
        return self.rng.choice(makers)(depth)

    # ------------------------------------------------------------ arrays
    def sum(self, shape: Shape, depth: int) -> Text:
        a, b = self.any(shape, depth - 1), self.at(self.any(shape, depth - 1), PRODUCT)
        sign = self.rng.choice("+-")
        gap = self.rng.choice(["", " "])
        return Text(f"{a.ascii} {sign} {b.ascii}", f"{a.latex}{gap}{sign}{gap}{b.latex}", SUM)

    def product(self, shape: Shape, depth: int) -> Text:
        inner = self.rng.choice("mnnp")
        a = self.at(self.any((shape[0], inner), depth - 1), ATOM)
        b = self.at(self.any((inner, shape[1]), depth - 1), ATOM)
        return Text(f"{a.ascii}*{b.ascii}", f"{a.latex}{self.person.one('products')}{b.latex}", PRODUCT)

    def scaled(self, shape: Shape, depth: int) -> Text:
        s, a = self.at(self.scalar(min(depth - 1, 1)), ATOM), self.at(self.any(shape, depth - 1), ATOM)
        return Text(f"{s.ascii}*{a.ascii}", f"{s.latex} {a.latex}", PRODUCT)

    def hadamard(self, shape: Shape, depth: int) -> Text:
        a, b = (self.at(self.any(shape, depth - 1), ATOM) for _ in range(2))
        text = f"{a.latex}{self.person.one('hadamards')}{b.latex}"
        return Text(f"({a.ascii}.*{b.ascii})", self.person.bracketed(text), ATOM)

    def transposed(self, a: Text) -> Text:
        bare = a.ascii in SHAPES
        a = a if bare else Text(f"({a.ascii})", self.person.bracketed(a.latex), ATOM)
        return Text(f"{a.ascii}'", f"{a.latex}{self.person.one('transposes')}", ATOM)

    def inverse(self, depth: int, transposed: bool = False) -> Text:
        a = self.any(("n", "n"), min(depth - 1, 1))
        ascii_ = f"inv({a.ascii} + 5*eye(n))"
        inside = self.person.bracketed(f"{a.latex} + 5 {self.person.one('identities')}")
        power = self.rng.choice(["^{-T}", r"^{-\top}", r"^{-\mathsf{T}}"]) if transposed else "^{-1}"
        return Text(ascii_ + "'" * transposed, inside + power, ATOM)

    # ------------------------------------------------------------ numbers
    def trace(self, depth: int) -> Text:
        a = self.any(("n", "n"), depth - 1)
        left, right = self.rng.choice([("(", ")"), ("[", "]"), (r"\left(", r"\right)"), (r"\bigl(", r"\bigr)")])
        return Text(f"tr({a.ascii})", f"{self.person.one('traces')}{left}{a.latex}{right}", ATOM)

    def norm(self, depth: int) -> Text:
        a = self.any(self.rng.choice([("m", "n"), ("n", "n"), ("p", "n")]), depth - 1)
        left, right = self.person.one("norms")
        below = self.person.one("frobenius")
        squared = self.rng.choice([f"{below}^2", f"^2{below}", f"{below}^{{2}}"])
        return Text(f"norm({a.ascii})^2", f"{left}{a.latex}{right}{squared}", ATOM)

    def length(self, depth: int) -> Text:
        a = self.any(self.rng.choice([("n", "1"), ("m", "1")]), depth - 1)
        left, right = self.person.one("norms")
        kind = self.rng.choice(["", "_2", "_1", "_{2}"])
        name = "norm1" if kind == "_1" else "norm"
        return Text(f"{name}({a.ascii})", f"{left}{a.latex}{right}{kind}", ATOM)

    def form(self, depth: int) -> Text:
        x, y = self.at(self.any(("n", "1"), depth - 2), ATOM), self.at(self.any(("n", "1"), depth - 2), ATOM)
        a = self.at(self.any(("n", "n"), depth - 2), ATOM)
        if not self.rng.randrange(3):
            left, right = self.rng.choice([(r"\langle ", r" \rangle"), (r"\left\langle ", r"\right\rangle")])
            return Text(f"({x.ascii} : {y.ascii})", f"{left}{x.latex}, {y.latex}{right}", ATOM)
        row = self.transposed(x)
        gap = self.person.one("products")
        return Text(f"{row.ascii}*{a.ascii}*{y.ascii}", f"{row.latex}{gap}{a.latex}{gap}{y.latex}", PRODUCT)

    def determinant(self, depth: int) -> Text:
        a = self.any(("n", "n"), depth - 1)
        names = [(r"\det(", ")"), (r"\det\left(", r"\right)"), (r"\operatorname{det}[", "]")]
        left, right = self.rng.choice([*Person.bars, *names])
        return Text(f"det({a.ascii})", f"{left}{a.latex}{right}", ATOM)

    def log_det(self, depth: int) -> Text:
        a = self.determinant(depth)
        left, right = self.rng.choice([("(", ")"), (r"\left(", r"\right)"), ("[", "]")])
        return Text(f"log(1 + {a.ascii}^2)", f"{self.person.one('logs')}{left}1 + {self.squared(a)}{right}", ATOM)

    def squared(self, a: Text) -> str:
        return f"{self.person.bracketed(a.latex)}^2"

    def fraction(self, depth: int) -> Text:
        a, b = self.scalar(depth - 1), self.at(self.length(1), ATOM)
        if self.rng.randrange(3):
            return Text(f"(({a.ascii})/{b.ascii})", f"{self.person.one('fractions')}{{{a.latex}}}{{{b.latex}}}", ATOM)
        above = self.at(a, ATOM)
        return Text(f"({above.ascii}/{b.ascii})", self.person.bracketed(f"{above.latex}/{b.latex}"), ATOM)

    def half(self, depth: int) -> Text:
        a = self.at(self.scalar(depth - 1), ATOM)
        return Text(f"1/2*{a.ascii}", f"{self.person.one('halves')} {a.latex}", PRODUCT)

    def scalar_sum(self, depth: int) -> Text:
        a, b = self.scalar(depth - 1), self.at(self.scalar(depth - 1), PRODUCT)
        sign = self.rng.choice("+-")
        return Text(f"{a.ascii} {sign} {b.ascii}", f"{a.latex} {sign} {b.latex}", SUM)


def _shape(text: str) -> Shape:
    parts = text.split(" x ")
    return ("1", "1") if text == "scalar" else (parts[0], parts[1] if len(parts) == 2 else "1")


@cache
def values() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    sizes = {"m": 2, "n": 3, "p": 4, "1": 1}
    drawn = {k: rng.normal(size=[sizes[d] for d in _shape(s)]) / 2 for k, s in SHAPES.items()}
    return {**{k: v for k, v in sizes.items() if k != "1"}, **drawn}


def written(seed: int, consistent: bool) -> tuple[str, str]:
    """An expression in ASCII, and in somebody's LaTeX."""
    rng = random.Random(seed)
    person = Person(rng, consistent)
    text = Writer(rng, person).scalar(rng.randrange(2, 5))
    return text.ascii, rng.choice(Person.frames).format(text.latex)


def verdict(ascii_: str, latex: str) -> str:
    """``same``, or the kind of error; raises `AssertionError` where something else is read."""
    try:
        back = read_latex(latex, table=Table(), signatures=rule_book().signatures, shapes=SHAPES)
    except derive.DeriveError as error:
        return f"{type(error).__name__}: {error.what}"
    with np.errstate(all="ignore"):
        expected, found = oracle.evaluate(ascii_, values()), oracle.evaluate(back.ascii, values())
    assert np.shape(expected) == np.shape(found), (ascii_, latex, back.ascii)
    assert np.allclose(expected, found, rtol=1e-8, equal_nan=True), (ascii_, latex, back.ascii)
    return "same"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_what_is_read_is_what_was_written(seed: int, consistent: bool) -> None:
    verdict(*written(seed, consistent))


def test_few_are_refused() -> None:
    verdicts = Counter(verdict(*written(seed, seed % 2 == 0)) for seed in range(600))
    assert verdicts["same"] >= 0.97 * 600, verdicts.most_common(12)


@pytest.mark.parametrize("name", [n for n in dir(Person) if isinstance(getattr(Person, n), tuple)])
def test_every_habit_is_read(name: str) -> None:
    """In expressions that are read, every way of writing occurs."""
    seen = "".join(latex for seed in range(600) for a, latex in [written(seed, False)] if verdict(a, latex) == "same")
    for habit in getattr(Person, name):
        parts = habit if isinstance(habit, tuple) else [p for p in habit.split("{}") if p.strip()]
        assert all(part.strip().replace("{{", "{").replace("}}", "}") in seen for part in parts), habit
