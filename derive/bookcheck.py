"""Load-time checks of a rule book: every defect of a rule that can be seen without numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from .blocks import RuleError
from .errors import DeriveError
from .evaluate import functions as evaluated
from .keys import statement_key
from .near import did_you_mean
from .projectionproof import CONVENTIONS, LINEAR, ORTHONORMAL
from .rulebook import Function, RuleBook
from .shapes import PROPERTIES, letters
from .statements import EXTRA_PROPERTIES, FORMS, USES, Condition, Fact, Rule, Statement
from .terms import SCALAR, Shape, Term, dim_text, postorder, shape_text

T = TypeVar("T")
S = TypeVar("S", Rule, Fact)
#: Heads of terms that are not functions.
_TAKEN = frozenset({"d", "num", "var", "dim", "add", "mul", "had", "pow", "hpow", "T", "colon"})
KINDS = ("elementwise", "scalar", "vector", "matrix", "constant")
WAYS = ("", "commutes", "distributes", "invariant", "symmetric")


def problems(book: RuleBook, among: Collection[object] | None = None) -> Iterator[RuleError]:
    """What is wrong with the book, block by block; nothing for a sound one.

    `among` are the functions, rules, facts and projections to look at, where the others are known to be sound.
    """

    def new(things: Iterable[T]) -> list[T]:
        return [t for t in things if among is None or t in among]

    for function in new(book.functions.values()):
        yield from _guarded(_function, function)
    for rule in new(book.rules.values()):
        yield from _guarded(_rule, rule)
    for fact in new(book.facts):
        yield from _guarded(_fact, fact)
    for (convention, structure), projection in book.projections.items():
        if new([projection]):
            yield from _guarded(lambda p, c=convention, s=structure: _projection(p, c, s), projection)
    named = set(evaluated())
    for function in book.functions.values():
        if new([function]):
            yield from _guarded(lambda f: _worth(f, named), function)
        named.add(function.name)
    yield from _doubles(book.rules.values(), _kind_of_rule, new(book.rules.values()))
    yield from _doubles(book.facts, _kind_of_fact, new(book.facts))


def check_all(book: RuleBook) -> None:
    """Every load-time check of every block; raises the first `RuleError`."""
    for problem in problems(book):
        raise problem


def _guarded(check: object, thing: object) -> Iterator[RuleError]:
    """A check which may itself meet an unreadable statement: that is the problem, then."""
    try:
        yield from check(thing)  # type: ignore[operator]
    except RuleError as e:
        yield e
    except DeriveError as e:
        place = thing.place  # type: ignore[attr-defined]
        yield RuleError(e.what, place, text=e.text, span=e.span, why=e.why, hint=e.hint)


def _function(f: Function) -> Iterator[RuleError]:
    if f.kind not in KINDS:
        yield RuleError(f"`{f.kind}` is no kind of function", f.place, hint=f"one of {', '.join(KINDS)}")
    if f.transpose not in WAYS:
        yield RuleError(
            f"`{f.transpose}` is no way of transposition", f.place, hint=", ".join(w for w in WAYS if w)
        )
    elementwise = [s.elementwise for s in f.signatures]
    if any(elementwise) != (f.kind == "elementwise"):
        yield RuleError(
            f"function `{f.name}`: kind and shape disagree", f.place, hint="`t -> same` is elementwise"
        )
    if f.law_text and f.kind != "elementwise":
        yield RuleError(
            f"function `{f.name}` has a law `d`, but is not elementwise",
            f.place,
            hint="write a rule `d(...) -> ...`",
        )
    if f.law is not None and f.law.shape != SCALAR:
        yield RuleError(f"the law of `{f.name}` is no scalar", f.place)
    if f.kind == "elementwise":
        yield from _liftable(f)
    result = SCALAR if f.kind == "elementwise" else f.signatures[0].result
    if f.means_term is not None and f.means_term.shape != result:
        yield RuleError(f"`{f.name}` and what it means have different shapes", f.place)
    wanted = {i for i in range(max(len(s.params) for s in f.signatures)) if f"{{{i}}}" in f.latex}
    if f.kind != "constant" and 0 not in wanted:
        yield RuleError(
            f"the LaTeX of `{f.name}` does not show its argument", f.place, hint="{0} is the first one"
        )


def _liftable(f: Function) -> Iterator[RuleError]:
    """Can what is said of a number t be said of every entry of an array?"""
    for term in (t for root in (f.law, f.means_term) if root is not None for t in postorder(root)):
        if term.head == "pow" and _names(term.args[1]):
            yield RuleError(
                f"`{f.name}`: the exponent `{term.args[1]}` depends on t", f.place, hint="write exp(t*log(a)) for a^t"
            )
            return
        other = f.book.functions.get(term.head)
        entrywise = other is not None and other.kind in ("elementwise", "constant")
        if not entrywise and term.head not in ("num", "var", "add", "mul", "pow"):
            shown = "'" if term.head == "T" else term.head
            yield RuleError(
                f"`{f.name}`: `{shown}` is no function of a number", f.place,
                hint="an elementwise function is made of sums, products, powers and elementwise functions",
            )  # fmt: skip
            return


def _worth(f: Function, known: set[str]) -> Iterator[RuleError]:
    """Has the function values, or a meaning in functions that are known before it?"""
    if f.name in _TAKEN:
        yield RuleError(f"`{f.name}` cannot be the name of a function", f.place)
    elif f.name not in known and not f.means:
        yield RuleError(
            f"nothing says what the function `{f.name}` is worth", f.place,
            why="every line of a proof is verified by numbers",
            hint="add a field `means`: an expression in functions that are known",
        )  # fmt: skip
    elif f.name not in known and f.means_term is not None:
        for missing in sorted({t.head for t in postorder(f.means_term)} & (f.book.functions.keys() - known)):
            yield RuleError(
                f"`{f.name}` is explained by `{missing}`, which is not explained before it", f.place,
                hint="a meaning may use only functions that stand before it",
            )  # fmt: skip


def _rule(rule: Rule) -> Iterator[RuleError]:
    yield from _shapes(rule)
    left, right = rule.lhs, rule.rhs
    if left.shape != right.shape:
        yield RuleError(
            f"the sides of `{rule.name}` have different shapes",
            rule.place,
            why=f"{rule.lhs_text} is {shape_text(left.shape)}, {rule.rhs_text} is {shape_text(right.shape)}",
        )
    bound, used = _names(left), _names(right)
    if rule.both_ways:
        used, missing = set(), set()
    else:
        missing = used - bound
    for name in sorted(missing):
        yield RuleError(f"`{name}` of the right side of `{rule.name}` is not bound on the left", rule.place)
    for name in sorted(rule.shapes.keys() - bound - _names(right)):
        yield RuleError(f"`{name}` is declared but does not occur in `{rule.name}`", rule.place)
    loose = _letters(right) - _letters(left)
    if loose and not rule.both_ways:
        yield RuleError(
            f"the size `{min(loose)}` on the right of `{rule.name}` is not bound on the left", rule.place,
            hint="only sizes that occur on the left are known when the rule fires",
        )  # fmt: skip
    if rule.over not in ("", "real", "complex"):
        yield RuleError(f"`over` of `{rule.name}` is `{rule.over}`", rule.place, hint="it is `real` or `complex`")
    for use in rule.uses:
        if use not in USES or (use == "differential") != (rule.key[0] == "d"):
            yield RuleError(
                f"`{rule.name}` cannot be used as `{use}`", rule.place,
                hint=f"one or more of {', '.join(USES[1:])}; a rule for d(...) is always a differential",
            )  # fmt: skip
    yield from _conditions(rule, rule.when + rule.assumes, bound)
    if rule.lifted is not None:
        if any(shape != SCALAR for shape in rule.shapes.values()):
            yield RuleError(
                f"`{rule.name}` cannot be lifted", rule.place, why="only laws in scalars hold entrywise"
            )
        elif rule.lifted.lhs.shape != rule.lifted.rhs.shape:
            yield RuleError(f"the lifted sides of `{rule.name}` have different shapes", rule.place)


def _fact(fact: Fact) -> Iterator[RuleError]:
    yield from _shapes(fact)
    yield from _conditions(fact, ((fact.prop, fact.lhs),), _names(fact.lhs))
    yield from _conditions(fact, fact.when, _names(fact.lhs))


def _shapes(statement: Statement) -> Iterator[RuleError]:
    """A variable's kind shows in its letter."""
    for name, shape in statement.shapes.items():
        if name[0].isupper() == (shape[1] == 1):
            kind = "a matrix" if name[0].isupper() else "a column vector or a scalar"
            yield RuleError(
                f"`{name}: {shape_text(shape)}` in `{statement.name}`", statement.place,
                why=f"by its letter, `{name}` is {kind}",
            )  # fmt: skip
        if name in statement.dims:
            yield RuleError(f"`{name}` is a variable and a size in `{statement.name}`", statement.place)


