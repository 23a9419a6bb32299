"""How sure an intent is that a model names, and what is answered by it."""

from dataclasses import dataclass, replace
from importlib.resources import files

import pytest

from stream_service.analysis.analyst import AnalystFailed, Judged, Reading, Similar
from stream_service.contracts.analysis import Category
from stream_service.playbook import read_playbook
from tests.unit.graph.scripted import ScriptedBranch, event, judge_of, reading, reply_to

ASKED = event("How do I collect my points?")
DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
WITH_LOYALTY = read_playbook(
    DEFAULT
    + """
[intents.loyalty]
label = { en = "loyalty points", zh = "积分" }
[intents.loyalty.examples]
en = ["How do I collect points?"]
[intents.loyalty.answer]
en = "Points are collected by themselves."
zh = "积分会自动累积。"
""",
    "test",
)


def naming(intent: str) -> Reading:
    """A model's reading: it names an intent, and never how sure it is."""
    return replace(reading(Category.QUESTION), intent=Judged(value=intent))


@dataclass
class ExampleMatcher:
    """Finds every question like an example of one intent, or fails."""

    likest: Judged[str] | None

    async def similar(self, text: str) -> Similar:
        if self.likest is None:
            raise AnalystFailed("scripted to fail")
        return Similar(intent=self.likest)


async def test_an_intent_that_the_local_analyst_names_too_is_answered() -> None:
    judge = judge_of(naming("delivery"), branch=ScriptedBranch(purpose="delivery"))
    reply = await reply_to(judge, event("Where is my order 12345?"))
    assert reply.strategy == "answer_from_faq"
    assert "My orders" in reply.text
    assert reply.analysis.confidence.intent == pytest.approx(0.9)


async def test_an_intent_that_only_the_model_names_is_asked_back() -> None:
    judge = judge_of(naming("Refund"), branch=ScriptedBranch(purpose="delivery"))
    reply = await reply_to(judge, event("Where is my order 12345?"))
    assert reply.strategy == "ask_back"
    assert reply.analysis.intent == "refund"
    assert reply.analysis.confidence.intent == pytest.approx(0.1)


async def test_an_intent_that_nobody_can_second_stands_and_is_asked_back() -> None:
    judge = judge_of(naming("refund"), branch=ScriptedBranch(purpose=None))
    reply = await reply_to(judge, event("Where is my order 12345?"))
    assert (reply.analysis.intent, reply.analysis.confidence.intent) == ("refund", None)
    assert reply.strategy == "ask_back"


@pytest.mark.parametrize(
    ("likest", "strategy", "sure"),
    [
        (Judged(value="loyalty", confidence=0.4), "answer_from_faq", 0.7),
        (Judged(value="loyalty", confidence=0.1), "ask_back", 0.1),
        (Judged(value="membership", confidence=0.9), "ask_back", 0.1),
        (None, "ask_back", 0.1),
    ],
)
async def test_a_playbook_s_own_intent_is_seconded_by_its_examples(
    likest: Judged[str] | None, strategy: str, sure: float
) -> None:
    judge = judge_of(
        naming("loyalty"),
        branch=ScriptedBranch(purpose="account"),
        playbook=WITH_LOYALTY,
        matcher=ExampleMatcher(likest),
    )
    reply = await reply_to(judge, ASKED)
    assert reply.analysis.intent == "loyalty"
    assert (reply.strategy, reply.analysis.confidence.intent) == (strategy, pytest.approx(sure))


async def test_an_intent_of_known_certainty_is_not_asked_for_again() -> None:
    branch = ScriptedBranch(purpose="delivery")
    known = replace(reading(Category.QUESTION), intent=Judged(value="refund", confidence=0.9))
    reply = await reply_to(judge_of(known, branch=branch), ASKED)
    assert "intent" not in branch.asked
    assert reply.analysis.confidence.intent == 0.9
