"""Lag, totals and the audit log."""

import time
from typing import Annotated

from fastapi import APIRouter, Query

from stream_service.console.access.audit import audit_page
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.requests import Console, Operator, Viewer, problems
from stream_service.console.gateway.shapes import (
    AuditAnswer,
    AuditList,
    LagAnswer,
    LagGroup,
    LagReport,
    TotalAnswer,
    TotalsAnswer,
    moment,
)
from stream_service.console.queries.totals import totals

router = APIRouter(tags=["operation"])

_MOST_STEPS = 1_500


@router.get("/v1/lag", responses=problems())
async def get_lag(console: Console, _: Viewer) -> LagReport:
    """Lag by group, topic and partition, as the last look at the cluster found it."""
    snapshot = console.lag.latest
    if snapshot is None:
        raise Problem("unavailable", "the cluster has not been looked at yet", retry_after_s=5)
    return LagReport(
        taken_at=moment(round(snapshot.taken_at * 1000)),
        groups=[
            LagGroup(name=group.name, state=group.state, members=group.members)
            for group in snapshot.groups
        ],
        partitions=[
            LagAnswer(
                group=one.group,
                topic=one.partition.topic,
                partition=one.partition.number,
                committed=one.committed,
                end=None if one.log is None else one.log.end,
                lag=one.lag,
                unprocessed=one.unprocessed,
                lag_s=one.lag_s,
                lost=one.lost,
                status=None if one.status is None else one.status.value,
            )
            for one in snapshot.partitions
        ],
        failures=dict(snapshot.failures),
    )


@router.get("/v1/totals", responses=problems())
async def get_totals(
    console: Console,
    _: Viewer,
    minutes: Annotated[int, Query(ge=1, le=129_600, description="How far back.")] = 60,
    step_minutes: Annotated[int, Query(ge=1, le=129_600)] = 1,
) -> TotalsAnswer:
    """How many records of which kind, by steps of time, up to now."""
    if minutes / step_minutes > _MOST_STEPS:
        raise Problem(
            "invalid-field",
            f"step_minutes: at most {_MOST_STEPS} steps are told at once; take longer ones",
            field="step_minutes",
        )
    to_minute = int(time.time() // 60) + 1
    async with console.database.reading() as connection:
        found = await totals(
            connection,
            from_minute=to_minute - minutes,
            to_minute=to_minute,
            step_minutes=step_minutes,
        )
    return TotalsAnswer(
        totals=[
            TotalAnswer(
                at=moment(one.minute * 60_000),
                outcome=one.outcome,
                category=one.category,
                count=one.count,
                mean_latency_ms=one.mean_latency_ms,
                degraded=one.degraded,
                cost_usd=one.cost_usd,
            )
            for one in found
        ]
    )


@router.get("/v1/audit", responses=problems())
async def get_audit(
    console: Console,
    _: Operator,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> AuditList:
    """Every act, the newest first."""
    async with console.database.reading() as connection:
        page = await audit_page(connection, limit=limit, cursor=cursor)
    return AuditList(
        items=[
            AuditAnswer(
                at=moment(entry.at_ms),
                principal=entry.principal,
                role=entry.role,
                action=entry.action,
                subject=entry.subject,
                details=dict(entry.details),
            )
            for entry in page.items
        ],
        next_cursor=page.next_cursor,
    )
