"""The relay: from the outbox to Kafka, in order, until each act is acknowledged."""

import asyncio
from collections.abc import Sequence

from stream_service.console.decisions.outbox import Unsent, mark_sent, take_turn, unsent
from stream_service.console.errors import DatabaseUnavailable, KafkaAway
from stream_service.console.publishing.publisher import KafkaPublisher, RecordRefused
from stream_service.console.store import Database
from stream_service.observe.logs import logger

_AT_ONCE = 100

_LOOK_S = 2.0
"""How often it looks without being woken: for acts of another console that has died."""


class Relay:
    """Publishes what is in the outbox. ``run`` is its one task."""

    def __init__(self, database: Database, publisher: KafkaPublisher) -> None:
        self._database = database
        self._publisher = publisher
        self._woken = asyncio.Event()
        self._log = logger()

    def wake(self) -> None:
        """Say that an act was written: it is published at once."""
        self._woken.set()

    async def run(self) -> None:
        """Publish for ever; what fails is tried again."""
        while True:
            self._woken.clear()
            try:
                while await self._publish_some():
                    pass
            except (KafkaAway, DatabaseUnavailable) as error:
                self._log.warning("relay_interrupted", detail=str(error))
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _publish_some(self) -> int:
        """Publish the oldest acts; returns how many. Raises KafkaAway, DatabaseUnavailable."""
        async with self._database.reading() as connection:
            acts = await unsent(connection, _AT_ONCE)
        if not acts:
            return 0
        if self._database.is_shared:
            async with self._database.writing() as connection:
                await take_turn(connection)
                # Another console may have published them meanwhile.
                sent, away = await self._published(await unsent(connection, _AT_ONCE))
                await mark_sent(connection, sent)
        else:
            sent, away = await self._published(acts)
            if sent:
                async with self._database.writing() as connection:
                    await mark_sent(connection, sent)
        if away is not None:
            raise away
        return len(sent)

    async def _published(self, acts: Sequence[Unsent]) -> tuple[Sequence[int], KafkaAway | None]:
        """The numbers of those that need not be published any more, and why others were not.

        Raises KafkaAway where nothing was sent.
        """
        deliveries = [await self._publisher.hand_over(act.record) for act in acts]
        sent: list[int] = []
        away: KafkaAway | None = None
        for act, delivery in zip(acts, deliveries, strict=True):
            try:
                await self._publisher.acknowledged(delivery)
            except RecordRefused as error:
                # It would be refused for ever, and hold back all others.
                self._tell_refused(act, error)
            except KafkaAway as error:
                away = error
                continue
            sent.append(act.number)
        return sent, away

    def _tell_refused(self, act: Unsent, error: RecordRefused) -> None:
        self._log.error("act_refused", act_id=act.act_id, detail=str(error))
