"""The links of the chain, each alone."""

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from stream_service.analysis.llm.chain.breaker import (
    BehindBreaker,
    Breaker,
    BreakerGate,
    BreakerPolicy,
)
from stream_service.analysis.llm.chain.budget import Budget, WithinBudget
from stream_service.analysis.llm.chain.concurrency import (
    BESIDE_CALLS,
    ConcurrencyLimit,
    Place,
    WithinConcurrency,
)
from stream_service.analysis.llm.chain.intake import NoIntake
from stream_service.analysis.llm.chain.rate import Bucket, WithinRate
from stream_service.analysis.llm.chain.retry import CallRetryPolicy, Retried
from stream_service.analysis.llm.chain.single_flight import SingleFlight
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import (
    BudgetSpent,
    Declined,
    InvalidAnswer,
    LlmError,
    NotAuthorised,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    ServerFailed,
    TimedOut,
)
from stream_service.analysis.llm.prices import Price, PriceTable
from stream_service.analysis.llm.question import Question, Run
from stream_service.observe.llm_log import LoggingLlmObserver
from tests.support.llm import Switch
from tests.support.waiting import until
from tests.unit.analysis.llm.asking import ANSWER, Scripted, question, run_of

OBSERVER = LoggingLlmObserver()
QUICK = CallRetryPolicy(first_delay_s=0.001, max_delay_s=0.002)


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (TimedOut("x"), 6),
        (ServerFailed("x"), 6),
        (RateLimited("x"), 6),
        (RequestRefused("status 400"), 1),
        (NotAuthorised("status 401"), 1),
        (Declined("x"), 1),
        (InvalidAnswer("x"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_l2_only_what_may_pass_is_tried_again(error: LlmError, calls: int) -> None:
    """L2: our own predicate: no 400, 401, refusal or invalid answer; time-outs, yes."""
    inner = Scripted([error])
    with pytest.raises(type(error)):
        await Retried(inner, OBSERVER, QUICK)(question(), run_of())
    assert len(inner.asked) == calls


async def test_no_retry_begins_that_the_deadline_would_cut_off() -> None:
    """L14: nor is a pause begun that would outlast the deadline."""
    inner = Scripted([RateLimited("x", retry_after_s=5)])
    with pytest.raises(RateLimited):
        await Retried(inner, OBSERVER, QUICK)(question(), run_of(seconds=2))
    assert len(inner.asked) == 1


class Held:
    """Answers once let go, and counts who is inside."""

    def __init__(self) -> None:
        self.inside = 0
        self.go = asyncio.Event()

    async def __call__(self, question: Question, run: Run) -> Completion:
        self.inside += 1
        try:
            await self.go.wait()
        finally:
            self.inside -= 1
        return ANSWER


async def test_no_more_calls_than_the_limit_and_it_doubles_while_all_goes_well() -> None:
    limit, inner = ConcurrencyLimit(most=64, first=4, intake=NoIntake(), observer=OBSERVER), Held()
    ask = WithinConcurrency(inner, limit)
    asking = [asyncio.create_task(ask(question(), run_of())) for _ in range(12)]
    await until(lambda: inner.inside == 4, "four calls")
    inner.go.set()
    await asyncio.gather(*asking)
    assert 8 <= limit.limit <= 16


async def test_no_more_events_are_taken_than_there_will_be_places_for() -> None:
    intake = Switch()
    limit = ConcurrencyLimit(most=100, first=100, intake=intake, observer=OBSERVER)
    assert intake.most == 2 * 100 + BESIDE_CALLS
    for _ in range(10):
        limit.refused(await limit.enter())
    assert limit.limit < 100
    assert intake.most == 2 * limit.limit + BESIDE_CALLS


async def test_calls_of_one_era_lower_the_limit_once() -> None:
    limit = ConcurrencyLimit(most=100, first=100, intake=NoIntake(), observer=OBSERVER)
    places = [await limit.enter() for _ in range(10)]
    for place in places:
        limit.refused(place)
    assert limit.limit == 70
    for _ in range(7):
        limit.refused(await limit.enter())
    assert limit.limit == 49


async def limits_over_time(is_refused: Callable[[float, int], bool]) -> list[int]:
    """The limit after each of many calls, which are refused by chance and by the limit."""
    chance = random.Random(1)
    limit = ConcurrencyLimit(most=500, first=32, intake=NoIntake(), observer=OBSERVER)
    limits: list[int] = []
    running: deque[Place] = deque()
    for _ in range(20_000):
        while len(running) < limit.limit:
            running.append(await limit.enter())
        refused = is_refused(chance.random(), limit.limit)
        # A refusal comes at once, an answer after those that were asked before it.
        place = running.pop() if refused else running.popleft()
        if refused:
            limit.refused(place)
        else:
            limit.answered()
        limit.leave()
        limits.append(limit.limit)
    return limits


async def test_refusals_now_and_then_do_not_starve_the_worker() -> None:
    """One call of twenty is refused whatever is asked, as in the error rates of real endpoints."""
    limits = await limits_over_time(lambda chance, _limit: chance < 0.05)
    assert min(limits[-10_000:]) > 100


async def test_after_a_bad_spell_refusals_now_and_then_do_not_keep_the_limit_down() -> None:
    """Three of five calls are refused for a while, then one of twenty."""
    calls = itertools.count()
    limits = await limits_over_time(
        lambda chance, _limit: chance < (0.6 if next(calls) < 400 else 0.05)
    )
    assert min(limits) < 10
    assert max(limits[400:9_000]) > 400


async def test_a_true_limit_is_found_and_hardly_exceeded() -> None:
    """The endpoint refuses whatever is above 40 calls at once."""
    limits = await limits_over_time(lambda chance, limit: chance > 40 / limit)
    assert min(limits[-10_000:]) >= 28
    assert max(limits[-10_000:]) <= 56


async def test_refusals_bring_the_limit_down_to_one_and_no_lower() -> None:
    limit = ConcurrencyLimit(most=100, first=100, intake=NoIntake(), observer=OBSERVER)
    ask = WithinConcurrency(Scripted([RateLimited("x")]), limit)
    for _ in range(150):
        with pytest.raises(RateLimited):
            await ask(question(), run_of())
    assert limit.limit == 1


async def test_a_cancelled_waiter_leaves_its_place_to_the_next() -> None:
    limit = ConcurrencyLimit(most=1, first=1, intake=NoIntake(), observer=OBSERVER)
    await limit.enter()
    first, second = (asyncio.create_task(limit.enter()) for _ in range(2))
    await asyncio.sleep(0)
    # The place is given in the same moment in which its waiter is cancelled.
    limit.leave()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    async with asyncio.timeout(5):
        await second
    assert limit.running == 1


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    now = 0.0
    bucket = Bucket(60, burst_s=2, now=lambda: now)
    assert [bucket.take(1) for _ in range(4)] == [0, 0, 1, 2]
    now = 2.0
    assert bucket.take(1) == 1
    bucket.give_back(1)
    now = 100.0
    assert [bucket.take(1) for _ in range(3)] == [0, 0, 1]


async def test_waiting_for_the_rate_costs_no_deadline_and_a_cancelled_wait_no_rate() -> None:
    inner = Scripted([ANSWER])
    ask = WithinRate(inner, requests_per_minute=60)  # a burst of 2, then 1 a second
    for _ in range(2):
        await ask(question(), run_of())
    waiting = [asyncio.create_task(ask(question(), run_of())) for _ in range(40)]
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    run = run_of(seconds=0.5)
    async with asyncio.timeout(5):
        await ask(question(), run)
    assert run.deadline.remaining_s > 0
    assert len(inner.asked) == 3


async def test_unused_tokens_are_given_back() -> None:
    inner = Scripted([Completion(text="{}", model="m", tokens=ANSWER.tokens)])
    ask = WithinRate(inner, tokens_per_minute=6_000)  # a burst of 200: two questions
    asked = question()
    async with asyncio.timeout(1):
        for _ in range(2):
            await ask(asked, run_of())


async def refused_with_retry_after(times: int) -> tuple[WithinRate, Scripted]:
    inner = Scripted([*[RateLimited("x", retry_after_s=0.2)] * times, ANSWER])
    ask = WithinRate(inner)
    for _ in range(times):
        with pytest.raises(RateLimited):
            await ask(question(), run_of())
    return ask, inner


async def test_a_retry_after_of_several_holds_everybody_back() -> None:
    ask, inner = await refused_with_retry_after(12)
    other = asyncio.create_task(ask(question(), run_of()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(inner.asked) == 12
    async with asyncio.timeout(5):
        await other


async def test_a_retry_after_of_one_call_is_its_own() -> None:
    ask, inner = await refused_with_retry_after(1)
    other = asyncio.create_task(ask(question(), run_of()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(inner.asked) == 2
    await other


def test_the_breaker_opens_by_share_or_by_a_silent_endpoint() -> None:
    now = 0.0
    quiet = Breaker(BreakerPolicy(), now=lambda: now)
    for _ in range(4):
        quiet.record(TimedOut("x"))
    assert not quiet.is_open
    now = 31.0
    quiet.record(TimedOut("x"))
    assert not quiet.is_open, "the older ones say nothing any more"
    for _ in range(4):
        quiet.record(TimedOut("x"))
    assert quiet.is_open

    busy = Breaker(BreakerPolicy(), now=lambda: now)
    for _ in range(6):
        busy.record(None)
    for _ in range(14):
        busy.record(ServerFailed("x"))
    assert not busy.is_open
    busy.record(ServerFailed("x"))
    assert busy.is_open


def test_refused_requests_are_no_outage() -> None:
    breaker = Breaker()
    for _ in range(50):
        breaker.record(RateLimited("x"))
    assert not breaker.is_open


async def test_who_fails_into_an_outage_waits_for_its_end_and_is_asked_again() -> None:
    breaker = Breaker(BreakerPolicy(fewest_failures=1))
    inner = Scripted([ServerFailed("x"), ANSWER])
    asking = asyncio.create_task(
        BehindBreaker(BreakerGate(inner, breaker), breaker)(question(), run_of())
    )
    await until(lambda: breaker.is_open, "the outage")
    assert len(inner.asked) == 1
    breaker.close()
    async with asyncio.timeout(5):
        assert await asking == ANSWER


async def test_one_question_opens_the_breaker_once() -> None:
    """L15: what a probe does not confirm is about the question, which is refused for good."""
    breaker = Breaker()
    inner = Scripted([NotAuthorised("status 403")])
    asking = asyncio.create_task(
        BehindBreaker(BreakerGate(inner, breaker), breaker)(question(), run_of())
    )
    await until(lambda: breaker.is_open, "the outage")
    breaker.close()
    async with asyncio.timeout(5):
        with pytest.raises(RequestRefused, match="status 403"):
            await asking
    assert not breaker.is_open
    assert len(inner.asked) == 2


@pytest.mark.parametrize(
    ("error", "seconds_later", "opens"),
    [
        (NotAuthorised("status 403"), 1, False),
        (NotAuthorised("status 403"), 31, True),
        (QuotaExhausted("status 429"), 1, True),
    ],
)
async def test_what_the_endpoint_has_just_answered_for_another_is_usable(
    error: LlmError, seconds_later: float, opens: bool
) -> None:
    now = 0.0
    breaker = Breaker(now=lambda: now)
    gate = BreakerGate(Scripted([ANSWER, error]), breaker)
    await gate(question("answered"), run_of())
    now = seconds_later
    with pytest.raises(type(error) if opens else RequestRefused):
        await gate(question("refused"), run_of())
    assert breaker.is_open is opens


async def test_two_refused_keys_in_a_row_open_the_breaker() -> None:
    breaker = Breaker()
    gate = BreakerGate(Scripted([ANSWER, NotAuthorised("status 401")]), breaker)
    await gate(question("answered"), run_of())
    with pytest.raises(RequestRefused):
        await gate(question("first"), run_of())
    with pytest.raises(NotAuthorised):
        await gate(question("second"), run_of())
    assert breaker.is_open


async def test_a_question_that_was_answered_since_may_open_the_breaker_again() -> None:
    breaker = Breaker()
    refused = NotAuthorised("status 401")
    gate = BreakerGate(Scripted([refused, ANSWER, refused, refused]), breaker)
    with pytest.raises(NotAuthorised):
        await gate(question(), run_of())
    breaker.close()
    await gate(question(), run_of())
    with pytest.raises(RequestRefused):
        await gate(question("another"), run_of())
    with pytest.raises(NotAuthorised):
        await gate(question(), run_of())
    assert breaker.is_open


async def test_a_budget_counts_what_a_gateway_names_otherwise() -> None:
    breaker = Breaker()
    prices = PriceTable({"m": Price(input=1_000, output=1_000)})
    named = Completion(text="{}", model="gateway/m", tokens=ANSWER.tokens)
    ask = WithinBudget(Scripted([named]), Budget(usd=0.05), prices, breaker, model="m")
    await ask(question(), run_of())
    assert ask.spent_usd == pytest.approx(0.1)
    with pytest.raises(BudgetSpent):
        await ask(question(), run_of())


async def test_a_budget_is_spent_until_midnight_utc() -> None:
    now = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    breaker = Breaker()
    prices = PriceTable({"m": Price(input=1_000, output=1_000)})
    ask = WithinBudget(
        Scripted([ANSWER]), Budget(usd=0.15), prices, breaker, model="m", now=lambda: now
    )
    await ask(question(), run_of())
    await ask(question(), run_of())
    assert ask.spent_usd == pytest.approx(0.2)
    with pytest.raises(BudgetSpent):
        await ask(question(), run_of())
    outage = breaker.outage
    assert outage is not None and outage.until is not None
    assert outage.until - outage.began == pytest.approx(3_600)
    now += timedelta(hours=1)
    breaker.close()
    await ask(question(), run_of())
    assert ask.spent_tokens == 100


async def test_a_flight_ends_with_its_last_passenger_and_not_before() -> None:
    inner = Held()
    ask = SingleFlight(inner)
    first, second = (asyncio.create_task(ask(question(), run_of())) for _ in range(2))
    await until(lambda: inner.inside == 1, "one call for both")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert inner.inside == 1
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert inner.inside == 0
    inner.go.set()
    async with asyncio.timeout(5):
        assert await ask(question(), run_of()) == ANSWER
