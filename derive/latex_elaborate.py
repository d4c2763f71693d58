"""LaTeX trees to typed terms: powers, functions in two senses, and what a text may mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import mistakes
from .elaborate import METHODS
from .errors import ParseError, ShapeError, undecided
from .latex_calls import TWO_SENSES, bars, function, implicit, norm
from .latex_entries import entry, over, row, sum_over
from .latex_products import Products
from .latex_sums import Entries, with_entries
from .latex_words import BY_SHAPE
from .near import did_you_mean
from .terms import SCALAR, Table, Term
from .tree import Node

#: The words that have readings to choose, and their senses.
_WORDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("exp", "log", "sqrt", "sin", "cos"), ("entrywise", "matrix")),
    "|": ("det", "abs", "norm"),
    "norm": ("frobenius", "spectral"),
    "norm_2": ("spectral", "frobenius"),
    "norm_1": ("entrywise",),
    "dagger": ("pinv", "adjoint"),
    "star": ("conj", "adjoint"),
    "otimes": ("kron", "outer"),
    "1": ("ones",),
    "odot": ("products",),
    "implicit": ("first",),
    "frac": ("entrywise",),
    "power": ("entrywise",),
}
_SAME_WORD = {"ln": "log", "e^": "exp", "||": "norm", "elementwise": "entrywise", "expm": "matrix", "logm": "matrix",
              "sqrtm": "matrix", "sinm": "matrix", "cosm": "matrix", "transpose": "adjoint", "fro": "frobenius",
              "abs": "abs", "element-wise": "entrywise"}  # fmt: skip


def senses(reading: Mapping[str, str] | None) -> dict[str, str]:
    """The user's decisions, checked: ``{"exp": "entrywise"}``."""
    out: dict[str, str] = {}
    for word, sense in dict(reading or {}).items():
        key = _SAME_WORD.get(str(word).removeprefix("\\"), str(word).removeprefix("\\"))
        value = _SAME_WORD.get(str(sense), str(sense))
        if key in TWO_SENSES and value == "entrywise":
            out[key] = value
        elif key not in _WORDS:
            hint = _hint(str(word), "words are", _WORDS)
            raise ParseError(f"`{str(word)[:30]}` has no readings to choose", hint=hint)
        elif value not in _WORDS[key]:
            hint = _hint(str(sense), "senses are", _WORDS[key])
            raise ParseError(f"`{str(word)[:30]}` cannot be read as `{str(sense)[:30]}`", hint=hint)
        else:
            out[key] = value
    return out


def _hint(word: str, what: str, known: Collection[str]) -> str:
    return f"{did_you_mean(word, known)} {what} {', '.join(known)}".strip()


