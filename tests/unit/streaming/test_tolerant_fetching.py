"""What has been fetched, as the client keeps it until it is asked for."""

import gc
import weakref
from collections.abc import Generator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream_service.streaming.client import fetched_records
from stream_service.streaming.client.tolerant_fetching import install_tolerant_fetching
from stream_service.streaming.client.tolerant_parsing import TolerantRecords
from stream_service.streaming.client.unpacking import UnreadableBatch

PLACE = TopicPartition("events", 3)
_ZSTD = 4


@pytest.fixture
def without_garbage_collection() -> Generator[None]:
    gc.disable()
    yield
    gc.enable()


def packed() -> bytearray:
    of_kafka: Any = DefaultRecordBatchBuilder
    builder = of_kafka(2, _ZSTD, 0, -1, -1, -1, 2**31 - 1)
    for number in range(2):
        builder.append(number, 1_000, b"key", b"a" * 1_000_000, [])
    return bytearray(builder.build())


def fetched(raw: bytes) -> tuple[Any, Any, Any]:
    """What the client keeps of an answer, its records, and the state of their partition."""
    install_tolerant_fetching()
    subscriptions: Any = SubscriptionState()
    subscriptions.assign_from_user({PLACE})
    assignment = subscriptions.subscription.assignment
    state = assignment.state_value(PLACE)
    state.seek(0)
    client: Any = fetcher
    records = client.PartitionRecords(
        PLACE, TolerantRecords(raw), [], 0, None, None, True, client.READ_COMMITTED
    )
    result = client.FetchResult(PLACE, assignment=assignment, partition_records=records, backoff=0)
    return result, records, state


@pytest.mark.usefixtures("without_garbage_collection")
@pytest.mark.parametrize("is_paused", [False, True])
async def test_what_is_given_up_half_read_is_freed_at_once(is_paused: bool) -> None:
    result, records, state = fetched(bytes(packed()))
    assert len(result.getall(1)) == 1
    if is_paused:
        state.pause()
        assert result.getall(1) == []
    held = weakref.ref(records)
    del records, result
    assert held() is None


async def test_what_cannot_be_read_says_where_it_is() -> None:
    raw = packed()
    raw[-10] ^= 1
    result, _, _ = fetched(bytes(raw))
    with pytest.raises(UnreadableBatch) as told:
        result.getall(10)
    assert told.value.place == PLACE


async def test_of_a_paused_partition_no_large_batch_is_kept_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetched_records, "KEPT_UNPACKED_BYTES", 1_999_999)
    result, _, state = fetched(bytes(packed()))
    assert len(result.getall(1)) == 1
    state.pause()
    assert result.getall(1) == []
    assert not result.has_more()


async def test_of_a_paused_partition_what_is_not_large_is_given_afterwards() -> None:
    result, _, state = fetched(bytes(packed()))
    assert len(result.getall(1)) == 1
    state.pause()
    assert result.getall(1) == []
    state.resume()
    assert len(result.getall(1)) == 1
