"""What the breaker takes for a question's own fault, and how long events wait for an endpoint that
answers nothing but probes."""

import asyncio

import pytest

from stream_service.analysis.llm.chain.breaker import (
    BehindBreaker,
    Breaker,
    BreakerGate,
    BreakerPolicy,
)
from stream_service.analysis.llm.errors import (
    NotAuthorised,
    OutageLasts,
    QuotaExhausted,
    RequestRefused,
    ServerFailed,
    UnknownModel,
    Unusable,
)
from stream_service.contracts.judgement import DegradedReason
from tests.support.waiting import until
from tests.unit.analysis.llm.asking import ANSWER, Scripted, question, run_of

QUOTA = QuotaExhausted("status 429")


async def test_a_quota_that_only_probes_fit_into_opens_the_breaker_again() -> None:
    """L15: one word costs less than a question, so a probe's answer says nothing of the quota."""
    breaker = Breaker()
    gate = BreakerGate(Scripted([QUOTA]), breaker)
    for _ in range(3):
        for key in ("first", "second"):
            with pytest.raises(QuotaExhausted):
                await gate(question(key), run_of())
            assert breaker.is_open
            breaker.close()


@pytest.mark.parametrize("error", [NotAuthorised("status 403"), UnknownModel("status 404")])
async def test_what_a_probe_needs_too_is_there_once_it_was_answered(error: Unusable) -> None:
    """L15: no question opens the breaker again and again."""
    breaker = Breaker()
    gate = BreakerGate(Scripted([error]), breaker)
    with pytest.raises(type(error)):
        await gate(question(), run_of())
    breaker.close()
    for _ in range(3):
        with pytest.raises(RequestRefused):
            await gate(question(), run_of())
    assert not breaker.is_open


async def test_the_end_of_a_spent_budget_says_nothing_of_the_endpoint() -> None:
    breaker = Breaker()
    refused = NotAuthorised("status 403")
    gate = BreakerGate(Scripted([ANSWER, refused]), breaker)
    await gate(question("answered"), run_of())
    with pytest.raises(RequestRefused):
        await gate(question("refused"), run_of())
    breaker.trip(DegradedReason.BUDGET, "budget", lasting_s=60)
    breaker.close()
    with pytest.raises(NotAuthorised):
        await gate(question("refused"), run_of())


async def test_a_quota_that_others_fit_into_is_of_the_question() -> None:
    """A long text asks for more than what is left of the credit."""
    breaker = Breaker()
    gate = BreakerGate(Scripted([QUOTA, ANSWER, QUOTA]), breaker)
    with pytest.raises(QuotaExhausted):
        await gate(question("long"), run_of())
    breaker.close()
    await gate(question("short"), run_of())
    with pytest.raises(RequestRefused):
        await gate(question("long"), run_of())
    assert not breaker.is_open


async def test_who_was_asked_before_a_refusal_proves_nothing_after_it() -> None:
    """L15: as the quota ends, other calls are under way still."""
    breaker = Breaker()
    gate = BreakerGate(Scripted([QUOTA]), breaker)
    asked_before = breaker.begin()
    with pytest.raises(QuotaExhausted):
        await gate(question(), run_of())
    breaker.answered(question("asked before"), asked_before)
    breaker.close()
    with pytest.raises(QuotaExhausted):
        await gate(question(), run_of())
    assert breaker.is_open


async def test_outages_with_no_answer_between_are_waited_for_together() -> None:
    """L15: a quota that only probes fit into parks no event for ever."""
    now = 0.0
    breaker = Breaker(BreakerPolicy(patience_s=300), now=lambda: now)
    gate = BreakerGate(Scripted([QUOTA]), breaker)
    for waited_s in range(0, 300, 30):
        with pytest.raises(QuotaExhausted):
            await gate(question(), run_of())
        assert breaker.patience_left_s == 300 - waited_s
        now += 30
        assert breaker.close() == 30, "each is told by itself"
        now += 1_000
    with pytest.raises(QuotaExhausted):
        await gate(question(), run_of())
    assert breaker.patience_left_s == 0
    with pytest.raises(OutageLasts) as caught:
        await BehindBreaker(gate, breaker)(question(), run_of())
    assert caught.value.degraded_reason is DegradedReason.QUOTA


async def test_after_an_answer_the_next_outage_has_all_the_patience() -> None:
    now = 0.0
    breaker = Breaker(BreakerPolicy(patience_s=300), now=lambda: now)
    gate = BreakerGate(Scripted([QUOTA, ANSWER, QUOTA]), breaker)
    with pytest.raises(QuotaExhausted):
        await gate(question(), run_of())
    now = 200.0
    breaker.close()
    await gate(question(), run_of())
    with pytest.raises(QuotaExhausted):
        await gate(question("another"), run_of())
    assert breaker.patience_left_s == 300


async def test_a_spent_budget_costs_no_patience_with_the_endpoint() -> None:
    now = 0.0
    breaker = Breaker(BreakerPolicy(patience_s=300), now=lambda: now)
    breaker.trip(DegradedReason.BUDGET, "budget", lasting_s=7_200)
    now = 7_200.0
    breaker.close()
    breaker.trip(DegradedReason.BREAKER_OPEN, ServerFailed.kind)
    assert breaker.patience_left_s == 300


async def test_whoever_waited_through_several_outages_is_asked_at_last() -> None:
    breaker = Breaker()
    asking = asyncio.create_task(
        BehindBreaker(BreakerGate(Scripted([QUOTA, QUOTA, ANSWER]), breaker), breaker)(
            question(), run_of()
        )
    )
    async with asyncio.timeout(5):
        for _ in range(2):
            await until(lambda: breaker.is_open, "the outage")
            breaker.close()
        assert await asking == ANSWER
