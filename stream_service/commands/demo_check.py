"""Whether the demo kept its promise: all outputs are read back and compared with the input."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stream_service.contracts.codec import decode_object
from stream_service.contracts.dead_letter import read_dead_letter
from stream_service.contracts.events import decode_event
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.settings import Settings
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.offsets.committed import CommittedOffsets
from stream_service.streaming.partition import Partition
from stream_service.streaming.reading.reader import read_records
from stream_service.transport_settings import topics_of

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What came out, and everything that is not as promised."""

    counts: Mapping[str, int]
    problems: Sequence[str]


async def read_back(
    connection: KafkaConnection, settings: Settings, published: Sequence[OutputRecord]
) -> DemoResult:
    """Read input and outputs as a read_committed consumer does, and compare. Raises StreamError."""
    topics = topics_of(settings)
    names = (topics.events, topics.replies, topics.reviews, topics.dead_letters)
    async with read_records(connection, names, from_beginning=True, follow=False) as records:
        by_topic: dict[str, list[InputRecord]] = defaultdict(list)
        async for record in records:
            by_topic[record.topic].append(record)
    events = by_topic[topics.events]
    replies, reviews = by_topic[topics.replies], by_topic[topics.reviews]
    dead_letters = by_topic[topics.dead_letters]
    valid, invalid = _expected(events)
    problems = [
        *_input_problems(events, published),
        *_output_problems(valid, (*replies, *reviews)),
        *_order_problems(events, replies),
        *_dead_letter_problems(invalid, dead_letters),
        *await _commit_problems(connection, settings, topics, events),
    ]
    counts = {
        "events": len(events),
        "replies": len(replies),
        "reviews": len(reviews),
        "dead_letters": len(dead_letters),
        "duplicates": len(events) - len(invalid) - len(valid),
    }
    return DemoResult(counts, problems)


def _expected(events: Iterable[InputRecord]) -> tuple[set[str], set[tuple[int, int]]]:
    """The ids of events, and the places of records that are none."""
    valid: set[str] = set()
    invalid: set[tuple[int, int]] = set()
    for record in events:
        try:
            valid.add(decode_event(record).event_id or "")
        except InvalidRecord:
            invalid.add((record.partition, record.offset))
    return valid, invalid


def _input_problems(
    events: Sequence[InputRecord], published: Sequence[OutputRecord]
) -> Iterable[str]:
    if Counter(record.value for record in events) != Counter(r.value for r in published):
        yield "the input topic does not hold what was published"


def _event_id(record: InputRecord) -> str:
    return str(decode_object(record.value)["event_id"])


def _output_problems(expected: set[str], outputs: Sequence[InputRecord]) -> Iterable[str]:
    found = Counter(map(_event_id, outputs))
    for event_id in sorted(expected - found.keys()):
        yield f"{event_id} has no output"
    for event_id, count in found.items():
        if count > 1:
            yield f"{event_id} has {count} outputs"
        if event_id not in expected:
            yield f"{event_id} was never published"


def _order_problems(events: Sequence[InputRecord], replies: Sequence[InputRecord]) -> Iterable[str]:
    """Replies to one key stand in the order of its events."""
    places: dict[str, int] = {}
    for record in events:
        try:
            places.setdefault(decode_event(record).event_id or "", record.offset)
        except InvalidRecord:
            continue
    latest: dict[bytes | None, int] = {}
    for reply in replies:
        place = places.get(_event_id(reply), -1)
        if place < latest.get(reply.key, -1):
            yield f"the reply to {_event_id(reply)} is out of its customer's order"
        latest[reply.key] = place


def _dead_letter_problems(
    expected: set[tuple[int, int]], dead_letters: Sequence[InputRecord]
) -> Iterable[str]:
    letters = [read_dead_letter(record) for record in dead_letters]
    found = Counter((letter.partition, letter.offset) for letter in letters)
    if found != Counter(expected):
        yield f"{len(expected)} dead letters were due, {len(letters)} are there"


async def _commit_problems(
    connection: KafkaConnection,
    settings: Settings,
    topics: Topics,
    events: Sequence[InputRecord],
) -> Sequence[str]:
    """Everything is committed: no lag is left."""
    ends: dict[int, int] = {}
    for record in events:
        ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
    reader = CommittedOffsets(
        connection, group_id=settings.consumer.group_id, operation_timeout_s=_TIMEOUT_S
    )
    await reader.start()
    problems: list[str] = []
    try:
        for number, end in ends.items():
            committed = await reader.read(Partition(topics.events, number))
            if committed != (end, ""):
                problems.append(f"partition {number} is committed to {committed}, ends at {end}")
    finally:
        await reader.close()
    return problems
