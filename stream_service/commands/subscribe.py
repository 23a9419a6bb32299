"""``stream-service subscribe``: replies, reviews or dead letters as they come."""

import sys
from collections.abc import Callable

import typer
from rich.console import Console

from stream_service.commands.display.record_json import record_json
from stream_service.commands.display.record_text import record_text
from stream_service.commands.process.descriptors import write_all
from stream_service.commands.process.running import run
from stream_service.commands.process.stoppable import until_stopped
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import Topics
from stream_service.settings import Settings
from stream_service.streaming.reading.reader import read_records
from stream_service.transport_settings import connection_of, topics_of

EXIT_INTERRUPTED = 130


def follow_stream(
    settings: Settings,
    *,
    stream: str,
    from_beginning: bool,
    follow: bool,
    as_json: bool,
    limit: int | None,
) -> None:
    """Show committed records of ``replies``, ``reviews`` or ``dead-letters``, one after another.

    Without ``follow`` it shows all there is and ends. A signal ends it too: that is how following
    ends, and cuts anything else short (exit code 130). Raises StreamError, BrokenPipeError.
    """
    topics = topics_of(settings)
    topic = _topic(topics, stream)
    form = _json_line if as_json else _human_form(topics)

    async def show() -> bool:
        shown = 0
        async with read_records(
            connection_of(settings),
            [topic],
            from_beginning=from_beginning or not follow,
            follow=follow,
            start_timeout_s=settings.kafka.start_timeout_s,
        ) as records:
            if follow:
                sys.stderr.write(f"following {topic}; Ctrl-C ends it\n")
                sys.stderr.flush()
            async for record in records:
                await write_all(sys.stdout.fileno(), form(record).encode())
                shown += 1
                if shown == limit:
                    break
        return True

    if run(until_stopped(show())) is None and not follow:
        raise typer.Exit(EXIT_INTERRUPTED)


def _topic(topics: Topics, stream: str) -> str:
    return {
        "replies": topics.replies,
        "reviews": topics.reviews,
        "dead-letters": topics.dead_letters,
    }[stream]


def _json_line(record: InputRecord) -> str:
    return f"{record_json(record)}\n"


def _human_form(topics: Topics) -> Callable[[InputRecord], str]:
    console = Console(soft_wrap=True, markup=False, highlight=False)

    def form(record: InputRecord) -> str:
        with console.capture() as captured:
            console.print(record_text(topics, record))
        return captured.get()

    return form
