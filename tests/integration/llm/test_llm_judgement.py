"""What the simulated model says beside what the text itself says, through the whole graph."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from pydantic import JsonValue

from stream_service.analysis.local import LocalAnalyst
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem, ReviewReason
from stream_service.contracts.verdict import Verdict
from stream_service.devkit.llm_simulator import Behaviour, LlmSimulator
from stream_service.graph import Context, GraphJudge
from stream_service.known_questions import known_questions
from tests.support.llm import analyst_of, options_for
from tests.unit.graph.scripted import PLAYBOOK, ScriptedBranch, event, verdict_on


@asynccontextmanager
async def local_analyst() -> AsyncGenerator[LocalAnalyst]:
    local = await LocalAnalyst.start(workers=1)
    try:
        await local.learn(known_questions(PLAYBOOK))
        yield local
    finally:
        await local.aclose()


async def verdict_of(text: str, **answer: JsonValue) -> Verdict:
    behaviour = Behaviour(certainty=0.99, overrides=answer)
    async with (
        LlmSimulator.start(behaviour) as simulator,
        analyst_of(options_for(simulator)) as analyst,
        local_analyst() as local,
    ):
        judge = GraphJudge(Context(analyst=analyst, branch=local, matcher=local, playbook=PLAYBOOK))
        return await verdict_on(judge, event(text))


@pytest.mark.parametrize(
    ("text", "intent", "answer"),
    [
        ("Where is my order 12345?", "delivery", "“My orders”"),
        ("怎么取消我昨天下的订单？", "cancellation", "“我的订单”"),
        ("How do I return a jacket that I ordered last week?", "refund", "start a return"),
    ],
)
async def test_an_intent_of_which_the_model_is_sure_is_answered(
    text: str, intent: str, answer: str
) -> None:
    verdict = await verdict_of(text, category="question", intent=intent)
    assert isinstance(verdict, Reply), verdict
    assert verdict.provenance.analyst == "llm"
    assert verdict.strategy == "answer_from_faq"
    assert answer in verdict.text


async def test_whoever_tells_how_sure_it_is_of_an_intent_is_believed_at_once() -> None:
    """To ask the local analyst too would take ten times the CPU of all else."""
    behaviour = Behaviour(certainty=0.99, overrides={"category": "question", "intent": "delivery"})
    branch = ScriptedBranch()
    async with (
        LlmSimulator.start(behaviour) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        judge = GraphJudge(Context(analyst=analyst, branch=branch, matcher=None, playbook=PLAYBOOK))
        verdict = await verdict_on(judge, event("Where is my order 12345?"))
    assert isinstance(verdict, Reply), verdict
    assert verdict.strategy == "answer_from_faq"
    assert "intent" not in branch.asked


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("El producto llegó roto y nadie me responde, estoy muy decepcionado.", "en"),
        ("¿Cómo puedo devolver un producto que compré la semana pasada?", "en"),
        ("怎么退货？我买的衣服不合适。", "en"),
        ("The parcel arrived late and broken, very disappointing.", "zh"),
        ("対応最悪", "zh"),
    ],
)
async def test_a_model_that_errs_in_the_language_writes_to_nobody(text: str, language: str) -> None:
    verdict = await verdict_of(text, language=language, draft="We are sorry to hear that.")
    assert isinstance(verdict, ReviewItem), verdict
    assert ReviewReason.UNSUPPORTED_LANGUAGE in verdict.reasons
    assert "language_disputed" in verdict.analysis.notes
    assert verdict.action_request.args.text == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Terrible", "en"),
        ("Too late and broken", "en"),
        ("太差了", "zh"),
        ("物流很慢", "zh"),
        ("呢個餐廳嘅服務好差", "yue"),
    ],
)
async def test_a_model_that_names_the_true_language_is_believed(text: str, language: str) -> None:
    verdict = await verdict_of(text, language=language)
    assert verdict.analysis.language == language
    assert "language_disputed" not in verdict.analysis.notes
