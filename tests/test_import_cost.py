"""Cold start: neither NumPy, SciPy nor SymPy is imported on the common path."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "sympy", "mpmath")
#: Of the standard library: 14 ms of a proof's 50, for what only mistakes and rare questions need.
SLOW = ("dataclasses", "inspect", "difflib", "shutil")
MAIN = "import derive.cli; assert not derive.cli.main"
PROGRAMS = {
    "import": "import derive, derive.api",
    "help": "import derive.cli\ntry: derive.cli.main(['--help'])\nexcept SystemExit: pass",
    "exact": f"{MAIN}(['gradient', \"norm(X*A')^2/2\", '--wrt', 'X'])",
    "floating": f"{MAIN}(['gradient', 'sum(tanh(W*x))', '--wrt', 'W', '--format=json'])",
}


def loaded(program: str, modules: tuple[str, ...] = HEAVY) -> set[str]:
    """Which of some modules a fresh interpreter has imported for the program."""
    code = f"import sys\nbefore = set(sys.modules)\n{program}\nafter = set(sys.modules)"
    code += f"\nprint(*set({modules}) & (after - before), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_heavy_is_imported(name: str) -> None:
    assert loaded(PROGRAMS[name]) == set()


@pytest.mark.parametrize("name", ["import", "exact", "floating"])
def test_nothing_slow_is_imported_for_a_proof(name: str) -> None:
    assert loaded(PROGRAMS[name], SLOW) == set()


def test_the_test_sees_a_heavy_import() -> None:
    assert "numpy" in loaded("import numpy")
