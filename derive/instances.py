"""Random instances: sizes, values by properties at their weakest meaning, and directions inside a structure.

The generator is our own, so that a seed means the same numbers on every platform.  Draws work over any field:
orthogonal matrices come from Cayley's transform, which is rational, so the modular field has them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import linalg
from .evaluate import Value
from .fields import PRIME, DomainError, Field
from .linalg import Matrix, identity, inverse, matmul, plus, scale, transpose
from .records import record
from .terms import SCALAR, Dim, Term

_MASK = 2**64 - 1
_SHORT = 2**30  # entries of exact matrices: short numbers are fast, and an accident has a chance of degree/2^30
GENERIC_SIZES = (2, 3, 4)


class Random:
    """SplitMix64.

    >>> Random(1).below(10), Random(1).below(10)
    (4, 4)
    """

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK
        self.state = self.bits()  # neighbouring seeds must not give shifted copies of one stream

    def bits(self) -> int:
        """64 random bits."""
        self.state = s = (self.state + 0x9E3779B97F4A7C15) & _MASK
        s = (s ^ (s >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        s = (s ^ (s >> 27)) * 0x94D049BB133111EB & _MASK
        return s ^ (s >> 31)

    def below_each(self, n: int, count: int) -> list[int]:
        """`count` numbers below n, from 61 bits each."""
        s, numbers = self.state, []
        for _ in range(count):
            s = (s + 0x9E3779B97F4A7C15) & _MASK
            z = (s ^ (s >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _MASK
            numbers.append(((z ^ (z >> 31)) >> 3) % n)
        self.state = s
        return numbers

    def below(self, n: int) -> int:
        return (self.bits() >> 11) % n

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        rest, result = list(items), []
        while rest:
            result.append(rest.pop(self.below(len(rest))))
        return result


@record
class Style:
    """How numbers are drawn: their scale, their signs, and whether square matrices are near the identity."""

    scale: tuple[int, int] = (1, 1)
    positive: bool = False
    near_identity: bool = False


GENERIC = Style()
#: What is tried, in turn, when an instance turns out to be outside the domain; each several times.
STYLES = (
    GENERIC, Style(positive=True), Style((1, 3)), Style((1, 3), positive=True),
    Style((1, 4), near_identity=True), Style((5, 1), positive=True), Style((1, 10)),
    Style((1, 20), near_identity=True),
)  # fmt: skip
LARGE = Style((2, 1))
WIDE = Style((4, 1))  # complex numbers beyond the principal branch of the logarithm

#: Structures that are linear spaces of matrices.
LINEAR = ("symmetric", "hermitian", "positive_definite", "skew", "diagonal", "lower_triangular", "toeplitz")


class Draw:
    """Draws numbers and matrices of one instance."""

    def __init__(self, field: Field, random: Random, style: Style = GENERIC, flip: int | None = None) -> None:
        self.field, self.random, self.style = field, random, style
        self.flip = flip  # the sign of scalars, so that consecutive instances have both

    # ------------------------------------------------------------ numbers
    def number(self, positive: bool = False) -> Any:
        """About 0.4 to 1.6 with a random sign; in the modular field any residue modulo p."""
        bits, field = self.random.bits(), self.field
        if field.exact:
            return (bits >> 3) % PRIME
        top, bottom = self.style.scale
        size = field.fraction((4 * 2**40 + 12 * (bits >> 24)) * top, 10 * 2**40 * bottom)
        return size if positive or self.style.positive or bits & 1 else -size

    def scalar(self, props: Iterable[str]) -> Any:
        if "positive_integer" in props:
            return 2 + self.random.below(3)
        value = self.number("positive" in props)
        if self.flip is None or self.field.exact or "positive" in props or self.style.positive:
            return value
        self.flip += 1
        return abs(value) if self.flip % 2 else -abs(value)

    def matrix(self, m: int, n: int, positive: bool = False) -> list[list[Any]]:
        if self.field.exact:
            numbers = self.random.below_each(_SHORT, m * n)
            return [numbers[i : i + n] for i in range(0, m * n, n)]
        return [[self.number(positive) for _ in range(n)] for _ in range(m)]

    # ------------------------------------------------------------ matrices with properties
    def value(self, shape: tuple[int, int], props: frozenset[str]) -> Value:
        """A matrix of this size with these properties; a `DomainError` where the size does not allow it."""
        m, n = shape
        check_sizes(m, n, props)
        if not props and m != n:
            return self.matrix(m, n)
        for _ in range(40):
            a = self._candidate(m, n, props)
            if self._acceptable(a, props):
                return a
        raise DomainError("no well-conditioned matrix with these properties")

    def _candidate(self, m: int, n: int, props: frozenset[str]) -> Matrix:
        if "orthogonal" in props or "orthonormal_columns" in props:
            return self._orthonormal(m, n, props)
        a: Matrix = self.matrix(m, n, "positive" in props)
        if m == n and self.style.near_identity and "skew" not in props:
            a = plus(identity(n), scale(self.field.fraction(1, n), a))
        if "positive_definite" in props:
            return self._definite(a, props)
        return project(a, props, self.field)

    def _acceptable(self, a: Matrix, props: frozenset[str]) -> bool:
        """Square matrices are kept away from singular ones, where the structure allows it."""
        if self.field.exact or len(a) != len(a[0]):
            return True
        if "positive_determinant" in props and not linalg.determinant(a, self.field) > 0:
            return False
        try:
            size = linalg.largest(a) * linalg.largest(inverse(a, self.field))
        except DomainError:
            return "invertible" not in props
        return bool(size < 25) or "skew" in props or "lower_triangular" in props

    def _definite(self, a: Matrix, props: frozenset[str]) -> Matrix:
        f = self.field
        if f.exact:
            return project(a, props, f)
        n = len(a)
        if props & {"diagonal", "toeplitz", "lower_triangular"}:
            s = project(scale(f.fraction(1, 2 * n), a), props, f)
            return [[x + (i == j) * 2 if i == j else x for j, x in enumerate(row)] for i, row in enumerate(s)]
        square = scale(f.fraction(1, n), matmul(a, transpose(a)))
        low = f.fraction(*self.style.scale) / 2
        return [[x + low if i == j else x for j, x in enumerate(row)] for i, row in enumerate(square)]

    def _orthonormal(self, m: int, n: int, props: frozenset[str]) -> Matrix:
        """Columns of (I - S)(I + S)^{-1} D with S skew and D = diag(+-1): Cayley, both determinants."""
        f, mod = self.field, self.field.modulus
        signs = [1 - 2 * (self.random.bits() & 1) for _ in range(m)]
        if "diagonal" in props:
            return [[signs[i] if i == j else 0 for j in range(n)] for i in range(m)]
        if "symmetric" in props:  # a reflection
            v = self.matrix(m, 1)
            norm = linalg.colon(v, v, mod)
            c = -2 * f.inverse(norm)
            return plus(identity(m), scale(c, matmul(v, transpose(v), mod), mod), mod)
        a = self.matrix(m, m)
        s = plus(a, scale(-1, transpose(a), mod), mod)
        unit = identity(m)
        q = matmul(plus(unit, scale(-1, s, mod), mod), inverse(plus(unit, s, mod), f), mod)
        return [[row[j] * signs[j] % mod if mod else row[j] * signs[j] for j in range(n)] for row in q]


def check_sizes(m: int, n: int, props: frozenset[str]) -> None:
    """A `DomainError` where no matrix of this size can have the properties."""
    if not props:
        return
    if (m < n and props & {"full_column_rank", "orthonormal_columns"}) or (
        m > n and "full_row_rank" in props
    ):
        raise DomainError("the sizes do not allow the rank")
    if props & {"orthogonal", "orthonormal_columns"} and props & _NOT_ORTHONORMAL:
        raise DomainError("no numbers are drawn for orthonormal columns with this structure")
    if m != n and props & _SQUARE:
        raise DomainError("a square matrix is needed")


_NOT_ORTHONORMAL = frozenset({"skew", "toeplitz", "positive", "lower_triangular"})
_SQUARE = frozenset({*LINEAR, "orthogonal", "invertible", "positive_determinant"})


# ---------------------------------------------------------------- structures
def project(a: Matrix, props: Iterable[str], field: Field) -> Matrix:
    """The nearest matrix with the linear structures among `props` (in the Frobenius norm)."""
    mod = field.modulus
    props = set(props)
    if props & {"symmetric", "hermitian", "positive_definite"}:
        a = scale(field.fraction(1, 2), plus(a, transpose(a), mod), mod)
    if "skew" in props:
        a = scale(field.fraction(1, 2), plus(a, scale(-1, transpose(a), mod), mod), mod)
    if "diagonal" in props:
        a = [[x if i == j else 0 for j, x in enumerate(row)] for i, row in enumerate(a)]
    if "lower_triangular" in props:
        a = [[x if j <= i else 0 for j, x in enumerate(row)] for i, row in enumerate(a)]
    if "toeplitz" in props:
        sums = diagonal_sums(a)
        n = len(a)
        mean = {k: s * field.fraction(1, n - abs(k)) for k, s in sums.items()}
        a = [[mean[j - i] % mod if mod else mean[j - i] for j in range(n)] for i in range(n)]
    return a


def diagonal_sums(a: Matrix) -> dict[int, Any]:
    """The sum of each diagonal, by column minus row."""
    sums: dict[int, Any] = {}
    for i, row in enumerate(a):
        for j, x in enumerate(row):
            sums[j - i] = sums.get(j - i, 0) + x
    return sums


def tangent(r: Matrix, x: Matrix, props: frozenset[str], field: Field) -> Matrix:
    """The orthogonal projection of `r` to the directions in which `x` may move.

    For orthonormal columns: R - X sym(X'R).
    """
    mod = field.modulus
    if props & {"orthogonal", "orthonormal_columns"}:
        inner = project(matmul(transpose(x), r, mod), ("symmetric",), field)
        return plus(r, scale(-1, matmul(x, inner, mod), mod), mod)
    return project(r, props, field)


def tied(r: Matrix, props: frozenset[str], field: Field) -> Matrix:
    """The sum of r[i,j] times the direction in which entry (i,j) moves with all entries tied to it."""
    mod = field.modulus
    if "toeplitz" in props:
        sums, n = diagonal_sums(r), len(r)
        if props & {"symmetric", "positive_definite"}:
            sums = {k: s + (sums[-k] if k else 0) for k, s in sums.items()}
        r = [[sums[j - i] % mod if mod else sums[j - i] for j in range(n)] for i in range(n)]
    elif props & {"symmetric", "hermitian", "positive_definite"}:
        r = [[x if i == j else x + r[j][i] for j, x in enumerate(row)] for i, row in enumerate(r)]
    elif "skew" in props:
        r = [[x - r[j][i] for j, x in enumerate(row)] for i, row in enumerate(r)]
    return project(r, props & {"diagonal", "lower_triangular"}, field)


# ---------------------------------------------------------------- instances
def letters_of(shapes: Iterable[tuple[Dim, Dim]]) -> list[str]:
    """The dimension letters of shapes, in order of first appearance."""
    found: dict[str, None] = {}
    for shape in shapes:
        for dim in shape:
            for factor in dim if isinstance(dim, tuple) else (dim,):
                if isinstance(factor, str):
                    found[factor] = None
    return list(found)


class Sizes(dict[str, int]):
    """Letter -> size.  A letter that no variable has gets a size of its own when it is first met."""

    def __missing__(self, letter: str) -> int:
        used = set(self.values())
        self[letter] = size = next(k for k in range(2, len(self) + 3) if k not in used)
        return size


#: So many different sizes are enough: a network of 100 layers needs no 100 x 100 matrices.
MOST_SIZES = 6


def draw_sizes(letters: Sequence[str], random: Random, ones: str = "none", larger: int = 0) -> Sizes:
    """Distinct sizes for distinct letters, from 2 (plus `larger`) upwards; beyond `MOST_SIZES` letters they recur.

    `ones` says which of them are 1: ``none``, ``some`` or ``all``.
    """
    if ones == "all":
        return Sizes(dict.fromkeys(letters, 1))
    pool = GENERIC_SIZES if len(letters) <= 3 else range(2, min(len(letters), MOST_SIZES) + 2)
    drawn = [k for _ in range(0, len(letters), len(pool)) for k in random.shuffled(pool)]
    sizes = Sizes(zip(letters, [k + larger for k in drawn]))
    if ones == "some" and letters:
        chosen = [letter for letter in letters if random.bits() & 1]
        if not chosen or len(chosen) == len(letters) > 1:
            chosen = [letters[random.below(len(letters))]]
        sizes.update(dict.fromkeys(chosen, 1))
    return sizes


class Instance(NamedTuple):
    """Sizes and values of all variables, over a field; how to draw it again is (seed, attempt)."""

    field: Field
    sizes: Sizes
    values: dict[str, Value]
    draw: Draw

    def size(self, dim: Dim) -> int:
        product = 1
        for factor in dim if isinstance(dim, tuple) else (dim,):
            product *= factor if isinstance(factor, int) else self.sizes[factor]
        return product

    def direction(self, shape: tuple[Dim, Dim]) -> Value:
        """A random direction of this shape, without structure."""
        if shape == SCALAR:
            return self.draw.number()
        return self.draw.matrix(self.size(shape[0]), self.size(shape[1]))


def draw(
    symbols: Mapping[str, Term],
    letters: Sequence[str],
    field: Field,
    random: Random,
    style: Style = GENERIC,
    ones: str = "none",
    flip: int | None = None,
    larger: int = 0,
    kind: type[Draw] = Draw,
    fits: Callable[[Instance], None] = lambda _: None,
) -> Instance:
    """A random instance; a `DomainError` where the sizes drawn do not allow the properties, or do not fit."""
    sizes = draw_sizes(letters, random, ones, larger)
    source = kind(field, random, style, flip)
    instance = Instance(field, sizes, {}, source)
    # sizes first: most failures are found before any number is drawn
    fits(instance)
    shapes = {}
    for name, symbol in symbols.items():
        if symbol.shape != SCALAR:
            m, n = instance.size(symbol.shape[0]), instance.size(symbol.shape[1])
            check_sizes(m, n, symbol.payload.props)
            shapes[name] = m, n
    for name, symbol in symbols.items():
        props = symbol.payload.props
        shape = shapes.get(name)
        instance.values[name] = source.scalar(props) if shape is None else source.value(shape, props)
    return instance
