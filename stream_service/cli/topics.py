"""The topics."""

from typing import Annotated

import typer

app = typer.Typer(name="topics", help="Create or check the topics.", no_args_is_help=True)


@app.command("create")
def topics_create(context: typer.Context) -> None:
    """Create the topics that are missing."""
    from stream_service.commands.topics import create_topics

    create_topics(context.obj.settings())


@app.command("grow-decisions")
def topics_grow_decisions(
    context: typer.Context,
    partitions: Annotated[int, typer.Option(min=1, max=10_000, help="So many in all.")],
) -> None:
    """Give decisions and their memory more partitions, both as many; no worker may run."""
    from stream_service.commands.topics import grow_decision_topics

    grow_decision_topics(context.obj.settings(), partitions)


@app.command("check")
def topics_check(context: typer.Context) -> None:
    """Compare the topics with what the service needs; exit code 1 when something is wrong."""
    from stream_service.commands.topics import check_topics

    raise typer.Exit(check_topics(context.obj.settings()))
