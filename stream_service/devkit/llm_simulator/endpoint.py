"""The HTTP endpoint: chat completions and models, under /v1."""

import asyncio
import hashlib
import socket
import struct
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from stream_service.devkit.llm_simulator.answers import answer_request
from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.chances import Chances
from stream_service.devkit.llm_simulator.chat_request import ChatRequest, read_request
from stream_service.devkit.llm_simulator.completions import completion
from stream_service.devkit.llm_simulator.door import refusal_for
from stream_service.devkit.llm_simulator.faults import AT_THE_DOOR, Fault
from stream_service.devkit.llm_simulator.refusals import (
    Refusal,
    RequestRefused,
    bad_key,
)
from stream_service.devkit.llm_simulator.spoiling import WEB_PAGE, said_with, spoil
from stream_service.devkit.llm_simulator.traffic import GOOD, REFUSED, ReceivedRequest, Traffic

DEFAULT_MODEL = "simulator"
"""What ``/v1/models`` lists when every name is served."""

PREFIXES_REMEMBERED = 10_000
LARGEST_BODY = 32 * 1024 * 1024

RUNAWAY_PIECE = b" " * 65_536

RESET_AT_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: closing sends RST instead of FIN."""


class Endpoint:
    """Answers requests by the behaviour in force when they come."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._chances = Chances()
        self._prefixes: OrderedDict[bytes, None] = OrderedDict()
        self.traffic = Traffic()

    @property
    def behaviour(self) -> Behaviour:
        """How the next request will be answered. Setting it begins its script."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._chances.begin_script()

    async def models(self, request: web.Request) -> web.Response:
        """``GET /v1/models``."""
        key = self._behaviour.api_key
        if key is not None and request.headers.get("Authorization") != f"Bearer {key}":
            return _refused(bad_key())
        served = [
            {"id": name, "object": "model", "created": 0, "owned_by": "simulator"}
            for name in self._behaviour.models or (DEFAULT_MODEL,)
        ]
        return _json({"object": "list", "data": served})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """``POST /v1/chat/completions``."""
        self.traffic.begin()
        try:
            return await self._complete(request, await request.read())
        except asyncio.CancelledError:
            self.traffic.abandoned += 1
            raise
        finally:
            self.traffic.end()

    async def _complete(self, request: web.Request, body: bytes) -> web.StreamResponse:
        behaviour = self._behaviour
        try:
            chat = read_request(body, request.headers.get("Authorization"), behaviour)
        except RequestRefused as refused:
            self.traffic.by_kind[REFUSED] += 1
            return _refused(refused.refusal)
        attempt = self._chances.attempt(chat.text)
        fault, latency_s = self._chances.draw(behaviour, chat.text, attempt)
        most = behaviour.most_in_flight
        if most is not None and self.traffic.in_flight > most:
            fault = Fault.RATE_LIMIT
        self._count(request.headers, body, chat, attempt, fault)
        if fault not in AT_THE_DOOR:
            await asyncio.sleep(latency_s)
        if fault is Fault.HANG:
            await asyncio.Event().wait()
        if fault is Fault.RESET:
            return _reset(request)
        refusal = refusal_for(fault, chat, behaviour) if fault is not None else None
        if refusal is not None:
            return _refused(refusal)
        if fault is Fault.HTML:
            return web.Response(text=WEB_PAGE, content_type="text/html")
        if fault is Fault.ENDLESS_BYTES:
            return await _run_away(request)
        answer = self._answer(chat, behaviour, fault)
        if fault is Fault.SLOW_BYTES:
            return await _dribble(request, answer, behaviour)
        return web.Response(body=answer, content_type="application/json")

    def _answer(self, chat: ChatRequest, behaviour: Behaviour, fault: Fault | None) -> bytes:
        answer = answer_request(chat, behaviour)
        said = said_with(fault, answer.content, chat, behaviour)
        known = self._knows(chat.prefix)
        body = completion(chat, said, answer, behaviour, prefix_known=known)
        self.traffic.prompt_tokens += body["usage"]["prompt_tokens"]
        self.traffic.completion_tokens += body["usage"]["completion_tokens"]
        return orjson.dumps(spoil(fault, body))

    def _knows(self, prefix: str) -> bool:
        key = hashlib.blake2b(prefix.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = key in self._prefixes
        self._prefixes[key] = None
        self._prefixes.move_to_end(key)
        if len(self._prefixes) > PREFIXES_REMEMBERED:
            self._prefixes.popitem(last=False)
        return known

    def _count(
        self,
        headers: Mapping[str, str],
        body: bytes,
        chat: ChatRequest,
        attempt: int,
        fault: Fault | None,
    ) -> None:
        traffic = self.traffic
        traffic.by_kind[GOOD if fault is None else fault.value] += 1
        traffic.by_format[chat.response_format] += 1
        traffic.latest.append(
            ReceivedRequest(
                headers=headers, raw_body=body, text=chat.text, attempt=attempt, fault=fault
            )
        )


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(value), status=status, headers=headers, content_type="application/json"
    )


def _refused(refusal: Refusal) -> web.Response:
    return _json(refusal.body(), refusal.status, refusal.headers)


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        transport.abort()
    # Nobody receives it: the connection is gone.
    return web.Response()


async def _run_away(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = "application/json"
    await response.prepare(request)
    try:
        while True:
            await response.write(RUNAWAY_PIECE)
            # A write that the socket takes at once gives nobody else a turn.
            await asyncio.sleep(0)
    except ConnectionError:
        return response


async def _dribble(request: web.Request, body: bytes, behaviour: Behaviour) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    response.content_type = "application/json"
    await response.prepare(request)
    for start in range(0, len(body), behaviour.dribble_bytes):
        await response.write(body[start : start + behaviour.dribble_bytes])
        await asyncio.sleep(behaviour.dribble_interval_s)
    await response.write_eof()
    return response
