"""What happens during an outage: intake pauses, the endpoint is probed, all goes on after it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stream_service.analysis.llm.chain.breaker import Breaker, Outage
from stream_service.analysis.llm.chain.intake import IntakeControl
from stream_service.analysis.llm.errors import LlmError, NotAuthorised, Unusable
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.contracts.judgement import DegradedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePolicy:
    """How often the endpoint is asked whether it is back."""

    first_s: float = 1.0
    growth: float = 1.5
    most_s: float = 3.0
    """So that work goes on within 5 s of the recovery."""
    unusable_s: float = 30.0
    """An account or a key is mended by people; a probe a half minute bothers nobody."""


class OutageWatch:
    """The one task that ends outages."""

    def __init__(
        self,
        breaker: Breaker,
        probe: Callable[[], Awaitable[None]],
        intake: IntakeControl,
        observer: LlmObserver,
        policy: ProbePolicy | None = None,
    ) -> None:
        """``probe`` asks the endpoint something tiny; it raises LlmError while it is down."""
        self._breaker = breaker
        self._probe = probe
        self._intake = intake
        self._observer = observer
        self._policy = policy or ProbePolicy()

    async def run(self) -> None:
        """Watch until cancelled; the intake flows afterwards."""
        try:
            while True:
                outage = await self._breaker.wait_open()
                self._observer.outage_began(outage.reason, outage.error_kind)
                if self._breaker.patience_left_s > 0:
                    self._intake.pause()
                async with asyncio.TaskGroup() as tasks:
                    patience = tasks.create_task(self._resume_after_patience())
                    await self._until_back(outage)
                    patience.cancel()
                self._observer.outage_ended(self._breaker.close())
                self._intake.resume()
        finally:
            self._intake.resume()

    async def _resume_after_patience(self) -> None:
        # From then on events are judged without the model: they may come again.
        await asyncio.sleep(self._breaker.patience_left_s)
        self._intake.resume()

    async def _until_back(self, outage: Outage) -> None:
        if outage.until is not None:
            await asyncio.sleep(outage.until - outage.began)
            return
        pause_s = self._policy.first_s
        needs_people = outage.reason is DegradedReason.QUOTA or outage.error_kind in _NEED_PEOPLE
        # A 403 may be about one text: nobody waits half a minute to find that out.
        needs_people = needs_people and outage.error_kind != NotAuthorised.kind
        while True:
            await asyncio.sleep(self._policy.unusable_s if needs_people else pause_s)
            try:
                await self._probe()
            except LlmError as error:
                needs_people = isinstance(error, Unusable)
                pause_s = min(self._policy.most_s, pause_s * self._policy.growth)
            else:
                return


_NEED_PEOPLE = frozenset(cls.kind for cls in Unusable.__subclasses__())
