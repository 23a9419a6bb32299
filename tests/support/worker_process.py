"""A worker as its users run it: the command in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.cluster import Cluster

COMMAND = [sys.executable, "-c", "from stream_service.cli import main; main()"]

SHORT_SESSION = "consumer.session_timeout_s=6"
"""The least that a broker allows: the group waits for a killed member no longer."""


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of the service's own, and these.

    Workers beside each other on one machine need ports of their own. Where the broker's jars are
    kept is no setting.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("STREAM_") or name.startswith("STREAM_DEVKIT__")
    }
    return {**kept, "STREAM_METRICS__PORT": "0", **settings}


def flags(cluster: Cluster) -> Sequence[str]:
    """The flags that lead a command to the test's own topics."""
    return ("-b", cluster.bootstrap_servers, "--topic-prefix", cluster.topics.prefix)


@contextmanager
def worker(
    cluster: Cluster, *settings: str, log: Path | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """Run ``stream-service run``; whatever is left of it at the end of the block is killed."""
    given = [word for setting in settings for word in ("--set", setting)]
    group = ("--group-id", f"{cluster.topics.prefix}workers")
    with (log or Path(os.devnull)).open("ab") as output:
        process = subprocess.Popen(
            [*COMMAND, *flags(cluster), *group, *given, "run"],
            stderr=output,
            env=environment(),
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)
