"""The work on records, at the moments at which a session ends."""

import asyncio
from typing import Any

import pytest

from stream_service.streaming.dead_letters import DeadLetters
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
