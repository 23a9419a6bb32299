"""The review queue, and decisions."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request

from stream_service.console.decisions.deciding import decide
from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.gateway.bodies import body_of, read_model
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.requests import (
    WITH_BODY,
    Console,
    Reviewer,
    Viewer,
    problems,
)
from stream_service.console.gateway.shapes import (
    DecisionAnswer,
    DecisionRequest,
    RecordedDecision,
    ReviewAnswer,
    ReviewList,
    ReviewWithHistory,
    moment,
)
from stream_service.console.queries.reviews import (
    ReviewFilter,
    StoredReview,
    decisions_on,
    review_by_event,
    review_page,
)
from stream_service.console.services import Services
from stream_service.contracts.analysis import Category
from stream_service.contracts.review import Priority, ReviewReason

router = APIRouter(tags=["reviews"])

_LOOK_S = 0.05
"""From one look for a decision's result to the next."""

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="Of the page before: its next_cursor.")
]


@router.get("/v1/reviews", responses=problems())
async def get_reviews(
    console: Console,
    _: Viewer,
    status: Annotated[str, Query(pattern="^(open|deciding|decided|any)$")] = "open",
    priority: Priority | None = None,
    reason: ReviewReason | None = None,
    language: Annotated[str | None, Query(pattern="^[A-Za-z-]{2,35}$")] = None,
    category: Category | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ReviewList:
    """The queue: by priority, then by due time."""
    wanted = ReviewFilter(
        status=None if status == "any" else status,
        priority=None if priority is None else priority.value,
        reason=None if reason is None else reason.value,
        language=language,
        category=None if category is None else category.value,
    )
    async with console.database.reading() as connection:
        page = await review_page(connection, wanted, limit=limit, cursor=cursor)
    return ReviewList(
        items=[ReviewAnswer(**_fields(item)) for item in page.items],
        next_cursor=page.next_cursor,
    )


@router.get("/v1/reviews/{event_id:path}", responses=problems(404))
async def get_review(event_id: str, console: Console, _: Viewer) -> ReviewWithHistory:
    """An item with its draft, its reasons, and every decision on it."""
    event_id = event_id.replace("\x00", "")
    async with console.database.reading() as connection:
        item = await review_by_event(connection, event_id)
        decisions = await decisions_on(connection, event_id)
    if item is None:
        raise Problem("not-found", "no review of that event is known here")
    return ReviewWithHistory(
        **_fields(item),
        decisions=[
            DecisionAnswer(
                decision_id=one.decision_id,
                type=one.type,
                reviewer=one.reviewer,
                text=one.text,
                at=moment(one.at_ms),
                outcome=one.outcome,
                fault=one.fault,
            )
            for one in decisions
        ],
    )


@router.post(
    "/v1/reviews/{event_id:path}/decision",
    status_code=202,
    responses=problems(404, 409, *WITH_BODY),
    openapi_extra=body_of(DecisionRequest),
)
async def post_decision(
    event_id: str,
    request: Request,
    console: Console,
    principal: Reviewer,
    wait_s: Annotated[
        float, Query(ge=0, le=20, description="How long to wait for the engine's answer.")
    ] = 0,
) -> RecordedDecision:
    """Decide: accept, edit, response or ignore. The item's first decision wins.

    202 means that the decision is written down and will reach the engine, whatever happens here.
    Whether it was the first one, the engine says: wait for it with ``wait_s``, or look at the item.
    """
    decision = await read_model(request, DecisionRequest)
    recorded = await decide(
        console.database,
        console.topics.review_decisions,
        principal,
        event_id=event_id.replace("\x00", ""),
        kind=decision.type,
        text=decision.text,
        decision_id=decision.decision_id,
    )
    console.relay.wake()
    return RecordedDecision(
        decision_id=recorded.decision_id,
        event_id=event_id,
        outcome=await _outcome(console, event_id, recorded.decision_id, wait_s),
        repeated=recorded.is_repeated,
    )


async def _outcome(console: Services, event_id: str, decision_id: str, wait_s: float) -> str:
    """What is known of a decision after ``wait_s`` at most; while the database is away, no more
    than that it was written down."""
    deadline = asyncio.get_running_loop().time() + wait_s
    outcome = "recorded"
    while True:
        try:
            async with console.database.reading() as connection:
                known = {one.decision_id: one for one in await decisions_on(connection, event_id)}
        except DatabaseUnavailable:
            # An error would say that nothing was done.
            return outcome
        outcome = known[decision_id].outcome if decision_id in known else "recorded"
        is_final = outcome not in {"recorded", "published"}
        if is_final or asyncio.get_running_loop().time() >= deadline:
            return outcome
        await asyncio.sleep(_LOOK_S)


def _fields(item: StoredReview) -> dict[str, Any]:
    return {
        "event_id": item.event_id,
        "status": item.status,
        "priority": item.priority,
        "due_at": moment(item.due_ms),
        "published_at": moment(item.published_ms),
        "item": orjson.loads(item.document),
    }
