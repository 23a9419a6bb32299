"""A write to a transport that uvloop has closed is a broken connection, not a wrong program."""

import asyncio
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from stream_service.streaming.client.connection import KafkaConnection


class ClosedByUvloop:
    """What a stream writer does whose uvloop transport is closed."""

    def write(self, _data: bytes) -> None:
        raise RuntimeError(
            "unable to perform operation on <TCPTransport closed=True reading=False>; "
            "the handler is closed"
        )

    def close(self) -> None: ...


async def test_it_is_told_as_a_broken_connection() -> None:
    KafkaConnection(bootstrap_servers="127.0.0.1:9").client_options("test")
    connection: Any = AIOKafkaConnection("127.0.0.1", 9)
    connection._reader, connection._writer = asyncio.StreamReader(), ClosedByUvloop()
    connection._read_task = asyncio.create_task(asyncio.sleep(0))
    connection._versions = {18: (0, 0)}
    with pytest.raises(KafkaConnectionError):
        connection.send(ApiVersionRequest())
    assert not connection.connected(), "it is opened anew by the next request"
