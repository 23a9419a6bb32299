"""The language model's analyst, put together and closed again."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from langsmith.run_helpers import tracing_context  # pyright: ignore[reportUnknownVariableType]

from stream_service.analysis.analyst import Analyst
from stream_service.analysis.llm.analyst import LlmAnalyst, ReadingPolicy
from stream_service.analysis.llm.chain.breaker import Breaker, BreakerPolicy
from stream_service.analysis.llm.chain.building import ChainPolicy, build_chain
from stream_service.analysis.llm.chain.cache import AnswerStore
from stream_service.analysis.llm.chain.call import EndpointCall
from stream_service.analysis.llm.chain.intake import IntakeControl
from stream_service.analysis.llm.chain.outage import OutageWatch, ProbePolicy
from stream_service.analysis.llm.client.abilities import Abilities, AnswerFormat
from stream_service.analysis.llm.client.client import LlmClient
from stream_service.analysis.llm.client.endpoint import Endpoint
from stream_service.analysis.llm.errors import (
    AnswerTooLarge,
    Declined,
    InvalidAnswer,
    RequestRefused,
)
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.prompting.guidance import Guidance

PROBE_TIMEOUT_S = 10.0
"""An endpoint that takes longer for one word is not back yet."""

_PROBE_TOKENS = 16
"""The least that every endpoint accepts as a cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmOptions:
    """Everything about the language model that a user may set."""

    endpoint: Endpoint
    reading: ReadingPolicy
    chain: ChainPolicy = field(default_factory=ChainPolicy)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    probing: ProbePolicy = field(default_factory=ProbePolicy)
    answer_format: AnswerFormat | None = None
    """None begins with the surest and finds out."""
    call_timeout_s: float = 30.0
    prices: PriceTable
    new_store: Callable[[], AnswerStore] | None = None
    """Makes the cache; None for no cache."""


@asynccontextmanager
async def llm_analyst(
    options: LlmOptions,
    guidance: Guidance,
    local: Analyst,
    *,
    intake: IntakeControl,
    observer: LlmObserver,
) -> AsyncGenerator[LlmAnalyst]:
    """The analyst, with the task that watches over outages; both end with the block."""
    async with AsyncExitStack() as stack:
        client = LlmClient(options.endpoint)
        stack.push_async_callback(client.aclose)
        store = options.new_store() if options.new_store else None
        if store is not None:
            stack.push_async_callback(store.aclose)
        breaker = Breaker(options.breaker)
        abilities = Abilities.assumed(
            is_openai=options.endpoint.is_openai, answer_format=options.answer_format
        )
        call = EndpointCall(
            client,
            abilities,
            model=options.endpoint.model,
            timeout_s=options.call_timeout_s,
            observer=observer,
        )

        async def probe() -> None:
            cap = {call.abilities.cap: _PROBE_TOKENS} if call.abilities.cap else {}
            # An answer that is cut, odd or endless is one all the same: the endpoint is back.
            with suppress(InvalidAnswer, AnswerTooLarge, Declined, RequestRefused):
                await client.complete((("user", "Say OK."),), cap, timeout_s=PROBE_TIMEOUT_S)

        watch = OutageWatch(breaker, probe, intake, observer, options.probing)
        # The task keeps its context: a probe belongs to no event and is traced nowhere.
        with tracing_context(enabled=False):
            task = asyncio.create_task(watch.run(), name="language-model-outages")
        stack.push_async_callback(_end, task)
        ask = build_chain(
            call,
            model=options.endpoint.model,
            policy=options.chain,
            breaker=breaker,
            prices=options.prices,
            store=store,
            intake=intake,
            observer=observer,
        )
        yield LlmAnalyst(
            ask, guidance, local, options.reading, prices=options.prices, observer=observer
        )


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
