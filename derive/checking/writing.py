"""The right line in words: as ASCII, and as LaTeX in the notation of the line that was wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..printers.latex_style import LatexStyle
from ..printers.names import latex_name
from ..terms import Term

if TYPE_CHECKING:
    from .known import Known
    from .outline import Claimed

_TRACE = re.compile(
    r"\\(?:tr|Tr|trace)(?![a-zA-Z])|\{\s*(?:\\rm\s*)?(?:tr|Tr|trace)\s*\}|(?<![A-Za-z\\])(?:tr|Tr)\s*\("
)


def suggestions(known: Known, claim: Claimed, right: Term) -> tuple[str, str]:
    """``left = right`` as ASCII and as LaTeX."""
    relation = "=" if claim.relation == "=" else "~"
    lhs = claim.lhs
    if claim.key.expression is not None or (not claim.key.function and claim.side.expression):
        lhs = claim.written
    elif lhs.startswith("0"):
        lhs = claim.written if claim.left is None or "D_" in str(claim.left) else str(claim.left)
    function, variable = claim.key.function, claim.key.variable or known.wrt
    if function not in ("", "f"):
        lhs = re.sub(r"(?<![A-Za-z])(d2?)f", rf"\1{function}", lhs)
    own = "\\" in claim.written or claim.lhs.startswith("0") or lhs == claim.written
    left = claim.written if own else left_latex(lhs, variable)
    if claim.other_left or (claim.side.expression and claim.key.expression is None):
        left = left_latex(lhs, variable)
    shown = right
    if claim.side.transposed and claim.side.kind == "gradient" and right.shape[0] != 1:
        shown = right.args[0] if right.head == "T" else Term("T", (right,), (right.shape[1], right.shape[0]), None)
    names = {name: rf"\Delta {name[6:]}" for name in known.small if name.startswith("Delta_")}
    if claim.side.kind == "entry":
        names["J"] = f"J^{{{''.join(claim.side.entry)}}}"
    notation = "trace" if _TRACE.search(claim.text) else "inner" if r"\langle" in claim.text else "colon"
    body = LatexStyle(notation, names).text(shown)
    if claim.every_entry:
        body = rf"\left({body}\right)_{{{''.join(claim.side.entry)}}}"
    return f"{lhs} {relation} {right}", f"{left} {'=' if relation == '=' else chr(92) + 'approx'} {body}"


def left_latex(lhs: str, variable: str) -> str:
    """A left side as LaTeX."""
    shown = latex_name(variable)
    m = re.fullmatch(r"d(\w+?)/d\w+\[(\w+)(?:,(\w+))?\]", lhs)
    if m:
        return rf"\frac{{\partial {latex_name(m[1])}}}{{\partial {shown}_{{{m[2]}{m[3] or ''}}}}}"
    m = re.fullmatch(r"d(\w+?)/d\w+", lhs)
    if m:
        return rf"\frac{{\partial {latex_name(m[1])}}}{{\partial {shown}}}"
    m = re.fullmatch(r"d2(\w+?)/d\w+2", lhs)
    if m:
        return rf"\nabla^2 {latex_name(m[1])}"
    if lhs == "d2f":
        return "d^2 f"
    m = re.fullmatch(r"vec\(d(\w+)\)", lhs)
    if m:
        return rf"\operatorname{{vec}}(d{latex_name(m[1])})"
    m = re.fullmatch(r"d(\w+)", lhs)
    if m:
        return f"d{latex_name(m[1])}"
    m = re.fullmatch(r"(\w+)\((\w+) \+ (\w+)(?:\*(\w+))?\)", lhs)
    if m:
        step = latex_name(m[3]) + (f" {latex_name(m[4])}" if m[4] else "")
        return f"{latex_name(m[1])}({shown} + {step})"
    m = re.fullmatch(r"D(\w+)\((\w+)\)\[(\w+)\]", lhs)
    if m:
        return f"D{latex_name(m[1])}({shown})[{latex_name(m[3])}]"
    return latex_name(lhs) if lhs.isidentifier() else lhs
