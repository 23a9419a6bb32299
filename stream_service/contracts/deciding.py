"""From a review item and a person's decision to the final reply."""

from datetime import datetime

from stream_service.contracts.faults import Fault, InvalidRecord
from stream_service.contracts.identity import outcome_id
from stream_service.contracts.reply import Origin, Reply
from stream_service.contracts.review import DecisionType, ReviewDecision, ReviewItem


def final_reply(item: ReviewItem, decision: ReviewDecision, now: datetime) -> Reply | None:
    """The reply that ``decision`` lets go; None for an item that is ignored.

    Raises InvalidRecord when a draft is accepted that is empty.
    """
    if decision.type is DecisionType.IGNORE:
        return None
    draft = item.action_request.args
    if decision.type is DecisionType.ACCEPT:
        text = draft.text
        if not text:
            raise InvalidRecord(
                Fault.INVALID_FIELD,
                "type: the item has no draft that could be accepted; decide by edit or response",
                field="type",
            )
    else:
        # The model of a decision has seen to it that these types come with a text.
        text = decision.args.text or ""
    return Reply(
        reply_id=outcome_id("reply", item.event_id),
        event_id=item.event_id,
        customer_id=item.event.customer_id,
        text=text,
        language=draft.language,
        strategy=draft.strategy,
        origin=Origin.HUMAN,
        analysis=item.analysis,
        provenance=item.provenance,
        source=item.source,
        timings=item.timings,
        created_at=now,
    )
