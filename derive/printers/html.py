"""Proofs as a page whose formulas KaTeX renders."""

from __future__ import annotations

import re
from html import escape

from ..derivation import Derivation
from .latex import align, assumptions, heading, notes
from .markdown import sources

_KATEX = "https://cdn.jsdelivr.net/npm/katex@0.16.11/dist"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{katex}/katex.min.css">
<script defer src="{katex}/katex.min.js"></script>
<script defer src="{katex}/contrib/auto-render.min.js"></script>
<script>
document.addEventListener("DOMContentLoaded", () => renderMathInElement(document.body, {{
  delimiters: [{{left: "$$", right: "$$", display: true}}, {{left: "$", right: "$", display: false}}]
}}));
</script>
<style>
body {{ max-width: 72em; margin: 2em auto; padding: 0 1em; font-family: sans-serif; line-height: 1.5; }}
.proof {{ overflow-x: auto; }}
.verified {{ color: #262; }}
.unverified {{ color: #a00; font-weight: bold; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def html_proof(
    derivation: Derivation, notation: str | None = None, detail: str = "normal", rules: bool = True
) -> str:
    """The proof as a whole HTML page."""
    body = [f"<p>{text(heading(derivation))}</p>", *(f"<p>{text(note)}</p>" for note in notes(derivation))]
    body.append(
        f'<div class="proof">$$\n{escape(align(derivation, notation, detail, rules), quote=False)}\n$$</div>'
    )
    rows = [f"<li><code>{escape(rule)}</code>: {text(said)}</li>" for rule, said in sources(derivation)]
    if rules and rows:
        body.append("<ul>\n" + "\n".join(rows) + "\n</ul>")
    if derivation.assumptions:
        body.append(f"<p>Assuming: {text('; '.join(assumptions(derivation)))}.</p>")
    kind = "unverified" if derivation.verification.kind == "none" else "verified"
    body.append(f'<p class="{kind}">{escape(str(derivation.verification))}</p>')
    title = escape(f"{derivation.question} of {derivation.source}")
    return _PAGE.format(title=title, katex=_KATEX, body="\n".join(body))


def text(sentence: str) -> str:
    """A sentence of a page; LaTeX's escapes outside of formulas are undone."""
    parts = sentence.split("$")
    parts[::2] = [re.sub(r"\\([&%$#_{}])", r"\1", part) for part in parts[::2]]
    return escape("$".join(parts), quote=False)
