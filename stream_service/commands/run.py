"""``stream-service run``: a worker in the foreground."""

from stream_service.commands.running import run, stop_on_signals
from stream_service.settings import Settings
from stream_service.worker import run_worker


def run_until_signalled(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT, then drain. Raises what the worker raises."""

    async def main() -> None:
        async with stop_on_signals() as stop:
            await run_worker(settings, stop)

    run(main())
