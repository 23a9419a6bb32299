"""Which items are decided: a partition of the state topic, held in memory."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from stream_service.contracts.cloudevents import refuse_other_major
from stream_service.contracts.codec import decode, encode
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord, header_text
from stream_service.contracts.review_result import STATE_TYPE, ReviewState

_STATE_FAMILY = STATE_TYPE.rpartition(".")[0]


class DecisionMemory:
    """The decision that counts, by event id.

    What is older than ``retention`` is forgotten: its review cannot be decided any more. Decisions
    are kept as they are written, since nearly none is asked for: half a kilobyte each, read ones 2.
    """

    def __init__(self, retention: timedelta) -> None:
        self._retention = retention
        self._states: dict[str, bytes] = {}
        self._by_age: deque[tuple[datetime, str]] = deque()
        self._unreadable: set[str] = set()

    def __len__(self) -> int:
        """How many items are remembered."""
        return len(self._states)

    def load(self, records: Iterable[InputRecord]) -> None:
        """Take over what the state topic remembers; the last record of a key counts."""
        decided_at: dict[str, datetime] = {}
        for record in records:
            event_id = (record.key or b"").decode(errors="replace")
            self._unreadable.discard(event_id)
            if not record.value:
                self._states.pop(event_id, None)
                continue
            try:
                refuse_other_major(record.headers, STATE_TYPE)
                state = decode(ReviewState, record.value)
            except InvalidRecord:
                if _is_a_state(record):
                    self._states.pop(event_id, None)
                    self._unreadable.add(event_id)
                # Else not ours: only a decisions session writes here, in its own transactions.
                continue
            self._states[state.event_id] = record.value
            decided_at[state.event_id] = state.decided_at
        self._by_age = deque(
            sorted((when, name) for name, when in decided_at.items() if name in self._states)
        )

    def is_unreadable(self, event_id: str) -> bool:
        """Whether a newer version of the service has decided the item, in a way unknown here.

        After a roll-back it must not be decided once more.
        """
        return event_id in self._unreadable

    def get(self, event_id: str) -> ReviewState | None:
        """The decision that counts for the item, if there was one."""
        state = self._states.get(event_id)
        return None if state is None else decode(ReviewState, state)

    def remember(self, state: ReviewState) -> None:
        """Keep ``state`` as the decision that counts."""
        self._states[state.event_id] = encode(state)
        self._by_age.append((state.decided_at, state.event_id))

    def forget_expired(self, now: datetime, most: int) -> list[str]:
        """Forget up to ``most`` items past the retention; returns their event ids."""
        forgotten: list[str] = []
        while self._by_age and len(forgotten) < most and self._by_age[0][0] < now - self._retention:
            _, event_id = self._by_age.popleft()
            if self._states.pop(event_id, None) is not None:
                forgotten.append(event_id)
        return forgotten


def _is_a_state(record: InputRecord) -> bool:
    type_ = header_text(record.headers, "ce_type") or ""
    return type_.rpartition(".")[0] == _STATE_FAMILY
