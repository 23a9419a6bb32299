"""Everything at once, for long; the last line is JSON. Exit code 1 when a check fails."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from stream_service.devkit.kafka import jars
from tests.soak import namespace
from tests.soak.running import Soak
from tests.soak.schedule import ALL_KINDS, SoakKind, SoakPlan, plan_of
from tests.soak.texts import texts_of
from tests.soak.verdict import Seen, problems_of, summary

TEXTS_VARIABLE = "STREAM_SOAK_TEXTS"


def kind_of(name: str) -> SoakKind:
    """Raises ValueError."""
    return {kind.value: kind for kind in ALL_KINDS}[name]


async def carried_out(plan: SoakPlan, texts: Sequence[str]) -> Seen:
    """A run that SIGTERM ends as Ctrl-C does: nothing that was started is left."""
    task = asyncio.ensure_future(Soak(plan, texts).carry_out())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main(arguments: Sequence[str]) -> int:
    """Carry out the run that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="of faults and people")
    parser.add_argument("--rate", type=float, default=5, help="events a second")
    parser.add_argument(
        "--texts",
        type=Path,
        default=os.environ.get(TEXTS_VARIABLE) or None,
        help=f"a folder of *.csv (column text) and *.jsonl; also by {TEXTS_VARIABLE}; "
        "without it the project's own samples",
    )
    parser.add_argument(
        "--kind",
        action="append",
        choices=[kind.value for kind in ALL_KINDS],
        help="these faults alone, instead of all",
    )
    given = parser.parse_args(arguments)
    try:
        kinds = [kind_of(name) for name in given.kind] if given.kind else ALL_KINDS
        plan = plan_of(given.seed, minutes=given.minutes, events_per_s=given.rate, kinds=kinds)
        texts = texts_of(given.texts)
    except ValueError as error:
        parser.error(str(error))
    if not namespace.is_own():
        # What must be fetched is fetched while there is a network to do it by.
        asyncio.run(jars.class_path())
        namespace.enter(arguments)
    else:
        namespace.raise_loopback()
    # Clients tell of every broker that is away: that they are is the point.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    print(f"seed {plan.seed}: {len(plan.faults)} faults in {given.minutes:g} minutes", flush=True)
    try:
        seen = asyncio.run(carried_out(plan, texts))
    except asyncio.CancelledError:
        sys.stderr.write("stopped by a signal before the end: nothing is shown\n")
        return 1
    problems = problems_of(seen)
    for problem in problems:
        sys.stderr.write(f"FAILED: {problem}\n")
    sys.stderr.flush()
    print(orjson.dumps(summary(seen)).decode(), flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
