"""human_review: the event, the analysis and the draft go to a person."""

from langgraph.runtime import Runtime

from stream_service.contracts.identity import outcome_id
from stream_service.contracts.review import ActionRequest, ReviewConfig, ReviewItem
from stream_service.graph.context import Context
from stream_service.graph.description import describe
from stream_service.graph.nodes.outcome import event_id_of, opened_timings, provenance_of
from stream_service.graph.state import State, Update
from stream_service.playbook.escalation import review_priority


async def human_review(state: State, runtime: Runtime[Context]) -> Update:
    """Build the review item. An empty draft cannot be accepted, only replaced."""
    context = runtime.context
    event_id, analysis, draft = event_id_of(state), state["analysis"], state["draft"]
    timings = opened_timings(state, context)
    priority = review_priority(state["reasons"], analysis.urgency, context.playbook)
    return {
        "verdict": ReviewItem(
            review_id=outcome_id("review", event_id),
            event_id=event_id,
            event=state["event"],
            analysis=analysis,
            reasons=state["reasons"],
            priority=priority,
            due_at=context.playbook.due_at(priority, timings.judged_at),
            action_request=ActionRequest(args=draft),
            config=ReviewConfig(allow_accept=bool(draft.text)),
            description=describe(state["case"], state["reasons"], draft, context.playbook),
            provenance=provenance_of(state, context),
            source=state["source"],
            timings=timings,
            created_at=timings.judged_at,
        )
    }
