"""Cold start: neither NumPy, SciPy nor SymPy is imported on the common path."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "sympy", "mpmath")
MAIN = "import derive.cli; assert not derive.cli.main"
PROGRAMS = {
    "import": "import derive, derive.api",
    "help": "import derive.cli\ntry: derive.cli.main(['--help'])\nexcept SystemExit: pass",
    "exact": f"{MAIN}(['gradient', \"norm(X*A')^2/2\", '--wrt', 'X'])",
    "floating": f"{MAIN}(['gradient', 'sum(tanh(W*x))', '--wrt', 'W', '--format=json'])",
}


def loaded(program: str) -> set[str]:
    """The heavy packages which a fresh interpreter has imported after the program."""
    code = f"{program}\nimport sys\nprint(*set({HEAVY}) & set(sys.modules), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_heavy_is_imported(name: str) -> None:
    assert loaded(PROGRAMS[name]) == set()


def test_the_test_sees_a_heavy_import() -> None:
    assert "numpy" in loaded("import numpy")
