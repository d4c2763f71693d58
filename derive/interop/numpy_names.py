"""The functions of NumPy, SciPy and PyTorch that are read: names, not meanings."""

from __future__ import annotations

#: Names of modules, as they are usually imported.
ROOTS = frozenset("np numpy jnp scipy sp torch math linalg LA special F".split())

CONSTANTS = {"pi": "pi", "e": "e"}

#: Functions that act on every entry, with the name of ours.
ELEMENTWISE: dict[str, str] = {
    **{n: n for n in "exp log sqrt abs sin cos tan sinh cosh tanh arcsin arccos arctan sign conj".split()},
    "absolute": "abs", "fabs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "conjugate": "conj",
    "expit": "sigmoid", "erf": "erf", "gammaln": "gammaln", "digamma": "digamma", "psi": "digamma",
    "ndtr": "normcdf", "sigmoid": "sigmoid", "relu": "relu", "softplus": "softplus", "lgamma": "gammaln",
}  # fmt: skip

_PLAIN = (
    "exp log sqrt abs absolute fabs sin cos tan sinh cosh tanh arcsin arccos arctan asin acos atan sign conj conjugate "
    "log1p expm1 log2 log10 square reciprocal negative add subtract multiply divide true_divide power float_power "
    "matmul dot inner vdot outer kron trace sum mean max min amax amin maximum transpose diag diagonal tril triu eye "
    "identity ones zeros ones_like zeros_like ravel einsum"
)
_LINALG = "norm inv pinv det matrix_power solve matmul slogdet"
_SCIPY_LINALG = "norm inv pinv det solve expm logm sqrtm sinm cosm"
_SPECIAL = "expit erf gammaln digamma psi ndtr logsumexp softmax log1p expm1"
_TORCH = (
    "exp log sqrt abs sin cos tan sinh cosh tanh asin acos atan arcsin arccos arctan sign log1p expm1 log2 log10 "
    "square reciprocal neg add sub mul div pow matmul mm mv dot inner outer kron trace tril triu eye "
    "ones_like zeros_like sigmoid relu erf lgamma digamma logdet det inverse pinverse einsum sum mean max min"
)
_MODULES: dict[str, str] = {
    "numpy": _PLAIN,
    "numpy.linalg": _LINALG,
    "scipy.linalg": _SCIPY_LINALG,
    "scipy.special": _SPECIAL,
    "torch": _TORCH,
    "torch.linalg": "norm inv pinv det solve matrix_power matrix_exp",
    "torch.special": "expit erf gammaln digamma psi ndtr log1p expm1",
    "torch.nn.functional": "sigmoid relu softplus tanh",
    "math": "exp log sqrt sin cos tan sinh cosh tanh asin acos atan erf lgamma log1p expm1 log2 log10",
}
_FUNCTIONS: dict[str, frozenset[str]] = {module: frozenset(names.split()) for module, names in _MODULES.items()}
KNOWN: frozenset[str] = frozenset().union(*_FUNCTIONS.values())
_ROOTS_OF: dict[str, tuple[str, ...]] = {
    "np": ("numpy",), "numpy": ("numpy",), "jnp": ("numpy",), "scipy": ("scipy",), "sp": ("scipy",),
    "torch": ("torch",), "math": ("math",), "linalg": ("numpy.linalg", "scipy.linalg"),
    "LA": ("numpy.linalg", "scipy.linalg"), "special": ("scipy.special",), "F": ("torch.nn.functional",),
}  # fmt: skip
#: Other names of one function.
_SAME = {
    "identity": "eye", "amax": "max", "amin": "min", "neg": "negative", "sub": "subtract", "mul": "multiply",
    "div": "divide", "true_divide": "divide", "float_power": "power", "pow": "power", "mm": "matmul", "mv": "matmul",
    "inverse": "inv", "pinverse": "pinv", "matrix_exp": "expm", "flatten": "ravel",
}  # fmt: skip
#: Functions whose arguments after the first are options: their names, in order.
SIZED: dict[str, tuple[str, ...]] = {
    "sum": ("axis",), "mean": ("axis",), "max": ("axis",), "min": ("axis",), "norm": ("ord", "axis"),
    "matrix_power": ("n",), "logsumexp": ("axis",), "softmax": ("axis",), "diag": ("k",), "tril": ("k",),
    "triu": ("k",), "trace": ("offset",), "python.sum": (), "diagonal": ("offset",),
}  # fmt: skip
#: What to do about functions that are not read.
ALIASES = {
    "logaddexp": "write np.log(np.exp(x) + np.exp(y))",
    "minimum": "write -np.maximum(-x, 0) for the smaller of x and 0",
    "reshape": "declare the array with the shape that is meant",
    "cholesky": "declare the factor as a variable, lower_triangular",
    "var": "write np.mean((x - np.mean(x))**2)",
    "std": "write np.sqrt(np.mean((x - np.mean(x))**2))",
    "where": "piecewise functions are np.abs, np.sign and np.maximum(x, 0)",
    "clip": "piecewise functions are np.abs, np.sign and np.maximum(x, 0)",
    "sum": "write np.sum(x)",
}


def resolve(parts: tuple[str, ...]) -> str:
    """The name in our table of a function that is written with dots, or ``""``.

    >>> resolve(("np", "linalg", "norm")), resolve(("scipy", "special", "expit")), resolve(("np", "expm"))
    ('norm', 'expit', '')
    """
    if not parts:
        return ""
    name = parts[-1]
    if len(parts) == 1:
        known = any(name in names for names in _FUNCTIONS.values())
        return _SAME.get(name, name) if known else ""
    for root in _ROOTS_OF.get(parts[0], ()):
        if name in _FUNCTIONS.get(".".join((root, *parts[1:-1])), ()):
            return _SAME.get(name, name)
    return ""
