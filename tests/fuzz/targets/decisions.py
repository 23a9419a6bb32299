"""Review decisions as Kafka records: read and applied, or set aside to the byte."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from stream_service.contracts.codec import decode, encode
from stream_service.contracts.deciding import final_reply
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import Headers
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import DecisionType, ReviewDecision
from stream_service.contracts.topics import Topics
from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.decisions.handler import DecisionHandler
from stream_service.streaming.decisions.memory import DecisionMemory
from stream_service.streaming.decisions.review_fetcher import ReviewFetcher
from stream_service.streaming.partition import Partition
from tests.fuzz.invariants import check_refusal
from tests.fuzz.target import target_of
from tests.support import hostile_records as hostile
from tests.support.console import review_item
from tests.support.records import input_record, json_bytes

TOPICS = Topics()
NOW = datetime(2026, 5, 6, tzinfo=UTC)
ITEM = review_item(1)

_connection = KafkaConnection(bootstrap_servers="127.0.0.1:1")
_handler = DecisionHandler(
    Partition(TOPICS.review_decisions, 0),
    connection=_connection,
    topics=TOPICS,
    memory=DecisionMemory(timedelta(days=90)),
    fetcher=ReviewFetcher(_connection, TOPICS.reviews),
    place_of=lambda _: 0,
)
"""Never started: only what it reads is looked at."""

_names = st.sampled_from(["e1", "", 1, None, "\u200b"]) | hostile.characters
_numbers = st.integers(-1, 2) | st.sampled_from([2**31, 2**63, 1.0, "0", True])
_fields: dict[str, st.SearchStrategy[Any]] = {
    "decision_id": _names,
    "event_id": _names,
    "review": st.fixed_dictionaries({"partition": _numbers, "offset": _numbers}) | hostile.values,
    "type": st.sampled_from([*DecisionType, "ACCEPT", None, 1]),
    "args": st.fixed_dictionaries({}, optional={"text": hostile.characters | hostile.values})
    | hostile.values,
    "reviewer": _names,
    "decided_at": hostile.moments | st.datetimes().map(datetime.isoformat) | hostile.values,
}
_needed = ("decision_id", "event_id", "review", "type")
_good = st.fixed_dictionaries(
    {name: _fields[name] for name in _needed},
    optional={name: field for name, field in _fields.items() if name not in _needed},
)
_any = st.fixed_dictionaries({}, optional=_fields)
INPUTS = st.tuples(
    (_good | _any).map(json_bytes) | st.binary(max_size=60) | st.none(),
    hostile.headers,
    st.sampled_from([b"e1", b"1", None]) | st.binary(max_size=4),
    st.booleans(),
)


def check(drawn: tuple[bytes | None, Headers, bytes | None, bool]) -> None:
    """Read a decision; one that can be read is applied to an item with or without a draft."""
    value, headers, key, has_draft = drawn
    record = input_record(value, headers, key=key, topic=TOPICS.review_decisions)
    try:
        _handler.read(record)
    except InvalidRecord as refusal:
        check_refusal(refusal)
        [left] = DeadLetters(TOPICS.dead_letters).invalid(record, refusal).records
        assert left.key == key
        assert (left.value or b"") == (value or b"")
        assert left.headers[: len(headers)] == headers
        return
    decision = decode(ReviewDecision, value)
    assert key == decision.event_id.encode()
    assert decode(ReviewDecision, encode(decision)) == decision
    _check_reply(decision, has_draft=has_draft)


def _check_reply(decision: ReviewDecision, *, has_draft: bool) -> None:
    draft = ITEM.action_request.args.model_copy(update={} if has_draft else {"text": ""})
    action = ITEM.action_request.model_copy(update={"args": draft})
    try:
        reply = final_reply(ITEM.model_copy(update={"action_request": action}), decision, NOW)
    except InvalidRecord as refusal:
        check_refusal(refusal)
        assert decision.type is DecisionType.ACCEPT
        assert not has_draft
        return
    assert (reply is None) == (decision.type is DecisionType.IGNORE)
    if reply is not None:
        assert reply.text.strip(), "an empty reply"
        assert decode(Reply, encode(reply)) == reply


TARGET = target_of(check, INPUTS)