def _projection(rule: Rule, convention: str, structure: frozenset[str]) -> Iterator[RuleError]:
    if convention not in CONVENTIONS:
        yield RuleError(
            f"`{convention}` of `{rule.name}` is no convention", rule.place, hint=", ".join(CONVENTIONS)
        )
    for prop in sorted(structure - LINEAR - ORTHONORMAL):
        hint = ", ".join(sorted(LINEAR | ORTHONORMAL))
        yield RuleError(f"`{prop}` of `{rule.name}` is no structure", rule.place, hint=hint)
    yield from _shapes(rule)
    if rule.both_ways or rule.lhs.head != "var" or rule.lhs.name != "G":
        yield RuleError(f"`{rule.name}` does not begin with `G ->`", rule.place, why="G is the free gradient")
        return
    for name in sorted((_names(rule.rhs) | rule.shapes.keys()) - {"G", "X"}):
        yield RuleError(
            f"`{name}` in `{rule.name}` is neither the gradient G nor the variable X", rule.place
        )
    shape = rule.shapes["G"]
    for what, other in (("G and its projection", rule.rhs.shape), ("G and X", rule.shapes.get("X", shape))):
        if other != shape:
            yield RuleError(f"{what} have different shapes in `{rule.name}`", rule.place)
    if structure & ORTHONORMAL and "X" not in rule.shapes:
        yield RuleError(f"`{rule.name}` does not declare X", rule.place, why="its directions depend on X")
    if structure - {"orthonormal_columns"} <= LINEAR and structure & LINEAR and shape[0] != shape[1]:
        yield RuleError(f"G of `{rule.name}` is not square", rule.place)


