"""What is said of arguments of the command line which do not fit: the words of `argparse`, as errors of `derive`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from typing import NoReturn

from .errors import ParseError
from .near import did_you_mean, either

_CHOICE = re.compile(r"argument (.+?): invalid choice: '(.*?)'(?: \(|$)", re.DOTALL)
_TYPE = re.compile(r"argument (.+?): invalid (?:int|float) value: '(.*)'", re.DOTALL)
_FLAG = re.compile(r"argument (.+?): ignored explicit argument '(.*)'", re.DOTALL)
_VALUE = re.compile(r"argument (.+?): expected one argument")


class Parser(argparse.ArgumentParser):
    """A parser that raises a `ParseError` with a hint where `argparse` would write and exit."""

    def error(self, message: str) -> NoReturn:
        raise usage_error(self, message)


def usage_error(parser: argparse.ArgumentParser, message: str) -> ParseError:
    """What `argparse` says, in our words.

    >>> parser = Parser(prog="derive")
    >>> action = parser.add_argument("--format", choices=("latex", "text"))
    >>> print(usage_error(parser, "argument --format: invalid choice: 'txt' (choose from 'latex', 'text')"))
    `--format` cannot be `txt`
      try: did you mean `text`? --format is one of latex, text
    """
    told = _choice(parser, message) or _value(message) or _unknown(parser, message) or _required(message)
    return told or ParseError(message, hint=f"`{parser.prog} --help` lists the arguments")


def _choice(parser: argparse.ArgumentParser, message: str) -> ParseError | None:
    found = _CHOICE.match(message)
    if found is None:
        return None
    option, given = found.groups()
    choices = list(_choices(parser, option))
    question = did_you_mean(given, choices)
    what = "command" if option == "COMMAND" else option
    hint = " ".join(filter(None, [question, f"{what} is one of {', '.join(choices)}"]))
    said = f"there is no command `{_cut(given)}`" if option == "COMMAND" else f"`{option}` cannot be `{_cut(given)}`"
    return ParseError(said, hint=hint.replace("command is one of", "the commands are"))


def _choices(parser: argparse.ArgumentParser, option: str) -> Iterable[str]:
    for action in parser._actions:
        if option in (*action.option_strings, action.metavar, "/".join(action.option_strings)):
            return list(map(str, action.choices or ()))
    return ()


def _value(message: str) -> ParseError | None:
    if found := _TYPE.match(message):
        return ParseError(f"`{found[1]}` wants a number, not `{_cut(found[2])}`")
    if found := _VALUE.match(message):
        option = found[1]
        hint = f"write {option} VALUE, or {option}=VALUE where the value begins with a minus sign"
        return ParseError(f"`{option}` stands without its value", hint=hint)
    if found := _FLAG.match(message):
        return ParseError(f"`{found[1]}` takes no value", hint=f"write {found[1]} alone")
    return None


def _unknown(parser: argparse.ArgumentParser, message: str) -> ParseError | None:
    given = message.partition("unrecognized arguments: ")[2]
    if not given:
        return None
    word = given.split()[0].partition("=")[0] if given.split() else given
    if not word.startswith("-") or word == "-":
        why = "there is one expression; without quotes around it, the shell takes it apart at its spaces"
        hint = "put the expression between double quotes"
        return ParseError(f"`{_cut(given)}` is one argument too many", why=why, hint=hint)
    known = [o for a in _all_actions(parser) for o in a.option_strings if o.startswith("--")]
    hint = did_you_mean(word, known) or f"the options are {', '.join(sorted(set(known)))}"
    return ParseError(f"there is no option `{_cut(word)}`", hint=hint)


def _all_actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Those of a parser, and of the commands below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in set(action.choices.values()):
                yield from sub._actions
        yield action


def _required(message: str) -> ParseError | None:
    names = message.partition("the following arguments are required: ")[2].split(", ")
    if not names[0]:
        return None
    hint = 'derive gradient "norm(X*A\')^2/2" --wrt X' if "EXPR" in names or "--wrt" in names else ""
    verb = "is" if len(names) == 1 else "are"
    return ParseError(f"{either(names, 'and')} {verb} missing", hint=f"for example {hint}" if hint else "")


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
