"""The case: all that the playbook's rules look at."""

from dataclasses import dataclass
from functools import cached_property

from stream_service.contracts.analysis import Analysis
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import DegradedReason
from stream_service.contracts.text import as_read
from stream_service.playbook.folding import fold


@dataclass(frozen=True, kw_only=True)
class Case:
    """One event with what was found out about it."""

    event: FeedbackEvent
    analysis: Analysis
    degraded_reason: DegradedReason | None = None
    draft_faults: tuple[str, ...] = ()
    """What the draft guard found, as fixed words; empty where the draft may be sent."""

    @cached_property
    def text(self) -> str:
        """The customer's text as it is read; the event keeps it as it came."""
        return as_read(self.event.text)

    @cached_property
    def folded_text(self) -> str:
        """The same as cues are compared with it."""
        return fold(self.text)
