"""``python -m benchmarks.engine``: all figures of the engine; the last line is JSON."""

import argparse
import asyncio
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import uvloop

from benchmarks.engine.contender import Contender
from benchmarks.engine.latency import added_latency
from benchmarks.engine.ours import ours
from benchmarks.engine.peers import faststream_ack_first, plain_loop
from benchmarks.engine.takeover import kill_to_resumed_s
from benchmarks.engine.throughput import Throughput, handling_ms_per_record, work_off
from benchmarks.engine.work import Work
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode

EXACTLY_ONCE, AT_LEAST_ONCE = ours(DeliveryMode.EXACTLY_ONCE), ours(DeliveryMode.AT_LEAST_ONCE)
PEERS: Mapping[str, Contender] = {"plain_loop": plain_loop, "faststream": faststream_ack_first}

BACKLOG, CONCURRENCY = 10_000, 100
"""The test that parallel-consumer uses for itself, with 1, 10, 100 and 10,000 keys."""
KEYS = (1, 10, 100, 10_000)
SHORT_WORK = {"0 ms": Work(), "0-5 ms": Work(even_ms=5)}
SHORT_WORK_MEAN_S = 0.0025

LONG_WORK_MEAN_S, LONG_WORK_IN_FLIGHT = 0.5, 2_000
LONG_WORK = Work(lognormal_mean_s=LONG_WORK_MEAN_S)
LONG_WORK_PARTITIONS = 4

STEADY_RATE_PER_S = 200.0
SLOW_KEY_RATE_PER_S = 500.0
SLOW_NUMBER = 2_000

SESSION_TIMEOUT_S = 6.0
"""The least that a group takes by default; what it adds is all that counts."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    backlog: int = BACKLOG
    keys: tuple[int, ...] = KEYS
    long_work_records: int = 40_000
    latency_s: float = 30.0
    slow_s: float = 60.0


QUICK = Extent(backlog=2_000, keys=(1, 10_000), long_work_records=12_000, latency_s=5, slow_s=5)


@dataclass(slots=True)
class Figures:
    """Everything that was measured, by its case."""

    handling_ms: float
    cases: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])

    def add(self, name: str, case: str, **values: float) -> None:
        """Keep and tell."""
        rounded = {key: _rounded(value) for key, value in values.items()}
        self.cases.setdefault(f"{name}, {case}", {}).update(rounded)
        told = ", ".join(f"{key} {value:g}" for key, value in rounded.items())
        print(f"{name:<20} {case:<24} {told}", flush=True)

    def add_throughput(self, name: str, case: str, measured: Throughput) -> None:
        """Keep and tell a throughput."""
        self.add(
            name,
            case,
            records_per_s=measured.records_per_s,
            cpu_ms_per_record=measured.cpu_ms_per_record,
            cpu_ms_without_handling=measured.cpu_ms_per_record - self.handling_ms,
        )


async def measure(extent: Extent) -> dict[str, object]:
    """Measure all of it; returns what the JSON line holds."""
    figures = Figures(await handling_ms_per_record())
    print(f"decoding, verdict and encoding alone: {figures.handling_ms:.3f} ms CPU a record")
    async with EmbeddedKafka.start() as kafka:
        servers = kafka.bootstrap_servers
        await _warm_up(servers)
        headline, ideal_ratio = await _short_work(servers, extent, figures)
        share = await _long_work(servers, extent, figures)
        added = await _added_latency(servers, extent, figures)
        slow_key_ratio = await _slow_key(servers, extent, figures)
        resumed_s = await kill_to_resumed_s(servers, SESSION_TIMEOUT_S)
        figures.add(
            "exactly_once",
            "a worker is killed",
            kill_to_resumed_s=resumed_s,
            session_timeout_s=SESSION_TIMEOUT_S,
        )
        replaced_s = await kill_to_resumed_s(servers, SESSION_TIMEOUT_S, replaced=True)
        figures.add("exactly_once", "and replaced at once", kill_to_resumed_s=replaced_s)
    return {
        "records_per_s": round(headline.records_per_s),
        "share_of_limit": round(share, 3),
        "cpu_ms_per_record": round(headline.cpu_ms_per_record - figures.handling_ms, 4),
        "ideal_ratio_10000_keys": round(ideal_ratio, 3),
        "slow_key_p99_ratio": round(slow_key_ratio, 3),
        **added,
        "kill_to_resumed_s": round(resumed_s, 2),
        "kill_to_replaced_ratio": round(replaced_s / resumed_s, 3),
        "peers": {
            case: values for case, values in figures.cases.items() if case.startswith(tuple(PEERS))
        },
        "ours": {
            case: values
            for case, values in figures.cases.items()
            if not case.startswith(tuple(PEERS))
        },
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
    }


async def _warm_up(servers: str) -> None:
    """A broker's first thousands of records are slow: its code is compiled as it runs."""
    for contender in (EXACTLY_ONCE, plain_loop):
        await work_off(contender, servers, Work(), records=5_000, keys=100, in_flight=CONCURRENCY)


