"""What both outcomes say of their making."""

from stream_service.contracts.judgement import ModelUsage, Provenance, Timings
from stream_service.graph.context import Context
from stream_service.graph.state import State


def provenance_of(state: State, context: Context) -> Provenance:
    """Who judged, with what, and what it took."""
    reading = state["reading"]
    return Provenance(
        analyst=reading.analyst,
        model=reading.model,
        prompt_version=reading.prompt_version,
        playbook_version=context.playbook.version,
        degraded=reading.degraded_reason is not None,
        degraded_reason=reading.degraded_reason,
        usage=_together(reading.usage, state.get("draft_usage")),
    )


def _together(first: ModelUsage | None, second: ModelUsage | None) -> ModelUsage | None:
    return first + second if first and second else first or second


def opened_timings(state: State, context: Context) -> Timings:
    """The times known while the graph still runs; the judge closes them."""
    return Timings(
        occurred_at=state["event"].occurred_at,
        received_at=state["received_at"],
        judged_at=context.now(),
        judgement_ms=0,
    )


def event_id_of(state: State) -> str:
    """The event's id. Raises ValueError where there is none; none arrives so."""
    event_id = state["event"].event_id
    if not event_id:
        raise ValueError("event.event_id is missing")
    return event_id
