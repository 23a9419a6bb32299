"""The console, its database and its tokens."""

from enum import StrEnum
from typing import Annotated

import typer

from stream_service.cli.given import Given

app = typer.Typer(name="console", help="The gateway over HTTP, and its database.")
token_app = typer.Typer(
    name="token", help="Tokens of who may ask the console.", no_args_is_help=True
)
app.add_typer(token_app)


class TokenRole(StrEnum):
    """What a token's owner may do; the values are those of the console."""

    PUBLISHER = "publisher"
    VIEWER = "viewer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


@app.callback(invoke_without_command=True)
def console(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="To serve on.")] = None,
) -> None:
    """Serve the console until SIGTERM or Ctrl-C: publish, watch, decide and repair over HTTP."""
    if context.invoked_subcommand is not None:
        return
    from stream_service.commands.console import run_console

    given: Given = context.obj
    named = () if port is None else (f"console.port={port}",)
    run_console(Given((*given.overrides, *named)).settings())


@app.command("rebuild")
def console_rebuild(context: typer.Context) -> None:
    """Empty what the topics give back; the console, running or not, reads them from their start."""
    from stream_service.commands.console_admin import rebuild_projection

    rebuild_projection(context.obj.settings())


@token_app.command("create")
def token_create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Whose it is; stands in decisions and the audit log.")],
    role: Annotated[TokenRole, typer.Option(help="What it allows.")],
    days: Annotated[float | None, typer.Option(min=0.01, help="Valid for so long.")] = None,
) -> None:
    """Make a token and print it, once."""
    from stream_service.commands.console_admin import create

    create(context.obj.settings(), name=name, role=role.value, days=days)


@token_app.command("list")
def token_list(context: typer.Context) -> None:
    """List the tokens; secrets are kept nowhere."""
    from stream_service.commands.console_admin import list_all

    list_all(context.obj.settings())


@token_app.command("revoke")
def token_revoke(
    context: typer.Context, token_id: Annotated[str, typer.Argument(help="As list shows it.")]
) -> None:
    """Let nobody in with a token any more."""
    from stream_service.commands.console_admin import revoke

    revoke(context.obj.settings(), token_id)
