"""What the transport asks of the judgement."""

from datetime import datetime
from typing import Protocol

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.verdict import Verdict


class Judge(Protocol):
    """Makes exactly one verdict of an event.

    It may be called again for the same event, after a failure or a crash, and at the same time for
    many events. When cancelled, nothing of it runs on. Any exception counts as a passing failure
    and is tried again.
    """

    async def __call__(
        self, event: FeedbackEvent, source: Source, received_at: datetime
    ) -> Verdict:
        """Judge ``event``, which has an ``event_id``."""
        ...
