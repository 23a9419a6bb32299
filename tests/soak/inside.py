"""The service's own command, in a process that can be looked into.

``python -m tests.soak.inside FOLDER ARGUMENT...`` is ``stream-service ARGUMENT...``. A thread of
its own writes how many tasks its event loop has to ``FOLDER/tasks-PID`` every few seconds, with how
many files are open beside the connections to Kafka, of which each has a task; and what
its memory is made of to ``FOLDER/heap-PID.jsonl`` every minute. SIGUSR2 makes it write where its
tasks stand. It ends with whoever has started it. A worker is a static member of its group, as in
Kubernetes: it has the place of one that has ended.
"""

import asyncio
import ctypes
import itertools
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import uvloop

from tests.chaos.pool import PLACE
from tests.soak.heap import heap_now, tasks_by_name

TURN_S = 5.0
_TURNS_A_LINE = 12
_LINES_WITH_OBJECTS = 5
"""Every fifth minute: counting them stops the process for some tenths of a second."""
_PR_SET_PDEATHSIG = 1

_OF_A_CONNECTION = "AIOKafkaConnection._read"
"""How many there are depends on which brokers coordinate and lead what just now, by a dozen; one
that is left behind leaves its task."""


class TaskCounter:
    """Counts the unfinished tasks of the event loops that were made since."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"tasks-{os.getpid()}"
        self._heap = folder / f"heap-{os.getpid()}.jsonl"
        self._loops: list[asyncio.AbstractEventLoop] = []

    def install(self) -> None:
        """Get to know every loop from now on, and count."""
        make = uvloop.new_event_loop

        def remembered() -> uvloop.Loop:
            loop = make()
            self._loops.append(loop)
            return loop

        uvloop.new_event_loop = remembered
        threading.Thread(target=self._count_for_ever, name="task-counter", daemon=True).start()
        signal.signal(signal.SIGUSR2, self._print_tasks)

    def _tasks(self) -> list["asyncio.Task[object]"]:
        return [task for loop in self._loops for task in asyncio.all_tasks(loop)]

    def _count_for_ever(self) -> None:
        for turn in itertools.count():
            time.sleep(TURN_S)
            tasks = self._tasks()
            connections = tasks_by_name(tasks).get(_OF_A_CONNECTION, 0)
            others = len(list(Path("/proc/self/fd").iterdir())) - connections
            self._file.write_text(f"{len(tasks)} {others}", "ascii")
            line, between = divmod(turn, _TURNS_A_LINE)
            if not between:
                self._write_line(tasks, with_objects=not line % _LINES_WITH_OBJECTS)

    def _write_line(self, tasks: "list[asyncio.Task[object]]", *, with_objects: bool) -> None:
        told = {
            "at": time.time(),
            "tasks": tasks_by_name(tasks),
            **heap_now(with_objects=with_objects),
        }
        with self._heap.open("a", encoding="ascii") as lines:
            lines.write(json.dumps(told) + "\n")

    def _print_tasks(self, _number: int, _frame: FrameType | None) -> None:
        for task in self._tasks():
            task.print_stack(file=sys.stderr)
        sys.stderr.flush()


def main() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    TaskCounter(Path(sys.argv[1])).install()
    sys.stderr.write(json.dumps({"event": "begun", "level": "info"}) + "\n")
    sys.stderr.flush()
    if place := os.environ.get(PLACE):
        os.environ["STREAM_CONSUMER__GROUP_INSTANCE_ID"] = f"place-{place}"
        os.environ["STREAM_CONSUMER__LEAVE_AT_STOP"] = "true"
    sys.argv = ["stream-service", *sys.argv[2:]]
    # Only here: what it imports is the service's own.
    from stream_service.cli import main as serve

    serve()


if __name__ == "__main__":
    main()
