"""What the cluster must allow to each part of the service."""

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(
    name="acls",
    help="What the cluster must allow to each part of the service.",
    no_args_is_help=True,
)


class AccessRole(StrEnum):
    """Who connects to the cluster; the values are those of the transport."""

    PUBLISHER = "publisher"
    WORKER = "worker"
    SUBSCRIBER = "subscriber"
    CONSOLE = "console"
    LAG_EXPORTER = "lag-exporter"
    OPERATOR = "operator"


class AclForm(StrEnum):
    """How ACLs are written down."""

    TABLE = "table"
    COMMANDS = "commands"
    JSON = "json"


AclRoles = Annotated[
    list[AccessRole] | None, typer.Option("--role", help="Whose; repeatable. All without it.")
]


@app.command("show")
def acls_show(
    context: typer.Context,
    role: AclRoles = None,
    form: Annotated[
        AclForm, typer.Option("--format", help="commands are lines for kafka-acls.sh.")
    ] = AclForm.TABLE,
    principal: Annotated[
        str | None, typer.Option(help="As User:worker; without it User:ROLE.")
    ] = None,
) -> None:
    """Print the least that each role needs, for the topics and the group of the settings."""
    from stream_service.commands.acls import show_acls

    roles = [one.value for one in role or AccessRole]
    show_acls(context.obj.settings(), roles, form=form.value, principal=principal)


@app.command("create")
def acls_create(
    context: typer.Context,
    role: Annotated[AccessRole, typer.Option(help="Whose.")],
    principal: Annotated[str, typer.Option(help="To whom, as User:worker.")],
) -> None:
    """Add a role's ACLs; whoever does this needs Alter on the cluster. Existing ones stay."""
    from stream_service.commands.acls import create_acls

    create_acls(context.obj.settings(), role.value, principal)


@app.command("check")
def acls_check(
    context: typer.Context, role: Annotated[AccessRole, typer.Option(help="Whose.")]
) -> None:
    """Say whether whom the settings connect as has a role's ACLs; exit code 1 where one lacks."""
    from stream_service.commands.acls import check_acls

    check_acls(context.obj.settings(), role.value)
