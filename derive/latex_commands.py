"""Commands: fractions, roots, sums, accents, and those which are refused with a reason."""

from __future__ import annotations

from .latex_functions import Functions
from .latex_tokens import Token
from .latex_variables import Parse
from .latex_words import ACCENTS, COMMANDS, GREEK
from .near import did_you_mean
from .tree import Node

_FRACTIONS = frozenset([r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\nicefrac", r"\sfrac"])
#: More commands that are read, for "did you mean".
_OTHERS = r"""\sqrt \left \right \cdot \top \sum \operatorname \mathbf \boldsymbol \mathrm \mathsf \text \odot \otimes
\oslash \circ \times \langle \rangle \lVert \rVert \lvert \rvert \underbrace \big \Big \bigl \bigr \quad""".split()
_WHOLE = {r"\HALF": (1, 2), r"\QUARTER": (1, 4)}
_REFUSED = {
    r"\prod": "a product over an index has no matrix form here",
    r"\int": "an integral is not part of matrix calculus here",
    r"\partial": "the expression alone is read; the variable is given beside it",
    r"\nabla": "the expression alone is read; the variable is given beside it",
    r"\lim": "a limit is not part of matrix calculus here",
    r"\sup": "a supremum is not part of matrix calculus here",
    r"\inf": "an infimum is not part of matrix calculus here",
    r"\arg": "the expression alone is read, without the optimisation around it",
    r"\argmin": "the expression alone is read, without the optimisation around it",
    r"\argmax": "the expression alone is read, without the optimisation around it",
    r"\infty": "infinity is no operand",
    r"\binom": "binomials are not part of matrix calculus here",
}


class Commands(Functions):
    """The part of the parser that reads commands."""

    def command(self) -> Parse:
        t = self.token
        value = t.value
        self.i += 1
        if value in _FRACTIONS:
            above = yield self.argument()
            below = yield self.argument()
            return Node("frac", None, (above, below), t.start, below.end)
        if value == r"\sqrt":
            return (yield self.root(t))
        if value == r"\sum":
            return (yield self.big_sum(t))
        if value in ACCENTS:
            return (yield self.accent(ACCENTS[value], t))
        if value in _WHOLE:
            one, two = (Node("num", k, (), t.start, t.end) for k in _WHOLE[value])
            return Node("frac", None, (one, two), t.start, t.end)
        if value in (r"\ONES", r"\ONESONES", r"\one", r"\ones", r"\bbone", r"\vone"):
            return self.ones(t)
        if value in COMMANDS:
            return (yield self.function(COMMANDS[value], t))
        if value in GREEK:
            self.i -= 1
            return (yield self.greek())
        if value in (r"\underbrace", r"\overbrace"):
            node = yield self.argument()
            if self.at("_", "^"):
                self.i += 1
                self.raw_argument()
            return node
        if value == r"\cancel" or value not in _REFUSED:
            if value[1:] and value[1:] in self.names.known:
                return self.named(value[1:], (), t)
            hint = did_you_mean(value, [*COMMANDS, *GREEK, *ACCENTS, *sorted(_FRACTIONS), *_OTHERS])
            raise self.error(f"the command `{value[:30]}` is not read", (t.start, t.end), hint=hint)
        raise self.error(f"`{value}` is not read", (t.start, t.end), why=_REFUSED[value])

    def ones(self, t: Token) -> Node:
        node = Node("ones", None, (), t.start, t.end)
        if t.value == r"\ONESONES":
            return Node("juxt", None, (node, Node("ones", None, (), t.start, t.end)), t.start, t.end)
        return node

    def root(self, t: Token) -> Parse:
        degree = None
        if self.at("["):
            bracket = self.token
            self.i += 1
            self.enter("[", bracket)
            degree = yield self.expression()
            self.leave()
        inner = yield self.argument()
        if degree is None:
            return Node("fn", "sqrt", (inner,), t.start, inner.end)
        one = Node("num", 1, (), degree.start, degree.end)
        power = Node("frac", None, (one, degree), degree.start, degree.end)
        return Node("power", "^", (inner, power), t.start, inner.end)

    def accent(self, name: str, t: Token) -> Parse:
        r"""``\hat x``, ``\hat{\mathbf y}``, ``\bar{x}``: part of the name; ``\overline{Az}`` the conjugate."""
        accents, start = [name], self.i
        braces = 0
        while self.at("{") or (self.token.kind == "command" and self.token.value in ACCENTS):
            if self.at("{"):
                braces += 1
            else:
                accents.insert(0, ACCENTS[self.token.value])
            self.i += 1
        x = self.token
        closes = all(self.tokens[min(self.i + 1 + k, len(self.tokens) - 1)].value == "}" for k in range(braces))
        letter = x.kind in ("letter", "fancy") or x.value in GREEK or (x.kind == "word" and len(x.value) == 1)
        if letter and closes:
            stem = x.value.split(" ")[-1].removeprefix("\\")
            bare = self.names.find(stem, (), ())
            conjugate = (
                name == "bar"
                and self.names.find(stem, tuple(accents), ()) is None
                and bare
                and not self.at_index(braces)
            )
            if not (conjugate and self.names.strict):
                self.i += 1 + braces
                return self.named(stem, tuple(accents), t, x.value.split(" ")[0] if x.kind == "fancy" else "")
        if name != "bar" or len(accents) > 1:
            raise self.error("an accent belongs to one letter", (t.start, x.end), hint=r"as in \hat{x}")
        self.i = start
        inner = yield self.argument()
        return Node("conjugate", None, (inner,), t.start, inner.end)

    def at_index(self, braces: int) -> bool:
        return self.tokens[min(self.i + 1 + braces, len(self.tokens) - 1)].value == "_"

    # ------------------------------------------------------------ sums
    def big_sum(self, t: Token) -> Parse:
        r"""``\sum_{i=1}^n``, ``\sum_{i,j}``, ``\sum_{ij}``: its body is the product that follows."""
        below: list[Token] | None = None
        above: list[Token] = []
        mark = t
        while self.at("_", "^"):
            mark = self.token
            self.i += 1
            raw = self.raw_argument()
            if mark.value == "_":
                below = raw
            else:
                above = raw
        end = self.tokens[self.i - 1].end
        indices = self.sum_indices(below, t, end)
        self.names.bound.extend(indices)
        body = yield self.chain()
        del self.names.bound[len(self.names.bound) - len(indices) :]
        limit = "".join(x.value.removeprefix("\\") for x in above)
        return Node("bigsum", (tuple(indices), limit), (body,), t.start, body.end)

    def sum_indices(self, below: list[Token] | None, t: Token, end: int) -> list[str]:
        why = "a sum is read where its indices run over all entries"
        if below is None:
            raise self.error("the sum has no index", (t.start, end), hint=r"write \sum_i, or \mathbf 1^\top x")
        values = [x.value.removeprefix("\\") for x in below]
        out: list[str] = []
        i = 0
        while i < len(values):
            if values[i] == ",":
                i += 1
                continue
            if not values[i].isalpha() or below[i].kind not in ("letter", "command", "word"):
                raise self.error("these indices of the sum are not read", (t.start, end), why=why)
            out.append(values[i])
            i += 1
            if i < len(values) and values[i] == "=":
                if values[i + 1 : i + 2] != ["1"]:
                    raise self.error("this range of the sum is not read", (t.start, end), why=why)
                i += 2
        if not out or len(set(out)) != len(out) or set(out) & set(self.names.bound):
            raise self.error("these indices of the sum are not read", (t.start, end), why=why)
        return out

    def by_subscript(self, name: str, subscript: list[Token] | None, t: Token) -> str:
        r"""A function's name with a subscript: only the norm of ``\operatorname{norm}_F`` is none of its own."""
        if subscript is None or (name == "logsumexp"):
            return name
        shown = self.text[t.start : self.tokens[self.i - 1].end]
        if name == "log" and "".join(x.value for x in subscript) == "e":
            return name
        raise self.error(
            f"`{shown}` is not read", (t.start, self.tokens[self.i - 1].end), hint="a function without a subscript"
        )
