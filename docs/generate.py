"""Writes the generated pages: ``rules.md`` (the rule book), ``coverage.md`` (the Matrix Cookbook, asked), ``errors.md``
(the catalogue of errors) and ``sympy.md``.

``python docs/generate.py`` writes them; ``python docs/generate.py --check`` says which are out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS.parent / "tests"), str(DOCS)]

import catalogue  # noqa: E402
from answers import Answer, ask, records  # noqa: E402

from derive.blocks import rule_texts  # noqa: E402
from derive.elaborate import elaborate  # noqa: E402
from derive.facts import SENTENCES  # noqa: E402
from derive.parser import parse_ast  # noqa: E402
from derive.printers.latex import style_of  # noqa: E402
from derive.printers.latex_style import LatexStyle  # noqa: E402
from derive.printers.names import latex_name  # noqa: E402
from derive.printers.pretty import ATOM, Piece  # noqa: E402
from derive.printers.view import View  # noqa: E402
from derive.rulebook import Condition, Fact, Function, Rule, RuleBook  # noqa: E402
from derive.terms import Table, Term  # noqa: E402

GENERATED = "<!-- Written by docs/generate.py; edit the rule files and run it again. -->\n"
FILES = {
    "differential.rules": "Differentials",
    "colon.rules": "Moves across the Frobenius product",
    "vec.rules": "Towards J dx and J vec(dX)",
    "algebra.rules": "Identities that simplify",
    "complex.rules": "Complex variables",
}
#: Conditions that are never printed in a proof, in words.
WORDS = {
    "constant": "{} does not depend on the variable",
    "plain": "{} is singular, or a variable that was not declared invertible",
    "variable": "{} is a variable",
}


class DocStyle(LatexStyle):
    """LaTeX in which the differential has an upright d."""

    def _differential(self, view: View, parts: list[Piece]) -> Piece:
        inner = parts[0] if view.args[0].head == "var" else self.bracket(parts[0])
        return self.around(rf"\mathrm{{d}}{inner.text}", ATOM, [inner], differential=True)


# ---------------------------------------------------------------- Markdown
def formula(latex: str) -> str:
    """A formula between dollars, without the signs that a table of Markdown takes for its own.

    >>> formula("|t|")
    '$\\\\vert t\\\\vert$'
    """
    latex = re.sub(r"(\\?)\|(?=([a-zA-Z])?)", lambda m: rf"\{'V' if m[1] else 'v'}ert" + " " * bool(m[2]), latex)
    latex = re.sub(r"\*(?=([a-zA-Z])?)", lambda m: r"\ast" + " " * bool(m[1]), latex)
    return f"${latex.strip()}$"


def prose(text: str) -> str:
    """A sentence of the rule files, with formulas between dollars."""
    parts = text.split("$")
    parts[1::2] = [formula(part) for part in parts[1::2]]
    parts[::2] = [part.replace("|", r"\|").replace("*", r"\*") for part in parts[::2]]
    return "".join(parts)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


# ---------------------------------------------------------------- the rule book
def sentence(condition: Condition, style: LatexStyle) -> str:
    """A condition in words."""
    prop, term = condition
    words = WORDS.get(prop) or SENTENCES.get(prop, "{} is " + prop.replace("_", " "))
    if "det({})" in words:
        words, term = words.replace("det({})", "{}"), Term("det", (term,), (1, 1), None)
    return words.replace("{}", formula(style.text(term)))


def conditions(rule: Rule, style: LatexStyle) -> str:
    parts = [f"`{rule.block.fields['shapes']}`"]
    if rule.over:
        parts.append(f"{rule.over} variables")
    if rule.lifts:
        parts.append("for arrays entry by entry, too")
    if rule.when:
        parts.append("where " + " and ".join(sentence(c, style) for c in rule.when))
    if rule.assumes:
        parts.append("assuming that " + " and ".join(sentence(c, style) for c in rule.assumes))
    return "; ".join(parts)


def statement(rule: Rule, style: LatexStyle) -> str:
    """The rule as a formula; as typed where both sides are printed in the same way."""
    arrow, left, right = "=" if rule.both_ways else r"\to", style.text(rule.lhs), style.text(rule.rhs)
    return f"`{rule.text}`" if left == right else formula(f"{left} {arrow} {right}")


def sections(text: str) -> Callable[[int], str]:
    """The title of the section of a rule file in which a line stands."""
    found = re.finditer(r"^# -{5,} (.*)$", text, re.MULTILINE)
    titles = [(text.count("\n", 0, m.start()) + 1, m[1].strip()) for m in found]
    return lambda line: next((title for start, title in reversed(titles) if start < line), "")


def rules_of(book: RuleBook, file: str, text: str, style: LatexStyle) -> Iterator[str]:
    section = sections(text)
    rules = [rule for rule in book.rules.values() if rule.file == file]
    for title, group in groupby(rules, key=lambda rule: section(rule.line)):
        if title:
            yield from (f"### {title[0].upper()}{title[1:]}", "")
        rows = ((f"`{r.name}`", statement(r, style), conditions(r, style), prose(r.say), prose(r.cite)) for r in group)
        yield from table(("rule", "statement", "conditions", "reason", "source"), rows)


def call(function: Function) -> Term:
    """The function of variables named as its parameters."""
    signature = function.signatures[0]
    names = [name for name, _ in signature.params]
    text = f"{function.name}({', '.join(names)})" if names else function.name
    terms = Table()
    sizes = {name for i, name in enumerate(names) if i in signature.sizes}
    letters = re.findall(r"[a-z]+", function.shape_text)
    env = {n: terms.var(n, shape) for n, shape in signature.params if n not in sizes}
    return elaborate(parse_ast(text), terms, function.book.signatures, env, text=text, dims={*sizes, *letters})


def functions_of(book: RuleBook, style: LatexStyle) -> Iterator[str]:
    def row(f: Function) -> tuple[str, ...]:
        slope = formula(style.text(f.law)) if f.law is not None else ""
        meaning = formula(style.text(f.means_term)) if f.means_term is not None else ""
        shapes = "<br>".join(f"`{line.strip()}`" for line in f.shape_text.split("\n"))
        about = "; ".join(part for part in (f.doc, f.domain) if part)
        return f"`{f.name}`", formula(style.text(call(f))), shapes, prose(about), slope, meaning, prose(f.cite)

    heads = ("function", "written", "shapes", "what it is; where it is defined", "slope", "means", "source")
    yield from table(heads, map(row, book.functions.values()))


def facts_of(book: RuleBook, style: LatexStyle) -> Iterator[str]:
    def row(f: Fact) -> tuple[str, ...]:
        shapes = f"`{f.block.fields['shapes']}`"
        where = " and ".join(sentence(c, style) for c in f.when)
        return f"`{f.name}`", sentence((f.prop, f.lhs), style), f"{shapes}; {where}" if where else shapes, prose(f.cite)

    yield from table(("fact", "statement", "where", "source"), map(row, book.facts))


def projections_of(book: RuleBook, style: LatexStyle) -> Iterator[str]:
    def row(p: Rule) -> tuple[str, ...]:
        fields = p.block.fields
        structure = fields["structure"].replace("_", " ")
        return f"`{p.name}`", fields["convention"], structure, statement(p, style), prose(p.say), prose(p.cite)

    rules = dict.fromkeys(book.projections.values())
    yield from table(("rule", "convention", "structure", "statement", "reason", "source"), map(row, rules))


def rules_page() -> str:
    """All that the rule book says."""
    book, style = RuleBook.load(), DocStyle()
    texts = dict(rule_texts(None))
    listed = {rule.file for rule in book.rules.values()}
    files = [*(f for f in FILES if f in listed), *sorted(listed - set(FILES))]
    lines = [
        "# The rule book",
        "",
        f"{len(book.rules)} rules, {len(book.functions)} functions, {len(book.facts)} facts and "
        f"{len(set(book.projections.values()))} projections, from the files in `rules/`. Every one is checked at "
        "random instances by the tests.",
        "",
        r"Upper case: a matrix of any shape, lower case: a column vector or, where the shapes say so, a scalar. "
        r"$\mathrm{d}$ is the differential, $A : B = \operatorname{tr}(A^\top B)$ the Frobenius product, "
        r"$\odot$ and $\oslash$ work entry by entry. `where`: must be proved before the rule is used; "
        r"`assuming`: is used without proof, and then printed with the proof. $\to$: the direction in which the rule "
        r"is used, $=$: built into the normal form, or used both ways.",
        "",
    ]
    for file in files:
        lines += [f"## {FILES.get(file, file)} (`{file}`)", "", *rules_of(book, file, texts[file], style)]
    lines += ["## Variables with a structure (`structure.rules`)", ""]
    lines += ["$G$ is the gradient with all entries free. See [conventions](conventions.md).", ""]
    lines += projections_of(book, style)
    lines += ["## Functions (`functions.rules`)", "", *functions_of(book, style)]
    lines += ["## Facts (`facts.rules`)", "", "What closes under what.", "", *facts_of(book, style)]
    return GENERATED + "\n".join(lines)


# ---------------------------------------------------------------- coverage
def covered(record: dict[str, Any], answer: Answer) -> tuple[str, ...]:
    """The row of one question."""
    equation = record["source"].partition("), ")[2]
    question = record["ask"].replace("_", " ")
    if "wirtinger" in record:
        question = f"`{record['wirtinger']}`"
    about = f"{question} of `{record['f']}` by {formula(latex_name(record['wrt']))}"
    if "convention" in record:
        about += f", {record['convention']}"
    if not answer.proof:
        return prose(equation), f"`{record['id']}`", prose(record["title"]), about, "not answered", "", ""
    proof = answer.proof
    style = style_of(proof)
    kind = "exact" if proof.verification.kind == "exact" else "numerical"
    result = formula(style.text(proof.result))
    return (
        prose(equation), f"`{record['id']}`", prose(record["title"]), about, result, str(len(proof.lines())), kind,
    )  # fmt: skip


def coverage_page() -> str:
    """The Matrix Cookbook, equation by equation."""
    asked = [(record, ask(record)) for record in records("cookbook", "cookbook_complex")]
    answered = sum(bool(answer.proof) for _, answer in asked)
    lines = [
        "# The Matrix Cookbook, equation by equation",
        "",
        f"The equations of the Matrix Cookbook (Petersen & Pedersen, 2012) on derivatives, as questions: {answered} of "
        f"{len(asked)} are answered. `lines`: how many the proof has; `verified`: all of them by exact arithmetic, or "
        "numerically (see the [README](../README.md)). The tests compare every answer with the known one.",
        "",
    ]
    heads = ("equation", "problem", "title", "question", "answer", "lines", "verified")
    for file, title in (("cookbook", "Real variables"), ("cookbook_complex", "Complex variables")):
        rows = (covered(record, answer) for record, answer in asked if record["file"] == file)
        lines += [f"## {title}", "", *table(heads, rows)]
    return GENERATED + "\n".join(lines)


# ---------------------------------------------------------------- errors
_LONGEST_CELL = 200


def errors_page() -> str:
    """The catalogue of errors: what was asked, what is said, what works."""
    entries = [e for e in catalogue.entries() if len(str(e.wrong)) <= 1000]
    lines = [
        "# Errors",
        "",
        f"{len(entries)} mistakes, with the full text of what is said of each, and a program that works. An error says "
        "what is wrong, where (the caret stands in your own text, LaTeX too), why, and what to try: near names, or the "
        "smallest changes that make the shapes fit, each of which was tried before it is shown.",
        "",
        "Every error is a `derive.DeriveError`: `ParseError`, `ShapeError`, `AmbiguityError`, `NoRuleError`, "
        "`AssumptionNeeded`, `VerificationError` or `LimitError`. The command line writes it on standard error and "
        "ends with the exit code 2 where the input is not understood, and with 3 where it is understood and not "
        "answered.",
        "",
    ]
    for section, group in groupby(entries, key=lambda e: e.section):
        lines += [f"## {section}", ""]
        for entry in group:
            lines += _of_entry(entry)
    return GENERATED.replace("the rule files", "tests/messages/errors.txt") + "\n".join(lines)


def _of_entry(entry: catalogue.Entry) -> Iterator[str]:
    yield from (f"### {entry.title}", "")
    kind, _, message = entry.error.partition("\n")
    programs = [p for p in (entry.wrong, entry.right) if p]
    if any(p.file or len(p.text) > _LONGEST_CELL for p in programs):
        for name, program in zip(("Wrong", "Right"), programs):
            yield from (f"{name}: {_code(program.text)}", "")
            if program.file:
                yield from ("```text", *program.file.rstrip("\n").split("\n"), "```", "")
    else:
        heads = ("wrong", "right")[: len(programs)]
        yield from table(heads, [[_code(p.text).replace("|", r"\|") for p in programs]])
    yield from ("```text", kind, *message.split("\n"), "```", "")


def _code(text: str) -> str:
    """Code within a line."""
    text = text.removeprefix("$ ").removeprefix(">>> ")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def sympy_page() -> str:
    """What SymPy answers, and what is right."""
    import sympy_page  # beside this file: it imports SymPy

    return GENERATED.replace("the rule files", "docs/sympy_page.py") + sympy_page.sympy_page()


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page, "coverage.md": coverage_page, "errors.md": errors_page, "sympy.md": sympy_page,
}  # fmt: skip


def formulas(page: str) -> list[str]:
    """All that stands between dollars on a page, code aside.

    >>> formulas("a $x$ and `$HOME` and $$y$$")
    ['x', 'y']
    """
    page = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\$\$?([^$]+)\$\$?", re.sub(r"`[^`]*`", "", page))


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python docs/generate.py [--check]", file=sys.stderr)
        return 2
    old = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page().encode()
        if not path.exists() or path.read_bytes() != text:
            old.append(name)
            if not arguments:
                path.write_bytes(text)
    for name in old:
        print(f"docs/{name} is out of date" if arguments else f"docs/{name} written")
    return int(bool(arguments and old))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
