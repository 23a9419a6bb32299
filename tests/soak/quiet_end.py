"""What must hold once the faults are over and people have gone home."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import httpx
import orjson

from tests.chaos.probe import Probe
from tests.chaos.schedule import STALLED_AFTER_S
from tests.soak.checker import Decided
from tests.soak.deployment import Deployment
from tests.soak.ledger import Promises
from tests.support.scraping import scrape

_LOOK_S = 2.0
_SETTLE_S = 600.0
"""For what waits when the faults are over, on a machine that does other things too; a partition
that stands still for a minute is not waited for."""

_CATCH_UP_S = 180.0
"""For the console to store what is on the topics and to publish what was decided."""


async def events_and_decisions_done(probes: Mapping[str, Probe]) -> list[str]:
    """Wait until all is committed; returns what is not."""
    problems: list[str] = []
    for name, probe in probes.items():
        progress, done = await probe.wait_until_done(_SETTLE_S, STALLED_AFTER_S)
        if not done:
            problems.append(f"{name} are not done after the end: {dict(progress)}")
    return problems


async def decisions_published(deployment: Deployment, promises: Promises) -> list[str]:
    """Wait until every acknowledged decision stands in its topic."""
    topic = deployment.cluster.topics.review_decisions
    deadline = time.monotonic() + _CATCH_UP_S
    while True:
        records = await deployment.cluster.read_committed(topic)
        there = {orjson.loads(record.value or b"{}").get("decision_id") for record in records}
        missing = promises.decisions.keys() - there
        if not missing:
            return []
        if time.monotonic() > deadline:
            return [f"{len(missing)} acknowledged decisions were never published"]
        await asyncio.sleep(_LOOK_S)


async def lag_of(deployment: Deployment) -> tuple[float, list[str]]:
    """Wait for the exporter to say 0 of every partition; returns what it says last."""

    async def said() -> tuple[float, list[str]]:
        page = await scrape(deployment.lag_port)
        found = page.values("feedback_consumer_lag_messages", group=deployment.group_id)
        if not found:
            return -1, ["the lag exporter knows of no partition"]
        lag = max(found)
        return lag, [f"the lag exporter says {lag:g} messages"] if lag else []

    return await _settled(said)


async def console_agrees(deployment: Deployment, decided: Decided) -> list[str]:
    """Wait until the console's queue is what the topics say; returns where it differs."""
    done = {one.event_id for one in decided.results}
    open_ones = decided.drafts.keys() - done

    async def compared() -> tuple[float, list[str]]:
        url = deployment.console.url
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            ready = (await client.get("/health/ready")).status_code
            told_open = await _all(client, "open")
            told_decided = await _all(client, "decided")
            told_deciding = await _all(client, "deciding")
        problems = [] if ready == 200 else [f"the console is not ready: {ready}"]
        for name, told, wanted in (
            ("open", told_open, open_ones),
            ("undecided", told_deciding, set[str]()),
            ("decided", told_decided, done),
        ):
            if told != wanted:
                problems.append(
                    f"the console has {len(told)} {name} reviews, the topics {len(wanted)}; "
                    f"{len(told ^ wanted)} differ: {sorted(told ^ wanted)[:5]}"
                )
        return 0, problems

    return (await _settled(compared))[1]


async def _all(client: httpx.AsyncClient, status: str) -> set[str]:
    found: set[str] = set()
    cursor: str | None = None
    while True:
        query: dict[str, str | int] = {"status": status, "limit": 200}
        if cursor is not None:
            query["cursor"] = cursor
        answer = (await client.get("/v1/reviews", params=query)).raise_for_status().json()
        found.update(item["event_id"] for item in answer["items"])
        cursor = answer["next_cursor"]
        if cursor is None:
            return found


async def _settled(
    look: Callable[[], Awaitable[tuple[float, list[str]]]],
) -> tuple[float, list[str]]:
    """Look until nothing is wrong, for so long at most; returns what was seen last."""
    deadline = time.monotonic() + _CATCH_UP_S
    while True:
        try:
            figure, problems = await look()
        except (httpx.HTTPError, OSError) as error:
            figure, problems = -1, [f"no answer: {error!r}"]
        if not problems or time.monotonic() > deadline:
            return figure, problems
        await asyncio.sleep(_LOOK_S)
