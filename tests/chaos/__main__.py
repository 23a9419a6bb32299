"""``run --seed N`` replays a run, ``many --seeds 1-50`` goes through many."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import orjson

from stream_service.devkit.kafka import EmbeddedKafka, EmbeddedKafkaError
from tests.chaos.faults import FaultKind
from tests.chaos.ledger import Entry, append
from tests.chaos.running import ChaosRun
from tests.chaos.schedule import Plan, plan_of


class SharedClusters:
    """One cluster of each size, started when first needed, replaced when it does not come back."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._running: dict[int, tuple[AsyncExitStack, EmbeddedKafka]] = {}

    async def of(self, brokers: int) -> EmbeddedKafka:
        """The cluster of that size; one of another size is ended first, memory being scarce."""
        for size in tuple(self._running):
            if size != brokers:
                await self.end(size)
        if brokers not in self._running:
            own = await self._stack.enter_async_context(AsyncExitStack())
            kafka = await own.enter_async_context(EmbeddedKafka.start(brokers=brokers))
            self._running[brokers] = own, kafka
        return self._running[brokers][1]

    async def end(self, brokers: int) -> None:
        """End that cluster."""
        own, _ = self._running.pop(brokers)
        await own.aclose()


async def carry_out(plan: Plan, clusters: SharedClusters) -> Entry:
    """Run a plan; a cluster that a run has left broken is not used again."""
    kafka = await clusters.of(plan.brokers)
    try:
        return await ChaosRun(plan, kafka).carry_out()
    except* EmbeddedKafkaError as errors:
        await clusters.end(plan.brokers)
        raise RuntimeError(f"the brokers of seed {plan.seed} did not come back") from errors


def told(entry: Entry) -> str:
    """An entry as a line for people."""
    kinds = ", ".join(entry.kinds)
    return (
        f"seed {entry.seed}: {entry.verdict} ({kinds}; {entry.brokers} brokers, "
        f"{entry.faults} faults, {entry.events} events, {entry.lost} lost, "
        f"{entry.duplicated} duplicated, {entry.out_of_order} out of order, "
        f"{entry.seconds:g} s, settled in {entry.settled_s:g} s, {entry.peak_rss_mb:g} MB)"
    )


def summary(entries: Sequence[Entry]) -> str:
    """The last line: all runs added up."""
    return orjson.dumps(
        {
            "seeds": len(entries),
            "faults": sum(entry.faults for entry in entries),
            "events": sum(entry.events for entry in entries),
            "lost": sum(entry.lost for entry in entries),
            "duplicated": sum(entry.duplicated for entry in entries),
            "out_of_order": sum(entry.out_of_order for entry in entries),
            "failed_seeds": [entry.seed for entry in entries if not entry.passed],
        }
    ).decode()


async def go_through(plans: Sequence[Plan], *, minutes: float | None, record: bool) -> bool:
    """Carry out the plans one after another for as long as time allows; True if none failed."""
    began = time.monotonic()
    entries: list[Entry] = []
    async with AsyncExitStack() as stack:
        clusters = SharedClusters(stack)
        for plan in plans:
            if minutes is not None and time.monotonic() - began > minutes * 60:
                break
            entry = await carry_out(plan, clusters)
            entries.append(entry)
            print(told(entry), flush=True)
            if record:
                append(entry)
    print(summary(entries))
    return all(entry.passed for entry in entries)


def seeds_of(text: str) -> Sequence[int]:
    """``1-3,7`` is 1, 2, 3 and 7."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds.extend(range(int(first), int(last or first) + 1))
    return seeds


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="carry out the run of one seed")
    one.add_argument("--seed", type=int, required=True)
    many = commands.add_parser("many", help="carry out many, and keep their results")
    many.add_argument("--seeds", type=seeds_of, required=True, help="such as 1-50")
    many.add_argument("--minutes", type=float, help="begin no run after so long")
    many.add_argument("--no-ledger", action="store_true", help="keep no results")
    for command in (one, many):
        command.add_argument(
            "--kind", type=FaultKind, action="append", default=[], help="instead of those drawn"
        )
        command.add_argument("--brokers", type=int, choices=[1, 3])
        command.add_argument("--seconds", type=float, help="how long faults go on")
    given = parser.parse_args(arguments)
    # The feeder's client tells of every broker that is away; that they are is the point here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    seeds = [given.seed] if given.command == "run" else given.seeds
    plans = [
        plan_of(seed, kinds=given.kind, brokers=given.brokers, seconds=given.seconds)
        for seed in seeds
    ]
    if given.command == "many":
        # Starting three brokers takes long: those that need them are taken together.
        plans.sort(key=lambda plan: plan.brokers)
        record, minutes = not given.no_ledger, given.minutes
    else:
        record, minutes = False, None
    return 0 if asyncio.run(go_through(plans, minutes=minutes, record=record)) else 1


if __name__ == "__main__":
    sys.exit(main())
