"""Letters and words: variables with their accents and subscripts, and functions' names."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .latex_names import Names, Span
from .latex_tokens import Token
from .latex_words import FUNCTIONS, GREEK
from .tree import Node

if TYPE_CHECKING:
    from .errors import AmbiguityError, ParseError

Parse = Generator[Any, Any, Any]


class Variables:
    """The part of the parser that reads letters; `Parser` has the rest."""

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
        def starts_operand(self) -> bool: ...
        def by_subscript(self, name: str, subscript: list[Token] | None, t: Token) -> str: ...
        def argument(self) -> Parse: ...
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
        def command(self) -> Parse: ...
        def raw_argument(self) -> list[Token]: ...
        def sizes(self, raw: list[Token], mark: Token) -> tuple[Any, ...]: ...
        def indices(self, raw: list[Token], mark: Token, end: int) -> tuple[Any, ...]: ...

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
        if stem in ("f", "g", "h") and not accents and not names.declared(stem):
            after = self.tokens[self.i + 1] if self.at("'") else self.token
            if after.kind == "sign" and after.value == "(":
                what = f"`{stem}(...)` is not a function that is known here"
                raise self.error(what, (t.start, end), hint="write the function out, or declare the name as a variable")
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
        glued = (x.kind == "letter" and (x.glued or t.kind == "word")) or x.value in GREEK
        stem = x.value.removeprefix("\\")
        if not glued or not (self.names.find(stem, (), ()) or (not self.names.strict and stem.isupper())):
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
        if (stem, words) in ((("lambda"), ("max",)), (("lambda"), ("min",)), (("sigma"), ("max",))) and self.at(
            "(", "[", "{["
        ):
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
        if (
            stem in ("phi", "varphi", "psi", "Phi", "Psi", "Gamma", "ell", "rho")
            and bracket
            and not self.names.find(stem, (), ())
        ):
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
        if word in ("E", "P", "V") and self.at("(", "[", "{["):
            what = f"`{word}` before brackets is no variable, unless it is declared"
            raise self.error(what, (t.start, t.end), why="it names an expectation, a probability or a variance")
        if word == "Id" or (len(word) == 1 and word.isalpha()):
            return self.named(word, (), t)
        raise self.no_word(word, t)

    functions: frozenset[str] = frozenset()  # the functions of the rule book

    def no_word(self, word: str, t: Token) -> ParseError:
        from .near import did_you_mean

        question = did_you_mean(word, [*FUNCTIONS, *self.functions, *sorted(self.names.known)])
        return self.error(
            f"`{word[:40]}` is neither a function nor a variable that is known here",
            (t.start, t.end),
            hint=question or "`derive rules` lists the functions",
        )
