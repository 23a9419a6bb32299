"""Whatever is published, on a real broker: one outcome each, the good ones unharmed."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from stream_service.contracts.codec import decode
from stream_service.contracts.dead_letter import HEADER_NAMES, read_dead_letter
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import EVENT_TYPE
from stream_service.contracts.record import Headers, InputRecord, OutputRecord
from stream_service.contracts.reply import Reply
from stream_service.streaming.client.tolerant_parsing import MAX_HEADERS
from stream_service.streaming.outcome import OutcomeKind
from tests.support.cluster import Cluster
from tests.support.confluent_records import input_record
from tests.support.engine import Recorder, group_of, outcomes_reach, running
from tests.support.judges import EchoJudge
from tests.support.records import BAD_CLOUDEVENTS, BAD_VALUES, SECRET, json_bytes
from tests.support.waiting import until

NASTY = Path(__file__).parents[3].parent / "shared" / "data" / "nasty.jsonl"

TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

STRANGE_HEADERS: Headers = (
    ("tenant", b"a"),
    ("tenant", b"b"),
    ("null", None),
    ("empty", b""),
    ("binary", b"\xff\xfe\x00"),
    ("Überschrift", "迟到".encode()),
    ("traceparent", b"\xff\xfe"),
)


def event_of(cluster: Cluster, value: bytes | None, **parts: Any) -> OutputRecord:
    record: dict[str, Any] = {"key": b"k", "headers": (), **parts}
    return OutputRecord(topic=cluster.topics.events, value=value, **record)


def bad_records(cluster: Cluster) -> list[tuple[OutputRecord, Fault]]:
    """Each bad value under another key, and each bad envelope."""
    keys = [b"k", b"", b"\xff\xfe", b"another"]
    values = [
        (event_of(cluster, value, key=keys[number % 4], headers=STRANGE_HEADERS), fault)
        for number, (value, fault) in enumerate(BAD_VALUES.values())
    ]
    envelopes = [
        (event_of(cluster, value, key=None, headers=(*headers, *STRANGE_HEADERS)), fault)
        for value, headers, fault in BAD_CLOUDEVENTS.values()
    ]
    return values + envelopes


async def frontier_reaches(cluster: Cluster, offset: int) -> None:
    async def reached() -> bool:
        return await cluster.committed_offset(group_of(cluster)) == (offset, "")

    await until(reached, f"the frontier to reach {offset}")


def unharmed(recorder: Recorder) -> None:
    assert recorder.failures == []
    assert recorder.polls_failed == []
    assert recorder.retries == []


async def test_bad_records_are_set_aside_untouched_and_good_ones_get_replies(
    cluster: Cluster,
) -> None:
    bad = bad_records(cluster)
    sent: list[OutputRecord] = []
    for number, (record, _) in enumerate(bad):
        sent += [event_of(cluster, json_bytes({"event_id": f"e{number}", "text": "t"})), record]
    await cluster.create_topics()
    await cluster.publish(sent)
    judge = EchoJudge()
    async with running(cluster, judge) as recorder:
        await outcomes_reach(recorder, len(sent))
        await frontier_reaches(cluster, len(sent))
    unharmed(recorder)
    good = [f"e{number}" for number in range(len(bad))]
    assert sorted(judge.calls) == sorted(good)

    replies = await cluster.read_committed(cluster.topics.replies)
    assert sorted(decode(Reply, reply.value).event_id for reply in replies) == sorted(good)

    letters = await cluster.read_committed(cluster.topics.dead_letters)
    by_offset = {read_dead_letter(letter).offset: letter for letter in letters}
    assert len(letters) == len(by_offset) == len(bad)
    for number, (record, fault) in enumerate(bad):
        letter = by_offset[2 * number + 1]
        assert letter.key == record.key
        assert letter.value == record.value
        assert letter.headers[: len(record.headers)] == record.headers
        told = read_dead_letter(letter)
        assert told.fault is fault
        assert (told.topic, told.partition) == (cluster.topics.events, 0)
        added = letter.headers[len(record.headers) :]
        assert {name for name, _ in added} <= set(HEADER_NAMES.values())
        assert SECRET.encode() not in b"".join(value or b"" for _, value in added)


async def test_a_record_of_headers_alone_is_set_aside(cluster: Cluster) -> None:
    """As many as its topic takes compressed: with neither name nor value, two bytes each."""
    await cluster.create_topics()
    hollow: Headers = (("", None),) * 1_000_000
    await cluster.publish([event_of(cluster, b"{}", headers=hollow)], compression="zstd")
    good = event_of(cluster, json_bytes({"event_id": "e0", "text": "t"}))
    await cluster.publish([good])
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 2)
    assert recorder.failures == []
    [letter] = await cluster.read_committed(cluster.topics.dead_letters)
    assert letter.value == b"{}"
    assert letter.headers[:9_000] == hollow[:9_000]
    assert len(letter.headers) == MAX_HEADERS
    assert read_dead_letter(letter).fault is Fault.INVALID_FIELD


async def test_headers_stay_constant_however_often_a_dead_letter_comes_back(
    cluster: Cluster,
) -> None:
    """S17: ten hops over the broker."""
    await cluster.create_topics()
    await cluster.publish([event_of(cluster, b"\xff nonsense", headers=STRANGE_HEADERS)])
    async with running(cluster, EchoJudge()) as recorder:
        for hop in range(1, 11):
            await outcomes_reach(recorder, hop)
            letter = recorder.outcomes[-1].records[0]
            await cluster.publish(
                [event_of(cluster, letter.value, key=letter.key, headers=letter.headers)]
            )
        await outcomes_reach(recorder, 11)
    unharmed(recorder)
    letters = await cluster.read_committed(cluster.topics.dead_letters)
    assert len(letters) == 11
    first, last = letters[0], letters[-1]
    assert [name for name, _ in last.headers] == [name for name, _ in first.headers]
    assert {(letter.key, letter.value) for letter in letters} == {(b"k", b"\xff nonsense")}
    assert {read_dead_letter(letter).offset for letter in letters} == {0}


def good_records(cluster: Cluster) -> dict[str, OutputRecord]:
    """One event in each of the forms that are read, by its event_id."""
    data = {"text": "t", "attributes": {"form": "data"}}
    binary: Headers = (("ce_specversion", b"1.0"), ("ce_type", EVENT_TYPE.encode()))
    structured: Headers = (("content-type", b"application/cloudevents+json; charset=utf-8"),)
    envelope = {"specversion": "1.0", "type": EVENT_TYPE, "source": "/shop"}
    encoded = base64.b64encode(json_bytes(data)).decode()
    named = {name: json_bytes({**data, "event_id": name}) for name in ("plain", "registry", "mark")}
    forms: dict[str, tuple[bytes, Headers]] = {
        "plain": (named["plain"], ()),
        "registry": (b"\x00\x00\x00\x00\x2a" + named["registry"], ()),
        "mark": (b"\xef\xbb\xbf" + named["mark"], ()),
        "binary": (json_bytes(data), (*binary, ("ce_id", b"binary"))),
        "foreign": (
            json_bytes(data),
            (("ce_specversion", b"1.0"), ("ce_type", b"com.shop.review"), ("ce_id", b"foreign")),
        ),
        "structured": (json_bytes({**envelope, "id": "structured", "data": data}), structured),
        "base64": (json_bytes({**envelope, "id": "base64", "data_base64": encoded}), structured),
        "untyped": (json_bytes({**envelope, "id": "untyped", "data": data}), ()),
    }
    return {
        name: event_of(cluster, value, headers=headers) for name, (value, headers) in forms.items()
    }


async def test_each_form_of_an_event_gets_its_reply(cluster: Cluster) -> None:
    records = good_records(cluster)
    await cluster.create_topics()
    await cluster.publish(list(records.values()))
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, len(records))
        await frontier_reaches(cluster, len(records))
    unharmed(recorder)
    replies = [
        decode(Reply, record.value)
        for record in await cluster.read_committed(cluster.topics.replies)
    ]
    assert [reply.event_id for reply in replies] == list(records), "one key keeps its order"
    assert {reply.text for reply in replies} == {"t"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((("traceparent", TRACEPARENT),), [TRACEPARENT]),
        ((("TraceParent", TRACEPARENT), ("tracestate", b"a=b")), [TRACEPARENT]),
        ((("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)), []),
        ((("traceparent", b"\xff\xfe"),), []),
        ((("traceparent", None),), []),
        ((("traceparent", TRACEPARENT.upper()), ("baggage", b"\xff")), []),
    ],
    ids=["valid", "other case", "doubled", "not UTF-8", "null", "malformed"],
)
async def test_a_trace_context_ends_once_on_the_reply_or_not_at_all(
    cluster: Cluster, given: Headers, expected: Sequence[bytes]
) -> None:
    await cluster.create_topics()
    await cluster.publish_values(b'{"text":"t"}', headers=given)
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, 1)
    (reply,) = await cluster.read_committed(cluster.topics.replies)
    found = [value for name, value in reply.headers if name.lower() == "traceparent"]
    assert found == list(expected)


async def test_another_client_reads_the_same_outputs(cluster: Cluster) -> None:
    """librdkafka is a second implementation of the protocol: no slip of one client hides."""
    good = [
        event_of(cluster, json_bytes({"event_id": f"e{number}", "text": "t", "rating": rating}))
        for number, rating in enumerate([1, 5, 1, 5, 3])
    ]
    bad = [record for record, _ in bad_records(cluster)[:12]]
    await cluster.create_topics()
    await cluster.publish([*good, *bad])
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, len(good) + len(bad))
    outputs = (cluster.topics.replies, cluster.topics.reviews, cluster.topics.dead_letters)
    records = await cluster.read_committed(*outputs)
    assert Counter(record.topic for record in records) == dict(
        zip(outputs, (3, 2, 12), strict=True)
    )
    other = await asyncio.to_thread(read_with_librdkafka, cluster.bootstrap_servers, outputs)
    assert by_place(other) == by_place(records)


def by_place(records: Sequence[InputRecord]) -> list[InputRecord]:
    return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))


def read_with_librdkafka(bootstrap_servers: str, topics: Sequence[str]) -> list[InputRecord]:
    """All committed records of the topics' only partitions, to their ends."""
    client: Any = Consumer
    consumer: Any = client(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": f"{topics[0]}.librdkafka",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING) for topic in topics])
        open_ends = set(topics)
        records: list[InputRecord] = []
        while open_ends:
            message = consumer.poll(20)
            assert message is not None, f"nothing came from {open_ends} for 20 s"
            error: Any = message.error()
            if error is None:
                records.append(input_record(message))
            else:
                assert error.code() == getattr(KafkaError, "_PARTITION_EOF"), error  # noqa: B009
                open_ends.discard(message.topic())
        return records
    finally:
        consumer.close()


@pytest.mark.skipif(
    not NASTY.is_file(), reason="shared/data/nasty.jsonl is not beside this project"
)
async def test_hostile_inputs_end_as_each_of_them_allows(cluster: Cluster) -> None:
    rows = [json.loads(line) for line in NASTY.read_text(encoding="utf-8").splitlines()]
    await cluster.create_topics()
    await cluster.publish([event_of(cluster, value_of(row), key=None) for row in rows])
    async with running(cluster, EchoJudge()) as recorder:
        await outcomes_reach(recorder, len(rows))
        await frontier_reaches(cluster, len(rows))
    unharmed(recorder)
    outcomes = {outcome.offset: outcome for outcome in recorder.outcomes}
    assert sorted(outcomes) == list(range(len(rows)))
    letters = {
        read_dead_letter(letter).offset: letter
        for letter in await cluster.read_committed(cluster.topics.dead_letters)
    }
    for offset, row in enumerate(rows):
        rejected = outcomes[offset].kind is OutcomeKind.DEAD_LETTER
        allowed = {"reject" if end == "reject" else "judged" for end in row["allowed"]}
        assert ("reject" if rejected else "judged") in allowed, (row["id"], row["kind"])
        if rejected:
            assert letters.pop(offset).value == value_of(row)
    assert not letters


def value_of(row: dict[str, Any]) -> bytes:
    """The bytes to publish: as they stand, or a text in an event of its own."""
    if "bytes_hex" in row:
        return bytes.fromhex(row["bytes_hex"])
    if "gen" in row:
        made = row["gen"]
        text = made["prefix"] + made["unit"] * made["count"] + made["suffix"]
    else:
        text = row["text"]
    if row["level"] == "kafka_value":
        return text.encode()
    return json_bytes({"event_id": row["id"], "text": text})
