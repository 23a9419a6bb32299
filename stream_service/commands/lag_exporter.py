"""``stream-service lag-exporter``: lag for Prometheus, until a signal."""

from stream_service.commands.lag_options import lag_options_of
from stream_service.commands.process.cycles import cycles_freed
from stream_service.commands.process.running import run, stop_on_signals
from stream_service.observe.http import ObservationServer
from stream_service.observe.lag.exporter import LagExporter
from stream_service.observe.lag.monitor import LagMonitor
from stream_service.observe.logs import logger
from stream_service.settings import Settings
from stream_service.transport_settings import connection_of


def export_lag(settings: Settings) -> None:
    """Serve lag metrics until SIGTERM or SIGINT.

    Raises ServingFailed, and BrokerUnreachable when the first look at the cluster does not succeed
    within ``kafka.start_timeout_s``; later outages are ridden out.
    """
    run(_export(settings))


async def _export(settings: Settings) -> None:
    lag, log = settings.lag, logger()
    async with (
        stop_on_signals() as stop,
        cycles_freed(),
        LagMonitor(connection_of(settings), lag_options_of(settings)) as monitor,
    ):
        exporter = LagExporter(monitor, interval_s=lag.interval_s, timeout_s=lag.timeout_s)
        with ObservationServer(
            settings.metrics.host,
            lag.port,
            metrics=exporter.page,
            health=exporter.health,
            setting="lag.port",
        ) as server:
            log.info("lag_exporter_started", host=settings.metrics.host, port=server.port)
            await exporter.first_round(settings.kafka.start_timeout_s)
            await exporter.run(stop)
    log.info("lag_exporter_stopped")
