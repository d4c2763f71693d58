"""Printers: a term or a derivation as ASCII, LaTeX, Unicode text, Markdown, HTML and JSON."""
