"""From one taken event to its outcome."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.record import InputRecord
from stream_service.contracts.reply import Reply
from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES, Topics
from stream_service.contracts.trace_context import valid_traceparent
from stream_service.streaming.judge import Judge
from stream_service.streaming.outcome import Outcome, OutcomeKind

_BATCH_OVERHEAD_BYTES = 1024
"""What a batch adds to a record: 61 bytes of its own and some for each header; rounded far up."""

MAX_OUTPUT_BYTES = OUTPUT_MAX_MESSAGE_BYTES - _BATCH_OVERHEAD_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how soon a judge that failed is asked again."""

    attempts: int = 4
    first_delay_s: float = 0.5
    max_delay_s: float = 10.0

    def delay_s(self, failures: int) -> float:
        """Doubling, with full jitter over its upper half, so that retries do not march in step."""
        delay = min(self.max_delay_s, self.first_delay_s * 2 ** (failures - 1))
        return delay * random.uniform(0.5, 1)  # noqa: S311 - spreads load, keeps no secret


class OutcomeMaker:
    """Calls the judge and turns what it says, or its failure, into records."""

    def __init__(self, judge: Judge, topics: Topics) -> None:
        self._judge = judge
        self._topics = topics

    async def judge(self, record: InputRecord, event: FeedbackEvent) -> Outcome:
        """Judge once. Raises whatever the judge raises."""
        source = Source(topic=record.topic, partition=record.partition, offset=record.offset)
        verdict = await self._judge(event, source, record.received_at)
        traceparent = valid_traceparent(record.headers)
        output = verdict_record(self._topics, verdict, traceparent)
        if output.size_bytes > MAX_OUTPUT_BYTES:
            return self.dead_letter(
                record,
                Fault.OUTPUT_TOO_LARGE,
                error_class="OutputTooLarge",
                message=f"its outcome has {output.size_bytes} bytes of {MAX_OUTPUT_BYTES} allowed",
            )
        return Outcome(
            offset=record.offset,
            kind=OutcomeKind.REPLIED if isinstance(verdict, Reply) else OutcomeKind.REVIEW,
            records=(output,),
            received_timestamp_ms=record.timestamp_ms,
            category=verdict.analysis.category.value,
        )

    def invalid(self, record: InputRecord, error: InvalidRecord) -> Outcome:
        """The outcome of a record that is no event."""
        return self.dead_letter(
            record,
            error.fault,
            error_class=type(error).__name__,
            message=error.message,
            field=error.field,
        )

    def judge_failed(self, record: InputRecord, error: Exception, attempts: int) -> Outcome:
        """The outcome of an event that the judge could not judge."""
        return self.dead_letter(
            record,
            Fault.JUDGE_FAILED,
            error_class=type(error).__name__,
            # The error's own words stay out: they may hold what the customer wrote.
            message=f"the judge failed {attempts} times; re-drive the event once it is mended",
        )

    def duplicate(self, record: InputRecord) -> Outcome:
        """The outcome of an event that was seen just before."""
        return Outcome(
            offset=record.offset,
            kind=OutcomeKind.DUPLICATE,
            records=(),
            received_timestamp_ms=record.timestamp_ms,
        )

    def dead_letter(
        self,
        record: InputRecord,
        fault: Fault,
        *,
        error_class: str,
        message: str,
        field: str | None = None,
    ) -> Outcome:
        """The outcome of what cannot be processed."""
        letter = DeadLetter(
            fault=fault,
            error_class=error_class,
            message=message,
            field=field,
            failed_at=datetime.now(UTC),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp_ms=record.timestamp_ms,
        )
        output = dead_letter_record(self._topics.dead_letters, record, letter, MAX_OUTPUT_BYTES)
        return Outcome(
            offset=record.offset,
            kind=OutcomeKind.DEAD_LETTER,
            records=(output,),
            received_timestamp_ms=record.timestamp_ms,
            fault=fault.value,
        )