def _conditions(
    statement: Statement, conditions: tuple[Condition, ...], bound: set[str]
) -> Iterator[RuleError]:
    for prop, term in conditions:
        if prop not in PROPERTIES and prop not in EXTRA_PROPERTIES and prop not in FORMS:
            hint = ", ".join(sorted({*PROPERTIES, *EXTRA_PROPERTIES, *FORMS}))
            question = did_you_mean(prop, hint.split(", "))
            yield RuleError(
                f"unknown property `{prop}` in `{statement.name}`", statement.place, hint=question or f"one of {hint}"
            )
        elif PROPERTIES.get(prop) == "square" and term.shape[0] != term.shape[1]:
            yield RuleError(f"`{prop}` of a term that is not square in `{statement.name}`", statement.place)
        for name in sorted(_names(term) - bound):
            yield RuleError(
                f"`{name}` in a condition of `{statement.name}` is not bound on the left", statement.place
            )


def _names(term: Term) -> set[str]:
    return {t.name for t in postorder(term) if t.head == "var"}


def _letters(term: Term) -> set[str]:
    found: set[str] = set()
    for t in postorder(term):
        found.update(letters(t.shape))
        if t.head == "dim":
            found.update(letters((t.payload, 1)))
    return found


# ---------------------------------------------------------------- equal up to renaming
def _kind_of_rule(rule: Rule) -> object:
    """What rules that are equal up to renaming have in common, without a statement being read."""
    return frozenset((rule.key, statement_key(rule.rhs_text))) if rule.both_ways else rule.key


def _kind_of_fact(fact: Fact) -> object:
    return fact.prop


def _doubles(all_: Iterable[S], kind: Callable[[S], object], new: list[S]) -> Iterator[RuleError]:
    """Statements that another one, before them, says in other names."""
    kinds = {kind(s) for s in new}
    known: dict[str, S] = {}
    for statement in all_:
        if kind(statement) in kinds:
            try:
                found = list(_renamed(statement, known))
            except DeriveError:  # one that cannot be read has been reported
                continue
            yield from found if statement in new else ()


def _renamed(statement: S, known: dict[str, S]) -> Iterator[RuleError]:
    old = known.setdefault(canonical(statement), statement)
    if old is not statement:
        hint = f"see {old.file}:{old.line}"
        yield RuleError(f"`{statement.name}` is `{old.name}` with other names", statement.place, hint=hint)


def canonical(statement: Rule | Fact) -> str:
    """The statement as text in which variables and sizes are numbered in order of first appearance."""
    names: dict[str, str] = {}
    if isinstance(statement, Rule):
        sides = (
            sorted((statement.lhs, statement.rhs), key=_skeleton)
            if statement.both_ways
            else [statement.lhs, statement.rhs]
        )
        head, conditions = "=" if statement.both_ways else "->", statement.when + statement.assumes
    else:
        sides, head, conditions = [statement.lhs], statement.prop, statement.when
    text = f" {head} ".join(_text(side, names) for side in sides)
    asked = sorted(f"{prop}({_text(term, names)})" for prop, term in conditions)
    return f"{head} {text} when {', '.join(asked)}"


def _skeleton(term: Term) -> str:
    return _text(term, {})


def _text(term: Term, names: dict[str, str]) -> str:
    def size(letter: object) -> str:
        return letter_of(str(letter))

    def letter_of(letter: str) -> str:
        return letter if letter.isdigit() else names.setdefault(f"size {letter}", f"n{len(names)}")

    def shape(s: Shape) -> str:
        return " x ".join("*".join(map(size, d)) if isinstance(d, tuple) else size(d) for d in s)

    parts: dict[Term, str] = {}
    for t in _preorder(term):  # names are given in reading order
        if t.head == "var":
            names.setdefault(t.name, f"v{len(names)}")
    for t in postorder(term):
        args = [parts[a] for a in t.args]
        if t.head == "var":
            parts[t] = f"{names[t.name]}[{shape(t.shape)}]"
        elif t.head == "num":
            parts[t] = str(t.payload)
        elif t.head == "dim":
            parts[t] = "*".join(size(f) for f in dim_text(t.payload).split("*"))
        elif t.args:
            parts[t] = f"{t.head}({', '.join(args)})"
        else:
            parts[t] = f"{t.head}[{shape(t.payload or t.shape)}]"  # the commutation matrix has two sizes
    return parts[term]


def _preorder(term: Term) -> Iterator[Term]:
    stack = [term]
    while stack:
        t = stack.pop()
        yield t
        stack.extend(reversed(t.args))
