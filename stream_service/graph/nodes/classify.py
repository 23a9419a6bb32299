"""classify: the analyst reads the text."""

from langgraph.runtime import Runtime

from stream_service.graph.context import Context
from stream_service.graph.state import State, Update


async def classify(state: State, runtime: Runtime[Context]) -> Update:
    """Ask the analyst, who bounds its own time.

    Raises AnalystFailed, which the transport answers by trying the event again.
    """
    reading = await runtime.context.analyst.read(state["feedback"])
    return {"reading": reading, "notes": reading.notes}
