"""auto_reply: the draft becomes the reply."""

from langgraph.runtime import Runtime

from stream_service.contracts.identity import outcome_id
from stream_service.contracts.reply import Origin, Reply
from stream_service.graph.context import Context
from stream_service.graph.nodes.outcome import event_id_of, opened_timings, provenance_of
from stream_service.graph.state import State, Update


async def auto_reply(state: State, runtime: Runtime[Context]) -> Update:
    """Build the reply."""
    event_id, draft = event_id_of(state), state["draft"]
    timings = opened_timings(state, runtime.context)
    return {
        "verdict": Reply(
            reply_id=outcome_id("reply", event_id),
            event_id=event_id,
            customer_id=state["event"].customer_id,
            text=draft.text,
            language=draft.language,
            strategy=draft.strategy,
            origin=Origin.AUTO,
            analysis=state["analysis"],
            provenance=provenance_of(state, runtime.context),
            source=state["source"],
            timings=timings,
            created_at=timings.judged_at,
        )
    }
