"""``stream-service topics``: create and check."""

from rich.console import Console
from rich.table import Table

from stream_service.commands.process.running import run
from stream_service.settings import Settings
from stream_service.streaming.decisions.growing import grow_decisions
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of, topics_of


def create_topics(settings: Settings) -> None:
    """Create what is missing and say what was done. Raises StreamError."""

    async def main() -> tuple[str, ...]:
        async with TopicAdministration(
            connection_of(settings), start_timeout_s=settings.kafka.start_timeout_s
        ) as administration:
            return tuple(
                await administration.create(
                    topics_of(settings),
                    partitions=settings.topics.partitions,
                    replication_factor=settings.topics.replication_factor,
                )
            )

    created = run(main())
    console = Console()
    for name in created:
        console.print(f"created {name} ({settings.topics.partitions} partitions)")
    if not created:
        console.print("all topics exist already")


def grow_decision_topics(settings: Settings, partitions: int) -> None:
    """Give the topics of decisions more partitions. Raises StreamError."""
    grown = run(
        grow_decisions(
            connection_of(settings),
            topics_of(settings),
            partitions,
            group_id=settings.consumer.group_id,
            start_timeout_s=settings.kafka.start_timeout_s,
        )
    )
    Console().print(
        f"both topics of decisions have {grown.partitions} partitions; {grown.remembered} decided"
        " items are remembered there"
    )


def check_topics(settings: Settings) -> int:
    """Print what was found about each topic; returns the exit code. Raises StreamError."""

    async def main() -> Table | None:
        async with TopicAdministration(
            connection_of(settings), start_timeout_s=settings.kafka.start_timeout_s
        ) as administration:
            findings = await administration.check(topics_of(settings))
        table = Table("topic", "partitions", "verdict")
        for finding in findings:
            verdict = "; ".join(finding.problems) or "ok"
            table.add_row(finding.name, str(finding.partitions or "-"), verdict)
        Console().print(table)
        return table if any(finding.problems for finding in findings) else None

    if run(main()) is None:
        return 0
    Console(stderr=True).print("create missing topics with: stream-service topics create")
    return 1
