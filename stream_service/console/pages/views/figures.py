"""What the overview shows: one hour's totals, and what waits now."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from stream_service.console.queries.dead_letters import open_dead_letters
from stream_service.console.queries.judgements import LastJudgement, last_judgement
from stream_service.console.queries.reviews import open_by_priority
from stream_service.console.queries.totals import Total, totals
from stream_service.console.store import Database

Figure = TypeVar("Figure")

MINUTES = 60

OUTCOMES = ("replied", "review", "dead_letter")
"""What an event becomes, in the order of the chart."""

_JUDGED = frozenset({"replied", "review"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody."""

    count: int
    oldest_ms: int | None


@dataclass(frozen=True, slots=True)
class OverviewFigures:
    """Read at one time."""

    first_minute: int
    """Since 1970."""
    totals: Sequence[Total]
    reviews: Waiting
    urgent_reviews: int
    dead_letters: Waiting
    last_judgement: LastJudgement | None

    def count(self, outcome: str) -> int:
        """Records of one outcome within the hour."""
        return sum(total.count for total in self.totals if total.outcome == outcome)

    @property
    def judged(self) -> int:
        """Events that were judged."""
        return sum(total.count for total in self._judged())

    @property
    def degraded(self) -> int:
        """Those of them that the language model did not judge although it was asked for."""
        return sum(total.degraded for total in self._judged())

    @property
    def cost_usd(self) -> float:
        """What the language model cost."""
        return sum(total.cost_usd for total in self.totals)

    @property
    def mean_reply_s(self) -> float | None:
        """From an event's record in Kafka to its automatic reply's; None without one."""
        return _mean_s([total for total in self.totals if total.outcome == "replied"])

    def categories(self) -> Mapping[str, int]:
        """Judged events by category, the most frequent first."""
        counts: dict[str, int] = {}
        for total in self._judged():
            counts[total.category] = counts.get(total.category, 0) + total.count
        return dict(sorted(counts.items(), key=lambda one: -one[1]))

    def per_minute(self, outcome: str) -> Sequence[tuple[int, float]]:
        """Time in ms and count, for each minute of the hour."""
        return self._by_minute(
            lambda found: sum(total.count for total in found if total.outcome == outcome)
        )

    def latencies(self) -> Sequence[tuple[int, float | None]]:
        """Time in ms and mean seconds to an outcome, for each minute; None where there is none."""
        return self._by_minute(
            lambda found: _mean_s([total for total in found if total.outcome in _JUDGED])
        )

    def _judged(self) -> list[Total]:
        return [total for total in self.totals if total.outcome in _JUDGED]

    def _by_minute(
        self, figure: Callable[[Sequence[Total]], Figure]
    ) -> Sequence[tuple[int, Figure]]:
        minutes: dict[int, list[Total]] = {
            minute: [] for minute in range(self.first_minute, self.first_minute + MINUTES)
        }
        for total in self.totals:
            minutes[total.minute].append(total)
        return [(minute * 60_000, figure(found)) for minute, found in minutes.items()]


async def overview_figures(database: Database) -> OverviewFigures:
    """Read them. Raises DatabaseUnavailable."""
    to_minute = int(time.time() // 60) + 1
    async with database.reading() as connection:
        found = await totals(
            connection, from_minute=to_minute - MINUTES, to_minute=to_minute, step_minutes=1
        )
        by_priority = await open_by_priority(connection)
        letters = await open_dead_letters(connection)
        judged = await last_judgement(connection)
    return OverviewFigures(
        first_minute=to_minute - MINUTES,
        totals=found,
        reviews=_waiting(list(by_priority.values())),
        urgent_reviews=by_priority.get("urgent", (0, 0))[0],
        dead_letters=_waiting([(letter.count, letter.oldest_ms) for letter in letters]),
        last_judgement=judged,
    )


def _waiting(found: Sequence[tuple[int, int]]) -> Waiting:
    return Waiting(
        sum(count for count, _ in found), min((oldest for _, oldest in found), default=None)
    )


def _mean_s(found: Sequence[Total]) -> float | None:
    count = sum(total.count for total in found)
    if not count:
        return None
    return sum(total.mean_latency_ms * total.count for total in found) / count / 1000
