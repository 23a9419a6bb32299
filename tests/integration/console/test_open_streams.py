"""A stream that is open shows nothing more to somebody who may see nothing more."""

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from stream_service.console.access import tokens
from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import revoke_token
from stream_service.console.gateway.routes import streams
from stream_service.console.store import tokens as tokens_table
from stream_service.contracts.record import InputRecord
from tests.support.bare_gateway import TOPICS, BareGateway, Request, bare_gateway
from tests.support.waiting import until


@pytest.mark.parametrize("way", ["revoked", "expired"])
@pytest.mark.parametrize("path", ["/v1/streams/replies", "/v1/streams/reviews"])
async def test_an_open_stream_ends_with_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, way: str
) -> None:
    monkeypatch.setattr(tokens, "_CACHED_S", 0.0)
    monkeypatch.setattr(streams, "_STILL_IN_S", 0.01)
    async with bare_gateway(tmp_path) as gateway:
        asked = Request()
        stream = asyncio.create_task(gateway.ask("GET", path, Role.VIEWER, request=asked))
        try:
            await asked.until_there(b": open")
            _come(gateway, 1)
            await asked.until_there(b"id: 0-1\n")
            await _take_away(gateway, way)
            async with asyncio.timeout(10):
                await asyncio.wait({stream})
            assert stream.done()
        finally:
            stream.cancel()
        _come(gateway, 2)
        assert b"id: 0-2" not in asked.body
        assert gateway.hub.watchers == 0
        again = await gateway.ask("GET", path, Role.VIEWER)
        assert again.status == 401


async def test_what_comes_when_the_token_has_gone_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it comes before anybody would have asked."""
    monkeypatch.setattr(tokens, "_CACHED_S", 0.0)
    async with bare_gateway(tmp_path) as gateway:
        asked = Request()
        path = "/v1/streams/replies"
        stream = asyncio.create_task(gateway.ask("GET", path, Role.VIEWER, request=asked))
        try:
            await asked.until_there(b": open")
            await _take_away(gateway, "revoked")
            monkeypatch.setattr(streams, "_STILL_IN_S", 0.0)
            _come(gateway, 1)
            async with asyncio.timeout(10):
                await asyncio.wait({stream})
        finally:
            stream.cancel()
        assert b"id: 0-1" not in asked.body


async def test_a_stream_goes_on_while_its_token_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_CACHED_S", 0.0)
    monkeypatch.setattr(streams, "_STILL_IN_S", 0.01)
    monkeypatch.setattr(streams, "_PING_S", 0.05)
    async with bare_gateway(tmp_path) as gateway:
        asked = Request()
        path = "/v1/streams/replies"
        stream = asyncio.create_task(gateway.ask("GET", path, Role.REVIEWER, request=asked))
        try:
            await until(lambda: asked.body.count(b": still here") >= 3, "comments")
            _come(gateway, 1)
            await asked.until_there(b"id: 0-1\n")
            assert not stream.done()
        finally:
            stream.cancel()
            await asyncio.wait({stream})


def _come(gateway: BareGateway, offset: int) -> None:
    gateway.hub.stored(
        [
            InputRecord(
                topic=topic,
                partition=0,
                offset=offset,
                timestamp_ms=round(time.time() * 1000),
                key=None,
                value=b'{"text":"what a customer wrote"}',
            )
            for topic in (TOPICS.replies, TOPICS.reviews)
        ]
    )


async def _take_away(gateway: BareGateway, way: str) -> None:
    token_id = gateway.tokens[Role.VIEWER].split("_")[1]
    if way == "revoked":
        await revoke_token(gateway.database, token_id)
        return
    async with gateway.database.writing() as connection:
        await connection.execute(
            update(tokens_table).where(tokens_table.c.token_id == token_id).values(expires_ms=1)
        )
