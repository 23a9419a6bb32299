"""The memory of decisions, loaded from a topic in which anything may stand."""

import tracemalloc
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


def test_what_is_remembered_takes_no_more_than_its_record() -> None:
    """Ninety days of decisions are held; models of them took 2 KB each."""
    memory = DecisionMemory(timedelta(days=90))
    records = [
        input_record(json_bytes(state(name, "2026-01-02T03:04:05Z")), key=name.encode())
        for name in (f"event-{number}" for number in range(1_000))
    ]
    tracemalloc.start()
    memory.load(records)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(memory) == 1_000
    assert held / len(memory) < 600
    found = memory.get("event-7")
    assert found is not None
    assert found.event_id == "event-7"
