"""Judging labelled rows by the graph."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from stream_service.commands.evaluation.gold import GoldFile, GoldRow
from stream_service.commands.evaluation.metrics import Judged
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.review import ReviewItem, ReviewReason
from stream_service.contracts.verdict import Verdict

SEED = 7

Judge: TypeAlias = Callable[[FeedbackEvent, Source, datetime], Awaitable[Verdict]]

_CONTRADICTED = frozenset({ReviewReason.DISAGREEMENT, ReviewReason.UNCATEGORISED})
_UNCERTAIN = _CONTRADICTED | {ReviewReason.LOW_CONFIDENCE}


def sample(gold: GoldFile, most: int | None) -> Sequence[GoldRow]:
    """All rows, or ``most`` of them: the same ones every time."""
    if most is None or len(gold.rows) <= most:
        return gold.rows
    return random.Random(SEED).sample(gold.rows, most)  # noqa: S311 - no secret


async def judge_rows(
    judge: Judge,
    name: str,
    rows: Sequence[GoldRow],
    *,
    at_once: int,
    done: Callable[[], None],
) -> Sequence[Judged]:
    """Judge ``rows``, ``at_once`` at most at the same time; ``done`` is told of each.

    Raises what the judge raises.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, row: GoldRow) -> Judged:
        async with gate:
            event = row.event.model_copy(update={"event_id": f"{name}:{row.line}"})
            source = Source(topic="evaluate", partition=0, offset=number)
            verdict = await judge(event, source, datetime.now(UTC))
        done()
        return _judged(row.label, verdict)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number, row)) for number, row in enumerate(rows)]
    return [task.result() for task in tasks]


def _judged(label: str, verdict: Verdict) -> Judged:
    reasons = frozenset(verdict.reasons if isinstance(verdict, ReviewItem) else ())
    usage = verdict.provenance.usage
    return Judged(
        label=label,
        category=verdict.analysis.category,
        confidence=verdict.analysis.confidence.category,
        is_uncertain=not reasons.isdisjoint(_UNCERTAIN),
        is_contradicted=not reasons.isdisjoint(_CONTRADICTED),
        is_reviewed=bool(reasons),
        model=verdict.provenance.model,
        playbook_version=verdict.provenance.playbook_version,
        cost_usd=0.0 if usage is None else usage.cost_usd,
    )
