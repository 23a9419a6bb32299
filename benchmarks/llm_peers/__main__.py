"""The peers alone: python -m benchmarks.llm_peers [--events N] [--in-flight N]. JSON last."""

import argparse
import asyncio
import json
from dataclasses import asdict

from benchmarks.llm_peers.article import article_pipeline
from benchmarks.llm_peers.common_way import common_way
from benchmarks.llm_peers.instructions import SHORT
from benchmarks.llm_peers.measuring import Measured, feedback
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Latency,
    LatencyShape,
    SimulatorProcess,
)


async def main(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    latency = Latency(mean_s=options.latency, shape=LatencyShape.LOGNORMAL)
    results: dict[str, dict[str, float]] = {}

    def tell(name: str, measured: Measured) -> None:
        results[name] = {key: round(value, 3) for key, value in asdict(measured).items()}
        print(
            f"{name:<9} {measured.events_per_s:7.1f} events/s, "
            f"{measured.cpu_ms_per_event:6.2f} ms CPU an event, "
            f"response p50 {measured.response_p50_s:6.2f} s, p99 {measured.response_p99_s:6.2f} s, "
            f"{measured.prompt_tokens_per_event:6.0f} prompt tokens in "
            f"{measured.calls_per_event:.2f} calls, {measured.failed} failed",
            flush=True,
        )

    async with SimulatorProcess.start(Behaviour(latency=latency)) as simulator:
        events, in_flight = options.events, options.in_flight
        tell(
            "common",
            await common_way(simulator, feedback(events), in_flight=in_flight, instructions=SHORT),
        )
        tell(
            "article",
            await article_pipeline(
                simulator, feedback(options.together, start=500_000), instructions=SHORT
            ),
        )
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=3_000)
    parser.add_argument("--in-flight", type=int, default=500)
    parser.add_argument("--together", type=int, default=50, help="for the article's pipeline")
    parser.add_argument("--latency", type=float, default=1.0, help="mean seconds of a call")
    print(json.dumps(asyncio.run(main(parser.parse_args()))))
