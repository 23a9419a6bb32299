"""The page that a scrape gets: made by the last round, so that no scrape waits for Kafka."""

import zlib
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client.exposition import gzip_accepted

from stream_service.observe.lag.exposition import CONTENT_TYPE

_PIECE_BYTES = 1024 * 1024
"""Of unpacked text: the whole page may be 25 MB."""


class LagPage:
    """Serves the page as a WSGI application; it is replaced round by round."""

    def __init__(self, packed: bytes) -> None:
        """``packed`` is what `exposition.render` gives."""
        self._packed = packed

    def replace(self, packed: bytes) -> None:
        """Serve another page from now on."""
        self._packed = packed

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a scrape, packed for whoever takes it so, as Prometheus does."""
        packed = self._packed
        headers = [("Content-Type", CONTENT_TYPE), ("Vary", "Accept-Encoding")]
        if gzip_accepted(environ.get("HTTP_ACCEPT_ENCODING", "")):
            headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
            start("200 OK", headers)
            return [packed]
        start("200 OK", headers)
        return _unpacked(packed)


def _unpacked(packed: bytes) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    while packed:
        yield unpacking.decompress(packed, _PIECE_BYTES)
        packed = unpacking.unconsumed_tail
    yield unpacking.flush()