async def _short_work(servers: str, extent: Extent, figures: Figures) -> tuple[Throughput, float]:
    """Every contender with every number of keys; returns the headline, and the ideal's ratio."""
    contenders = {"exactly_once": EXACTLY_ONCE, "at_least_once": AT_LEAST_ONCE, **PEERS}
    results: dict[tuple[str, str, int], Throughput] = {}
    for keys in extent.keys:
        for case, work in SHORT_WORK.items():
            for name, contender in contenders.items():
                measured = results[name, case, keys] = await work_off(
                    contender,
                    servers,
                    work,
                    records=extent.backlog,
                    keys=keys,
                    in_flight=CONCURRENCY,
                )
                figures.add_throughput(name, f"{case}, {keys} keys", measured)
    measured = results["exactly_once", "0-5 ms", max(extent.keys)]
    ideal_s = extent.backlog * max(
        SHORT_WORK_MEAN_S / CONCURRENCY, measured.cpu_ms_per_record / 1000
    )
    return results["exactly_once", "0 ms", max(extent.keys)], measured.seconds / ideal_s


async def _long_work(servers: str, extent: Extent, figures: Figures) -> float:
    """Lognormal work; returns the engine's share of the limit."""
    share = 0.0
    for name, contender in {"exactly_once": EXACTLY_ONCE, **PEERS}.items():
        measured = await work_off(
            contender,
            servers,
            LONG_WORK,
            records=extent.long_work_records,
            keys=10_000,
            partitions=LONG_WORK_PARTITIONS,
            in_flight=LONG_WORK_IN_FLIGHT,
        )
        limit_per_s = min(LONG_WORK_IN_FLIGHT / LONG_WORK_MEAN_S, 1000 / measured.cpu_ms_per_record)
        of_limit = measured.steady_records_per_s / limit_per_s
        figures.add_throughput(name, "lognormal 0.5 s", measured)
        figures.add(
            name,
            "lognormal 0.5 s",
            steady_records_per_s=measured.steady_records_per_s,
            share_of_limit=of_limit,
        )
        if name == "exactly_once":
            share = of_limit
    return share


async def _added_latency(servers: str, extent: Extent, figures: Figures) -> dict[str, float]:
    """Latency at a steady rate; returns the engine's."""
    added: dict[str, float] = {}
    for name, contender in {
        "exactly_once": EXACTLY_ONCE,
        "at_least_once": AT_LEAST_ONCE,
        **PEERS,
    }.items():
        latency = await added_latency(
            contender,
            servers,
            SHORT_WORK["0-5 ms"],
            rate_per_s=STEADY_RATE_PER_S,
            seconds=extent.latency_s,
            in_flight=CONCURRENCY,
        )
        figures.add(
            name,
            f"{STEADY_RATE_PER_S:g} events/s",
            added_p50_ms=latency.p50_ms,
            added_p99_ms=latency.p99_ms,
        )
        if name == "exactly_once":
            added |= {"added_p50_ms": latency.p50_ms, "added_p99_ms": latency.p99_ms}
        elif name == "at_least_once":
            added["at_least_once_added_p50_ms"] = latency.p50_ms
    return {name: round(value, 1) for name, value in added.items()}


async def _slow_key(servers: str, extent: Extent, figures: Figures) -> float:
    """Other keys' p99 beside one very slow event, over the same without it."""
    works = {
        "no slow event": Work(even_ms=5),
        f"one event of {extent.slow_s:g} s": Work(
            even_ms=5, slow_number=SLOW_NUMBER, slow_s=extent.slow_s
        ),
    }
    p99s: list[float] = []
    for case, work in works.items():
        latency = await added_latency(
            EXACTLY_ONCE,
            servers,
            work,
            rate_per_s=SLOW_KEY_RATE_PER_S,
            seconds=extent.slow_s + 5,
            in_flight=CONCURRENCY,
        )
        figures.add("exactly_once", case, added_p50_ms=latency.p50_ms, added_p99_ms=latency.p99_ms)
        p99s.append(latency.p99_ms)
    return p99s[1] / p99s[0]


def _rounded(value: float) -> float:
    return round(value, 3) if abs(value) < 10 else round(value, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short smoke, no figures to keep")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(measure(QUICK if arguments.quick else Extent()))
    print(orjson.dumps(result).decode())
