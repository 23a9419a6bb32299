"""Sessions of the pages, readings that are shared, numbers."""

import asyncio

import pytest

from stream_service.console.pages.access.sessions import Sessions
from stream_service.console.pages.formatting import Formatter
from stream_service.console.pages.languages import Language
from stream_service.console.pages.sharing import SharedReading


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_when_it_is_left_alone() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    name = sessions.begin("token")
    clock.now = 11 * 3600
    assert sessions.token(name) == "token"
    clock.now = 22 * 3600
    assert sessions.token(name) == "token"
    clock.now = 35 * 3600
    assert sessions.token(name) is None


def test_a_session_ends_with_the_log_out_alone() -> None:
    sessions = Sessions()
    first, second = sessions.begin("token"), sessions.begin("token")
    sessions.end(first)
    assert (sessions.token(first), sessions.token(second)) == (None, "token")
    assert sessions.token("made up") is None


async def test_many_askers_are_one_reading() -> None:
    reads = 0

    async def load() -> int:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        return reads

    reading = SharedReading(load, holds_s=60)
    assert await asyncio.gather(*(reading.get() for _ in range(50))) == [1] * 50


async def test_a_reading_that_fails_is_tried_again() -> None:
    failing = True

    async def load() -> str:
        if failing:
            raise OSError
        return "there"

    reading = SharedReading(load, holds_s=60)
    with pytest.raises(OSError):
        await reading.get()
    failing = False
    assert await reading.get() == "there"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (None, "–", "–"),
        (0.0123, "12 ms", "12 毫秒"),
        (3.21, "3.2 s", "3.2 秒"),
        (59, "59 s", "59 秒"),
        (600, "10 min", "10 分钟"),
        (7200, "2 h", "2 小时"),
        (864_000, "10 d", "10 天"),
    ],
)
def test_spans_are_written_in_their_largest_unit(
    seconds: float | None, english: str, chinese: str
) -> None:
    assert Formatter(Language.ENGLISH).duration(seconds) == english
    assert Formatter(Language.CHINESE).duration(seconds) == chinese


def test_small_sums_are_told_from_nothing() -> None:
    formatter = Formatter(Language.ENGLISH)
    assert [formatter.money_usd(value) for value in (0, 0.00042, 12.5, 1234.5)] == [
        "$0.00", "$0.0004", "$12.50", "$1,234.50",
    ]  # fmt: skip
