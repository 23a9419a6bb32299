"""A clock that jumps: what a process sees when its machine's time is set anew under it.

The process's own time is changed, not the machine's: ``time.time``, ``datetime.now`` where our
code takes it from, and the timestamps that the Kafka client gives to records.
"""

import datetime as datetime_module
import sys
import time
from collections.abc import Iterable
from typing import Any, cast

from aiokafka import AIOKafkaProducer

_real_time = time.time
_RealDatetime = datetime_module.datetime


class JumpingClock:
    """The process's wall clock, so many seconds off."""

    def __init__(self, jumps_s: Iterable[float]) -> None:
        self._jumps = iter(jumps_s)
        self.offset_s = 0.0

    def jump(self) -> None:
        """Jump to the next offset; after the last one the clock is right again."""
        self.offset_s = next(self._jumps, 0.0)

    def now(self) -> float:
        return _real_time() + self.offset_s

    def install(self) -> None:
        """Make it the clock of this process."""
        clock = self

        class JumpingDatetime(_RealDatetime):
            @classmethod
            def now(cls, tz: datetime_module.tzinfo | None = None) -> Any:
                return _RealDatetime.fromtimestamp(clock.now(), tz)

        time.time = self.now
        for name, module in tuple(sys.modules.items()):
            ours = name.startswith(("stream_service.", "tests."))
            if ours and getattr(module, "datetime", None) is _RealDatetime:
                vars(module)["datetime"] = JumpingDatetime
        producer_class = cast(Any, AIOKafkaProducer)
        send = producer_class.send

        async def send_at(producer: Any, topic: str, **fields: Any) -> Any:
            fields.setdefault("timestamp_ms", round(clock.now() * 1000))
            return await send(producer, topic, **fields)

        producer_class.send = send_at
