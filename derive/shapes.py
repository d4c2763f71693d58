"""Shapes and their texts, signatures of functions, properties, and the convention for undeclared names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .errors import ShapeError
from .records import record
from .terms import SCALAR, Dim, Shape, dim_product, dim_text, shape_text

Span = tuple[int, int]

#: What a property asks of the shape of the matrix that has it.
PROPERTIES: dict[str, str] = {
    "symmetric": "square",
    "skew": "square",
    "diagonal": "square",
    "lower_triangular": "square",
    "toeplitz": "square",
    "hermitian": "square",
    "orthogonal": "square",
    "orthonormal_columns": "any",
    "invertible": "square",
    "positive_definite": "square",
    "positive_determinant": "square",
    "full_column_rank": "any",
    "full_row_rank": "any",
    "positive": "any",
    "positive_integer": "scalar",
    "real": "any",
}

#: Properties that no matrix has together, or only one, and which that is.
CONTRADICTIONS: dict[frozenset[str], str] = {
    frozenset({"skew", "symmetric"}): "only the zero matrix is",
    frozenset({"skew", "diagonal"}): "only the zero matrix is",
    frozenset({"skew", "lower_triangular"}): "only the zero matrix is",
    frozenset({"skew", "positive_definite"}): "no matrix is",
    frozenset({"skew", "positive"}): "the diagonal of a skew matrix is 0",
    frozenset({"orthogonal", "positive_definite"}): "only the identity is, which is written eye(n)",
}

# ---------------------------------------------------------------- texts
NAME = re.compile(r"[^\W\d_]\w*")
_WORDS = {"scalar": SCALAR, "number": SCALAR}
_MISTAKES = {"vector": "n", "column": "n", "matrix": "m x n", "square": "n x n", "row": "1 x n"}
LARGEST = 10**9  # of a dimension that is an integer
_SHAPES = (
    "`m x n` for a matrix, `n` for a column vector, `scalar` for a number; "
    "a dimension is an integer, a letter or a product such as m*n"
)


def parse_dim(text: str) -> Dim:
    """The dimension that a text such as ``n``, ``3`` or ``2*m*n`` names.

    >>> parse_dim("n"), parse_dim("n*2*m"), parse_dim("2*3")
    ('n', (2, 'm', 'n'), 6)
    """
    factors: list[Dim] = []
    for part in text.split("*"):
        word = part.strip()
        if re.fullmatch(r"[0-9]{1,10}", word) and 0 < int(word) <= LARGEST:
            factors.append(int(word))
        elif is_name(word):
            factors.append(word)
        else:
            raise _bad_shape(text, f"`{_cut(word)}` is no dimension" if word else "a dimension is missing")
    return dim_product(*factors)


@lru_cache(maxsize=4096)
def parse_shape(text: str) -> Shape:
    """The shape that a text names: ``m x n`` a matrix, ``n`` a column vector, ``scalar`` a number.

    Raises `ShapeError` where the text names none.

    >>> parse_shape("m x n"), parse_shape("n"), parse_shape("scalar"), parse_shape("3x2")
    (('m', 'n'), ('n', 1), (1, 1), (3, 2))
    """
    short = text.strip()
    if short in _WORDS:
        return _WORDS[short]
    if short in _MISTAKES:
        raise _bad_shape(text, "a shape is given by its dimensions", f"`{_MISTAKES[short]}`")
    if re.fullmatch(r"[A-Za-z]x[A-Za-z]", short):
        spaced = " x ".join(short.split("x", 1)) if short.count("x") == 1 else "n x n"
        raise _bad_shape(text, f"`{short}` is one word", f"`{spaced}`, with spaces")
    parts = re.split(r"\s+[xX×]\s+|(?<=[0-9])\s*[xX×]\s*(?=[0-9])|\s*×\s*", short)
    if len(parts) > 2:
        raise _bad_shape(text, "a shape has at most two dimensions")
    rows = parse_dim(parts[0])
    return (rows, parse_dim(parts[1]) if len(parts) == 2 else 1)


def is_name(word: str) -> bool:
    """Can `word` be the name of a variable or a dimension: a letter, then letters, digits and ``_``?"""
    if not NAME.fullmatch(word):
        return False
    return word.isascii() or bad_letter(word) is None


def bad_letter(word: str) -> int | None:
    """The place of the first character that no name may hold (``²``, ``ᵀ``, ``₁``), or None."""
    for i, c in enumerate(word):
        if c != "_" and unicodedata.category(c) not in ("Lu", "Ll", "Lt", "Lo", "Nd"):
            return i
    return None


def _bad_shape(text: str, why: str, hint: str = "") -> ShapeError:
    return ShapeError(
        f"`{_cut(text)}` is not a shape",
        why=why,
        hint=f"write {hint or _SHAPES}",
    )


def _cut(text: str, width: int = 40) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def letters(shape: Shape) -> Iterable[str]:
    """The letters in a shape, in order.

    >>> list(letters((("m", "n"), 3)))
    ['m', 'n']
    """
    for dim in shape:
        for factor in dim if isinstance(dim, tuple) else (dim,):
            if isinstance(factor, str):
                yield factor


def kind_text(shape: Shape) -> str:
    """With an article, for messages: ``a scalar``, ``a column vector (n)``, ``a matrix (m x n)``."""
    if shape == SCALAR:
        return "a scalar"
    if shape[1] == 1:
        return f"a column vector ({dim_text(shape[0])})"
    if shape[0] == 1:
        return f"a row vector ({shape_text(shape)})"
    return f"a matrix ({shape_text(shape)})"


# ---------------------------------------------------------------- the field's convention for names
_GREEK = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda lam mu nu xi omicron
rho varrho sigma varsigma tau upsilon phi varphi chi psi omega pi
"""
GREEK = frozenset(_GREEK.split())


