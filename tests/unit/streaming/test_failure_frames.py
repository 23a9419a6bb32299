"""What a failure is told as, and what it forgets of the way that it came."""

import asyncio
from pathlib import Path

import pytest

from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.tls import TlsFiles
from stream_service.streaming.errors import FailureReason, SessionFailed, StreamError
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.transactions import TransactionalPublisher
from stream_service.streaming.sessions.failure import release_frames, session_failure


async def test_a_certificate_that_is_taken_away_is_told_by_its_file(tmp_path: Path) -> None:
    """While a worker runs: it was told as a fault of ours, by a line of our code."""
    gone = tmp_path / "ca.pem"
    connection = KafkaConnection(
        bootstrap_servers="127.0.0.1:9", security_protocol="SSL", tls=TlsFiles(ca=gone)
    )
    with pytest.raises(StreamError) as raised:
        await TransactionalPublisher.open(
            connection,
            group_id="workers",
            partition=Partition("feedback.events", 0),
            transaction_timeout_s=10,
            operation_timeout_s=10,
        )
    failure = session_failure(ExceptionGroup("of a task group", [raised.value]))
    assert failure.reason is FailureReason.START_FAILED
    assert failure.detail == f"kafka.ssl_ca_file: {gone}: No such file or directory"


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
