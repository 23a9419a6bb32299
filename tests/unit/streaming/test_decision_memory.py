"""The memory of decisions, loaded from a topic in which anything may stand."""

from datetime import timedelta

from stream_service.streaming.decisions.memory import DecisionMemory
from tests.support.records import input_record, json_bytes


def state(event_id: str, decided_at: str) -> dict[str, object]:
    pointer = {"partition": 0, "offset": 1}
    names = {"event_id": event_id, "decision_id": "d", "type": "ignore"}
    return {**names, "review": pointer, "decided_at": decided_at}


def test_a_time_without_offset_stops_no_session_from_loading() -> None:
    """Two times of which one has an offset cannot be compared."""
    memory = DecisionMemory(timedelta(days=90))
    memory.load(
        [
            input_record(json_bytes(state("e1", "2026-01-02T03:04:05")), key=b"e1"),
            input_record(json_bytes(state("e2", "2026-01-02T03:04:05Z")), key=b"e2"),
        ]
    )
    assert len(memory) == 2
