"""What a failure forgets of the way that it came."""

import asyncio

from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.sessions.failure import release_frames


async def test_a_task_that_it_came_through_runs_on() -> None:
    """The client's sender tells of a failure by a future, and goes on."""
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    goes_on = asyncio.Event()

    async def sender() -> str:
        try:
            raise SessionFailed(FailureReason.FENCED, "by another one")
        except SessionFailed as failure:
            told.set_exception(failure)
        await goes_on.wait()
        return "sent"

    sending = asyncio.create_task(sender())
    try:
        await told
    except SessionFailed as failure:
        release_frames(failure)
    goes_on.set()
    assert await asyncio.wait_for(sending, 5) == "sent"


def test_its_causes_forget_it_too() -> None:
    cause = ValueError()
    failure = SessionFailed(FailureReason.INTERNAL, "")
    try:
        try:
            raise ExceptionGroup("of a task group", [cause])
        except ExceptionGroup as group:
            raise failure from group
    except SessionFailed as caught:
        assert caught.__cause__ is not None
        assert caught.__cause__.__traceback__ is not None
    release_frames(failure)
    assert failure.__traceback__ is None
    assert failure.__cause__ is not None
    assert failure.__cause__.__traceback__ is None
