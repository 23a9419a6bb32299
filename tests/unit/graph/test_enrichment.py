"""A customer look-up that fails, is slow, or is not there."""

import asyncio
from dataclasses import dataclass

import pytest

from stream_service.contracts.analysis import Enrichment, EnrichmentStatus
from stream_service.graph import Context, GraphJudge
from tests.unit.graph.scripted import (
    PLAYBOOK,
    ScriptedAnalyst,
    ScriptedBranch,
    event,
    judge_of,
    reading,
    reply_to,
)

CUSTOMER = event(customer_id="c-1")


@dataclass
class FailingDirectory:
    error: Exception

    async def lookup(self, customer_id: str) -> Enrichment:
        raise self.error


class EndlessDirectory:
    async def lookup(self, customer_id: str) -> Enrichment:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("error", [RuntimeError("secret host name"), OSError(), TimeoutError()])
async def test_a_failing_lookup_leaves_a_mark_and_stops_nothing(error: Exception) -> None:
    reply = await reply_to(judge_of(reading(), directory=FailingDirectory(error)), CUSTOMER)
    enrichment = reply.analysis.enrichment
    assert enrichment.status is EnrichmentStatus.FAILED
    kind = "timeout" if isinstance(error, TimeoutError) else type(error).__name__
    assert enrichment.error == kind
    assert "enrichment_failed" in reply.analysis.notes
    assert "secret" not in reply.model_dump_json()


async def test_a_slow_lookup_is_given_up() -> None:
    """L8: a time-out inside a node runs its fall-back."""
    judge = GraphJudge(
        Context(
            analyst=ScriptedAnalyst(reading()),
            branch=ScriptedBranch(),
            playbook=PLAYBOOK,
            directory=EndlessDirectory(),
            enrichment_timeout_s=0,
        )
    )
    reply = await reply_to(judge, CUSTOMER)
    assert reply.analysis.enrichment.error == "timeout"


async def test_without_a_directory_or_a_customer_nothing_is_looked_up() -> None:
    without_directory = await reply_to(judge_of(reading()), CUSTOMER)
    failing = FailingDirectory(AssertionError("asked"))
    without_customer = await reply_to(judge_of(reading(), directory=failing), event())
    for reply in (without_directory, without_customer):
        assert reply.analysis.enrichment == Enrichment(status=EnrichmentStatus.OFF)
