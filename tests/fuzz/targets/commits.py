"""A window over crashes, in logs with holes of any size: what each commit tells is the truth."""

from bisect import bisect_right

from hypothesis import strategies as st

from stream_service.streaming.offsets.offset_map import MAX_METADATA_BYTES, decode_offset_map
from stream_service.streaming.offsets.window import Progress, Window
from stream_service.streaming.outcome import Outcome, OutcomeKind
from stream_service.streaming.publishing.commit_batch import next_commit
from stream_service.streaming.publishing.suspects import Suspects
from tests.fuzz.target import target_of

MOST_OPEN = 2_000
"""As ``consumer.window_events``."""

_takes = st.tuples(
    st.just("take"),
    st.integers(1, MOST_OPEN),
    st.sampled_from([1, 2, 3, 9, 130, 20_000, 3_000_000]) | st.integers(1, 2**20),
)
_finishes = st.tuples(st.just("finish"), st.integers(1, 60), st.integers(0, 60))
_others = st.tuples(st.sampled_from(["commit", "crash"]), st.just(0), st.just(0))
INPUTS = st.tuples(
    st.sampled_from([0, 2**31, 2**61]), st.lists(_takes | _finishes | _others, max_size=12)
)


class _Model:
    """What is true of the log and of what was published."""

    def __init__(self, frontier: int) -> None:
        self.log: list[int] = []
        self.end = frontier
        self.published: set[int] = set()
        self.committed = Progress(frontier)
        self.restart()

    def restart(self) -> None:
        self.window = Window(self.committed)
        self.open: list[int] = []
        self.finished: list[int] = []
        for offset in self.log:
            if self.window.take(offset):
                assert offset not in self.published, "published, and taken up again"
                self.open.append(offset)
            elif offset >= self.committed.frontier:
                assert offset in self.published, "passed over, and never published"

    def take(self, count: int, stride: int) -> None:
        for _ in range(min(count, MOST_OPEN - len(self.open) - len(self.finished))):
            offset = self.end + stride - 1
            self.end = offset + 1
            self.log.append(offset)
            assert self.window.take(offset)
            self.open.append(offset)

    def finish(self, every: int, first: int) -> None:
        done = self.open[first::every]
        self.finished += done
        gone = set(done)
        self.open = [offset for offset in self.open if offset not in gone]

    def commit(self) -> None:
        outcomes = [
            Outcome(offset=one, kind=OutcomeKind.DUPLICATE, records=(), received_timestamp_ms=0)
            for one in self.finished
        ]
        batch = next_commit(self.window, outcomes, Suspects())
        if batch is None:
            return
        assert len(batch.metadata) <= MAX_METADATA_BYTES, "no broker takes it"
        taken = {outcome.offset for outcome in batch.outcomes}
        self.published |= taken
        self.finished = [offset for offset in self.finished if offset not in taken]
        told = tuple(decode_offset_map(batch.progress.frontier, batch.metadata))
        assert told == batch.progress.completed_ahead
        assert batch.progress.frontier >= self.committed.frontier
        beginnings = [first for first, _ in told]
        for offset in self.log:
            number = bisect_right(beginnings, offset) - 1
            is_told = offset < batch.progress.frontier or (number >= 0 and offset < told[number][1])
            assert is_told == (offset in self.published), "a commit tells what is not so"
        self.window.acknowledge(batch.progress, taken)
        self.committed = Progress(batch.progress.frontier, told)


def check(drawn: tuple[int, list[tuple[str, int, int]]]) -> None:
    """Carry out the steps, then finish everything."""
    frontier, steps = drawn
    model = _Model(frontier)
    for step, one, two in steps:
        match step:
            case "take":
                model.take(one, two)
            case "finish":
                model.finish(one, two)
            case "commit":
                model.commit()
            case _:
                model.restart()
    model.finish(1, 0)
    model.commit()
    assert set(model.log) == model.published
    assert model.committed.frontier == model.end


TARGET = target_of(check, INPUTS)
