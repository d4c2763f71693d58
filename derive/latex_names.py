"""Which variable a letter, its accent and its subscript are."""

from __future__ import annotations

from collections.abc import Collection

from .errors import AmbiguityError, ParseError
from .latex_words import ALIASES, LETTERS
from .near import either, near

Span = tuple[int, int]


class Names:
    """The names of a text: where shapes are given only the declared ones, else any letter."""

    def __init__(self, text: str, known: Collection[str], strict: bool, sizes: Collection[str]) -> None:
        self.text, self.known, self.strict, self.sizes = text, set(known), strict, set(sizes)
        self.fonts: dict[str, tuple[str, Span]] = {}
        self.bound: list[str] = []  # the indices of the sums around the place

    def declared(self, name: str) -> bool:
        return name in self.known or name in self.sizes

    def find(self, stem: str, accents: tuple[str, ...], index: tuple[str, ...]) -> str | None:
        r"""The declared name that is written so, or None.

        >>> names = Names("", ["lam", "x_hat", "W1"], True, [])
        >>> names.find("lambda", (), ()), names.find("x", ("hat",), ()), names.find("W", (), ("1",))
        ('lam', 'x_hat', 'W1')
        """
        found = [n for n in self.spellings(stem, accents, index) if self.declared(n)]
        return found[0] if found else None

    @staticmethod
    def spellings(stem: str, accents: tuple[str, ...], index: tuple[str, ...]) -> list[str]:
        """Every way in which the name may be declared, the usual one first."""
        stems = [stem, *ALIASES.get(stem, ()), *([LETTERS[stem]] if stem in LETTERS else [])]
        accented = []
        for s in stems:
            accented.append("_".join([s, *accents]))
            if accents:
                accented += [s + "".join(accents), "_".join([*accents, s])]
        if not index:
            return accented
        parts = ["_" + "_".join(index), "_" + "".join(index), "".join(index)]
        spelled = [a + p for a in accented for p in dict.fromkeys(parts)]
        if accents:
            spelled += [s + p + "_" + "_".join(accents) for s in stems for p in parts[:2]]
        return spelled

    def name(self, stem: str, accents: tuple[str, ...], index: tuple[str, ...], span: Span, font: str = "") -> str:
        """The variable; raises `ParseError` where shapes are given and it is not among them."""
        found = self.find(stem, accents, index)
        if found is None:
            if self.strict:
                raise self.unknown(stem, accents, index, span)
            found = self.spellings(stem, accents, index)[0]
        self.same_font(found, font, span)
        return found

    def same_font(self, name: str, font: str, span: Span) -> None:
        r"""``\mathcal L`` and ``L`` in one formula are two variables, and would be read as one."""
        before = self.fonts.setdefault(name, (font, span))
        if before[0] != font:
            first, second = self.text[before[1][0] : before[1][1]], self.text[span[0] : span[1]]
            raise AmbiguityError(
                f"`{first}` and `{second}` would both be read as the variable {name}",
                text=self.text,
                span=span,
                hint="give one of them another letter",
            )

    def unknown(self, stem: str, accents: tuple[str, ...], index: tuple[str, ...], span: Span) -> ParseError:
        name = self.spellings(stem, accents, index)[0]
        shown = self.text[span[0] : span[1]]
        close = near(name, sorted(self.known | self.sizes)) or sorted(
            n for n in self.known if n[0] == stem[0] and len(stem) == 1
        )
        hint = f"did you mean {either(close[:3])}? otherwise " if close else ""
        given = ", ".join(sorted(self.known)[:8])
        return ParseError(
            f"`{name}` is not among the given shapes",
            text=self.text,
            span=span,
            why=f"{shown} is read as the name {name}; shapes are given for {given}" if given else "",
            hint=f'{hint}declare it, as in "{name}: m x n"',
        )
