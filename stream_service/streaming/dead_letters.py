"""The outcomes of what cannot be processed."""

from datetime import UTC, datetime

from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.record import InputRecord
from stream_service.contracts.topics import OUTPUT_MAX_MESSAGE_BYTES
from stream_service.streaming.outcome import Outcome, OutcomeKind

_BATCH_OVERHEAD_BYTES = 1024
"""What a batch adds to a record: 61 bytes of its own and some for each header; rounded far up."""

MAX_OUTPUT_BYTES = OUTPUT_MAX_MESSAGE_BYTES - _BATCH_OVERHEAD_BYTES
"""Of key, value and headers together."""


class DeadLetters:
    """Sets records aside on the dead-letters topic, with what is known of the fault."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def invalid(
        self, record: InputRecord, error: InvalidRecord, *, is_carried: bool = True
    ) -> Outcome:
        """A record that can never be processed as it is; its value is left out where it is not to
        be carried, since the dead-letters topic takes less than it should.
        """
        return self._outcome(
            record,
            error.fault,
            error_class=type(error).__name__,
            message=error.message,
            field=error.field,
            is_carried=is_carried,
        )

    def failed(self, record: InputRecord, error: Exception, attempts: int) -> Outcome:
        """A record whose work has failed every time."""
        return self._outcome(
            record,
            Fault.JUDGE_FAILED,
            error_class=type(error).__name__,
            # The error's own words stay out: they may hold what the customer wrote.
            message=f"failed {attempts} times; re-drive the record once the cause is mended",
        )

    def too_large(self, record: InputRecord, size_bytes: int) -> Outcome:
        """A record whose outcome no topic would take."""
        return self._outcome(
            record,
            Fault.OUTPUT_TOO_LARGE,
            error_class="OutputTooLarge",
            message=f"its outcome has {size_bytes} bytes of {MAX_OUTPUT_BYTES} allowed",
        )

    def refused(
        self, record: InputRecord, error_class: str, attempts: int, *, is_carried: bool = True
    ) -> Outcome:
        """A record whose outcome the broker has refused every time."""
        return self._outcome(
            record,
            Fault.PUBLISH_REFUSED,
            error_class=error_class,
            message=f"the broker refused its outcome {attempts} times",
            is_carried=is_carried,
        )

    def _outcome(
        self,
        record: InputRecord,
        fault: Fault,
        *,
        error_class: str,
        message: str,
        field: str | None = None,
        is_carried: bool = True,
    ) -> Outcome:
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
        output = dead_letter_record(
            self._topic, record, letter, MAX_OUTPUT_BYTES if is_carried else 0
        )
        return Outcome(
            offset=record.offset,
            kind=OutcomeKind.DEAD_LETTER,
            records=(output,),
            received_timestamp_ms=record.timestamp_ms,
            fault=fault.value,
        )
