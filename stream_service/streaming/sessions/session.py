"""This process's ownership of one input partition, for one assignment epoch."""

import asyncio
from collections.abc import Sequence
from enum import Enum, auto

from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.record import InputRecord
from stream_service.streaming.dead_letters import DeadLetters
from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.judging.handler import RecordHandler, Work
from stream_service.streaming.judging.judgements import Judgements
from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.offsets.committed import CommittedOffsets
from stream_service.streaming.offsets.duplicates import DuplicateWindow
from stream_service.streaming.offsets.log_bounds import LogBounds
from stream_service.streaming.offsets.offset_map import MAX_METADATA_BYTES
from stream_service.streaming.offsets.window import Progress, Window
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.partition import Partition
from stream_service.streaming.publishing.commit_batch import CommitBatch, next_commit
from stream_service.streaming.publishing.outcome_publisher import (
    OutcomePublisher,
    OutcomePublisherFactory,
)
from stream_service.streaming.sessions.failure import session_failure
from stream_service.streaming.sessions.feed import PartitionFeed
from stream_service.streaming.sessions.flow import PartitionFlow
from stream_service.streaming.sessions.partition_history import PartitionHistory
from stream_service.streaming.sessions.starting import progress_at_start


class _State(Enum):
    STARTING = auto()
    RUNNING = auto()
    DRAINING = auto()
    ENDED = auto()


