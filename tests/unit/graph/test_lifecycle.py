"""Side by side, cancelled, failing: what a run leaves behind."""

import asyncio
import contextvars
import gc
import threading
import weakref
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.runnables.config import var_child_runnable_config
from langsmith.run_helpers import (  # pyright: ignore[reportUnknownVariableType]
    get_tracing_context,  # pyright: ignore[reportUnknownVariableType]
)

from stream_service.analysis.analyst import AnalystFailed, Feedback, Language, Reading
from stream_service.contracts.analysis import Category, Enrichment, EnrichmentStatus
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.graph import Context, GraphJudge, VerdictMissing
from stream_service.graph import build as build_module
from stream_service.graph.pool import INLINE_CHARACTERS
from stream_service.graph.state import State, Update
from tests.unit.graph.scripted import (
    ENGLISH,
    PLAYBOOK,
    RECEIVED_AT,
    SOURCE,
    ScriptedAnalyst,
    ScriptedBranch,
    event,
    judge_of,
    reading,
    reply_to,
    verdict_on,
)

CUSTOMER = event(customer_id="c-1")


@dataclass
class Meeting:
    """Three parties that wait for each other: only side by side do they ever get on."""

    arrived: int = 0
    everybody: asyncio.Event = field(default_factory=asyncio.Event)

    async def attend(self) -> None:
        self.arrived += 1
        if self.arrived == 3:
            self.everybody.set()
        await self.everybody.wait()


class MeetingAnalyst(ScriptedAnalyst):
    def __init__(self, meeting: Meeting) -> None:
        super().__init__(reading())
        self.meeting = meeting

    async def read(self, feedback: Feedback) -> Reading:
        await self.meeting.attend()
        return await super().read(feedback)


class MeetingBranch(ScriptedBranch):
    def __init__(self, meeting: Meeting) -> None:
        super().__init__()
        self.meeting = meeting

    async def language(self, text: str, hint: str | None) -> Language:
        await self.meeting.attend()
        return ENGLISH


@dataclass
class MeetingDirectory:
    meeting: Meeting

    async def lookup(self, customer_id: str) -> Enrichment:
        await self.meeting.attend()
        return Enrichment(status=EnrichmentStatus.FOUND, customer_tier="gold", open_orders=2)


async def test_measure_enrich_and_classify_run_side_by_side() -> None:
    meeting = Meeting()
    judge = GraphJudge(
        Context(
            analyst=MeetingAnalyst(meeting),
            branch=MeetingBranch(meeting),
            playbook=PLAYBOOK,
            directory=MeetingDirectory(meeting),
        )
    )
    async with asyncio.timeout(10):
        verdict = await verdict_on(judge, CUSTOMER)
    assert verdict.analysis.enrichment.customer_tier == "gold"
    assert verdict.analysis.enrichment.open_orders == 2


@dataclass
class Stuck:
    """An analyst and a directory that never end by themselves, and tell how they did end."""

    reading: asyncio.Event = field(default_factory=asyncio.Event)
    looking_up: asyncio.Event = field(default_factory=asyncio.Event)
    tidied: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[str] = field(default_factory=list[str])

    async def read(self, feedback: Feedback) -> Reading:
        self.reading.set()
        try:
            await asyncio.Event().wait()
        finally:
            while not self.tidied.is_set():
                # A call that gives back its connection first, however often it is cancelled.
                try:
                    await self.tidied.wait()
                except asyncio.CancelledError:
                    continue
            self.ended.append("read")
        raise AssertionError

    async def lookup(self, customer_id: str) -> Enrichment:
        self.looking_up.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.append("lookup")
        raise AssertionError

    async def aclose(self) -> None:
        pass


def stuck_judge(stuck: Stuck) -> GraphJudge:
    return GraphJudge(
        Context(
            analyst=stuck,
            branch=ScriptedBranch(),
            playbook=PLAYBOOK,
            directory=stuck,
            enrichment_timeout_s=3600,
        )
    )


async def test_no_node_outlives_a_cancelled_event() -> None:
    """L10: when the event's task has ended, so have its nodes."""
    stuck = Stuck()
    stuck.tidied.set()
    before = asyncio.all_tasks()
    task = asyncio.create_task(verdict_on(stuck_judge(stuck), CUSTOMER))
    await stuck.reading.wait()
    await stuck.looking_up.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(stuck.ended) == ["lookup", "read"]
    assert asyncio.all_tasks() == before


async def test_no_node_outlives_an_event_that_is_cancelled_again_and_again() -> None:
    """L10: LangGraph lets nodes go on when it is cancelled a second time; the judge does not."""
    stuck = Stuck()
    before = asyncio.all_tasks()
    task = asyncio.create_task(verdict_on(stuck_judge(stuck), CUSTOMER))
    await stuck.reading.wait()
    await stuck.looking_up.wait()
    try:
        for _ in range(5):
            task.cancel()
            for _ in range(10):
                await asyncio.sleep(0)  # lets the cancellation sink in; no time passes
            assert not task.done()
    finally:
        stuck.tidied.set()  # or a failure would hang the whole run
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(stuck.ended) == ["lookup", "read"]
    assert asyncio.all_tasks() == before


async def test_an_analyst_that_fails_ends_the_event_and_its_other_nodes() -> None:
    stuck = Stuck()

    class Failing(ScriptedAnalyst):
        async def read(self, feedback: Feedback) -> Reading:
            await stuck.looking_up.wait()
            raise AnalystFailed("nobody could read it")

    judge = GraphJudge(
        Context(
            analyst=Failing(reading()),
            branch=ScriptedBranch(),
            playbook=PLAYBOOK,
            directory=stuck,
            enrichment_timeout_s=3600,
        )
    )
    before = asyncio.all_tasks()
    with pytest.raises(AnalystFailed):
        await verdict_on(judge, CUSTOMER)
    assert stuck.ended == ["lookup"]
    assert asyncio.all_tasks() == before


