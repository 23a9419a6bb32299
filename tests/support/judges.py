"""Judges for tests of the transport: the judgement itself is not what these tests are about."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from stream_service.contracts.analysis import Analysis, Category, TextMeasures
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Provenance, Source, Timings
from stream_service.contracts.reply import Origin, Reply
from stream_service.contracts.review import (
    ActionRequest,
    DraftArguments,
    Priority,
    ReviewItem,
    ReviewReason,
)
from stream_service.contracts.verdict import Verdict

Before = Callable[[FeedbackEvent], Awaitable[None]]


async def _at_once(_event: FeedbackEvent) -> None:
    return None


class EchoJudge:
    """Replies with the event's own text; an event with rating 1 goes to a person.

    ``before`` is awaited first: it may wait, or raise.
    """

    def __init__(self, before: Before = _at_once) -> None:
        self._before = before
        self.calls: list[str] = []

    async def __call__(
        self, event: FeedbackEvent, source: Source, received_at: datetime
    ) -> Verdict:
        assert event.event_id is not None
        self.calls.append(event.event_id)
        await self._before(event)
        return verdict_on(event, source, received_at)


class Gate:
    """Lets chosen events wait until they are let go."""

    def __init__(self, *event_ids: str) -> None:
        self._waiting = {event_id: asyncio.Event() for event_id in event_ids}
        self.entered: set[str] = set()
        self.cancelled: set[str] = set()

    async def __call__(self, event: FeedbackEvent) -> None:
        gate = self._waiting.get(event.event_id or "")
        if gate is None:
            return
        self.entered.add(event.event_id or "")
        try:
            await gate.wait()
        except asyncio.CancelledError:
            self.cancelled.add(event.event_id or "")
            raise

    def let_go(self, event_id: str) -> None:
        self._waiting[event_id].set()


def verdict_on(event: FeedbackEvent, source: Source, received_at: datetime) -> Verdict:
    now = datetime.now(UTC)
    analysis = Analysis(
        language="en",
        category=Category.COMPLAINT,
        measures=TextMeasures(characters=len(event.text), words=1, sentences=1),
    )
    provenance = Provenance(analyst="test", model="echo", playbook_version="1")
    timings = Timings(received_at=received_at, judged_at=now, judgement_ms=0)
    assert event.event_id is not None
    if event.rating == 1:
        return ReviewItem(
            review_id=f"review-{event.event_id}",
            event_id=event.event_id,
            event=event,
            analysis=analysis,
            reasons=(ReviewReason.ANGER,),
            priority=Priority.NORMAL,
            due_at=now,
            action_request=ActionRequest(
                args=DraftArguments(text=event.text, language="en", strategy="echo")
            ),
            description="echo",
            provenance=provenance,
            source=source,
            timings=timings,
            created_at=now,
        )
    return Reply(
        reply_id=f"reply-{event.event_id}",
        event_id=event.event_id,
        customer_id=event.customer_id,
        text=event.text,
        language="en",
        strategy="echo",
        origin=Origin.AUTO,
        analysis=analysis,
        provenance=provenance,
        source=source,
        timings=timings,
        created_at=now,
    )