class PartitionSession:
    """Takes records, runs judges in key order, and publishes outcomes with the progress they make.

    ``run`` lives as long as the session; everything that it starts ends with it.
    """

    def __init__(
        self,
        partition: Partition,
        *,
        feed: PartitionFeed,
        handler: RecordHandler,
        dead_letters: DeadLetters,
        history: PartitionHistory,
        slots: JudgeSlots,
        duplicate_offsets: int,
        read_again_offsets: int | None,
        limits: StreamLimits,
        open_publisher: OutcomePublisherFactory,
        committed: CommittedOffsets,
        log_bounds: LogBounds,
        observer: StreamObserver,
    ) -> None:
        self.partition = partition
        self._feed = feed
        self._handler = handler
        self._dead_letters = dead_letters
        self._history = history
        self._suspects = history.suspects
        self._left_running = history.left_running
        self._wake = asyncio.Event()
        self._judgements = Judgements(
            partition,
            slots=slots,
            retry=limits.retry,
            suspects=history.suspects,
            left_running=history.left_running,
            dead_letters=dead_letters,
            observer=observer,
            finished=self._finish,
            broken=self._broken,
            ended=self._wake.set,
        )
        self._intake = slots.intake
        self._limits = limits
        self._open_publisher = open_publisher
        self._committed = committed
        self._log_bounds = log_bounds
        self._observer = observer

        self._publisher: OutcomePublisher | None = None
        self._state = _State.STARTING
        self._window = Window(Progress(0))
        self._read_position = 0
        self._duplicates = DuplicateWindow(duplicate_offsets)
        self._read_again_offsets = read_again_offsets
        self._window_bytes = 0
        self._map_share = 0.0
        self._flow = PartitionFlow(feed, slots.intake, limits)
        self._finished: list[Outcome] = []
        self._failure: SessionFailed | None = None
        self._given_up: SessionFailed | None = None
        self._sizes: dict[int, int] = {}
        self._drain_asked = asyncio.Event()
        self._drain_deadline = 0.0
        self._leaves_running = True
        self._last_commit = 0.0

    async def run(self) -> None:
        """Own the partition until drained. Raises SessionFailed."""
        try:
            self._publisher = await self._open_publisher(self.partition)
            await self._start(self._publisher)
            await self._commit_until_drained(self._publisher)
            if not len(self._window):
                self._history.handler = self._handler
        except Exception as error:
            # Whatever it is, it ends this session alone; its consumer takes the partition up again.
            raise session_failure(error) from error
        finally:
            self._state = _State.ENDED
            self._intake.unregister(self)
            await self._judgements.end(leave_running=self._leaves_running)
            for outcome in self._finished:
                self._observer.outcome_abandoned(self.partition, outcome)
            if self._publisher is not None:
                await self._publisher.close()

    def drain(self, deadline: float, *, leave_running: bool) -> None:
        """Start nothing more; what ends before ``deadline`` (loop time) is still committed.

        What runs on after it may be left to the next session of this partition in this process.
        """
        if self._state in {_State.DRAINING, _State.ENDED}:
            return
        self._state = _State.DRAINING
        self._drain_deadline = deadline
        self._leaves_running = leave_running
        self._judgements.stop_starting()
        self._drain_asked.set()
        self._wake.set()

    def give_up(self, reason: FailureReason, detail: str) -> None:
        """Read nothing more, and end as failed once all that was taken is committed."""
        if self._state is not _State.RUNNING or self._given_up is not None:
            return
        self._feed.pause()
        self._given_up = SessionFailed(reason, detail)
        self._wake.set()

    def _broken(self, error: Exception) -> None:
        self._failure = session_failure(error)
        self._wake.set()

    @property
    def is_starting(self) -> bool:
        """Whether nothing was read or published yet."""
        return self._state is _State.STARTING

    @property
    def position(self) -> int | None:
        """The next offset to be taken, or None where the session is not reading."""
        is_reading = self._state is _State.RUNNING and self._given_up is None
        return self._read_position if is_reading else None

    @property
    def is_idle(self) -> bool:
        """Whether every event that was taken is done and committed."""
        return self._state is _State.RUNNING and not len(self._window)

    async def _start(self, publisher: OutcomePublisher) -> None:
        await self._handler.start()
        answer = await self._committed.ask(self.partition)
        await publisher.confirm_coordinator(answer.coordinator)
        # A broker that leads no more answers as if it did: others are asked who leads.
        is_doubted = self._history.shorter_logs > 0
        bounds = await self._log_bounds.of(self.partition, leaders_anew=is_doubted)
        if self._state is not _State.STARTING:
            return
        progress = progress_at_start(
            self.partition,
            answer.committed,
            bounds,
            self._history,
            self._observer,
            read_again_offsets=self._read_again_offsets,
        )
        if answer.committed is not None and progress.frontier < answer.committed[0]:
            # Kept before anything is read: a log that has grown past the old commit by the time of
            # a later session would have the new records in between passed over.
            await publisher.commit((), offset=progress.frontier, metadata="")
            if self._state is not _State.STARTING:
                return
        self._window = Window(progress)
        # What lies just before the frontier is read again for the duplicates' sake alone.
        self._read_position = max(bounds[0], progress.frontier - self._duplicates.size)
        self._feed.seek(self._read_position)
        self._state = _State.RUNNING
        self._intake.register(self)
        self._observer.session_started(
            self.partition,
            progress.frontier,
            sum(behind - first for first, behind in progress.completed_ahead),
        )
        self._update_flow()

    def take(self, records: Sequence[InputRecord]) -> None:
        """Take records of this partition, in the order of their offsets."""
        if self._state is not _State.RUNNING:
            return
        for record in records:
            if record.offset < self._read_position:
                # Never passed over as done: these are other records under old numbers.
                self._feed.pause()
                self._broken(
                    SessionFailed(FailureReason.LOG_RESET, f"offset {record.offset} came again")
                )
                return
            self._read_position = record.offset + 1
            self._take_one(record)
        self._judgements.offer()
        self._update_flow()

    def passed(self, position: int) -> None:
        """Say that the log holds no record below ``position`` that was not handed over."""
        if self._state is not _State.RUNNING or position <= self._read_position:
            return
        self._read_position = position
        if position > self._window.position:
            self._window.move_to(position)
            self._wake.set()

    def _take_one(self, record: InputRecord) -> None:
        work: Work | None = None
        fault: InvalidRecord | None = None
        try:
            work = self._handler.read(record)
        except InvalidRecord as error:
            fault = error
        duplicate = (
            work is not None
            and work.identity is not None
            and self._duplicates.is_duplicate(record.offset, work.identity)
        )
        if not self._window.take(record.offset):
            self._left_running.drop(record.offset)
            return
        size = record.held_bytes
        self._sizes[record.offset] = size
        self._window_bytes += size
        if duplicate:
            self._finish(_duplicate(record))
            return
        watch = self._observer.event_taken(record)
        if fault is not None:
            watch.refused(fault)
            is_carried = self._suspects.condemnation(record.offset) is None
            letter = self._dead_letters.invalid(record, fault, is_carried=is_carried)
            self._finish(watch.concluded(letter))
        elif work is not None:
            self._judgements.add(record, work, watch)

    def _finish(self, outcome: Outcome) -> None:
        self._finished.append(outcome)
        if self._publisher is not None:
            self._publisher.accept(outcome)
        self._wake.set()
        if self._flow.is_paused:
            self._update_flow()

    async def _commit_until_drained(self, publisher: OutcomePublisher) -> None:
        while True:
            await self._commit_time()
            if self._failure is not None:
                raise self._failure
            batch = next_commit(self._window, self._finished, self._suspects)
            if batch is not None:
                await self._commit(publisher, batch)
            elif self._is_drained():
                return
            if self._given_up is not None and not len(self._window):
                raise self._given_up

    async def _commit_time(self) -> None:
        """Wait until there may be something to commit, and the interval is over.

        A drain has no time for the interval.
        """
        loop = asyncio.get_running_loop()
        while not self._is_drained() and not self._wake.is_set():
            until = self._drain_deadline if self._state is _State.DRAINING else None
            await _wait_until(self._wake, until)
            if until is not None and loop.time() >= until:
                break
        await _wait_until(self._drain_asked, self._last_commit + self._limits.commit_interval_s)
        self._wake.clear()

    def _is_drained(self) -> bool:
        if self._state is not _State.DRAINING:
            return False
        return (
            not self._judgements.are_running
            or asyncio.get_running_loop().time() >= self._drain_deadline
        )

    async def _commit(self, publisher: OutcomePublisher, batch: CommitBatch) -> None:
        loop = asyncio.get_running_loop()
        started = self._last_commit = loop.time()
        offsets = {outcome.offset for outcome in batch.outcomes}
        try:
            await publisher.commit(
                batch.outcomes, offset=batch.progress.frontier, metadata=batch.metadata
            )
        except SessionFailed as failure:
            self._observer.commit_failed(
                self.partition, batch.outcomes, failure.reason, loop.time() - started
            )
            if failure.reason is FailureReason.REFUSED:
                self._suspects.refused(offsets, failure.detail)
            raise
        self._suspects.published(offsets)
        self._window.acknowledge(batch.progress, offsets)
        self._finished = [left for left in self._finished if left.offset not in offsets]
        self._window_bytes -= sum(self._sizes.pop(offset) for offset in offsets)
        self._map_share = len(batch.metadata) / MAX_METADATA_BYTES
        self._update_flow()
        self._observer.committed(self.partition, batch.progress.frontier, loop.time() - started)
        for outcome in batch.outcomes:
            self._observer.outcome_published(self.partition, outcome)
        if self._finished:
            self._wake.set()

    def intake_changed(self) -> None:
        """The topic's intake was paused or resumed."""
        self._update_flow()

    def _update_flow(self) -> None:
        if self._state is _State.RUNNING and self._given_up is None:
            self._flow.update(
                unfinished=len(self._window) - len(self._finished),
                uncommitted=len(self._finished),
                size_bytes=self._window_bytes,
                longest_queue=self._judgements.longest_queue,
                map_share=self._map_share,
            )


async def _wait_until(event: asyncio.Event, deadline: float | None) -> None:
    """Wait for ``event``, or for ``deadline`` in the loop's time."""
    try:
        async with asyncio.timeout_at(deadline):
            await event.wait()
    except TimeoutError:
        return


def _duplicate(record: InputRecord) -> Outcome:
    return Outcome(
        offset=record.offset,
        kind=OutcomeKind.DUPLICATE,
        records=(),
        received_timestamp_ms=record.timestamp_ms,
    )
