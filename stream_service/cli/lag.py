"""How far consumer groups are behind: to look at, and for Prometheus."""

from typing import Annotated

import typer

from stream_service.cli.given import Given

app = typer.Typer()


@app.command()
def lag(
    context: typer.Context,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", "-g", help="A regular expression for whole names; repeatable."),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", "-t", help="The same for topics; repeatable."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Live, until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option(min=0.2, max=3_600, help="Seconds between looks, with --watch.")
    ] = 2.0,
    observe: Annotated[
        float,
        typer.Option(
            min=0, max=3_600, help="Look for so many seconds before telling: a pace needs a past."
        ),
    ] = 2.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="One document; with --watch one a line.")
    ] = False,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MESSAGES|AGE",
            help="Exit with 3 if lag is over 1000, or over 30s; repeatable. 4 if it is unknown.",
        ),
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Lag that is unknown is not over.")
    ] = False,
) -> None:
    """Show how far consumer groups are behind; no worker need run.

    Example: stream-service lag --group 'billing|mail' --fail-over 1000 --fail-over 5m
    """
    from stream_service.commands.lag import LagView, show_lag

    given: Given = context.obj
    named = {"lag.groups": group, "lag.topics": topic}
    patterns = [f"{name}={'|'.join(some)}" for name, some in named.items() if some]
    quiet = Given(("log.level=error", *given.overrides, *patterns))
    view = LagView(
        watch=watch,
        interval_s=interval,
        observe_s=observe,
        as_json=as_json,
        fail_over=tuple(fail_over or ()),
        ignore_unknown=ignore_unknown,
        of_topics=bool(topic),
    )
    raise typer.Exit(show_lag(quiet.settings(), view))


@app.command("lag-exporter")
def lag_exporter(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="To serve /metrics and /health on.")] = None,
) -> None:
    """Export the lag of consumer groups for Prometheus, from outside of the workers."""
    from stream_service.commands.lag_exporter import export_lag

    given: Given = context.obj
    named = () if port is None else (f"lag.port={port}",)
    export_lag(Given((*given.overrides, *named)).settings())
