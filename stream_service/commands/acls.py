"""``stream-service acls``: what each role must be allowed; shown, created, checked."""

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import orjson
import typer
from rich.console import Console
from rich.table import Table

from stream_service.commands.process.running import run
from stream_service.settings import Settings
from stream_service.streaming.access.roles import Role, rules_of
from stream_service.streaming.access.rules import AclRule, Pattern
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of, topics_of

_WIDE = 1_000
"""Where nobody's screen is the bound, no name is cut."""


def show_acls(
    settings: Settings, roles: Sequence[str], *, form: str, principal: str | None
) -> None:
    """Print the ACLs of ``roles`` as ``table``, ``commands`` or ``json``."""
    if principal is not None:
        require_principal(principal)
    rules = {role: _rules(settings, role) for role in map(Role, roles)}
    principals = {role: principal or f"User:{role}" for role in rules}
    writers: Mapping[str, Callable[[], None]] = {
        "table": lambda: _write_table(rules, principals),
        "commands": lambda: _write_commands(settings, rules, principals),
        "json": lambda: _write_json(rules, principals),
    }
    writers[form]()


def create_acls(settings: Settings, role: str, principal: str) -> None:
    """Add a role's ACLs for ``principal`` and say which. Raises StreamError."""
    require_principal(principal)
    rules = _rules(settings, Role(role))

    async def create() -> None:
        async with _administration(settings) as administration:
            await administration.allow(principal, rules)

    run(create())
    for rule in rules:
        sys.stdout.write(f"{principal} may {rule}\n")


def check_acls(settings: Settings, role: str) -> None:
    """Say that nothing lacks. Raises AccessDenied with all that does, and StreamError.

    Whether topics may be created the broker tells to nobody who does not try.
    """
    rules = _rules(settings, Role(role))

    async def check() -> None:
        async with _administration(settings) as administration:
            await administration.require(rules)

    run(check())
    sys.stdout.write(f"{role}: all {len(rules)} ACLs are there\n")


def require_principal(principal: str) -> None:
    """Raises BadParameter."""
    kind, colon, name = principal.partition(":")
    if not colon or not kind or not name:
        raise typer.BadParameter("write it as User:NAME", param_hint="--principal")


def _rules(settings: Settings, role: Role) -> Sequence[AclRule]:
    return rules_of(
        role,
        topics_of(settings),
        settings.consumer.group_id,
        transactional=settings.consumer.delivery == "exactly_once",
    )


def _administration(settings: Settings) -> AbstractAsyncContextManager[TopicAdministration]:
    return TopicAdministration(
        connection_of(settings), start_timeout_s=settings.kafka.start_timeout_s
    )


def _write_table(rules: Mapping[Role, Sequence[AclRule]], principals: Mapping[Role, str]) -> None:
    table = Table("role", "principal", "operation", "on", "name", "pattern")
    for role, some in rules.items():
        for rule in some:
            table.add_row(
                role.value,
                principals[role],
                rule.operation.label,
                rule.kind.words,
                rule.name,
                rule.pattern.name.lower(),
            )
        table.add_section()
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    console.print(table)


def _write_commands(
    settings: Settings,
    rules: Mapping[Role, Sequence[AclRule]],
    principals: Mapping[Role, str],
) -> None:
    for role, some in rules.items():
        sys.stdout.write(f"# {role}\n")
        for rule in some:
            words = ["kafka-acls.sh", "--bootstrap-server", settings.kafka.bootstrap_servers]
            words += ["--add", "--allow-principal", principals[role]]
            words += ["--operation", rule.operation.label, rule.kind.option, rule.name]
            if rule.pattern is Pattern.PREFIXED:
                words += ["--resource-pattern-type", "prefixed"]
            sys.stdout.write(f"{shlex.join(words)}\n")


def _write_json(rules: Mapping[Role, Sequence[AclRule]], principals: Mapping[Role, str]) -> None:
    document = [
        {
            "role": role.value,
            "principal": principals[role],
            "resource_type": rule.kind.name,
            "name": rule.name,
            "pattern_type": rule.pattern.name,
            "operation": rule.operation.name,
        }
        for role, some in rules.items()
        for rule in some
    ]
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
