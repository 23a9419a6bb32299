"""What many pages show alike is read once for all of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Read(Generic[Value]):
    value: Value
    at: float


class SharedReading(Generic[Value]):
    """A value that is read when somebody asks, and then holds for a while.

    However many ask, it is read once in that time; while nobody asks, never.
    """

    def __init__(self, load: Callable[[], Awaitable[Value]], *, holds_s: float) -> None:
        self._load = load
        self._holds_s = holds_s
        self._reading = asyncio.Lock()
        self._read: _Read[Value] | None = None

    async def get(self) -> Value:
        """The value, at most ``holds_s`` old. Raises what reading it raises."""
        async with self._reading:
            read = self._read
            if read is None or time.monotonic() - read.at >= self._holds_s:
                read = self._read = _Read(await self._load(), time.monotonic())
            return read.value


class SharedReadings:
    """Readings and other things by name; names are fixed words of the pages: they are few."""

    def __init__(self) -> None:
        self._readings: dict[str, SharedReading[Any]] = {}
        self._kept: dict[str, Any] = {}

    def kept(self, name: str, make: Callable[[], Value]) -> Value:
        """The thing of that name, which the first who asks for it makes."""
        if name not in self._kept:
            self._kept[name] = make()
        return cast(Value, self._kept[name])

    def reading(
        self, name: str, load: Callable[[], Awaitable[Value]], *, holds_s: float
    ) -> SharedReading[Value]:
        """The reading of that name, which the first who asks for it begins."""
        if name not in self._readings:
            self._readings[name] = SharedReading(load, holds_s=holds_s)
        return cast(SharedReading[Value], self._readings[name])
