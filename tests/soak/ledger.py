"""What people have sent, and what they were promised."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SentDecision:
    """A decision as it was sent."""

    event_id: str
    decision_id: str
    type: str
    text: str | None


@dataclass(slots=True)
class Promises:
    """Everything that was acknowledged: it must be found again."""

    events: set[str] = field(default_factory=set[str])
    decisions: dict[str, SentDecision] = field(default_factory=dict[str, SentDecision])
    given_up: int = 0
    """Requests that got no answer for minutes."""
    sent_events: int = 0
    sent_decisions: int = 0
