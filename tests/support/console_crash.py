"""Consoles that are killed in the middle of decisions, and what must hold whatever the moment."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from stream_service.contracts.codec import decode
from stream_service.contracts.reply import Reply
from stream_service.devkit.kafka.ports import choose_free
from tests.support.cluster import Cluster
from tests.support.console_process import ConsoleProcess
from tests.support.waiting import until

DECISIONS_A_KILL = 3

_LATEST_KILL_S = 0.12
"""A decision takes some 40 ms from the request to the mark that Kafka has it."""


@dataclass
class CrashReport:
    """What was seen."""

    kills: int = 0
    acknowledged: int = 0
    """Decisions whose 202 came before the kill."""
    unanswered: int = 0
    problems: list[str] = field(default_factory=list[str])


async def crash_consoles(
    cluster: Cluster, database_url: str, seeds: Sequence[int], log: Path
) -> CrashReport:
    """Kill a console once a seed, with an engine running elsewhere; returns what was seen."""
    report = CrashReport()
    [port] = choose_free(1)
    console = ConsoleProcess(cluster, database_url, port, log=log)
    async with httpx.AsyncClient(timeout=20) as client:
        try:
            for seed in seeds:
                await _one_seed(console, client, seed, report)
            await _each_is_decided_once(console, client, cluster, seeds, report)
        finally:
            console.kill()
    return report


def _items(seed: int) -> list[str]:
    return [f"s{seed}-{number}" for number in range(DECISIONS_A_KILL)]


async def _one_seed(
    console: ConsoleProcess, client: httpx.AsyncClient, seed: int, report: CrashReport
) -> None:
    if console.process is None:
        await console.start(client)
    for item in _items(seed):
        await _in_review(console, client, item)
    decided = [asyncio.create_task(_decide(console, client, item)) for item in _items(seed)]
    await asyncio.sleep(random.Random(seed).uniform(0, _LATEST_KILL_S))
    console.kill()
    report.kills += 1
    answers = await asyncio.gather(*decided)
    report.acknowledged += sum(answers)
    report.unanswered += len(answers) - sum(answers)
    await console.start(client)
    for item, was_acknowledged in zip(_items(seed), answers, strict=True):
        # Who got no answer sends the same decision again; who got one relies on it.
        if not was_acknowledged and not await _decide(console, client, item):
            report.problems.append(f"{item}: the second attempt was not taken")


async def _in_review(console: ConsoleProcess, client: httpx.AsyncClient, item: str) -> None:
    event = {"event_id": item, "text": item, "rating": 1}

    async def accepted() -> bool:
        answer = await client.post(f"{console.url}/v1/feedback", json=event)
        return answer.status_code == 202

    async def is_open() -> bool:
        answer = await client.get(f"{console.url}/v1/reviews/{item}")
        return answer.status_code == 200

    await until(accepted, f"{item} to be accepted")
    await until(is_open, f"{item} in review")


async def _decide(console: ConsoleProcess, client: httpx.AsyncClient, item: str) -> bool:
    try:
        answer = await client.post(
            f"{console.url}/v1/reviews/{item}/decision",
            json={"type": "edit", "text": f"sorry {item}", "decision_id": f"d-{item}"},
        )
    except httpx.TransportError:
        return False
    return answer.status_code == 202


async def _each_is_decided_once(
    console: ConsoleProcess,
    client: httpx.AsyncClient,
    cluster: Cluster,
    seeds: Sequence[int],
    report: CrashReport,
) -> None:
    items = [item for seed in seeds for item in _items(seed)]

    async def decided(item: str) -> bool:
        told = (await client.get(f"{console.url}/v1/reviews/{item}")).json()
        return [one["outcome"] for one in told.get("decisions", [])] == ["applied"]

    for item in items:
        try:
            await until(lambda item=item: decided(item), f"{item} to be decided", timeout_s=20)
        except AssertionError as error:
            report.problems.append(str(error))
    replies = Counter(
        decode(Reply, record.value).text
        for record in await cluster.read_committed(cluster.topics.replies)
    )
    wanted = Counter(f"sorry {item}" for item in items)
    report.problems += [f"lost: {text}" for text in (wanted - replies)]
    report.problems += [f"doubled or foreign: {text}" for text in (replies - wanted)]
