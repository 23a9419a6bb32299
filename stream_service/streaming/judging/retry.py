"""How often and how soon work that failed is tried again."""

import random
from dataclasses import dataclass

_MOST_DOUBLINGS = 60
"""Beyond every bound of a pause. At 1,024 the number is too large for a float, and its error would
end the session in place of the pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Attempts with growing pauses between them."""

    attempts: int = 4
    first_delay_s: float = 0.5
    max_delay_s: float = 10.0

    def delay_s(self, failures: int) -> float:
        """Doubling, with jitter over its upper half, so that retries do not march in step."""
        delay = min(self.max_delay_s, self.first_delay_s * 2 ** min(failures - 1, _MOST_DOUBLINGS))
        return delay * random.uniform(0.5, 1)  # noqa: S311 - spreads load, keeps no secret
