"""Whether every decision has its result and its reply, and every promise was kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.chaos.checker import Committed, Findings, Input, Output, Place
from tests.soak.ledger import SentDecision


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as its topic holds it, in the order of its partition."""

    place: Place
    event_id: str
    decision_id: str
    type: str
    text: str | None


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """What the engine told of a decision."""

    event_id: str
    decision_id: str
    is_applied: bool
    applied_id: str
    """The decision that counts for the item."""


@dataclass(frozen=True, slots=True)
class Decided:
    """All that the topics hold of reviews and decisions."""

    drafts: Mapping[str, str]
    """The draft of each review item, by event id."""
    decisions: Sequence[DecisionRecord]
    refused: Collection[Place]
    """Decisions that are dead letters."""
    results: Sequence[ResultRecord]
    human_replies: Sequence[tuple[str, str]]
    """Event id and text of every reply that a person let go."""


@dataclass(frozen=True, slots=True)
class DecisionFindings:
    """What is wrong; nothing where all are empty."""

    lost: Sequence[str] = ()
    """Acknowledged decisions that have neither a result nor a dead letter."""
    unanswered: Sequence[str] = ()
    """Decisions in the topic that have fewer results than records, or more."""
    contradictory: Sequence[str] = ()
    """Items for which not exactly one decision counts, and not the first one."""
    wrong_replies: Sequence[str] = ()
    """Items that have no reply though one was decided, more than one, another text, or one that
    nobody decided."""

    @property
    def faultless(self) -> bool:
        return not (self.lost or self.unanswered or self.contradictory or self.wrong_replies)


def check_decisions(acknowledged: Mapping[str, SentDecision], decided: Decided) -> DecisionFindings:
    """Compare what reviewers were promised with what the topics hold (DESIGN section 8)."""
    valid = [one for one in decided.decisions if one.place not in decided.refused]
    results = Counter(one.decision_id for one in decided.results)
    records = Counter(one.decision_id for one in valid)
    refused_ids = {one.decision_id for one in decided.decisions if one.place in decided.refused}
    return DecisionFindings(
        lost=[name for name in acknowledged if name not in results and name not in refused_ids],
        unanswered=[
            name for name in records.keys() | results.keys() if records[name] != results[name]
        ],
        contradictory=_contradictory(valid, decided.results),
        wrong_replies=_wrong_replies(decided.drafts, valid, decided.human_replies),
    )


def _first_of_each(valid: Iterable[DecisionRecord]) -> Mapping[str, DecisionRecord]:
    """All decisions of an item are in one partition: the first one there counts."""
    first: dict[str, DecisionRecord] = {}
    for one in sorted(valid, key=lambda decision: decision.place):
        first.setdefault(one.event_id, one)
    return first


def _contradictory(
    valid: Sequence[DecisionRecord], results: Sequence[ResultRecord]
) -> Sequence[str]:
    first = _first_of_each(valid)
    told: defaultdict[str, set[tuple[str, bool, str]]] = defaultdict(set)
    for one in results:
        told[one.event_id].add((one.decision_id, one.is_applied, one.applied_id))
    wrong: list[str] = []
    for event_id, said in told.items():
        counts = first.get(event_id)
        agrees = counts is not None and all(
            applied_id == counts.decision_id and is_applied == (decision_id == counts.decision_id)
            for decision_id, is_applied, applied_id in said
        )
        if not agrees:
            wrong.append(event_id)
    return wrong


def _wrong_replies(
    drafts: Mapping[str, str],
    valid: Sequence[DecisionRecord],
    human_replies: Sequence[tuple[str, str]],
) -> Sequence[str]:
    wanted: Counter[tuple[str, str]] = Counter()
    for event_id, counts in _first_of_each(valid).items():
        if counts.type == "accept":
            wanted[event_id, drafts.get(event_id, "")] += 1
        elif counts.type != "ignore":
            wanted[event_id, counts.text or ""] += 1
    sent = Counter(human_replies)
    return sorted({event_id for event_id, _ in (wanted - sent) + (sent - wanted)})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A record of the events topic; ``identity`` is None where it is no event."""

    place: Place
    identity: tuple[str, int] | None


def repeated_places(occurrences: Iterable[Occurrence], window: int) -> Collection[Place]:
    """Where an event stands that stands among the ``window`` offsets before it too."""
    latest: dict[tuple[int, tuple[str, int]], int] = {}
    repeated: set[Place] = set()
    for one in sorted(occurrences, key=lambda occurrence: occurrence.place):
        if one.identity is None:
            continue
        key = one.place.partition, one.identity
        before = latest.get(key)
        if before is not None and one.place.offset - before <= window:
            repeated.add(one.place)
        latest[key] = one.place.offset
    return repeated


def split_waiting(findings: Findings, when_read: Mapping[int, Committed]) -> tuple[Findings, int]:
    """Take from what has no outcome those events that were not committed either, and count them.

    They are late and not lost: their partition's frontier stood before them when the outcomes were
    about to be read.
    """

    def waits(event: Input) -> bool:
        state = when_read.get(event.place.partition)
        return state is not None and event.place.offset >= state.frontier

    lost = [event for event in findings.lost if not waits(event)]
    return replace(findings, lost=lost), len(findings.lost) - len(lost)


def answered_repeats(findings: Findings, repeated: Collection[Place]) -> Sequence[Output]:
    """Outputs of records that repeat an event: they double it."""
    return [output for output in findings.strays if output.source in repeated]
