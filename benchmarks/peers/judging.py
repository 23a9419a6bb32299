"""The judge that every contender has behind it: the service's own graph with a language model."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from stream_service.assembly import graph_judge
from stream_service.contracts.events import decode_event
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.contracts.verdict import Verdict
from stream_service.settings import Settings
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.judge import Judge
from tests.support.judges import EchoJudge

BlockingHandle = Callable[[InputRecord], OutputRecord]
"""The same as a ``Handle``, for who has no event loop."""

SLOW_CUSTOMER = "slow"
SLOW_WORDS = "Please look into it thoroughly. "
"""What the texts begin with that take long; the same customer's others do not."""


@asynccontextmanager
async def judge_of(
    settings: Settings, *, slow_s: float, intake: Intake | None = None
) -> AsyncGenerator[Judge]:
    """The service's judge, which takes ``slow_s`` longer for texts that ask for it."""
    async with graph_judge(settings, intake) as judge:

        async def slowed(event: FeedbackEvent, source: Source, received_at: datetime) -> Verdict:
            if (event.text or "").startswith(SLOW_WORDS):
                await asyncio.sleep(slow_s)
            return await judge(event, source, received_at)

        yield slowed if slow_s else judge


def waiting_judge(seconds: float) -> Judge:
    """What takes no CPU to speak of, and as long as the model does."""

    async def wait(_event: FeedbackEvent) -> None:
        await asyncio.sleep(seconds)

    return EchoJudge(wait)


class Handling:
    """A judge as a ``Handle``: from the record to the record."""

    def __init__(self, judge: Judge, topics: Topics) -> None:
        self._judge = judge
        self._topics = topics

    async def __call__(self, record: InputRecord) -> OutputRecord:
        """Decode, judge, encode."""
        source = Source(topic=record.topic, partition=record.partition, offset=record.offset)
        verdict = await self._judge(decode_event(record), source, record.received_at)
        return verdict_record(self._topics, verdict, None)
