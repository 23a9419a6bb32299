"""Builds the parts from the settings: the judge above all."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from stream_service.analysis.local import LocalAnalyst
from stream_service.analysis.local.chinese_words import ChineseWords
from stream_service.graph import Context, GraphJudge
from stream_service.graph.measures.words import split_words
from stream_service.playbook import load_playbook
from stream_service.settings import Settings
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.outcome_publisher import DeliveryMode
from stream_service.streaming.retry import RetryPolicy


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
        drain_timeout_s=min(consumer.drain_timeout_s, consumer.session_timeout_s / 3),
        session_timeout_s=consumer.session_timeout_s,
        start_timeout_s=settings.kafka.start_timeout_s,
        retry=RetryPolicy(attempts=consumer.judge_attempts),
    )


@asynccontextmanager
async def graph_judge(settings: Settings) -> AsyncGenerator[GraphJudge]:
    """The judge that the settings describe; closed at the end of the block.

    Raises PlaybookError, LocalAnalystNotInstalled.
    """
    playbook = load_playbook(settings.playbook.path)
    analyst = await LocalAnalyst.start(encoder=settings.local.encoder)
    # The analyst has loaded the dictionary that this one shares.
    chinese = ChineseWords()

    def words(text: str, language: str) -> Sequence[str]:
        return chinese.split(text) if language == "zh" else split_words(text, language)

    judge = GraphJudge(
        Context(analyst=analyst, branch=analyst, playbook=playbook, split_words=words)
    )
    try:
        yield judge
    finally:
        judge.close()
        await analyst.aclose()
