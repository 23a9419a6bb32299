"""Faults that users of other language model stacks met, each shown not to be ours (TRAPS L1-L19).

The rows that are not here have their tests, by the same names, beside what they are about:
docs/language-model-proofs.md lists them all.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
from aiohttp import web
from langsmith.run_helpers import (  # pyright: ignore[reportUnknownVariableType]
    get_tracing_context,  # pyright: ignore[reportUnknownVariableType]
)

from stream_service.analysis.llm.analyst import LlmAnalyst
from stream_service.analysis.llm.client.client import LlmClient
from stream_service.analysis.llm.client.endpoint import Endpoint
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.question import Message
from stream_service.contracts.analysis import Category, Enrichment
from stream_service.contracts.judgement import DegradedReason
from stream_service.devkit.llm_simulator import Behaviour, Fault, LlmSimulator
from stream_service.graph import Context, GraphJudge
from stream_service.graph.enrichment import CustomerDirectory
from tests.support.llm import COMPLAINT, analyst_of, options_for
from tests.support.waiting import until
from tests.support.worker_process import COMMAND, environment
from tests.unit.graph.scripted import PLAYBOOK, ScriptedBranch, event, verdict_on

SIMULATORS_OWN = "RequestHandler.start"
"""The task of a connection at the simulator's side, which is in this process too."""

ENDINGS = ("auto_reply", "human_review")


def judge_by(analyst: LlmAnalyst, directory: CustomerDirectory | None = None) -> GraphJudge:
    return GraphJudge(
        Context(
            analyst=analyst,
            branch=ScriptedBranch(),
            drafter=analyst,
            playbook=PLAYBOOK,
            directory=directory,
            enrichment_timeout_s=0.1,
        )
    )


