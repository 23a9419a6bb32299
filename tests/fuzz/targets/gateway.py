"""Requests to the gateway: never a fault of ours, always told by field, and rows on their own.

A real Kafka stands behind it, started by ``tests.fuzz``; the application is called as its server
would. What a batch's answer calls accepted is read back from the topic.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from hypothesis import strategies as st

from stream_service.console.gateway.app import Gateway, GatewayOptions, create_gateway
from stream_service.console.services import ConsoleOptions, console_services
from stream_service.contracts.analysis import Category
from stream_service.contracts.faults import Fault
from stream_service.contracts.review import Priority, ReviewReason
from stream_service.contracts.topics import Topics
from tests.fuzz.target import Check, Target
from tests.support import hostile_records as hostile
from tests.support.clients import client_started
from tests.support.cluster import Cluster
from tests.support.console import caught_up, records_of_every_kind
from tests.support.judges import EchoJudge

BOOTSTRAP_SERVERS = "STREAM_FUZZ_BOOTSTRAP_SERVERS"

LONGEST_S = 20.0
"""Of one request, and of one reading back."""

_texts = hostile.characters | st.sampled_from(
    ["", "0", "-1", "1e9", "nan", "\x00", "e1", "a" * 300]
)
_words = st.sampled_from(
    [*Category, *Priority, *ReviewReason, *Fault, "open", "any", "decided", "redriven", "WyJhIl0"]
)
_names = st.sampled_from(
    ["status", "priority", "reason", "language", "category", "limit", "cursor", "state", "from",
     "until", "step", "wait_s", "since", "hours"]
)  # fmt: skip
_queries = st.dictionaries(_names, _texts | _words, max_size=4)
_events = st.fixed_dictionaries(
    {"text": st.just("t") | hostile.characters},
    optional={
        "event_id": hostile.characters,
        "customer_id": hostile.characters,
        "rating": st.integers(0, 6) | hostile.values,
        "attributes": st.dictionaries(hostile.characters, hostile.values, max_size=3),
    },
)
_decisions = st.fixed_dictionaries(
    {"type": st.sampled_from(["accept", "edit", "response", "ignore", "", None]) | hostile.values},
    optional={"text": hostile.values | hostile.characters, "decision_id": hostile.characters},
)
_redrives = st.fixed_dictionaries({}, optional={"value": hostile.characters | hostile.values})
_many = st.fixed_dictionaries({"ids": st.lists(_texts | st.just("0-0"), max_size=3)})
_bodies = st.one_of(
    (_events | _decisions | _redrives | _many | hostile.values).map(json.dumps).map(str.encode),
    st.lists(_events | hostile.values, max_size=4).map(json.dumps).map(str.encode),
    st.binary(max_size=60),
)
_headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["idempotency-key", "content-encoding", "content-length", "origin", "host"]
        ),
        st.sampled_from(["", "k", "gzip", "9" * 30, "http://localhost", "null"])
        | st.text(st.characters(max_codepoint=255), max_size=8),
    ),
    max_size=2,
)
_ids = st.sampled_from(["e0", "e1", "e2", "e3", "0-0", "999999999-999999999999999999"]) | _texts


def _named(path: str, name: str) -> str:
    return path.replace("{}", name)


_paths = st.builds(
    _named,
    st.sampled_from(
        ["/v1/feedback", "/v1/feedback/{}", "/v1/analyze", "/v1/analyze/batch", "/v1/reviews",
         "/v1/reviews/{}", "/v1/reviews/{}/decision", "/v1/dead-letters", "/v1/dead-letters/{}",
         "/v1/dead-letters/{}/redrive", "/v1/dead-letters/redrive", "/v1/dead-letters/search",
         "/v1/lag", "/v1/totals", "/v1/audit", "/health", "/{}"]
    ),
    _ids,
)  # fmt: skip
_media_types = st.sampled_from(["application/json", "application/x-ndjson", "text/plain", ""])


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    headers: list[tuple[str, str]]
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Batch:
    """Rows for a batch, among which some are good, as an array or as lines."""

    rows: list[Any]
    as_lines: bool


_requests = st.builds(
    Asked,
    method=st.sampled_from(["GET", "POST", "GET", "POST", "PUT", "HEAD"]),
    path=_paths,
    query=_queries,
    headers=_headers,
    media_type=_media_types,
    body=_bodies,
)
_batches = st.builds(
    Batch, rows=st.lists(_events | hostile.values, max_size=6), as_lines=st.booleans()
)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Asking:
    """A console that is asked, one request after another."""

    def __init__(self, gateway: Gateway, consumer: Any) -> None:
        self._gateway, self._consumer = gateway, consumer
        self._numbers = count()

    async def examine(self, drawn: Asked | Batch) -> None:
        if isinstance(drawn, Batch):
            await self._batch(drawn)
            return
        answer = await self._ask(drawn)
        assert answer.status < 500 or answer.status == 503, (answer.status, answer.body)
        if answer.status == 503:
            # Nothing is away here but the first look at the cluster.
            assert drawn.path == "/v1/lag", answer.body
        if drawn.method != "HEAD" and answer.status >= 400:
            _check_problem(answer)

    async def _batch(self, batch: Batch) -> None:
        """Good rows stand before, between and behind what was drawn."""
        rows: list[Any] = []
        good: dict[int, str] = {}
        for row in [*batch.rows, None]:
            name = f"good-{next(self._numbers)}"
            good[len(rows) + 1] = name
            rows.append({"event_id": name, "text": name})
            if row is not None:
                rows.append(row)
        written = [json.dumps(row, allow_nan=False, default=str) for row in map(_without_nan, rows)]
        body = "\n".join(written) if batch.as_lines else f"[{','.join(written)}]"
        media_type = "application/x-ndjson" if batch.as_lines else "application/json"
        answer = await self._ask(
            Asked("POST", "/v1/feedback/batch", {}, [], media_type, body.encode())
        )
        assert answer.status == 202, answer.body
        told = json.loads(answer.body)
        assert [row["row"] for row in told["rows"]] == list(range(1, len(rows) + 1))
        accepted = {row["row"] for row in told["rows"] if row["status"] == "accepted"}
        assert set(good) <= accepted, "a refused row took others along"
        for row in told["rows"]:
            assert row["status"] in {"accepted", "refused"}
            assert row["status"] == "accepted" or row["detail"]
        assert (told["accepted"], told["failed"]) == (len(accepted), 0)
        values = await self._published(len(accepted))
        names = [json.loads(value)["event_id"] for value in values]
        assert names == [row["event_id"] for row in told["rows"] if row["row"] in accepted]
        assert [name for name in names if name in good.values()] == list(good.values())

    async def _published(self, number: int) -> list[bytes]:
        """All that was published since the last time; so many are waited for."""
        values: list[bytes] = []
        async with asyncio.timeout(LONGEST_S):
            while len(values) < number:
                for records in (await self._consumer.getmany(timeout_ms=500)).values():
                    values += [record.value for record in records]
        return values

    async def _ask(self, asked: Asked) -> Answer:
        sent: list[Any] = []
        headers = {"host": "localhost", **dict(asked.headers)}
        if asked.media_type:
            headers["content-type"] = asked.media_type
        # As the server makes it of a request's line.
        path = asked.path.encode(errors="replace").decode()
        query = "&".join(
            f"{name}={quote(value.encode(errors='replace'))}" for name, value in asked.query.items()
        )
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.encode(), value.encode("latin-1")) for name, value in headers.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": asked.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        async with asyncio.timeout(LONGEST_S):
            await self._gateway.app(scope, receive, send)
        start, *parts = sent
        if asked.path == "/v1/feedback" and start["status"] == 202:
            await self._published(1)
        return Answer(
            start["status"],
            {name.decode(): value.decode("latin-1") for name, value in start["headers"]},
            b"".join(part.get("body", b"") for part in parts),
        )


def _check_problem(answer: Answer) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert problem["detail"].strip()
    if problem["type"].endswith("invalid-field"):
        assert problem["field"], problem
        assert problem["field"].split(".")[0] in problem["detail"], problem


def _without_nan(value: Any) -> Any:
    """NaN is no JSON; that it is refused is tested elsewhere."""
    text = json.dumps(value)
    return json.loads(text, parse_constant=lambda name: name)


@contextmanager
def opened() -> Generator[Check]:
    """Run a console on the broker for the block."""
    with asyncio.Runner() as runner:
        running = runner.run(_started())
        try:
            yield lambda drawn: runner.run(running.asking.examine(drawn))
        finally:
            runner.run(running.end())


@dataclass(frozen=True)
class _Running:
    """A console in a task of its own: what it is made of must end in the task it began in."""

    asking: "_Asking"
    task: asyncio.Task[None]
    stop: asyncio.Event

    async def end(self) -> None:
        self.stop.set()
        await self.task


async def _started() -> _Running:
    ready: asyncio.Future[_Asking] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def run() -> None:
        cluster = Cluster(os.environ[BOOTSTRAP_SERVERS], Topics(f"fuzz{uuid4().hex[:8]}."))
        await cluster.create_topics()
        await cluster.publish(records_of_every_kind(cluster.topics))
        async with _console(cluster) as asking:
            ready.set_result(asking)
            await stop.wait()

    task = asyncio.create_task(run())
    await asyncio.wait({ready, task}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    return _Running(ready.result(), task, stop)


@asynccontextmanager
async def _console(cluster: Cluster) -> AsyncGenerator[_Asking]:
    with tempfile.TemporaryDirectory(prefix="fuzz-gateway-") as folder:
        options = ConsoleOptions(
            database_url=f"sqlite:///{folder}/console.db",
            connection=cluster.connection,
            topics=cluster.topics,
            judge=EchoJudge(),
        )
        async with console_services(options) as services:
            await asyncio.wait_for(services.publisher.wait_until_there(), 30)
            await caught_up(services.database, cluster)
            place = TopicPartition(cluster.topics.events, 0)
            consumer: Any = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap_servers)
            async with client_started(consumer):
                consumer.assign([place])
                await consumer.seek_to_end(place)
                gateway = create_gateway(services, GatewayOptions(requests_per_s=0))
                yield _Asking(gateway, consumer)


TARGET = Target(open=opened, inputs=_requests | _batches)
