"""Idempotency keys, claimed and confirmed together, on both databases."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from sqlalchemy import update

from stream_service.console.errors import DatabaseUnavailable, KafkaAway
from stream_service.console.projection.retention import IDEMPOTENCY_KEPT_MS
from stream_service.console.publishing.idempotency import KeyReused, KeyStore, RowIds, named_by_key
from stream_service.console.publishing.publisher import KafkaPublisher
from stream_service.console.store import Database, idempotency_keys
from stream_service.contracts.record import OutputRecord
from stream_service.streaming.publishing.record_batches import Delivery
from tests.support.cluster import Cluster
from tests.support.gateway import running_console


async def test_each_request_of_a_transaction_has_its_own_answer(database: Database) -> None:
    keys = KeyStore(database)
    known = await keys.claim(principal="p", key="known", body=b"1")
    await keys.confirm(known)
    other = await keys.claim(principal="p", key="other", body=b"1")
    # The first waits for a transaction, and the others go together in the next.
    answers = await asyncio.gather(
        keys.claim(principal="p", key="first", body=b"1"),
        keys.claim(principal="p", key="new", body=b"1"),
        keys.claim(principal="p", key="known", body=b"1"),
        keys.claim(principal="p", key="known", body=b"2"),
        keys.claim(principal="q", key="known", body=b"2"),
        keys.confirm(other),
        return_exceptions=True,
    )
    claims = [answer for answer in answers if not isinstance(answer, BaseException) and answer]
    assert isinstance(answers[3], KeyReused)
    assert [claim.is_published for claim in claims] == [False, False, True, False]
    assert [claim.event_id for claim in claims] == [
        named_by_key(*named)
        for named in (("p", "first"), ("p", "new"), ("p", "known"), ("q", "known"))
    ]
    assert (await keys.claim(principal="p", key="other", body=b"1")).is_published


async def test_a_key_whose_time_is_over_is_free_for_one_other_event(database: Database) -> None:
    keys = KeyStore(database)
    old = await keys.claim(principal="p", key="k", body=b"old")
    await keys.confirm(old)
    async with database.writing() as connection:
        await connection.execute(
            update(idempotency_keys).values(
                created_ms=idempotency_keys.c.created_ms - IDEMPOTENCY_KEPT_MS - 1
            )
        )
    first, second = await asyncio.gather(
        *(keys.claim(principal="p", key="k", body=b"new") for _ in range(2))
    )
    assert first == second
    assert not first.is_published
    assert first.event_id != old.event_id
    with pytest.raises(KeyReused):
        await keys.claim(principal="p", key="k", body=b"old")


async def test_a_large_batch_that_was_cut_off_is_finished_and_not_published_again(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Kafka had of it was published again, too far behind itself to be known as the same."""
    hand_over, parts = KafkaPublisher.hand_over_all, 0

    async def goes_away(
        publisher: KafkaPublisher, records: Sequence[OutputRecord]
    ) -> Sequence[Delivery]:
        nonlocal parts
        parts += 1
        if parts == 4:
            raise KafkaAway("Kafka cannot be reached", 1)
        return await hand_over(publisher, records)

    monkeypatch.setattr(KafkaPublisher, "hand_over_all", goes_away)
    await cluster.create_topics()
    rows = [{"text": f"row {number}", "customer_id": "c"} for number in range(2_600)]
    async with running_console(cluster, f"sqlite:///{tmp_path}/console.db") as console:
        for failed in (500, 0, 0):
            batch = await console.client.post(
                "/v1/feedback/batch", json=rows, headers={"idempotency-key": "k"}
            )
            told = batch.json()
            assert (told["accepted"], told["failed"]) == (2_600 - failed, failed)
        other = await console.client.post(
            "/v1/feedback/batch", json=rows[1:], headers={"idempotency-key": "k"}
        )
        assert other.json()["type"].endswith("key-reused")
    found = await cluster.read_committed(cluster.topics.events)
    texts = Counter(orjson.loads(record.value or b"")["text"] for record in found)
    assert texts == {f"row {number}": 1 for number in range(2_600)}


async def test_what_kafka_has_is_accepted_though_the_key_cannot_be_kept(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as unavailable, which means that nothing was done."""

    async def confirm(*_: object) -> None:
        raise DatabaseUnavailable("the console's database does not answer")

    monkeypatch.setattr(KeyStore, "confirm", confirm)
    await cluster.create_topics()
    async with running_console(cluster, f"sqlite:///{tmp_path}/console.db") as console:
        for path, body in (("", {"text": "one"}), ("/batch", [{"text": "two"}])):
            answer = await console.client.post(
                f"/v1/feedback{path}", json=body, headers={"idempotency-key": f"k{path}"}
            )
            assert answer.status_code == 202, answer.text
    assert len(await cluster.read_committed(cluster.topics.events)) == 2


def test_the_rows_of_a_batch_keep_their_names_over_versions() -> None:
    """Or a batch that is sent again after an upgrade would be published twice."""
    assert RowIds("b").of(1) == "fc4ff420-ead4-547e-b529-83900b8f283d"
