"""What it means when the broker does not take what a session publishes."""

from aiokafka.errors import (
    InvalidTimestampError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)

from stream_service.streaming.access.denials import denial_of
from stream_service.streaming.access.rules import Operation
from stream_service.streaming.errors import FailureReason, SessionFailed

_REFUSING = (MessageSizeTooLargeError, RecordListTooLargeError, PolicyViolationError)
"""The broker does not take a record for what it is, and never will."""


def failed_publication(error: BaseException, *, committed: str) -> SessionFailed:
    """The failure of a session whose publication ended with ``error``.

    ``committed`` is the topic whose offsets went with it.
    """
    if isinstance(error, _REFUSING):
        reason = FailureReason.REFUSED
    elif isinstance(error, InvalidTimestampError):
        # No fault of the records': they keep, and are published once the clock is right.
        reason = FailureReason.CLOCK_OFF
    else:
        reason = FailureReason.PUBLISH_FAILED
    return SessionFailed(reason, described(error, committed=committed))


def described(
    error: BaseException,
    topics_need: Operation = Operation.WRITE,
    *,
    committed: str = "of the offsets",
) -> str:
    """The error's class alone, since a broker's message may hold what customers wrote.

    Of a missing ACL what it allows, since the broker's message is then the name of a resource.
    """
    name = type(error).__name__
    denial = denial_of(error, topics_need, committed=committed)
    if denial is not None:
        return str(denial)
    if isinstance(error, InvalidTimestampError):
        return (
            f"{name}: this machine's clock is further from the broker's than its topics allow "
            "(message.timestamp.after.max.ms, 1 h by default); set the clock"
        )
    return name
