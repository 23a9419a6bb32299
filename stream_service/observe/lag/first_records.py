"""How old the first unprocessed record is, by its own timestamp.

No admin call tells the timestamp of the record at an offset: ListOffsets goes from timestamp to
offset, and a search with it takes a dozen rounds and fails where timestamps are not in order. So
the record's batch is read, by a fetch without a group, which commits nothing and moves nobody. It
needs leave to read the topic; without it the age is unknown, and every other figure is there.

What is found is kept for as long as the group stays at that offset, and one batch answers for every
group that stands in it. Most batches are small, so all partitions of a broker are asked together
for a little; where a batch is larger it is asked for by itself, since a broker gives a whole batch
of any size for the first partition of a request only.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aiokafka.protocol.fetch import FetchRequest

from stream_service.observe.lag.batch import first_record
from stream_service.observe.lag.brokers import Brokers, NoAnswer
from stream_service.observe.lag.log_requests import by_topic, chunks
from stream_service.observe.lag.reading import FirstRecord, LogRange, Place
from stream_service.streaming.partition import Partition

_SMALL_BYTES = 4096
"""For one partition: some events, and little where a thousand partitions are asked."""

_ANSWER_BYTES = 16 * 1024 * 1024
"""For one request: more than all its partitions' small pieces, so that none is left out."""

_STEPS = 4
"""How many times a round looks on behind markers; the next round goes on from there."""

_READ_UNCOMMITTED = 0


_Waiting = Mapping[Partition, deque[Place]]
"""What is sought in each partition, the lowest offset first."""


class _Search(NamedTuple):
    next_offset: int
    timestamp_ms: int | None


class FirstRecords:
    """Finds the first records at or behind places, and remembers them."""

    def __init__(self, brokers: Brokers, round_timeout_s: float) -> None:
        """``round_timeout_s`` bounds a round; what is not found by then is sought in the next."""
        self._brokers = brokers
        self._round_timeout_s = round_timeout_s
        self._searches: dict[Place, _Search] = {}

    async def read(
        self,
        places: Iterable[Place],
        logs: Mapping[Partition, LogRange],
        leaders: Mapping[Partition, int],
    ) -> Mapping[Place, FirstRecord]:
        """What could be found out; a place whose record is not known yet is left out."""
        known = self._searches
        self._searches = {place: known.get(place, _Search(place.offset, None)) for place in places}
        try:
            async with asyncio.timeout(self._round_timeout_s):
                for _ in range(_STEPS):
                    sought = self._sought(logs, leaders)
                    if not sought:
                        break
                    await self._look(sought)
        except TimeoutError:
            pass
        return {
            place: FirstRecord(search.timestamp_ms)
            for place, search in self._searches.items()
            if search.timestamp_ms is not None or search.next_offset >= logs[place.partition].end
        }

    def _sought(
        self, logs: Mapping[Partition, LogRange], leaders: Mapping[Partition, int]
    ) -> Mapping[int, Sequence[Place]]:
        by_leader: dict[int, list[Place]] = defaultdict(list)
        for place, search in self._searches.items():
            if search.timestamp_ms is None and search.next_offset < logs[place.partition].end:
                by_leader[leaders[place.partition]].append(place)
        return by_leader

    async def _look(self, sought: Mapping[int, Sequence[Place]]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for leader, places in sought.items():
                tasks.create_task(self._look_at(leader, places))

    async def _look_at(self, leader: int, places: Sequence[Place]) -> None:
        """Look at each place once. The lowest go first: one batch answers for many groups."""
        waiting: dict[Partition, deque[Place]] = defaultdict(deque)
        for place in sorted(places, key=self._next):
            waiting[place.partition].append(place)
        while waiting:
            async with asyncio.TaskGroup() as tasks:
                for chunk in chunks(tuple(waiting)):
                    some = {partition: waiting[partition] for partition in chunk}
                    tasks.create_task(self._look_at_first(leader, some))
            waiting = {partition: left for partition, left in waiting.items() if left}

    async def _look_at_first(self, leader: int, waiting: _Waiting) -> None:
        """Take the first place of each partition out, and those that its answer tells of."""
        firsts = {partition: places[0] for partition, places in waiting.items()}
        larger = await self._fetch(leader, waiting)
        async with asyncio.TaskGroup() as tasks:
            for partition in larger:
                tasks.create_task(self._fetch(leader, {partition: waiting[partition]}))
        for partition, first in firsts.items():
            places = waiting[partition]
            # Not answered, or with an error: the next round looks again.
            if places and places[0] is first:
                places.popleft()

    async def _fetch(self, leader: int, waiting: _Waiting) -> Sequence[Partition]:
        """Read at the first place of each partition; returns those whose batch is too large."""
        wanted = by_topic(
            (partition, (partition.number, self._next(places[0]), _SMALL_BYTES))
            for partition, places in waiting.items()
        )
        try:
            answer = await self._brokers.ask(
                leader, FetchRequest(0, 0, _ANSWER_BYTES, _READ_UNCOMMITTED, wanted)
            )
        except NoAnswer:
            return ()
        return [
            Partition(topic, number)
            for topic, answers in answer.topics
            for number, code, *_, records in answers
            if not code and not self._take_out(waiting[Partition(topic, number)], records or b"")
        ]

    def _take_out(self, places: deque[Place], records: bytes) -> bool:
        """Take out what ``records`` tell of, from the first place on; says whether they told."""
        told = False
        while places:
            offset = self._next(places[0])
            found = first_record(records, offset)
            if found.timestamp_ms is None and found.next_offset == offset:
                break
            self._searches[places.popleft()] = _Search(found.next_offset, found.timestamp_ms)
            told = True
        return told

    def _next(self, place: Place) -> int:
        return self._searches[place].next_offset
