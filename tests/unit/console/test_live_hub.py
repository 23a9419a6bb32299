"""Live views keep within their bounds (akhq#1206: a live tail that eats memory)."""

import asyncio

import pytest

from stream_service.console.live.hub import LiveHub, TooManyWatchers
from stream_service.contracts.record import InputRecord


def _record(offset: int, *, size: int = 10, age_ms: int = 0) -> InputRecord:
    return InputRecord(
        topic="replies",
        partition=0,
        offset=offset,
        timestamp_ms=1_000_000 - age_ms,
        key=None,
        value=b"x" * size,
    )


def _hub(most_watchers: int = 10) -> LiveHub:
    return LiveHub(most_watchers=most_watchers, now_ms=lambda: 1_000_000)


async def test_a_slow_watcher_loses_the_oldest_and_is_told_how_many() -> None:
    hub = _hub()
    with hub.watch("replies") as watch:
        hub.stored([_record(number) for number in range(1_000)])
        records, dropped = await watch.take(1)
        assert dropped == 800
        assert [one.place for one in records] == [f"0-{number}" for number in range(800, 1_000)]
        hub.stored([_record(1_000)])
        assert (await watch.take(1))[1] == 0


async def test_large_records_are_bounded_by_their_bytes() -> None:
    hub = _hub()
    with hub.watch("replies") as watch:
        hub.stored([_record(number, size=400_000) for number in range(10)])
        records, dropped = await watch.take(1)
        assert (len(records), dropped) == (2, 8)
        hub.stored([_record(number, size=2_000_000) for number in range(3)])
        assert len((await watch.take(1))[0]) == 1


async def test_history_that_is_read_again_is_not_live() -> None:
    hub = _hub()
    with hub.watch("replies") as watch:
        hub.stored([_record(0, age_ms=70_000), _record(1, age_ms=50_000)])
        assert [one.place for one in (await watch.take(1))[0]] == ["0-1"]


async def test_watchers_are_bounded_and_wake_at_the_end() -> None:
    hub = _hub(most_watchers=1)
    with hub.watch("replies") as watch:
        assert hub.is_full
        with pytest.raises(TooManyWatchers), hub.watch("replies"):
            pass
        waiting = asyncio.create_task(watch.take(60))
        await asyncio.sleep(0)
        hub.close()
        assert await asyncio.wait_for(waiting, 5) == ((), 0)
    assert hub.watchers == 0
