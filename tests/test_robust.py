"""Hostile input: an answer or a clear error with the right exit code, soon, in bounded memory, never a traceback."""

from __future__ import annotations

import io
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from derive import cli

ROOT = Path(__file__).parents[1]
LIMIT = 10.0  # seconds


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code and both outputs of a command."""
    start = time.monotonic()
    try:
        code = cli.main(arguments)
    except SystemExit as stop:  # of argparse
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    assert time.monotonic() - start < LIMIT
    assert "Traceback" not in err
    assert (code == 0) == (not err), (code, err)
    return code, out, err


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


SOURCE = random.Random(0)
GARBAGE = {
    "empty": b"",
    "blank": b" \n\t ",
    "nul": b"tr(\x00X)",
    "no utf-8": b"\xff\xfe",
    "bytes": bytes(SOURCE.randrange(256) for _ in range(1_000_000)),
    "printable": bytes(SOURCE.randrange(32, 127) for _ in range(1_000_000)),
    "tokens": b" ".join(
        SOURCE.choice([b"X", b"(", b")", b"'", b"+", b"*", b",", b"tr", b"2"]) for _ in range(300_000)
    ),
    "open": b"(" * 1_000_000,
    "closed": b")" * 1_000_000,
    "unclosed": b"tr((X)",
    "overclosed": b"tr(X))",
    "a name": b"a" * 1_000_000,
    "digits": b"1" * 1_000_000 + b"*tr(X)",
    "huge": b"1e999999999*tr(X)",
    "tiny": b"1e-999999999*tr(X)",
    "division by zero": b"tr(X)/0",
    "quotes": b'tr(X"',
    "directions": "tr(X)\u202e".encode(),
    "a sum sign": "∑X".encode(),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, GARBAGE[name])
    code, _, error = run(capsys, "gradient", "-", "--wrt", "X")
    assert code == 2
    assert len(error) < 5000 or name == "a name"


#: Understood, and beyond what can be answered.
TOO_MUCH = {
    "a power": ("tr(X^1000000000)", ""),
    "numbers": ("*".join(["9" * 900] * 8) + "*sum(X)", ""),
    "powers of powers": ("sum(X" + ".^2" * 20_000 + ")", ""),
    "a declared size": ("norm(X)", "X: 1000000 x 1000000"),
    "a large square": ("norm(X)^2", "X: 3000 x 3000"),
    "a Kronecker product": ("norm(kron(X,kron(X,X)))", "X: 30 x 30"),
    "constants": ("norm(eye(1000000)*ones(1000000))*sum(X)", ""),
    "a long dimension": ("norm(X)", "X: " + "n*" * 5000 + "n x 1"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, shape = TOO_MUCH[name]
    code, _, error = run(capsys, "gradient", text, "--wrt", "X", *(["--shape", shape] if shape else []))
    assert code == 3, error


LARGE = {
    "a sum of 10,000 terms": "+".join(f"sum({i}*X)" for i in range(10_000)),
    "10,000 equal factors": "*".join(["sum(X)"] * 10_000),
    "1,000 nested calls": "sum(" + "sin(" * 1000 + "X" + ")" * 1001,
    "1,000 brackets": "(" * 1000 + "tr(X)" + ")" * 1000,
    "1,000 transposes": "tr(X" + "'" * 1000 + ")",
    "a 20-fold power": "tr(X^20)",
    "16 factors": "*".join(f"sin(sum({i}*X))" for i in range(1, 17)),
    "five Kronecker products": "norm(kron(X,kron(X,kron(X,kron(X,X)))))",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_questions_are_answered(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, LARGE[name].encode())
    code, _, error = run(capsys, "gradient", "-", "--wrt", "X", "--shape", "X: n x n", "--format", "latex")
    assert code == 0, error


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], 2),
        (["nonsense"], 2),
        (["gradient"], 2),
        (["gradient", "norm(x)", "--wrt", ""], 2),
        (["gradient", "norm(x)", "--wrt", "1+1"], 2),
        (["gradient", "norm(x)", "--wrt", "y"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--shape", "x: 0"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--shape", "x: 99999999999999999999999"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--shape", ": n"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--shape", "x: "], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--entry", ","], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--rules", "/no/such/file"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--rules", "/"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "-o", "/no/such/directory/file"], 2),
        (["gradient", "norm(x)", "--wrt", "x", "--limit-terms", "3"], 3),
        (["gradient", "norm(x)", "--wrt", "x", "--limit-terms", "-3"], 3),
        (["gradient", "norm(x)", "--wrt", "x", "--limit-seconds", "0"], 3),
        (["gradient", "norm(\udcff)", "--wrt", "x"], 2),
        (["rules", "--check", "/no/such/file"], 2),
        (["rules", "no-such-rule"], 2),
    ],
)
def test_arguments(arguments: list[str], expected: int, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.monotonic()
    try:
        code = cli.main(arguments)
    except SystemExit as stop:
        code = int(str(stop.code or 0))
    assert code == expected
    assert "Traceback" not in capsys.readouterr().err
    assert time.monotonic() - start < LIMIT


@pytest.mark.parametrize(
    "more",
    [
        ["--shape", "X: m x n x p"], ["--shape", "X: m x"], ["--shape", "X = m x n"], ["--shape", "X: m x -1"],
        ["--shape", "X: mxn"], ["--shape", "X: n", "--shape", "X: m x n"], ["--shape", "X: 1.5"],
        ["--shape", "X: " + "m x " * 10_000], ["--assume", "X: nice"], ["--assume", "X: symmetric skew"],
        ["--assume", "X: symmetric", "--shape", "X: m x n"], ["--assume", "Y: symmetric"], ["--assume", "X:"],
        ["--assume", "symmetric"], ["--entry", "0,0"], ["--entry", "i;j"], ["--shape", "X: 2 x 2", "--entry", "3,1"],
        ["--seed", "one"], ["--limit-terms", "1.5"], ["--limit-seconds", "soon"], ["--format", "pdf"], ["--shape"],
        ["--read", "="], ["--read", "exp"], ["--read", "exp=loud"], ["--kind", "gradient"], ["--no-verify=1"],
        ["--convention", "odd"], ["--notation", ""], ["--rules", ""], ["-o", ""], ["-o", "/"], ["two", "words"],
        ["--wrt"], ["\x00"], ["--shape", "\udcff: n"],
    ],
    ids=lambda more: " ".join(more)[:40].encode("ascii", "backslashreplace").decode(),
)  # fmt: skip
def test_options_that_cannot_be(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "gradient", "norm(X)^2", "--wrt", "X", *more)
    assert code == 2 and not out and len(err) < 1500
    first = err.splitlines()[0]
    assert first.startswith("derive: ") and "Error" not in first and "usage" not in err


def test_the_seed_of_any_size(capsys: pytest.CaptureFixture[str]) -> None:
    for seed in ("-1", "9" * 30):
        assert run(capsys, "gradient", "norm(x)", "--wrt", "x", "--seed", seed)[0] == 0


# ---------------------------------------------------------------- whole processes
def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "derive", *arguments]


def test_memory_is_bounded() -> None:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    done = subprocess.run(
        command("gradient", "norm(X*A')^2/2", "--wrt", "X", "--shape", "X: 1000000 x 1000000"),
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, preexec_fn=limit,
    )  # fmt: skip
    assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX pipe")
def test_closed_pipe() -> None:
    process = subprocess.Popen(command("rules"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    error = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(LIMIT) == 0 and "Traceback" not in error and "Exception" not in error, error


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_interrupt() -> None:
    process = subprocess.Popen(
        command("gradient", "-", "--wrt", "X"), cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )  # fmt: skip
    time.sleep(0.7)  # it waits for its input
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=LIMIT)
    assert process.returncode == 130 and b"Traceback" not in error, error


@pytest.mark.parametrize("data", [b"\xff\xfe", bytes(SOURCE.randrange(256) for _ in range(3000)), b"\x00", b"rule"])
def test_rule_files_of_bytes(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my.rules"
    path.write_bytes(data)
    assert run(capsys, "rules", "--check", str(path))[0] == 2
    assert run(capsys, "gradient", "norm(x)", "--wrt", "x", "--rules", str(path))[0] == 2


def test_more_input_than_is_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "LONGEST_INPUT", 100)
    piped(monkeypatch, b"x" * 101)
    assert run(capsys, "gradient", "-", "--wrt", "x")[::2] == (2, "derive: the input is longer than 100 bytes\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("arguments", "streams", "code", "said"),
    [
        ("gradient - --wrt x", "<&-", 2, "derive: there is no standard input to read the expression from"),
        ("gradient 'norm(x)' --wrt x", ">&-", 2, "derive: the standard output is closed"),
        ("gradient 'norm(x)' --wrt x", ">/dev/full", 2, "derive: cannot write to the standard output: No space left"),
        ("gradient 'norm(x' --wrt x", "2>&-", 2, ""),
        ("gradient 'norm(x)' --wrt x -o /", "", 2, "derive: cannot write /: Is a directory"),
    ],
)
def test_streams(arguments: str, streams: str, code: int, said: str) -> None:
    if "/dev/full" in streams and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    text = f"'{sys.executable}' -m derive {arguments} {streams}"
    done = subprocess.run(["sh", "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    assert (done.returncode, done.stderr.startswith(said), done.stdout) == (code, True, ""), done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
