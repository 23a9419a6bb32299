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
    if first is None or second is None:
        return first or second
    costs = (first.cost_usd, second.cost_usd)
    return ModelUsage(
        calls=first.calls + second.calls,
        input_tokens=_sum(first.input_tokens, second.input_tokens),
        output_tokens=_sum(first.output_tokens, second.output_tokens),
        cost_usd=None if costs[0] is None or costs[1] is None else costs[0] + costs[1],
    )


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


def opened_timings(state: State, context: Context) -> Timings:
    """The times known while the graph still runs; the judge closes them."""
    return Timings(
        occurred_at=state["event"].occurred_at,
        received_at=state["received_at"],
        judged_at=context.now(),
        judgement_ms=0,
    )


def event_id_of(state: State) -> str:
    """The event's id. Raises ValueError where there is none; validate lets none through."""
    event_id = state["event"].event_id
    if not event_id:
        raise ValueError("event.event_id is missing")
    return event_id
