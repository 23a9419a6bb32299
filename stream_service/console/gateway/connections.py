"""Connections within bounds: the server's own protocol takes heads of any size, for any time."""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_HEAD_BYTES = 64 * 1024
"""Of a request's line and headers: eight times what proxies and browsers send at most. So much may
also stand between the parts of a body, or behind it."""

_HEAD_TIMEOUT_S = 20.0
"""Until a request's head is whole, and for what is still to come of one that is answered already:
as long as for a body. Whoever sends nothing that is answered holds a connection for nothing."""

_TOO_LARGE = (431, "Request Header Fields Too Large", f"a head may have {_HEAD_BYTES} bytes\n")
_TOO_SLOW = (408, "Request Timeout", "the request did not arrive in time\n")


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. Nobody is asked who they are before a head is whole.

    The parser keeps a header until its end, however far that is. Connections are counted, and one
    on which nothing is asked takes the place of one that asks.
    """

    _kept_bytes = 0
    """What has come since anything was made of it, but for headers, which are kept as well."""
    _waiting: asyncio.TimerHandle | None = None
    """While no request is under way. The server's own timer ends with the next byte."""
    _is_handed_on = False
    """To the protocol of a WebSocket, which has bounds of its own."""

    def connection_made(  # pyright: ignore[reportIncompatibleMethodOverride] - as the server's own
        self, transport: asyncio.Transport
    ) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end_wait()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and see what has become of it."""
        self._kept_bytes += len(data)
        super().data_received(data)
        if self._is_handed_on:
            return
        if self._kept_bytes > _HEAD_BYTES:
            self._refuse(*_TOO_LARGE)
        elif self._is_under_way():
            self._end_wait()
        elif self._waiting is None:
            self._wait()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the WebSocket's protocol."""
        self._is_handed_on = True
        self._end_wait()
        super().handle_websocket_upgrade()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._kept_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body is there, which waits within bounds of its own."""
        self._kept_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request is there."""
        self._kept_bytes = 0
        super().on_message_complete()

    def _is_under_way(self) -> bool:
        # None before the first request, which its type does not say.
        cycle = cast(RequestResponseCycle | None, self.cycle)
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(_HEAD_TIMEOUT_S, self._refuse, *_TOO_SLOW)

    def _end_wait(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: int, reason: str, detail: str) -> None:
        self._end_wait()
        if self.transport.is_closing():
            return
        # Not into an answer that is under way.
        if not self._is_under_way():
            self.transport.write(
                f"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(detail)}\r\nconnection: close\r\n\r\n{detail}".encode()
            )
        self.transport.close()
