"""What a shell asks when somebody presses TAB -> words, by argcomplete; silent whatever goes wrong, and fast.

The shell sets `_ARGCOMPLETE` and reads the words from descriptor 8 (argcomplete's protocol). Nothing here imports a
room that computes: a user waits for each TAB.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from engine.cli.arguments.grammar import Grammar, leaves
from engine.cli.completion import folders, scenarios, words
from engine.cli.completion.words import Found

Completer = Callable[[str, argparse.Namespace], Found]

COMPLETERS: Mapping[str, Completer] = {
    "affinity": words.listed("none", "compact", "spread", "cores"),
    "baseline": folders.baselines,
    "fail_on": words.gates,
    "file": folders.files,
    "folder": folders.inside,
    "folders": folders.inside,
    "format": words.formats,
    "formats": words.formats,
    "gil": words.listed("default", "on", "off"),
    "output": folders.files,
    "parameters": scenarios.parameters,
    "python": words.interpreters,
    "result": folders.results,
    "results": folders.results,
    "resume": folders.unfinished,
    "save_baseline": folders.baselines,
    "scenarios": scenarios.names,
    "source": folders.files,
    "spec": words.versions,
    "switch_interval": words.listed("default", "500us", "5ms", "50ms"),
    "tag": scenarios.tags,
    "threads": words.listed("1", "2", "4", "cpus", "cpus/2", "cpus*2"),
    "to": words.targets,
    "words": words.commands,
}
"""What an option or operand is called by argparse -> the words that may stand there."""

SCRIPT = {
    "bash": """\
# Completion of fteng for bash. In ~/.bashrc:    eval "$(fteng completion bash)"
# or, without starting fteng in every new shell, where the package bash-completion is installed:
#   fteng completion bash > ~/.local/share/bash-completion/completions/fteng
""",
    "zsh": """\
# Completion of fteng for zsh. In ~/.zshrc, after compinit: eval "$(fteng completion zsh)"
# or, without starting fteng in every new shell:            fteng completion zsh > DIR/_fteng, DIR being in $fpath
""",
    "fish": """\
# Completion of fteng for fish: fteng completion fish > ~/.config/fish/completions/fteng.fish
""",
}
"""How each script is installed; it begins with this."""


def script(shell: str) -> str:
    """What a shell reads to complete `fteng`."""
    body = shellcode(["fteng"], False, shell, ["-o", "nospace"])
    first, _, rest = body.partition("\n")
    # zsh looks for `#compdef` in the first line of a file, and for nothing after it
    return f"{first}\n{SCRIPT[shell]}{rest}" if first.startswith("#compdef") else f"{SCRIPT[shell]}{body.lstrip()}"


def complete(top: Grammar) -> None:
    """Answer the shell and end the process."""
    with suppress(Exception):
        for command in (top, *leaves(top)):
            for action in command.actions():
                if action.choices is None and (completer := COMPLETERS.get(action.dest)):
                    action.completer = _careful(completer)  # type: ignore[attr-defined]
        CompletionFinder()(top, always_complete_options=False, default_completer=_nothing)  # type: ignore[arg-type]
    os._exit(1)


def _careful(completer: Completer) -> Callable[..., Found]:
    """The completer as argcomplete calls it; whatever it stumbles over, it has found nothing."""

    def call(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> Found:
        with suppress(Exception):
            return completer(prefix, parsed_args)
        return {}

    return call


def _nothing(**_: Any) -> Iterable[str]:
    return ()
