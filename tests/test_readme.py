"""The README is true: every command in it runs, prints what it shows, and CI uses its two commands."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sympy

import derive

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]
INSTALLING = [c for c in COMMANDS if c.startswith("pip ")]
SHOWN = [tuple(block.split("\n", 1)) for block in blocks("console")]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shell where `derive` is this checkout's."""
    place = tmp_path_factory.mktemp("bin")
    program = place / "derive"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m derive "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(place), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }


def output(command: str, shell: dict[str, str]) -> str:
    run = subprocess.run(
        ["sh", "-c", command],
        env=shell,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert (run.returncode, run.stderr) == (0, ""), command
    return run.stdout


def test_the_readme_has_its_parts() -> None:
    assert len(INSTALLING) == 2
    assert len(SHOWN) == 1
    assert TEXT.index("```console") < 600, "the proof is on the first screen"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in INSTALLING])
def test_a_command_runs(command: str, shell: dict[str, str]) -> None:
    assert output(command, shell).strip()


def test_the_proof_is_the_one_shown(shell: dict[str, str], request: pytest.FixtureRequest) -> None:
    (prompt, shown), *_ = SHOWN
    printed = output(prompt.removeprefix("$ "), shell)
    if request.config.getoption("--update-golden"):
        README.write_text(TEXT.replace(shown, printed), encoding="utf-8")
    else:
        assert printed == shown


def test_ci_installs_and_tests_as_the_readme_says() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in ci if line in INSTALLING] == INSTALLING
    assert INSTALLING[0].endswith(f"&& {SHOWN[0][0].removeprefix('$ ')}")


def test_the_python_is_true() -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    session: dict[str, object] = {}
    for block in blocks("python"):
        if "sympy" in block and not sympy.__version__.startswith("1.14"):
            continue  # it is about that version
        test = parser.get_doctest(block, session, "README.md", None, 0)
        runner.run(test, clear_globs=False)
        session.update(test.globs)
    assert runner.tries and not runner.failures


#: An expression and its variable for every function; those of square matrices say so.
ELEMENTWISE = """exp log sqrt abs sin cos tan sinh cosh tanh arcsin arccos arctan sign relu sigmoid softplus erf
    gammaln normcdf""".split()
OF_A_MATRIX = "tr det logdet norm norm1 norm_inf norm_nuc norm_spec sum mean max min lambda_max lambda_min".split()
TO_A_MATRIX = "inv adj diag expm logm sqrtm tril triu toep rowsum colsum vec".split()
SQUARE = set("tr det logdet lambda_max lambda_min".split())
EXPRESSIONS = {
    **{name: (f"sum({name}(A*x))", "x") for name in (*ELEMENTWISE, "softmax", "logsumexp")},
    **{name: (f"{name}({'S' if name in SQUARE else 'X'})", "S" if name in SQUARE else "X") for name in OF_A_MATRIX},
    **{name: (f"norm({name}(S))^2", "S") for name in TO_A_MATRIX},
    "pinv": ("tr(A*pinv(X))", "X"),
    "kron": ("norm(kron(X, A))^2", "X"),
    "dot": ("dot(A*x, x)", "x"),
    "outer": ("tr(A*outer(x, x))", "x"),
    "eye": ("norm(X*X' - eye(m))^2", "X"),
    "ones": ("ones(m)'*X*x", "X"),
    "zeros": ("norm(X - zeros(m, n))^2", "X"),
    "unit": ("unit(m, 2)'*X*x", "X"),
    "J": ("tr(X'*J(1, 2))", "X"),
    "pi": ("pi*norm(x)^2", "x"),
}
FUNCTIONS = " ".join(blocks("text")).split()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_it_lists_is_supported(name: str) -> None:
    expression, variable = EXPRESSIONS[name]
    shapes = {"S": "n x n", "X": "m x n", "x": "n"}
    if name in ("dot", "outer"):
        shapes["A"] = "n x n"
    assume = {"S": ["symmetric"]} if name.startswith("lambda") else None
    assert derive.gradient(expression, variable, shapes=shapes, assume=assume).verification.instances >= 3


def test_every_function_that_is_supported_is_listed() -> None:
    assert sorted(FUNCTIONS) == sorted(EXPRESSIONS)
