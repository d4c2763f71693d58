"""Rule files of users: read beside the book, checked, verified by numbers, and refused where they are wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from .blocks import Block, RuleError, read_blocks, rule_texts
from .bookcheck import problems
from .complexproof import COMPLEX_CHECKS, complex_example, verify_complex_fact, verify_complex_rule
from .errors import DeriveError, ParseError, VerificationError
from .projectionproof import verify_projection
from .rulebook import Fact, Function, Rule, RuleBook
from .ruleproof import CHECKS, asked, sides, verify_fact, verify_rule
from .sides import Example, Mismatch, example
from .statements import Statement

Text = tuple[str, str]  # the name of a file, and what it says
Law = Callable[[RuleBook, str], str]  # the derivative of a body by its variable t, worked out with a book


class Additions(NamedTuple):
    """What the files add to the book."""

    functions: tuple[Function, ...]
    rules: tuple[Rule, ...]
    facts: tuple[Fact, ...]
    projections: tuple[tuple[str, frozenset[str], Rule], ...]

    def __str__(self) -> str:
        kinds = (
            (len(self.rules), "rule"), (len(self.functions), "function"), (len(self.facts), "fact"),
            (len({id(rule) for _, _, rule in self.projections}), "projection"),
        )  # fmt: skip
        return ", ".join(f"{n} {kind}{'s' * (n != 1)}" for n, kind in kinds if n) or "nothing"


def read_files(paths: Iterable[str | os.PathLike[str]]) -> tuple[Text, ...]:
    """The names and texts of rule files; raises `ParseError` for a file that cannot be read."""
    return tuple(_text(os.fspath(path)) for path in paths)


def _text(path: str) -> Text:
    try:
        return rule_texts([path])[0]
    except OSError as e:
        hint = "give the path of a text file with rules; docs/rules.md has those of the book"
        raise ParseError(f"cannot read the rule file {path}: {e.strerror}", hint=hint) from None
    except UnicodeDecodeError as e:
        raise ParseError(f"the rule file {path} is not UTF-8: byte {e.start}") from None


@lru_cache(maxsize=8)
def book_with(texts: tuple[Text, ...], law: Law | None = None) -> RuleBook:
    """The book with the rules of some files, which are checked and verified first.

    `law` works out the derivative of a function whose block says ``d auto``.

    Raises `RuleError` or `ParseError` for what cannot be understood, `VerificationError` for what is wrong.
    """
    return extended(texts, law)[0]


def extended(texts: Iterable[Text], law: Law | None = None) -> tuple[RuleBook, Additions]:
    """The default book with more texts, and what they added; raises as `book_with`."""
    book = RuleBook.load()
    functions, rules, facts = set(book.functions), set(book.rules), len(book.facts)
    cases = set(book.projections)
    for file, text in texts:
        for block in read_blocks(text, file):
            book.add([_completed(book, block, law)])
    new = Additions(
        tuple(f for name, f in book.functions.items() if name not in functions),
        tuple(r for name, r in book.rules.items() if name not in rules),
        tuple(book.facts[facts:]),
        tuple((*case, rule) for case, rule in book.projections.items() if case not in cases),
    )
    _check(book, new)
    _verify(new)
    return book, new


def _completed(book: RuleBook, block: Block, law: Law | None) -> Block:
    """A function's block with its derivative, where it says that it is to be worked out, and with its source."""
    if block.kind != "function":
        return block
    fields = {"cite": f"user function, {block.file}", **block.fields}
    if fields.get("d") == "auto" and law is not None:
        if "means" not in fields:
            what = f"the derivative of `{block.name}` cannot be worked out: nothing says what it means"
            raise RuleError(what, block.place, hint="add a field `means`")
        try:
            fields["d"] = law(book, fields["means"])
        except RuleError:
            raise
        except DeriveError as e:
            what = f"the derivative of `{block.name}` is not found: {e.what}"
            raise RuleError(
                what, block.place, text=e.text, span=e.span, why=e.why, hint="give the derivative"
            ) from e
    return block._replace(fields=fields)


def _check(book: RuleBook, new: Additions) -> None:
    among: Collection[object] = {*new.functions, *new.rules, *new.facts, *(p for _, _, p in new.projections)}
    found = list(problems(book, among))
    if len(found) == 1:
        raise found[0]
    if found:
        raise ParseError("\n".join(dict.fromkeys(map(str, found))))


def _verify(new: Additions) -> None:
    wrong = [_complaint("rule", r, w) for r in new.rules if (w := _mismatch(r)) is not None]
    wrong += [_complaint("fact", f, w) for f in new.facts if (w := _mismatch_of_fact(f)) is not None]
    wrong += [
        _complaint("projection", rule, w)
        for convention, structure, rule in new.projections
        if (w := verify_projection(convention, structure, rule)) is not None
    ]
    if wrong:
        raise VerificationError("\n".join(wrong), hint="mend the file: rules are used only where all are right")


def _mismatch(rule: Rule) -> Mismatch | None:
    if rule.over == "complex" or "complex" in rule.uses:  # conjugates of real numbers show nothing
        return verify_complex_rule(rule)
    return verify_rule(rule)


def _mismatch_of_fact(fact: Fact) -> Mismatch | None:
    if fact.over != "complex" and fact.prop in CHECKS:
        return verify_fact(fact)
    if fact.prop in COMPLEX_CHECKS:
        return verify_complex_fact(fact)
    return Mismatch(f"no numbers can tell whether a value is {fact.prop}", {}, {})


def _complaint(kind: str, statement: Statement, wrong: Mismatch) -> str:
    """A wrong statement, with a witness."""
    witness = Example(wrong.sizes, wrong.values, {}, wrong.left, wrong.right)
    if kind == "rule" and isinstance(statement, Rule):
        find = complex_example if statement.over == "complex" else example
        conditions = asked(statement.when + statement.assumes)
        witness = find(*sides(statement), statement.variables, conditions, agree=False) or witness
    return "\n    ".join([
        f"{statement.file}:{statement.line}: the {kind} `{statement.name}` is wrong: {wrong.reason}",
        statement.text, *witness.lines(),
    ])  # fmt: skip
