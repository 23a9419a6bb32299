"""When people are at work, and when a review is due if only these hours count."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stream_service.contracts.review import Priority

LONGEST_SEARCH_DAYS = 3_700
"""Ten years; due hours beyond that are a mistake in the file, and end there."""


class Day(StrEnum):
    """A day of the week, in the order of ``date.weekday``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Day)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"unknown time zone {name}; write it as Europe/Berlin or Asia/Shanghai, and install "
            "tzdata where the system has none"
        ) from None
    return name


def _without_offset(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("write it without an offset, as 09:00:00; time_zone says where")
    return moment


LocalTime = Annotated[time, AfterValidator(_without_offset)]
"""A time of the day where the reviewers are."""


class BusinessHours(BaseModel):
    """The hours in which reviews are worked on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: Annotated[str, AfterValidator(_known_zone)]
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = _DAYS[:5]
    opens: LocalTime = time(9)
    closes: LocalTime = time(17)
    """Of the same day; later than ``opens``."""
    holidays: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    """Days of work beside ``days``: Saturdays and Sundays that are worked for a long holiday, as
    in China (调休)."""
    around_the_clock: tuple[Priority, ...] = (Priority.URGENT,)
    """Priorities that wait for nobody's morning."""

    @model_validator(mode="after")
    def _open_before_closed(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(
                f"closes must be later than opens ({self.opens:%H:%M}) on the same day"
            )
        if both := sorted({*self.holidays} & {*self.working_days}):
            raise ValueError(f"{both[0]} is in holidays and in working_days; take it out of one")
        return self

    def after(self, start: datetime, hours: timedelta) -> datetime:
        """Return when ``hours`` of business have passed since ``start``; in UTC."""
        zone, left = ZoneInfo(self.time_zone), hours
        day = start.astimezone(zone).date()
        for _ in range(LONGEST_SEARCH_DAYS):
            if self._is_worked(day):
                # Through UTC: between two local times a change of the clocks may lie.
                opens = datetime.combine(day, self.opens, zone).astimezone(UTC)
                closes = datetime.combine(day, self.closes, zone).astimezone(UTC)
                begins = max(opens, start.astimezone(UTC))
                if begins + left <= closes:
                    return begins + left
                left -= max(timedelta(), closes - begins)
            day += timedelta(days=1)
        return start.astimezone(UTC) + timedelta(days=LONGEST_SEARCH_DAYS)

    def _is_worked(self, day: date) -> bool:
        if day in self.working_days:
            return True
        return _DAYS[day.weekday()] in self.days and day not in self.holidays
