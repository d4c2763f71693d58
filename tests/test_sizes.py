"""Small files: what does not fit on a few screens is two things."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "derive"
LONGEST = 400


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_file_is_long(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{path.name} has {lines} lines"
