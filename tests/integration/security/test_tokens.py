"""Tokens of an identity provider: fetched once, renewed in time, never waited for in vain."""

import asyncio
from collections.abc import Callable

import pytest

from stream_service.streaming.client.oauth.client_credentials import ClientCredentials, OauthClient
from stream_service.streaming.errors import TokenRefused, TokenUnavailable
from tests.support.token_endpoint import TokenEndpointSimulator, token_endpoint

SECRET = "a secret: with % and + in it"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def tokens_of(
    simulator: TokenEndpointSimulator, clock: Clock | None = None, *, secret: str = SECRET
) -> ClientCredentials:
    client = OauthClient(
        token_url=simulator.url,
        client_id="service",
        client_secret=secret,
        scope="kafka read",
        audience="cluster-1",
    )
    return ClientCredentials(client, clock=clock or Clock())


async def test_one_request_serves_all_clients_and_says_what_is_wanted() -> None:
    async with token_endpoint(secret=SECRET, subject="worker") as simulator:
        tokens = tokens_of(simulator)
        given = await asyncio.gather(*(tokens.token() for _ in range(20)))
    assert len(set(given)) == 1
    assert simulator.asked == [
        {"grant_type": "client_credentials", "scope": "kafka read", "audience": "cluster-1"}
    ]


async def test_a_token_is_renewed_before_it_expires() -> None:
    clock = Clock()
    async with token_endpoint(secret=SECRET, subject="worker") as simulator:
        simulator.lifetime_s = 100
        tokens = tokens_of(simulator, clock)
        first = await tokens.token()
        clock.now += 79
        assert await tokens.token() == first
        simulator.token = "the second one"
        clock.now += 2
        assert await tokens.token() == "the second one"
    assert len(simulator.asked) == 2


async def test_a_provider_that_is_away_is_bridged_while_the_token_is_valid() -> None:
    clock = Clock()
    async with token_endpoint(secret=SECRET, subject="worker") as simulator:
        simulator.lifetime_s = 100
        tokens = tokens_of(simulator, clock)
        first = await tokens.token()
        simulator.answer = (503, b"down for maintenance")
        clock.now += 99
        assert await tokens.token() == first
        clock.now += 2
        with pytest.raises(TokenUnavailable, match="answered 503 without a token"):
            await tokens.token()
        simulator.answer = None
        assert await tokens.token()


async def test_a_token_without_a_lifetime_is_not_kept_for_ever() -> None:
    clock = Clock()
    async with token_endpoint(secret=SECRET, subject="worker") as simulator:
        simulator.answer = (200, b'{"access_token": "one", "expires_in": "soon"}')
        tokens = tokens_of(simulator, clock)
        assert await tokens.token() == "one"
        simulator.answer = (200, b'{"access_token": "two"}')
        clock.now += 301
        assert await tokens.token() == "two"


ANSWERS: dict[str, tuple[int, bytes, type[TokenUnavailable], str]] = {
    "refused": (401, b'{"error": "invalid_client"}', TokenRefused, "invalid_client"),
    "a scope that is refused": (
        400,
        b'{"error": "invalid_scope"}',
        TokenRefused,
        "kafka.oauth_scope",
    ),
    "a page": (403, b"<html>secret words</html>", TokenRefused, "(403)"),
    "no token": (200, b"{}", TokenUnavailable, "answered 200 without a token"),
    "no object": (200, b'["a token"]', TokenUnavailable, "without a token"),
    "not JSON": (200, b"\xff", TokenUnavailable, "without a token"),
    "a number": (200, b'{"access_token": 7}', TokenUnavailable, "without a token"),
    "a redirect": (302, b"", TokenUnavailable, "answered 302"),
    "without an end": (200, b" " * 1_000_000, TokenUnavailable, "without a token"),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_an_answer_that_holds_no_token(case: str) -> None:
    status, body, kind, words = ANSWERS[case]
    async with token_endpoint(secret=SECRET, subject="worker") as simulator:
        simulator.answer = (status, body)
        with pytest.raises(TokenUnavailable) as failed:
            await tokens_of(simulator).token()
    assert type(failed.value) is kind
    assert words in str(failed.value)
    for secret in (SECRET, "secret words"):
        assert secret not in str(failed.value)


async def test_a_wrong_secret_is_refused() -> None:
    async with token_endpoint(secret=SECRET, subject="worker") as simulator:
        with pytest.raises(TokenRefused, match=r"kafka\.oauth_client_secret"):
            await tokens_of(simulator, secret="wrong").token()


async def test_a_provider_that_does_not_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stream_service.streaming.client.oauth.client_credentials._TIMEOUT_S", 0.3)
    accepted: list[Callable[[], None]] = []

    def keep(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer.close)

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = OauthClient(
        token_url=f"http://127.0.0.1:{port}/", client_id="service", client_secret=SECRET
    )
    try:
        with pytest.raises(TokenUnavailable, match=r"no answer within 0\.3 s"):
            async with asyncio.timeout(10):
                await ClientCredentials(client).token()
    finally:
        for close in accepted:
            close()
        server.close()
        await server.wait_closed()
