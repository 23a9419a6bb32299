"""Kill consoles; JSON last. Exit code 1 when a decision was lost or doubled."""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import orjson

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support.cluster import Cluster
from tests.support.console_crash import CrashReport, crash_consoles
from tests.support.engine import running
from tests.support.judges import EchoJudge


def main() -> int:
    """Run the seeds that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.console_crashes", description=__doc__)
    parser.add_argument("--seeds", default="1-50", help="as 1-50")
    first, _, last = parser.parse_args().seeds.partition("-")
    report = asyncio.run(_crash(range(int(first), int(last or first) + 1)))
    for problem in report.problems:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(orjson.dumps(asdict(report)).decode() + "\n")
    return 1 if report.problems else 0


async def _crash(seeds: range) -> CrashReport:
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedKafka.start() as kafka:
            cluster = Cluster(kafka.bootstrap_servers, Topics("crashes."))
            await cluster.create_topics()
            async with running(cluster, EchoJudge()):
                return await crash_consoles(
                    cluster, f"sqlite:///{folder}/console.db", seeds, Path(folder) / "log"
                )


if __name__ == "__main__":
    sys.exit(main())
