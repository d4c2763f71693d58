"""The command line: argparse over the API, nothing else."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import DeriveError
from .usage import Parser

if TYPE_CHECKING:
    from .derivation import Derivation

QUESTIONS = ("gradient", "jacobian", "hessian", "differential", "matrix-jacobian", "wirtinger")
FORMATS = ("latex", "tex", "text", "markdown", "html", "json", "ascii")
#: More than this is not an expression that anybody typed.
LONGEST_INPUT = 10_000_000

EPILOG = """\
quoting:
  ' is the transpose and a quote of the shell: put the expression between double quotes,
      derive gradient "norm(X*A')^2/2" --wrt X
  or give it on standard input:
      echo "norm(X*A')^2/2" | derive gradient - --wrt X

exit codes: 0 done; 1 a checked derivation has a false line; 2 the input is not understood;
3 understood, but not supported, ambiguous, over a limit, or not verified.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code.  Errors go to standard error, without a traceback."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except DeriveError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        _close_output()
        return 0
    except MemoryError:
        _complain("the memory is used up\n  try: lower --limit-terms, or a smaller expression")
        return 3
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130


def _complain(message: str) -> None:
    if sys.stderr is not None:  # it may be closed
        print(f"derive: {message}", file=sys.stderr)


def _close_output() -> None:
    """So that nothing is tried again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(argv: list[str]) -> int:
    argv = [*argv[:1], *(_plain(a) for a in argv[1:])]
    arguments = _parser(argv[0] if argv else "").parse_args(argv)
    if not arguments.command:
        _parser("").print_help()
        return 2
    if arguments.command == "rules":
        from .listing import rules_command

        return _write(rules_command(arguments.name, arguments.check, arguments.rules), None)
    if arguments.command == "check":
        return _check(arguments)
    derivation = _ask(arguments)
    return _write(_formatted(derivation, arguments), arguments.output)


def _check(arguments: argparse.Namespace) -> int:
    from .checking.command import check_command, check_records

    options: dict[str, Any] = {
        "f": arguments.f,
        "wrt": arguments.wrt,
        "shapes": _shapes(arguments.shape),
        "assume": _assumptions(arguments.assume),
        "convention": arguments.convention,
        "reading": dict(_word(w) for w in arguments.read) or None,
        "limits": {"seconds": arguments.limit_seconds} if arguments.limit_seconds is not None else None,
    }
    text = _lines(arguments.file)
    if arguments.input == "jsonl":
        results = list(check_records(text.splitlines(), options))
        codes = [c for _, c in results]
        code = 1 if 1 in codes else max(codes, default=2)
        return _write("\n".join(line for line, _ in results), arguments.output) or code
    plain = arguments.output is not None or sys.stdout is None or bool(os.environ.get("NO_COLOR"))
    colour = not plain and sys.stdout.isatty()
    printed, code = check_command(text, arguments.input, arguments.format, options, arguments.proof, colour)
    return _write(printed, arguments.output) or code


def _lines(path: str) -> str:
    """The text of a file, or of the standard input."""
    if path == "-":
        return _expression("-")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(LONGEST_INPUT)
    except OSError as error:
        raise _usage(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _usage(f"{path} is not UTF-8") from None


def _assumptions(texts: Sequence[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for text in texts:
        name, properties = _pair(text, "--assume", '"S: symmetric"')
        out.setdefault(name, []).extend(properties.replace(",", " ").split())
    return out


def _plain(argument: str) -> str:
    """An expression that begins with a minus sign is no option: a space in front tells argparse so."""
    short = len(argument) > 1 and argument[0] == "-" and argument[1] != "-" and argument[:2] not in ("-o", "-h")
    return f" {argument}" if short else argument


def _ask(arguments: argparse.Namespace) -> Derivation:
    from . import api

    options: dict[str, Any] = {
        "shapes": _shapes(arguments.shape),
        "assume": _assumptions(arguments.assume),
        "convention": arguments.convention,
        "layout": arguments.layout,
        "rules": [*arguments.rules, *_functions(arguments.function)] or None,
        "reading": _reading(arguments),
        "seed": arguments.seed,
        "limits": {
            k: v for k, v in (("terms", arguments.limit_terms), ("seconds", arguments.limit_seconds)) if v is not None
        },
        "verify": not arguments.no_verify,
    }
    if arguments.command == "gradient":
        options["method"] = arguments.method
        options["entry"] = _entry(arguments.entry)
    if arguments.command == "wirtinger":
        options["kind"] = arguments.kind
    ask = getattr(api, arguments.command.replace("-", "_"))
    derivation: Derivation = ask(_expression(arguments.expression), arguments.wrt, **options)
    return derivation


def _shapes(texts: Sequence[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for name, shape in (_pair(text, "--shape", '"X: m x n"') for text in texts):
        if out.setdefault(name, shape) != shape:
            raise _usage(f"two shapes are given for `{name[:40]}`: `{out[name][:40]}` and `{shape[:40]}`")
    return out


def _functions(texts: Sequence[str]) -> list[Any]:
    """The functions of --function, for this question alone."""
    if not texts:
        return []
    from .question import base_book, law_of
    from .userfunctions import UserFunction, defined, parse_definition

    known: dict[str, UserFunction] = {}
    for text in texts:
        name, body, variable = parse_definition(text)
        known[name] = defined(name, body, None, variable, base_book(), law_of, known)
    return list(known.values())


def _expression(text: str) -> str:
    """The expression, read from standard input where it is `-`."""
    if text == "-":
        if sys.stdin is None:
            raise _usage("there is no standard input to read the expression from")
        try:
            data = sys.stdin.buffer.read(LONGEST_INPUT + 1)
        except OSError as error:
            raise _usage(f"cannot read the standard input: {error.strerror}") from None
        if len(data) > LONGEST_INPUT:
            raise _usage(f"the input is longer than {LONGEST_INPUT} bytes")
        try:
            text = data.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise _usage(f"the input is not UTF-8: byte {error.start}") from None
    return text


def _entry(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    parts = [p.strip() for p in text.split(",")]
    if len(parts) not in (1, 2) or not all(p.isalnum() for p in parts):
        raise _usage(f"--entry wants i,j (or i for a vector), not `{text[:40]}`")
    return (parts[0], parts[1] if len(parts) == 2 else "1")


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise _usage(f"{option} wants a name and a value, as in {option} {example}; not `{text[:40]}`")
    return name.strip(), value.strip()


def _reading(arguments: argparse.Namespace) -> dict[str, str] | None:
    words = dict(_word(w) for w in arguments.read)
    if arguments.syntax != "auto":
        words["syntax"] = arguments.syntax
    return words or None


def _word(text: str) -> tuple[str, str]:
    word, equals, sense = text.partition("=")
    if not equals or not word or not sense:
        raise _usage(f"--read wants WORD=SENSE, as in --read exp=entrywise; not `{text[:40]}`")
    return word, sense


def _usage(message: str) -> DeriveError:
    from .errors import ParseError

    return ParseError(message)


# ---------------------------------------------------------------- output
def _formatted(derivation: Derivation, arguments: argparse.Namespace) -> str:
    style = (arguments.notation, arguments.detail, not arguments.no_names)
    formats = {
        "latex": lambda: derivation.latex(*style),
        "tex": lambda: derivation.tex(*style),
        "text": lambda: derivation.text(*style),
        "markdown": lambda: derivation.markdown(*style),
        "html": lambda: derivation.html(*style),
        "json": lambda: derivation.to_json(arguments.detail, indent=2),
        "ascii": lambda: str(derivation.result),
    }
    return formats[arguments.format]()


def _write(text: str, path: str | None) -> int:
    if not text.endswith("\n"):
        text += "\n"
    if path is None:
        return _print(text)
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise _usage(f"cannot write {path}: {error.strerror}") from None
    return 0


def _print(text: str) -> int:
    if sys.stdout is None:
        raise _usage("the standard output is closed")
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _close_output()
        raise _usage(f"cannot write to the standard output: {error.strerror}") from None
    return 0


# ---------------------------------------------------------------- arguments
class _Help(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal; argparse asks `shutil` for the width, which costs 2 ms, for every argument."""

    def __init__(self, prog: str) -> None:
        width = os.environ.get("COLUMNS", "")
        try:
            columns = int(width) if width.isdecimal() else os.get_terminal_size(1).columns
        except OSError:
            columns = 80
        super().__init__(prog, width=(columns or 80) - 2)


