"""A write to a connection that has just been lost, told to aiokafka in a way that it knows.

asyncio's own transports ignore such a write or raise OSError. uvloop's raise RuntimeError between
the loss and the moment when the client is told of it. aiokafka expects OSError alone, so that the
error runs up into its background tasks and ends them: without its metadata task a client waits for
ever, without its coordination task a consumer is never assigned anything again.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_Write = Callable[..., Any]

_MARK = "_tells_of_closed_transports"


def tell_of_closed_transports() -> None:
    """From now on every aiokafka connection of this process fails as on a broken connection."""
    connection_class = cast(Any, AIOKafkaConnection)
    if getattr(connection_class, _MARK, False):
        return
    connection_class.send = _telling(connection_class.send)
    connection_class._send_sasl_token = _telling(connection_class._send_sasl_token)
    setattr(connection_class, _MARK, True)


def _telling(write: _Write) -> _Write:
    @wraps(write)
    def told(connection: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return write(connection, *arguments, **options)
        except RuntimeError as error:
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"the connection was lost: {error}") from error

    return told