class LatexElaborator(Products):
    """Elaborates trees of the LaTeX parser."""

    def value(self, node: Node, args: list[Any]) -> Any:
        if node.kind not in ("bigsum", "over") and any(isinstance(a, Entries) for a in args):
            return with_entries(self, node, args)
        return METHODS_LATEX[node.kind](self, node, args)

    # ------------------------------------------------------------ powers
    def power(self, node: Node, args: list[Term]) -> Term:
        base, exponent = args
        shape = self.shape(base)
        value = exponent.payload if exponent.head == "num" else None
        self.of_value(node, isinstance(value, (int, Fraction, Decimal)) and (value < 0 or value != int(value)))
        if node.value == ".^" or shape == SCALAR or not self.is_scalar(exponent):
            return super().power(node, args)
        if isinstance(value, (Fraction, Decimal)) and value * 2 == int(value * 2):
            return self.half_power(node, base, int(value * 2))
        if shape[1] == 1 or shape[0] == 1:
            if self.senses.get("power") == "entrywise" or (self.entrywise and value is not None):
                return self.table.make("hpow", (base, exponent), base.shape)
            k = self.shown(node.args[1], 12).strip("{}")
            if value == -1:
                raise self.misshapen("a vector has no inverse", node, r"write x^{\odot -1} for the entries")
            raise self.ambiguous(
                node, "the powers of the entries", r"the squared length" if value == 2 else "a power of the length",
                rf'write x^{{\odot {k}}}, or \|x\|^{k}; or reading={{"power": "entrywise"}}',
            )  # fmt: skip
        return super().power(node, args)

    def half_power(self, node: Node, base: Term, twice: int) -> Term:
        if twice != 1 and self.unknown(self.shape(base)) and not self.vector(base):
            self.dims.unify(*base.shape, node.span)
        root = self.matrix_function(node, "sqrt", base)
        if twice == 1:
            return root
        minus = self.table.num(twice)
        head = "hpow" if self.vector(base) or root.head == "sqrt" else "pow"
        return self.table.make(head, (root, minus), root.shape)

    def matrix_function(self, node: Node, name: str, arg: Term) -> Term:
        """A function that a square matrix has in two senses: the matrix function unless it was decided otherwise."""
        shape = self.shape(arg)
        sense = self.senses.get(name) or ("entrywise" if self.entrywise else "")
        if 1 in shape or sense == "entrywise":
            return self.table.make(name, (arg,), arg.shape)
        if sense == "matrix" and shape[0] != shape[1] and not self.dims.unify(*arg.shape, node.span):
            raise self.misshapen(f"only a square matrix has a matrix function; this is {self.kind(arg)}", node)
        if shape[0] == shape[1] or sense:
            if not sense:
                self.say_matrix(name)
            return self.table.make(BY_SHAPE[name], (arg,), arg.shape)
        if not self.unknown(shape):
            self.say(f"`{name}` of a matrix that is not square is read entrywise")
            return self.table.make(name, (arg,), arg.shape)
        term = self.table.make("?" + name, (arg,), arg.shape, node.span)
        self.waiting[term] = (name, node.span)
        return term

    def say_matrix(self, name: str) -> None:
        self.say(
            f'`{name}` of a square matrix is read as the matrix function (reading={{"{name}": "entrywise"}} otherwise)'
        )

    # ------------------------------------------------------------ the end
    def settle(self) -> None:
        """Decide the functions that wait for the shape of their argument, then what is still open."""
        bad = self.dims.settle()
        if bad is not None:
            raise mistakes.undecided(self.text, bad)
        for term, (name, span) in self.waiting.items():
            rows, columns = self.shape(term)
            if rows == columns or 1 in (rows, columns):
                self.chosen[term] = BY_SHAPE[name] if rows == columns != 1 else name
                if rows == columns != 1:
                    self.say_matrix(name)
            else:
                raise self.ambiguous(
                    Node("fn", name, (), *span),
                    "the matrix function of a square matrix",
                    "the function of every entry",
                    f'declare the shape, or reading={{"{name}": "entrywise"}}',
                )  # fmt: skip
        for dim, span, what in self.sized:
            if self.unknown(self.dims.shape((dim, 1))):
                said = f"the size of {what} does not follow from its context"
                hint = r"write its size below, as in I_n or \mathbf{1}_n"
                raise undecided(ShapeError(said, text=self.text, span=span, hint=hint))
        super().settle()

    def rebuilt(self, table: Table, term: Term, args: tuple[Term, ...]) -> Term:
        if term in self.chosen:
            return table.make(self.chosen[term], args, self.dims.shape(term.shape))
        return super().rebuilt(table, term, args)

    # ------------------------------------------------------------ adjoints
    def plus(self, node: Node, args: list[Term]) -> Term:
        return self.call(Node("call", "pinv", node.args, *node.span), args)

    def hermitian(self, node: Node, args: list[Term]) -> Term:
        if not self.complex:
            self.say("the variables are real: the conjugate transpose is the transpose")
            return self.transposed(args[0])
        return self.transposed(self.conj(args[0]))

    def conj(self, term: Term) -> Term:
        return self.table.make("conj", (term,), term.shape)

    def dagger(self, node: Node, args: list[Term]) -> Term:
        sense = self.senses.get("dagger")
        if sense is None:
            sense = "adjoint" if self.complex else "pinv"
            other = "pinv" if self.complex else "adjoint"
            meaning = "the conjugate transpose" if self.complex else "the pseudo-inverse"
            self.say(f'the dagger is read as {meaning} (reading={{"dagger": "{other}"}} otherwise)')
        return self.hermitian(node, args) if sense == "adjoint" else self.plus(node, args)

    def star(self, node: Node, args: list[Term]) -> Term:
        sense = self.senses.get("star")
        if sense is None and self.shape(args[0]) == SCALAR and self.complex:
            sense = "conj"
        if sense is None:
            hint = r'write X^H or \overline{X}, or reading={"star": "adjoint"}'
            raise self.ambiguous(node, "the conjugate transpose", "the conjugate", hint)
        return self.hermitian(node, args) if sense == "adjoint" else self.conjugate(node, args)

    def conjugate(self, node: Node, args: list[Term]) -> Term:
        if self.complex:
            return self.conj(args[0])
        what = "a conjugate of a real variable"
        raise ParseError(what, text=self.text, span=node.span, hint="an own name such as x_bar must be declared")


Method = Callable[[Any, Node, list[Any]], Any]
METHODS_LATEX: dict[str, Method] = {
    **METHODS,
    "sum": LatexElaborator.sum, "transpose": LatexElaborator.transpose, "power": LatexElaborator.power,
    "name": LatexElaborator.name, "group": LatexElaborator.passed, "braces": LatexElaborator.passed,
    "juxt": LatexElaborator.juxt, "chain": LatexElaborator.chain, "frac": LatexElaborator.frac,
    "inner": LatexElaborator.inner, "eye": LatexElaborator.eye, "ones": LatexElaborator.ones,
    "zeros": LatexElaborator.zeros, "unit": LatexElaborator.basis, "plus": LatexElaborator.plus,
    "hermitian": LatexElaborator.hermitian, "dagger": LatexElaborator.dagger, "star": LatexElaborator.star,
    "conjugate": LatexElaborator.conjugate, "bigsum": sum_over, "over": over,
    "entry": entry, "row": row, "fn": function, "implicit": implicit, "norm": norm, "bars": bars,
}  # fmt: skip
