"""The work of one session: in order by key, within the global limit, tried again when it fails."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from stream_service.contracts.record import InputRecord
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import NotNow, SessionFailed
from stream_service.streaming.event_watch import EventWatch
from stream_service.streaming.judging.handler import Work
from stream_service.streaming.judging.key_order import KeyOrder
from stream_service.streaming.judging.left_running import LeftRunning, RunningWork
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.suspects import CONDEMNED_AFTER, Suspects


class WorkCancelled(Exception):
    """Work has ended as cancelled, though nobody has cancelled it."""


@dataclass(slots=True)
class _Entry:
    record: InputRecord
    work: Work
    watch: EventWatch
    failures: int = 0
    postponements: int = 0
    """How often it could not be done for want of something; it is never set aside for these."""


class Judgements:
    """Runs the work on records, each to its outcome.

    ``finished`` hears of every outcome, in order by key; ``broken`` of what ends the session: a
    SessionFailed of the work itself, or a fault of ours; ``ended`` of every end, whatever came of
    it.
    """

    def __init__(
        self,
        partition: Partition,
        *,
        slots: JudgeSlots,
        retry: RetryPolicy,
        suspects: Suspects,
        left_running: LeftRunning,
        dead_letters: DeadLetters,
        observer: StreamObserver,
        finished: Callable[[Outcome], None],
        broken: Callable[[Exception], None],
        ended: Callable[[], None],
    ) -> None:
        self._partition = partition
        self._slots = slots
        self._retry = retry
        self._suspects = suspects
        self._left_running = left_running
        self._dead_letters = dead_letters
        self._observer = observer
        self._finished = finished
        self._broken = broken
        self._ended = ended
        self._order: KeyOrder[_Entry] = KeyOrder()
        self._retries: deque[_Entry] = deque()
        self._retried_last = False
        self._pauses: set[asyncio.TimerHandle] = set()
        self._running: dict[asyncio.Task[Outcome], _Entry] = {}
        self._takes_more = True

    @property
    def are_running(self) -> bool:
        """Whether any work is under way."""
        return bool(self._running)

    @property
    def longest_queue(self) -> int:
        """How many records wait behind the first one of the fullest key."""
        return self._order.longest_queue

    def add(self, record: InputRecord, work: Work, watch: EventWatch) -> None:
        """Queue the work on ``record``; ``offer`` then starts what may start."""
        self._order.add(record.key, _Entry(record, work, watch))

    def offer(self) -> None:
        """Start what is ready as soon as there are slots."""
        self._slots.offer(self)

    @property
    def has_ready(self) -> bool:
        """Whether something could be started now."""
        return self._takes_more and bool(self._retries or self._order)

    def start_next(self) -> None:
        """Start what has been ready for the longest time: a retry and something new in turn.

        Retries that fail at once are always ready where there are many; what is new must not wait
        for them, nor they for it.
        """
        retries = bool(self._retries) and not (self._order and self._retried_last)
        self._retried_last = retries
        entry = self._retries.popleft() if retries else self._order.pop_ready()
        task = self._task_of(entry)
        self._running[task] = entry
        task.add_done_callback(self._settle)

    def stop_starting(self) -> None:
        """Start nothing more, and forget what has not begun."""
        self._takes_more = False
        self._slots.withdraw(self)
        self._order.clear()
        self._retries.clear()
        for pause in self._pauses:
            pause.cancel()

    async def end(self, *, leave_running: bool) -> None:
        """Hear of nothing more. What may run on is left to the next session, the rest cancelled."""
        self.stop_starting()
        cancelled: list[asyncio.Task[Outcome]] = []
        for task, entry in self._running.items():
            task.remove_done_callback(self._settle)
            if leave_running and entry.work.may_outlive_session:
                work = RunningWork(entry.record, task, entry.failures)
                self._left_running.leave(work, self._slots)
            else:
                task.cancel()
                cancelled.append(task)
        self._running.clear()
        if cancelled:
            await asyncio.wait(cancelled)
        for task in cancelled:
            if not task.cancelled():
                # Seen, so that nobody logs it as never retrieved.
                task.exception()
            self._slots.release()
        # The session holds this and was held by it: an ended one, with all it has read, would stay
        # until the garbage collector walks everything, which at a few events a second takes long.
        self._finished = self._broken = _unheard
        self._ended = _unheard

    def _task_of(self, entry: _Entry) -> asyncio.Task[Outcome]:
        error_class = self._suspects.condemnation(entry.record.offset)
        if error_class is not None:
            self._left_running.drop(entry.record.offset)
            return asyncio.create_task(self._refused(entry, error_class))
        if left := self._left_running.claim(entry.record):
            entry.failures = max(entry.failures, left.failures)
            return left.task
        return asyncio.create_task(_watched(entry))

    async def _refused(self, entry: _Entry, error_class: str) -> Outcome:
        return entry.watch.concluded(
            self._dead_letters.refused(
                entry.record,
                error_class,
                CONDEMNED_AFTER,
                is_carried=not self._suspects.is_hopeless(entry.record.offset),
            )
        )

    def _settle(self, task: asyncio.Task[Outcome]) -> None:
        entry = self._running.pop(task, None)
        if entry is None:
            # It ended in the same turn of the loop as the session, which has seen to it and to its
            # slot: a callback that is scheduled already cannot be taken back.
            return
        try:
            outcome = self._outcome_of(task, entry)
            if outcome is not None:
                self._order.release(entry.record.key)
                self._finished(outcome)
                self._slots.offer(self)
        except Exception as error:  # noqa: BLE001 - a callback's caller would only log it
            self._broken(error)
        finally:
            self._slots.release()
            self._ended()

    def _outcome_of(self, task: asyncio.Task[Outcome], entry: _Entry) -> Outcome | None:
        """Its outcome; None where it is tried again. Raises SessionFailed."""
        error = WorkCancelled() if task.cancelled() else task.exception()
        if error is None:
            return task.result()
        if isinstance(error, SessionFailed) or not isinstance(error, Exception):
            raise error
        if isinstance(error, NotNow):
            entry.postponements += 1
            self._retry_later(entry, error, entry.postponements)
            return None
        entry.failures += 1
        if entry.failures >= self._retry.attempts:
            return entry.watch.concluded(
                self._dead_letters.failed(entry.record, error, entry.failures)
            )
        self._retry_later(entry, error, entry.failures)
        return None

    def _retry_later(self, entry: _Entry, error: Exception, attempt: int) -> None:
        """Give the slot back meanwhile; the entry's key waits with it."""
        self._observer.judge_retried(
            self._partition,
            entry.record.offset,
            attempt,
            type(error).__name__,
            entry.watch.trace_id,
        )
        if not self._takes_more:
            return

        def retry() -> None:
            self._pauses.discard(pause)
            self._retries.append(entry)
            self._slots.offer(self)

        pause = asyncio.get_running_loop().call_later(self._retry.delay_s(attempt), retry)
        self._pauses.add(pause)


def _unheard(_told: object = None) -> None:
    pass


async def _watched(entry: _Entry) -> Outcome:
    with entry.watch.attempt():
        return entry.watch.concluded(await entry.work.run())
