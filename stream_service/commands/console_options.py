"""What the settings mean for the console."""

from ipaddress import ip_network

from stream_service.commands.lag_options import lag_options_of
from stream_service.console.access.authenticating import AccessOptions
from stream_service.console.access.roles import Role
from stream_service.console.gateway.app import GatewayOptions
from stream_service.console.services import Check, ConsoleOptions
from stream_service.extras import ExtraMissing
from stream_service.settings import Settings
from stream_service.settings.groups import ConsoleSettings
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.send_trace import SendTracer
from stream_service.transport_settings import connection_of, topics_of


def console_options_of(
    settings: Settings, judge: Judge | None, tracer: SendTracer | None
) -> ConsoleOptions:
    """What the console is given."""
    console = settings.console
    return ConsoleOptions(
        database_url=console.database_url.get_secret_value(),
        connection=connection_of(settings),
        topics=topics_of(settings),
        judge=judge,
        access=access_of(console),
        retention_days=console.retention_days,
        lag=lag_options_of(settings),
        lag_interval_s=settings.lag.interval_s,
        tracer=tracer,
        checks=_checks(settings),
    )


def access_of(console: ConsoleSettings) -> AccessOptions:
    """Who is let in."""
    return AccessOptions(
        tokens=console.authentication == "tokens",
        proxy_header=console.proxy_header,
        proxy_role=Role(console.proxy_role),
        trusted_proxies=tuple(ip_network(address) for address in _parts(console.trusted_proxies)),
    )


def gateway_options_of(console: ConsoleSettings) -> GatewayOptions:
    """How requests are treated."""
    return GatewayOptions(hosts=_parts(console.hosts), requests_per_s=console.requests_per_s)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _checks(settings: Settings) -> dict[str, Check]:
    """Redis is asked where answers are kept there."""
    url = settings.llm.cache_url
    if url is None or not settings.console.analyze:
        return {}
    try:
        from redis.asyncio import Redis
    except ImportError:
        raise ExtraMissing("llm.cache_url", ["redis"], "redis") from None

    async def answers() -> None:
        async with Redis.from_url(url.get_secret_value()) as redis:  # pyright: ignore[reportUnknownMemberType]
            await redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]

    return {"redis": answers}
