"""``stream-service broker``: an embedded Kafka in the foreground."""

from pathlib import Path

import typer
from rich.console import Console
from rich.status import Status

from stream_service.commands.process.running import run
from stream_service.devkit.kafka import (
    HIGHEST_TCP_PORT,
    EmbeddedKafka,
    Progress,
    Stage,
    run_foreground,
)


def run_broker(*, data_dir: Path | None, port: int, brokers: int) -> None:
    """Run the broker until a signal comes.

    Raises EmbeddedKafkaError, and typer.BadParameter where there are not so many ports.
    """
    if port + brokers - 1 > HIGHEST_TCP_PORT:
        raise typer.BadParameter(
            f"{brokers} brokers need the ports from {port} on; the last one is {HIGHEST_TCP_PORT}"
        )
    console = Console(stderr=True)

    async def ready(kafka: EmbeddedKafka) -> None:
        status.stop()
        console.print(f"Kafka answers at {kafka.bootstrap_servers}; Ctrl-C ends it")
        if data_dir is None:
            console.print("its records are gone then; keep them with --data-dir")

    with console.status("Kafka") as status:
        run(
            run_foreground(
                ready,
                brokers=brokers,
                data_dir=data_dir,
                port=port,
                on_progress=lambda progress: show_progress(status, progress),
                on_stopping=lambda: console.print("stopping"),
            )
        )


def show_progress(status: Status, progress: Progress) -> None:
    """Draw one step of the broker's way up."""
    share = f" {progress.done}/{progress.total}" if progress.total else ""
    note = " (once)" if progress.stage in {Stage.DOWNLOADING, Stage.RESOLVING} else ""
    status.update(f"Kafka: {progress.stage.value}{share}{note}")
