"""Where knowledge of a customer comes from."""

from typing import Protocol

from stream_service.contracts.analysis import Enrichment

ENRICHMENT_FAILED_NOTE = "enrichment_failed"


class CustomerDirectory(Protocol):
    """Knows customers by their id."""

    async def lookup(self, customer_id: str) -> Enrichment:
        """Say what is known of a customer; status ``absent`` where it is nobody known.

        May raise anything and take any time: the graph bounds it and goes on without.
        """
        ...
