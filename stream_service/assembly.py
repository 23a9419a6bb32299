"""Builds the parts from the settings: the judge above all."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from pathlib import Path
from typing import TYPE_CHECKING

from stream_service.analysis.analyst import AnalystFailed
from stream_service.analysis.llm.chain.intake import IntakeControl, NoIntake
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.local import LocalAnalyst
from stream_service.analysis.local.words.chinese_words import ChineseWords
from stream_service.graph import Context, GraphJudge
from stream_service.graph.enrichment import CustomerDirectory
from stream_service.graph.measures.words import WordSplitter, split_words
from stream_service.known_questions import known_questions
from stream_service.observe.judge_observation import JudgeObservation
from stream_service.observe.llm_log import LoggingLlmObserver
from stream_service.observe.llm_observers import LlmObservers
from stream_service.observe.logs import logger
from stream_service.playbook import Playbook, load_playbook
from stream_service.playbook.errors import PlaybookError
from stream_service.playbook.watching import PlaybookWatch
from stream_service.settings import Settings
from stream_service.settings.groups import EnrichmentSettings
from stream_service.streaming.judging.retry import RetryPolicy
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.publishing.outcome_publisher import DeliveryMode

if TYPE_CHECKING:
    from stream_service.analysis.llm.analyst import LlmAnalyst


def limits_of(settings: Settings) -> StreamLimits:
    """How much the engine takes on at once."""
    consumer = settings.consumer
    return StreamLimits(
        delivery=DeliveryMode(consumer.delivery),
        in_flight=consumer.in_flight,
        window_events=consumer.window_events,
        window_bytes=consumer.window_bytes,
        duplicate_offsets=consumer.duplicate_offsets,
        commit_interval_s=consumer.commit_interval_s,
        drain_timeout_s=consumer.drain_s,
        session_timeout_s=consumer.session_timeout_s,
        start_timeout_s=settings.kafka.start_timeout_s,
        retry=RetryPolicy(attempts=consumer.judge_attempts),
    )


@asynccontextmanager
async def graph_judge(
    settings: Settings,
    intake: IntakeControl | None = None,
    observation: JudgeObservation | None = None,
) -> AsyncGenerator[GraphJudge]:
    """The judge that the settings describe; closed at the end of the block.

    ``intake`` is paused while the language model is away; ``observation`` watches the parts.
    Raises PlaybookError, AnalystFailed, PriceTableInvalid, LlmSettingsInvalid.
    """
    playbook = load_playbook(settings.playbook.path)
    observation = observation or JudgeObservation()
    async with AsyncExitStack() as stack:
        local = await LocalAnalyst.start(
            encoder=settings.local.encoder, quick_is_sure=settings.local.cascade_sure_from
        )
        stack.push_async_callback(local.aclose)
        observation.watch_queue("local-analyst", lambda: local.jobs)
        await local.learn(known_questions(playbook))
        llm: LlmAnalyst | None = None
        if settings.llm.is_asked:
            llm = await stack.enter_async_context(
                _llm_analyst(settings, playbook, local, intake or NoIntake(), observation)
            )
        context = Context(
            analyst=llm or local,
            branch=local,
            matcher=local,
            drafter=llm,
            playbook=playbook,
            directory=await _directory(settings.enrichment, stack),
            # Beyond the directory's own time-out, which tells the circuit.
            enrichment_timeout_s=settings.enrichment.timeout_s + 1.0,
            split_words=_word_splitter(),
            observer=observation.nodes,
        )
        observation.watch_queue("graph-cpu", lambda: context.pool.handed_over)
        judge = GraphJudge(context, langsmith_tracing=settings.llm.langsmith_tracing)
        stack.callback(judge.close)
        path, interval_s = settings.playbook.path, settings.playbook.reload_interval_s
        if path is not None and interval_s:
            await stack.enter_async_context(_watched(path, interval_s, judge, local, llm))
        yield judge


@asynccontextmanager
async def _watched(
    path: Path,
    interval_s: float,
    judge: GraphJudge,
    local: LocalAnalyst,
    llm: "LlmAnalyst | None",
) -> AsyncGenerator[None]:
    log = logger()

    async def changed(playbook: Playbook) -> None:
        try:
            await local.learn(known_questions(playbook))
        except AnalystFailed as error:
            # Nothing has changed yet; the next version of the file may be better.
            log.exception("playbook_refused", source=str(path), faults=(str(error),))
            return
        if llm is not None:
            from stream_service.llm_settings import guidance_of

            llm.use(guidance_of(playbook))
        judge.use(playbook)
        log.info("playbook_changed", version=playbook.version)

    def refused(error: PlaybookError) -> None:
        log.error("playbook_refused", source=error.source, faults=error.faults)

    watch = PlaybookWatch(path, interval_s=interval_s, changed=changed, refused=refused)
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _directory(
    enrichment: EnrichmentSettings, stack: AsyncExitStack
) -> CustomerDirectory | None:
    if enrichment.url is None:
        return None
    # Only here: its client takes a while to import.
    from stream_service.graph.customers import HttpCustomerDirectory, LookupOptions

    options = LookupOptions(
        url=enrichment.url,
        headers={name: value.get_secret_value() for name, value in enrichment.headers.items()},
        timeout_s=enrichment.timeout_s,
        at_once=enrichment.in_flight,
        cache_entries=enrichment.cache_entries,
        cache_ttl_s=enrichment.cache_ttl_s,
        circuit_failures=enrichment.circuit_failures,
        circuit_open_s=enrichment.circuit_open_s,
        tier_field=enrichment.tier_field,
        open_orders_field=enrichment.open_orders_field,
    )
    return await stack.enter_async_context(HttpCustomerDirectory.start(options))


def _llm_analyst(
    settings: Settings,
    playbook: Playbook,
    local: LocalAnalyst,
    intake: IntakeControl,
    observation: JudgeObservation,
) -> AbstractAsyncContextManager["LlmAnalyst"]:
    # Only here: the client takes a second to import, and most first steps need no model.
    from stream_service.analysis.llm.building import llm_analyst
    from stream_service.llm_settings import guidance_of, llm_options

    options = llm_options(settings.llm)
    endpoint = options.endpoint
    observers: list[LlmObserver] = [LoggingLlmObserver()]
    observers += [
        new_observer(provider=endpoint.provider, model=endpoint.model, prices=options.prices)
        for new_observer in observation.llm
    ]
    return llm_analyst(
        options,
        guidance_of(playbook),
        local,
        intake=intake,
        observer=LlmObservers(observers),
    )


def _word_splitter() -> WordSplitter:
    # The analyst has loaded the dictionary that this one shares.
    chinese = ChineseWords()

    def words(text: str, language: str) -> Sequence[str]:
        return chinese.split(text) if language == "zh" else split_words(text, language)

    return words
