"""Idempotency keys, claimed and confirmed together, on both databases."""

import asyncio

import pytest
from sqlalchemy import update

from stream_service.console.projection.retention import IDEMPOTENCY_KEPT_MS
from stream_service.console.publishing.idempotency import KeyReused, KeyStore, RowIds, named_by_key
from stream_service.console.store import Database, idempotency_keys


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


def test_the_rows_of_a_batch_keep_their_names_over_versions() -> None:
    """Or a batch that is sent again after an upgrade would be published twice."""
    assert RowIds("b").of(1) == "fc4ff420-ead4-547e-b529-83900b8f283d"
