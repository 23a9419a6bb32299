"""What a command says when it fails: one message for what a user can mend, a trace for a bug."""

import errno
from typing import cast

EXIT_FAILED, EXIT_USAGE = 1, 2

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk, the user's share of it, or the largest file is full."""

_CONSOLE_PACKAGES = frozenset(
    {
        "nicegui",
        "fastapi",
        "starlette",
        "uvicorn",
        "httptools",
        "websockets",
        "sqlalchemy",
        "aiosqlite",
        "asyncpg",
        "alembic",
    }
)
"""What the console imports of the extra that is named after it."""


class CommandFailed(Exception):
    """A command could not do its work; the message says why and what would mend it."""


def explain(error: Exception) -> tuple[int, str | None]:
    """The exit code and the message for ``error``; no message means that it is a fault of ours."""
    # Only here: a command that succeeds needs none of the packages behind these errors.
    from stream_service.analysis.analyst import AnalystFailed
    from stream_service.analysis.llm.errors import LlmSettingsInvalid
    from stream_service.analysis.llm.prices import PriceTableInvalid
    from stream_service.console.errors import ConsoleError
    from stream_service.devkit.kafka.errors import EmbeddedKafkaError
    from stream_service.extras import ExtraMissing
    from stream_service.observe.http import ServingFailed
    from stream_service.playbook.errors import PlaybookError
    from stream_service.settings import SettingsError
    from stream_service.streaming.errors import GroupInstanceIdTaken, StreamError

    cause = _sole_cause(error)
    match cause:
        case SettingsError() | GroupInstanceIdTaken():
            # Whoever starts it again, with the same settings, has it put the other one out.
            return EXIT_USAGE, str(cause)
        case (
            StreamError()
            | EmbeddedKafkaError()
            | PlaybookError()
            | AnalystFailed()
            | PriceTableInvalid()
            | LlmSettingsInvalid()
            | ServingFailed()
            | ConsoleError()
            | CommandFailed()
            | ExtraMissing()
        ):
            return EXIT_FAILED, str(cause)
        case OSError(errno=number) if number in _NO_SPACE:
            place = cause.filename or "standard output, or a file that is written to"
            return EXIT_FAILED, f"{cause.strerror}: {place}"
        case ModuleNotFoundError(name=str(name)) if name.split(".")[0] in _CONSOLE_PACKAGES:
            return EXIT_FAILED, str(ExtraMissing("the console", [name], "console"))
        case _:
            return EXIT_FAILED, None


def _sole_cause(error: Exception) -> Exception:
    """What a task group wrapped, where it is one error alone."""
    if not isinstance(error, ExceptionGroup):
        return error
    group = cast(ExceptionGroup[Exception], error)
    return _sole_cause(group.exceptions[0]) if len(group.exceptions) == 1 else group