@pytest.mark.parametrize("category", ["gossip", "", None, 7, "END", "__end__", "auto_reply"])
async def test_a_category_that_nobody_knows_has_one_outcome(category: str | int | None) -> None:
    """L6: a model's own category ends no run silently; the event has one outcome."""
    behaviour = Behaviour(overrides={"category": category})
    async with (
        LlmSimulator.start(behaviour) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        verdict = await verdict_on(judge_by(analyst), event())
    assert verdict.provenance.degraded_reason is DegradedReason.INVALID_ANSWER
    assert [name for name in verdict.timings.nodes_ms if name in ENDINGS] == ["human_review"]


async def test_every_fault_of_the_endpoint_ends_in_one_outcome() -> None:
    """L6, L8, L17: whatever the endpoint does, an event has exactly one outcome."""
    for fault in Fault:
        async with LlmSimulator.start(Behaviour(faults={fault: 1.0})) as simulator:
            options = replace(options_for(simulator), call_timeout_s=0.3)
            options = replace(
                options,
                reading=replace(options.reading, deadline_s=0.6),
                breaker=replace(options.breaker, patience_s=0),
            )
            async with analyst_of(options) as analyst, asyncio.timeout(20):
                verdict = await verdict_on(judge_by(analyst), event())
        endings = [name for name in verdict.timings.nodes_ms if name in ENDINGS]
        assert len(endings) == 1, fault
        assert verdict.provenance.usage is not None, fault
        assert verdict.provenance.usage.input_tokens != 0 or not verdict.provenance.usage.calls


async def test_a_model_that_does_not_answer_in_time_leaves_the_event_to_the_fall_back() -> None:
    """L8: a time-out in the node that asks the model runs the fall-back; so does a look-up's."""

    class Silent:
        async def lookup(self, customer_id: str) -> Enrichment:
            await asyncio.Event().wait()
            raise AssertionError

    async with LlmSimulator.start(Behaviour(faults={Fault.HANG: 1.0})) as simulator:
        options = replace(options_for(simulator), call_timeout_s=0.2)
        options = replace(options, reading=replace(options.reading, deadline_s=0.3))
        async with analyst_of(options) as analyst, asyncio.timeout(10):
            verdict = await verdict_on(judge_by(analyst, Silent()), event(customer_id="c-1"))
    assert verdict.provenance.analyst == "local"
    assert verdict.provenance.degraded_reason is DegradedReason.TIMEOUT
    assert verdict.analysis.enrichment.status == "failed"


async def test_words_instead_of_json_are_an_error_and_repaired_once() -> None:
    """L9: an answer in plain words is an error and repaired, never a reading of nothing; and no
    function is called, which some servers ignore."""
    async with (
        LlmSimulator.start(Behaviour(script=(Fault.PLAIN_WORDS, None))) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        reading = await analyst.read(COMPLAINT)
        first, second = (one.body for one in simulator.requests.latest)
    assert (reading.analyst, reading.category.value) == ("llm", Category.COMPLAINT)
    assert reading.usage is not None and reading.usage.calls == 2
    assert "not content" in second["messages"][-2]["content"]
    assert not {"tools", "tool_choice", "functions"} & (first.keys() | second.keys())


async def test_words_again_are_left_to_the_local_analyst() -> None:
    """L9: after the one repair, the local analyst reads."""
    async with (
        LlmSimulator.start(Behaviour(faults={Fault.PLAIN_WORDS: 1.0})) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        reading = await analyst.read(COMPLAINT)
        assert simulator.requests.total == 2
    assert (reading.analyst, reading.degraded_reason) == ("local", DegradedReason.INVALID_ANSWER)


async def test_the_calls_of_a_cancelled_event_end_with_it() -> None:
    """L10: no node, task or call outlives its event."""
    async with (
        LlmSimulator.start(Behaviour(faults={Fault.HANG: 1.0})) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        judge = judge_by(analyst)
        before = asyncio.all_tasks()
        judging = [
            asyncio.create_task(verdict_on(judge, event(f"It arrived broken, number {n}")))
            for n in range(10)
        ]
        await until(lambda: simulator.requests.in_flight == 10, "the calls")
        for task in judging:
            task.cancel()
        ended = await asyncio.gather(*judging, return_exceptions=True)
        left = {
            getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks() - before
        }
        assert {type(one) for one in ended} == {asyncio.CancelledError}
        assert left <= {SIMULATORS_OWN}
        await until(lambda: simulator.requests.in_flight == 0, "the end of the calls")
        assert simulator.requests.abandoned == 10


@pytest.mark.parametrize("fault", [Fault.ENDLESS_WHITESPACE, None])
async def test_the_cap_holds_at_a_server_that_ignores_the_newer_name(fault: Fault | None) -> None:
    """L16: a server of one's own is sent the name of the cap that it knows."""
    behaviour = Behaviour(
        obeys_completion_cap=False,
        runaway_tokens=50_000,
        faults={} if fault is None else {fault: 1.0},
    )
    async with LlmSimulator.start(behaviour) as simulator:
        options = options_for(simulator)
        options = replace(options, reading=replace(options.reading, most_output_tokens=300))
        async with analyst_of(options) as analyst:
            reading = await analyst.read(COMPLAINT)
        sent = [one.body for one in simulator.requests.latest]
    # What never ends is repaired once, in no more room.
    expected = [300] if fault is None else [300, 300]
    assert [body["max_tokens"] for body in sent] == expected
    assert all("max_completion_tokens" not in body for body in sent)
    if fault is not None:
        *_, shown, advice = (message["content"] for message in sent[1]["messages"])
        assert shown and not shown.endswith("  "), "what it repeated would invite it to go on"
        assert "repeats itself" in advice
    assert reading.usage is not None and reading.usage.output_tokens is not None
    assert reading.usage.output_tokens <= sum(expected)


async def test_tokens_are_counted_without_asking_anybody() -> None:
    """L18: from the first import to the answer, only the endpoint itself is connected to."""
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.support.llm_connections"],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["contacted"] == ["127.0.0.1"]
    assert told["analysts"] == ["llm"] * 3
    assert told["notes"][2] == ["text_shortened"]
    assert told["drafted"]


@dataclass
class LangSmith:
    """A simulator of LangSmith's API: it takes whatever comes, and counts it."""

    url: str = ""
    paths: Counter[str] = field(default_factory=Counter[str])

    async def take(self, request: web.Request) -> web.Response:
        self.paths[request.path] += 1
        await request.read()
        return web.json_response({})

    @classmethod
    @asynccontextmanager
    async def start(cls) -> "AsyncGenerator[LangSmith]":
        simulator = cls()
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", simulator.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            simulator.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield simulator
        finally:
            await runner.cleanup()

    @property
    def runs(self) -> int:
        """Requests that carried traces."""
        return sum(count for path, count in self.paths.items() if "runs" in path)


@pytest.mark.parametrize("is_asked_for", [False, True])
async def test_nothing_goes_to_langsmith_unless_asked_for(is_asked_for: bool) -> None:
    """L19: its variables alone, left over from another project, send no customer's text away."""
    async with LangSmith.start() as langsmith, LlmSimulator.start() as simulator:
        variables = {
            "LANGSMITH_TRACING": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_API_KEY": "left-over",
            "LANGSMITH_ENDPOINT": langsmith.url,
        }
        given = ["--set", f"llm.base_url={simulator.base_url}"]
        if is_asked_for:
            given += ["--set", "llm.langsmith_tracing=true"]
        await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, *given, "analyze", COMPLAINT.text],
            capture_output=True,
            env=environment(**variables),
            timeout=90,
            check=True,
        )
        assert simulator.requests.total >= 1
    assert (langsmith.runs > 0) is is_asked_for
    if not is_asked_for:
        assert not langsmith.paths


async def test_a_probe_is_traced_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """L19: nor does the watch over outages, which belongs to no event, trace its probes."""
    traced: dict[str, object] = {}
    complete = LlmClient.complete

    async def watched(
        client: LlmClient,
        messages: Sequence[Message],
        parameters: Mapping[str, Any],
        *,
        timeout_s: float,
        fixed: tuple[Message, ...] = (),
    ) -> Completion:
        traced[messages[-1][1]] = get_tracing_context()["enabled"]
        return await complete(client, messages, parameters, timeout_s=timeout_s, fixed=fixed)

    monkeypatch.setattr(LlmClient, "complete", watched)
    async with (
        LlmSimulator.start(Behaviour(script=(Fault.QUOTA, None))) as simulator,
        analyst_of(options_for(simulator)) as analyst,
        asyncio.timeout(10),
    ):
        assert (await analyst.read(COMPLAINT)).analyst == "llm"
    assert traced["Say OK."] is False


async def test_the_client_has_every_time_out_and_repeats_nothing() -> None:
    """L1, L2, L14: the SDK waits for nothing without end, and leaves retries to us."""
    client = LlmClient(Endpoint(model="m", connect_timeout_s=4))
    try:
        sdk = client._chat.root_async_client  # pyright: ignore[reportPrivateUsage]
        assert isinstance(sdk.timeout, httpx2.Timeout)
        timeouts = sdk.timeout.as_dict()
        assert timeouts.keys() == {"connect", "read", "write", "pool"}
        assert timeouts["connect"] == 4
        assert all(timeouts.values())
        assert sdk.max_retries == 0
    finally:
        await client.aclose()
