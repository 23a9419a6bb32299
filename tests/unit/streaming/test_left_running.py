"""Work that outlives its session: claimed once, by its own record, or ended."""

import asyncio
from dataclasses import replace

import pytest

from stream_service.contracts.record import InputRecord
from stream_service.streaming.judging import left_running
from stream_service.streaming.judging.left_running import LeftRunning, RunningWork
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.outcome import Outcome, OutcomeKind
from tests.support.records import input_record
from tests.support.waiting import until

RECORD = input_record(b"{}")


class Left:
    """One work on RECORD, begun in a slot and left running."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.slots = JudgeSlots(1)
        self.slots.offer(self)
        self.task = asyncio.create_task(self._work())
        self.place = LeftRunning()
        self.place.leave(RunningWork(RECORD, self.task, failures=1), self.slots)

    async def _work(self) -> Outcome:
        await self.go_on.wait()
        return Outcome(
            offset=RECORD.offset, kind=OutcomeKind.IGNORED, records=(), received_timestamp_ms=0
        )

    @property
    def has_ready(self) -> bool:
        return self.slots.running == 0

    def start_next(self) -> None:
        """The slot is taken; the work begins below."""


async def test_it_is_claimed_once_and_runs_on() -> None:
    left = Left()
    claimed = left.place.claim(RECORD)
    assert claimed is not None
    assert claimed.failures == 1
    assert left.place.claim(RECORD) is None
    assert left.slots.running == 0, "the claimer has a slot of its own"
    left.go_on.set()
    assert (await claimed.task).offset == RECORD.offset
    await left.place.end()


async def test_what_has_ended_meanwhile_is_claimed_with_its_outcome() -> None:
    left = Left()
    left.go_on.set()
    await until(left.task.done)
    await until(lambda: left.slots.running == 0, "its slot")
    claimed = left.place.claim(RECORD)
    assert claimed is not None
    assert claimed.task.result().offset == RECORD.offset


@pytest.mark.parametrize(
    "other",
    [replace(RECORD, value=b"[]"), replace(RECORD, timestamp_ms=1), replace(RECORD, key=None)],
)
async def test_another_record_of_that_offset_does_not_get_it(other: InputRecord) -> None:
    left = Left()
    assert left.place.claim(other) is None
    await until(left.task.cancelled)
    assert left.slots.running == 0


async def test_nobody_claims_it_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_running, "_KEPT_S", 0.01)
    left = Left()
    await until(left.task.cancelled)
    assert left.place.claim(RECORD) is None
    assert left.slots.running == 0


async def test_the_end_leaves_nothing_running() -> None:
    left = Left()
    await left.place.end()
    assert left.task.cancelled()
    assert left.slots.running == 0
