"""Judges start as the loop's turns allow, however many may be under way."""

import asyncio
from collections.abc import Callable

from stream_service.streaming.judging.slots import JudgeSlots
from stream_service.streaming.judging.start_pace import MOST, TURN_S, StartPace


class Clock:
    """Each look at it is so many seconds after the one before."""

    def __init__(self, step_s: float) -> None:
        self.step_s = step_s
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


class Busy:
    """Judges that need the loop for so many turns before they wait for anybody."""

    def __init__(self, count: int, turns: int) -> None:
        self.ready = count
        self.turns = turns
        self.working = self.most_working = self.done = 0
        self.all_done = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def has_ready(self) -> bool:
        return self.ready > 0

    def start_next(self) -> None:
        self.ready -= 1
        self.tasks.add(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        for _ in range(self.turns):
            await asyncio.sleep(0)
        self.working -= 1
        self.done += 1
        if not self.ready and not self.working:
            self.all_done.set()


async def worked(clock: Callable[[], float], *, count: int, turns: int) -> Busy:
    slots = JudgeSlots(count, clock=clock)
    busy = Busy(count, turns)
    slots.offer(busy)
    async with asyncio.timeout(10):
        await busy.all_done.wait()
    await asyncio.gather(*busy.tasks)
    return busy


async def test_where_turns_are_long_only_so_many_are_at_work_as_the_loop_follows() -> None:
    busy = await worked(Clock(2 * TURN_S), count=2_000, turns=50)
    assert busy.done == 2_000
    # One a turn, each for 50 turns, and the few of the first turns.
    assert busy.most_working < 75


async def test_where_turns_are_short_all_start_within_a_few() -> None:
    busy = await worked(Clock(TURN_S / 100), count=2_000, turns=50)
    assert busy.done == 2_000
    assert busy.most_working == 2_000


async def test_no_turn_starts_more_than_the_most() -> None:
    refills: list[int] = []
    pace = StartPace(lambda: refills.append(1), clock=Clock(0.0))
    taken: list[int] = []
    for _ in range(12):
        number = 0
        while pace.take():
            number += 1
        taken.append(number)
        await asyncio.sleep(0)
    assert taken[-1] == MOST
    assert taken == sorted(taken)
    assert len(refills) == 12


async def test_a_pace_that_is_not_used_up_is_not_raised() -> None:
    refills: list[int] = []
    pace = StartPace(lambda: refills.append(1), clock=Clock(0.0))
    for _ in range(20):
        assert pace.take()
        await asyncio.sleep(0)
    number = 0
    while pace.take():
        number += 1
    assert number < 10
    assert not refills
