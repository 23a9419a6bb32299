"""The gateway as patient people and programs use it: what got no good answer is sent again."""

import asyncio
import random
import time
from collections import Counter
from typing import Any

import httpx

PATIENCE_S = 240.0
"""How long somebody tries for one request: longer than any fault lasts."""

_REQUEST_TIMEOUT_S = 20.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class Gateway:
    """A console's address, and what it has answered so far."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self._chance = chance
        self.client = httpx.AsyncClient(base_url=url, timeout=_REQUEST_TIMEOUT_S)
        self.answers: Counter[int] = Counter()
        self.crashes: Counter[str] = Counter()
        """Answers of 500, by route: no fault of this run excuses one."""

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response | None:
        """The first answer that says something; None when none came in ``PATIENCE_S``.

        A request is sent again unchanged, so give it a name of its own (DESIGN of the gateway).
        """
        deadline = time.monotonic() + PATIENCE_S
        pause_s = _FIRST_PAUSE_S
        while time.monotonic() < deadline:
            answer = await self._try(method, path, **given)
            if answer is not None:
                return answer
            await asyncio.sleep(pause_s * self._chance.uniform(0.5, 1.5))
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
        return None

    async def _try(self, method: str, path: str, **given: Any) -> httpx.Response | None:
        try:
            answer = await self.client.request(method, path, **given)
        except httpx.TransportError:
            return None
        self.answers[answer.status_code] += 1
        if answer.status_code == 500:
            self.crashes[f"{method} {path.split('/')[2]}"] += 1
        return None if answer.status_code in _AGAIN else answer
