"""Back-pressure: what closes a partition, and what leaves it open."""

from dataclasses import dataclass, field

from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.sessions.flow import PartitionFlow


@dataclass
class Feed:
    """Keeps what a flow asks of its partition."""

    asked: list[str] = field(default_factory=list[str])

    def seek(self, offset: int) -> None:
        self.asked.append(f"seek {offset}")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")


class Watched:
    """A flow with a window of 100 events, and what it asked for."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.intake = Intake()
        self._flow = PartitionFlow(self.feed, self.intake, StreamLimits(window_events=100))

    def update(
        self,
        unfinished: int = 0,
        *,
        uncommitted: int = 0,
        size_bytes: int = 0,
        longest_queue: int = 0,
        map_share: float = 0.0,
    ) -> None:
        self._flow.update(
            unfinished=unfinished,
            uncommitted=uncommitted,
            size_bytes=size_bytes,
            longest_queue=longest_queue,
            map_share=map_share,
        )


def test_a_full_window_pauses_until_it_is_half_empty() -> None:
    watched = Watched()
    for unfinished in (0, 99, 100, 51, 50, 99):
        watched.update(unfinished)
    assert watched.feed.asked == ["resume", "pause", "resume"]


def test_what_waits_for_its_commit_leaves_room_for_others() -> None:
    watched = Watched()
    watched.update(99, uncommitted=199)
    assert watched.feed.asked == ["resume"]
    watched.update(0, uncommitted=200)
    watched.update(0, uncommitted=101)
    assert watched.feed.asked == ["resume", "pause"]
    watched.update(0, uncommitted=100)
    assert watched.feed.asked == ["resume", "pause", "resume"]


def test_bytes_one_key_and_the_map_close_it_too() -> None:
    for closing, opening in (
        ({"size_bytes": 64 * 1024 * 1024}, {"size_bytes": 32 * 1024 * 1024}),
        ({"longest_queue": 25}, {"longest_queue": 12}),
        ({"map_share": 0.75}, {"map_share": 0.5}),
    ):
        watched = Watched()
        watched.update()
        watched.update(**closing)  # pyright: ignore[reportArgumentType] - one of the keywords
        watched.update(**opening)  # pyright: ignore[reportArgumentType]
        assert watched.feed.asked == ["resume", "pause", "resume"], closing


def test_a_paused_intake_keeps_an_empty_partition_closed() -> None:
    watched = Watched()
    watched.intake.pause()
    watched.update()
    assert not watched.feed.asked
    watched.intake.resume()
    watched.update()
    assert watched.feed.asked == ["resume"]
