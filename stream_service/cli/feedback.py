"""Feedback in and outcomes out, from a shell."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


class Stream(StrEnum):
    """What can be subscribed to."""

    REPLIES = "replies"
    REVIEWS = "reviews"
    DEAD_LETTERS = "dead-letters"


class RowFormat(StrEnum):
    """How a file of feedback is written."""

    AUTO = "auto"
    JSONL = "jsonl"
    CSV = "csv"
    LINES = "lines"


@app.command()
def publish(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help="One feedback; - or none reads stdin.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A file of feedback.", dir_okay=False)
    ] = None,
    row_format: Annotated[
        RowFormat,
        typer.Option(
            "--format", help="auto goes by the file's name, of standard input by its first line."
        ),
    ] = RowFormat.AUTO,
    customer_id: Annotated[str | None, typer.Option(help="For one text, and rows without.")] = None,
    rating: Annotated[int | None, typer.Option(min=1, max=5, help="For one text.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Publish feedback: one text, a file (JSONL, CSV or plain lines), or standard input.

    What is interrupted tells behind which line; (head -n 1 FILE; tail -n +NEXT FILE) sends the rest
    of a CSV file to standard input.
    """
    from stream_service.commands.publish import publish_feedback

    code = publish_feedback(
        context.obj.settings(),
        text=text,
        file=file,
        row_format=row_format.value,
        customer_id=customer_id,
        rating=rating,
        quiet=quiet,
    )
    raise typer.Exit(code)


@app.command()
def subscribe(
    context: typer.Context,
    stream: Annotated[Stream, typer.Argument(help="What to read.")],
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="All there is, not only what comes.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Go on, or end at the topic's end.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
) -> None:
    """Show replies, reviews or dead letters as they come."""
    from stream_service.commands.subscribe import follow_stream

    follow_stream(
        context.obj.settings(),
        stream=stream.value,
        from_beginning=from_beginning,
        follow=follow,
        as_json=as_json,
        limit=limit,
    )
