"""``stream-service run --workers N`` as its users run it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.cluster import Cluster
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, SHORT_SESSION, environment, flags


def start(
    cluster: Cluster, log: Path, *arguments: str, settings: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start the supervisor; what it and its workers log goes to ``log``."""
    group = ("--group-id", f"{cluster.topics.prefix}workers", "--set", SHORT_SESSION)
    # It loads in a moment; what is judged is not what these tests are about.
    quick = ("--set", "local.encoder=universal", "--set", "log.format=json")
    with log.open("ab") as output:
        return subprocess.Popen(
            [
                *COMMAND,
                *flags(cluster),
                *group,
                *quick,
                *(word for setting in settings for word in ("--set", setting)),
                "run",
                *arguments,
            ],
            stderr=output,
            env=environment(),
        )


async def workers_started(log: Path, count: int) -> None:
    """A start takes seconds, and many of them on a busy machine."""
    await until(
        lambda: log.read_bytes().count(b"worker_started") == count,
        f"{count} started workers",
        timeout_s=90,
    )


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The process ids of its workers."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in listed.split()]
