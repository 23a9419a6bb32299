"""The command line: ``stream-service``.

Commands import what they need when they run, so that ``--help`` answers at once.
"""

import os
import signal
import sys

import typer

from stream_service.cli import (
    access,
    console,
    development,
    feedback,
    judging,
    lag,
    topics,
    workers,
)
from stream_service.cli.given import common

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130

app = typer.Typer(
    name="stream-service",
    help="Customer feedback in over Kafka; replies and human-review items out, exactly once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.callback()(common)
for part in (development, workers, feedback, judging, lag, topics, access, console):
    app.add_typer(part.app)


def main() -> None:
    """Run the command line; errors of ours become one message and an exit code."""
    _heed_sigterm()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except Exception as error:
        from stream_service.commands.process.failures import explain

        code, message = explain(error)
        if message is None:
            raise
        sys.stderr.write(f"error: {message}\n")
        sys.exit(code)


def _heed_sigterm() -> None:
    """As a container's first process, end at SIGTERM until a command has its own way to.

    The kernel drops a signal that such a process does not handle: one that comes while a worker
    loads would be forgotten, and the worker killed in the midst of its work when its time is up.
    """
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
