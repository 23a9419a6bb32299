"""What is asked of a deployment."""

from dataclasses import dataclass

from stream_service.settings import Settings

_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A deployment and its events. Defaults are the settings' own."""

    name: str
    events_per_s: float
    partitions: int
    workers: int
    brokers: int = 3
    replicas: int = 3
    commit_interval_s: float = _DEFAULTS.consumer.commit_interval_s
    session_timeout_s: float = _DEFAULTS.consumer.session_timeout_s
    judge_s: float = 1.0
    """Mean time of a judgement: a language model's call."""
    review_share: float = 0.2
    """Of events that go to a person; their records spread over all partitions."""
    commit_s: float = 0.015
    """What a transaction takes from its begin to its acknowledgement."""
