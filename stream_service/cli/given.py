"""The flags that all commands share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stream_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in front of the command: it goes before all else that says how to run."""

    overrides: tuple[str, ...]

    def settings(self) -> "Settings":
        """Load the settings, and log by them from now on. Raises InvalidSettings."""
        from stream_service.observe.logs import configure_logs
        from stream_service.settings import load_settings

        settings = load_settings(self.overrides)
        configure_logs(settings.log.level, settings.log.format, trace_ids=settings.tracing.enabled)
        return settings


def common(
    context: typer.Context,
    bootstrap_servers: Annotated[
        str | None, typer.Option("--bootstrap-servers", "-b", help="Brokers as host:port,…")
    ] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Stands before each topic.")] = None,
    group_id: Annotated[str | None, typer.Option(help="The worker's consumer group.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any setting; may be repeated."),
    ] = None,
) -> None:
    """Take the flags that all commands share."""
    named = {
        "kafka.bootstrap_servers": bootstrap_servers,
        "topics.prefix": topic_prefix,
        "consumer.group_id": group_id,
        "log.level": log_level,
    }
    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    context.obj = Given((*(set_ or ()), *given))
