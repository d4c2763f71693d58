"""What a statement claims, in the words of `claims`, and of which function of which variable."""

from __future__ import annotations

import re

from ..claims import Problem
from ..errors import ShapeError
from ..terms import SCALAR, Shape, Term, dim_product, postorder, shape_text
from .definitions import Definitions
from .known import Formula, Key
from .lines import Statement
from .outline import Claimed
from .sides import Side, compact, factors, plain

#: What is left out of an expansion, at its end: O(epsilon^2), o(H), dots.
_REST = re.compile(
    r"\+\s*(?:(?:\\(?:mathcal|mathrm|text|operatorname)\s*\{?\s*)?(?P<o>[Oo])\}?|\\mathcal\s*O)\s*(?:\\left|\\[bB]ig+l?)?\s*\("
    r"(?P<of>[^()]*)(?:\\right|\\[bB]ig+r?)?\)\s*$|"
    r"\+\s*(?:\\[cl]?dots|\\ldots|\.\.\.|\\text\{[^{}]*(?:higher|order|h\.?o\.?t)[^{}]*\}|\\mathrm\{?h\.?o\.?t\.?\}?|h\.o\.t\.?)\s*$"
)


class Claiming(Definitions):
    """Makes claims of statements."""

    def _claim(self, number: int, statement: Statement, side: Side, about_given: bool = False) -> None:
        known = self.known
        text, relation = statement.right, statement.relation
        if side.kind == "moved" or (side.kind == "other" and known.small):
            rest = _REST.search(text)
            if rest:
                text, relation = text[: rest.start()], "~"
                if not _is_first_order(rest):
                    self._note(number, "unread", "an expansion is checked to first order only")
                    return
        syntax = self._syntax(number)
        left = known.formula(statement.left, syntax=syntax) if side.kind == "other" else None
        expected = left.term.shape if left else self._expected(side)
        moves = side.kind not in ("f", "gradient", "jacobian", "hessian", "entry")
        formula = known.formula(text, tuple(filter(None, side.entry)), syntax, expected, moves)
        term = formula.term
        right = None
        if left is not None and left.term.shape == SCALAR != term.shape and _is_zero(left.term):
            left = left._replace(term=self.table.make("zeros", (), term.shape))
        elif expected is not None and term.shape != expected and _is_zero(term):
            term = self.table.make("zeros", (), expected)
            formula = formula._replace(term=term)
        if left is not None:
            if left.term.shape != term.shape:
                what = f"the left side is {shape_text(left.term.shape)}, the right side {shape_text(term.shape)}"
                raise ShapeError(what)
            minus = self.table.make("mul", (self.table.num(-1), term), term.shape)
            term = self.table.make("add", (left.term, minus), term.shape)
            right = formula.term
            formula = formula._replace(term=term, loose=formula.loose or left.loose)
        found = self.claim(side, formula) if not self._elsewhere(statement.left, side) else None
        if found is None:
            self._note(number, "unread", f"`{statement.left or side.kind}` is not understood")
            return
        lhs, key = found
        if side.less:
            f = self.table.var("f", known.f.shape)  # type: ignore[union-attr]
            term = self.table.make("add", (term, f), f.shape)
        problem = known.problem(key)
        if lhs == "f" and key == Key():
            known.said.append(term)
        self.claims.append(
            Claimed(
                lhs,
                relation,
                self._laid_out(side, term, problem),
                number,
                key,
                problem,
                statement.left,
                text,
                side,
                formula.loose or about_given,
                right,
                left.term if left else None,
                formula.every_entry,
            )
        )
        for name, named in list(self.aliases.items()):  # g = \nabla f = 2x: now dg has a meaning, too
            same = self.side(named)[:3] == side[:3] and lhs.startswith("df/d") and not formula.term.has_d
            if same and name not in known.symbols and self._hold(self.claims[-1:]):
                known.define(name, formula.term)

    def _elsewhere(self, left: str, side: Side) -> bool:
        """Is it f at another point, as in ``f(x^*)``?"""
        known = self.known
        if side.kind not in ("f", "df", "d2f", "gradient", "hessian", "entry") or side.expression:
            return False
        if side.kind == "df" and left.replace(" ", "").startswith(("d(", r"\mathrm{d}(")):
            return False
        for inside in re.findall(r"\w\(([^()]*)\)", compact(left).replace(r"\partial", "")):
            parts = [known.resolve(plain(p)) for p in re.split("[,;]", inside)]
            if not all(p in known.symbols for p in parts) or not {known.wrt, side.variable} & set(parts):
                return True
        return False

    def _expected(self, side: Side) -> Shape | None:
        """The shape of the right side, where the left one says it."""
        known = self.known
        assert known.f is not None
        if side.kind in ("f", "df", "d2f", "directional", "moved"):
            return self._shape_of(side.name)
        own = known.symbols.get(side.variable or known.wrt)
        if side.kind == "jacobian" and own is not None and side.name in known.functions and known.f.shape != SCALAR:
            return dim_product(*known.f.shape), dim_product(*own.shape)
        if side.kind != "gradient" or own is None or side.expression:
            return None
        shape = self._shape_of(side.name)
        if shape is None or own.shape == SCALAR:
            return shape
        return own.shape if shape == SCALAR and not side.transposed else None

    def _shape_of(self, name: str) -> Shape | None:
        """The shape of f, or of what is defined."""
        known = self.known
        if known.f is not None and name in known.functions:
            return known.f.shape
        return known.symbols[name].shape if name in known.symbols else None

    def _laid_out(self, side: Side, term: Term, problem: Problem) -> Term:
        """A gradient below a transposed variable is a row."""
        if side.transposed and side.kind == "gradient" and problem.f.shape == SCALAR and term.shape != SCALAR:
            return self.table.make("T", (term,), (term.shape[1], term.shape[0]))
        return term

    def claim(self, side: Side, formula: Formula) -> tuple[str, Key] | None:
        """The left side in the words of `claims`, and what it is judged against; None where it is not understood."""
        known = self.known
        about_f = side.name in known.functions
        name = "f" if about_f else side.name
        if side.kind == "other":
            small = {t.name for t in postorder(formula.term) if t.head == "var"} & set(known.small)
            steps = [n for n in small if known.small[n] == "step"]
            pair = sorted(small, key=lambda n: known.small[n] != "epsilon")
            if steps or len(pair) > 1:
                return f"0({known.wrt} + {steps[0] if steps else '*'.join(pair[:2])})", Key()
            return ("0", self._moving(formula.term)) if not small else (f"0({known.wrt} + {pair[0]})", Key())
        if side.kind == "f":
            return (name, Key()) if about_f or name in {n for n, _, _ in known.lets} else None
        if side.kind in ("df", "vec"):
            if not about_f and name not in {n for n, _, _ in known.lets}:
                return None
            return (f"d{name}" if side.kind == "df" else f"vec(d{name})"), self._moving(formula.term)
        variable = side.variable or known.wrt
        if variable not in known.symbols:
            return None
        key = Key(name, "" if variable == known.wrt else variable)
        if side.expression:
            key = key._replace(function="", expression=known.formula(side.expression).term)
        elif not about_f and name not in known.symbols:
            return None
        return self._derivative(side, formula, key, variable)

    def _derivative(self, side: Side, formula: Formula, key: Key, variable: str) -> tuple[str, Key] | None:
        known = self.known
        if side.kind in ("gradient", "jacobian"):
            if side.kind == "jacobian" and self._is_scalar(key):
                key = key._replace(jacobian=True, transposed=not side.transposed)
            return f"df/d{variable}", key
        if side.kind == "hessian":
            return f"d2f/d{variable}2", key
        if side.kind == "d2f":
            return "d2f", key
        if side.kind == "turning":
            return (f"d(df/d{variable})", key) if self._is_scalar(key) else None
        if side.kind == "entry" and any(i.isdigit() and int(i) > 2 for i in side.entry):
            return None  # the matrices that are drawn may be smaller
        if side.kind == "entry":
            if formula.every_entry:
                return f"df/d{variable}", key
            return f"df/d{variable}[{','.join(filter(None, side.entry))}]", key
        if variable != known.wrt:
            return None
        if side.kind == "directional":
            name = "".join(factors(side.step))
            return (f"Df({variable})[{name}]", key) if name in known.small else None
        if side.kind == "moved":
            names = factors(side.step)
            if not 0 < len(names) < 3 or not all(n in known.small for n in names):
                return None
            return f"f({variable} + {'*'.join(names)})", key
        return None

    def _is_scalar(self, key: Key) -> bool:
        assert self.known.f is not None
        root = key.expression or (self.known.f if key.function == "f" else self.known.symbols[key.function])
        return root.shape == SCALAR

    def _moving(self, term: Term) -> Key:
        """Which variables move in a line: those whose differentials it has."""
        known = self.known
        names = {t.args[0].name for t in postorder(term) if t.head == "d" and t.args[0].head == "var"}
        free = sorted(names & set(known.drawn))
        if known.wrt in free or not free:
            return Key(others=tuple(n for n in free if n != known.wrt))
        if names - set(known.drawn):
            return Key(others=tuple(free))
        return Key(variable=free[0], others=tuple(free[1:]))


def _is_zero(term: Term) -> bool:
    return term.head == "num" and term.payload == 0


def _is_first_order(rest: re.Match[str]) -> bool:
    """Does an expansion say all terms of first order, and no more?  O(epsilon^2) and o(epsilon)."""
    of = rest["of"]
    if of is None:
        return True
    power = re.search(r"\^\s*\{?\s*(\d+)", of)
    order = int(power[1]) if power else 1
    return order == (2 if rest["o"] != "o" else 1) and bool(re.search(r"[^\W\d]", of))
