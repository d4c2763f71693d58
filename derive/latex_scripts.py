"""Scripts and commands: what ``^`` and ``_`` mean after an operand, and single commands."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .latex_names import Names, Span
from .latex_tokens import Token
from .latex_words import ACCENTS, COMMANDS, FUNCTIONS, GREEK, TRANSPOSES
from .tree import Node

if TYPE_CHECKING:
    from .errors import AmbiguityError, ParseError

Parse = Generator[Any, Any, Any]

_NORMS = {
    "F": "norm", "f": "norm", "Fro": "norm", "fro": "norm", "frob": "norm", "Frob": "norm", "HS": "norm", "2": "2",
    "1": "1", "*": "norm_nuc", "nuc": "norm_nuc", "tr": "norm_nuc", r"\ast": "norm_nuc", "op": "norm_spec",
    "spec": "norm_spec", r"\infty": "inf", "max": "norm_inf", "": "", r"\mathrm F": "norm", r"\star": "norm_nuc",
    r"\ell_2": "2", r"\ell_1": "1", "Frobenius": "norm", r"\max": "norm_inf", "infty": "inf", r"\ell^2": "2",
}  # fmt: skip


class Scripts:
    """The part of the parser that reads scripts; `Parser` has the rest."""

    text: str
    tokens: list[Token]
    names: Names
    i: int
    notes: list[str]
    defined: dict[str, str]
    wrt: str

    if TYPE_CHECKING:

        @property
        def token(self) -> Token: ...
        def at(self, *values: str) -> bool: ...
        def error(self, what: str, span: Span, why: str = "", hint: str = "") -> ParseError: ...
        def ambiguous(self, what: str, span: Span, why: str = "", hint: str = "") -> AmbiguityError: ...
        def unexpected(self) -> ParseError: ...
        def enter(self, kind: str, t: Token) -> None: ...
        def leave(self) -> Token: ...
        def expression(self) -> Parse: ...
        def chain(self) -> Parse: ...
        def factor(self) -> Parse: ...
        def function(self, name: str, t: Token) -> Parse: ...

    # ------------------------------------------------------------ arguments
    def raw_argument(self) -> list[Token]:
        """The tokens of an argument, without its braces."""
        t = self.token
        if not self.at("{"):
            if t.kind == "end" or t.kind == "sign" and t.value not in ("*", "+", "-", "'"):
                raise self.error("a script has no content", (t.start - 1, max(t.end, t.start)))
            self.one_sign()
            t = self.token
            self.i += 1
            return [t]
        depth, j = 0, self.i
        while True:
            x = self.tokens[j]
            if x.kind == "end":
                raise self.error("this brace is never closed", (t.start, t.end), hint="add `}`")
            if x.kind == "sign":
                depth += (x.value == "{") - (x.value == "}")
            j += 1
            if depth == 0:
                break
        inside = self.tokens[self.i + 1 : j - 1]
        self.i = j
        return [x for x in inside if not (x.kind == "sign" and x.value in ("{", "}"))]

    def one_sign(self) -> None:
        r"""TeX takes one digit: ``\frac12`` is a half, and ``x^10`` is not the tenth power."""
        t = self.token
        if t.kind == "num" and len(t.value) > 1:
            before = self.tokens[self.i - 1]
            if before.value in ("^", "_"):
                raise self.error(
                    f"`{before.value}{t.value}` takes the first digit alone",
                    (before.start, t.end),
                    hint=f"write {before.value}{{{t.value}}}",
                )
            self.tokens[self.i : self.i + 1] = [
                Token("num", t.value[0], t.start, t.start + 1), Token("num", t.value[1:], t.start + 1, t.end)
            ]  # fmt: skip

    def argument(self) -> Parse:
        """The argument of a command or a power: a group, or one sign."""
        t = self.token
        if self.at("{"):
            self.i += 1
            self.enter("{", t)
            node = yield self.expression()
            end = self.leave().end
            return Node("braces", None, (node,), t.start, end)
        self.one_sign()
        t = self.token
        if t.kind == "letter":
            return self.variable()
        if t.kind == "num":
            self.i += 1
            return Node("num", int(t.value) if t.value.isdigit() else 0, (), t.start, t.end)
        if t.kind == "sign" or t.kind == "end":
            raise self.unexpected()
        if t.value in GREEK or t.kind in ("fancy", "word"):
            return (yield self.greek()) if t.kind != "word" else (yield self.word())
        return (yield self.command())

    # ------------------------------------------------------------ scripts
    def scripts(self, node: Node) -> Parse:
        while True:
            t = self.token
            if self.at("'"):
                self.i += 1
                node = self.transposed(node, t.end)
            elif self.at("^"):
                self.i += 1
                node = yield self.superscript(node, t)
            elif self.at("_"):
                self.i += 1
                node = self.subscript(node, t)
            else:
                return node

    def transposed(self, node: Node, end: int) -> Node:
        return Node("transpose", None, (node,), node.start, end)

    def superscript(self, node: Node, mark: Token) -> Parse:
        first = self.i
        raw = self.raw_argument()
        end = self.tokens[self.i - 1].end
        special = self.special(node, raw, end)
        if special is not None:
            return special
        if raw and raw[0].kind == "command" and raw[0].value in (r"\odot", r"\circ") and len(raw) > 1:
            self.i = first + 2  # behind the sign, inside of the braces
            self.enter("{", self.tokens[first])
            power = yield self.expression()
            self.leave()
            return Node("power", ".^", (node, power), node.start, end)
        self.i = first
        power = yield self.argument()
        if raw and raw[0].value in ("(", "["):
            raise self.error(
                "an index in brackets is not read",
                (mark.start, end),
                hint="write the index below, as in W_1, or a power without brackets",
            )
        if node.kind == "name" and node.value == "e" and not self.names.declared("e"):
            return Node("fn", "exp", (power,), node.start, end)
        return Node("power", "^", (node, power), node.start, end)

    def special(self, node: Node, raw: list[Token], end: int) -> Node | None:
        """Transposes, adjoints, pseudo-inverses; None for other exponents."""
        values = [x.value.strip() for x in raw if x.value not in (r"\!",)]
        sign = ""
        if len(values) == 2 and values[0] == "-":
            sign, values = "-", values[1:]
        if len(values) in (2, 3) and values[:-1] == ["-", "1"] or values[1:] == ["-", "1"]:
            word = values[-1] if values[0] == "-" else values[0]
            if self.is_transpose(node, word, raw):
                sign, values = "-", [word]
        if len(values) != 1:
            if values and all(v == "'" for v in values):
                for _ in values:
                    node = self.transposed(node, end)
                return node
            return None
        word = values[0].removeprefix("\\")
        plain = raw[-1].kind != "letter" or self.is_transpose(node, word, raw)
        if (word in TRANSPOSES and plain and self.is_transpose(node, word, raw)) or word in ("'", "prime"):
            done = self.transposed(node, end)
            if sign:
                minus = Node("num", -1, (), raw[0].start, raw[0].end)
                inverse = Node("power", "^", (node, minus), node.start, end)
                done = self.transposed(inverse, end)
            return done
        if sign:
            if word in ("*", "H", "dagger", "+"):
                raise self.error("this exponent is not read", (raw[0].start, end), hint="write the inverse by itself")
            return None
        marks = {"+": "plus", "dagger": "dagger", "ddagger": "", "*": "star", "ast": "star", "H": "hermitian",
                 "star": "star", "h": "hermitian"}  # fmt: skip
        if word in marks and not (raw[-1].kind == "letter" and self.names.declared(word)):
            if not marks[word] or (word == "h" and raw[-1].kind == "letter"):
                return None
            return Node(marks[word], None, (node,), node.start, end)
        return None

    def is_transpose(self, node: Node, word: str, raw: list[Token]) -> bool:
        """A T is the transpose; where T is declared as a scalar, an exponent has two readings."""
        word = word.removeprefix("\\")
        if word not in TRANSPOSES:
            return False
        letter = raw[-1].kind == "letter"
        if letter and node.kind == "name" and node.value == "e" and not self.names.declared("e"):
            return False
        if not letter or not self.names.declared(word) or word not in self.scalars:
            return not (letter and word == "t" and node.kind in ("num",))
        if node.kind == "name" and node.value in self.scalars or node.kind == "num":
            return False
        what = f"`^{word}` has two readings, for {word} is declared as a scalar"
        raise self.ambiguous(
            what, (raw[0].start, raw[-1].end), why=f"the transpose, or the power {word}", hint=r"write ^\top"
        )

    scalars: frozenset[str] = frozenset()  # the declared names that are scalars

    # ------------------------------------------------------------ subscripts
    def subscript(self, node: Node, mark: Token) -> Node:
        raw = self.raw_argument()
        end = self.tokens[self.i - 1].end
        shown = self.text[raw[0].start : raw[-1].end] if raw else ""
        if node.kind == "braces" and node.args[0].kind in ("norm", "bars"):
            node = node.args[0]
        if node.kind in ("norm", "bars"):
            return self.norm(node, raw, shown, end)
        if node.kind == "power" and node.args[0].kind in ("norm", "bars"):
            inner = self.norm(node.args[0], raw, shown, node.args[0].end)
            return Node("power", node.value, (inner, node.args[1]), node.start, end)
        if node.kind == "inner" and shown in ("F", "2", r"\mathrm{F}", r"\text{F}", r"\mathrm F"):
            return node
        if node.kind == "ones":
            return Node("ones", self.sizes(raw, mark), (), node.start, end)
        if node.kind == "num" and node.value == 0:
            return Node("zeros", self.sizes(raw, mark), (), node.start, end)
        indices = self.indices(raw, mark, end)
        if node.kind in ("name", "group", "braces", "fn", "transpose", "power", "plus", "hermitian", "star", "dagger"):
            return self.entry(node, indices, end)
        raise self.error("this subscript is not read", (mark.start, end))

    def entry(self, node: Node, indices: tuple[Any, ...], end: int) -> Node:
        """An entry: its indices are numbers, indices of sums, or names of their own."""
        places: list[Any] = []
        args = [node]
        for index in indices:
            if isinstance(index, int):
                places.append(index)
            elif index in self.names.bound:
                places.append(("bound", index))
            elif self.names.strict and not self.names.declared(index):
                raise self.error(
                    f"the index `{index}` belongs to no sum and is not declared",
                    (node.start, end),
                    hint=f'declare it, as in "{index}: scalar", or write a number',
                )
            else:
                places.append(("name", index))
                args.append(Node("name", index, (), end - 1, end))
        return Node("entry", tuple(places), tuple(args), node.start, end)

    def norm(self, node: Node, raw: list[Token], shown: str, end: int) -> Node:
        key = shown if shown in _NORMS else "".join(x.value for x in raw).strip()
        known = _NORMS.get(key)
        if known is None:
            raise self.error(
                f"the norm with the subscript `{shown[:20]}` is not read",
                (node.start, end),
                hint=r"the norms are \|x\|_2, \|A\|_F, \|x\|_1, \|x\|_\infty, \|A\|_*; write a weighted one out: x^\top S x",
            )
        return Node("norm", known, node.args, node.start, end)

    def sizes(self, raw: list[Token], mark: Token) -> tuple[Any, ...]:
        """The dimensions below an I or a 1: ``n``, ``mn`` (a product), ``m \\times n``."""
        groups: list[list[Any]] = [[]]
        for x in raw:
            if x.value in (r"\times", ","):
                groups.append([])
            elif x.kind == "num" and x.value.isdigit():
                groups[-1].append(int(x.value))
            elif x.kind in ("letter", "fancy", "word") or x.value in GREEK:
                groups[-1].append(self.names.find(x.value.removeprefix("\\"), (), ()) or x.value.removeprefix("\\"))
            elif x.value not in (r"\cdot", "*"):
                raise self.error("this size is not read", (mark.start, x.end), hint="write n, mn or m \\times n")
        if not all(groups) or len(groups) > 2:
            raise self.error("this size is not read", (mark.start, mark.end))
        return tuple(tuple(g) for g in groups)

    def indices(self, raw: list[Token], mark: Token, end: int) -> tuple[Any, ...]:
        """Indices: letters and digits one by one (``12`` is a row and a column), commas or not."""
        out: list[Any] = []
        commas = any(x.value == "," for x in raw)
        for x in raw:
            if x.value == ",":
                continue
            if x.kind == "num" and x.value.isdigit():
                out += [int(x.value)] if commas or len(x.value) == 1 else [int(c) for c in x.value]
            elif x.kind in ("letter", "word", "fancy") or x.value in GREEK or x.value == "*":
                out.append(x.value.split(" ")[-1].removeprefix("\\"))
            elif x.kind == "command" and x.value in COMMANDS:
                out.append(x.value.removeprefix("\\"))
            else:
                raise self.error("this subscript is not read", (mark.start, end), hint="an index is a letter or a number")
        if not out:
            raise self.error("this subscript is empty", (mark.start, end))
        return tuple(out)

    # ------------------------------------------------------------ names
    def variable(self, font: str = "") -> Node:
        """A letter, with its subscript where they are one name."""
        t = self.token
        self.i += 1
        return self.named(t.value.split(" ")[-1].removeprefix("\\"), (), t, font)

    def named(self, stem: str, accents: tuple[str, ...], t: Token, font: str = "") -> Node:
        end = self.tokens[self.i - 1].end
        names = self.names
        if self.at("_"):
            mark, before = self.token, self.i
            self.i += 1
            raw = self.raw_argument()
            stop = self.tokens[self.i - 1].end
            node = self.with_index(stem, accents, raw, mark, (t.start, stop), font)
            if node is not None:
                return node
            self.i = before
        if stem in ("I", "Id") and not accents and not names.declared("I"):
            return Node("eye", None, (), t.start, end)
        if stem == "e" and not accents and not names.declared("e"):
            return Node("name", "e", (), t.start, end)
        if stem == "d" and not accents and not names.declared("d"):
            found = self.differential(t)
            if found is not None:
                return found
        if stem == "pi" and not names.declared("pi"):
            return Node("name", "pi", (), t.start, end)
        if font in (r"\mathbb", r"\mathbbm", r"\mathds", r"\Bbb") and not names.declared(stem):
            shown = self.text[t.start : t.end]
            raise self.error(
                f"the letter `{shown}` in blackboard bold is not read",
                (t.start, end),
                why="it names a set or an expectation, unless it is declared as a variable",
            )
        name = names.name(stem, accents, (), (t.start, end), font)
        if name in self.defined and self.at("("):
            self.skip_arguments(name)
        return Node("name", name, (), t.start, end)

    def skip_arguments(self, name: str) -> None:
        """``s(x)`` where the text defines ``s = ...`` or ``s(x) = ...``: the brackets say what s depends on."""
        j = self.i
        while self.tokens[j].kind != "end" and self.tokens[j].value != ")":
            j += 1
        inside = "".join(x.value for x in self.tokens[self.i + 1 : j])
        if inside == (self.defined[name] or self.wrt):
            self.i = j + 1
        elif self.defined[name]:
            raise self.error(
                f"`{name}` is defined as {name}({self.defined[name]}), and stands here with other arguments",
                (self.token.start, self.tokens[j].end),
            )

    def differential(self, t: Token) -> Node | None:
        """``dX`` for a known X: a differential, which the reader of expressions refuses by name."""
        x = self.token
        glued = x.kind == "letter" and (x.glued or t.kind == "word") or x.value in GREEK
        stem = x.value.removeprefix("\\")
        if not glued or not (self.names.find(stem, (), ()) or not self.names.strict and stem.isupper()):
            return None
        self.i += 1
        return Node("name", "d" + (self.names.find(stem, (), ()) or stem), (), t.start, x.end)

    def with_index(
        self, stem: str, accents: tuple[str, ...], raw: list[Token], mark: Token, span: Span, font: str
    ) -> Node | None:
        """A letter with a subscript that is one name, a basis vector, or an identity; None for an entry."""
        names = self.names
        if stem in ("I", "Id") and not names.declared("I") and not accents:
            return Node("eye", self.sizes(raw, mark), (), *span)
        index = self.indices(raw, mark, span[1])
        words = tuple(map(str, index))
        if any(w in names.bound for w in words):
            matrix = names.find(stem.upper(), (), ()) if len(stem) == 1 else None
            if names.find(stem, accents, ()) is None and names.strict and matrix and len(words) == 1 and not accents:
                base = Node("name", matrix, (), *span)
                return Node("row", words[0], (base,), *span)
            return None
        found = names.find(stem, accents, words)
        if found is not None:
            names.same_font(found, font, span)
            return Node("name", found, (), *span)
        if (stem, words) in ((("lambda"), ("max",)), (("lambda"), ("min",)), (("sigma"), ("max",))) and self.at("(", "[", "{["):
            return None
        if stem == "e" and len(index) == 1 and not names.declared("e"):
            return self.basis(index[0], span)
        if names.find(stem, accents, ()) is not None and (names.strict or len(index) == 2):
            return None
        if names.strict:
            raise names.unknown(stem, accents, words, span)
        if any(not w.isalnum() for w in words):
            return None
        return Node("name", names.name(stem, accents, words, span, font), (), *span)

    def basis(self, index: Any, span: Span) -> Node:
        if isinstance(index, int):
            return Node("unit", index, (), *span)
        return Node("unit", None, (Node("name", index, (), *span),), *span)

    def greek(self) -> Parse:
        """A Greek or a fancy letter; \\sigma before a bracket is the sigmoid unless it is declared."""
        t = self.token
        font = t.value.split(" ")[0] if t.kind == "fancy" else ""
        stem = t.value.split(" ")[-1].removeprefix("\\")
        following = self.tokens[self.i + 1]
        bracket = following.kind == "sign" and following.value in ("(", "[", "{[")
        if stem == "sigma" and bracket and self.names.find("sigma", (), ()) is None:
            self.i += 1
            self.notes.append(r"`\sigma(...)` is read as the sigmoid")
            return (yield self.function("sigmoid", t))
        if stem in ("lambda", "sigma") and following.value == "_":
            named = yield self.extreme_eigenvalue(stem, t)
            if named is not None:
                return named
        if stem in ("phi", "varphi", "psi", "Phi", "Psi", "Gamma", "ell", "rho") and bracket and not self.names.find(stem, (), ()):
            raise self.error(
                f"`{self.text[t.start : t.end]}(...)` is not a function that is known here",
                (t.start, t.end),
                hint="write the function out",
            )
        return self.variable(font)

    def extreme_eigenvalue(self, stem: str, t: Token) -> Parse:
        start = self.i
        self.i += 2
        word = "".join(x.value for x in self.raw_argument()).removeprefix("\\")
        name = {("lambda", "max"): "lambda_max", ("lambda", "min"): "lambda_min", ("sigma", "max"): "norm_spec"}.get(
            (stem, word)
        )
        if name is None or not (self.at("(", "[", "{[")) or self.names.find(stem, (), (word,)):
            self.i = start
            return None
        return (yield self.function(name, t))

    # ------------------------------------------------------------ words and commands
    def word(self) -> Parse:
        t = self.token
        word = t.value.replace(" ", "") if t.value.replace(" ", "") in FUNCTIONS else t.value
        if word in self.names.known:
            self.i += 1
            return self.named(word, (), t)
        if word in FUNCTIONS or word in self.functions:
            self.i += 1
            return (yield self.function(FUNCTIONS.get(word, word), t))
        if word == "d":
            self.i += 1
            found = self.differential(t)
            if found is not None:
                return found
            raise self.error("a differential of what is not known", (t.start, t.end))
        self.i += 1
        if word == "e":
            return Node("name", "e", (), t.start, t.end)
        if word == "Id" or (len(word) == 1 and word.isalpha()):
            return self.named(word, (), t)
        raise self.no_word(word, t)

    functions: frozenset[str] = frozenset()  # the functions of the rule book

    def no_word(self, word: str, t: Token) -> ParseError:
        from difflib import get_close_matches

        near = get_close_matches(word[:40], [*FUNCTIONS, *self.functions, *self.names.known], 2, 0.6)
        return self.error(
            f"`{word[:40]}` is neither a function nor a variable that is known here",
            (t.start, t.end),
            hint=f"did you mean {' or '.join(near)}?" if near else "`derive rules` lists the functions",
        )

    def command(self) -> Parse:
        raise NotImplementedError

    @staticmethod
    def fraction(value: str) -> Fraction:
        return Fraction(value)


__all__ = ["ACCENTS", "Scripts"]
