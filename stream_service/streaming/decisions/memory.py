"""Which items are decided: a partition of the state topic, held in memory."""

import zlib
from collections.abc import AsyncIterable
from datetime import UTC, datetime, timedelta

from stream_service.contracts.cloudevents import refuse_other_major
from stream_service.contracts.codec import decode, encode
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord, header_text
from stream_service.contracts.review import DecisionType, ReviewPointer
from stream_service.contracts.review_result import STATE_TYPE, ReviewState

_STATE_FAMILY = STATE_TYPE.rpartition(".")[0]

_NO_HEADER = -15
"""zlib's ``wbits`` for bare deflate data, which saves six bytes each."""

_EXAMPLE = encode(
    ReviewState(
        event_id="00000000-0000-0000-0000-000000000000",
        decision_id="00000000-0000-0000-0000-000000000000",
        type=DecisionType.ACCEPT,
        review=ReviewPointer(partition=0, offset=0),
        reply_id="00000000-0000-0000-0000-000000000000",
        reviewer="@",
        decided_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
)
"""What all of them have in common, so that none has to hold it."""


class DecisionMemory:
    """The decision that counts, by event id.

    What is older than ``retention`` is forgotten: its review cannot be decided any more. Decisions
    are kept packed, since nearly none is asked for: 0.3 kilobytes each, where the record
    itself takes 0.5 and a model of it 2.
    """

    def __init__(self, retention: timedelta) -> None:
        self._retention = retention
        self._states: dict[str, bytes] = {}
        """Packed, the oldest decision first."""
        self._unreadable: set[str] = set()
        self.next_offset = 0
        """Behind the last record of the state topic that was taken over."""

    def __len__(self) -> int:
        """How many items are remembered."""
        return len(self._states)

    async def load(self, records: AsyncIterable[InputRecord]) -> None:
        """Take over what the state topic remembers from ``next_offset`` on.

        The last record of a key counts. What a session before has remembered comes once more.
        """
        read: dict[str, tuple[datetime, bytes]] = {}
        async for record in records:
            event_id = (record.key or b"").decode(errors="replace")
            self.next_offset = record.offset + 1
            self._unreadable.discard(event_id)
            if not record.value:
                read.pop(event_id, None)
                self._states.pop(event_id, None)
                continue
            try:
                refuse_other_major(record.headers, STATE_TYPE)
                state = decode(ReviewState, record.value)
            except InvalidRecord:
                if _is_a_state(record):
                    read.pop(event_id, None)
                    self._states.pop(event_id, None)
                    self._unreadable.add(event_id)
                # Else not ours: only a decisions session writes here, in its own transactions.
                continue
            read[state.event_id] = (state.decided_at, _packed(record.value))
        for event_id, (_, packed) in sorted(read.items(), key=lambda one: one[1][0]):
            self._states.pop(event_id, None)
            self._states[event_id] = packed

    def is_unreadable(self, event_id: str) -> bool:
        """Whether a newer version of the service has decided the item, in a way unknown here.

        After a roll-back it must not be decided once more.
        """
        return event_id in self._unreadable

    def get(self, event_id: str) -> ReviewState | None:
        """The decision that counts for the item, if there was one."""
        packed = self._states.get(event_id)
        return None if packed is None else _unpacked(packed)

    def remember(self, state: ReviewState) -> None:
        """Keep ``state`` as the decision that counts."""
        self._states[state.event_id] = _packed(encode(state))

    def forget_expired(self, now: datetime, most: int) -> list[str]:
        """Forget up to ``most`` items past the retention; returns their event ids."""
        forgotten: list[str] = []
        for event_id, packed in self._states.items():
            if len(forgotten) == most or _unpacked(packed).decided_at >= now - self._retention:
                break
            forgotten.append(event_id)
        for event_id in forgotten:
            del self._states[event_id]
        return forgotten


def _packed(state: bytes) -> bytes:
    packing = zlib.compressobj(wbits=_NO_HEADER, zdict=_EXAMPLE)
    return packing.compress(state) + packing.flush()


def _unpacked(packed: bytes) -> ReviewState:
    unpacking = zlib.decompressobj(wbits=_NO_HEADER, zdict=_EXAMPLE)
    return decode(ReviewState, unpacking.decompress(packed))


def _is_a_state(record: InputRecord) -> bool:
    type_ = header_text(record.headers, "ce_type") or ""
    return type_.rpartition(".")[0] == _STATE_FAMILY
