"""The judgement at once, with nothing published."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from stream_service.console.errors import ConsoleError
from stream_service.contracts.events import event_of
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.reply import Reply
from stream_service.contracts.verdict import Verdict
from stream_service.observe.logs import logger
from stream_service.streaming.judging.judge import Judge

_AT_ONCE = 32
"""Judgements side by side, over all requests: the language model's limits are its own affair."""

_SOURCE = Source(topic="analyze", partition=0, offset=0)
"""Where such an event stands: in no topic."""


class AnalysisFailed(ConsoleError):
    """The judge could not judge."""


@dataclass(frozen=True, slots=True)
class RowAnalysis:
    """What became of one row of a batch."""

    row: int
    """From 1."""
    status: str
    """``analyzed``, ``refused`` or ``failed``."""
    verdict: Verdict | None = None
    field: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """A batch in numbers."""

    rows: int
    analyzed: int
    refused: int
    failed: int
    replies: int
    reviews: int
    by_category: Mapping[str, int]
    by_language: Mapping[str, int]
    by_sentiment: Mapping[str, int]
    mean_judgement_ms: float | None


class Analyzer:
    """Judges what it is given."""

    def __init__(self, judge: Judge, *, timeout_s: float) -> None:
        self._judge = judge
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def analyze(self, data: Mapping[str, Any]) -> Verdict:
        """Judge one event. Raises InvalidRecord, AnalysisFailed."""
        return await self._verdict(event_of(data))

    async def analyze_batch(
        self, rows: Iterable[Mapping[str, Any] | InvalidRecord]
    ) -> Sequence[RowAnalysis]:
        """Judge many; each row has a fate of its own."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._row(number, row)) for number, row in enumerate(rows, 1)
            ]
        return [task.result() for task in tasks]

    async def _row(self, number: int, row: Mapping[str, Any] | InvalidRecord) -> RowAnalysis:
        try:
            if isinstance(row, InvalidRecord):
                raise row
            return RowAnalysis(number, "analyzed", await self.analyze(row))
        except InvalidRecord as error:
            return RowAnalysis(number, "refused", None, error.field, error.message)
        except AnalysisFailed as error:
            return RowAnalysis(number, "failed", None, None, str(error))

    async def _verdict(self, event: FeedbackEvent) -> Verdict:
        named = event if event.event_id else event.model_copy(update={"event_id": str(uuid4())})
        try:
            # The wait for a slot counts: somebody waits for the answer.
            async with asyncio.timeout(self._timeout_s), self._slots:
                return await self._judge(named, _SOURCE, datetime.now(UTC))
        except TimeoutError:
            raise AnalysisFailed(f"no judgement within {self._timeout_s:g} s") from None
        except Exception as error:
            # Any failure of a judge counts as passing (its protocol says so): tell, and go on.
            logger().exception("analysis_failed")
            raise AnalysisFailed(f"the judgement failed ({type(error).__name__})") from error


def batch_totals(rows: Sequence[RowAnalysis]) -> BatchTotals:
    """Count."""
    verdicts = [row.verdict for row in rows if row.verdict is not None]
    fates = Counter(row.status for row in rows)
    times = [verdict.timings.judgement_ms for verdict in verdicts]
    return BatchTotals(
        rows=len(rows),
        analyzed=fates["analyzed"],
        refused=fates["refused"],
        failed=fates["failed"],
        replies=sum(isinstance(verdict, Reply) for verdict in verdicts),
        reviews=sum(not isinstance(verdict, Reply) for verdict in verdicts),
        by_category=dict(Counter(verdict.analysis.category.value for verdict in verdicts)),
        by_language=dict(Counter(verdict.analysis.language for verdict in verdicts)),
        by_sentiment=dict(
            Counter(
                verdict.analysis.sentiment.label.value
                for verdict in verdicts
                if verdict.analysis.sentiment is not None
            )
        ),
        mean_judgement_ms=sum(times) / len(times) if times else None,
    )
