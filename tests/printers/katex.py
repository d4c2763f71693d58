"""Runs many formulas through KaTeX in one process."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterable

import pytest

HERE = pathlib.Path(__file__).resolve().parent.parent / "katex"


@functools.cache
def node() -> str:
    """The path of node, with KaTeX installed; without node the test is skipped, but not in CI."""
    path = shutil.which("node")
    if path is None and not os.environ.get("CI"):
        pytest.skip("node is not installed")
    assert path is not None, "CI needs node to check the LaTeX"
    if not (HERE / "node_modules" / "katex").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, capture_output=True)
    return path


def complaints(formulas: Iterable[str]) -> list[str]:
    """KaTeX's complaint about each formula, empty where it parses without a warning."""
    lines = "".join([json.dumps(f) + "\n" for f in formulas])
    run = subprocess.run(
        [node(), "check.mjs"], cwd=HERE, input=lines, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in run.stdout.splitlines()]
