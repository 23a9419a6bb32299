"""People who decide reviews in the console's queue, and a program that decides by Kafka."""

import asyncio
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from stream_service.streaming.errors import StreamError
from stream_service.streaming.publishing.publisher import RecordPublisher
from tests.soak.gateway import Gateway
from tests.soak.ledger import Promises, SentDecision
from tests.support.cluster import Cluster
from tests.support.decisions import decision

LONGEST_THOUGHT_S = 4.0
"""People take minutes; these stand for many of them."""

_SHORTEST_THOUGHT_S = 0.5
_LISTED = 20
_AT_ONCE = 5
"""How many items somebody works through before the list is looked at again."""

_TOGETHER_SHARE = 0.08
"""Two people have the same item before them and decide at the same moment."""
_PRESSED_TWICE_SHARE = 0.04
_BY_PROGRAM_SHARE = 0.05
_PATIENCE_S = 240.0

_KINDS = ("accept", "edit", "response", "ignore")
_WEIGHTS = (45, 25, 15, 15)


class Reviewers:
    """All who decide."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        gateway: Gateway,
        count: int,
        seed: int,
        promises: Promises,
        tell: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._gateway = gateway
        self._count = count
        self._chance = random.Random(f"{seed}/reviewers")
        self._promises = promises
        self._tell = tell

    async def run(self, stop: asyncio.Event) -> None:
        """Decide until ``stop`` is set."""
        async with asyncio.TaskGroup() as people:
            for _ in range(self._count):
                people.create_task(self._person(stop))
            people.create_task(self._program(stop))

    # By HTTP --------------------------------------------------------------------------------

    async def _person(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            items = await self._list()
            for item in self._chance.sample(items, min(_AT_ONCE, len(items))):
                if stop.is_set():
                    return
                await self._think()
                await self._treat(item)
            if not items:
                await self._think()

    async def _list(self) -> list[dict[str, Any]]:
        answer = await self._gateway.ask("GET", "/v1/reviews", params={"limit": _LISTED})
        if answer is None or answer.status_code != 200:
            return []
        return answer.json()["items"]

    async def _think(self) -> None:
        await asyncio.sleep(self._chance.uniform(_SHORTEST_THOUGHT_S, LONGEST_THOUGHT_S))

    async def _treat(self, item: dict[str, Any]) -> None:
        people = 2 if self._chance.random() < _TOGETHER_SHARE else 1
        await asyncio.gather(*(self._decide(item) for _ in range(people)))

    async def _decide(self, item: dict[str, Any]) -> None:
        sent = self._decision_on(item["event_id"])
        status = await self._send(sent)
        if status == 422 and sent.type == "accept":
            # There is no draft to accept: it is written by hand.
            await self._send(self._decision_on(item["event_id"], kind="response"))

    def _decision_on(self, event_id: str, kind: str | None = None) -> SentDecision:
        kind = kind or self._chance.choices(_KINDS, _WEIGHTS)[0]
        decision_id = str(UUID(int=self._chance.getrandbits(128), version=4))
        text = f"reply {decision_id}" if kind in ("edit", "response") else None
        return SentDecision(event_id, decision_id, kind, text)

    async def _send(self, sent: SentDecision) -> int:
        """The last answer's status; 0 for none."""
        self._promises.sent_decisions += 1
        path = f"/v1/reviews/{quote(sent.event_id, safe='')}/decision"
        body = {"type": sent.type, "decision_id": sent.decision_id}
        if sent.text is not None:
            body["text"] = sent.text
        presses = 2 if self._chance.random() < _PRESSED_TWICE_SHARE else 1
        answers = await asyncio.gather(
            *(self._gateway.ask("POST", path, json=body) for _ in range(presses))
        )
        statuses = [0 if answer is None else answer.status_code for answer in answers]
        self._promises.given_up += statuses.count(0)
        if 202 in statuses:
            self._promises.decisions[sent.decision_id] = sent
        return statuses[-1]

    # By Kafka -------------------------------------------------------------------------------

    async def _program(self, stop: asyncio.Event) -> None:
        """Reads the reviews itself and decides some; begins anew where Kafka fails it."""
        seen: set[str] = set()
        while not stop.is_set():
            consumer: Any = AIOKafkaConsumer(
                self._cluster.topics.reviews,
                bootstrap_servers=self._cluster.bootstrap_servers,
                isolation_level="read_committed",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            try:
                async with RecordPublisher(self._cluster.connection) as publisher:
                    await consumer.start()
                    while not stop.is_set():
                        for records in (await consumer.getmany(timeout_ms=500)).values():
                            for record in records:
                                await self._consider(publisher, record, seen)
            except (StreamError, KafkaError, TimeoutError, AssertionError) as error:
                self._tell(f"the deciding program starts anew: {error!r}")
            finally:
                await consumer.stop()

    async def _consider(self, publisher: RecordPublisher, record: Any, seen: set[str]) -> None:
        event_id = orjson.loads(record.value)["event_id"]
        if event_id in seen:
            return
        seen.add(event_id)
        if self._chance.random() > _BY_PROGRAM_SHARE:
            return
        sent = self._decision_on(event_id)
        place = (record.partition, record.offset)
        published = decision(
            self._cluster, event_id, place, sent.decision_id, kind=sent.type, text=sent.text
        )
        self._promises.sent_decisions += 1
        delivery = await publisher.send(published)
        async with asyncio.timeout(_PATIENCE_S):
            await asyncio.wait([delivery])
        if not delivery.cancelled() and delivery.exception() is None:
            self._promises.decisions[sent.decision_id] = sent
