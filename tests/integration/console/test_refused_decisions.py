"""A decision that the engine refuses: the item is open again, and is decided anew."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui.events import GenericEventArguments

from stream_service.console.access.roles import LOCAL
from stream_service.console.decisions.deciding import Recorded, decide
from stream_service.console.decisions.outbox import mark_sent, unsent
from stream_service.console.errors import ConsoleError
from stream_service.console.gateway.problems import problem_of
from stream_service.console.pages.languages import Language
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.texts.catalogue import TEXTS
from stream_service.console.pages.views.reviews import ReviewDesk, _Reviews  # pyright: ignore[reportPrivateUsage]
from stream_service.console.projection.batch import rows_of, store
from stream_service.console.projection.facts.readers import readers_of
from stream_service.console.queries.reviews import decisions_on, review_by_event
from stream_service.console.store import Database
from stream_service.contracts.dead_letter import DeadLetter, dead_letter_record
from stream_service.contracts.faults import Fault
from stream_service.contracts.publish import result_record, verdict_record
from stream_service.contracts.record import InputRecord, OutputRecord
from stream_service.contracts.review import DecisionType, ReviewPointer
from stream_service.contracts.review_result import DecisionOutcome, ReviewResult, ReviewState
from stream_service.contracts.topics import Topics
from tests.support.console import NOW, as_read, review_item

TOPICS = Topics()


@pytest.mark.parametrize("outcome", list(DecisionOutcome))
@pytest.mark.parametrize("first", ["refusal", "result"])
async def test_a_refused_decision_that_was_sent_back_gets_its_result(
    database: Database, first: str, outcome: DecisionOutcome
) -> None:
    """It stayed refused, beside an item that it had decided. Topics are read in any order."""
    sent = await _decided(database)
    refusal, result = _refusal(sent), _result(outcome)
    told = [refusal, result] if first == "refusal" else [result, refusal]
    await _store(database, sent)
    for record in told:
        await _store(database, record)
    assert await _state(database) == ("decided", [("d1", outcome.value, None)])


async def test_in_one_batch_the_result_wins_too(database: Database) -> None:
    sent = await _decided(database)
    await _store(database, sent, _refusal(sent), _result(DecisionOutcome.APPLIED))
    assert await _state(database) == ("decided", [("d1", "applied", None)])


async def test_the_same_decision_again_is_told_that_it_was_refused(database: Database) -> None:
    """It was told to be recorded, and nothing went out."""
    sent = await _decided(database)
    await _store(database, sent, _refusal(sent))
    assert await _state(database) == ("open", [("d1", "refused", "review_unavailable")])
    with pytest.raises(ConsoleError, match="refused") as refused:
        await _decide(database, "d1")
    problem = problem_of(refused.value)
    assert problem is not None
    assert (problem.status, problem.field) == (409, "decision_id")
    await _decide(database, "d2")
    assert [act.act_id for act in await _unsent(database)] == ["d2"]


@pytest.mark.parametrize("has_heard", [True, False])
async def test_who_accepts_again_in_the_same_tab_decides_anew(
    database: Database, has_heard: bool
) -> None:
    await _store(database, verdict_record(TOPICS, review_item(1), None))
    tab = _Tab(database)
    await tab.accept()
    [act] = await _unsent(database)
    await _sent(database)
    await _store(database, act.record, _refusal(act.record))
    if has_heard:
        await tab.ask_for_fates()
    else:
        await tab.accept()
        assert await _unsent(database) == []
    assert tab.told == [TEXTS[Language.ENGLISH].reviews.refused]
    await tab.accept()
    [anew] = await _unsent(database)
    assert anew.act_id != act.act_id


class _Tab:
    """The review page of one tab, without a browser."""

    def __init__(self, database: Database) -> None:
        self.told: list[str] = []

        async def act(_: object, work: Any) -> bool:
            await work(LOCAL)
            return True

        services = SimpleNamespace(
            database=database, topics=TOPICS, relay=SimpleNamespace(wake=lambda: None)
        )
        page = SimpleNamespace(
            services=services, texts=TEXTS[Language.ENGLISH], act=act, tell=self.told.append
        )

        def shown(*_: object, **__: object) -> None:
            return

        desk = SimpleNamespace(run_method=shown, queue=shown)
        self._page = _Reviews(cast(ConsolePage, page), cast(ReviewDesk, desk))

    async def accept(self) -> None:
        given = SimpleNamespace(args={"event_id": "e1", "type": "accept"})
        await self._page._decide(cast(GenericEventArguments, given))  # pyright: ignore[reportPrivateUsage]

    async def ask_for_fates(self) -> None:
        await self._page._ask_for_fates()  # pyright: ignore[reportPrivateUsage]


async def _decided(database: Database) -> OutputRecord:
    """An item with the decision ``d1`` on it, as it was published."""
    await _store(database, verdict_record(TOPICS, review_item(1), None))
    await _decide(database, "d1")
    [act] = await _unsent(database)
    await _sent(database)
    return act.record


async def _decide(database: Database, decision_id: str) -> Recorded:
    return await decide(
        database,
        TOPICS.review_decisions,
        LOCAL,
        event_id="e1",
        kind="accept",
        decision_id=decision_id,
    )


async def _unsent(database: Database) -> Any:
    async with database.reading() as connection:
        return await unsent(connection, 10)


async def _sent(database: Database) -> None:
    async with database.writing() as connection:
        await mark_sent(connection, [act.number for act in await unsent(connection, 10)])


def _refusal(decision: OutputRecord) -> OutputRecord:
    letter = DeadLetter(
        topic=TOPICS.review_decisions,
        partition=0,
        offset=0,
        timestamp_ms=0,
        fault=Fault.REVIEW_UNAVAILABLE,
        error_class="ReviewUnavailable",
        message="there is no such review",
        failed_at=NOW,
    )
    [read] = as_read([decision])
    return dead_letter_record(TOPICS.dead_letters, read, letter, 1_000_000)


def _result(outcome: DecisionOutcome) -> OutputRecord:
    state = ReviewState(
        event_id="e1",
        decision_id="d1" if outcome is DecisionOutcome.APPLIED else "d0",
        type=DecisionType.ACCEPT,
        review=ReviewPointer(partition=0, offset=0),
        reply_id="r1",
        reviewer="local",
        decided_at=NOW,
    )
    result = ReviewResult(event_id="e1", decision_id="d1", outcome=outcome, applied=state)
    return result_record(TOPICS, result, NOW, None)


async def _store(database: Database, *records: OutputRecord) -> None:
    read: list[InputRecord] = [
        replace(record, offset=number) for number, record in enumerate(as_read(records))
    ]
    rows, unreadable = rows_of(read, readers_of(TOPICS))
    assert not unreadable
    async with database.writing() as connection:
        await store(connection, rows)


async def _state(database: Database) -> Any:
    async with database.reading() as connection:
        item = await review_by_event(connection, "e1")
        decisions = await decisions_on(connection, "e1")
    assert item is not None
    return item.status, [(one.decision_id, one.outcome, one.fault) for one in decisions]
