"""Matrix calculus with proofs: rule-based derivations, each line verified by numbers."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_API = (
    "differential", "function", "gradient", "hessian", "jacobian", "matrix_jacobian", "parse", "parse_latex",
    "wirtinger",
)  # fmt: skip
_ERRORS = (
    "AmbiguityError", "AssumptionNeeded", "DeriveError", "LimitError", "NoRuleError", "ParseError", "ShapeError",
    "VerificationError",
)  # fmt: skip
_CHECKING = {"check": "judge", "Report": "report"}
_CLASSES = ("Derivation", "Let", "Line", "Step", "Verification")
__all__ = [*_API, *_CHECKING, *_ERRORS, *_CLASSES, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Loads a part of the package when it is first asked for, so that importing costs nothing."""
    from importlib import import_module

    module = "api" if name in _API else "errors" if name in _ERRORS else "derivation" if name in _CLASSES else None
    if name in _CHECKING:
        module = f"checking.{_CHECKING[name]}"
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{module}", __name__), name)
