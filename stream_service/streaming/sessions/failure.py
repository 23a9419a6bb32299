"""From whatever ended a session to the failure that it reports."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from stream_service.streaming.client.tls import TlsFilesUnusable
from stream_service.streaming.errors import FailureReason, SessionFailed


def session_failure(error: Exception) -> SessionFailed:
    """The failure in ``error``, which may be a task group's; a fault of ours where there is none.

    Of such a fault its class and place are told, never its words: they may be a customer's.
    """
    causes = list(_leaves(error))
    for cause in causes:
        if isinstance(cause, SessionFailed):
            return cause
        if isinstance(cause, TlsFilesUnusable):
            # Its words are ours, and name the file: no fault of ours, and mended without us.
            return SessionFailed(FailureReason.START_FAILED, str(cause))
    return SessionFailed(FailureReason.INTERNAL, ", ".join(map(_described, causes)))


def release_frames(failure: SessionFailed) -> None:
    """Forget which frames ``failure`` and what caused it came through: they hold the whole session.

    A failure that is kept, and be it by itself as its own cause, would keep that too. The frames
    themselves stay as they are: one of the client's may belong to a task that still runs.
    """
    left: list[BaseException | None] = [failure]
    seen: set[int] = set()
    while left:
        error = left.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        error.__traceback__ = None
        left += [error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            left += cast("BaseExceptionGroup[BaseException]", error).exceptions


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(part)
    else:
        yield error


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
