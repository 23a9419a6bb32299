"""Asking single brokers, each with a bound of its own.

aiokafka's admin client is not used: it connects to one broker at a time under one lock, so that a
broker that accepts connections and never answers holds up the requests to all others, and it takes
no notice of the error in an answer to OffsetFetch. Its connections and requests are.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

import aiokafka.conn
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from stream_service.streaming.client.connection import KafkaConnection
from stream_service.streaming.client.refused_connections import Obstacle, obstacle_of
from stream_service.streaming.errors import BrokerUnreachable, ConnectionRefused

_PIPELINED = 8
"""Requests under way at one broker: it works on one after another, and this hides the way there.
More would only wait in its queue, where their time-outs run."""

_CLOSE_TIMEOUT_S = 2.0

_Address = tuple[str, int]

_client = cast(Any, aiokafka.conn)


class NoAnswer(Exception):
    """A broker has not answered a request, or not in a way that can be read."""


class Brokers:
    """The cluster's brokers, one connection to each. Use it as an async context manager."""

    def __init__(self, connection: KafkaConnection, timeout_s: float) -> None:
        """``timeout_s`` bounds connecting to a broker, and each request to it."""
        self._kafka = connection
        self._timeout_s = timeout_s
        self._options = replace(connection, request_timeout_s=timeout_s).connection_options(
            f"{connection.client_id}-lag"
        )
        self._brokers: dict[int, _Broker] = {}

    @property
    def nodes(self) -> tuple[int, ...]:
        """The ids of all brokers, as of the last discovery."""
        return tuple(self._brokers)

    async def __aenter__(self) -> "Brokers":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(broker.close() for broker in self._brokers.values()))

    async def discover(self) -> None:
        """Ask for the list of brokers anew. Raises BrokerUnreachable.

        Whoever did not answer before is asked again from now on.
        """
        for broker in self._brokers.values():
            broker.is_silent = False
        answer = await self.ask_any(MetadataRequest([], allow_auto_topic_creation=False))
        found: dict[int, _Broker] = {}
        for node, host, port, *_ in answer.brokers:
            known = self._brokers.pop(node, None)
            if known is not None and known.address == (host, port):
                found[node] = known
                continue
            if known is not None:
                await known.close()
            found[node] = self._broker((host, port))
        for gone in self._brokers.values():
            await gone.close()
        self._brokers = found

    async def ask(self, node: int, request: Any) -> Any:
        """One broker's answer. Raises NoAnswer, at once from a broker that has been silent."""
        broker = self._brokers.get(node)
        if broker is None:
            raise NoAnswer(f"broker {node} is not known")
        return await broker.ask(request)

    async def ask_any(self, request: Any) -> Any:
        """The answer of whichever broker answers first in turn.

        Raises BrokerUnreachable; ConnectionRefused where one refuses us for certain.
        """
        for broker in self._brokers.values():
            with suppress(NoAnswer):
                return await broker.ask(request)
        obstacles: list[Obstacle] = []
        for host, port, _ in _client.collect_hosts(self._kafka.bootstrap_servers):
            broker = self._broker((host, port))
            try:
                return await broker.ask(request)
            except NoAnswer as error:
                obstacle = obstacle_of(error, self._kafka, f"{host}:{port}")
                obstacles += [] if obstacle is None else [obstacle]
            finally:
                await broker.close()
        for obstacle in obstacles:
            if obstacle.is_certain:
                raise ConnectionRefused(obstacle.words)
        hint = obstacles[0].words if obstacles else None
        raise BrokerUnreachable(self._kafka.bootstrap_servers, self._timeout_s, hint)

    def _broker(self, address: _Address) -> "_Broker":
        return _Broker(address, self._options, self._timeout_s)


class _Broker:
    def __init__(self, address: _Address, options: Mapping[str, Any], timeout_s: float) -> None:
        self.address = address
        self.is_silent = False
        self._options = options
        self._timeout_s = timeout_s
        self._connection: Any = None
        self._connecting = asyncio.Lock()
        self._places = asyncio.Semaphore(_PIPELINED)

    async def ask(self, request: Any) -> Any:
        async with self._places:
            if self.is_silent:
                raise NoAnswer(f"{self._name} does not answer")
            try:
                async with asyncio.timeout(self._timeout_s):
                    connection = await self._connected()
                    return await connection.send(request)
            except TimeoutError:
                # So that what is still to come is not waited for in a row, each for its time-out.
                self.is_silent = True
                self._drop(CloseReason.CONNECTION_TIMEOUT)
                raise NoAnswer(f"{self._name} has not answered in {self._timeout_s:g} s") from None
            except (KafkaError, OSError, NotImplementedError) as error:
                raise NoAnswer(f"{self._name}: {type(error).__name__}") from error

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._connection is None or not self._connection.connected():
                host, port = self.address
                self._connection = await _client.create_conn(host, port, **self._options)
            return self._connection

    def _drop(self, reason: CloseReason | None = None) -> Any:
        connection, self._connection = self._connection, None
        return None if connection is None else connection.close(reason=reason)

    async def close(self) -> None:
        closing = self._drop()
        if closing is not None:
            await asyncio.wait([closing], timeout=_CLOSE_TIMEOUT_S)

    @property
    def _name(self) -> str:
        return f"the broker at {self.address[0]}:{self.address[1]}"
