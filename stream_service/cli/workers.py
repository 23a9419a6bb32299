"""Workers: run them, ask whether they live, see their settings."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stream_service.cli.given import Given

app = typer.Typer()


@app.command()
def run(
    context: typer.Context,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes of one group.")] = 1,
    alive_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
    observation_socket: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run workers: judge feedback until SIGTERM or Ctrl-C."""
    if workers == 1:
        # First of all, for the sake of whatever is imported next.
        from stream_service.commands.process.garbage import walk_seldom_while_loading

        walk_seldom_while_loading()
    given: Given = context.obj
    settings = given.settings()
    if workers > 1:
        from stream_service.commands.supervise import RestartPolicy, run_workers

        raise typer.Exit(run_workers(settings, given.overrides, workers, RestartPolicy()))
    from stream_service.commands.run import run_until_signalled

    run_until_signalled(settings, alive_descriptor, observation_socket)


class HealthPart(StrEnum):
    """What serves health; the values are those of the command."""

    WORKER = "worker"
    LAG_EXPORTER = "lag-exporter"
    CONSOLE = "console"


@app.command()
def health(
    context: typer.Context,
    part: Annotated[
        HealthPart | None, typer.Argument(help="Which; without it whatever answers here.")
    ] = None,
    ready: Annotated[
        bool, typer.Option("--ready", help="Not only alive, but able to do its work.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="All that /health says, alive and ready, and why.")
    ] = False,
) -> None:
    """Ask the worker, lag exporter or console of this machine whether it lives; else exit code 1.

    For a container's health check, and with --json for people: it looks at the ports that the
    settings name.
    """
    from stream_service.commands.health import Part, ask_health, show_health

    given: Given = context.obj
    asked = None if part is None else Part(part.value)
    if as_json:
        raise typer.Exit(show_health(given.settings(), asked))
    ask_health(given.settings(), asked, ready=ready)


@app.command()
def config(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the settings in force and where each comes from; secrets are masked."""
    from stream_service.commands.config import show_config

    given: Given = context.obj
    show_config(given.settings(), given.overrides, as_json=as_json)
