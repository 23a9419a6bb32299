"""Who is let in, what they may do, and what no request can do."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from stream_service.console.access import tokens
from stream_service.console.access.authenticating import AccessOptions
from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import (
    NoSuchToken,
    create_token,
    list_tokens,
    revoke_token,
)
from stream_service.console.gateway import bodies
from stream_service.console.gateway.app import GatewayOptions
from tests.support.cluster import Cluster
from tests.support.gateway import RunningConsole, running_console
from tests.support.records import BAD_VALUES, SECRET

TOKENS = AccessOptions(tokens=True)

MAY = {
    Role.PUBLISHER: {"publish"},
    Role.VIEWER: {"view"},
    Role.REVIEWER: {"view", "decide"},
    Role.OPERATOR: {"publish", "view", "decide", "operate"},
}


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/console.db"


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_do_its_own(cluster: Cluster, sqlite_url: str, role: Role) -> None:
    await cluster.create_topics()
    async with running_console(cluster, sqlite_url, access=TOKENS) as console:
        token = await create_token(console.services.database, name="Ann", role=role)
        client, headers = console.client, {"authorization": f"Bearer {token}"}
        answers = {
            "publish": await client.post("/v1/feedback", json={"text": "t"}, headers=headers),
            "view": await client.get("/v1/reviews", headers=headers),
            "decide": await client.post(
                "/v1/reviews/none/decision", json={"type": "accept"}, headers=headers
            ),
            "operate": await client.get("/v1/audit", headers=headers),
        }
    assert {name for name, one in answers.items() if one.status_code != 403} == MAY[role]
    assert {one.status_code for one in answers.values()} <= {200, 202, 403, 404}


async def test_who_is_unknown_gets_nothing(
    cluster: Cluster, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_CACHED_S", 0)
    await cluster.create_topics()
    async with running_console(cluster, sqlite_url, access=TOKENS) as console:
        database = console.services.database
        good = await create_token(database, name="Ann", role=Role.OPERATOR)
        over = await create_token(database, name="Old", role=Role.OPERATOR, valid_days=-1)
        assert await _status(console, f"Bearer {good}") == 200
        other = good[:-1] + ("A" if good[-1] != "A" else "B")
        for header in (None, "", "Bearer", f"Bearer {other}", f"Bearer {over}", f"Basic {good}",
                       "Bearer é", f"Bearer {good}{'x' * 5_000}"):  # fmt: skip
            assert await _status(console, header) == 401, header
        [token_id] = [one.token_id for one in await list_tokens(database) if one.name == "Ann"]
        await revoke_token(database, token_id)
        assert await _status(console, f"Bearer {good}") == 401
        with pytest.raises(NoSuchToken, match="token list"):
            await revoke_token(database, token_id)
        unknown = await console.client.get("/v1/reviews")
        assert unknown.headers["www-authenticate"] == "Bearer"
        assert (await console.client.get("/health/live")).status_code == 200
    # A secret may hold the mark that stands between the parts.
    secret = good.split("_", 2)[2].encode()
    assert len(secret) == 43
    assert not any(secret in path.read_bytes() for path in Path(sqlite_url[10:]).parent.iterdir())


@pytest.mark.parametrize(("network", "status"), [("127.0.0.1/32", 200), ("10.0.0.0/8", 401)])
async def test_a_proxy_names_users_only_from_its_own_address(
    cluster: Cluster, sqlite_url: str, network: str, status: int
) -> None:
    access = AccessOptions(
        tokens=True,
        proxy_header="X-Forwarded-User",
        proxy_role=Role.VIEWER,
        trusted_proxies=(ip_network(network),),
    )
    async with running_console(cluster, sqlite_url, access=access, wait_for_kafka=False) as console:
        headers = {"x-forwarded-user": "ann@example.org"}
        answer = await console.client.get("/v1/reviews", headers=headers)
        assert answer.status_code == status
        # A proxy's user may be named by a page of another site; it must not act.
        headers["origin"] = "https://evil.example"
        answer = await console.client.post("/v1/reviews/e/decision", json={}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
        ({"host": "console.example", "origin": "http://console.example"}, 415),
        ({"host": "localhost:1", "origin": "http://localhost:1"}, 415),
        ({"host": "[::1]:1"}, 415),
    ],
)
async def test_other_sites_pages_do_nothing(
    cluster: Cluster, sqlite_url: str, headers: dict[str, str], status: int
) -> None:
    async with running_console(
        cluster,
        sqlite_url,
        gateway=GatewayOptions(hosts=["console.example"]),
        wait_for_kafka=False,
    ) as console:
        # What a form of another site can send without asking: text, and no JSON.
        answer = await console.client.post(
            "/v1/feedback",
            content=b'{"text":"t"}',
            headers={"content-type": "text/plain", **headers},
        )
        assert answer.status_code == status
        for name in ("x-content-type-options", "content-security-policy", "x-frame-options"):
            assert name in answer.headers


async def test_probes_and_prometheus_may_ask_by_address(cluster: Cluster, sqlite_url: str) -> None:
    by_address = {"host": "10.0.0.7:8080"}
    async with running_console(cluster, sqlite_url, wait_for_kafka=False) as console:
        for path in ("/health/live", "/metrics"):
            assert (await console.client.get(path, headers=by_address)).status_code == 200
        assert (await console.client.get("/v1/reviews", headers=by_address)).status_code == 403


async def test_who_asks_too_often_is_told_when(cluster: Cluster, sqlite_url: str) -> None:
    async with running_console(
        cluster, sqlite_url, gateway=GatewayOptions(requests_per_s=5), wait_for_kafka=False
    ) as console:
        answers = [await console.client.get("/v1/reviews") for _ in range(5)]
        assert [one.status_code for one in answers] == [200] * 5
        asked = (console.client.get("/v1/reviews") for _ in range(40))
        at_once = await asyncio.gather(*asked)
    refused = [one for one in at_once if one.status_code == 429]
    assert refused
    assert all(int(one.headers["retry-after"]) >= 1 for one in refused)


async def test_bodies_are_bounded(
    cluster: Cluster, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_BODY_TIMEOUT_S", 0.3)
    monkeypatch.setattr(bodies, "BATCH_MAX_BYTES", 2_000_000)

    async def much() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    json = {"content-type": "application/json"}
    async with running_console(cluster, sqlite_url, wait_for_kafka=False) as console:

        async def status(path: str, content: object, **headers: str) -> int:
            try:
                answer = await console.client.post(path, content=content, headers=json | headers)  # pyright: ignore[reportArgumentType]
            except httpx.WriteError:
                # Closed on us in the middle of the body, which the answer came before.
                return 413
            return answer.status_code

        assert await status("/v1/feedback", b"x" * 1_000_001) == 413
        assert await status("/v1/feedback", much()) == 413
        assert await status("/v1/feedback/batch", b"[" + b" " * 2_000_000) == 413
        assert b" 408 " in await _half_a_body(console.port)
        assert await status("/v1/feedback", b"{}", **{"content-encoding": "gzip"}) == 415
        rows = b"[" + b",".join([b"{}"] * 10_001) + b"]"
        assert await status("/v1/feedback/batch", rows) == 413
        assert await status("/v1/feedback/batch", b"[]") == 400
        assert await status("/v1/feedback/batch", b"{}") == 400


async def test_bad_feedback_is_told_by_field_and_without_its_words(
    cluster: Cluster, sqlite_url: str
) -> None:
    async with running_console(cluster, sqlite_url, wait_for_kafka=False) as console:
        for name, (value, _) in BAD_VALUES.items():
            answer = await console.client.post(
                "/v1/feedback", content=value or b"", headers={"content-type": "application/json"}
            )
            assert answer.status_code in {400, 413, 422}, name
            assert answer.headers["content-type"] == "application/problem+json"
            assert SECRET not in answer.text, name
            assert answer.status_code != 422 or answer.json()["field"], name


async def _half_a_body(port: int) -> bytes:
    """What is answered to a client that stops in the middle."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            b"POST /v1/feedback HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n"
            b'content-type: application/json\r\n\r\n{"text":'
        )
        async with asyncio.timeout(10):
            return await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def _status(console: RunningConsole, header: str | None) -> int:
    headers = {} if header is None else {"authorization": header.encode()}
    return (await console.client.get("/v1/reviews", headers=headers)).status_code  # pyright: ignore[reportArgumentType]
