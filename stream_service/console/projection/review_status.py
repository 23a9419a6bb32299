"""An item's status, always computed from what is stored: the order of arrival does not matter."""

from collections.abc import Collection

from sqlalchemy import case, exists, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.store import applied, decisions, fates, outbox, reviews

OPEN, DECIDING, DECIDED = "open", "deciding", "decided"
"""Nobody has decided; somebody has and the engine has not answered yet; it is decided."""


async def settle_status(connection: AsyncConnection, event_ids: Collection[str]) -> None:
    """Bring the status of these items up to date; ids that are no items change nothing."""
    if not event_ids:
        return
    has_fate = exists().where(fates.c.decision_id == decisions.c.decision_id)
    act_has_fate = exists().where(fates.c.decision_id == outbox.c.act_id)
    is_decided = exists().where(applied.c.event_id == reviews.c.event_id)
    is_awaited = or_(
        exists().where(decisions.c.event_id == reviews.c.event_id, ~has_fate),
        exists().where(
            outbox.c.kind == "decision", outbox.c.subject == reviews.c.event_id, ~act_has_fate
        ),
    )
    status = case((is_decided, DECIDED), (is_awaited, DECIDING), else_=OPEN)
    await connection.execute(
        update(reviews).where(reviews.c.event_id.in_(event_ids)).values(status=status)
    )
