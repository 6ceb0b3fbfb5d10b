"""argparse with our manners: help as a page of the manual, and a fault as one message that says what to do."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

USAGE = 2
"""The exit code of a command line that cannot be understood."""

REQUIRED = re.compile(r"the following arguments are required: (?P<what>.*)", re.DOTALL)


class Grammar(argparse.ArgumentParser):
    """The words of one command. Its help is made by `manual`, when it is asked for."""

    def __init__(self, **how: Any) -> None:
        if sys.version_info >= (3, 14):
            how.setdefault("color", False)  # so that help is one text on every version
        super().__init__(**how)

    def format_help(self) -> str:
        """The whole page of this command, as wide as the terminal."""
        from engine.cli.arguments.terminal import shown

        return shown(self)

    def format_usage(self) -> str:
        """Nothing: a fault is one message, and `help` has the rest."""
        return ""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, but words of a list may stand among the options: `run a.yaml --fast b.yaml`."""
        words = list(sys.argv[1:] if args is None else args)
        found, extras = self.parse_known_args(words, namespace)
        if extras:
            self.meant_by(words).take(found, extras)
        return found

    def meant_by(self, words: Sequence[str]) -> Grammar:
        """The command that a command line names."""
        here = self
        for word in words:
            if word.startswith("-"):
                break
            inner = dict(here.commands()).get(word)
            if inner is None:
                break
            here = inner
        return here

    def take(self, found: argparse.Namespace, extras: Sequence[str]) -> None:
        """Words that are left over: of the list that this command takes, or a fault."""
        from difflib import get_close_matches

        for word in extras:
            if word.startswith("-") and word != "-":
                name = word.partition("=")[0]
                near = get_close_matches(name, self.options(), n=1, cutoff=0.7)
                self.error(
                    f"there is no option {name}; " + (f"did you mean {near[0]}?" if near else self._see("lists them"))
                )
        many = [action for action in self.operands() if action.nargs in {"+", "*"}]
        if not many:
            self.error(f"{extras[0]!r} is one word too many; {self._see('shows')} what goes where")
        before = getattr(found, many[0].dest, None)
        setattr(found, many[0].dest, [*(before or ()), *extras])

    def error(self, message: str) -> NoReturn:
        """Exit with one message that says what to do next."""
        from engine.cli import say

        say(f"{self.prog}: {self._hinted(message)}")
        sys.exit(USAGE)

    def _hinted(self, message: str) -> str:
        if missing := REQUIRED.fullmatch(message):
            what = re.sub(r"/-\w\b", "", missing["what"])
            return f"{what} {'are' if ', ' in what else 'is'} missing; for example: {self._example()}"
        return message if "; " in message else f"{message}; {self._see('has')} the options"

    def _example(self) -> str:
        """A command line of this command, with the latest result that is here."""
        from engine.cli import latest
        from engine.cli.arguments.texts import page

        example: str = next(iter(page(self.prog).examples), (f"{self.prog} --help", ""))[0]
        here = latest.results()
        return re.sub(r"\breports/\S+", lambda found: here[0] if here else found[0], example, count=1)

    def _see(self, does: str) -> str:
        """The command that has more."""
        return f"`{' '.join(['fteng', 'help', *self.prog.split()[1:]])}` {does}".rstrip()

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """A word that is none of the choices, in one way on every version of Python."""
        if action.choices is None or value in action.choices:
            return
        from engine import naming

        known = [str(one) for one in action.choices]
        hint = naming.hint(str(value), known, f"known are {', '.join(known)}")
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - it has no public name
            if not naming.nearest(value, known) and ("/" in value or value.endswith((".yaml", ".yml"))):
                hint = f"did you mean `fteng run {value}`?"
            raise argparse.ArgumentError(None, f"there is no command {value!r}; {hint}")
        raise argparse.ArgumentError(action if action.option_strings else None, f"there is no {value!r}; {hint}")

    def commands(self) -> Iterator[tuple[str, Grammar]]:
        """The commands below this one."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
                yield from action.choices.items()

    def summaries(self) -> dict[str, str]:
        """The commands below this one -> what each does, in a few words."""
        return {
            choice.dest: choice.help or ""
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
            for choice in action._get_subactions()  # noqa: SLF001
        }

    def operands(self) -> list[argparse.Action]:
        """What stands in a command line without an option's name."""
        return [one for one in self._get_positional_actions() if not isinstance(one, argparse._SubParsersAction)]  # noqa: SLF001

    def options(self) -> list[str]:
        """Every name of every option."""
        return [name for action in self._actions for name in action.option_strings]

    def families(self) -> Iterator[tuple[str, str, list[argparse.Action]]]:
        """Title, description and options of each group that has any."""
        for group in self._action_groups:
            options = [one for one in group._group_actions if one.option_strings]  # noqa: SLF001
            if options:
                yield group.title or "", group.description or "", options

    def actions(self) -> Iterator[argparse.Action]:
        """All that can be said to this command."""
        yield from self._actions


def leaves(top: Grammar) -> Iterator[Grammar]:
    """Every command that does something, `interpreters` as well as `interpreters install`."""
    for _, inner in top.commands():
        yield inner
        yield from leaves(inner)
