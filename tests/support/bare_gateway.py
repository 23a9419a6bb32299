"""The gateway alone, asked without a socket or Kafka: every byte that it takes is counted."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message

from stream_service.console.access.authenticating import AccessOptions, Authenticator
from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import TokenCheck, create_token
from stream_service.console.gateway.app import GatewayOptions, create_gateway
from stream_service.console.live.hub import LiveHub
from stream_service.console.services import Services
from stream_service.console.store import Database
from stream_service.contracts.topics import Topics

TOPICS = Topics()


@dataclass
class Request:
    """A request, and what has come of it so far."""

    status: int | None = None
    body: bytes = b""
    taken_bytes: int = 0
    """Of the request's own body."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_there(self, text: bytes) -> None:
        """Wait until ``text`` stands in the answer."""
        async with asyncio.timeout(10):
            while text not in self.body:
                self.changed.clear()
                await self.changed.wait()


@dataclass(frozen=True)
class BareGateway:
    """A gateway, with a token of each role."""

    app: ASGIApp
    database: Database
    hub: LiveHub
    tokens: dict[Role, str]

    async def ask(
        self,
        method: str,
        path: str,
        role: Role | None,
        *,
        host: str = "localhost",
        media_type: str = "application/json",
        chunk: bytes | None = None,
        chunks: int = 0,
        request: Request | None = None,
    ) -> Request:
        """Ask; ``chunk`` comes ``chunks`` times, and then nothing more, and no end."""
        asked = request or Request()

        async def receive() -> Message:
            if chunk is None or asked.taken_bytes >= chunks * len(chunk):
                await asyncio.Event().wait()
            asked.taken_bytes += len(chunk or b"")
            return {"type": "http.request", "body": chunk, "more_body": True}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                asked.status = message["status"]
            asked.body += message.get("body", b"")
            asked.changed.set()

        headers = {"host": host, "content-type": media_type}
        if role is not None:
            headers["authorization"] = f"Bearer {self.tokens[role]}"
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }
        await self.app(scope, receive, send)
        return asked


@asynccontextmanager
async def bare_gateway(folder: Path) -> AsyncGenerator[BareGateway]:
    database = await Database.open(f"sqlite:///{folder}/console.db")
    hub = LiveHub()
    services = SimpleNamespace(
        database=database,
        hub=hub,
        topics=TOPICS,
        registry=CollectorRegistry(),
        authenticator=Authenticator(AccessOptions(tokens=True), TokenCheck(database)),
        analyzer=SimpleNamespace(analyze=None),
        checks={"database": database.check},
        optional=(),
        publisher=SimpleNamespace(is_there=False),
        kafka_is_there=False,
        projection=SimpleNamespace(behind=None),
    )
    gateway = create_gateway(cast(Services, services), GatewayOptions())
    tokens = {role: await create_token(database, name=role.value, role=role) for role in Role}
    try:
        yield BareGateway(gateway.app, database, hub, tokens)
    finally:
        await database.close()
