"""The work on records, at the moments at which a session ends."""

import asyncio
from typing import Any

import pytest

from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import NotNow
from stream_service.streaming.event_watch import NoWatch
from stream_service.streaming.judging.handler import Work
from stream_service.streaming.judging.judgements import Judgements
from stream_service.streaming.judging.left_running import LeftRunning
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.suspects import Suspects
from tests.support.records import input_record
from tests.support.waiting import until

RECORD = input_record(b"{}")


@pytest.mark.parametrize("leave_running", [True, False], ids=["left running", "ended"])
async def test_work_that_ends_in_the_same_turn_as_its_session_is_no_loose_end(
    leave_running: bool,
) -> None:
    """Its callback is scheduled already when the session takes it back, and found nothing."""
    loop = asyncio.get_running_loop()
    told: list[str] = []
    ends: list[asyncio.Task[None]] = []
    finished: list[Outcome] = []
    slots, left = JudgeSlots(1), LeftRunning()

    async def work() -> Outcome:
        # Its first step is scheduled before the callbacks of this task.
        ends.append(asyncio.create_task(judgements.end(leave_running=leave_running)))
        return Outcome(
            offset=RECORD.offset, kind=OutcomeKind.IGNORED, records=(), received_timestamp_ms=0
        )

    def remember(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        told.append(str(context["message"]))

    judgements = Judgements(
        Partition(RECORD.topic, RECORD.partition),
        slots=slots,
        retry=RetryPolicy(),
        suspects=Suspects(),
        left_running=left,
        dead_letters=DeadLetters("dead-letters"),
        observer=StreamObserver(),
        finished=finished.append,
        broken=lambda error: told.append(repr(error)),
        ended=lambda: None,
    )
    loop.set_exception_handler(remember)
    try:
        judgements.add(RECORD, Work(run=work, may_outlive_session=True), NoWatch())
        judgements.offer()
        await until(lambda: bool(ends), "the work")
        await ends[0]
        await until(lambda: slots.running == 0, "the slot to be given back")
        # Whatever was scheduled has run.
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(None)
    assert told == []
    assert finished == []
    assert (left.claim(RECORD) is not None) is leave_running


async def test_what_is_new_is_started_in_turn_with_what_is_tried_again() -> None:
    """Work that could not be done was always ready again: of it alone there was no end."""
    tries: list[int] = []
    finished: list[Outcome] = []
    slots = JudgeSlots(1)
    judgements = Judgements(
        Partition(RECORD.topic, RECORD.partition),
        slots=slots,
        retry=RetryPolicy(first_delay_s=0, max_delay_s=0),
        suspects=Suspects(),
        left_running=LeftRunning(),
        dead_letters=DeadLetters("dead-letters"),
        observer=StreamObserver(),
        finished=finished.append,
        broken=lambda error: None,
        ended=lambda: None,
    )

    def add(offset: int, *, can_be_done: bool) -> None:
        async def work() -> Outcome:
            tries.append(offset)
            if not can_be_done:
                raise NotNow("")
            return Outcome(
                offset=offset, kind=OutcomeKind.IGNORED, records=(), received_timestamp_ms=0
            )

        record = input_record(b"{}", key=b"%d" % offset, offset=offset)
        judgements.add(record, Work(run=work, may_outlive_session=True), NoWatch())
        judgements.offer()

    waiting = range(10)
    try:
        for offset in waiting:
            add(offset, can_be_done=False)
        await until(lambda: len(tries) > 3 * len(waiting), "the work to be tried again")
        before = len(tries)
        new = range(100, 105)
        for offset in new:
            add(offset, can_be_done=True)
        await until(lambda: len(finished) == len(new) or len(tries) > before + 1_000, "what is new")
        assert [outcome.offset for outcome in finished] == list(new)
        since = tries[before:]
        assert not set(since).isdisjoint(waiting), "nor do the others starve"
        seen = len(tries)
        await until(lambda: len(tries) > seen + len(waiting), "the others to go on")
    finally:
        await judgements.end(leave_running=False)
