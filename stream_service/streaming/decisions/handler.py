"""From one decision to the final reply, the memory of it, and the result that tells of it."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime

from stream_service.contracts.cloudevents import refuse_other_major
from stream_service.contracts.codec import decode
from stream_service.contracts.deciding import final_reply
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.publish import (
    forgotten_state_record,
    result_record,
    state_record,
    verdict_record,
)
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.review import (
    DECISION_TYPE,
    REVIEW_TYPE,
    ReviewDecision,
    ReviewItem,
)
from stream_service.contracts.review_result import DecisionOutcome, ReviewResult, ReviewState
from stream_service.contracts.topics import Topics
from stream_service.contracts.trace_context import valid_traceparent
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.unpacking import UnreadableBatch
from stream_service.streaming.dead_letters import MAX_OUTPUT_BYTES, DeadLetters
from stream_service.streaming.decisions.memory import DecisionMemory
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.judging.handler import Work
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reader import read_partition

_FORGOTTEN_PER_DECISION = 100
"""Tombstones that one decision's transaction takes along; decisions come more often than that."""

PlaceOf = Callable[[bytes], int]
"""The partition of the decisions topic that a key belongs to."""


class DecisionHandler:
    """Applies the decisions of one partition, with that partition's memory.

    A session that begins reads on in the memory's topic, after the transaction of the one before is
    settled. After one that has not committed all it did the handler is another, and the memory is
    read from its start: so it never believes what was not committed.
    """

    def __init__(
        self,
        partition: Partition,
        *,
        connection: KafkaConnection,
        topics: Topics,
        memory: DecisionMemory,
        fetcher: ReviewFetcher,
        place_of: PlaceOf,
    ) -> None:
        self._number = partition.number
        self._connection = connection
        self._topics = topics
        self._memory = memory
        self._fetcher = fetcher
        self._place_of = place_of
        self._dead_letters = DeadLetters(topics.dead_letters)

    async def start(self) -> None:
        """Read the partition's memory to its end. Raises SessionFailed."""
        state = Partition(self._topics.review_state, self._number)
        reading = read_partition(self._connection, state, self._memory.next_offset)
        async with aclosing(reading) as records:
            await self._memory.load(records)

    def read(self, record: InputRecord) -> Work:
        """Decode a decision. Raises InvalidRecord."""
        refuse_other_major(record.headers, DECISION_TYPE)
        decision = decode(ReviewDecision, record.value)
        if record.key != decision.event_id.encode():
            raise InvalidRecord(
                Fault.INVALID_FIELD, "key: a decision's key must be its event_id", field="key"
            )
        return Work(run=lambda: self._work(record, decision))

    async def _work(self, record: InputRecord, decision: ReviewDecision) -> Outcome:
        key = decision.event_id.encode()
        if self._place_of(key) != self._number:
            return self._forward(record, key)
        if self._memory.is_unreadable(decision.event_id):
            fault = InvalidRecord(
                Fault.UNSUPPORTED_VERSION,
                "event_id: the item was decided by a newer version of the service, whose record"
                " this one cannot read; send the decision back once that version runs again",
                field="event_id",
            )
            return self._dead_letters.invalid(record, fault)
        applied = self._memory.get(decision.event_id)
        now = datetime.now(UTC)
        if applied is not None:
            return self._answer_again(record, decision, applied, now)
        try:
            item = await self._review(decision)
            reply = final_reply(item, decision, now)
        except InvalidRecord as error:
            return self._dead_letters.invalid(record, error)
        applied = ReviewState(
            event_id=decision.event_id,
            decision_id=decision.decision_id,
            type=decision.type,
            review=decision.review,
            reply_id=None if reply is None else reply.reply_id,
            reviewer=decision.reviewer,
            decided_at=now,
        )
        records: list[OutputRecord] = []
        if reply is not None:
            output = verdict_record(self._topics, reply, valid_traceparent(record.headers))
            if output.size_bytes > MAX_OUTPUT_BYTES:
                return self._dead_letters.too_large(record, output.size_bytes)
            records.append(output)
        # The memory last: whoever finds the item decided takes it for answered.
        records += (
            self._result(record, decision, DecisionOutcome.APPLIED, applied, now),
            state_record(self._topics, applied, self._number),
            *self._tombstones(now),
        )
        # Known at once to the item's next decision, which may end in the same transaction.
        self._memory.remember(applied)
        kind = OutcomeKind.IGNORED if reply is None else OutcomeKind.REPLIED
        return _outcome(record, kind, records)

    async def _review(self, decision: ReviewDecision) -> ReviewItem:
        """Raises InvalidRecord: ``review_unavailable``, or ``unsupported_version``."""
        try:
            found = await self._fetcher.fetch(decision.review)
        except UnreadableBatch as error:
            raise InvalidRecord(
                Fault.REVIEW_UNAVAILABLE,
                f"review: what stands at that place cannot be read: {error}; send the decision back"
                " once the broker has a good copy of it",
                field="review",
            ) from error
        item: ReviewItem | None = None
        if found is not None:
            refuse_other_major(found.headers, REVIEW_TYPE)
            try:
                item = decode(ReviewItem, found.value)
            except InvalidRecord:
                item = None
        if item is None or item.event_id != decision.event_id:
            raise InvalidRecord(
                Fault.REVIEW_UNAVAILABLE,
                "review: there is no review of this event at that place, or none any more",
                field="review",
            )
        return item

    def _answer_again(
        self, record: InputRecord, decision: ReviewDecision, applied: ReviewState, now: datetime
    ) -> Outcome:
        is_repeated = applied.decision_id == decision.decision_id
        outcome = DecisionOutcome.APPLIED if is_repeated else DecisionOutcome.SUPERSEDED
        kind = OutcomeKind.DUPLICATE if is_repeated else OutcomeKind.SUPERSEDED
        return _outcome(record, kind, [self._result(record, decision, outcome, applied, now)])

    def _result(
        self,
        record: InputRecord,
        decision: ReviewDecision,
        outcome: DecisionOutcome,
        applied: ReviewState,
        now: datetime,
    ) -> OutputRecord:
        result = ReviewResult(
            event_id=decision.event_id,
            decision_id=decision.decision_id,
            outcome=outcome,
            applied=applied,
        )
        return result_record(self._topics, result, now, valid_traceparent(record.headers))

    def _forward(self, record: InputRecord, key: bytes) -> Outcome:
        """Hand a decision on to the partition that its key belongs to.

        Clients differ in how they place a key; two decisions of one item in two partitions would
        both win.
        """
        forwarded = OutputRecord(
            topic=record.topic,
            key=key,
            value=record.value,
            headers=record.headers,
            partition=self._place_of(key),
        )
        return _outcome(record, OutcomeKind.FORWARDED, [forwarded])

    def _tombstones(self, now: datetime) -> list[OutputRecord]:
        return [
            forgotten_state_record(self._topics, event_id, self._number)
            for event_id in self._memory.forget_expired(now, _FORGOTTEN_PER_DECISION)
        ]


def _outcome(record: InputRecord, kind: OutcomeKind, records: list[OutputRecord]) -> Outcome:
    return Outcome(
        offset=record.offset,
        kind=kind,
        records=tuple(records),
        received_timestamp_ms=record.timestamp_ms,
    )
