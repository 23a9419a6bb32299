"""What documents say of the command line: commands in code spans and in blocks."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import typer.main

from stream_service.cli import app

SPAN = re.compile(r"`([^`\n]+)`")


def commands(text: str) -> Iterator[str]:
    """Each ``stream-service …`` of a document, without what a shell does with it."""
    for span in [*SPAN.findall(text), *(line.strip() for line in text.splitlines())]:
        # At its beginning, or behind what runs it in a container.
        found = re.match(r"(?:docker compose exec \S+ |kubectl .* -- )?(stream-service .*)", span)
        if found is not None:
            yield re.split(r"[#|;&]", found[1])[0].strip()


def require_command(words: str) -> None:
    """Fail where there is no such command, or where it has no such flag."""
    command: Any = typer.main.get_command(app)
    for word in shlex.split(words)[1:]:
        if word.startswith("-"):
            assert word in _flags(command), words
        elif hasattr(command, "commands"):
            assert word in command.commands, words
            command = command.commands[word]
    is_group = hasattr(command, "commands") and not command.invoke_without_command
    assert not is_group, f"{words}: no command"


def _flags(command: Any) -> set[str]:
    return {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
