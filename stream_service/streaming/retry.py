"""How often and how soon work that failed is tried again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Attempts with growing pauses between them."""

    attempts: int = 4
    first_delay_s: float = 0.5
    max_delay_s: float = 10.0

    def delay_s(self, failures: int) -> float:
        """Doubling, with jitter over its upper half, so that retries do not march in step."""
        delay = min(self.max_delay_s, self.first_delay_s * 2 ** (failures - 1))
        return delay * random.uniform(0.5, 1)  # noqa: S311 - spreads load, keeps no secret
