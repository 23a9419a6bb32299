"""Feedback on its way in: checked, named, published, acknowledged."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from stream_service.console.errors import DatabaseUnavailable, KafkaAway
from stream_service.console.publishing.idempotency import Claim, KeyStore, RowIds
from stream_service.console.publishing.publisher import KafkaPublisher, RecordRefused
from stream_service.console.store import Database
from stream_service.contracts.codec import encode
from stream_service.contracts.events import event_of, event_record
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.record import OutputRecord
from stream_service.observe.logs import logger
from stream_service.streaming.publishing.record_batches import Delivery

_REMEMBERED = 50_000
"""Events that were just accepted, until the projection has them: some seconds of the most."""

_REMEMBERED_S = 300.0
"""A projection that is further behind than this has stopped, and status is told by nobody."""

_ROWS_TOGETHER = 500
"""Rows that are handed to the publisher at once: it makes batches by partition of them, and the
first are on their way while the next are checked."""

_PARTS_UNDER_WAY = 2
"""Parts of ``_ROWS_TOGETHER`` rows that a request sends before it waits for answers: were all sent
at once, a slow broker would leave the last without an answer in time."""

_KEYED_PARTS_UNDER_WAY = 1
"""With an idempotency key: a thousand rows at most are not known to be published when the request
is cut off. When it comes again the engine still knows them, in whatever partition they stand."""

_ROWS_A_TURN = 50
"""Rows of a batch that are checked before others get their turn: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that Kafka has acknowledged."""

    event_id: str
    is_repeated: bool = False
    """Whether it was published before, with the same idempotency key."""


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of one row of a batch."""

    row: int
    """From 1."""
    status: str
    """``accepted``; ``refused`` (it is wrong, and would be again); ``failed`` (not acknowledged by
    Kafka: send it again)."""
    event_id: str | None = None
    field: str | None = None
    detail: str | None = None
    fault: str | None = None
    """The fixed name of what is wrong with a refused row."""


@dataclass(frozen=True, slots=True)
class _SentRow:
    number: int
    event_id: str
    delivery: Delivery | KafkaAway | None
    """The answer to wait for; None where an earlier request has it already."""


Row = Mapping[str, Any] | InvalidRecord
"""A row's data, or what is wrong with it already."""


