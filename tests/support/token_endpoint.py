"""A simulator of an identity provider's token endpoint, over a real socket.

It gives tokens without a signature, which Kafka's validator for development takes.
"""

import base64
import json
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web


def unsigned_token(subject: str, *, lifetime_s: float = 300, **claims: Any) -> str:
    now = time.time()
    body = {"sub": subject, "iat": now, "exp": now + lifetime_s, **claims}
    return f"{_part({'alg': 'none'})}.{_part(body)}."


def _part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class TokenEndpointSimulator:
    """Knows one client; ``answer`` replaces its answers while it is set."""

    def __init__(self, client_id: str, secret: str, subject: str) -> None:
        self._known = (client_id, secret)
        self.subject = subject
        self.lifetime_s: float = 300
        self.token: str | None = None
        self.answer: tuple[int, bytes] | None = None
        self.asked: list[Mapping[str, Any]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.asked.append(form)
        if self.answer is not None:
            status, body = self.answer
            return web.Response(status=status, body=body)
        if _credentials(request) != self._known:
            return web.json_response({"error": "invalid_client"}, status=401)
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        token = self.token or unsigned_token(self.subject, lifetime_s=self.lifetime_s)
        return web.json_response(
            {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime_s}
        )


def _credentials(request: web.Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    assert scheme == "Basic"
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


@asynccontextmanager
async def token_endpoint(
    *, client_id: str = "service", secret: str, subject: str, keystore: Path | None = None
) -> AsyncGenerator[TokenEndpointSimulator]:
    """Serve for the block; with a ``keystore`` over TLS."""
    simulator = TokenEndpointSimulator(client_id, secret, subject)
    app = web.Application()
    app.router.add_post("/oauth/token", simulator.handle)
    context = None
    if keystore is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keystore)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port: int = runner.addresses[0][1]
        scheme = "http" if context is None else "https"
        simulator.url = f"{scheme}://127.0.0.1:{port}/oauth/token"
        yield simulator
    finally:
        await runner.cleanup()
