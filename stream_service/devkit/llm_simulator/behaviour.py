"""How the simulator behaves: latency, faults, and what it is able to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue

from stream_service.devkit.llm_simulator.faults import Fault
from stream_service.devkit.llm_simulator.latency import Latency


class StructuredOutput(StrEnum):
    """The response formats that an endpoint takes; it refuses the others with 400."""

    JSON_SCHEMA = "json_schema"
    """json_schema, json_object and text."""
    JSON_OBJECT = "json_object"
    """json_object and text."""
    NONE = "none"
    """text only."""


class LogprobSupport(StrEnum):
    """What becomes of a request's wish for log-probabilities."""

    GIVEN = "given"
    GIVEN_IN_PIECES = "given_in_pieces"
    """The category's value is split into two tokens, as real tokenizers split words."""
    IGNORED = "ignored"
    """The answer comes without them."""
    REFUSED = "refused"
    """400, as reasoning models answer."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """A seeded description of an endpoint. Raises ValueError where a value is out of its range.

    What happens to a request is drawn from the seed, the customer's text and how often that text
    was asked before: a run with the same requests can be replayed, in whatever order they come.
    """

    seed: int = 0
    latency: Latency = field(default_factory=Latency)
    faults: Mapping[Fault, float] = field(default_factory=dict[Fault, float])
    """Shares of all requests, each 0 to 1 and 1 at most together; the rest is answered well."""
    script: tuple[Fault | None, ...] = ()
    """What happens to the first requests in the order of their coming (None: a good answer), before
    the shares decide."""

    retry_after_s: float = 1.0
    """What the 429s tell; those that are whole seconds by the protocol round it up."""
    dribble_interval_s: float = 0.05
    """Between two pieces of SLOW_BYTES."""
    dribble_bytes: int = 16
    runaway_tokens: int = 4096
    """Where ENDLESS_WHITESPACE ends when no cap is obeyed before."""

    models: tuple[str, ...] = ()
    """Any other model is answered with 404; empty: every name is served, as llama.cpp does."""
    api_key: str | None = None
    """Any other key is answered with 401; None: every key is taken."""
    structured_output: StructuredOutput = StructuredOutput.JSON_SCHEMA
    logprobs: LogprobSupport = LogprobSupport.GIVEN
    context_tokens: int | None = None
    """A longer prompt is answered with 400, ``context_length_exceeded``."""
    most_in_flight: int | None = None
    """A request beyond so many at a time is answered with 429."""
    obeys_completion_cap: bool = True
    """False: ``max_completion_tokens`` is ignored (llama.cpp#13700); ``max_tokens`` never is."""

    certainty: float | None = None
    """The category's probability; None: as sure as the text's cue words make it."""
    overrides: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Values by property name that stand in every answer as they are, even against the schema."""

    def __post_init__(self) -> None:
        for fault, share in self.faults.items():
            if not 0 <= share <= 1:
                raise ValueError(f"the share of {fault} is {share}; it must be 0 to 1")
        if sum(self.faults.values()) > 1 + 1e-9:
            raise ValueError("the shares of the faults are more than 1 together")
        if self.certainty is not None and not 0 < self.certainty < 1:
            raise ValueError(f"certainty is {self.certainty}; it must be between 0 and 1")
        if self.retry_after_s < 0:
            raise ValueError(f"retry_after_s is {self.retry_after_s}; it must not be negative")
        if self.dribble_bytes < 1 or self.dribble_interval_s < 0:
            raise ValueError("dribble_bytes must be 1 or more, dribble_interval_s 0 or more")
        for name in ("runaway_tokens", "context_tokens", "most_in_flight"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be 1 or more")
