"""What the three strategy nodes and the draft have in common."""

from stream_service.graph.context import Context
from stream_service.graph.state import State
from stream_service.playbook.case import Case
from stream_service.playbook.selection import Choice, choose


def case_of(state: State) -> Case:
    """The event and its analysis as the playbook looks at them."""
    return Case(
        event=state["event"],
        analysis=state["analysis"],
        degraded_reason=state["reading"].degraded_reason,
    )


def chosen_for(state: State, context: Context) -> Choice:
    """The playbook's choice, or the model's where the playbook agrees with it."""
    return choose(case_of(state), context.playbook, state["reading"].suggested_strategy)