def _parser(command: str) -> argparse.ArgumentParser:
    parser = Parser(
        prog="derive",
        description="Matrix calculus with proofs: each line named, each line verified.",
        epilog=EPILOG,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"derive {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in QUESTIONS:
        sub = commands.add_parser(
            name,
            help=f"the {name.replace('-', ' ')} of an expression, with its proof",
            epilog=EPILOG,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        if name == command:
            _question_arguments(sub, name)
    words = "a verdict on every line of a derivation"
    check = commands.add_parser("check", help=words, epilog=EPILOG, formatter_class=_Help, allow_abbrev=False)
    if command == "check":
        _check_arguments(check)
    words = "list the rules, show one, check a file of rules"
    rules = commands.add_parser("rules", help=words, formatter_class=_Help, allow_abbrev=False)
    if command == "rules":
        rules.add_argument("name", nargs="?", help="the rule to show with a worked instance")
        rules.add_argument("--check", metavar="FILE", help="verify the rules of a file by numbers")
        rules.add_argument("--rules", metavar="FILE", action="append", default=[], help="more rules")
    return parser


def _question_arguments(sub: argparse.ArgumentParser, name: str) -> None:
    add = sub.add_argument
    add("expression", metavar="EXPR", help="the expression, or - for standard input")
    add("--wrt", required=True, metavar="X", help="the variable")
    add("--shape", action="append", default=[], metavar='"X: m x n"', help="a shape: m x n, n (a vector), scalar")
    add("--assume", action="append", default=[], metavar='"S: symmetric"', help="properties of a name")
    add("--convention", choices=("tangent", "free", "tied", "riemannian"), help="for a variable with a structure")
    add("--layout", choices=("denominator", "numerator"), default="denominator")
    if name == "gradient":
        add("--method", choices=("frobenius", "perturbation", "entrywise"), default="frobenius")
        add("--entry", metavar="i,j", help="add the derivative by one entry")
    if name == "wirtinger":
        add("--kind", default="d/dZ*", help="d/dZ, d/dZ*, gradient, d/dReZ, d/dImZ or differential")
    add("--notation", choices=("colon", "trace", "inner"), help="default: the usual one of the method")
    add("--detail", choices=("brief", "normal", "full"), default="normal")
    add("--format", choices=FORMATS, default="latex")
    add("--no-names", action="store_true", help="leave the column of rule names out")
    add("--rules", action="append", default=[], metavar="FILE", help="more rules, verified before they are used")
    add("--function", action="append", default=[], metavar='"g(t) = BODY"', help="an elementwise function of your own")
    add("--syntax", choices=("auto", "ascii", "latex", "numpy"), default="auto")
    add("--read", action="append", default=[], metavar="WORD=SENSE", help="decide an ambiguous reading")
    add("--seed", type=int, default=0, metavar="N", help="of the random instances")
    add("--limit-terms", type=int, metavar="N")
    add("--limit-seconds", type=float, metavar="S")
    add("--no-verify", action="store_true", help="do not verify; the proof then says so")
    add("-o", dest="output", metavar="FILE", help="write there")


def _check_arguments(sub: argparse.ArgumentParser) -> None:
    add = sub.add_argument
    add("file", metavar="FILE", help="a derivation, LaTeX or ASCII, a line each; - for standard input")
    add("--f", metavar="EXPR", help="what the lines are judged against (default: the line f = ...)")
    add("--wrt", metavar="X", help="the variable (default: that of the lines)")
    add("--shape", action="append", default=[], metavar='"X: m x n"', help="a shape: m x n, n (a vector), scalar")
    add("--assume", action="append", default=[], metavar='"S: symmetric"', help="properties of a name")
    add("--convention", choices=("tangent", "free", "tied", "riemannian"), help="for a variable with a structure")
    add("--input", choices=("lines", "json", "jsonl"), default="lines", help="jsonl: many derivations, one a line")
    add("--format", choices=("text", "latex", "markdown", "json"), default="text")
    add("--proof", action="store_true", help="our own derivation below")
    add("--read", action="append", default=[], metavar="WORD=SENSE", help="decide an ambiguous reading")
    add("--limit-seconds", type=float, metavar="S", help="for each line")
    add("-o", dest="output", metavar="FILE", help="write there")


if __name__ == "__main__":
    sys.exit(main())
