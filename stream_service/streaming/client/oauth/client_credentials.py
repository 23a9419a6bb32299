"""Tokens by OAuth 2's client credentials (RFC 6749, section 4.4), kept while they are fresh."""

import asyncio
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote_plus

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout
from aiokafka.abc import AbstractTokenProvider

from stream_service.streaming.errors import TokenRefused, TokenUnavailable

_TIMEOUT_S = 10.0
"""A connection to a broker waits for the token, whose own bound is 15 s by default."""

_MOST_ANSWER_BYTES = 256 * 1024
"""A token is some kilobytes; whatever sends more is no token endpoint."""

_ASSUMED_LIFETIME_S = 300.0
"""Of a token whose answer tells none, which the standard allows."""

_REFRESH_AFTER = 0.8
"""Of its lifetime: the rest is for the provider to be away and back."""

_REFUSED = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class OauthClient:
    """What the identity provider knows us by."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    audience: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    fetched_at: float
    lifetime_s: float

    def age_share(self, now: float) -> float:
        return (now - self.fetched_at) / self.lifetime_s


class ClientCredentials(AbstractTokenProvider):
    """Tokens for all clients of one process: one request at a time, and only when one is due.

    While the provider is away, a token that is still valid goes on being used.
    """

    def __init__(self, client: OauthClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._token: _Token | None = None
        self._fetching = asyncio.Lock()

    async def token(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] - untyped
        """A valid token. Raises TokenUnavailable."""
        async with self._fetching:
            now, held = self._clock(), self._token
            if held is not None and held.age_share(now) < _REFRESH_AFTER:
                return held.text
            try:
                self._token = await self._fetch(now)
            except TokenUnavailable:
                if held is None or held.age_share(self._clock()) >= 1:
                    raise
                return held.text
            return self._token.text

    async def _fetch(self, now: float) -> _Token:
        url = self._client.token_url
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=_TIMEOUT_S)) as session,
                session.post(
                    url,
                    data=self._form(),
                    headers=self._headers(),
                    ssl=_tls(self._client.ca_file) if url.startswith("https") else True,
                    # A redirect would carry the secret elsewhere.
                    allow_redirects=False,
                ) as response,
            ):
                body = await response.content.read(_MOST_ANSWER_BYTES)
                status = response.status
        except (ClientError, OSError, TimeoutError) as error:
            raise TokenUnavailable(
                f"no token could be had from {url}: {_reason(error)}; check"
                " kafka.oauth_token_url and kafka.oauth_ca_file"
            ) from None
        return _token_of(url, status, _json_object(body), now)

    def _form(self) -> Mapping[str, str]:
        wanted = {
            "grant_type": "client_credentials",
            "scope": self._client.scope,
            "audience": self._client.audience,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def _headers(self) -> Mapping[str, str]:
        # Basic authentication is what every provider must take (RFC 6749, section 2.3.1).
        pair = f"{quote_plus(self._client.client_id)}:{quote_plus(self._client.client_secret)}"
        return {
            "authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "accept": "application/json",
        }


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise TokenRefused(f"kafka.oauth_ca_file: {ca_file}: {error.strerror or error}") from None


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def _token_of(url: str, status: int, answer: Mapping[str, Any], now: float) -> _Token:
    text = answer.get("access_token")
    if status in _REFUSED:
        # The standard's own word for it, as "invalid_client"; never the rest of what came.
        code = answer.get("error")
        reason = code if isinstance(code, str) and len(code) <= 50 and code.isascii() else status
        raise TokenRefused(
            f"{url} refuses a token to the client ({reason}); check kafka.oauth_client_id,"
            " kafka.oauth_client_secret and kafka.oauth_scope"
        )
    if status != 200 or not isinstance(text, str) or not text:
        raise TokenUnavailable(
            f"{url} answered {status} without a token; check kafka.oauth_token_url"
        )
    lifetime = answer.get("expires_in")
    known = isinstance(lifetime, int | float) and lifetime > 0
    return _Token(text, now, float(cast(float, lifetime)) if known else _ASSUMED_LIFETIME_S)


def _reason(error: Exception) -> str:
    """What a user can mend, without the request that aiohttp's own words may show."""
    if isinstance(error, TimeoutError):
        return f"no answer within {_TIMEOUT_S:g} s"
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(inner, ssl.SSLCertVerificationError):
        return inner.verify_message
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return type(inner).__name__
