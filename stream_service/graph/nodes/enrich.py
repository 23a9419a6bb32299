"""enrich: what is known of the customer, if somebody can be asked."""

import asyncio

from langgraph.runtime import Runtime

from stream_service.contracts.analysis import Enrichment, EnrichmentStatus
from stream_service.graph.context import Context
from stream_service.graph.enrichment import ENRICHMENT_FAILED_NOTE
from stream_service.graph.state import State, Update

_OFF: Update = {"enrichment": Enrichment(status=EnrichmentStatus.OFF)}


async def enrich(state: State, runtime: Runtime[Context]) -> Update:
    """Look the customer up; a failure leaves a mark and stops nothing."""
    context = runtime.context
    customer_id = state["event"].customer_id
    if context.directory is None or customer_id is None:
        return _OFF
    try:
        async with asyncio.timeout(context.enrichment_timeout_s):
            return {"enrichment": await context.directory.lookup(customer_id)}
    except TimeoutError:
        return _failed("timeout")
    except Exception as error:  # noqa: BLE001 - whatever a directory raises, the event goes on
        return _failed(type(error).__name__)


def _failed(kind: str) -> Update:
    return {
        "enrichment": Enrichment(status=EnrichmentStatus.FAILED, error=kind),
        "notes": (ENRICHMENT_FAILED_NOTE,),
    }
