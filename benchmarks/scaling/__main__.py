"""``python -m benchmarks.scaling``: what a cluster must carry; the last line is JSON.

First a real worker on a real broker, and how near the model comes to it; then the model, from a
laptop to 10,000 events a second. ``--no-broker`` leaves the measurement out and takes the figures
of capacity that docs/scaling.md has.
"""

import argparse
import asyncio
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
import uvloop

from benchmarks.scaling.brokers import (
    OFFSETS_APPENDS,
    STATE_APPENDS,
    BrokerLoad,
    broker_load,
)
from benchmarks.scaling.limits import FULL, Capacity, least_interval_s, limits_of
from benchmarks.scaling.load import Load
from benchmarks.scaling.measured import Measured, measure
from stream_service.devkit.kafka import EmbeddedKafka

LEVELS = (
    Load(name="laptop", events_per_s=20, partitions=6, workers=1, brokers=1, replicas=1),
    Load(name="team", events_per_s=200, partitions=24, workers=3),
    Load(name="company", events_per_s=2_000, partitions=200, workers=24, brokers=5),
    Load(name="region", events_per_s=10_000, partitions=1_000, workers=100, brokers=9),
)

_QUICK_JUDGE_S = 0.2


def _real(partitions: int, events_per_s: float) -> Load:
    return Load(
        name=f"{partitions} partitions, {events_per_s:g} events/s",
        events_per_s=events_per_s,
        partitions=partitions,
        workers=1,
        brokers=1,
        replicas=1,
        judge_s=_QUICK_JUDGE_S,
    )


MEASURED = (_real(16, 20), _real(16, 120), _real(1, 50), _real(64, 60))
"""The first two differ in nothing but their transactions: so what one of them costs is told."""

STATED = Capacity(group_transactions_per_s=2_540, broker_ms_per_transaction=3.7)
"""As measured for docs/scaling.md."""

_STATE_BYTES, _OFFSETS_BYTES = 786, 223
"""A transaction's, in the two internal topics, one replica: measured."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of the model beside the real one."""

    case: str
    figure: str
    measured: float
    model: float

    @property
    def ratio(self) -> float:
        """1 where the model is right."""
        return self.model / self.measured


async def _measured(seconds: float) -> tuple[Sequence[Compared], Capacity]:
    compared: list[Compared] = []
    taken: list[Measured] = []
    async with EmbeddedKafka.start() as kafka:
        # A Java that has just started is not the one that serves for months.
        await measure(kafka, MEASURED[1], seconds=seconds)
        for load in MEASURED:
            found = await measure(kafka, load, seconds=seconds)
            taken.append(found)
            compared += _beside(load, found)
    quiet, busy = taken[0], taken[1]
    more = busy.transactions - quiet.transactions

    def marginal(name: str) -> float:
        one, other = (getattr(each, name) * each.transactions for each in (busy, quiet))
        return (one - other) / more

    thread_ms = marginal("coordinator_thread_ms_per_transaction")
    return compared, Capacity(
        group_transactions_per_s=1000 / thread_ms,
        broker_ms_per_transaction=marginal("broker_cpu_ms_per_transaction"),
    )


def _beside(load: Load, found: Measured) -> Sequence[Compared]:
    # What a commit takes is the machine's: it goes into the model, and nothing else does.
    model = broker_load(replace(load, events_per_s=found.events, commit_s=found.commit_s))
    of_transactions = ("AddPartitionsToTxn", "Produce", "TxnOffsetCommit", "EndTxn", "Fetch")
    pairs = [
        ("transactions/s", found.transactions, model.transactions.per_s),
        *((f"{name}/s", found.requests[name], model.requests[name]) for name in of_transactions),
        ("__transaction_state records/s", found.state_appends, model.state_appends),
        ("__consumer_offsets records/s", found.offsets_appends, model.offsets_appends),
        ("connections", found.connections, model.connections),
    ]
    return [Compared(load.name, figure, real, modelled) for figure, real, modelled in pairs]


def _tell_compared(compared: Sequence[Compared]) -> None:
    print(f"{'case':<28} {'figure':<32} {'measured':>9} {'model':>9} {'ratio':>6}")
    for one in compared:
        print(
            f"{one.case:<28} {one.figure:<32} {one.measured:>9.1f} {one.model:>9.1f} "
            f"{one.ratio:>6.2f}"
        )


def _level(load: Load, capacity: Capacity) -> Mapping[str, Any]:
    brokers = broker_load(load)
    limits = limits_of(load, brokers, capacity)
    interval_s = least_interval_s(load, capacity)
    print(
        f"\n{load.name}: {load.events_per_s:,.0f} events/s, {load.partitions:,} partitions, "
        f"{load.workers} workers, {load.brokers} brokers, a commit each {load.commit_interval_s} s"
    )
    for name, value in _figures(load, brokers).items():
        print(f"  {name:<48} {value:>12,.0f}")
    for limit in limits:
        mark = "!" if limit.share > FULL else " "
        print(
            f" {mark}{limit.name:<48} {limit.needed:>12,.0f} of {limit.there_is:,.0f} {limit.unit}"
        )
    first = limits[0]
    word = "breaks first" if first.share > FULL else "would break first"
    print(f"  {word}: {first.name}; turn {first.turn}")
    if interval_s is None:
        print("  no commit interval is long enough: split it into several groups")
    elif interval_s > load.commit_interval_s:
        print(f"  transactions fit from consumer.commit_interval_s={interval_s:g} on")
    return {
        **asdict(load),
        "figures": _figures(load, brokers),
        "shares": {limit.name: round(limit.share, 3) for limit in limits},
        "breaks_first": first.name,
        "commit_interval_that_fits_s": interval_s,
    }


def _figures(load: Load, brokers: BrokerLoad) -> dict[str, float]:
    per_s = brokers.transactions.per_s
    return {
        "transactions/s": round(per_s, 1),
        "requests/s of clients": round(brokers.requests_per_s, 1),
        "of them Fetch": round(brokers.requests["Fetch"], 1),
        "__transaction_state records/s": round(per_s * STATE_APPENDS, 1),
        "__transaction_state KB/s, with replicas": round(
            per_s * _STATE_BYTES * load.replicas / 1000, 1
        ),
        "__consumer_offsets records/s, one partition": round(per_s * OFFSETS_APPENDS, 1),
        "__consumer_offsets KB/s, with replicas": round(
            per_s * _OFFSETS_BYTES * load.replicas / 1000, 1
        ),
        "markers/s in output partitions": round(brokers.markers - per_s, 1),
        "connections": round(brokers.connections),
        "calls of the model/min": load.events_per_s * 60,
        "calls in flight (Little)": load.events_per_s * load.judge_s,
    }


async def _main(given: argparse.Namespace) -> None:
    compared: Sequence[Compared] = ()
    capacity = STATED
    if not given.no_broker:
        compared, capacity = await _measured(given.seconds)
        _tell_compared(compared)
        print(
            f"\none group: {capacity.group_transactions_per_s:,.0f} transactions/s at most; "
            f"a transaction: {capacity.broker_ms_per_transaction:.2f} ms of the broker's CPU"
        )
    levels = [_level(load, capacity) for load in LEVELS]
    document = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "compared": [{**asdict(one), "ratio": round(one.ratio, 3)} for one in compared],
        "capacity": asdict(capacity),
        "levels": levels,
    }
    print(orjson.dumps(document).decode())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("--no-broker", action="store_true", help="The model alone.")
    parser.add_argument("--seconds", type=float, default=20.0, help="Of each real run.")
    return parser.parse_args()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(_arguments()))
