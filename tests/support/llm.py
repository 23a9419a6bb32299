"""An analyst with the simulated endpoint behind it, as tests of the language model need it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from stream_service.analysis.analyst import Feedback, Judged, Reading
from stream_service.analysis.llm.analyst import LlmAnalyst, ReadingPolicy
from stream_service.analysis.llm.building import LlmOptions, llm_analyst
from stream_service.analysis.llm.chain.building import ChainPolicy
from stream_service.analysis.llm.chain.cache import MemoryStore
from stream_service.analysis.llm.chain.outage import ProbePolicy
from stream_service.analysis.llm.chain.retry import CallRetryPolicy
from stream_service.analysis.llm.client.endpoint import Endpoint
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.prices import PriceTable
from stream_service.contracts.analysis import Category
from stream_service.devkit.llm_simulator import LlmSimulator
from stream_service.llm_settings import guidance_of
from stream_service.observe.llm_log import LoggingLlmObserver
from stream_service.playbook import load_playbook

GUIDANCE = guidance_of(load_playbook())
COMPLAINT = Feedback(text="The parcel arrived late and broken, very disappointing.")
PRAISE_ZH = Feedback(text="客服态度很好，物流也快，非常满意！")


@dataclass
class Local:
    """An analyst that needs no model; it says what it was asked."""

    confidence: float = 0.8
    asked: list[str] = field(default_factory=list[str])

    async def read(self, feedback: Feedback) -> Reading:
        self.asked.append(feedback.text)
        category = Judged(value=Category.COMPLAINT, confidence=self.confidence)
        return Reading(analyst="local", model="scripted", category=category)

    async def aclose(self) -> None:
        pass


@dataclass
class Switch:
    """Remembers whether the intake is paused, and how many it may have under way."""

    is_paused: bool = False
    pauses: int = 0
    most: int | None = None

    def pause(self) -> None:
        self.is_paused, self.pauses = True, self.pauses + 1

    def resume(self) -> None:
        self.is_paused = False

    def bound(self, most: int) -> None:
        self.most = most


def options_for(simulator: LlmSimulator, *, cached: bool = False) -> LlmOptions:
    quick = CallRetryPolicy(first_delay_s=0.01, max_delay_s=0.05)
    return LlmOptions(
        endpoint=Endpoint(model="gpt-4.1-mini", base_url=simulator.base_url),
        reading=ReadingPolicy(model="gpt-4.1-mini", deadline_s=10, second_opinion=False),
        chain=ChainPolicy(retry=quick),
        probing=ProbePolicy(first_s=0.05, most_s=0.1, unusable_s=0.1),
        call_timeout_s=5,
        prices=PriceTable.load(None),
        new_store=(lambda: MemoryStore(max_bytes=100_000, ttl_s=60)) if cached else None,
    )


@asynccontextmanager
async def analyst_of(
    options: LlmOptions,
    local: Local | None = None,
    intake: Switch | None = None,
    observer: LlmObserver | None = None,
) -> AsyncGenerator[LlmAnalyst]:
    async with llm_analyst(
        options,
        GUIDANCE,
        local or Local(),
        intake=intake or Switch(),
        observer=observer or LoggingLlmObserver(),
    ) as analyst:
        yield analyst
