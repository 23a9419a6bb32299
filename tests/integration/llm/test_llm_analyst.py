"""The language model's analyst against the simulated endpoint, over its socket (TRAPS L1-L17)."""

import asyncio
import threading
from dataclasses import replace

import pytest

from stream_service.analysis.analyst import Feedback
from stream_service.contracts.analysis import Category
from stream_service.contracts.judgement import DegradedReason
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    LlmSimulator,
    LogprobSupport,
    StructuredOutput,
)
from tests.support.llm import COMPLAINT, PRAISE_ZH, Local, analyst_of, options_for
from tests.support.waiting import until


async def test_both_languages_are_read_in_one_call_each() -> None:
    async with (
        LlmSimulator.start() as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        complaint, praise = await analyst.read(COMPLAINT), await analyst.read(PRAISE_ZH)
        assert (complaint.category.value, praise.category.value) == (
            Category.COMPLAINT,
            Category.PRAISE,
        )
        assert praise.draft is not None and any("\u4e00" <= c <= "\u9fff" for c in praise.draft)
        assert complaint.usage is not None and complaint.usage.calls == 1
        assert complaint.usage.cost_usd is not None and complaint.usage.cost_usd > 0
        assert complaint.degraded_reason is None
        assert simulator.requests.total == 2


async def test_the_category_s_token_tells_the_confidence() -> None:
    for support in (LogprobSupport.GIVEN, LogprobSupport.GIVEN_IN_PIECES):
        async with (
            LlmSimulator.start(Behaviour(certainty=0.9, logprobs=support)) as simulator,
            analyst_of(options_for(simulator)) as analyst,
        ):
            reading = await analyst.read(COMPLAINT)
            assert reading.category.confidence == pytest.approx(0.9, abs=0.02), support


@pytest.mark.parametrize("support", [LogprobSupport.IGNORED, LogprobSupport.REFUSED])
async def test_without_log_probabilities_agreement_tells_it(support: LogprobSupport) -> None:
    async with LlmSimulator.start(Behaviour(logprobs=support)) as simulator:
        options = options_for(simulator)
        async with analyst_of(options) as analyst:
            assert (await analyst.read(COMPLAINT)).category.confidence is None
        asking = replace(options, reading=replace(options.reading, second_opinion=True))
        async with analyst_of(asking, Local(confidence=0.8)) as analyst:
            assert (await analyst.read(COMPLAINT)).category.confidence == pytest.approx(0.9)
            assert (await analyst.read(PRAISE_ZH)).category.confidence == pytest.approx(0.1)


@pytest.mark.parametrize("structured", [StructuredOutput.JSON_OBJECT, StructuredOutput.NONE])
async def test_an_endpoint_s_abilities_are_found_once(structured: StructuredOutput) -> None:
    async with (
        LlmSimulator.start(Behaviour(structured_output=structured)) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        assert (await analyst.read(COMPLAINT)).category.value is Category.COMPLAINT
        asked = simulator.requests.total
        assert asked > 1
        assert (await analyst.read(PRAISE_ZH)).degraded_reason is None
        assert simulator.requests.total == asked + 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault.RATE_LIMIT_MS,
        Fault.RATE_LIMIT_SILENT,
        Fault.SERVER_ERROR,
        Fault.UNAVAILABLE,
        Fault.RESET,
        Fault.HTML,
        Fault.ERROR_IN_200,
        Fault.EMPTY_CHOICES,
        Fault.NULL_CHOICES,
    ],
)
async def test_a_passing_failure_is_tried_again(fault: Fault) -> None:
    """L2, L17: what may pass is tried again, an error or a page in a 200 included."""
    behaviour = Behaviour(script=(fault, None), retry_after_s=0.01)
    async with (
        LlmSimulator.start(behaviour) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        reading = await analyst.read(COMPLAINT)
        assert (reading.analyst, reading.degraded_reason) == ("llm", None)
        assert simulator.requests.total == 2


@pytest.mark.parametrize("fault", [Fault.CUT_JSON, Fault.LENGTH])
async def test_l3_l4_a_cut_answer_is_repaired_once_and_both_are_paid_for(fault: Fault) -> None:
    """L3, L4: a cut answer is none; its words and its usage survive, and it is repaired once."""
    async with (
        LlmSimulator.start(Behaviour(script=(fault, None))) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        reading = await analyst.read(COMPLAINT)
        assert reading.analyst == "llm"
        assert reading.usage is not None and reading.usage.calls == 2
        assert reading.usage.output_tokens == simulator.requests.completion_tokens
        if fault is Fault.CUT_JSON:
            shown = simulator.requests.latest[-1].body["messages"][-2]["content"]
            assert shown.startswith('{"category":"complaint",')


async def test_l4_twice_cut_is_left_to_the_local_analyst() -> None:
    """L4: after the one repair, the local analyst reads."""
    async with (
        LlmSimulator.start(Behaviour(faults={Fault.CUT_JSON: 1.0})) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        reading = await analyst.read(COMPLAINT)
        assert reading.analyst == "local"
        assert reading.degraded_reason is DegradedReason.INVALID_ANSWER
        assert reading.usage is not None and reading.usage.calls == 2
        assert simulator.requests.total == 2


@pytest.mark.parametrize("fault", [Fault.FENCED, Fault.PROSE, Fault.REASONING_CONTENT])
async def test_l17_an_answer_in_an_odd_place_is_found(fault: Fault) -> None:
    """L17: fences, prose around it, and reasoning_content."""
    async with (
        LlmSimulator.start(Behaviour(faults={fault: 1.0})) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        assert (await analyst.read(COMPLAINT)).analyst == "llm"
        assert simulator.requests.total == 1


async def test_l17_unknown_usage_is_unknown() -> None:
    """L17: a missing usage is not 0 tokens."""
    async with (
        LlmSimulator.start(Behaviour(faults={Fault.MISSING_USAGE: 1.0})) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        usage = (await analyst.read(COMPLAINT)).usage
        assert usage is not None
        assert (usage.calls, usage.input_tokens, usage.cost_usd) == (1, None, None)


@pytest.mark.parametrize("fault", [Fault.REFUSAL, Fault.CONTENT_FILTER])
async def test_a_refusal_goes_to_a_person_and_is_not_asked_again(fault: Fault) -> None:
    """L2, L17: a refusal and a filter are told apart from failures."""
    async with (
        LlmSimulator.start(Behaviour(faults={fault: 1.0})) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        assert (await analyst.read(COMPLAINT)).degraded_reason is DegradedReason.REFUSAL
        assert simulator.requests.total == 1


async def test_l1_a_call_that_hangs_ends_with_its_time_out() -> None:
    """L1: every call has a time-out of its own."""
    async with LlmSimulator.start(Behaviour(faults={Fault.HANG: 1.0})) as simulator:
        options = replace(options_for(simulator), call_timeout_s=0.2)
        options = replace(options, reading=replace(options.reading, deadline_s=0.5))
        async with analyst_of(options) as analyst, asyncio.timeout(10):
            assert (await analyst.read(COMPLAINT)).degraded_reason is DegradedReason.TIMEOUT


async def test_l16_an_answer_without_end_is_cut_off_and_not_asked_for_again() -> None:
    """L16: whatever caps an endpoint ignores, an answer ends at a settled number of bytes."""
    async with LlmSimulator.start(Behaviour(faults={Fault.ENDLESS_BYTES: 1.0})) as simulator:
        options = options_for(simulator)
        async with analyst_of(options) as analyst, asyncio.timeout(10):
            reading = await analyst.read(COMPLAINT)
            assert reading.degraded_reason is DegradedReason.INVALID_ANSWER
            assert reading.usage is not None
            assert (reading.usage.calls, reading.usage.output_tokens) == (1, None)
            assert simulator.requests.total == 1
            await until(lambda: simulator.requests.in_flight == 0, "the end of the answer")


async def test_l14_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    """L14: nothing sleeps beyond the event's deadline."""
    behaviour = Behaviour(faults={Fault.RATE_LIMIT: 1.0}, retry_after_s=600)
    async with (
        LlmSimulator.start(behaviour) as simulator,
        analyst_of(options_for(simulator)) as analyst,
        asyncio.timeout(10),
    ):
        assert (await analyst.read(COMPLAINT)).degraded_reason is DegradedReason.RATE_LIMITED
        assert simulator.requests.total == 1


async def test_l5_blocked_executor_threads_hold_up_no_answer() -> None:
    """L5: asyncio's shared executor is not on the way of an answer."""
    release = threading.Event()
    loop = asyncio.get_running_loop()
    blockers = [loop.run_in_executor(None, release.wait) for _ in range(64)]
    try:
        async with (
            LlmSimulator.start() as simulator,
            analyst_of(options_for(simulator)) as analyst,
            asyncio.timeout(10),
        ):
            assert (await analyst.read(COMPLAINT)).analyst == "llm"
    finally:
        release.set()
        await asyncio.gather(*blockers)


async def test_l12_a_client_of_another_loop_is_refused() -> None:
    """L12: one client a loop; another loop is told so instead of breaking both."""
    async with (
        LlmSimulator.start() as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):

        def elsewhere() -> None:
            asyncio.run(analyst.read(COMPLAINT))

        with pytest.raises(RuntimeError, match="another event loop"):
            await asyncio.to_thread(elsewhere)


async def test_l13_the_pool_recovers_from_a_thousand_cancellations() -> None:
    """L13: after 1,000 cancellations over 20 connections the next call is answered."""
    async with LlmSimulator.start(Behaviour(faults={Fault.HANG: 1.0})) as simulator:
        options = options_for(simulator)
        options = replace(options, endpoint=replace(options.endpoint, max_connections=20))
        async with analyst_of(options) as analyst:
            for _ in range(10):
                asking = [
                    asyncio.create_task(analyst.read(Feedback(text=f"late {n}")))
                    for n in range(100)
                ]
                before = simulator.requests.total
                await until(lambda seen=before: simulator.requests.total > seen, "calls")
                for task in asking:
                    task.cancel()
                await asyncio.gather(*asking, return_exceptions=True)
            simulator.behave(faults={})
            async with asyncio.timeout(10):
                assert (await analyst.read(COMPLAINT)).analyst == "llm"


async def test_l11_equal_texts_are_asked_once_whoever_sends_them() -> None:
    """L11: answers are keyed on the text, never on who sent it."""
    async with (
        LlmSimulator.start() as simulator,
        analyst_of(options_for(simulator, cached=True)) as analyst,
    ):
        together = await asyncio.gather(*(analyst.read(COMPLAINT) for _ in range(20)))
        later = await analyst.read(replace(COMPLAINT, text=f"  {COMPLAINT.text}\n"))
        assert simulator.requests.total == 1
        assert {reading.category.value for reading in (*together, later)} == {Category.COMPLAINT}
        assert later.usage is not None and later.usage.calls == 0
        await analyst.read(replace(COMPLAINT, rating=1))
        assert simulator.requests.total == 2


async def test_personal_details_stay_here_and_text_is_marked_as_data() -> None:
    given = Feedback(
        text="Broken! Write to jo.doe@example.com or +1 415 555 2671, card 4111 1111 1111 1111."
    )
    async with (
        LlmSimulator.start() as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        await analyst.read(given)
        sent = str(simulator.requests.latest[-1].body)
        for secret in ("jo.doe", "2671", "4111"):
            assert secret not in sent
        for placeholder in ("[EMAIL_1]", "[PHONE_1]", "[CARD_1]"):
            assert placeholder in sent
        assert "<<<feedback" in sent


async def test_the_context_length_shrinks_the_text_once() -> None:
    long_text = Feedback(text="The parcel arrived late and broken. " * 300)
    async with (
        LlmSimulator.start(Behaviour(script=(Fault.CONTEXT_LENGTH, None))) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        reading = await analyst.read(long_text)
        assert reading.analyst == "llm" and "text_shortened" in reading.notes
        first, second = (len(str(one.body)) for one in list(simulator.requests.latest)[-2:])
        assert second < first
