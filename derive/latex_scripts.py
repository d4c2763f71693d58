"""Scripts: what ``^`` and ``_`` mean after an operand."""

from __future__ import annotations

from typing import Any

from .latex_tokens import Token
from .latex_variables import Parse, Variables
from .latex_words import COMMANDS, GREEK, TRANSPOSES
from .tree import Node

_NORMS = {
    "F": "norm", "f": "norm", "Fro": "norm", "fro": "norm", "frob": "norm", "Frob": "norm", "HS": "norm", "2": "2",
    "1": "1", "*": "norm_nuc", "nuc": "norm_nuc", "tr": "norm_nuc", r"\ast": "norm_nuc", "op": "norm_spec",
    "spec": "norm_spec", r"\infty": "inf", "max": "norm_inf", "": "", r"\mathrm F": "norm", r"\star": "norm_nuc",
    r"\ell_2": "2", r"\ell_1": "1", "Frobenius": "norm", r"\max": "norm_inf", "infty": "inf", r"\ell^2": "2",
}  # fmt: skip


class Scripts(Variables):
    """The part of the parser that reads scripts; `Parser` has the rest."""

    # ------------------------------------------------------------ arguments
    def raw_argument(self) -> list[Token]:
        """The tokens of an argument, without its braces."""
        t = self.token
        if not self.at("{"):
            if t.kind == "end" or (t.kind == "sign" and t.value not in ("*", "+", "-", "'")):
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
            if t.value[0] == ".":  # TeX would take the point alone
                what = f"`{t.value}` stands without braces where one sign is taken"
                raise self.error(what, (t.start, t.end), hint=f"write {{{t.value}}}")
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
            return Node("num", int(t.value), (), t.start, t.end)
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
        if len(raw) == 3 and raw[0].value in ("(", "[") and not (node.kind == "name" and node.value == "e"):
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
        if (len(values) in (2, 3) and values[:-1] == ["-", "1"]) or values[1:] == ["-", "1"]:
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
        if (node.kind == "name" and node.value in self.scalars) or node.kind == "num":
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
                hint=r"the norms are \|x\|_2, \|A\|_F, \|x\|_1, \|x\|_\infty, \|A\|_*; write others out: x^\top S x",
            )
        return Node("norm", known, node.args, node.start, end)

    def sizes(self, raw: list[Token], mark: Token) -> tuple[Any, ...]:
        """The dimensions below an I or a 1: ``n``, ``mn`` (a product), ``m \\times n``."""
        groups: list[list[Any]] = [[]]
        for i, x in enumerate(raw):
            if x.value == "^" and groups[-1] and i + 1 < len(raw) and raw[i + 1].value in ("2", "3"):
                groups[-1] += groups[-1][-1:] * (int(raw[i + 1].value) - 1)
            elif i and raw[i - 1].value == "^":
                continue
            elif x.value in (r"\times", ","):
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
                raise self.error(
                    "this subscript is not read", (mark.start, end), hint="an index is a letter or a number"
                )
        if not out:
            raise self.error("this subscript is empty", (mark.start, end))
        return tuple(out)
