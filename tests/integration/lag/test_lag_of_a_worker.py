"""Lag of a real worker, seen from outside: while it works, hangs, is dead, and is back."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest

from tests.support.cluster import Cluster
from tests.support.engine import group_of, outcomes_reach, running
from tests.support.events import numbered
from tests.support.judges import EchoJudge, Gate
from tests.support.lag import Watch, going_round, watching
from tests.support.scraping import Scrape
from tests.support.waiting import until
from tests.support.worker_process import SHORT_SESSION, worker


async def test_one_slow_event_is_all_that_is_unprocessed(cluster: Cluster) -> None:
    """The commit's map holds what is completed behind it, which is lag for every other tool."""
    await cluster.create_topics()
    gate = Gate("e0")
    async with (
        running(cluster, EchoJudge(gate)) as recorder,
        watching(cluster, group_of(cluster), window_rounds=3) as watch,
    ):
        await cluster.publish(numbered(cluster, range(10), keys=10))
        await outcomes_reach(recorder, 9)
        held = await watch.round()
        pages: list[Scrape] = []
        for number in range(10, 13):
            await cluster.publish(numbered(cluster, [number], keys=100))
            await outcomes_reach(recorder, number)
            pages.append(await watch.round())
        going_on = pages[-1]
        stuck = [await watch.round() for _ in range(3)][-1]
        gate.let_go("e0")
        await outcomes_reach(recorder, 13)
        await until(_lag_is_0(watch, watch.round), "lag 0")
        done = await watch.scrape()
    assert (watch.of(held, "lag_messages"), watch.of(held, "unprocessed_messages")) == (10, 1)
    assert watch.of(held, "committed_offset") == 0
    figures = (watch.of(going_on, "lag_messages"), watch.of(going_on, "unprocessed_messages"))
    assert figures == (13, 1)
    assert watch.status(going_on) == "warn", "the map has grown: it goes on behind the slow one"
    assert watch.status(stuck) == "stall", "now nothing moves any more"
    assert watch.of(stuck, "unprocessed_messages") == 1
    assert (watch.of(done, "unprocessed_messages"), watch.of(done, "lag_seconds")) == (0, 0)
    assert watch.status(done) == "ok"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("blow", [signal.SIGSTOP, signal.SIGKILL], ids=["stopped", "killed"])
async def test_lag_goes_on_rising_when_the_only_worker_is_gone(
    cluster: Cluster, blow: signal.Signals
) -> None:
    await cluster.create_topics()
    group = f"{cluster.topics.prefix}workers"
    settings = (SHORT_SESSION, "local.encoder=universal")
    async with (
        watching(cluster, group, interval_s=0.5, window_rounds=4) as watch,
        going_round(watch),
    ):
        with worker(cluster, *settings) as process:
            async with _load(cluster, watch):
                await until(_told(watch, "ok", ("Stable", 1)), "a worker at work", timeout_s=60)
                process.send_signal(blow)
                # Its group gives it up only when its session has run out.
                await until(_told(watch, "stall", ("Stable", 1)), "a stall")
                rising = [await watch.scrape()]
                await until(_told(watch, "stop", ("Empty", 0)), "an empty group")
                rising.append(await watch.scrape())
                process.kill()
                for _ in range(3):
                    rising.append(await _later(watch, rising[-1]))
                gone = rising[-1]
        with worker(cluster, *settings):
            await until(_told(watch, "ok", ("Stable", 1)), "it is back", timeout_s=90)
            await until(_lag_is_0(watch, watch.scrape), "lag 0", timeout_s=90)
            back = await watch.scrape()
    for name in ("lag_messages", "lag_seconds"):
        values = [watch.of(page, name) or 0 for page in rising]
        assert values == sorted(set(values)), f"{name} rises from look to look: {values}"
    assert (watch.status(gone), watch.state(gone)) == ("stop", ("Empty", 0))
    assert watch.of(gone, "drain_estimate_seconds") == float("inf")
    assert watch.of(back, "lag_seconds") == 0
    assert watch.status(back) == "ok"


@asynccontextmanager
async def _load(cluster: Cluster, watch: Watch) -> AsyncGenerator[None]:
    """Feedback that keeps coming in for the block: some between any two rounds."""

    is_wanted = True

    async def publish() -> None:
        for number in count():
            if not is_wanted:
                return
            await cluster.publish(numbered(cluster, range(3 * number, 3 * number + 3), keys=9))
            await _later(watch, await watch.scrape())

    publishing = asyncio.create_task(publish())
    try:
        yield
    finally:
        # A client that is cut off in its start cannot be closed.
        is_wanted = False
        await publishing


async def _later(watch: Watch, page: Scrape) -> Scrape:
    """What is told by a round after that of ``page``."""
    success = "feedback_lag_collector_last_success_timestamp_seconds"

    async def is_later() -> bool:
        return (await watch.scrape()).total(success) > page.total(success)

    await until(is_later, "another round")
    return await watch.scrape()


def _told(watch: Watch, status: str, state: tuple[str, int]) -> Callable[[], Awaitable[bool]]:
    async def told() -> bool:
        page = await watch.scrape()
        return watch.status(page) == status and watch.state(page) == state

    return told


def _lag_is_0(watch: Watch, look: Callable[[], Awaitable[Scrape]]) -> Callable[[], Awaitable[bool]]:
    async def it_is() -> bool:
        return watch.of(await look(), "lag_messages") == 0

    return it_is
