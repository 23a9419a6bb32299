"""A collector that takes OTLP over HTTP, in the test's own process."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

Message: Any = trace_service_pb2.ExportTraceServiceRequest
Answer: Any = trace_service_pb2.ExportTraceServiceResponse
_Kind: Any = trace_pb2.Span.SpanKind
_StatusCode: Any = trace_pb2.Status.StatusCode


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as the collector got it; ids in hexadecimal digits."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: Sequence[tuple[str, str]]
    attributes: dict[str, Any]
    status: str
    end_ns: int


class OtlpReceiver:
    """Keeps every span. While it is silent it accepts requests and answers none."""

    def __init__(self) -> None:
        self.spans: list[ReceivedSpan] = []
        self.held = 0
        self._speaks = threading.Event()
        self._speaks.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.receive(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def be_silent(self) -> None:
        self._speaks.clear()

    def speak(self) -> None:
        self._speaks.set()

    def receive(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if not self._speaks.is_set():
            self.held += 1
            self._speaks.wait()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert request.path == "/v1/traces", request.path
        message = Message.FromString(body)
        self.spans += [
            _received(span)
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        answer = Answer().SerializeToString()
        request.send_response(200)
        request.send_header("Content-Type", "application/x-protobuf")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)

    def named(self, name: str) -> list[ReceivedSpan]:
        return [span for span in self.spans if span.name == name]

    def trace(self, trace_id: str) -> list[ReceivedSpan]:
        return [span for span in self.spans if span.trace_id == trace_id]

    @contextmanager
    def running(self) -> Generator["OtlpReceiver"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.speak()
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


@contextmanager
def collector_process() -> Generator[str]:
    """A collector in a process of its own, so that its CPU is nobody else's; yields its address."""
    code = (
        "from tests.support.otlp_receiver import OtlpReceiver;"
        "import sys\n"
        "with OtlpReceiver().running() as one: print(one.endpoint, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(10)


def _received(span: Any) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        kind=_Kind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
        attributes={one.key: _value(one.value) for one in span.attributes},
        status=_StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
        end_ns=span.end_time_unix_nano,
    )


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)