async def test_a_run_without_a_verdict_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """L6: a run that ends silently is an error, never an event without an outcome."""

    async def silent(state: State, runtime: object) -> Update:
        return {}

    nodes = tuple(
        (name, silent if name == "auto_reply" else node) for name, node in build_module.NODES
    )
    monkeypatch.setattr(build_module, "NODES", nodes)
    with pytest.raises(VerdictMissing):
        await verdict_on(judge_of(reading()), event())


async def test_an_event_without_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="event_id"):
        await judge_of(reading())(FeedbackEvent(text="Hello there"), SOURCE, RECEIVED_AT)


async def test_an_event_that_is_empty_once_unescaped_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing visible"):
        await verdict_on(judge_of(reading()), event("&#8203;&#8203;"))


@dataclass
class RecordingObserver:
    seen: list[str] = field(default_factory=list[str])

    def node(self, name: str) -> AbstractContextManager[None]:
        return self._around(name)

    @contextmanager
    def _around(self, name: str) -> Generator[None]:
        self.seen.append(f"+{name}")
        try:
            yield
        except AnalystFailed:
            self.seen.append(f"!{name}")
            raise
        self.seen.append(f"-{name}")


async def test_an_observer_sees_every_node_begin_and_end() -> None:
    observer = RecordingObserver()
    verdict = await verdict_on(judge_of(reading(), observer=observer), event())
    assert sorted(observer.seen) == sorted(
        f"{sign}{name}" for name in verdict.timings.nodes_ms for sign in "+-"
    )
    assert set(observer.seen[:4]) == {"+measure", "-measure", "+classify", "-classify"}
    assert observer.seen[-2:] == ["+auto_reply", "-auto_reply"]


async def test_an_observer_sees_a_node_fail() -> None:
    observer = RecordingObserver()

    def fail(feedback: Feedback) -> Reading:
        raise AnalystFailed("no")

    with pytest.raises(AnalystFailed):
        await verdict_on(judge_of(fail, observer=observer), event())
    assert "!classify" in observer.seen


async def test_a_full_default_executor_holds_nothing_up() -> None:
    """L5: no node uses asyncio's shared executor."""
    release = threading.Event()
    loop = asyncio.get_running_loop()
    blockers = [loop.run_in_executor(None, release.wait) for _ in range(64)]
    try:
        async with asyncio.timeout(10):
            long_text = event("The lamp is broken. " * (INLINE_CHARACTERS // 10))
            reply = await reply_to(judge_of(reading()), long_text)
    finally:
        release.set()
        await asyncio.gather(*blockers)
    assert reply.analysis.measures.sentences == INLINE_CHARACTERS // 10


async def test_langsmith_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """L19: LangSmith's variables alone switch nothing on."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    seen: list[object] = []

    def read(feedback: Feedback) -> Reading:
        seen.append(get_tracing_context()["enabled"])
        return reading()

    await verdict_on(judge_of(read), event())
    assert seen == [False]


async def test_the_times_of_one_run_are_not_those_of_another() -> None:
    judge = judge_of(lambda feedback: reading(Category(feedback.text)))
    praise = await verdict_on(judge, event("praise"))
    complaint = await verdict_on(judge, event("complaint"))
    assert "appease" not in praise.timings.nodes_ms
    assert "thank" not in complaint.timings.nodes_ms


class Connecting(ScriptedAnalyst):
    """Keeps the context in which it is called, as a connection does that is opened there."""

    def __init__(self) -> None:
        super().__init__(reading())
        self.kept: list[contextvars.Context] = []

    async def read(self, feedback: Feedback) -> Reading:
        self.kept.append(contextvars.copy_context())
        return await super().read(feedback)


async def test_a_connection_that_stays_open_holds_nothing_of_the_event() -> None:
    analyst = Connecting()
    judge = GraphJudge(Context(analyst=analyst, branch=ScriptedBranch(), playbook=PLAYBOOK))
    given = event()
    held = weakref.ref(given)
    await verdict_on(judge, given)
    del given
    gc.collect()
    assert analyst.kept
    assert held() is None


async def test_what_is_traced_by_langsmith_finds_its_run() -> None:
    analyst = Connecting()
    judge = GraphJudge(
        Context(analyst=analyst, branch=ScriptedBranch(), playbook=PLAYBOOK),
        langsmith_tracing=True,
    )
    await verdict_on(judge, event())
    assert analyst.kept[0][var_child_runnable_config] is not None


async def test_nodes_take_no_tasks_and_runs_of_their_own() -> None:
    """Only what works side by side has a task; a chain of LangChain has one more for every node."""
    judge = judge_of(reading(Category.COMPLAINT))
    tasks: list[str] = []

    def noted(loop: asyncio.AbstractEventLoop, coroutine: Any, **named: Any) -> asyncio.Task[Any]:
        tasks.append(getattr(coroutine, "__qualname__", ""))
        return asyncio.Task(coroutine, loop=loop, **named)

    running = asyncio.get_running_loop()
    running.set_task_factory(noted)
    try:
        await verdict_on(judge, event())
    finally:
        running.set_task_factory(None)
    assert tasks.count("arun_with_retry") == 2  # measure and classify
    assert not [name for name in tasks if name.startswith("Runnable")]
