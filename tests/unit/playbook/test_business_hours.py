"""When reviews are due, by the hours of work."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from stream_service.contracts.review import Priority
from stream_service.playbook import PlaybookError, load_playbook, read_playbook

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
BERLIN = '[review.business_hours]\ntime_zone = "Europe/Berlin"\n'


def due(hours: str, priority: Priority, judged_at: str) -> str:
    """``judged_at`` and the result as local times of ``hours``' zone where they have an offset."""
    playbook = read_playbook(f"{DEFAULT}\n{hours}", "mine")
    found = playbook.due_at(priority, datetime.fromisoformat(judged_at))
    assert found.utcoffset() == timedelta()
    return found.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("judged_at", "expected"),
    [
        # Priority high: eight hours; open from nine to five; Berlin is an hour ahead in winter.
        ("2026-03-02T09:00:00+01:00", "2026-03-02 16:00"),
        ("2026-03-02T13:00:00+01:00", "2026-03-03 12:00"),
        ("2026-03-02T03:00:00+01:00", "2026-03-02 16:00"),
        ("2026-03-02T22:00:00+01:00", "2026-03-03 16:00"),
        # Friday afternoon goes on on Monday.
        ("2026-03-06T16:00:00+01:00", "2026-03-09 15:00"),
        ("2026-03-07T12:00:00+01:00", "2026-03-09 16:00"),
        # The clocks go forward on Sunday, 29 March.
        ("2026-03-27T16:00:00+01:00", "2026-03-30 14:00"),
    ],
)
def test_only_hours_of_work_count(judged_at: str, expected: str) -> None:
    assert due(BERLIN, Priority.HIGH, judged_at) == expected


def test_a_change_of_the_clocks_inside_the_hours_of_work_is_an_hour_less() -> None:
    hours = BERLIN + 'days = ["sunday", "monday"]\nopens = 00:00:00\ncloses = 09:00:00\n'
    # Sunday from 00:00 to 09:00 has eight hours that night.
    assert due(hours, Priority.HIGH, "2026-03-29T00:00:00+01:00") == "2026-03-29 07:00"


def test_the_zone_decides_which_day_it_is() -> None:
    shanghai = '[review.business_hours]\ntime_zone = "Asia/Shanghai"\n'
    # Sunday evening in UTC is Monday morning there.
    assert due(shanghai, Priority.HIGH, "2026-03-01T23:00:00+00:00") == "2026-03-02 09:00"


def test_holidays_do_not_count() -> None:
    hours = BERLIN + "holidays = [2026-03-03]\n"
    assert due(hours, Priority.HIGH, "2026-03-02T13:00:00+01:00") == "2026-03-04 12:00"


def test_a_weekend_that_is_worked_for_a_long_holiday_counts() -> None:
    """China's Spring Festival of 2026: off from 15 to 23 February, at work on the 14th."""
    shanghai = (
        '[review.business_hours]\ntime_zone = "Asia/Shanghai"\n'
        "holidays = [2026-02-16, 2026-02-17, 2026-02-18, 2026-02-19, 2026-02-20, 2026-02-23]\n"
    )
    friday = "2026-02-13T13:00:00+08:00"
    assert due(shanghai, Priority.HIGH, friday) == "2026-02-24 05:00"
    worked = shanghai + "working_days = [2026-02-14, 2026-02-28]\n"
    assert due(worked, Priority.HIGH, friday) == "2026-02-14 05:00"


def test_what_is_urgent_waits_for_nobodys_morning() -> None:
    assert due(BERLIN, Priority.URGENT, "2026-03-07T22:00:00+01:00") == "2026-03-07 23:00"


def test_days_without_end_end() -> None:
    hours = BERLIN + 'days = ["sunday"]\nopens = 09:00:00\ncloses = 09:01:00\n'
    assert due(hours, Priority.LOW, "2026-03-01T00:00:00+01:00") > "2035"


def test_without_hours_of_work_every_hour_counts() -> None:
    start = datetime(2026, 3, 7, 22, tzinfo=UTC)
    assert load_playbook().due_at(Priority.HIGH, start) == start + timedelta(hours=8)


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ('time_zone = "Berlin"', "review.business_hours.time_zone: unknown time zone Berlin"),
        ('time_zone = "UTC"\ndays = ["mon"]', "review.business_hours.days[0]"),
        ('time_zone = "UTC"\ndays = []', "review.business_hours.days"),
        ('time_zone = "UTC"\nopens = 18:00:00', "closes must be later than opens (18:00)"),
        (
            'time_zone = "UTC"\nholidays = [2026-02-14]\nworking_days = [2026-02-14]',
            "2026-02-14 is in holidays and in working_days",
        ),
        ('time_zone = "UTC"\nopen = 09:00:00', "review.business_hours.open: unknown entry"),
    ],
)
def test_a_mistake_is_named(hours: str, told: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        read_playbook(f"{DEFAULT}\n[review.business_hours]\n{hours}\n", "mine")
    assert told in str(refused.value)
