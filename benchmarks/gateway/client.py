"""A lean HTTP client in a process of its own: it must not be what is measured.

``python -m benchmarks.gateway.client PORT CONNECTIONS SECONDS ROWS`` posts as fast as it is
answered: single events (ROWS 1), single events with a key each (ROWS 0), or batches. Prints JSON:
rate, percentiles and refusals.
"""

import asyncio
import itertools
import sys
from typing import Any
from uuid import uuid4

import orjson
import uvloop

_TEXTS = ("My parcel is two weeks late and nobody answers.", "包裹晚到了两个星期，没有人回答。")

_numbers = itertools.count()


async def load(port: int, connections: int, duration_s: float, rows: int) -> dict[str, Any]:
    """Post for ``duration_s``; the first second is not counted."""
    loop = asyncio.get_running_loop()
    begin, end = loop.time() + 1, loop.time() + 1 + duration_s
    took_ms: list[float] = []
    refused = 0

    async def post_for_ever() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := loop.time()) < end:
            writer.write(_request(rows))
            status = await _answer(reader)
            now = loop.time()
            if status != 202:
                refused += 1
            elif began >= begin and now <= end:
                took_ms.append((now - began) * 1000)
        writer.close()

    await asyncio.gather(*(post_for_ever() for _ in range(connections)))
    took_ms.sort()
    return {
        "rows_per_s": round(len(took_ms) * max(1, rows) / duration_s, 1),
        "p50_ms": round(_percentile(took_ms, 0.5), 1),
        "p99_ms": round(_percentile(took_ms, 0.99), 1),
        "refused": refused,
    }


def _percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("inf")


def _event() -> bytes:
    number = next(_numbers)
    return orjson.dumps(
        {"text": _TEXTS[number % 2], "customer_id": f"c{number % 5_000}", "rating": 1 + number % 5}
    )


def _request(rows: int) -> bytes:
    keyed = ""
    if rows <= 1:
        path, kind, body = "/v1/feedback", "application/json", _event()
        if not rows:
            keyed = f"idempotency-key: {uuid4()}\r\n"
    else:
        path, kind = "/v1/feedback/batch", "application/x-ndjson"
        body = b"\n".join(_event() for _ in range(rows))
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\n"
        f"{keyed}content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return status


if __name__ == "__main__":
    port, connections, seconds, rows = sys.argv[1:]
    result = uvloop.run(load(int(port), int(connections), float(seconds), int(rows)))
    print(orjson.dumps(result).decode(), flush=True)
