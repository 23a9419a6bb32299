"""``stream-service console``: the gateway and the pages, until a signal."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from stream_service.commands.console_options import access_of
from stream_service.commands.console_serving import serve_console
from stream_service.commands.process.cycles import cycles_freed
from stream_service.commands.process.garbage import settle_after_a_walk
from stream_service.commands.process.running import run, stop_on_signals
from stream_service.console.access.authenticating import refuse_unsafe_address
from stream_service.console.gateway.server import listen
from stream_service.observe.logs import logger
from stream_service.settings import Settings
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.send_trace import SendTracer
from stream_service.transport_settings import tracing_of


def run_console(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; what is under way is finished then.

    Raises UnsafeAddress, ServingFailed, DatabaseUnavailable, and what building the judge raises.
    Kafka may be away: the console waits for it, and says so.
    """
    refuse_unsafe_address(settings.console.host, access_of(settings.console))
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    console, log = settings.console, logger()
    async with (
        stop_on_signals() as stop,
        cycles_freed(),
        _judge(settings) as judge,
        _tracer(settings) as tracer,
    ):
        listening = listen(console.host, console.port)
        port: int = listening.getsockname()[1]
        log.info("console_started", host=console.host, port=port)
        await serve_console(settings, judge, tracer, listening, stop, loaded=settle_after_a_walk)
    log.info("console_stopped")


@asynccontextmanager
async def _judge(settings: Settings) -> AsyncGenerator[Judge | None]:
    if not settings.console.analyze:
        yield None
        return
    # Only here: its models take seconds and memory.
    from stream_service.assembly import graph_judge

    async with graph_judge(settings) as judge:
        yield judge


@asynccontextmanager
async def _tracer(settings: Settings) -> AsyncGenerator[SendTracer | None]:
    tracing = tracing_of(settings)
    if tracing is None:
        yield None
        return
    # Only here: its import is half a second.
    from stream_service.observe.tracing.export import SpanExport
    from stream_service.observe.tracing.sending import PublisherTracer

    async with AsyncExitStack() as stack:
        export = await stack.enter_async_context(SpanExport(tracing))
        yield PublisherTracer(export.tracer)
