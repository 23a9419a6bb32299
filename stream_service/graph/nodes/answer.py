"""answer: how a question is answered, or asked back."""

from langgraph.runtime import Runtime

from stream_service.graph.context import Context
from stream_service.graph.nodes.choosing import chosen_for
from stream_service.graph.state import State, Update


async def answer(state: State, runtime: Runtime[Context]) -> Update:
    """Choose a strategy for a question; the model's suggestion counts if the playbook agrees."""
    return {"choice": chosen_for(state, runtime.context)}
