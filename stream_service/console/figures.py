"""The projection's metrics: read now and then, so that a scrape never waits for a database."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.projection.projection import Projection
from stream_service.console.queries.dead_letters import open_dead_letters, redriven_by_fault
from stream_service.console.queries.reviews import open_by_priority
from stream_service.console.store import Database
from stream_service.contracts.review import Priority
from stream_service.observe.logs import logger

_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was read at one time."""

    dead_letters: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Count and the oldest's time, by reason."""
    redriven: dict[str, int] = field(default_factory=dict[str, int])
    reviews: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Count and the oldest's time, by priority."""


class ConsoleFigures(Collector):
    """Collects them. ``run`` is its one task."""

    def __init__(
        self, database: Database, projection: Projection, registry: CollectorRegistry
    ) -> None:
        self._database = database
        self._projection = projection
        self._figures: Figures | None = None
        registry.register(self)

    async def run(self) -> None:
        """Read for ever; while the database is away the last figures stay."""
        while True:
            try:
                await self.read()
            except DatabaseUnavailable as error:
                logger().warning("figures_interrupted", detail=str(error))
            await asyncio.sleep(_INTERVAL_S)

    async def read(self) -> None:
        """Read once. Raises DatabaseUnavailable."""
        async with self._database.reading() as connection:
            letters = await open_dead_letters(connection)
            redriven = await redriven_by_fault(connection)
            waiting = await open_by_priority(connection)
        self._figures = Figures(
            {letter.fault: (letter.count, letter.oldest_ms) for letter in letters},
            redriven,
            waiting,
        )

    def collect(self) -> Iterable[Metric]:
        """The figures as they were read last; none before the first time."""
        return families(self._figures, self._projection.behind)


def families(figures: Figures | None, behind: int | None) -> Iterable[Metric]:
    """The metrics of ``figures`` and of the records ``behind``; what is unknown has none."""
    if behind is not None:
        yield GaugeMetricFamily(
            "feedback_console_behind_records",
            "Committed records that the console has not stored yet.",
            value=behind,
        )
    if figures is not None:
        yield from _dead_letters(figures)
        yield from _reviews(figures)


def _dead_letters(figures: Figures) -> Iterable[Metric]:
    count = GaugeMetricFamily(
        "feedback_dead_letters",
        "Dead letters that nobody has sent back.",
        labels=["reason"],
    )
    age = GaugeMetricFamily(
        "feedback_dead_letter_oldest_age_seconds",
        "Age of the oldest of them.",
        labels=["reason"],
    )
    # A reason whose last letter was sent back stays, at 0: a series that ends is no 0.
    for reason in sorted({*figures.dead_letters, *figures.redriven}):
        number, oldest_ms = figures.dead_letters.get(reason, (0, None))
        count.add_metric([reason], number)
        age.add_metric([reason], _age_s(oldest_ms))
    redriven = CounterMetricFamily(
        "feedback_dead_letters_redriven",
        "Dead letters that were sent back.",
        labels=["reason"],
    )
    for reason, number in sorted(figures.redriven.items()):
        redriven.add_metric([reason], number)
    return count, age, redriven


def _reviews(figures: Figures) -> Iterable[Metric]:
    count = GaugeMetricFamily(
        "feedback_review_queue_items", "Items that wait for a decision.", labels=["priority"]
    )
    age = GaugeMetricFamily(
        "feedback_review_oldest_age_seconds", "Age of the oldest of them.", labels=["priority"]
    )
    for priority in Priority:
        number, oldest_ms = figures.reviews.get(priority.value, (0, None))
        count.add_metric([priority.value], number)
        age.add_metric([priority.value], _age_s(oldest_ms))
    return count, age


def _age_s(oldest_ms: int | None) -> float:
    return 0.0 if oldest_ms is None else max(0.0, time.time() - oldest_ms / 1000)
