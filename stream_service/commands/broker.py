"""``stream-service broker``: an embedded Kafka in the foreground."""

from pathlib import Path

from rich.console import Console
from rich.status import Status

from stream_service.commands.process.running import run
from stream_service.devkit.kafka import EmbeddedKafka, Progress, Stage, run_foreground


def run_broker(*, data_dir: Path | None, port: int, brokers: int) -> None:
    """Run the broker until a signal comes. Raises EmbeddedKafkaError."""
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