@lru_cache(maxsize=4096)
def convention(name: str) -> str:
    """What an undeclared name is: ``matrix``, ``vector``, ``scalar``, or ``""`` where no convention says.

    >>> [convention(n) for n in ("X", "W_1", "Sigma", "x", "t", "lam_2", "α")]
    ['matrix', 'matrix', 'matrix', 'vector', 'vector', 'scalar', 'scalar']
    """
    first = name[0]
    if first.isupper():
        return "matrix"
    if not first.islower():
        return ""
    greek = "\u0370" <= first <= "\u03ff"
    word = re.match(r"([a-z]+)[0-9]*(_|$)", name)
    return "scalar" if greek or (word and word[1] in GREEK) else "vector"


# ---------------------------------------------------------------- signatures
@record
class Signature:
    """Shapes of the arguments and of the value of a function; every letter is any dimension.

    `sizes` holds the places of parameters that are dimensions themselves (``unvec(x, m, n)``);
    a signature without parameters is a constant.
    """

    params: tuple[tuple[str, Shape], ...]
    result: Shape
    sizes: frozenset[int] = frozenset()

    @property
    def elementwise(self) -> bool:
        """Any shape in, the same shape out."""
        return len(self.params) == 1 and self.params[0][1] == self.result == _ANY

    def __str__(self) -> str:
        parts = []
        for i, (name, shape) in enumerate(self.params):
            parts.append(name if i in self.sizes or shape == _ANY else f"{name}: {shape_text(shape)}")
        return ", ".join(parts)


_ANY: Shape = ("rows", "columns")


@lru_cache(maxsize=1024)
def parse_signature(text: str) -> Signature:
    """The signature that a line of text describes; raises `ShapeError` where it describes none.

    >>> parse_signature("A: m x n, B: p x q -> m*p x n*q").result
    (('m', 'p'), ('n', 'q'))
    >>> parse_signature("t -> same").elementwise, parse_signature("-> scalar").params
    (True, ())
    >>> parse_signature("x: m*n, m, n -> m x n").sizes == {1, 2}  # a bare name is a dimension
    True
    """
    left, arrow, right = text.partition("->")
    if not arrow:
        raise ShapeError(
            f"`{_cut(text)}` is not a signature", why="it has no `->`", hint="`A: n x n -> scalar`"
        )
    params: list[tuple[str, Shape]] = []
    sizes = set()
    for i, part in enumerate(p for p in left.split(",") if p.strip()):
        name, colon, shape = (s.strip() for s in part.partition(":"))
        if not is_name(name):
            raise ShapeError(f"`{_cut(text)}` is not a signature", why=f"`{_cut(name)}` is no name")
        if colon and shape != "dim":
            params.append((name, parse_shape(shape)))
        elif right.strip() == "same":
            params.append((name, _ANY))
        else:
            sizes.add(i)
            params.append((name, (name, 1)))
    result = _ANY if right.strip() == "same" else parse_shape(right)
    return Signature(tuple(params), result, frozenset(sizes))


def parse_signatures(text: str) -> tuple[Signature, ...]:
    """One signature per line (or between ``;``)."""
    return tuple(parse_signature(line.strip()) for line in re.split(r"[;\n]", text) if line.strip())
