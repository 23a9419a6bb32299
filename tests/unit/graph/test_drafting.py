"""When a reply is worded by a call of its own."""

from dataclasses import dataclass, field, replace

import pytest

from stream_service.analysis.analyst import Commission, Draft, Judged, Reading
from stream_service.contracts.analysis import PROMPT_ECHO, Category
from stream_service.contracts.judgement import DegradedReason, ModelUsage
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem, ReviewReason
from tests.unit.graph.scripted import READING, event, judge_of, verdict_on

TEXT = "We are sorry that your order is late, and we will find out where it is."
OWN = "We are sorry to hear that, and we will look into it for you."
ONE_CALL = ModelUsage(calls=1, input_tokens=10, output_tokens=5, cost_usd=0.25)
BY_MODEL = replace(READING, usage=ONE_CALL)


@dataclass
class ScriptedDrafter:
    """Drafts one text, or None."""

    answer: Draft = field(default_factory=lambda: Draft(text=TEXT, usage=ONE_CALL))
    asked: list[Commission] = field(default_factory=list[Commission])

    async def draft(self, commission: Commission) -> Draft:
        self.asked.append(commission)
        return self.answer


async def test_what_the_playbook_overruled_is_worded_anew_and_paid_for_together() -> None:
    drafter = ScriptedDrafter()
    overruled = replace(BY_MODEL, suggested_strategy="thank", draft=OWN)
    reply = await verdict_on(judge_of(overruled, drafter=drafter), event())
    assert isinstance(reply, Reply)
    assert reply.text == TEXT
    assert [one.strategy for one in drafter.asked] == [reply.strategy]
    assert "order number" in drafter.asked[0].pattern
    assert reply.provenance.usage == ModelUsage(
        calls=2, input_tokens=20, output_tokens=10, cost_usd=0.5
    )


async def test_unknown_usage_of_either_call_is_unknown_of_both() -> None:
    drafter = ScriptedDrafter(Draft(text=TEXT, usage=ModelUsage(calls=1)))
    reply = await verdict_on(judge_of(BY_MODEL, drafter=drafter), event())
    assert reply.provenance.usage == ModelUsage(calls=2)


async def test_the_models_own_draft_of_the_chosen_strategy_is_kept() -> None:
    drafter = ScriptedDrafter()
    agreed = replace(BY_MODEL, suggested_strategy="apologise", draft=OWN)
    reply = await verdict_on(judge_of(agreed, drafter=drafter), event())
    assert isinstance(reply, Reply)
    assert (reply.text, drafter.asked) == (OWN, [])


async def test_without_a_draft_the_playbooks_wording_stands() -> None:
    drafter = ScriptedDrafter(Draft(text=None))
    without = await verdict_on(judge_of(BY_MODEL), event())
    reply = await verdict_on(judge_of(BY_MODEL, drafter=drafter), event())
    assert isinstance(reply, Reply) and isinstance(without, Reply)
    assert len(drafter.asked) == 1
    assert reply.text == without.text


@pytest.mark.parametrize(
    "reading",
    [
        replace(BY_MODEL, analyst="local"),
        replace(BY_MODEL, degraded_reason=DegradedReason.TIMEOUT),
        replace(BY_MODEL, category=Judged(value=Category.OTHER)),
        replace(BY_MODEL, category=Judged(value=Category.QUESTION, confidence=0.95)),
        replace(BY_MODEL, notes=(PROMPT_ECHO,)),
    ],
    ids=["local", "degraded", "other", "question", "echo"],
)
async def test_nobody_is_asked_where_no_draft_of_a_model_may_stand(reading: Reading) -> None:
    drafter = ScriptedDrafter()
    await verdict_on(judge_of(reading, drafter=drafter), event())
    assert drafter.asked == []


async def test_a_draft_that_told_the_prompt_goes_to_a_person() -> None:
    drafter = ScriptedDrafter(Draft(text=None, notes=(PROMPT_ECHO,)))
    item = await verdict_on(judge_of(BY_MODEL, drafter=drafter), event())
    assert isinstance(item, ReviewItem)
    assert item.reasons == (ReviewReason.PROMPT_INJECTION,)
