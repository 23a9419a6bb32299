"""The memory of decisions, loaded from a topic in which anything may stand."""

import tracemalloc
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from stream_service.contracts.record import InputRecord
from stream_service.streaming.decisions.memory import DecisionMemory
from tests.support.records import input_record, json_bytes

NOW = datetime(2026, 5, 6, tzinfo=UTC)


def state(event_id: str, decided_at: str) -> dict[str, object]:
    pointer = {"partition": 0, "offset": 1}
    names = {"event_id": event_id, "decision_id": "d", "type": "ignore"}
    return {**names, "review": pointer, "decided_at": decided_at}


def accepted(event_id: str) -> dict[str, object]:
    names = {"decision_id": str(uuid4()), "reply_id": str(uuid4()), "reviewer": "ann@example.com"}
    return {**state(event_id, "2026-01-02T03:04:05.678901Z"), **names, "type": "accept"}


def stored(state: dict[str, object]) -> InputRecord:
    return input_record(json_bytes(state), key=str(state["event_id"]).encode())


async def loaded(records: Iterable[InputRecord]) -> DecisionMemory:
    memory = DecisionMemory(timedelta(days=90))
    await memory.load(_one_by_one(records))
    return memory


async def test_a_time_without_offset_stops_no_session_from_loading() -> None:
    """Two times of which one has an offset cannot be compared."""
    memory = await loaded(
        [stored(state("e1", "2026-01-02T03:04:05")), stored(state("e2", "2026-01-02T03:04:05Z"))]
    )
    assert len(memory) == 2


async def test_what_is_remembered_takes_less_than_its_record() -> None:
    """Ninety days of decisions are held; models of them took 2 KB each, records half of one."""
    names = [str(uuid4()) for _ in range(20_000)]
    tracemalloc.start()
    memory = await loaded(stored(accepted(name)) for name in names)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(memory) == 20_000
    assert held / len(memory) < 350
    found = memory.get(names[7])
    assert found is not None
    assert (found.event_id, found.reviewer) == (names[7], "ann@example.com")


async def test_the_oldest_are_forgotten_first_in_whatever_order_they_stand() -> None:
    """Topics that were given more partitions hold them in the order of their former ones."""
    days = {"new": 10, "old": 100, "older": 120, "oldest": 130}
    memory = await loaded(
        stored(state(name, (NOW - timedelta(days=ago)).isoformat())) for name, ago in days.items()
    )
    assert memory.forget_expired(NOW, most=2) == ["oldest", "older"]
    assert memory.forget_expired(NOW, most=2) == ["old"]
    assert memory.forget_expired(NOW, most=2) == []
    assert memory.get("new") is not None
    assert memory.get("old") is None


async def test_the_last_record_of_a_key_counts() -> None:
    memory = await loaded(
        [
            stored(state("e1", "2026-01-02T03:04:05Z")),
            stored(state("e2", "2026-01-02T03:04:05Z")),
            input_record(None, key=b"e1"),
            stored({**state("e2", "2026-01-03T03:04:05Z"), "decision_id": "later"}),
        ]
    )
    assert memory.get("e1") is None
    found = memory.get("e2")
    assert found is not None
    assert found.decision_id == "later"


async def test_what_is_loaded_later_is_put_to_it() -> None:
    memory = await loaded([replace(stored(_decided(name, 1)), offset=n) for n, name in _NAMED])
    assert memory.next_offset == 3
    later = [
        replace(input_record(None, key=b"a"), offset=5),
        replace(stored(_decided("b", 2)), offset=6),
        replace(stored(_decided("d", 1)), offset=8),
    ]
    await memory.load(_one_by_one(later))
    assert memory.next_offset == 9
    assert memory.get("a") is None
    # The oldest first: b has been decided once more, by a later record.
    assert memory.forget_expired(datetime(2100, 1, 1, tzinfo=UTC), most=5) == ["c", "d", "b"]


_NAMED = list(enumerate("abc"))


def _decided(name: str, day: int) -> dict[str, object]:
    return state(name, f"2026-01-0{day}T03:04:05Z")


async def _one_by_one(records: Iterable[InputRecord]) -> AsyncGenerator[InputRecord]:
    for record in records:
        yield record
