"""The catalogue of errors: programs that are wrong, what they are told, and programs that are right.

``messages/errors.txt`` holds the entries.  An entry is a line ``## TITLE``, a program, the text of its error and, after
a line ``-- right``, a program that works.  A program is a command after ``$`` or an expression in Python after ``>>>``;
lines that begin with ``|`` are the file ``my.rules`` which it reads.  An expression may use `derive`, `sympy` and
`functools`.  ``python tests/catalogue.py`` writes the texts of the errors anew: read the difference.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import io
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [] if str(HERE.parent) in sys.path else [str(HERE.parent)]

import derive  # noqa: E402
from derive import cli  # noqa: E402
from derive.errors import DeriveError  # noqa: E402
from derive.userfunctions import registered  # noqa: E402

PATH = HERE / "messages" / "errors.txt"
FILE = "my.rules"
PACKAGE = Path(derive.__file__).resolve().parent
#: Methods and functions which make an error of what they are given.
MAKERS = frozenset("error ambiguous misshapen refuse misfit wrong unread weakly _usage _bad_shape".split())
Place = tuple[str, int, int]  # a file of the package, the first and the last line


class Program(NamedTuple):
    """A command, or an expression in Python, and the file that it reads."""

    text: str
    file: str = ""

    def __str__(self) -> str:
        return "".join(f"| {line}".rstrip() + "\n" for line in self.file.splitlines()) + self.text

    def run(self) -> Any:
        """What it prints or gives; raises what it raises."""
        with _directory(self.file):
            if self.text.startswith(">>> "):
                return _value(self.text[4:])
            out = io.TextIOWrapper(io.BytesIO(), "utf-8")
            with contextlib.redirect_stdout(out):
                cli._run(shlex.split(self.text.removeprefix("$ derive ")))
            return out.buffer.getvalue().decode()  # type: ignore[attr-defined]


def _value(expression: str) -> Any:
    """Of Python, where `sympy` is at hand; functions which are defined in it are known in it alone."""
    names: dict[str, Any] = {"derive": derive, "functools": functools}
    if "sympy." in expression:
        names["sympy"] = importlib.import_module("sympy")
    try:
        return eval(expression, names)
    finally:
        for function in reversed(list(registered().values())):
            function.remove()


@contextlib.contextmanager
def _directory(file: str) -> Iterator[None]:
    if not file:
        yield
        return
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / FILE).write_text(file, encoding="utf-8")
        before = os.getcwd()
        os.chdir(directory)
        try:
            yield
        finally:
            os.chdir(before)


class Entry(NamedTuple):
    """One mistake: `section` and `title`, the wrong program, its error, and a right one where there is one."""

    section: str
    title: str
    wrong: Program
    error: str
    right: Program | None

    def __str__(self) -> str:
        right = f"-- right\n{self.right}\n" if self.right else ""
        return f"## {self.title}\n{self.wrong}\n{self.error}\n{right}"


def entries(text: str | None = None) -> list[Entry]:
    """The entries of the catalogue, in order."""
    out: list[Entry] = []
    section = ""
    for line in (PATH.read_text(encoding="utf-8") if text is None else text).split("\n"):
        if line.startswith("# "):
            section = line[2:]
        elif line.startswith("## "):
            out.append(Entry(section, line[3:], Program(""), "", None))
        elif out and line.strip():
            out[-1] = _with(out[-1], line)
    return out


def _with(entry: Entry, line: str) -> Entry:
    """The entry with one line more."""
    if line == "-- right":
        return entry._replace(right=Program(""))
    of = "wrong" if entry.right is None else "right"
    program: Program = getattr(entry, of)
    if line.startswith("|"):
        return entry._replace(**{of: program._replace(file=program.file + line[2:] + "\n")})
    if line.startswith(("$ derive ", ">>> ")):
        return entry._replace(**{of: program._replace(text=line)})
    return entry._replace(error=f"{entry.error}\n{line}".lstrip("\n"))


def told(program: Program) -> DeriveError:
    """The error of a program which is wrong."""
    try:
        result = program.run()
    except DeriveError as error:
        return error
    raise AssertionError(f"no error: {program}\n{result}")


def full(error: DeriveError) -> str:
    """The kind of an error and its text."""
    kinds = [c.__name__ for c in type(error).__mro__ if c.__module__ == "derive.errors"]
    return f"{kinds[0]}, exit code {error.exit_code}\n{error}"


# ---------------------------------------------------------------- which places of the package were reached
@contextlib.contextmanager
def remembering() -> Iterator[list[tuple[DeriveError, set[tuple[str, int]]]]]:
    """The errors that are made, with the lines of the package from which they were."""
    before = DeriveError.__init__
    made: list[tuple[DeriveError, set[tuple[str, int]]]] = []

    def remember(self: DeriveError, *args: Any, **more: Any) -> None:
        frame, lines = sys._getframe(1), set()
        while frame is not None:
            if frame.f_code.co_filename.startswith(str(PACKAGE)):
                lines.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        before(self, *args, **more)
        made.append((self, lines))

    DeriveError.__init__ = remember  # type: ignore[method-assign]
    try:
        yield made
    finally:
        DeriveError.__init__ = before  # type: ignore[method-assign]


def places() -> Iterator[tuple[Place, str]]:
    """Every call in the package that makes an error a user may see, and its source."""
    kinds = set(_kinds(DeriveError))
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in kinds or name in MAKERS:
                    yield (str(path), node.lineno, node.end_lineno or node.lineno), ast.unparse(node)


def _kinds(kind: type[DeriveError]) -> Iterator[str]:
    yield kind.__name__
    for sub in kind.__subclasses__():
        yield from _kinds(sub)


def unreached() -> list[tuple[Place, str]]:
    """The places from which no error of the catalogue comes."""
    reached: set[tuple[str, int]] = set()
    for entry in entries():
        with remembering() as made:
            final = str(told(entry.wrong))
        for error, lines in made:
            if error.what in final:
                reached |= lines
    return [
        (place, source)
        for place, source in places()
        if not any((place[0], line) in reached for line in range(place[1], place[2] + 1))
    ]


def main() -> None:
    text = PATH.read_text(encoding="utf-8")
    head = text[: text.find("# ")] if not text.startswith("# ") else ""
    out, section = [head.rstrip("\n")] if head.strip() else [], ""
    for entry in entries(text):
        if entry.section != section:
            section = entry.section
            out.append(f"# {section}")
        try:
            entry = entry._replace(error=full(told(entry.wrong)))
        except AssertionError as error:
            print(error)
        if entry.right:
            try:
                entry.right.run()
            except DeriveError as error:
                print(f"the right program is wrong: {entry.right}\n{error}")
        out.append(str(entry).rstrip("\n"))
    PATH.write_text("\n\n".join(out) + "\n", encoding="utf-8")
    if "--places" in sys.argv:
        for (path, line, _), source in unreached():
            print(f"{Path(path).relative_to(PACKAGE)}:{line}: {source[:150]}")


if __name__ == "__main__":
    main()
