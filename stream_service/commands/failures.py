"""What a command says when it fails: one message for what a user can mend, a trace for a bug."""

from stream_service.analysis.analyst import AnalystFailed
from stream_service.devkit.kafka.errors import EmbeddedKafkaError
from stream_service.playbook.errors import PlaybookError
from stream_service.settings import SettingsError
from stream_service.streaming.errors import StreamError

EXIT_FAILED, EXIT_USAGE = 1, 2


class CommandFailed(Exception):
    """A command could not do its work; the message says why and what would mend it."""


def explain(error: Exception) -> tuple[int, str | None]:
    """The exit code and the message for ``error``; no message means that it is a fault of ours."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    match error:
        case SettingsError():
            return EXIT_USAGE, str(error)
        case (
            StreamError()
            | EmbeddedKafkaError()
            | PlaybookError()
            | AnalystFailed()
            | CommandFailed()
        ):
            return EXIT_FAILED, str(error)
        case _:
            return EXIT_FAILED, None
