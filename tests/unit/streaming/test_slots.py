"""The global limit: never exceeded, and shared fairly."""

from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.judging.slots import JudgeSlots


class Session:
    def __init__(self, name: str, ready: int, started: list[str]) -> None:
        self.name, self.ready, self.started = name, ready, started

    @property
    def has_ready(self) -> bool:
        return self.ready > 0

    def start_next(self) -> None:
        self.ready -= 1
        self.started.append(self.name)


async def test_the_limit_holds_and_a_free_slot_is_used() -> None:
    started: list[str] = []
    slots = JudgeSlots(2)
    slots.offer(Session("a", 5, started))
    assert started == ["a", "a"]
    slots.release()
    assert started == ["a", "a", "a"]
    assert slots.running == 2


async def test_an_intake_bounds_what_is_under_way() -> None:
    started: list[str] = []
    intake = Intake()
    slots = JudgeSlots(6, intake=intake)
    intake.bound(2)
    slots.offer(Session("a", 9, started))
    assert slots.running == 2
    intake.bound(4)
    assert slots.running == 4
    intake.bound(3)
    slots.release()
    slots.release()
    assert slots.running == 3
    intake.bound(100)
    assert slots.running == 6, "its own limit holds all the same"


async def test_a_flooded_session_does_not_starve_another() -> None:
    started: list[str] = []
    slots = JudgeSlots(1)
    slots.offer(Session("flooded", 1_000, started))
    slots.offer(Session("quiet", 2, started))
    for _ in range(4):
        slots.release()
    assert started == ["flooded", "flooded", "quiet", "flooded", "quiet"]


async def test_a_withdrawn_session_starts_nothing_more() -> None:
    started: list[str] = []
    slots = JudgeSlots(1)
    session = Session("a", 5, started)
    slots.offer(session)
    slots.withdraw(session)
    slots.release()
    assert started == ["a"]
    assert slots.running == 0
