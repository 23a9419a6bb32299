"""Metrics and health over HTTP, from threads of their own.

In threads and not on the event loop, so that whoever asks is answered while the loop is busy; a
loop that hangs is told by the health check, which looks at its heartbeat.
"""

import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from socketserver import TCPServer
from typing import Any, Self, cast
from wsgiref.simple_server import WSGIRequestHandler
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from prometheus_client.exposition import ThreadingWSGIServer

from stream_service.observe.health import HealthCheck

_CLIENT_TIMEOUT_S = 10.0
"""A client that sends or reads nothing for so long is given up: its thread is needed."""

_WRITE_BUFFER_BYTES = 256 * 1024
"""An answer goes out in one piece: after each piece a thread waits for its turn anew."""

_POLL_INTERVAL_S = 0.1
"""How long a stop may go unnoticed."""

_STOP_TIMEOUT_S = 2.0

LIVE = b"live\n"
"""What ``/health/live`` answers where all is well."""

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_PATHS = "/metrics\n/health\n/health/live\n/health/ready\n"


class ServingFailed(Exception):
    """The port cannot be had; the message says why and the fix."""


class ObservationServer:
    """Serves ``/metrics``, ``/health``, ``/health/live`` and ``/health/ready``."""

    def __init__(
        self, host: str, port: int, *, metrics: WSGIApplication, health: HealthCheck, setting: str
    ) -> None:
        """Listen. Port 0 takes a free one; ``setting`` names what to change where it is taken.

        Raises ServingFailed.
        """
        try:
            server = _server(host, port)
        except OSError as error:
            raise ServingFailed(
                f"{host}:{port} cannot be listened on ({error.strerror or error}); "
                f"choose another with --set {setting}=…"
            ) from error
        self._serve(server, metrics, health)

    @classmethod
    def at_socket(cls, path: Path, *, metrics: WSGIApplication, health: HealthCheck) -> Self:
        """Listen at a Unix socket, for a supervisor on the same machine. Raises ServingFailed."""
        try:
            listening = _UnixServer(str(path), _Handler)
        except OSError as error:
            raise ServingFailed(
                f"{path} cannot be listened on ({error.strerror or error})"
            ) from error
        server = cls.__new__(cls)
        server._serve(listening, metrics, health)
        return server

    def _serve(self, server: "_Server", metrics: WSGIApplication, health: HealthCheck) -> None:
        self._server = server
        self._server.set_app(_application(metrics, health))
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL_INTERVAL_S},
            name="observation-server",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.server_port

    def __enter__(self) -> "ObservationServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening. Blocks for two polls at most."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_STOP_TIMEOUT_S)


def _application(metrics: WSGIApplication, health: HealthCheck) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        def answer(status: str, kind: str, body: bytes) -> Iterable[bytes]:
            start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]

        def verdict(good: bool, body: bytes, kind: str) -> Iterable[bytes]:
            return answer("200 OK" if good else "503 Service Unavailable", kind, body)

        if environ["REQUEST_METHOD"] != "GET":
            return answer("405 Method Not Allowed", _TEXT, b"only GET\n")
        match environ["PATH_INFO"]:
            case "/metrics":
                return metrics(environ, start)
            case "/health/live":
                live = health().live
                return verdict(live, LIVE if live else b"not live\n", _TEXT)
            case "/health/ready":
                ready = health().ready
                return verdict(ready, b"ready\n" if ready else b"not ready\n", _TEXT)
            case "/health":
                now = health()
                told = {"live": now.live, "ready": now.ready, **now.details}
                return verdict(now.live and now.ready, orjson.dumps(told), _JSON)
            case "/":
                return answer("200 OK", _TEXT, _PATHS.encode())
            case _:
                return answer("404 Not Found", _TEXT, f"there is only:\n{_PATHS}".encode())

    return application


def _server(host: str, port: int) -> "_Server":
    [(family, *_), *_] = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    # The family of a socket is decided by its class.
    kind = type("_ServerOfFamily", (_Server,), {"address_family": family})
    return kind((host, port), _Handler)


class _Server(ThreadingWSGIServer):
    def server_bind(self) -> None:
        """Bind without asking a name server for the host's name, which may take its time."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of ours."""


class _UnixServer(_Server):
    address_family = socket.AF_UNIX

    def __init__(self, path: str, handler: type[WSGIRequestHandler]) -> None:
        super().__init__(cast(Any, path), handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, _ = self.socket.accept()
        # A client at a Unix socket has no name, and what handles requests wants one.
        return connection, ("localhost", 0)


class _Handler(WSGIRequestHandler):
    timeout = _CLIENT_TIMEOUT_S
    wbufsize = _WRITE_BUFFER_BYTES

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Log nothing: scrapes come every few seconds."""
