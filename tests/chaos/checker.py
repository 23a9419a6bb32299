"""Whether each event had exactly one output, in order by key, and everything was committed."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an event stands in the input topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Input:
    """An event as the input topic holds it."""

    place: Place
    key: bytes | None
    number: int
    is_dead_letter: bool


@dataclass(frozen=True, slots=True)
class Output:
    """A committed output; ``source`` is the place of the event that it belongs to."""

    source: Place
    is_dead_letter: bool
    place: Place
    """Where the output itself stands in its topic."""
    is_review: bool = False
    """Whether it is an item for a person: it has another key, so no order among the replies."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What the group has committed in a partition, and where its log ends."""

    frontier: int
    metadata: str
    end: int

    @property
    def is_done(self) -> bool:
        return self.frontier == self.end and not self.metadata


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong; nothing if ``faultless``."""

    lost: Sequence[Input] = ()
    duplicated: Sequence[Sequence[Output]] = ()
    """All outputs of each event that has more than one."""
    out_of_order: Sequence[tuple[Output, Output]] = ()
    """Of one key, the reply that stands first and the one behind it whose event came earlier."""
    wrong_kind: Sequence[Output] = ()
    """A reply to what should be a dead letter, or the other way round."""
    strays: Sequence[Output] = ()
    """Outputs of no event."""
    no_progress: bool = False
    """Nothing is known of the commits: that proves nothing."""
    uncommitted: Mapping[int, Committed] = field(default_factory=dict[int, Committed])
    """Partitions whose commit is not the end of the input with an empty map."""

    @property
    def faultless(self) -> bool:
        return not any(
            (
                self.lost,
                self.duplicated,
                self.out_of_order,
                self.wrong_kind,
                self.strays,
                self.uncommitted,
                self.no_progress,
            )
        )


def check(
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    committed: Mapping[int, Committed],
) -> Findings:
    """Compare what came in with what went out; ``outputs`` are in the order of their topics."""
    by_place = {event.place: event for event in inputs}
    found: defaultdict[Place, list[Output]] = defaultdict(list)
    for output in outputs:
        found[output.source].append(output)
    return Findings(
        lost=[event for event in inputs if event.place not in found],
        duplicated=[same for same in found.values() if len(same) > 1],
        out_of_order=_out_of_order(by_place, outputs),
        wrong_kind=[
            output
            for output in outputs
            if output.source in by_place
            and by_place[output.source].is_dead_letter != output.is_dead_letter
        ],
        strays=[output for output in outputs if output.source not in by_place],
        no_progress=not committed,
        uncommitted={
            partition: state for partition, state in committed.items() if not state.is_done
        },
    )


def repeated_numbers(inputs: Sequence[Input]) -> Sequence[int]:
    """Numbers that stand in the input more than once: then the feeder is wrong, not the engine."""
    counts = Counter(event.number for event in inputs)
    return [number for number, count in counts.items() if count > 1]


def _out_of_order(
    by_place: Mapping[Place, Input], outputs: Sequence[Output]
) -> list[tuple[Output, Output]]:
    """Order is promised for replies: what is no event is set aside at once, before its turn.

    A key's events are all in one partition, and so are its replies.
    """
    latest: dict[bytes, Output] = {}
    wrong: list[tuple[Output, Output]] = []
    seen: set[Place] = set()
    replies = (output for output in outputs if not output.is_dead_letter and not output.is_review)
    for output in sorted(replies, key=lambda output: output.place):
        event = by_place.get(output.source)
        if event is None or event.key is None or output.source in seen:
            continue
        seen.add(output.source)
        before = latest.get(event.key)
        if before is not None and output.source < before.source:
            wrong.append((before, output))
        else:
            latest[event.key] = output
    return wrong
