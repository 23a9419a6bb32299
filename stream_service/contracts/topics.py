"""The topics, their names, and what each must be like."""

from dataclasses import dataclass, field

KIBIBYTE = 1024

INPUT_MAX_MESSAGE_BYTES = 1_088 * KIBIBYTE
"""Kafka's default of 1 MiB and room for a batch's overhead, so that a value of 1 MiB arrives."""

OUTPUT_ROOM_BYTES = 256 * KIBIBYTE
"""By how much an output may be larger than its input: the analysis and the draft."""

OUTPUT_MAX_MESSAGE_BYTES = INPUT_MAX_MESSAGE_BYTES + OUTPUT_ROOM_BYTES

DEFAULT_PARTITIONS = 6
"""Of a topic that is created: workers that can share the work, more than one key's order needs."""

_DAY_MS = 24 * 60 * 60 * 1000
REVIEW_RETENTION_MS = 90 * _DAY_MS
"""How long a review can be decided."""


@dataclass(frozen=True, slots=True)
class TopicSpecification:
    """How a topic is created and what start-up checks."""

    name: str
    max_message_bytes: int
    configs: dict[str, str] = field(default_factory=dict[str, str])

    def all_configs(self) -> dict[str, str]:
        """The topic's configuration as Kafka names it."""
        return {"max.message.bytes": str(self.max_message_bytes), **self.configs}


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of all topics behind one prefix."""

    prefix: str = ""

    @property
    def events(self) -> str:
        """Feedback events, in."""
        return f"{self.prefix}feedback.events"

    @property
    def replies(self) -> str:
        """Replies, out."""
        return f"{self.prefix}feedback.replies"

    @property
    def reviews(self) -> str:
        """Human-review items, out."""
        return f"{self.prefix}feedback.reviews"

    @property
    def dead_letters(self) -> str:
        """What could not be processed, out."""
        return f"{self.prefix}feedback.dead-letters"

    @property
    def review_decisions(self) -> str:
        """Reviewers' decisions, in."""
        return f"{self.prefix}feedback.review-decisions"

    @property
    def review_state(self) -> str:
        """Which review items are decided, log-compacted."""
        return f"{self.prefix}feedback.review-state"

    @property
    def review_results(self) -> str:
        """What became of each decision, out."""
        return f"{self.prefix}feedback.review-results"

    def specifications(self) -> tuple[TopicSpecification, ...]:
        """Every topic with its configuration."""
        reviewed = {"retention.ms": str(REVIEW_RETENTION_MS)}
        return (
            TopicSpecification(self.events, INPUT_MAX_MESSAGE_BYTES),
            TopicSpecification(self.replies, OUTPUT_MAX_MESSAGE_BYTES),
            TopicSpecification(self.reviews, OUTPUT_MAX_MESSAGE_BYTES, reviewed),
            TopicSpecification(self.dead_letters, OUTPUT_MAX_MESSAGE_BYTES, reviewed),
            TopicSpecification(self.review_decisions, INPUT_MAX_MESSAGE_BYTES, reviewed),
            TopicSpecification(
                self.review_state, OUTPUT_MAX_MESSAGE_BYTES, {"cleanup.policy": "compact"}
            ),
            TopicSpecification(self.review_results, OUTPUT_MAX_MESSAGE_BYTES, reviewed),
        )
