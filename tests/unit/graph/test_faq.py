"""Which FAQ entry answers a question, and who says so."""

from dataclasses import replace

import pytest

from stream_service.contracts.analysis import Category
from stream_service.contracts.reply import Reply
from tests.unit.graph.scripted import (
    ScriptedMatcher,
    event,
    judge_of,
    reading,
    reply_to,
    verdict_on,
)

ASKED = event("Where do I get the bill for the company?")
LOCAL = replace(reading(Category.QUESTION), analyst="local")
MODEL = reading(Category.QUESTION)


@pytest.mark.parametrize(
    ("confidence", "strategy"), [(0.7, "answer_faq_entry"), (0.5, "answer_from_faq")]
)
async def test_the_likest_entry_answers_from_the_playbook_s_likeness_on(
    confidence: float, strategy: str
) -> None:
    judge = judge_of(LOCAL, matcher=ScriptedMatcher("invoice", confidence))
    reply = await reply_to(judge, ASKED)
    assert (reply.analysis.faq, reply.analysis.confidence.faq) == ("invoice", confidence)
    assert reply.strategy == strategy


async def test_a_model_that_names_no_entry_is_believed_without_another_look() -> None:
    matcher = ScriptedMatcher("invoice", 0.9)
    verdict = await verdict_on(judge_of(MODEL, matcher=matcher), ASKED)
    assert verdict.analysis.faq is None
    assert matcher.asked == 0


async def test_model_and_likeness_agree_and_are_surer_together() -> None:
    matcher = ScriptedMatcher("invoice", 0.3)
    verdict = await verdict_on(judge_of(replace(MODEL, faq="invoice"), matcher=matcher), ASKED)
    assert verdict.analysis.faq == "invoice"
    assert verdict.analysis.confidence.faq == pytest.approx(0.65)
    assert isinstance(verdict, Reply)
    assert verdict.strategy == "answer_faq_entry"


async def test_an_entry_that_only_the_model_names_answers_nothing() -> None:
    matcher = ScriptedMatcher("forgotten_password", 0.9)
    verdict = await verdict_on(judge_of(replace(MODEL, faq="invoice"), matcher=matcher), ASKED)
    assert verdict.analysis.faq is None
