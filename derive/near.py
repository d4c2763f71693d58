"""Names near to one that is not known, for "did you mean"."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .errors import ParseError

_MOST = 3
_LONGEST = 40


def near(name: str, names: Iterable[str]) -> list[str]:
    """The names at the least distance from `name`, three at most; none where all are far.

    The distance counts letters added, left out, changed and exchanged with their neighbour; a change of case counts
    half.  Where nothing is that near, names that begin with `name` are.

    >>> near("logdett", ["logdet", "log", "det"]), near("tr", ["sum"]), near("sigmiod", ["sigmoid"])
    (['logdet'], [], ['sigmoid'])
    >>> near("orth", ["orthogonal", "orthonormal_columns", "real"]), near("Sigma", ["sigma", "X"])
    (['orthogonal', 'orthonormal_columns'], ['sigma'])
    """
    if not name or len(name) > _LONGEST:
        return []
    most = 2 * max(1, (len(name) + 1) // 4) if len(name) > 1 else 1
    measured = [(_distance(name, other, most), other) for other in dict.fromkeys(names) if other != name]
    least = min((d for d, _ in measured), default=most + 1)
    if least <= most:
        return [other for d, other in measured if d == least][:_MOST]
    longer = [other for _, other in measured if len(name) >= 3 and other.lower().startswith(name.lower())]
    return longer[:_MOST]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The question, or an empty text.

    >>> did_you_mean("trase", ["trace", "tr"])
    'did you mean `trace`?'
    """
    found = near(name, names)
    return f"did you mean {either(found)}?" if found else ""


def either(names: Iterable[str], conjunction: str = "or") -> str:
    """Names as code, in words.

    >>> either(["a", "b", "c"])
    '`a`, `b` or `c`'
    """
    quoted = [f"`{n}`" for n in names]
    return f" {conjunction} ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))


#: Heads of terms that are no functions, in words.
_OPERATIONS = {
    "had": "an elementwise product", "hpow": "an elementwise power", "pow": "a power", "mul": "a product",
    "add": "a sum", "T": "a transpose", "colon": "a Frobenius product", "d": "a differential",
}  # fmt: skip


def operation(head: str) -> str:
    """The head of a term for a message.

    >>> operation("tanh"), operation("had")
    ('`tanh`', 'an elementwise product')
    """
    return _OPERATIONS.get(head, f"`{head}`")


def no_rule_hint(head: str) -> str:
    """What to try where a rule is missing for a head."""
    own = "add a rule to a file and use it with --rules FILE (it is verified first)"
    if head in ("conj", "real", "imag"):
        return f"for complex variables ask for the derivative by one of them (derive.wirtinger); or {own}"
    return own


def one_of(what: str, value: object, choices: Collection[str]) -> None:
    """Raises `ParseError` for a word that is none of the choices."""
    if not isinstance(value, str) or value not in choices:
        question = did_you_mean(str(value), choices)
        hint = f"{what} is one of {', '.join(choices)}"
        raise ParseError(f"unknown {what} `{str(value)[:40]}`", hint=f"{question} {hint}".strip())


def _distance(a: str, b: str, most: int) -> int:
    """Twice the edit distance, or a number beyond `most`."""
    if 2 * abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(0, 2 * len(b) + 1, 2))
    for i, c in enumerate(a, 1):
        last, before, row = before, row, [2 * i]
        for j, d in enumerate(b, 1):
            change = 0 if c == d else 1 if c.lower() == d.lower() else 2
            best = min(before[j] + 2, row[j - 1] + 2, before[j - 1] + change)
            if i > 1 and j > 1 and c == b[j - 2] and a[i - 2] == d:
                best = min(best, last[j - 2] + 2)
            row.append(best)
    return row[-1]
