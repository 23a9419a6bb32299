"""A worker of one contender: ``python -m benchmarks.peers.worker <task as JSON>``.

It writes LOADED to standard output once the judge is there, joins the group, and works until
SIGTERM. All contenders have the same event loop and the same settings of the garbage collector.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from typing import Protocol

import uvloop

from benchmarks.peers.job import LOADED, AsyncContender, Job, WorkerTask, uncounted
from benchmarks.peers.judging import BlockingHandle, Handling, judge_of, waiting_judge
from stream_service.commands.process.garbage import settle_long_lived_objects
from stream_service.commands.process.running import stop_on_signals
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.settings import Settings
from stream_service.settings.loading import load_settings
from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.judge import Judge
from stream_service.streaming.observer import StreamObserver
from stream_service.worker import stream_consumer

OURS = {"ours_exactly_once": "exactly_once", "ours_at_least_once": "at_least_once"}


class BlockingContender(Protocol):
    """A way of consuming, handling and publishing without an event loop."""

    def run(self) -> None:
        """Run until stopped."""
        ...

    def stop(self) -> None:
        """End soon."""
        ...


def settings_of(task: WorkerTask, *others: str) -> Settings:
    """The service's settings, which the judge of every contender is built from."""
    job = task.job
    return load_settings(
        (
            f"kafka.bootstrap_servers={job.bootstrap_servers}",
            f"topics.prefix={job.topic_prefix}",
            f"consumer.group_id={job.group_id}",
            f"consumer.in_flight={job.in_flight}",
            f"consumer.session_timeout_s={job.session_timeout_s:g}",
            f"consumer.delivery={OURS.get(task.contender, 'exactly_once')}",
            f"llm.base_url={task.model_url}",
            f"llm.concurrency={job.in_flight}",
            *others,
        )
    )


async def run_ours(task: WorkerTask) -> None:
    """The service's own consumer, as its worker runs it, without metrics and traces."""
    # As `stream-service run --workers` gives it.
    place = f"consumer.group_instance_id={task.job.slot}"
    settings, intake = settings_of(task, place, "consumer.leave_at_stop=true"), Intake()
    async with (
        stop_on_signals() as stop,
        _judge_of(task, settings, intake) as judge,
    ):
        _loaded()
        await stream_consumer(settings, judge, StreamObserver(), intake).run(stop)


async def run_async(task: WorkerTask, contender: AsyncContender) -> None:
    """A contender on asyncio."""
    async with stop_on_signals() as stop, _judge_of(task, settings_of(task)) as judge:
        _loaded()
        async with contender(task.job, Handling(judge, task.job.topics), uncounted):
            await stop.wait()


def run_blocking(
    task: WorkerTask, contender: Callable[[Job, BlockingHandle], BlockingContender]
) -> None:
    """A contender that knows no event loop: each event drives one to its own end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        loop, stack = runner.get_loop(), AsyncExitStack()
        judge = runner.run(stack.enter_async_context(_judge_of(task, settings_of(task))))
        handling = Handling(judge, task.job.topics)

        def handle(record: InputRecord) -> OutputRecord:
            return loop.run_until_complete(handling(record))

        running = contender(task.job, handle)

        def stop(_number: int, _frame: object) -> None:
            running.stop()

        signal.signal(signal.SIGTERM, stop)
        _loaded()
        running.run()
        runner.run(stack.aclose())


def main(task: WorkerTask) -> None:
    """Run the task's contender. Only its own client is imported."""
    match task.contender:
        case "article":
            from benchmarks.peers.contenders.synchronous_loop import SynchronousLoop

            run_blocking(task, SynchronousLoop)
        case "quix":
            from benchmarks.peers.contenders.quix_application import QuixApplication

            run_blocking(task, QuixApplication)
        case "aiokafka_batches":
            from benchmarks.peers.contenders.aiokafka_batches import aiokafka_batches

            uvloop.run(run_async(task, aiokafka_batches))
        case "faststream" | "faststream_ack_first":
            from benchmarks.peers.contenders.faststream_subscribers import faststream

            ack_first = task.contender == "faststream_ack_first"
            uvloop.run(run_async(task, faststream(ack_first=ack_first)))
        case "confluent_asyncio":
            from benchmarks.peers.contenders.confluent_asyncio import confluent_asyncio

            uvloop.run(run_async(task, confluent_asyncio))
        case "ours_exactly_once" | "ours_at_least_once":
            uvloop.run(run_ours(task))
        case unknown:
            raise ValueError(f"there is no contender {unknown}")


def _judge_of(
    task: WorkerTask, settings: Settings, intake: Intake | None = None
) -> AbstractAsyncContextManager[Judge]:
    if task.waits_s is not None:
        return nullcontext(waiting_judge(task.waits_s))
    return judge_of(settings, slow_s=task.slow_s, intake=intake)


def _loaded() -> None:
    settle_long_lived_objects()
    sys.stdout.write(LOADED + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(WorkerTask.from_json(sys.argv[1]))
