"""The spans of records on their way to the broker, as the transport sees them."""

from typing import Protocol

from stream_service.contracts.record import OutputRecord


class SendTrace(Protocol):
    """Spans of one or more records, from their making to the broker's acknowledgement."""

    @property
    def trace_id(self) -> str:
        """The trace that they belong to, in 32 hexadecimal digits."""
        ...

    def end(self, error_type: str | None = None) -> None:
        """The records are acknowledged, or given up because of an error of that class."""
        ...


class SendTracer(Protocol):
    """Begins the trace of a record that is published by itself, outside any session."""

    def sending(self, record: OutputRecord) -> tuple[OutputRecord, SendTrace | None]:
        """Return the record with its trace context, and its trace where it has one."""
        ...