class FeedbackIntake:
    """Publishes feedback for people and programs."""

    def __init__(self, publisher: KafkaPublisher, database: Database, topic: str) -> None:
        self._publisher = publisher
        self._keys = KeyStore(database)
        self._topic = topic
        self._recent: OrderedDict[str, float] = OrderedDict()
        """When each was accepted, in the monotonic clock's seconds; the oldest first."""

    def has_just_accepted(self, event_id: str) -> bool:
        """Whether the event was accepted here, however little the projection knows of it yet."""
        return event_id in self._recent

    async def accept(
        self, data: Mapping[str, Any], *, principal: str, key: str | None = None
    ) -> Accepted:
        """Publish one event; returns once Kafka has acknowledged it.

        Raises InvalidRecord, KeyReused, KafkaAway, DatabaseUnavailable. After KafkaAway the same
        request with the same key or event_id is safe: it is the same event.
        """
        event = event_of(data)
        if key is None:
            named = event if event.event_id else _named(event, str(uuid4()))
            await self._publish(named)
            return Accepted(named.event_id or "")
        claim = await self._keys.claim(principal=principal, key=key, body=encode(event))
        named = event if event.event_id else _named(event, claim.event_id)
        if claim.is_published:
            return Accepted(named.event_id or "", is_repeated=True)
        await self._publish(named)
        await self._confirm(claim)
        return Accepted(named.event_id or "")

    async def accept_batch(
        self, rows: Sequence[Row], *, principal: str, key: str | None = None, body: bytes = b""
    ) -> Sequence[RowFate]:
        """Publish many; returns the fate of each, once all are known.

        Raises KafkaAway where nothing at all was published, KeyReused, DatabaseUnavailable.
        """
        claim: Claim | None = None
        firsts = range(0, len(rows), _ROWS_TOGETHER)
        claims: Sequence[Claim | None] = [None] * len(firsts)
        if key is not None:
            claim = await self._keys.claim(principal=principal, key=key, body=body)
            claims = await self._claims_of_parts(claim, principal, body, len(firsts))
        ids = RowIds(str(uuid4()) if claim is None else claim.event_id)
        parts_under_way = _PARTS_UNDER_WAY if claim is None else _KEYED_PARTS_UNDER_WAY
        fates: list[RowFate] = []
        under_way: deque[tuple[Sequence[_SentRow], Claim | None]] = deque()
        for first, part in zip(firsts, claims, strict=True):
            events: list[tuple[int, FeedbackEvent]] = []
            for number, row in enumerate(rows[first : first + _ROWS_TOGETHER], first + 1):
                if number % _ROWS_A_TURN == 0:
                    await asyncio.sleep(0)
                try:
                    events.append((number, _checked(row, ids, number)))
                except InvalidRecord as error:
                    fates.append(_refused(number, error))
            under_way.append((await self._send(events, part), part))
            if len(under_way) > parts_under_way:
                fates += await self._fates(*under_way.popleft())
        for sent in under_way:
            fates += await self._fates(*sent)
        fates.sort(key=lambda fate: fate.row)
        failed = [fate for fate in fates if fate.status == "failed"]
        if failed and not any(fate.status == "accepted" for fate in fates):
            raise KafkaAway(failed[0].detail or "", 2.0)
        if claim is not None and claim not in claims and not claim.is_published and not failed:
            await self._confirm(claim)
        return fates

    async def _claims_of_parts(
        self, claim: Claim, principal: str, body: bytes, parts: int
    ) -> Sequence[Claim]:
        """A claim for each part of a batch, so that one that Kafka has is not published again.

        Sent again as a whole, the rows of a large batch would stand too far behind themselves in
        their partitions for the engine to know them. Raises DatabaseUnavailable.
        """
        if claim.is_published or parts == 1:
            return [claim] * parts
        # By the id, which is another one when the key is free for another batch.
        keys = [f"{claim.event_id}\n{number}" for number in range(parts)]
        claims = await asyncio.gather(
            *(self._keys.claim(principal=principal, key=key, body=body) for key in keys),
            return_exceptions=True,
        )
        for one in claims:
            if isinstance(one, BaseException):
                raise one
        return [one for one in claims if isinstance(one, Claim)]

    async def _confirm(self, claim: Claim) -> None:
        """Remember that Kafka has what the key stands for, if that can be written down.

        It is there all the same: whoever is told that nothing was done sends it again.
        """
        try:
            await self._keys.confirm(claim)
        except DatabaseUnavailable as error:
            logger().warning("idempotency_key_not_confirmed", detail=str(error))

    async def _send(
        self, events: Sequence[tuple[int, FeedbackEvent]], claim: Claim | None
    ) -> Sequence[_SentRow]:
        names = [(number, event.event_id or "") for number, event in events]
        if not events or (claim is not None and claim.is_published):
            return [_SentRow(*name, None) for name in names]
        records: list[OutputRecord] = []
        for _, event in events:
            if len(records) % _ROWS_A_TURN == 0:
                await asyncio.sleep(0)
            records.append(self._record(event))
        try:
            deliveries = await self._publisher.hand_over_all(records)
        except KafkaAway as error:
            return [_SentRow(*name, error) for name in names]
        return [_SentRow(*name, delivery) for name, delivery in zip(names, deliveries, strict=True)]

    async def _fates(self, sent: Sequence[_SentRow], claim: Claim | None) -> Sequence[RowFate]:
        await self._publisher.settle(
            row.delivery for row in sent if isinstance(row.delivery, asyncio.Future)
        )
        fates: list[RowFate] = []
        for row in sent:
            status, detail = await self._answer(row.delivery)
            fault = Fault.PUBLISH_REFUSED if status == "refused" else None
            fates.append(RowFate(row.number, status, row.event_id, None, detail, fault))
            if status == "accepted":
                self._remember(row.event_id)
        is_done = all(fate.status != "failed" for fate in fates)
        if claim is not None and not claim.is_published and is_done:
            await self._confirm(claim)
        return fates

    async def _answer(self, delivery: Delivery | KafkaAway | None) -> tuple[str, str | None]:
        """The status that it means, and what is said of it."""
        try:
            if isinstance(delivery, KafkaAway):
                raise delivery
            if delivery is not None:
                await self._publisher.acknowledged(delivery)
        except RecordRefused as error:
            return "refused", str(error)
        except KafkaAway as error:
            return "failed", str(error)
        return "accepted", None

    async def _publish(self, event: FeedbackEvent) -> None:
        await self._publisher.publish(self._record(event))
        self._remember(event.event_id or "")

    def _record(self, event: FeedbackEvent) -> OutputRecord:
        return event_record(self._topic, event, datetime.now(UTC))

    def _remember(self, event_id: str) -> None:
        now = time.monotonic()
        self._recent[event_id] = now
        self._recent.move_to_end(event_id)
        while len(self._recent) > _REMEMBERED or self._oldest_at() < now - _REMEMBERED_S:
            self._recent.popitem(last=False)

    def _oldest_at(self) -> float:
        return next(iter(self._recent.values()))


def _refused(number: int, error: InvalidRecord) -> RowFate:
    return RowFate(number, "refused", None, error.field, error.message, error.fault)


def _checked(row: Row, ids: RowIds, number: int) -> FeedbackEvent:
    if isinstance(row, InvalidRecord):
        raise row
    if row.get("event_id") is None:
        row = {**row, "event_id": ids.of(number)}
    return event_of(row)


def _named(event: FeedbackEvent, event_id: str) -> FeedbackEvent:
    return event.model_copy(update={"event_id": event_id})
