"""Loading and checking rule files: what is read, and what every kind of mistake says."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from derive.blocks import RuleError, read_blocks, rule_texts
from derive.bookcheck import canonical, check_all, problems
from derive.keys import statement_key
from derive.rulebook import Rule, RuleBook
from derive.terms import Term

BOOK = RuleBook.load()
FUNCTIONS = next((n, t) for n, t in rule_texts() if n == "functions.rules")
GOOD = "rule mine\n  A : B*C -> B'*A : C\n  shapes  A: m x n, B: m x p, C: p x n\n  say     s\n  cite    c\n"
SCALAR = "\n  kind scalar\n  shape A: n x n -> scalar\n  latex {0}\n  doc d\n"


def book(text: str) -> RuleBook:
    return RuleBook.read([FUNCTIONS, ("mine.rules", text)])


def complaint(text: str) -> str:
    """The first problem of a text, whether it shows at loading or at checking."""
    with pytest.raises(RuleError) as error:
        check_all(book(text))
    return str(error.value)


# ---------------------------------------------------------------- the book itself
def test_the_book_is_sound() -> None:
    assert list(problems(BOOK)) == []


def test_how_much_there_is() -> None:
    heads = [r.key[0] for r in BOOK.rules.values()]
    assert heads.count("d") >= 60
    assert sum(r.file == "colon.rules" for r in BOOK.rules.values()) >= 20
    assert sum(r.file == "algebra.rules" for r in BOOK.rules.values()) >= 60
    assert len(BOOK.functions) >= 70


def test_keys_from_the_text_are_the_heads_of_the_terms() -> None:
    for rule in BOOK.rules.values():
        for r in (rule, rule.lifted):
            if r is not None and r.key[-1] not in ("pow", "hpow"):  # 1/t is typed as a product
                assert r.key == key_of(r.lhs), r


def key_of(t: Term) -> tuple[str, ...]:
    if t.head == "d":
        return ("d", t.args[0].head)
    return ("colon", t.args[1].head) if t.head == "colon" else (t.head,)


def test_reciprocals_are_powers() -> None:
    assert statement_key("1/(1 + exp(-t))") == ("pow",)
    assert statement_key("d(1/t)") == ("d", "pow")
    assert statement_key("t^-1") == ("pow",)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (("d", "inv"), ["d-inverse-kron", "d-inverse"]),
        (("d", "log"), ["d-log-abs-det", "d-log-abs", "d-log-abs", "d-log", "d-log"]),
        (("colon", "mul"), ["colon-move-left", "colon-move-right", "colon-scalar-out"]),
        (("d", "tanh"), ["d-tanh", "d-tanh"]),
        (("d", "nothing"), []),
    ],
)
def test_by_key_gives_the_most_specific_first(key: tuple[str, ...], names: list[str]) -> None:
    assert [r.name for r in BOOK.by_key(key)] == names


def test_both_ways_rules_are_not_used_for_rewriting() -> None:
    assert BOOK.rules["trace-cyclic"].both_ways
    assert BOOK.rules["trace-cyclic"] not in BOOK.by_key(("tr",))


def test_what_a_function_brings() -> None:
    tanh, kron, mean = (BOOK.functions[n] for n in ("tanh", "kron", "mean"))
    assert str(tanh.law_text) == "1 - tanh(t)^2" and tanh.law is not None and tanh.law.head == "add"
    assert tanh.transpose == "commutes" and kron.transpose == "distributes"
    assert BOOK.rules["kron-transpose"].text == "kron(A,B)' = kron(A',B')"
    assert mean.means_term is not None and mean.parameters == ("A",)
    lifted = BOOK.rules["d-tanh"].lifted
    assert lifted is not None and lifted.rhs.head == "had" and lifted.shapes == {"t": ("m", "n")}


def test_conditions() -> None:
    rule = BOOK.rules["d-det-power"]
    assert [(p, t.name) for p, t in rule.when] == [("positive_integer", "k")]
    assert [(p, t.name) for p, t in rule.assumes] == [("invertible", "A")]
    assert {f.prop for f in BOOK.facts_for("positive_definite")} == {"positive_definite"}


def test_compiled_once() -> None:
    made: list[Rule] = []
    for _ in range(2):
        assert len(BOOK.compiled(("d", "vec"), lambda r: made.append(r) or r)) == 1  # type: ignore[func-returns-value]
    assert len(made) == 1


def test_texts_are_read_in_order_and_extended() -> None:
    mine = book(GOOD)
    assert mine.rules["mine"].line == 2 and mine.rules["mine"].file == "mine.rules"
    new = mine.extend("rule more\n  A'' -> A\n  shapes A: m x n\n  say s\n  cite c\n", "more.rules")
    assert [r.name for r in new] == ["more"] and new[0] in mine.by_key(("T",))


def test_loading_is_fast_and_parses_no_statement() -> None:
    best = min(timed() for _ in range(5))
    assert best < 0.03  # 5 ms on a quiet machine; a parse of every statement takes 45
    assert "lhs" not in RuleBook.load().rules["d-inverse"].__dict__


def timed() -> float:
    start = time.perf_counter()
    RuleBook.load().by_key(("d", "det"))
    return time.perf_counter() - start


def test_no_numbers_are_imported() -> None:
    code = (
        "import sys; from derive.rulebook import RuleBook; RuleBook.load(); "
        "print('numpy' in sys.modules, 'sympy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# ---------------------------------------------------------------- mistakes
def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def more(lines: str) -> str:
    return GOOD + lines


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (changed("B'*A : C", "B'*E : C"), ["mine.rules:2", "`E`"]),
        (changed("B'*A : C", "foo(B)'*A : C"), ["mine.rules:2", "foo"]),
        (changed("B'*A : C", "B*A : C"), ["mine.rules:2", "^"]),
        (changed("B'*A : C", "B'*A"), ["mine.rules:2", "different shapes", "scalar"]),
        (changed("B'*A : C", "B'*A : (C"), ["mine.rules:2", "bracket"]),
        (changed(" -> ", " : "), ["mine.rules:2", "no arrow"]),
        (changed("  say     s\n", ""), ["mine.rules:1", "`say`"]),
        (changed("  cite    c\n", "  cite\n"), ["mine.rules:5", "empty"]),
        (more("  cite    d\n"), ["mine.rules:6", "twice"]),
        (more("  wehn    invertible(A)\n"), ["mine.rules:1", "2 statements", "when"]),
        (more("  when    invertable(A)\n"), ["mine.rules:2", "invertable"]),
        (more("  when    A invertible\n"), ["mine.rules:2", "no condition"]),
        (more("  when    positive(E)\n"), ["mine.rules:2", "`E`"]),
        (more("  when    invertible(B)\n"), ["mine.rules:2", "not square"]),
        (changed("C: p x n", "C: p x n, D: p"), ["mine.rules:2", "`D: p`", "is a matrix"]),
        (changed("C: p x n", "C: p x n, D: p x p"), ["mine.rules:2", "`D`", "does not occur"]),
        (changed("C: p x n", "C: p by n"), ["mine.rules:2", "p by n"]),
        (changed("C: p x n", "C"), ["mine.rules:2", "`C`"]),
        (more("  lift    entrywise\n"), ["mine.rules:2", "cannot be lifted"]),
        (changed("rule mine", "rule mine too"), ["mine.rules:1", "begins no block"]),
        (changed("rule mine", "roole mine"), ["mine.rules:1", "begins no block"]),
        ("  A'' -> A\n" + GOOD, ["mine.rules:1", "before the first block"]),
        (GOOD + GOOD, ["mine.rules:6", "second rule", "mine.rules:2"]),
        (
            GOOD
            + "rule x\n  D : E*F -> E'*D : F\n  shapes D: p x q, E: p x r, F: r x q\n  say s\n  cite c\n",
            ["mine.rules:7", "`mine` with other names"],
        ),
        (
            "rule sizes\n  tr(A) -> tr(eye(m))*tr(A)\n  shapes A: n x n, m: dim\n  say s\n  cite c\n",
            ["mine.rules:2", "size `m`"],
        ),
        ("function tr" + SCALAR, ["mine.rules:1", "second function"]),
        ("function f" + SCALAR.replace("kind scalar", "kind scaler"), ["mine.rules:1", "`scaler`"]),
        ("function f" + SCALAR.replace("n x n -> scalar", "n by n"), ["mine.rules:1", "no `->`"]),
        ("function f" + SCALAR + "  d 1\n", ["mine.rules:1"]),
        ("function f\n  kind elementwise\n  shape t -> same\n  d u\n  latex {0}\n  doc d\n", ["`u`"]),
        ("function f" + SCALAR.replace("{0}", "f"), ["mine.rules:1", "LaTeX"]),
        ("function f" + SCALAR.replace("doc", "dock"), ["mine.rules:5", "`dock`"]),
        ("facts f\n  nice(A)\n  shapes A: n x n\n  say s\n  cite c\n", ["mine.rules:2", "`nice`"]),
        ("facts f\n  A is nice\n  shapes A: n x n\n  say s\n  cite c\n", ["mine.rules:2", "no fact"]),
    ],
)  # fmt: skip
def test_mistakes_name_file_and_line(text: str, parts: list[str]) -> None:
    said = complaint(text)
    for part in parts:
        assert part in said, said


def test_a_good_rule_has_no_problem() -> None:
    check_all(book(GOOD))


def test_renaming_sees_through_names_and_sizes_only() -> None:
    one, two = book(GOOD).rules["mine"], book(changed("B'*A : C", "C : B'*A")).rules["mine"]
    assert canonical(one) != canonical(two)


def test_comments_and_empty_lines() -> None:
    text = "# head\n\n" + changed("  say", "  # between\n\n  say").replace("c\n", "c   # behind\n")
    (block,) = read_blocks(text)
    assert block.fields["cite"] == "c" and block.line == 3
