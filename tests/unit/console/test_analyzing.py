"""Judging at once: bounded in time and in number, and each row on its own."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from stream_service.console.analyzing import AnalysisFailed, Analyzer, batch_totals
from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.verdict import Verdict
from tests.support.judges import verdict_on
from tests.support.waiting import until

AT_ONCE = 32


class _Judge:
    """Judges once it is let; knows how many it has judged at once at most."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.running = self.most = 0

    async def __call__(
        self, event: FeedbackEvent, source: Source, received_at: datetime
    ) -> Verdict:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.let.wait()
            if event.text == "fail":
                raise RuntimeError("what the customer said")
            return verdict_on(event, source, received_at)
        finally:
            self.running -= 1


async def test_a_judge_that_never_ends_is_given_up_and_ended() -> None:
    judge = _Judge()
    with pytest.raises(AnalysisFailed, match=r"no judgement within 0\.05 s"):
        await Analyzer(judge, timeout_s=0.05).analyze({"text": "t"})
    assert judge.running == 0


async def test_so_many_are_judged_at_once_over_all_requests() -> None:
    judge = _Judge()
    analyzer = Analyzer(judge, timeout_s=30)
    async with asyncio.TaskGroup() as group:
        batches = [
            group.create_task(analyzer.analyze_batch([{"text": "t"}] * 40)) for _ in range(2)
        ]
        await until(lambda: judge.running >= AT_ONCE, "all slots to be taken")
        judge.let.set()
    assert judge.most == AT_ONCE
    assert all(row.status == "analyzed" for batch in batches for row in batch.result())


async def test_each_row_has_its_own_fate_and_totals_count_them() -> None:
    judge = _Judge()
    judge.let.set()
    rows: list[Any] = [
        {"text": "t"},
        {"text": "fail"},
        {"text": ""},
        InvalidRecord(Fault.NOT_JSON, "the row is not JSON"),
        {"text": "t", "rating": 1},
    ]
    analysed = await Analyzer(judge, timeout_s=30).analyze_batch(rows)
    assert [(row.row, row.status) for row in analysed] == [
        (1, "analyzed"),
        (2, "failed"),
        (3, "refused"),
        (4, "refused"),
        (5, "analyzed"),
    ]
    assert analysed[2].field == "text"
    assert "customer" not in (analysed[1].detail or "")
    totals = batch_totals(analysed)
    assert (totals.rows, totals.analyzed, totals.failed, totals.refused) == (5, 2, 1, 2)
    assert (totals.replies, totals.reviews) == (1, 1)
