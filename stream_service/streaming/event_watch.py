"""What follows one event from being taken to its outcome."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from stream_service.streaming.outcome import Outcome


class EventWatch(Protocol):
    """Made by an observer for each event that is to be worked on, or refused as unreadable."""

    @property
    def trace_id(self) -> str | None:
        """The trace of the latest attempt, in 32 hexadecimal digits; None where it has none."""
        ...

    def attempt(self) -> AbstractContextManager[None]:
        """Return what is entered around one run of the work, in the work's own task.

        It sees the work's error and its cancellation, and must let both pass.
        """
        ...

    def refused(self, error: Exception) -> None:
        """The record cannot be read; its outcome follows."""
        ...

    def concluded(self, outcome: Outcome) -> Outcome:
        """Return the event's outcome, with the trace context that its records are to bear.

        Called within the attempt that made it, or behind the last one where all have failed.
        """
        ...


class NoWatch:
    """Follows nothing."""

    @property
    def trace_id(self) -> None:
        """None."""
        return

    def attempt(self) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return _NOTHING

    def refused(self, error: Exception) -> None:
        """Pass."""

    def concluded(self, outcome: Outcome) -> Outcome:
        """Return the outcome as it is."""
        return outcome


_NOTHING = nullcontext()

NO_WATCH = NoWatch()
