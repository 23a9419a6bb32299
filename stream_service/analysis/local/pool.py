"""A bounded pool of threads for CPU work, owned by whoever made it."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class PoolClosed(Exception):
    """The pool takes no more work."""


class WorkPool:
    """Runs blocking functions in threads of its own; belongs to one event loop.

    Threads serve because the costly part, the native encoder, lets go of the interpreter lock:
    two threads encode twice as many texts a second as one (measured: 24 ms a text against 50).
    """

    def __init__(self, *, workers: int, waiting_limit: int) -> None:
        """``workers`` threads; at most ``waiting_limit`` jobs stand in line before callers wait."""
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="local-analyst")
        self._slots = asyncio.Semaphore(workers + waiting_limit)
        self._jobs: set[Future[Any]] = set()
        self._closed = False

    @property
    def handed_over(self) -> int:
        """Jobs that run or stand in line at this moment."""
        return len(self._jobs)

    async def run(
        self,
        work: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """Return ``work(*arguments)`` from a thread.

        When the caller is cancelled, a job in line is dropped; one that runs keeps its place until
        it ends, so that the bound holds. Raises PoolClosed after ``aclose``, and what
        ``work`` raises.
        """
        if self._closed:
            raise PoolClosed
        await self._slots.acquire()
        try:
            job = self._executor.submit(work, *arguments, **named)
        except RuntimeError as fault:
            # Closed while this call stood at the door.
            self._slots.release()
            raise PoolClosed from fault
        self._jobs.add(job)
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda done: self._leave(loop, done))
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and job.cancelled() and not (task and task.cancelling()):
                # The pool dropped the job; nobody cancelled its caller.
                raise PoolClosed from None
            raise

    def _leave(self, loop: asyncio.AbstractEventLoop, job: Future[Any]) -> None:
        # RuntimeError: the loop is closed, nobody waits for a place any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._left, job)

    def _left(self, job: Future[Any]) -> None:
        self._jobs.discard(job)
        self._slots.release()

    async def aclose(self) -> None:
        """Drop the jobs in line, wait for the running ones, end the threads. Safe to call twice."""
        self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        running = [asyncio.wrap_future(job) for job in self._jobs if not job.done()]
        if running:
            await asyncio.wait(running)
            for future in running:
                # Looked at, so that asyncio does not report it: the job's own caller has it.
                if not future.cancelled():
                    future.exception()
