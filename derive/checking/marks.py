r"""What stands in derivations alone, as tokens: ``dX``, ``f(X)``, ``\frac{\partial f}{\partial M}``, ``J^{ij}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

from ..errors import ParseError
from ..latex_names import Names
from ..latex_tokens import Token
from ..latex_words import COMMANDS, FUNCTIONS, GREEK
from ..question import base_book
from .sides import Side, compact, plain, read_side

_MARKS = frozenset([r"\delta", r"\partial"])
_DERIVES = frozenset(["d", "D", r"\delta", r"\partial"])  # what the numerator of a derivative begins with
_OPENING, _CLOSING = frozenset(["(", "[", "{", "{["]), frozenset([")", "]", "}", "]}"])
#: The name and the shape of a derivative that stands in a formula, and is it transposed?  None where it is not one.
Derivatives = Callable[[Side], "tuple[str, str, bool] | None"]


@lru_cache(maxsize=1)
def written_functions() -> dict[str, str]:
    r"""Letters with an index that the rule book writes for functions: ``v_max`` for eigvec_max."""
    out = {}
    for name, function in base_book().functions.items():
        found = re.match(r"([A-Za-z])_\{?\\?([\w/]+)\}?\(\{0\}", function.block.fields.get("latex", ""))
        if found:
            out[f"{found[1]}_{found[2]}"] = name
    return out


def _begins_function(t: Token) -> bool:
    known = t.value in COMMANDS if t.kind == "command" else t.value in FUNCTIONS
    bars = t.kind == "sign" and t.value in ("N", "|", "openN", "open|")
    return (t.kind in ("command", "word") and known) or bars


class WrongIndex(ParseError):
    """A single-entry matrix with other indices than the entry has which the line is about."""


class Marks:
    """Rewrites the tokens of one formula."""

    def __init__(
        self, text: str, names: Names, functions: Collection[str], variable: str, entry: tuple[str, ...],
        derivative: Derivatives, free: bool, differential: bool = False,
    ) -> None:  # fmt: skip
        self.text, self.names, self.functions, self.variable = text, names, functions, variable
        self.entry, self.derivative = entry, derivative
        self.free = free  # are all names free, as in a lemma?
        taken = names.declared("d")
        if taken and differential and "d" not in names.known:
            taken = False  # a size of that name, in a line about differentials
        self.no_d = taken
        self.declared: dict[str, str] = {}  # derivatives that occur, with their shapes
        self.out: list[Token] = []

    def run(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens, with every mark as one name or a call of ``d``."""
        self.tokens = tokens
        steps = (
            self._symmetric_part,
            self._second,
            self._along,
            self._quotient,
            self._nabla,
            self._differential,
            self._single,
            self._layer,
            self._written_function,
            self._commutation,
            self._arguments,
        )
        i = 0
        while i < len(tokens):
            for step in steps:
                used = step(i)
                if used:
                    i += used
                    break
            else:
                self.out.append(tokens[i])
                i += 1
        return self.out

    # ------------------------------------------------------------ tools
    def _value(self, i: int) -> str:
        return self.tokens[i].value if i < len(self.tokens) else ""

    def _close(self, i: int) -> int:
        """The place of the bracket that closes the one at `i`, or -1."""
        depth = 0
        for j in range(i, len(self.tokens)):
            t = self.tokens[j]
            if t.kind == "sign":
                depth += (t.value in _OPENING) - (t.value in _CLOSING)
                if depth <= 0:
                    return j
        return -1

    def _slice(self, i: int, j: int) -> str:
        """The text from token i up to token j."""
        return self.text[self.tokens[i].start : self.tokens[j - 1].end]

    def _group(self, i: int) -> int:
        """Where an argument (a group or one token) ends."""
        if self._value(i) in _OPENING and self.tokens[i].kind == "sign":
            return self._close(i) + 1
        return i + 1

    def _word(self, name: str, i: int, j: int) -> None:
        self.out.append(Token("word", name, self.tokens[i].start, self.tokens[j - 1].end))

    # ------------------------------------------------------------ derivatives
    def _symbol(self, i: int, j: int) -> int:
        """A derivative from token i to j as one name, where it is known."""
        if self.free or not 0 < j <= len(self.tokens):
            return 0
        found = self.derivative(read_side(self._slice(i, j), self.functions, [self.variable]))
        if found is None:
            return 0
        name, shape, turned = found
        self.declared[name] = shape
        self._word(name, i, j)
        if turned:
            end = self.tokens[j - 1].end
            self.out += [Token("sign", "^", end, end), Token("command", r"\top", end, end)]
        return j - i

    def _along(self, i: int) -> int:
        """``Df(X)[H]`` is df, where dX is H."""
        if self._value(i) not in ("D", r"\mathrm D") or plain(self._value(i + 1)) not in self.functions:
            return 0
        if self.names.declared("D") or self._value(i + 2) != "(":
            return 0
        stop = self._group(i + 2)
        if stop <= 0 or self._value(stop) not in ("[", "("):
            return 0
        end = self._group(stop)
        self._word(f"d{plain(self._value(i + 1))}", i, end)
        return end - i

    def _quotient(self, i: int) -> int:
        if self._value(i) not in (r"\frac", r"\dfrac", r"\tfrac"):
            return 0
        if not any(self._value(j) in _DERIVES for j in (i + 1, i + 2)):
            return 0
        first = self._group(i + 1)
        second = self._group(first) if first > 0 else 0
        if second <= 0 or second - i > 200:
            return 0
        if self._value(second) in ("(", "[", "{["):  # an operator before brackets
            last = self._group(second)
            used = self._symbol(i, last) if last > 0 else 0
            if used:
                return used
        return self._symbol(i, second)

    def _nabla(self, i: int) -> int:
        if self._value(i) != r"\nabla":
            return 0
        j = i + 1
        if self._value(j) == "_":
            j = self._group(j + 1)
        if j <= 0 or j >= len(self.tokens) or self._value(j) == "^":
            return 0
        j = self._group(j)
        if self._value(j) == "_":
            j = self._group(j + 1)
        if self._value(j) == "(":
            j = self._group(j)
        return self._symbol(i, j)

    # ------------------------------------------------------------ differentials
    def _differential(self, i: int) -> int:
        tokens, names, first = self.tokens, self.names, i
        t = tokens[i]
        if t.value == "{" and len(tokens) > i + 3 and tokens[i + 2].value == "}":
            t, i = tokens[i + 1], i + 2
        is_d = (t.kind in ("letter", "word") and t.value == "d") or (t.kind == "command" and t.value in _MARKS)
        step = t.kind == "command" and t.value == r"\Delta"
        if not (is_d or step) or self.no_d or i + 1 >= len(tokens):
            return 0
        if t.value == r"\delta" and names.declared("delta"):
            return 0
        x = tokens[i + 1]
        if is_d and x.kind == "sign" and x.value in ("(", "[", "{["):
            self.out.append(Token("word", "d", t.start, t.end))
            return i + 1 - first
        if is_d and self._is_wrapped(i + 1):
            return self._call(first, i + 1)
        if is_d and _begins_function(x):
            return self._of_function(first, i + 1)
        stem = x.value.split(" ")[-1].removeprefix("\\")
        if self.free and not step:
            return self._free(first, i + 1)
        index, length = self._index(i + 2)
        if not length and [self._value(j) for j in (i + 2, i + 3)] == ["^", "{"] and self._value(i + 4) in ("(", "["):
            index, length = (self._value(i + 5),), 6
        found = names.find(stem, (), index) if length else None
        if found is None:
            found, length = names.find(stem, (), ()), 0
        name = f"Delta_{stem}" if step else f"d{found}"
        if (found is None and not step) or not names.declared(name):
            return 0
        last = tokens[i + 1 + length]
        self.out.append(Token("word", name, t.start, last.end))
        return i + 2 + length - first

    def _is_wrapped(self, i: int) -> bool:
        r"""``d\|x\|``, ``d\log...``, ``d{...}``: a differential of what is no letter."""
        return self._value(i) == "{" and self._close(i) > i + 2

    def _call(self, first: int, i: int) -> int:
        t = self.tokens[i]
        stop = self._close(i)
        self.out.append(Token("word", "d", self.tokens[first].start, t.start))
        inner = Marks(
            self.text, self.names, self.functions, self.variable, self.entry, self.derivative, self.free, not self.no_d
        )
        made = inner.run(self.tokens[i + 1 : stop])
        self.declared.update(inner.declared)
        end = self.tokens[stop]
        self.out += [Token("sign", "(", t.start, t.end), *made, Token("sign", ")", end.start, end.end)]
        return stop + 1 - first

    def _of_function(self, first: int, i: int) -> int:
        r"""``d\log\det M``: of all that follows, up to a sign between terms."""
        depth, j = 0, i
        while j < len(self.tokens):
            t = self.tokens[j]
            if t.kind == "end" or (
                t.kind == "sign" and not depth and j > i and t.value in ("+", "-", ":", "=", ",", ")", "]", "}", ">")
            ):
                break
            if t.kind == "sign":
                depth += (t.value in _OPENING) - (t.value in _CLOSING)
            j += 1
        start, end = self.tokens[i].start, self.tokens[j - 1].end
        self.out += [Token("word", "d", self.tokens[first].start, start), Token("sign", "(", start, start)]
        inner = Marks(
            self.text, self.names, self.functions, self.variable, self.entry, self.derivative, self.free, not self.no_d
        )
        self.out += [*inner.run(self.tokens[i:j]), Token("sign", ")", end, end)]
        self.declared.update(inner.declared)
        return j - first

    def _free(self, first: int, i: int) -> int:
        """In a lemma: ``dM`` as d(M), for any letter M."""
        x = self.tokens[i]
        letter = x.kind in ("letter", "fancy") or (x.kind == "command" and x.value in GREEK)
        if not letter or (x.kind == "letter" and not (x.glued or self.tokens[i - 1].kind in ("word", "command"))):
            return 0
        _, length = self._index(i + 1)
        before = self.tokens[first]
        inside = list(self.tokens[i : i + 1 + length])
        self.out.append(Token("word", "d", before.start, before.end))
        self.out += [Token("sign", "(", x.start, x.start), *inside, Token("sign", ")", inside[-1].end, inside[-1].end)]
        return i + 1 + length - first

    def _index(self, i: int) -> tuple[tuple[str, ...], int]:
        tokens = self.tokens
        if i + 1 >= len(tokens) or tokens[i].value != "_":
            return (), 0
        if tokens[i + 1].value != "{":
            return (tokens[i + 1].value.removeprefix("\\"),), 2
        stop = next((j for j in range(i + 2, len(tokens)) if tokens[j].value == "}"), i)
        return tuple(t.value.removeprefix("\\") for t in tokens[i + 2 : stop]), stop - i + 1

    # ------------------------------------------------------------ single entries, arguments
    def _single(self, i: int) -> int:
        r"""``J^{ij}``, ``E_{ij}``: the matrix whose one entry is that of the line."""
        t = self.tokens[i]
        if t.kind != "letter" or t.value not in ("J", "E", "S") or self._value(i + 1) not in ("^", "_"):
            return 0
        known = self.names.declared(t.value)
        if (known and t.value != "J") or not self.entry or not self.names.declared("J"):
            return 0
        stop = self._group(i + 2)
        index = [x.value for x in self.tokens[i + 2 : stop] if x.value.isalnum()]
        marks = "".join(x.value for x in self.tokens[i + 2 : stop] if not x.value.isalnum())
        index = [c for word in index for c in (word if word.isalpha() or len(word) == 2 else [word])]
        if len(index) != 2 or set(marks) - set("{},()"):
            return 0
        if tuple(index) == self.entry:
            self._word("J", i, stop)
            return stop - i
        if tuple(reversed(index)) == self.entry:
            self._word("J", i, stop)
            end = self.tokens[stop - 1].end
            self.out += [Token("sign", "^", end, end), Token("command", r"\top", end, end)]
            return stop - i
        if t.value != "J":
            return 0
        shown, meant = self._slice(i, stop), ",".join(self.entry)
        raise WrongIndex(
            f"`{shown}` has other indices than the entry that the line is about",
            text=self.text, span=(t.start, self.tokens[stop - 1].end),
            why=f"the left side is about the entry {meant}",
            hint=f"write {t.value}^{{{''.join(self.entry)}}}",
        )  # fmt: skip

    def _layer(self, i: int) -> int:
        r"""``W^{(1)}`` is W_1, where there is such a name."""
        values = [self._value(j) for j in range(i + 1, i + 6)]
        if values[:2] != ["^", "{"] or values[2] not in ("(", "[") or values[4] not in (")", "]"):
            return 0
        if self._value(i + 6) != "}":
            return 0
        found = self.names.find(self._value(i).split(" ")[-1].removeprefix("\\"), (), (values[3],))
        if found is None:
            return 0
        self._word(found, i, i + 7)
        return 7

    def _written_function(self, i: int) -> int:
        r"""``v_{\max}(A)``: a function that the rule book writes so."""
        t = self.tokens[i]
        if t.kind != "letter" or self._value(i + 1) != "_":
            return 0
        stop = self._group(i + 2)
        index = "".join(x.value.removeprefix("\\") for x in self.tokens[i + 2 : stop] if x.value not in ("{", "}"))
        name = written_functions().get(f"{t.value}_{index}")
        if name is None or self._value(stop) != "(" or self.names.find(t.value, (), (index,)):
            return 0
        self._word(name, i, stop)
        return stop - i

    def _symmetric_part(self, i: int) -> int:
        r"""``\operatorname{sym}(G)`` is (G + G')/2, ``\operatorname{skew}(G)`` (G - G')/2."""
        t = self.tokens[i]
        sign = {"sym": "+", "Sym": "+", "skew": "-", "Skew": "-"}.get(t.value) if t.kind == "word" else None
        if sign is None or self.names.declared(t.value) or self._value(i + 1) not in ("(", "[", "{["):
            return 0
        stop = self._group(i + 1)
        inner = Marks(
            self.text, self.names, self.functions, self.variable, self.entry, self.derivative, self.free, not self.no_d
        )
        inside = inner.run(self.tokens[i + 2 : stop - 1])
        self.declared.update(inner.declared)
        at, end = t.start, self.tokens[stop - 1].end

        def sign_at(value: str, place: int) -> Token:
            return Token("sign", value, place, place)

        self.out += [Token("command", r"\HALF", at, at), sign_at("(", at), sign_at("(", at), *inside, sign_at(")", end)]
        again = [Token(x.kind, x.value, x.start, x.end, x.glued) for x in inside]
        self.out += [sign_at(sign, end), sign_at("(", end), *again, sign_at(")", end), sign_at("^", end)]
        self.out += [Token("command", r"\top", end, end), sign_at(")", end)]
        return stop - i

    def _second(self, i: int) -> int:
        r"""``d^2 f``, the second differential, and ``\nabla^2 f`` inside of a formula."""
        t, j = self.tokens[i], i + 2
        if self._value(i + 1) != "^" or not (t.value == r"\nabla" or (t.value == "d" and not self.no_d)):
            return 0
        j = self._group(j)
        if "".join(x.value for x in self.tokens[i + 2 : j]).strip("{}") != "2":
            return 0
        last = self._group(j)
        if self._value(last) == "(":
            last = self._group(last)
        return self._symbol(i, last)

    def _commutation(self, i: int) -> int:
        r"""``K_{m,n}``: the commutation matrix, where K is no variable and m and n are sizes."""
        t = self.tokens[i]
        if t.kind != "letter" or t.value not in ("K", "T") or self.names.declared(t.value):
            return 0
        if self._value(i + 1) not in ("_", "^") or self._value(i + 2) != "{":
            return 0
        stop = self._group(i + 2)
        sizes = [x for x in self.tokens[i + 2 : stop] if x.value not in ("{", "}", "(", ")", ",")]
        if len(sizes) != 2 or not all(x.value in self.names.sizes or x.kind == "num" for x in sizes):
            return 0
        a, b = sizes
        self.out += [
            Token("word", "commutation", t.start, t.end), Token("sign", "(", a.start, a.start), a,
            Token("sign", ",", a.end, a.end), b, Token("sign", ")", b.end, b.end),
        ]  # fmt: skip
        return stop - i

    def _arguments(self, i: int) -> int:
        """``f(X)``: the brackets behind a function say what it depends on."""
        t = self.tokens[i]
        if self._value(i + 1) != "(" or t.kind not in ("letter", "command", "fancy", "word"):
            return 0
        if plain(self._slice(i, i + 1)) not in self.functions:
            return 0
        stop = self._close(i + 1)
        inside = compact(self._slice(i + 2, stop)) if stop > i + 2 else ""
        parts = [plain(p) for p in inside.replace(";", ",").split(",")]
        if not inside or not all(self.names.declared(p) for p in parts) or self.variable not in parts:
            return 0
        self.out.append(t)
        return stop + 1 - i
