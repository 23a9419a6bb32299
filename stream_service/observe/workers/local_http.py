"""HTTP over a Unix socket."""

import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path


class Unanswered(Exception):
    """Nobody listens there, or does not answer in time."""


def get(path: Path, target: str, *, timeout_s: float) -> bytes:
    """The body of the answer, whatever its status. Raises Unanswered."""
    connection = _UnixConnection(path, timeout_s)
    try:
        connection.request("GET", target)
        return connection.getresponse().read()
    except (OSError, HTTPException) as error:
        raise Unanswered(f"{path}: {type(error).__name__}") from error
    finally:
        connection.close()


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
