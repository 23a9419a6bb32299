"""From one feedback event to its outcome."""

from stream_service.contracts.dead_letter import redrive_count
from stream_service.contracts.events import decode_event
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import InputRecord
from stream_service.contracts.reply import Reply
from stream_service.contracts.topics import Topics
from stream_service.contracts.trace_context import valid_traceparent
from stream_service.streaming.dead_letters import MAX_OUTPUT_BYTES, DeadLetters
from stream_service.streaming.judging.handler import Work
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.outcome import Outcome, OutcomeKind


class EventHandler:
    """Calls the judge, and turns its verdict into the record that publishes it.

    It has no state of its own: one serves all partitions.
    """

    def __init__(self, judge: Judge, topics: Topics) -> None:
        self._judge = judge
        self._topics = topics
        self._dead_letters = DeadLetters(topics.dead_letters)

    async def start(self) -> None:
        """Nothing is needed."""

    def read(self, record: InputRecord) -> Work:
        """Decode an event. Raises InvalidRecord."""
        event = decode_event(record)
        return Work(
            run=lambda: self._work(record, event),
            identity=(event.event_id or "", redrive_count(record.headers)),
            may_outlive_session=True,
        )

    async def _work(self, record: InputRecord, event: FeedbackEvent) -> Outcome:
        source = Source(topic=record.topic, partition=record.partition, offset=record.offset)
        verdict = await self._judge(event, source, record.received_at)
        output = verdict_record(self._topics, verdict, valid_traceparent(record.headers))
        if output.size_bytes > MAX_OUTPUT_BYTES:
            return self._dead_letters.too_large(record, output.size_bytes)
        return Outcome(
            offset=record.offset,
            kind=OutcomeKind.REPLIED if isinstance(verdict, Reply) else OutcomeKind.REVIEW,
            records=(output,),
            received_timestamp_ms=record.timestamp_ms,
            category=verdict.analysis.category.value,
        )
