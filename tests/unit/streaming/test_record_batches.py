"""Which records go to the broker together."""

import asyncio

from stream_service.contracts.record import OutputRecord
from stream_service.streaming.publishing.record_batches import BATCH_BYTES, Delivery, WaitingBatches

TOPIC = "any"


async def test_what_comes_while_a_batch_is_under_way_goes_together_with_the_next() -> None:
    waiting = WaitingBatches()
    add(waiting, 0, 1)
    first = waiting.next()
    add(waiting, 2)
    add(waiting, 3, partition=1)

    assert first is not None
    assert numbers(first.records) == [0, 1]
    other = waiting.next()
    assert other is not None
    assert numbers(other.records) == [3]
    assert waiting.next() is None
    add(waiting, 4)
    assert waiting.next() is None

    waiting.answered(first)
    following = waiting.next()
    assert following is not None
    assert numbers(following.records) == [2, 4]


async def test_a_batch_holds_no_more_than_the_client_takes_at_once() -> None:
    waiting = WaitingBatches()
    add(waiting, *range(30), value=b"x" * (BATCH_BYTES // 10))

    sent: list[int] = []
    while (batch := waiting.next()) is not None:
        assert batch.built().record_count() == len(batch.records) < 10
        sent += numbers(batch.records)
        waiting.answered(batch)
    assert sent == list(range(30))


async def test_a_record_that_is_larger_than_a_batch_goes_alone() -> None:
    waiting = WaitingBatches()
    add(waiting, 0)
    add(waiting, 1, value=b"x" * (BATCH_BYTES + 1))
    add(waiting, 2)

    sent: list[list[int]] = []
    while (batch := waiting.next()) is not None:
        sent.append(numbers(batch.records))
        waiting.answered(batch)
    assert sent == [[0], [1], [2]]


async def test_what_is_given_up_is_not_sent() -> None:
    waiting = WaitingBatches()
    [delivery] = add(waiting, 0)

    waiting.give_up()

    assert delivery.cancelled()
    assert waiting.next() is None


def add(
    waiting: WaitingBatches, *sent: int, partition: int = 0, value: bytes = b"any"
) -> list[Delivery]:
    deliveries: list[Delivery] = []
    for number in sent:
        delivery: Delivery = asyncio.get_running_loop().create_future()
        key = str(number).encode()
        record = OutputRecord(topic=TOPIC, key=key, value=value, partition=partition)
        waiting.add(record, delivery, [0, 1])
        deliveries.append(delivery)
    return deliveries


def numbers(records: list[OutputRecord]) -> list[int]:
    return [int(record.key or b"-1") for record in records]
